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
//! date      := number sep number sep number [ "." ] [ " г." | " BE" | " B" ]
//! number    := digits of any script, or an era and a number for the year
//! join      := [ "," ] blank [ "à" | "klo" ]
//! time      := [ half-day word ] hour sep minute [ sep second ] [ half-day word ], optionally in brackets
//! ```

use std::num::NonZeroU32;

use super::calendar::Era;
use super::cursor::Cursor;
use super::legacy;
use super::marks::blank_len;
use super::words::{self, Half};
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
    /// `/`, `.` or `-`; a blank if the month is a word.
    pub(super) date_separator: u8,
    /// Whether a blank follows the date separator.
    pub(super) spaced: bool,
    /// Position of the year.
    pub(super) year: Year,
    /// Whether a comma follows the first part.
    pub(super) comma: bool,
    /// `:`, `.`, or `h` for Canadian French (`21 h 05 min 07 s`).
    pub(super) time_separator: u8,
    /// Whether there are seconds.
    pub(super) seconds: bool,
    /// Position of the half-day word.
    pub(super) half: HalfPlace,
    /// Whether the form occurs only in locales that put the year first, even with two digits: a dot and a blank after
    /// every number of the date (ko), or the time in brackets (eu).
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
    pub(super) half: Option<Half>,
    /// Bit n: the n-th number of the date (0 to 2), or the hour (3), has one digit.
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
        Some(b'A'..=b'S') => legacy::may_begin(line),
        Some(0xc2..) => {
            let mut cursor = Cursor::new(line);
            cursor.marks();
            cursor.at_byte(b'[') || cursor.at_digit()
        }
        _ => false,
    }
}

/// Parses the timestamp at the start of `line` (without its line end); `None` if there is none.
pub(super) fn read(line: &[u8]) -> Option<Header> {
    if !may_begin(line) {
        return None;
    }
    let mut cursor = Cursor::new(line);
    let bracket = cursor.byte(b'[');
    let mut reader = Reader::new(cursor);
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
        // word belongs to the sender if the line is not a header with it, or if the clock has 24 hours.
        let with_word = legacy::end(&mut after, form).filter(|end| {
            *end != End::Blank || reader.timestamp.half.is_none() || reader.timestamp.hour <= 12
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
        year_in_front: date.dotted || time.wrapped,
        zero: cursor.zero(),
    };
    Some(Header {
        shape,
        timestamp,
        length: cursor.at(),
    })
}

/// The form of a date.
#[derive(Clone, Copy)]
struct DateForm {
    separator: u8,
    spaced: bool,
    year: Year,
    /// Date order, if the month is a word.
    named: Option<DateOrder>,
    /// `23. 3. 29.`: a two-digit year, blanks, and a dot after the last number.
    dotted: bool,
}

/// The form of a time.
#[derive(Clone, Copy)]
struct TimeForm {
    separator: u8,
    seconds: bool,
    half: HalfPlace,
    /// In brackets.
    wrapped: bool,
}

struct Reader<'l> {
    cursor: Cursor<'l>,
    timestamp: Timestamp,
    date: DateForm,
    time: TimeForm,
    /// End of the time without the half-day word after it, if there is one.
    before_word: Option<usize>,
}

impl<'l> Reader<'l> {
    fn new(cursor: Cursor<'l>) -> Self {
        Reader {
            cursor,
            timestamp: Timestamp {
                date: [0; 3],
                era: None,
                hour: 0,
                minute: 0,
                second: 0,
                half: None,
                single: 0,
                padded: 0,
            },
            date: DateForm {
                separator: 0,
                spaced: false,
                year: Year::Two,
                named: None,
                dotted: false,
            },
            time: TimeForm {
                separator: 0,
                seconds: false,
                half: HalfPlace::None,
                wrapped: false,
            },
            before_word: None,
        }
    }

    /// Whether a colon follows the first number: only a time has one.
    fn time_comes_first(&self) -> bool {
        let mut ahead = self.cursor.clone();
        ahead.number(2).is_some() && ahead.byte(b':')
    }

    fn note(&mut self, bit: u8, (value, width): (u16, u8)) -> u16 {
        self.timestamp.single |= u8::from(width == 1) << bit;
        self.timestamp.padded |= u8::from(width == 2 && value < 10) << bit;
        value
    }

    /// A number of the date; one with an era counts as a four-digit year.
    fn date_number(&mut self, most: usize) -> Option<(u16, u8)> {
        if let Some(era) = self.cursor.era() {
            self.timestamp.era = Some(era);
            return self.cursor.number(2).map(|(value, _)| (value, 4));
        }
        self.cursor.number(most)
    }

    fn date(&mut self) -> Option<()> {
        if let Some(named) = legacy::date(&mut self.cursor) {
            self.date.separator = b' ';
            self.date.year = named.year;
            self.date.named = Some(named.order);
            self.timestamp.date = [0, 1, 2].map(|at| self.note(at as u8, named.numbers[at]));
            return Some(());
        }
        let first = self.date_number(4)?;
        let separator = self.cursor.one_of(b"/.-")?;
        let spaced = self.cursor.blanks();
        let second = self.cursor.number(2)?;
        if !self.cursor.byte(separator) || self.cursor.blanks() != spaced {
            return None;
        }
        let third = self.date_number(4)?;
        let year = match (first.1, third.1) {
            (4, 1 | 2) => Year::First,
            (1 | 2, 4) => Year::Last,
            (1 | 2, 1 | 2) => Year::Two,
            _ => return None,
        };
        self.date = DateForm {
            separator,
            spaced,
            year,
            named: None,
            dotted: false,
        };
        self.timestamp.date = [
            self.note(0, first),
            self.note(1, second),
            self.note(2, third),
        ];
        // `29. 3. 2023. 21:05` (hr, hu): the last number has a dot too.
        if separator == b'.' && self.cursor.byte(b'.') {
            self.date.dotted = spaced && year == Year::Two;
        }
        // `29.03.23 г.` (bg), `3/18/2565 BE`, `29-03-23 B` (my).
        let before = self.cursor.at();
        let blank = self.cursor.blanks();
        let suffix = ["\u{433}.", "BE", "B"]
            .into_iter()
            .find(|word| self.cursor.word(word));
        match suffix {
            Some("BE") if blank => self.timestamp.era = Some(Era::Buddhist),
            Some(_) if blank => {}
            _ => self.cursor.back_to(before),
        }
        Some(())
    }

    /// Skips what separates date and time; returns whether it begins with a comma.
    fn join(&mut self) -> Option<bool> {
        // The comma of Arabic, Persian and Urdu.
        let comma = self.cursor.byte(b',') || self.cursor.word("\u{60c}");
        if !self.cursor.blanks() {
            return None;
        }
        // `26/09/2019 à 22:39` (fr, 2018-19), `12.3.2022 klo 14.08` (fi).
        if (self.cursor.word("\u{e0}") || self.cursor.word("klo")) && !self.cursor.blanks() {
            return None;
        }
        Some(comma)
    }

    fn time(&mut self) -> Option<()> {
        // `23/3/29 (21:05:07)` (eu).
        let wrapped = self.cursor.byte(b'(');
        let before = self.half_day();
        if before.is_some() {
            self.cursor.blanks();
        }
        let hour = self.cursor.number(2)?;
        self.timestamp.hour = narrow(self.note(3, hour));
        let spelled = self.cursor.unit("h");
        let separator = if spelled {
            b'h'
        } else {
            self.cursor.one_of(b":.")?
        };
        self.timestamp.minute = self.two_digits()?;
        let seconds = if spelled {
            self.cursor.unit("min")
        } else {
            self.cursor.at_byte(separator) && self.cursor.byte(separator)
        };
        if seconds {
            self.timestamp.second = self.two_digits()?;
            if spelled && !self.cursor.unit("s") {
                return None;
            }
        }
        let mut half = HalfPlace::None;
        if before.is_some() {
            self.timestamp.half = before;
            half = HalfPlace::Before;
        } else {
            let here = self.cursor.at();
            self.cursor.blanks();
            match self.half_day() {
                Some(word) => {
                    self.timestamp.half = Some(word);
                    self.before_word = Some(here);
                    half = HalfPlace::After;
                }
                None => self.cursor.back_to(here),
            }
        }
        if wrapped && !self.cursor.byte(b')') {
            return None;
        }
        self.time = TimeForm {
            separator,
            seconds,
            half,
            wrapped,
        };
        Some(())
    }

    fn two_digits(&mut self) -> Option<u8> {
        self.cursor
            .number(2)
            .filter(|n| n.1 == 2)
            .map(|n| narrow(n.0))
    }

    fn half_day(&mut self) -> Option<Half> {
        let (half, length) = words::half_day(self.cursor.rest())?;
        self.cursor.skip(length);
        Some(half)
    }
}

/// At most two digits were read, so the value fits.
fn narrow(value: u16) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
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
    ///
    /// `00:04 AM` is accepted, and a half-day word is ignored if the hour is over 12 (both observed).
    fn hour_of_day(&self) -> Option<u8> {
        let hour = self.hour;
        if hour > 23 {
            return None;
        }
        Some(match self.half {
            None => hour,
            _ if hour > 12 => hour,
            Some(Half::Am) => hour % 12,
            Some(Half::Pm) => hour % 12 + 12,
            // "at noon": some phones write it from eleven on.
            Some(Half::Noon) if matches!(hour, 10 | 11) => hour,
            Some(Half::Noon) => hour % 12 + 12,
            // "at night": 12 is midnight, the evening hours are before it.
            Some(Half::Night) => match hour % 12 {
                evening @ 6..=11 => evening + 12,
                small => small,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(line: &str) -> Option<(Header, String)> {
        read(line.as_bytes()).map(|h| (h, line[h.length..].to_owned()))
    }

    #[test]
    fn reads_the_shapes_of_phones() {
        for (line, date, hour) in [
            ("31/12/2020, 21:45 - Anna: hi", [31, 12, 2020], 21),
            ("12/31/20, 9:45\u{202f}PM - Anna: hi", [12, 31, 20], 21),
            ("12/31/20, 9:45 pm - Anna: hi", [12, 31, 20], 21),
            ("9/5/2020 8:04 p.\u{a0}m. - Anna: hi", [9, 5, 2020], 20),
            ("2023-03-29, 12:07\u{202f}a.m. - Anna: hi", [2023, 3, 29], 0),
            ("[31.12.20, 21:45:12] Anna: hi", [31, 12, 20], 21),
            ("\u{200e}[31.12.20, 21:45:12] Anna: hi", [31, 12, 20], 21),
            ("[29. 03. 2023. 21:05:07] Anna: hi", [29, 3, 2023], 21),
            ("29/03/23 00.07 - Anna: hi", [29, 3, 23], 0),
            (
                "2023/3/29 \u{4e2d}\u{5348}11:30 - Anna: hi",
                [2023, 3, 29],
                11,
            ),
            (
                "2023/3/29 \u{4e2d}\u{5348}12:30 - Anna: hi",
                [2023, 3, 29],
                12,
            ),
            (
                "2023/3/29 \u{4e2d}\u{5348}1:30 - Anna: hi",
                [2023, 3, 29],
                13,
            ),
            ("2023-03-29 9:30 em - Anna: hi", [2023, 3, 29], 21),
            ("29. 3. 2023 9:30 dop. - Anna: hi", [29, 3, 2023], 9),
            (
                "[29.3.2023, 9:30:01 \u{5d0}\u{5d7}\u{5d4}\u{5f4}\u{5e6}] Anna: hi",
                [29, 3, 2023],
                21,
            ),
            (
                "16/01/2021, 3:07 in the afternoon - Anna: hi",
                [16, 1, 2021],
                15,
            ),
            ("09/17/19, 8:30:52 AM \u{2013} Anna: hi", [9, 17, 19], 8),
        ] {
            let (header, rest) = head(line).unwrap_or_else(|| panic!("no header in {line}"));
            assert_eq!(header.timestamp.date, date, "{line}");
            assert_eq!(header.timestamp.hour_of_day(), Some(hour), "{line}");
            assert_eq!(rest, "Anna: hi", "{line}");
        }
    }

    #[test]
    fn other_lines_are_not_headers() {
        for line in [
            "",
            "hello",
            "10:30 - 11:00 - Meeting",
            "[9/9, 9:09 AM] Ana: pasted",
            "[x] done: milk",
            "2016-04-29 10:30:00 log line",
            "1. first",
            "12/05/2023",
            "12/05/2023, 10:00 -nobody",
            "123/05/2023, 10:00 - x",
            "[12/05/2023, 10:00",
        ] {
            assert!(head(line).is_none(), "{line}");
        }
    }

    #[test]
    fn twelve_hour_clock() {
        for (text, hour) in [
            ("12:00 AM", 0),
            ("12:00 PM", 12),
            ("00:04 AM", 0),
            ("1:00 AM", 1),
            ("11:00 at night", 23),
            ("12:00 at night", 0),
            ("2:00 at night", 2),
        ] {
            let (header, _) = head(&format!("1/2/24, {text} - A: x")).unwrap();
            assert_eq!(header.timestamp.hour_of_day(), Some(hour), "{text}");
        }
    }
}
