//! Files in a text: placeholders of absent ones, and kinds of attached ones. The inverse of what
//! [`crate::transform::markdown`] writes for files.

use super::around::counts;
use crate::chat::MediaKind;
use crate::transform::phrases::{
    DAMAGED, FILE, KINDS, MISSING, NOT_IMPORTED, NOT_INCLUDED, TOO_LARGE, media_word,
};

/// The number of lines tried at each end.
const LINES_AT_EACH_END: usize = 3;

/// A file that a message names and that is not attached in Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent<'t> {
    /// What kind of file it is.
    pub media: MediaKind,
    /// Why it is not attached.
    pub why: Why,
    /// The file's name; `None` if the export has none.
    pub name: Option<&'t str>,
}

/// Why a file is not attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The archive does not contain it.
    Missing,
    /// It exceeds the size limit of the message; contains its size in megabytes.
    TooLarge(u64),
    /// The settings exclude its kind.
    NotWanted,
    /// Its bytes are damaged.
    Damaged,
}

/// A text and the absent files at its end, for each possible number of lines.
type Split<'t> = (&'t str, Vec<Absent<'t>>);

/// Placeholders of damaged files, which come last.
pub(super) fn damaged(text: &str) -> Vec<Split<'_>> {
    at_end(text, |why| why == Why::Damaged)
}

/// Placeholders of files that were absent when the message was rendered.
pub(super) fn absent(text: &str) -> Vec<Split<'_>> {
    at_end(text, |why| why != Why::Damaged)
}

fn at_end(text: &str, wanted: impl Fn(Why) -> bool) -> Vec<Split<'_>> {
    // The offsets where such a line starts, the last one first. A name may contain a line break, so a line
    // ends where the next one starts.
    let mut begins: Vec<usize> = Vec::new();
    let mut all: Vec<Absent<'_>> = Vec::new();
    let mut end = text.len();
    let mut line_end = text.len();
    loop {
        let line = text[..line_end].rfind('\n').map_or(0, |at| at + 1);
        let whole = &text[line..end];
        if let Some(absent) = read(whole).filter(|absent| wanted(absent.why)) {
            begins.push(line);
            all.push(absent);
            // The line break before it is no part of the text before.
            end = line.saturating_sub(1);
        }
        if line == 0 || !text[..end].ends_with(']') {
            break;
        }
        line_end = line - 1;
    }
    let read = |count: usize| {
        let begin = count.checked_sub(1).map_or(text.len(), |at| begins[at]);
        let before = &text[..begin];
        let before = match count {
            0 => before,
            _ => before.strip_suffix('\n').unwrap_or(before),
        };
        (before, all[..count].iter().rev().copied().collect())
    };
    let counts = counts(begins.len(), LINES_AT_EACH_END).into_iter();
    counts.map(read).collect()
}

/// `[image missing in the export: a.jpg]`.
fn read(text: &str) -> Option<Absent<'_>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    KINDS.into_iter().find_map(|media| {
        let rest = inner.strip_prefix(media_word(media))?;
        let absent = |why, name| Absent { media, why, name };
        let named = |rest: &'_ str, phrase| -> Option<usize> {
            let name = rest.strip_prefix(phrase)?.strip_prefix(": ")?;
            Some(rest.len() - name.len())
        };
        if rest == MISSING {
            return Some(absent(Why::Missing, None));
        }
        for (phrase, why) in [
            (MISSING, Why::Missing),
            (NOT_IMPORTED, Why::NotWanted),
            (DAMAGED, Why::Damaged),
        ] {
            if let Some(at) = named(rest, phrase) {
                return Some(absent(why, Some(&rest[at..])));
            }
        }
        let size = rest.strip_prefix(TOO_LARGE)?.strip_prefix(" (")?;
        let digits = size.find(|c: char| !c.is_ascii_digit())?;
        let (size, name) = size.split_at(digits);
        let name = name.strip_prefix(" MB): ")?;
        Some(absent(Why::TooLarge(size.parse().ok()?), Some(name)))
    })
}

/// Kind and caption of a file that the export omits: its placeholder is the last line.
pub(super) fn omitted(text: &str) -> Option<(Option<MediaKind>, &str)> {
    let (caption, line) = text.rsplit_once('\n').unwrap_or(("", text));
    let word = line
        .strip_prefix('[')?
        .strip_suffix(']')?
        .strip_suffix(NOT_INCLUDED)?;
    let media = KINDS.into_iter().find(|media| media_word(*media) == word);
    (media.is_some() || word == FILE).then_some((media, caption))
}

/// The number of files that `[image]`, `[3 images]` or `[image, document]` names; `None` for another text.
pub(super) fn named(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    if inner.is_empty() {
        return Some(0);
    }
    let mut kinds = Vec::new();
    let mut sum = 0usize;
    for word in inner.split(", ") {
        let (count, media) = KINDS.into_iter().find_map(|media| {
            if word == media_word(media) {
                return Some((1, media));
            }
            let count = word.strip_suffix('s')?.strip_suffix(media_word(media))?;
            let count: usize = count.strip_suffix(' ')?.parse().ok()?;
            (count > 1).then_some((count, media))
        })?;
        if kinds.contains(&media) {
            return None;
        }
        kinds.push(media);
        sum = sum.saturating_add(count);
    }
    Some(sum)
}
