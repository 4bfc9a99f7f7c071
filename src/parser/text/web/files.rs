//! Which file of `media/` a message means that names its kind only.
//!
//! The entry's name holds kind and second: `WhatsApp Image 2026-09-19 at 9.52.07 AM.jpeg`, in the
//! twelve or the twenty-four hours (`whatsapp-export-format.md` 1.4). Several of one second are in
//! the order of the archive. Where there are not as many files as messages, nothing tells which
//! is which, and none is taken: a wrong picture is worse than none.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};

use crate::chat::MediaKind;
use crate::parser::MediaIndex;
use crate::parser::text::marks;

/// A file that the Web export named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) media: MediaKind,
    /// A video note, which has its own word.
    note: bool,
    second: NaiveDateTime,
}

/// Reads the name of an entry, without its folder.
pub(super) fn named(name: &str) -> Option<Named> {
    let rest = name.strip_prefix("WhatsApp ")?;
    let (kind, rest) = rest.split_once(' ')?;
    let (media, note) = match kind {
        "Image" => (MediaKind::Image, false),
        "Video" => (MediaKind::Video, false),
        "Ptv" => (MediaKind::Video, true),
        "Audio" => (MediaKind::Audio, false),
        "Ptt" => (MediaKind::Voice, false),
        "Sticker" => (MediaKind::Sticker, false),
        "Gif" | "GIF" => (MediaKind::Gif, false),
        _ => return None,
    };
    let (day, time) = rest.split_once(" at ")?;
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let mut parts = time.splitn(3, '.');
    let hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = parts.next()?.parse().ok()?;
    let last = parts.next()?;
    let second: u32 = last.get(..2)?.parse().ok()?;
    // ` AM.jpeg`, ` PM (1).jpeg`, `.jpeg`.
    let after = last.get(2..)?;
    let hour = match after.trim_start_matches(marks::is_blank).get(..2) {
        Some("AM") if (1..=12).contains(&hour) => hour % 12,
        Some("PM") if (1..=12).contains(&hour) => hour % 12 + 12,
        _ => hour,
    };
    Some(Named {
        media,
        note,
        second: day.and_hms_opt(hour, minute, second)?,
    })
}

/// A message that says of its file only of what kind it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// The place of the message.
    pub(super) message: usize,
    pub(super) time: NaiveDateTime,
    /// `None` for a word that says no kind.
    pub(super) media: Option<MediaKind>,
    /// Said with the word for a video note.
    pub(super) note: bool,
}

/// The messages and the files of one second.
type Second = (Vec<Wanted>, Vec<(u32, Named)>);

/// Finds the files: the place of a message, and the number of its entry. `taken` are entries that
/// messages name themselves.
pub(super) fn find(wanted: &[Wanted], index: &MediaIndex, taken: &[u32]) -> Vec<(usize, u32)> {
    let taken: HashSet<u32> = taken.iter().copied().collect();
    let mut seconds: BTreeMap<NaiveDateTime, Second> = BTreeMap::new();
    for want in wanted {
        seconds.entry(want.time).or_default().0.push(*want);
    }
    for (entry, name) in index.names() {
        if let Some(named) = named(name).filter(|_| !taken.contains(&entry))
            && let Some((_, files)) = seconds.get_mut(&named.second)
        {
            files.push((entry, named));
        }
    }
    let mut found = Vec::new();
    for (mut messages, mut files) in seconds.into_values() {
        let group = (&mut messages, &mut files);
        pair(
            group,
            |want| Some((want.media?, want.note)),
            |file| (file.media, file.note),
            &mut found,
        );
        let group = (&mut messages, &mut files);
        pair(
            group,
            |want| want.media.map(family),
            |file| family(file.media),
            &mut found,
        );
        let group = (&mut messages, &mut files);
        pair(
            group,
            |want| want.media.is_none().then_some(()),
            |_| (),
            &mut found,
        );
    }
    found
}

/// A GIF is a film to the browser, and a voice message is a sound.
fn family(media: MediaKind) -> MediaKind {
    match media {
        MediaKind::Gif => MediaKind::Video,
        MediaKind::Voice => MediaKind::Audio,
        media => media,
    }
}

/// Takes the files for the messages of one second that have the same key, in order, where there
/// are as many of both.
fn pair<K: PartialEq + Copy>(
    (messages, files): (&mut Vec<Wanted>, &mut Vec<(u32, Named)>),
    of_message: impl Fn(&Wanted) -> Option<K>,
    of_file: impl Fn(&Named) -> K,
    found: &mut Vec<(usize, u32)>,
) {
    let mut keys: Vec<K> = Vec::new();
    // There are a dozen kinds, and thousands may claim to be of one second.
    for key in messages.iter().filter_map(&of_message) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    for key in keys {
        let is_mine = |want: &Wanted| of_message(want) == Some(key);
        let is_its = |(_, file): &(u32, Named)| of_file(file) == key;
        let count = messages.iter().filter(|want| is_mine(want)).count();
        if count == 0 || count != files.iter().filter(|file| is_its(file)).count() {
            continue;
        }
        let mine = messages.extract_if(.., |want| is_mine(want));
        let its = files.extract_if(.., |file| is_its(file));
        found.extend(
            mine.zip(its)
                .map(|(want, (entry, _))| (want.message, entry)),
        );
    }
}

/// The name under which the browser stores a document: without control, direction and reserved
/// characters (`whatsapp-export-format.md` 1.4).
pub(super) fn stored(name: &str) -> Cow<'_, str> {
    let goes = |c: char| {
        c.is_control()
            || marks::is_mark(c)
            || matches!(
                c,
                '/' | '\\' | '?' | '%' | '*' | ':' | '|' | '"' | '<' | '>'
            )
    };
    if name.contains(goes) {
        Cow::Owned(name.replace(goes, ""))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    fn matched(wanted: &[(&str, Option<MediaKind>)], files: &[&str]) -> Vec<(usize, u32)> {
        let wanted: Vec<Wanted> = wanted
            .iter()
            .enumerate()
            .map(|(message, (time, media))| Wanted {
                message,
                time: at(&format!("2026-09-19 {time}")),
                media: *media,
                note: false,
            })
            .collect();
        let index = MediaIndex::new((0u32..).zip(files.iter().copied()));
        let mut found = find(&wanted, &index, &[]);
        found.sort_unstable();
        found
    }

    #[test]
    fn names_in_both_clocks() {
        for (name, media, second) in [
            (
                "WhatsApp Image 2026-09-19 at 9.52.07 AM.jpeg",
                MediaKind::Image,
                "09:52:07",
            ),
            (
                "WhatsApp Ptt 2026-09-19 at 12.00.00 AM.ogg",
                MediaKind::Voice,
                "00:00:00",
            ),
            (
                "WhatsApp Video 2026-09-19 at 9.52.07\u{202f}PM.mp4",
                MediaKind::Video,
                "21:52:07",
            ),
            (
                "WhatsApp Image 2026-09-19 at 21.52.07 (1).jpeg",
                MediaKind::Image,
                "21:52:07",
            ),
            (
                "WhatsApp Image 2026-09-19 at 9.52.07 AM (1).jpeg",
                MediaKind::Image,
                "09:52:07",
            ),
        ] {
            let named = named(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(named.media, media, "{name}");
            assert_eq!(named.second, at(&format!("2026-09-19 {second}")), "{name}");
        }
        for name in [
            "WhatsApp Image 2026-09-19.jpeg",
            "WhatsApp Image 2026-09-19 at 25.52.07.jpeg",
            "WhatsApp Notes 2026-09-19 at 9.52.07 AM.pdf",
            "IMG-20260919-WA0001.jpg",
            "WhatsApp Image 2026-09-19 at 9.52.0\u{e9}",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
    }

    #[test]
    fn two_of_one_second_are_in_the_order_of_the_archive() {
        let image = Some(MediaKind::Image);
        let files = [
            "WhatsApp Image 2026-09-19 at 9.52.07 AM (1).jpeg",
            "WhatsApp Image 2026-09-19 at 9.52.07 AM.jpeg",
            "WhatsApp Video 2026-09-19 at 9.52.07 AM.mp4",
        ];
        let wanted = [
            ("09:52:07", image),
            ("09:52:07", Some(MediaKind::Gif)),
            ("09:52:07", image),
        ];
        assert_eq!(matched(&wanted, &files), [(0, 0), (1, 2), (2, 1)]);
    }

    #[test]
    fn where_the_numbers_differ_none_is_taken() {
        let image = Some(MediaKind::Image);
        let file = "WhatsApp Image 2026-09-19 at 9.52.07 AM.jpeg";
        assert_eq!(matched(&[("09:52:07", image)], &[file]), [(0, 0)]);
        assert_eq!(
            matched(&[("09:52:07", image), ("09:52:07", image)], &[file]),
            []
        );
        assert_eq!(matched(&[("09:52:08", image)], &[file]), []);
        assert_eq!(
            matched(&[("09:52:07", Some(MediaKind::Audio))], &[file]),
            []
        );
        assert_eq!(matched(&[("09:52:07", None)], &[file]), [(0, 0)]);
    }
}
