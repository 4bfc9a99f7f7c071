//! Attachments in bodies of the Web export: `NAME (file attached) caption`, `<image omitted> caption`.
//!
//! NAME is the name of the file or just a word for its kind, and the caption follows on the same line after a blank
//! (observed). No mark distinguishes these words from typed ones, so a name must be that of a file.

use super::files;
use super::words::{self, Kind};
use crate::parser::MediaIndex;
use crate::parser::text::words::{fold, words as phone};

/// An attachment and its caption, both as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ParsedFile<'b> {
    pub(super) file: File<'b>,
    pub(super) caption: &'b str,
}

/// The reference to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File<'b> {
    /// The file was omitted.
    Omitted(Kind),
    /// The file is present, under this name.
    Named(&'b str),
    /// The file is present; only this word describes its kind.
    Word(&'b str, Kind),
}

/// Reads the attachment that a body begins with.
pub(super) fn read<'b>(body: &'b str, index: &MediaIndex) -> Option<ParsedFile<'b>> {
    if body.starts_with('<') {
        return omitted(body);
    }
    let end = memchr::memchr(b'\n', body.as_bytes()).unwrap_or(body.len());
    attached(body, end, index).or_else(|| gif(body, end))
}

fn omitted(body: &str) -> Option<ParsedFile<'_>> {
    let (inside, caption) = body[1..].split_once('>')?;
    let kind = words::omitted(inside)?;
    Some(ParsedFile {
        file: File::Omitted(kind),
        caption: after_blank(caption)?,
    })
}

/// The text after a marker: empty, or after a blank or line end.
fn after_blank(rest: &str) -> Option<&str> {
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix([' ', '\n', '\r']).map(str::trim_start)
}

/// Maximum length of a name, in bytes: the browser truncates names to 255 characters (observed).
pub(super) const LONGEST_NAME: usize = 4 * 255;

/// Maximum length of a marker, in bytes; `(file attached)` has a tenth of this in every language.
const LONGEST_MARKER: usize = 300;

fn attached<'b>(body: &'b str, end: usize, index: &MediaIndex) -> Option<ParsedFile<'b>> {
    let line = &body[..end];
    for (at, _) in line.match_indices(" (") {
        if at > LONGEST_NAME {
            break;
        }
        let words = line.as_bytes()[at..].iter().take(LONGEST_MARKER);
        let Some(length) = words.copied().position(|byte| byte == b')') else {
            continue;
        };
        let after = at + length + 1;
        let Some(caption) = after_blank(&body[after..]) else {
            continue;
        };
        let name = &line[..at];
        let marker = phone().attached.contains(&fold(&line[at + 1..after]));
        // In any language: a file of the archive, and words in brackets at the end.
        let held = index.contains(name) || index.contains(&files::stored(name));
        if held && (marker || caption.is_empty()) {
            let file = File::Named(name);
            return Some(ParsedFile { file, caption });
        }
        if !marker {
            continue;
        }
        let file = match words::kind(name) {
            Some(kind) => File::Word(name, kind),
            // In an archive without the file, or without any file.
            None if is_file_name(name) => File::Named(name),
            None => continue,
        };
        return Some(ParsedFile { file, caption });
    }
    None
}

/// `GIF attached`. With a caption anyone could have typed it, so it stays text.
fn gif(body: &str, end: usize) -> Option<ParsedFile<'_>> {
    let line = body[..end].trim_end();
    let is_one = line == "GIF attached" && body[end..].trim().is_empty();
    is_one.then(|| ParsedFile {
        file: File::Word(&line[..3], words::kind("GIF").flatten()),
        caption: "",
    })
}

/// Whether a name has an extension, and letters before it.
fn is_file_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.trim().is_empty()
            && (1..=5).contains(&extension.len())
            && extension.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::MediaKind;

    fn found<'b>(body: &'b str, files: &[&str]) -> Option<(File<'b>, &'b str)> {
        let index = MediaIndex::new((0u32..).zip(files.iter().copied()));
        read(body, &index).map(|found| (found.file, found.caption))
    }

    #[test]
    fn caption_is_on_the_same_line() {
        let image = File::Omitted(Some(MediaKind::Image));
        assert_eq!(found("<image omitted> nice", &[]), Some((image, "nice")));
        assert_eq!(found("<Bild weggelassen>", &[]), Some((image, "")));
        assert_eq!(
            found("<image omitted> two\nlines", &[]),
            Some((image, "two\nlines"))
        );
        assert_eq!(
            found("report.pdf (file attached) for you", &[]),
            Some((File::Named("report.pdf"), "for you"))
        );
        assert_eq!(
            found("plan (1).pdf (Datei angeh\u{e4}ngt)", &["plan (1).pdf"]),
            Some((File::Named("plan (1).pdf"), ""))
        );
        let word = File::Word("Bild", Some(MediaKind::Image));
        assert_eq!(
            found("Bild (Datei angeh\u{e4}ngt) hier", &[]),
            Some((word, "hier"))
        );
        let gif = File::Word("GIF", Some(MediaKind::Gif));
        assert_eq!(found("GIF attached", &[]), Some((gif, "")));
    }

    #[test]
    fn file_name_in_archive_counts_in_any_language() {
        let file = Some((File::Named("README"), ""));
        assert_eq!(found("README (xyz)", &["README"]), file);
        assert_eq!(found("README (xyz)", &[]), None);
    }

    #[test]
    fn typed_text_about_files_is_text() {
        for text in [
            "see the plan (file attached)",
            "<3",
            "<image omitted>!",
            "<something> else",
            "GIF attached, look",
            "(file attached)",
            "image omitted",
            "report.pdf (the old one) is wrong",
        ] {
            assert_eq!(found(text, &["report.pdf"]), None, "{text}");
        }
    }
}
