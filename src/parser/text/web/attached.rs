//! Files that a body names: `NAME (file attached) caption`, `<image omitted> caption`.
//!
//! NAME is the entry's name or only a word for its kind, and the caption stands on the same line
//! after a blank (`whatsapp-export-format.md` 3.6). No sign tells these words from typed ones, so
//! a name must be a file's.

use super::files;
use super::words::{self, Kind};
use crate::parser::MediaIndex;
use crate::parser::text::words::{fold, words as phone};

/// A file and the caption beside it, both as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'b> {
    pub(super) file: File<'b>,
    pub(super) caption: &'b str,
}

/// What is written of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File<'b> {
    /// It was left out.
    Omitted(Kind),
    /// It is there, under this name.
    Named(&'b str),
    /// It is there, and only this word says of what kind it is.
    Word(&'b str, Kind),
}

/// Reads the file that a body begins with.
pub(super) fn read<'b>(body: &'b str, index: &MediaIndex) -> Option<Found<'b>> {
    if body.starts_with('<') {
        return omitted(body);
    }
    let end = memchr::memchr(b'\n', body.as_bytes()).unwrap_or(body.len());
    attached(body, end, index).or_else(|| gif(body, end))
}

fn omitted(body: &str) -> Option<Found<'_>> {
    let (inside, caption) = body[1..].split_once('>')?;
    let kind = words::omitted(inside)?;
    Some(Found {
        file: File::Omitted(kind),
        caption: after_blank(caption)?,
    })
}

/// The text after a marker: nothing, or a blank or line end first.
fn after_blank(rest: &str) -> Option<&str> {
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix([' ', '\n', '\r']).map(str::trim_start)
}

/// The browser cuts names to 255 letters (`whatsapp-export-format.md` 1.4), in bytes.
pub(super) const LONGEST_NAME: usize = 4 * 255;

/// `(file attached)` is a tenth of this in every language.
const LONGEST_MARKER: usize = 300;

fn attached<'b>(body: &'b str, end: usize, index: &MediaIndex) -> Option<Found<'b>> {
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
        // Whatever the language: a file of the archive, and words in brackets at the end.
        let held = index.holds(name) || index.holds(&files::stored(name));
        if held && (marker || caption.is_empty()) {
            let file = File::Named(name);
            return Some(Found { file, caption });
        }
        if !marker {
            continue;
        }
        let file = match words::kind(name) {
            Some(kind) => File::Word(name, kind),
            // In an archive without it, or of which only the text is there.
            None if is_file_name(name) => File::Named(name),
            None => continue,
        };
        return Some(Found { file, caption });
    }
    None
}

/// `GIF attached`. With a caption it is what anybody may write, and stays text.
fn gif(body: &str, end: usize) -> Option<Found<'_>> {
    let line = body[..end].trim_end();
    let is_one = line == "GIF attached" && body[end..].trim().is_empty();
    is_one.then(|| Found {
        file: File::Word(&line[..3], words::kind("GIF").flatten()),
        caption: "",
    })
}

/// True for a name with an extension, and with letters before it.
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
    fn the_caption_stands_on_the_same_line() {
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
    fn a_name_that_the_archive_holds_counts_in_any_language() {
        let file = Some((File::Named("README"), ""));
        assert_eq!(found("README (xyz)", &["README"]), file);
        assert_eq!(found("README (xyz)", &[]), None);
    }

    #[test]
    fn what_people_write_about_files_is_text() {
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
