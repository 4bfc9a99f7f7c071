//! Attachments in bodies: which file a body names, and the kind of a file by its name.
//!
//! See docs/reference/whatsapp-export-format.md, "Files and captions".

use std::borrow::Cow;

use chrono::NaiveDate;

use super::marks;
use super::words::{fold, words};
use crate::chat::{Attachment, MediaKind};
use crate::parser::MediaIndex;

/// The rest of a body without its attachment markers, and the files that they name.
pub(super) struct ParsedAttachments<'b> {
    pub(super) attachments: Vec<Attachment<'b>>,
    pub(super) caption: Cow<'b, str>,
}

/// The files that an Android body names: `NAME (file attached)` on its first lines, the caption on the others
/// (observed).
pub(super) fn lines<'b>(body: &'b str, index: &MediaIndex) -> Option<ParsedAttachments<'b>> {
    let mut attachments = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let Some(attachment) = line_attachment(line, index) else {
            break;
        };
        attachments.push(attachment);
        rest = after;
    }
    let first = attachments.first()?;
    // Versions of 2019 repeat the name of a document on the next line.
    let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
    let caption = if marks::without(line).trim() == first.name {
        after
    } else {
        rest
    };
    Some(ParsedAttachments {
        attachments,
        caption: Cow::Borrowed(caption),
    })
}

fn line_attachment<'b>(line: &'b str, index: &MediaIndex) -> Option<Attachment<'b>> {
    let line = marks::trim_start(line.trim_end());
    if !line.ends_with(')') {
        let name = words().attached_open.iter().find_map(|p| p.capture(line))?;
        // Anyone could type these words without brackets, so the name must be that of a file (observed in
        // Persian and Tamil).
        let is_file = named_by_whatsapp(name) || index.contains(name);
        return is_file.then(|| attachment(name, index.find(name)));
    }
    if let Some(name) = before_attached(line)
        && (reads_as_file(name) || index.find(name).is_some())
    {
        return Some(attachment(name, index.find(name)));
    }
    // In any language: a file of the archive, a blank and words in brackets. Only names that no person
    // types: `photo.jpg (the old one)` is a text.
    let (name, _) = line.rsplit_once(" (")?;
    (named_by_whatsapp(name) && index.contains(name)).then(|| attachment(name, index.find(name)))
}

/// The name in `NAME (file attached)`, in any language.
pub(super) fn before_attached(line: &str) -> Option<&str> {
    let at = line.rfind('(').filter(|at| *at > 0)?;
    let name = line[..at].trim_end_matches(|c: char| marks::is_blank(c) || marks::is_mark(c));
    let known =
        name.len() < at && !name.is_empty() && words().attached.contains(&fold(&line[at..]));
    known.then_some(name)
}

/// Whether a text can be a file name. `Here is the contract (file attached)` is a text: words with blanks and without
/// an extension are a file name only if the archive contains the file.
pub(super) fn reads_as_file(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    !name.contains(marks::is_blank)
        || named_by_whatsapp(name)
        || extension.is_some_and(|e| {
            (1..=8).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

/// Whether a line that does not end with a bracket may name a file all the same.
pub(super) fn may_be_open(line: &str) -> bool {
    !line.is_ascii()
        && words()
            .attached_open
            .iter()
            .any(|p| p.capture(line).is_some())
}

/// The files that an iPhone body names: `<attached: NAME>` at its end after a mark, or on its first line; the caption
/// comes before or after (observed).
///
/// `is_line_marked`: WhatsApp's mark comes before the timestamp.
pub(super) fn markers<'b>(
    body: &'b str,
    index: &MediaIndex,
    is_line_marked: bool,
) -> Option<ParsedAttachments<'b>> {
    let mut attachments = Vec::new();
    let mut rest = body.trim_end();
    while rest.ends_with('>')
        && let Some(at) = rest.rfind('<')
        && let Some((attachment, start)) = marker_attachment(rest, at, index, is_line_marked)
    {
        attachments.push(attachment);
        rest = rest[..start].trim_end_matches(|c: char| marks::is_mark(c) || c.is_whitespace());
    }
    // ParsedAttachments from the last to the first.
    attachments.reverse();
    if attachments.is_empty()
        && let Some((line, after)) = body.split_once('\n')
        && let line = line.trim_end()
        && line.ends_with('>')
        && let Some(at) = line.rfind('<')
        && let Some((attachment, start)) = marker_attachment(line, at, index, is_line_marked)
        && line[..start]
            .chars()
            .all(|c| marks::is_mark(c) || c.is_whitespace())
    {
        attachments.push(attachment);
        rest = after;
    }
    let first = attachments.first()?;
    let caption = if is_title(rest, &first.name) {
        Cow::Borrowed("")
    } else {
        Cow::Borrowed(rest)
    };
    Some(ParsedAttachments {
        attachments,
        caption,
    })
}

/// The attachment of the marker that begins at byte `at` and ends with the body, and the start of the marker (in the
/// form before 2018, of the name before it).
fn marker_attachment<'b>(
    body: &'b str,
    at: usize,
    index: &MediaIndex,
    is_line_marked: bool,
) -> Option<(Attachment<'b>, usize)> {
    let marker = &body[at..];
    let inside = marks::trim_start(&marker[1..marker.len() - 1]).trim();
    // In any language: a file of the archive inside the brackets.
    let after_colon = inside.split_once([':', '\u{ff1a}']).map(|(_, name)| name);
    let before_word = inside.rsplit_once(' ').map(|(name, _)| name);
    for name in [Some(inside), after_colon, before_word]
        .into_iter()
        .flatten()
    {
        let name = marks::trim_start(name.trim());
        if index.contains(name) {
            return Some((attachment(name, index.find(name)), at));
        }
    }
    // No such file: only a marker by WhatsApp counts, which has a mark before it.
    let marked = is_line_marked || body[..at].ends_with(marks::is_whatsapp_mark);
    let plain = marker
        .chars()
        .any(marks::is_mark)
        .then(|| marks::without(marker));
    if let Some(name) = words()
        .attached_marker
        .iter()
        .find_map(|p| p.capture(marker))
        && (marked || plain.is_some())
    {
        return Some((attachment(name, index.find(name)), at));
    }
    // `2013-08-06-PHOTO-00000006.jpg <attached>`: the name comes first.
    if words()
        .attached_marker
        .iter()
        .any(|p| p.matches(&format!("x {}", marks::without(marker))))
    {
        let before = body[..at].trim_end_matches(|c: char| marks::is_mark(c) || c == ' ');
        // The name of a document may contain blanks.
        let line_at = before.rfind('\n').map_or(0, |found| found + 1);
        let line = marks::trim_start(&before[line_at..]);
        if index.contains(line) {
            return Some((attachment(line, index.find(line)), line_at));
        }
        let start = before.rfind([' ', '\n', '\u{200e}']).map_or(0, |found| {
            found + before[found..].chars().next().map_or(1, char::len_utf8)
        });
        let name = &before[start..];
        let entry = index.find(name);
        if !name.is_empty() && (entry.is_some() || named_by_whatsapp(name)) {
            return Some((attachment(name, entry), start));
        }
    }
    None
}

fn attachment<'b>(name: &'b str, entry: Option<u32>) -> Attachment<'b> {
    let name = marks::without(name.trim());
    let media = kind_of(&name);
    Attachment { name, entry, media }
}

/// The name that the sender gave to a file: iPhone prefixes it with the number of the message, eight digits and a
/// hyphen (observed).
pub fn sent_name(name: &str) -> &str {
    match name.split_once('-') {
        Some((number, rest))
            if number.len() == 8
                && number.bytes().all(|b| b.is_ascii_digit())
                && !rest.is_empty() =>
        {
            rest
        }
        _ => name,
    }
}

/// Whether a text is the title that WhatsApp writes for a document: `report.pdf • 2 pages`.
fn is_title(text: &str, file: &str) -> bool {
    let text = marks::without(text.trim());
    let own = sent_name(file);
    match text.strip_prefix(own) {
        Some("") => true,
        Some(rest) => rest.starts_with(" \u{2022}") && !rest.contains('\n'),
        None => false,
    }
}

/// Whether WhatsApp gave this name to a file (observed).
fn named_by_whatsapp(name: &str) -> bool {
    ["-PHOTO-", "-VIDEO-", "-AUDIO-", "-GIF-", "-STICKER-", "-WA"]
        .iter()
        .any(|part| name.contains(part))
}

/// Kind of a file by its name: by WhatsApp's naming scheme first, then by extension.
pub(super) fn kind_of(name: &str) -> MediaKind {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    let extension = extension.as_deref().unwrap_or("");
    if extension == "vcf" {
        return MediaKind::Contact;
    }
    let voice = extension == "opus";
    let own = [
        ("IMG-", MediaKind::Image),
        ("VID-", MediaKind::Video),
        ("PTV-", MediaKind::Video),
        ("PTT-", MediaKind::Voice),
        ("STK-", MediaKind::Sticker),
        (
            "AUD-",
            if voice {
                MediaKind::Voice
            } else {
                MediaKind::Audio
            },
        ),
        ("DOC-", MediaKind::Document),
    ];
    if name.contains("-WA")
        && let Some((_, kind)) = own.iter().find(|(prefix, _)| name.starts_with(prefix))
    {
        return *kind;
    }
    let iphone = [
        ("-PHOTO-", MediaKind::Image),
        ("-VIDEO-", MediaKind::Video),
        (
            "-AUDIO-",
            if voice {
                MediaKind::Voice
            } else {
                MediaKind::Audio
            },
        ),
        ("-GIF-", MediaKind::Gif),
        ("-STICKER-", MediaKind::Sticker),
    ];
    if name.starts_with(|c: char| c.is_ascii_digit())
        && let Some((_, kind)) = iphone.iter().find(|(part, _)| name.contains(part))
    {
        return *kind;
    }
    match extension {
        "jpg" | "jpeg" | "png" | "heic" | "bmp" | "tif" | "tiff" => MediaKind::Image,
        "webp" => MediaKind::Sticker,
        "gif" => MediaKind::Gif,
        "mp4" | "mov" | "3gp" | "avi" | "mkv" | "webm" | "m4v" => MediaKind::Video,
        "opus" => MediaKind::Voice,
        "mp3" | "m4a" | "aac" | "ogg" | "wav" | "amr" | "flac" => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

/// The date in a file name that WhatsApp gave: `IMG-20230201-WA0001.jpg`, `00000035-PHOTO-2022-03-27-21-41-55.jpg`.
/// `line` is a complete line of the transcript.
pub(super) fn day_in(line: &str) -> Option<NaiveDate> {
    if let Some(at) = line.find("-WA")
        && let Some(digits) = at.checked_sub(8).and_then(|from| line.get(from..at))
        && digits.bytes().all(|b| b.is_ascii_digit())
        && line
            .get(..at - 8)
            .is_some_and(|before| before.ends_with('-'))
    {
        return day(&digits[..4], &digits[4..6], &digits[6..]);
    }
    let at = ["-PHOTO-", "-VIDEO-", "-AUDIO-", "-GIF-", "-STICKER-"]
        .iter()
        .find_map(|part| line.find(part).map(|at| at + part.len()))?;
    let text = line.get(at..at + 10)?;
    let mut parts = text.split('-');
    day(parts.next()?, parts.next()?, parts.next()?)
}

fn day(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_from_names() {
        for (name, kind) in [
            ("IMG-20220327-WA0002.jpg", MediaKind::Image),
            ("VID-20220327-WA0002.mp4", MediaKind::Video),
            ("PTT-20220323-WA0000.opus", MediaKind::Voice),
            ("00000035-PHOTO-2022-03-27-21-41-55.jpg", MediaKind::Image),
            ("00000036-GIF-2022-03-27-21-41-55.mp4", MediaKind::Gif),
            ("00000038-AUDIO-2022-03-27-21-41-55.opus", MediaKind::Voice),
            ("00000042-Rita Sol.vcf", MediaKind::Contact),
            ("README", MediaKind::Document),
            ("quote.pdf", MediaKind::Document),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }

    #[test]
    fn date_in_file_name_is_read() {
        let expected = NaiveDate::from_ymd_opt(2022, 3, 27);
        assert_eq!(
            day_in("x - A: IMG-20220327-WA0002.jpg (file attached)"),
            expected
        );
        assert_eq!(
            day_in("A: <attached: 00000035-PHOTO-2022-03-27-21-41-55.jpg>"),
            expected
        );
        assert_eq!(day_in("A: IMG-2022-WA.jpg"), None);
        assert_eq!(day_in("-WA"), None);
    }

    #[test]
    fn typed_marker_without_file_is_text() {
        let index = MediaIndex::default();
        assert!(markers("see <attached: foo.pdf>", &index, false).is_none());
        assert!(markers("see \u{200e}<attached: foo.pdf>", &index, false).is_some());
    }

    #[test]
    fn text_about_a_file_is_not_an_attachment() {
        let none = MediaIndex::default();
        for name in [
            "README",
            "My plan.pdf",
            "IMG-20220327-WA0001 (2)",
            "Theo Marsh.vcf",
        ] {
            let body = format!("{name} (file attached)\ncaption");
            let found = lines(&body, &none).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(
                (&*found.attachments[0].name, &*found.caption),
                (name, "caption")
            );
        }
        let talk = "Here is the contract (archivo adjunto)";
        assert!(lines(talk, &none).is_none());
        let index = MediaIndex::new([(1, "Here is the contract.pdf")]);
        assert_eq!(lines(talk, &index).unwrap().attachments[0].entry, Some(1));
    }

    #[test]
    fn marker_form_before_2018_is_read() {
        let found = markers(
            "2013-08-06-PHOTO-00000006.jpg <\u{200e}attached>",
            &MediaIndex::default(),
            false,
        )
        .unwrap();
        assert_eq!(found.attachments[0].name, "2013-08-06-PHOTO-00000006.jpg");
        assert_eq!(found.caption, "");
    }

    #[test]
    fn document_title_is_not_a_caption() {
        let found = markers(
            "report.pdf \u{2022} \u{200e}2 pages \u{200e}<attached: 00000047-report.pdf>",
            &MediaIndex::default(),
            false,
        )
        .unwrap();
        assert_eq!(found.caption, "");
        let found = markers(
            "my caption \u{200e}<attached: 00000047-report.pdf>",
            &MediaIndex::default(),
            false,
        )
        .unwrap();
        assert_eq!(found.caption, "my caption");
    }
}
