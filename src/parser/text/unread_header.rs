//! Lines with the form of the file's headers but for a half-day word that is in no list.
//!
//! Their hour is unknown, so they stay text of the message above, each with an oddity. Text that merely begins with a
//! date is not reported: what follows the timestamp must be a sender who wrote elsewhere in the file, or the word must
//! be one of a line where that is so. Never here: lines that [`super::timestamp`] reads, whose shape or date differs.

use std::collections::HashSet;
use std::ops::Range;

use super::date_order::Reading;
use super::day::Day;
use super::scan::{Layout, Scan};
use super::timestamp::{self, End, HalfPlace, Header, Shape};

/// Limit for the part of a line before the sender, in bytes; the longest timestamp of a known language has about 60.
const MAX_HEADER_BYTES: usize = 96;

/// Maximum number of colons in a name.
const MAX_COLONS: usize = 8;

/// Finds the lines, ascending. `wrote` is whether a participant of this name wrote a message of the file.
pub(super) fn find(
    text: &str,
    scan: &Scan,
    layout: &Layout,
    wrote: impl Fn(&str) -> bool,
) -> Vec<u32> {
    let first = (scan.candidates.iter()).find(|candidate| layout.is_header(candidate));
    let Some(first) = first.map(|candidate| candidate.line) else {
        return Vec::new();
    };
    let later = scan.unread.iter().filter(|(line, _)| *line > first);
    let similar: Vec<(u32, Unread<'_>)> = later
        .filter_map(|(line, start)| {
            let text = text.get(*start as usize..)?;
            let end = memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
            Some((*line, Unread::read(&text[..end], layout)?))
        })
        .collect();
    let of_senders = similar.iter().filter(|(_, unread)| {
        let mut ends = unread.rest.match_indices(": ").take(MAX_COLONS);
        ends.any(|(end, _)| wrote(&unread.rest[..end]))
    });
    let words: HashSet<&str> = of_senders.map(|(_, unread)| unread.word).collect();
    (similar.iter())
        .filter(|(_, unread)| words.contains(unread.word))
        .map(|(line, _)| *line)
        .collect()
}

/// A line that is a header of the file without one word.
struct Unread<'t> {
    word: &'t str,
    /// What follows the timestamp.
    rest: &'t str,
}

impl<'t> Unread<'t> {
    fn read(line: &'t str, layout: &Layout) -> Option<Unread<'t>> {
        let ends: &[&str] = match layout.rules.shape.end {
            End::Dash => &[" - ", " \u{2013} "],
            End::Bracket => &["]"],
            End::Colon => &[": "],
            // A word after it cannot be distinguished from a sender.
            End::Blank => return None,
        };
        let at = ends.iter().filter_map(|end| line.find(end)).min()?;
        let head = line.get(..at).filter(|_| at <= MAX_HEADER_BYTES)?;
        let candidates = [after_time(head), last_word(head), before_time(head)];
        candidates.into_iter().flatten().find_map(|word| {
            let before = line[..word.start].trim_end();
            let blank = if word.end == at { "" } else { " " };
            let without = format!("{before}{blank}{}", &line[word.end..]);
            let header = timestamp::read(without.as_bytes())?;
            let from = line.len() - without.len().checked_sub(header.length)?;
            let is_similar = from >= at && is_of_file(&header, layout);
            is_similar.then_some(Unread {
                word: &line[word],
                rest: line.get(from..)?,
            })
        })
    }
}

/// Whether a header without its half-day word has the form of the file's headers, and its date is possible.
fn is_of_file(header: &Header, layout: &Layout) -> bool {
    let rules = &layout.rules;
    let timestamp = &header.timestamp;
    let without_half = |shape: Shape| Shape {
        half: HalfPlace::None,
        ..shape
    };
    let day = Day {
        numbers: timestamp.date,
        era: timestamp.era,
    };
    let date = Reading::of(&header.shape).date(&day, layout.decision.order);
    without_half(header.shape) == without_half(rules.shape)
        && timestamp.padded & rules.never_padded == 0
        && timestamp.single & rules.never_single == 0
        && timestamp.second_of_day().is_some()
        && date.is_some()
}

/// What follows the last digit.
fn after_time(head: &str) -> Option<Range<usize>> {
    let (at, digit) = head.char_indices().rev().find(|(_, c)| c.is_numeric())?;
    word(head, at + digit.len_utf8()..head.len())
}

/// The last word, which may follow the unit of the minute or second.
fn last_word(head: &str) -> Option<Range<usize>> {
    let blank = head.trim_end().rfind(char::is_whitespace)?;
    word(head, blank..head.len())
}

/// What is between the date and a time without units.
fn before_time(head: &str) -> Option<Range<usize>> {
    let is_of_time = |c: char| c.is_numeric() || matches!(c, ':' | '.');
    let time = head.trim_end_matches(is_of_time).len();
    let (at, digit) = (head[..time].char_indices().rev()).find(|(_, c)| c.is_numeric())?;
    word(head, at + digit.len_utf8()..time)
}

/// The part of a range without the blanks and commas around it; `None` if it is no word.
fn word(head: &str, range: Range<usize>) -> Option<Range<usize>> {
    let is_around = |c: char| c.is_whitespace() || matches!(c, ',' | '\u{60c}');
    let part = &head[range.clone()];
    let start = range.start + part.len() - part.trim_start_matches(is_around).len();
    let end = range.start + part.trim_end_matches(is_around).len();
    let word = head.get(start..end)?;
    let is_word = word.contains(char::is_alphabetic) && !word.contains(char::is_numeric);
    is_word.then_some(start..end)
}
