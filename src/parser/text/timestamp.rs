//! Timestamps at the start of lines: parses the numbers and the shape.
//!
//! Reads timestamps of all shapes and languages. Which shape a file has is determined in [`super::shape`], and the date
//! order in [`super::date_order`]. Examines a single line and never reads beyond it. Grammar (observed):
//!
//! ```text
//! header    := "[" timestamp "]" blank                 (iPhone)
//!            | timestamp blank "-" blank               (Android)
//!            | timestamp ":" blank | timestamp blank   (iPhone before 2018, [`super::legacy`])
//! timestamp := date join time | time join date
//! date      := [ era ] number sep number sep [ era ] number [ "." ] [ word ] [ era ]
//! number    := digits of any script, or a Roman number for the month
//! join      := [ "," ] blank [ word | "-" ]
//! time      := [ half-day word | word ] hour sep minute [ sep second ] [ half-day word | word ], optionally in brackets
//! sep       := a character or a unit
//! ```
//!
//! The words, eras, units and digits are those of all languages ([`super::cldr`]).
//!
//! See docs/reference/whatsapp-export-format.md, "Timestamps".

mod date;
mod reader;
#[cfg(test)]
mod tests;
mod time;

use std::num::NonZeroU32;

use reader::Reader;

use super::calendar::Era;
use super::cldr::{self, HalfDay};
use super::cursor::Cursor;
use super::legacy;
use super::marks::blank_len;
use crate::chat::DateOrder;

/// Position of the year and number of its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Year {
    /// Four digits, or an era, first.
    First,
    /// Four digits, or an era, last.
    Last,
    /// Two digits; position unknown.
    Two,
    /// No year (Android in 2013).
    Missing,
}

/// The date separator of `23年3月29日`, which Chinese phones with a 24-hour clock write in some regions.
pub(super) const YEAR_SIGN: u8 = b'y';

/// How a header ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// `[…] `, as on iPhone.
    Bracket,
    /// `… - `, as on Android.
    Dash,
    /// `…: `, as on iPhones before 2018.
    Colon,
    /// A single blank, as on some of them.
    Blank,
}

/// Position of the half-day word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum HalfPlace {
    None,
    Before,
    After,
}

/// The form of a header, which is the same in a whole file except for padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// What encloses or ends the timestamp.
    pub(super) end: End,
    /// Date order, if the month is a word.
    pub(super) named: Option<DateOrder>,
    /// Whether the time comes before the date (vi, gl).
    pub(super) time_first: bool,
    /// `/`, `.` or `-`; a blank if the month is a word; [`YEAR_SIGN`].
    pub(super) date_separator: u8,
    /// Whether a blank follows the date separator.
    pub(super) spaced: bool,
    /// Position of the year.
    pub(super) year: Year,
    /// Whether a comma follows the first part.
    pub(super) comma: bool,
    /// `:`, `.`, or `h` for units (`21 h 05 min 07 s` in Canadian French).
    pub(super) time_separator: u8,
    /// Whether there are seconds.
    pub(super) seconds: bool,
    /// Position of the half-day word.
    pub(super) half: HalfPlace,
    /// Whether the form occurs only in locales that put the year first, even with two digits: a dot and a blank after
    /// every number of the date (ko), the time in brackets (eu), or an era before the date.
    pub(super) year_in_front: bool,
    /// The script of the digits: code point of its zero.
    pub(super) zero: u32,
}

/// The numbers of a timestamp as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timestamp {
    /// The three numbers of the date, as written.
    pub(super) date: [u16; 3],
    /// The era of the year, if written.
    pub(super) era: Option<Era>,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) half: Option<&'static HalfDay>,
    /// Bit n: the n-th number of the date (0 to 2), the hour (3), the minute (4) or the second (5) has one digit.
    pub(super) single: u8,
    /// Bit n: the same number is below ten and has a leading zero.
    pub(super) padded: u8,
}

/// A timestamp at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) shape: Shape,
    pub(super) timestamp: Timestamp,
    /// Bytes of the line before the sender.
    pub(super) length: usize,
}

/// A quick check: false for nearly all lines that do not begin with a timestamp, by their first bytes.
pub(super) fn may_begin(line: &[u8]) -> bool {
    match line.first() {
        Some(b'[' | b'0'..=b'9') => true,
        Some(b'A'..=b'S') => legacy::may_begin(line) || begins_with_word(line),
        Some(b'T'..=b'Z' | b'a'..=b'z') => begins_with_word(line),
        Some(0xc2..) => {
            let mut cursor = Cursor::new(line);
            cursor.marks();
            cursor.at_byte(b'[') || cursor.at_digit() || begins_with_word(cursor.rest())
        }
        _ => false,
    }
}

/// Whether a line begins with an era or a half-day word, as on Android in languages that write it first.
fn begins_with_word(line: &[u8]) -> bool {
    cldr::vocabulary().begins_line(line)
}

/// Parses the timestamp at the start of `line` (without its line end); `None` if there is none.
pub(super) fn read(line: &[u8]) -> Option<Header> {
    read_in(line, None)
}

/// Whether a line begins with a timestamp of any form, so that it could be a header in another transcript.
pub fn looks_like_header(line: &str) -> bool {
    let line = line.as_bytes();
    may_begin(line) && read(line).is_some()
}

/// The same in a file whose language is known by its half-day words ([`cldr::language_of`]).
pub(super) fn read_in(line: &[u8], language: Option<u16>) -> Option<Header> {
    if !may_begin(line) {
        return None;
    }
    let mut cursor = Cursor::new(line);
    let bracket = cursor.byte(b'[');
    let mut reader = Reader::new(cursor, language);
    let time_first = reader.time_comes_first();
    let comma;
    if time_first {
        reader.time()?;
        comma = reader.join()?;
        reader.date()?;
    } else {
        reader.date()?;
        comma = reader.join()?;
        reader.time()?;
    }
    let mut cursor = reader.cursor.clone();
    let end = if bracket {
        if !cursor.byte(b']') {
            return None;
        }
        cursor.skip(blank_len(cursor.rest()));
        End::Bracket
    } else {
        let form = (comma, reader.time.seconds, reader.date.year);
        let mut after = cursor.clone();
        // The senders of `22:56:45 Am: see` and `22:56:45 Am Lee: see` are Am and Am Lee: what looks like a half-day
        // word belongs to the sender if the line is not a header with it, if the clock has 24 hours, or if it is not
        // English: `Dinda` is a name, and the forenoon in Luba-Katanga.
        let with_word = legacy::end(&mut after, form).filter(|end| {
            let is_word = |from: usize| legacy::is_half_day(&line[from..cursor.at()]);
            *end != End::Blank
                || reader.timestamp.half.is_none()
                || (reader.timestamp.hour <= 12 && reader.before_word.is_none_or(is_word))
        });
        match (with_word, reader.before_word.filter(|_| !time_first)) {
            (Some(end), _) => {
                cursor = after;
                end
            }
            (None, Some(before_word)) => {
                cursor.back_to(before_word);
                reader.timestamp.half = None;
                reader.time.half = HalfPlace::None;
                legacy::end(&mut cursor, form)?
            }
            (None, None) => return None,
        }
    };
    let Reader {
        timestamp,
        date,
        time,
        ..
    } = reader;
    let shape = Shape {
        end,
        named: date.named,
        time_first,
        date_separator: date.separator,
        spaced: date.spaced,
        year: date.year,
        comma,
        time_separator: time.separator,
        seconds: time.seconds,
        half: time.half,
        year_in_front: date.front || time.wrapped,
        zero: cursor.zero(),
    };
    Some(Header {
        shape,
        timestamp,
        length: cursor.at(),
    })
}

impl Shape {
    /// Whether the form occurs on iPhones only.
    pub(super) fn is_iphone(&self) -> bool {
        self.end != End::Dash
    }
}

impl Timestamp {
    /// The second of the day plus one; `None` for an impossible time. Never zero, so that the option takes no
    /// additional memory in a million headers.
    pub(super) fn second_of_day(&self) -> Option<NonZeroU32> {
        let hour = self.hour_of_day()?;
        if self.minute > 59 || self.second > 59 {
            return None;
        }
        let minutes = u32::from(hour) * 60 + u32::from(self.minute);
        NonZeroU32::new(minutes * 60 + u32::from(self.second) + 1)
    }

    /// The hour on the 24-hour clock; `None` for an impossible hour.
    fn hour_of_day(&self) -> Option<u8> {
        match self.half {
            None => Some(self.hour).filter(|hour| *hour <= 23),
            Some(word) => word.hour(self.hour),
        }
    }
}
