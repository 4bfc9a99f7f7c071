//! Headers of exports before about 2018, which still exist in old mailboxes.
//!
//! Android in 2013 wrote the month as a word and often no year; iPhones wrote no brackets. Only English months were
//! observed. None of this may turn text in a modern export into a header: [`super::shape`] assigns one shape to a file.
//!
//! Never here: the years of dates that are written without one (`missing_years`).

use super::cursor::Cursor;
use super::marks::blank_len;
use super::timestamp::{End, Year};
use crate::chat::DateOrder;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Whether a line may begin with the name of a month.
pub(super) fn may_begin(line: &[u8]) -> bool {
    line.first_chunk::<3>()
        .is_some_and(|start| MONTHS.iter().any(|month| month.as_bytes() == start))
}

/// A date with the month as a word: its numbers as written, their order, and the position of the year.
pub(super) struct Named {
    pub(super) numbers: [(u16, u8); 3],
    pub(super) order: DateOrder,
    pub(super) year: Year,
}

/// Reads `28 Aug 2013`, `18 Mar`, `Mar 5`; otherwise leaves the cursor unchanged.
pub(super) fn date(cursor: &mut Cursor<'_>) -> Option<Named> {
    let mut ahead = cursor.clone();
    let named = match month(&mut ahead) {
        Some(month) if ahead.blanks() => Named {
            numbers: [month, ahead.number(2)?, (0, 0)],
            order: DateOrder::Mdy,
            year: Year::Missing,
        },
        Some(_) => return None,
        None => {
            let day = ahead.number(2)?;
            if !ahead.blanks() {
                return None;
            }
            let month = month(&mut ahead)?;
            let after_month = ahead.at();
            let year = if ahead.blanks() {
                year(&mut ahead)
            } else {
                None
            };
            if year.is_none() {
                ahead.back_to(after_month);
            }
            Named {
                numbers: [day, month, year.unwrap_or((0, 0))],
                order: DateOrder::Dmy,
                year: year.map_or(Year::Missing, |_| Year::Last),
            }
        }
    };
    *cursor = ahead;
    Some(named)
}

/// A month as a Roman number in lower case, as in Hawaiian (`6/iv/14`).
pub(super) fn roman_month(cursor: &mut Cursor<'_>) -> Option<(u16, u8)> {
    const MONTHS: [&str; 12] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii",
    ];
    let letters = cursor.rest().iter();
    let length = letters.take_while(|b| b.is_ascii_lowercase()).count();
    let word = &cursor.rest()[..length];
    let at = MONTHS.iter().position(|month| month.as_bytes() == word)?;
    cursor.skip(length);
    Some((u16::try_from(at + 1).ok()?, 0))
}

fn month(cursor: &mut Cursor<'_>) -> Option<(u16, u8)> {
    let at = MONTHS.iter().position(|month| cursor.word(month))?;
    // One digit: a word has no padding to compare.
    Some((u16::try_from(at + 1).ok()?, 0))
}

/// Four digits; in `18 Mar 12:14` the time follows instead.
fn year(cursor: &mut Cursor<'_>) -> Option<(u16, u8)> {
    cursor.number(4).filter(|(_, width)| *width == 4)
}

/// Whether a word is `AM` or `PM`, as in a header that ends with a single blank.
pub(super) fn is_half_day(word: &[u8]) -> bool {
    let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic());
    let letters: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
    matches!(letters.as_slice(), b"am" | b"pm")
}

/// The end of a header without brackets, after its timestamp: ` - `, or on iPhones `: `
/// (`7/1/16, 4:56:55 PM: Name: text`) or a single blank (`02-12-18 22:55:45 Name: text`). The iPhone forms have
/// seconds, the first one a comma. The second one resembles the lines of a log so much that a sender must follow and
/// the year must not come first.
///
/// Arguments: the cursor, and of the timestamp the comma, the seconds and the position of the year.
pub(super) fn end(
    cursor: &mut Cursor<'_>,
    (comma, seconds, year): (bool, bool, Year),
) -> Option<End> {
    if seconds && comma && cursor.at_byte(b':') {
        cursor.byte(b':');
        let blank = blank_len(cursor.rest());
        cursor.skip(blank);
        return (blank > 0).then_some(End::Colon);
    }
    if !cursor.blanks() {
        return None;
    }
    let after_blank = cursor.at();
    // The en dash of some versions.
    if cursor.byte(b'-') || cursor.word("\u{2013}") {
        return match blank_len(cursor.rest()) {
            0 if cursor.rest().is_empty() => Some(End::Dash),
            0 => None,
            blank => {
                cursor.skip(blank);
                Some(End::Dash)
            }
        };
    }
    cursor.back_to(after_blank);
    let has_sender = memchr::memmem::find(cursor.rest(), b": ").is_some_and(|at| at > 0);
    (seconds && !comma && year != Year::First && has_sender).then_some(End::Blank)
}
