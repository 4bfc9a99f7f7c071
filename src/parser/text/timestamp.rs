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

use std::num::NonZeroU32;

use super::calendar::Era;
use super::cldr::{self, HalfDay, WordList};
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

/// The form of a date.
#[derive(Clone, Copy)]
struct DateForm {
    separator: u8,
    spaced: bool,
    year: Year,
    /// Date order, if the month is a word.
    named: Option<DateOrder>,
    /// As in [`Shape::year_in_front`].
    front: bool,
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
    /// See [`read_in`].
    language: Option<u16>,
}

impl<'l> Reader<'l> {
    fn new(cursor: Cursor<'l>, language: Option<u16>) -> Self {
        Reader {
            cursor,
            language,
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
                front: false,
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

    /// Whether the timestamp begins with its time: only a time has a word of the day, or a colon after its first number.
    fn time_comes_first(&self) -> bool {
        let mut ahead = self.cursor.clone();
        ahead.marks();
        if ahead.at_digit() {
            return ahead.number(2).is_some() && ahead.byte(b':');
        }
        let vocabulary = cldr::vocabulary();
        ahead.era().is_none()
            && (vocabulary.half_day(ahead.rest(), None).is_some()
                || ahead.any_word(&vocabulary.before_time))
    }

    fn note(&mut self, bit: u8, (value, width): (u16, u8)) -> u16 {
        self.timestamp.single |= u8::from(width == 1) << bit;
        self.timestamp.padded |= u8::from(width == 2 && value < 10) << bit;
        value
    }

    fn date(&mut self) -> Option<()> {
        if let Some(named) = legacy::date(&mut self.cursor) {
            self.date.separator = b' ';
            self.date.year = named.year;
            self.date.named = Some(named.order);
            self.timestamp.date = [0, 1, 2].map(|at| self.note(at as u8, named.numbers[at]));
            return Some(());
        }
        self.timestamp.era = self.cursor.era();
        let era_first = self.timestamp.era.is_some();
        let first = self.cursor.number(4)?;
        let separator = match self.cursor.one_of(b"/.-") {
            Some(separator) => separator,
            None if self.cursor.word("\u{5e74}") => YEAR_SIGN,
            None => return None,
        };
        let spaced = self.cursor.blanks();
        let second = match self.cursor.number(2) {
            Some(number) => number,
            None => {
                self.date.named = Some(DateOrder::Dmy);
                legacy::roman_month(&mut self.cursor)?
            }
        };
        // `06/04 2014` (kkj): a blank instead of the second separator.
        let separated = if separator == YEAR_SIGN {
            self.cursor.word("\u{6708}")
        } else {
            self.cursor.byte(separator)
        };
        let blanks = self.cursor.blanks();
        let era_last = self.cursor.era();
        self.timestamp.era = self.timestamp.era.or(era_last);
        let third = self.cursor.number(4)?;
        if separator == YEAR_SIGN && !self.cursor.word("\u{65e5}") {
            return None;
        }
        let year = match (first.1, third.1) {
            (1 | 2, 1 | 2) if era_last.is_some() => Year::Last,
            (1 | 2, 1 | 2) => Year::Two,
            (4, 1 | 2) => Year::First,
            (1 | 2, 4) => Year::Last,
            // Years of the Republic of China.
            (3, 1 | 2) if first.0 < 200 => Year::First,
            (1 | 2, 3) if third.0 < 200 => Year::Last,
            _ => return None,
        };
        self.date = DateForm {
            separator,
            spaced,
            year,
            named: self.date.named,
            front: (era_first || separator == YEAR_SIGN) && year == Year::Two,
        };
        self.timestamp.date = [
            self.note(0, first),
            self.note(1, second),
            self.note(2, third),
        ];
        self.after_date();
        // Irregular separators are those of dates with a long year or an era.
        let is_regular = separated && blanks == spaced;
        let is_irregular = blanks && (third.1 > 2 || self.timestamp.era.is_some());
        (is_regular || is_irregular).then_some(())
    }

    /// Skips what follows the numbers of a date.
    fn after_date(&mut self) {
        let form = &mut self.date;
        // `29. 3. 2023. 21:05` (hr, hu): the last number has a dot too.
        if form.separator == b'.' && self.cursor.byte(b'.') {
            form.front |= form.spaced && form.year == Year::Two;
        }
        self.era_after_date();
        // `29.03.23 г.` (bg), `29-03-23 B` (my).
        let before = self.cursor.at();
        if self.cursor.blanks() && self.cursor.any_word(&cldr::vocabulary().after_date) {
            self.era_after_date();
        } else {
            self.cursor.back_to(before);
        }
    }

    /// Skips the era of `3/18/2565 BE` and `29/3/2566/ BE` (en-IN).
    fn era_after_date(&mut self) {
        if self.timestamp.era.is_some() {
            return;
        }
        let before = self.cursor.at();
        self.cursor.byte(b'/');
        self.timestamp.era = self.cursor.era_after_date();
        if self.timestamp.era.is_none() {
            self.cursor.back_to(before);
        } else {
            // An era after two-digit numbers leaves open where the year is.
            self.date.front = false;
        }
    }

    /// Skips what separates date and time; returns whether it begins with a comma.
    fn join(&mut self) -> Option<bool> {
        // The comma of Arabic, Persian and Urdu.
        let comma = self.cursor.byte(b',') || self.cursor.word("\u{60c}");
        if !self.cursor.blanks() {
            return None;
        }
        // `26/09/2019 à 22:39` (fr, 2018-19), `12.3.2022 klo 14.08` (fi), `06-04-2014 - 00:17` (wo).
        let before = self.cursor.at();
        let joined = self.cursor.any_word(&cldr::vocabulary().joins) || self.cursor.byte(b'-');
        if joined && !self.cursor.blanks() {
            self.cursor.back_to(before);
        }
        Some(comma)
    }

    fn time(&mut self) -> Option<()> {
        // `23/3/29 (21:05:07)` (eu).
        let wrapped = self.cursor.byte(b'(');
        self.before_time();
        let hour = self.cursor.number(2)?;
        self.timestamp.hour = narrow(self.note(3, hour));
        let [hours, minutes, seconds] = &cldr::vocabulary().units;
        let separator = match self.cursor.one_of(b":.") {
            Some(separator) => separator,
            None if self.cursor.unit(hours) => b'h',
            None => return None,
        };
        let minute = self.cursor.number(2)?;
        self.timestamp.minute = narrow(self.note(4, minute));
        let with_seconds = if separator == b'h' {
            self.seconds_after_units(minutes)
        } else {
            // `12.17:32` (nds).
            let next = self.cursor.clone().one_of(b":.");
            next.is_some_and(|next| next == separator || next == b':')
                && self.cursor.one_of(b":.").is_some()
        };
        if with_seconds {
            let second = self.cursor.number(2)?;
            self.timestamp.second = narrow(self.note(5, second));
            if separator == b'h' {
                let before = self.cursor.at();
                if !self.cursor.unit(seconds) {
                    self.cursor.back_to(before);
                }
            }
        }
        self.after_time();
        if wrapped && !self.cursor.byte(b')') {
            return None;
        }
        self.time.separator = separator;
        self.time.seconds = with_seconds;
        self.time.wrapped = wrapped;
        Some(())
    }

    /// Skips what is between minute and second after an hour with a unit; whether there is a second.
    fn seconds_after_units(&mut self, minutes: &WordList) -> bool {
        let before = self.cursor.at();
        let separated = self.cursor.unit(minutes) || self.cursor.byte(b':') || self.cursor.blanks();
        let found = separated && self.cursor.at_digit();
        if !found {
            self.cursor.back_to(before);
        }
        found
    }

    /// Skips the words before an hour; a half-day word is one of them.
    fn before_time(&mut self) {
        loop {
            self.cursor.marks();
            if self.cursor.rest().first().is_some_and(u8::is_ascii_digit) {
                return;
            }
            if self.timestamp.half.is_none()
                && let Some(word) = self.half_day()
            {
                self.timestamp.half = Some(word);
                self.time.half = HalfPlace::Before;
            } else if !self.cursor.any_word(&cldr::vocabulary().before_time) {
                return;
            }
            self.cursor.blanks();
        }
    }

    /// Skips the words after a time; a half-day word is one of them.
    fn after_time(&mut self) {
        let end = self.cursor.at();
        self.cursor.blanks();
        let other = self.cursor.any_word(&cldr::vocabulary().after_time);
        let after_word = self.cursor.at();
        if other {
            self.cursor.blanks();
        }
        if self.timestamp.half.is_none()
            && let Some(word) = self.half_day()
        {
            self.timestamp.half = Some(word);
            self.time.half = HalfPlace::After;
            self.before_word = Some(end);
            return;
        }
        // Without the sign that ends a header such a word is the name of a sender.
        let mut ahead = self.cursor.clone();
        ahead.blanks();
        let ends = ["-", "\u{2013}", "]", ")"]
            .iter()
            .any(|end| ahead.word(end));
        self.cursor
            .back_to(if other && ends { after_word } else { end });
    }

    fn half_day(&mut self) -> Option<&'static HalfDay> {
        let (word, length) = cldr::vocabulary().half_day(self.cursor.rest(), self.language)?;
        self.cursor.skip(length);
        Some(word)
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
    fn hour_of_day(&self) -> Option<u8> {
        match self.half {
            None => Some(self.hour).filter(|hour| *hour <= 23),
            Some(word) => word.hour(self.hour),
        }
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
