//! Files in `media/` for messages that describe only the kind of their file.
//!
//! The name of an entry contains kind and second: `WhatsApp Image 2026-09-19 at 9.52.07 AM.jpeg`, on a 12-hour or
//! 24-hour clock (observed). Several files of one second are in the order of the archive. If the numbers of files and
//! messages differ, none is assigned: a wrong picture is worse than none.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};

use crate::chat::MediaKind;
use crate::parser::MediaIndex;
use crate::parser::text::marks;

/// A file name of the Web export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) media: MediaKind,
    /// Whether it is a video note, which has a word of its own.
    note: bool,
    second: NaiveDateTime,
}

/// Parses the name of an entry, without its folder.
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

/// A message that describes only the kind of its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnnamedFile {
    /// Index of the message.
    pub(super) message: usize,
    pub(super) time: NaiveDateTime,
    /// `None` for a word that describes no kind.
    pub(super) media: Option<MediaKind>,
    /// Whether the word is that for a video note.
    pub(super) note: bool,
}

/// An entry and its parsed name.
type File = (u32, Named);

/// Finds the files: index of a message, and number of its entry. `taken` are entries that messages name
/// themselves.
pub(super) fn find(
    wanted: &[UnnamedFile],
    index: &MediaIndex,
    taken: &HashSet<u32>,
) -> Vec<(usize, u32)> {
    let mut seconds: BTreeMap<NaiveDateTime, (Vec<UnnamedFile>, Vec<File>)> = BTreeMap::new();
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

/// The browser stores a GIF as a video, and a voice message as audio.
fn family(media: MediaKind) -> MediaKind {
    match media {
        MediaKind::Gif => MediaKind::Video,
        MediaKind::Voice => MediaKind::Audio,
        media => media,
    }
}

/// Assigns the files of one second to its messages with the same key, in order, if there are as many of both.
fn pair<K: PartialEq + Copy>(
    (messages, files): (&mut Vec<UnnamedFile>, &mut Vec<File>),
    of_message: impl Fn(&UnnamedFile) -> Option<K>,
    of_file: impl Fn(&Named) -> K,
    found: &mut Vec<(usize, u32)>,
) {
    let mut keys: Vec<K> = Vec::new();
    for key in messages.iter().filter_map(&of_message) {
        // At most as many keys as kinds of file.
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    for key in keys {
        let is_mine = |want: &UnnamedFile| of_message(want) == Some(key);
        let is_its = |(_, file): &File| of_file(file) == key;
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

/// The name under which the browser stores a document: without control, direction and reserved characters
/// (observed).
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
        let wanted: Vec<UnnamedFile> = wanted
            .iter()
            .enumerate()
            .map(|(message, (time, media))| UnnamedFile {
                message,
                time: at(&format!("2026-09-19 {time}")),
                media: *media,
                note: false,
            })
            .collect();
        let index = MediaIndex::new((0u32..).zip(files.iter().copied()));
        let mut found = find(&wanted, &index, &HashSet::new());
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
    fn files_of_one_second_are_in_archive_order() {
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
    fn no_file_is_assigned_if_counts_differ() {
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
