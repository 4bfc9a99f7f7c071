//! The time stamp at the start of a line: what it says and which shape it has.
//!
//! This reads any stamp of any shape; which shape a file uses is decided in [`super::shape`], and
//! which number is the day in [`super::order`]. It looks at one line and never beyond it.

use super::marks::{blank_len, mark_len};
use super::words::{self, Half};

/// Where the year is written and with how many digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Year {
    /// Four digits in the first place.
    First,
    /// Four digits in the last place.
    Last,
    /// Two digits, place unknown.
    Two,
}

/// Everything about a header's form that stays the same through a file
/// (`whatsapp-export-format.md` 2.2), padding aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Shape {
    /// `[…] ` as on iPhone, or `… - ` as on Android.
    pub(super) bracket: bool,
    /// `/`, `.` or `-`.
    pub(super) date_separator: u8,
    /// A blank after the date separator.
    pub(super) spaced: bool,
    /// Where the year is.
    pub(super) year: Year,
    /// A comma between date and time.
    pub(super) comma: bool,
    /// `:` or `.`.
    pub(super) time_separator: u8,
    /// Seconds are written.
    pub(super) seconds: bool,
    /// A word for the half of the day is written.
    pub(super) half: bool,
}

/// The numbers of a stamp as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The three numbers of the date, in their order.
    pub(super) date: [u16; 3],
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) half: Option<Half>,
    /// Bit n: the n-th number of the date (0 to 2), or the hour (3), is written with one digit.
    pub(super) single: u8,
    /// Bit n: the same number is below ten and written with a leading zero.
    pub(super) padded: u8,
}

/// A stamp found at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) shape: Shape,
    pub(super) stamp: Stamp,
    /// Bytes of the line before the sender.
    pub(super) length: usize,
}

struct Cursor<'l> {
    line: &'l [u8],
    at: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &[u8] {
        &self.line[self.at..]
    }

    fn marks(&mut self) {
        loop {
            match mark_len(self.rest()) {
                0 => return,
                n => self.at += n,
            }
        }
    }

    /// Skips marks and blanks; true when there was a blank.
    fn blanks(&mut self) -> bool {
        let mut seen = false;
        loop {
            self.marks();
            match blank_len(self.rest()) {
                0 => return seen,
                n => {
                    self.at += n;
                    seen = true;
                }
            }
        }
    }

    fn byte(&mut self, wanted: u8) -> bool {
        self.marks();
        let found = self.rest().first() == Some(&wanted);
        if found {
            self.at += 1;
        }
        found
    }

    /// One to `most` digits: their value and how many there were.
    fn number(&mut self, most: usize) -> Option<(u16, u8)> {
        self.marks();
        let mut value: u16 = 0;
        let mut width: u8 = 0;
        while let Some(digit) = self.rest().first().filter(|b| b.is_ascii_digit()) {
            if usize::from(width) == most {
                return None;
            }
            value = value * 10 + u16::from(digit - b'0');
            width += 1;
            self.at += 1;
        }
        (width > 0).then_some((value, width))
    }
}

/// Reads the stamp at the start of `line` (without its line end), or `None` when the line does
/// not begin with one.
pub(super) fn read(line: &[u8]) -> Option<Header> {
    // Nearly all lines that are no header fail here, on their first byte.
    match line.first()? {
        b'[' | b'0'..=b'9' | 0xe2 | 0xef => {}
        _ => return None,
    }
    let mut cursor = Cursor { line, at: 0 };
    let bracket = cursor.byte(b'[');
    let mut stamp = Stamp {
        date: [0; 3],
        hour: 0,
        minute: 0,
        second: 0,
        half: None,
        single: 0,
        padded: 0,
    };
    let mut note = |bit: u8, (value, width): (u16, u8)| {
        stamp.single |= u8::from(width == 1) << bit;
        stamp.padded |= u8::from(width == 2 && value < 10) << bit;
        value
    };

    let first = cursor.number(4)?;
    cursor.marks();
    let date_separator = *cursor
        .rest()
        .first()
        .filter(|b| matches!(b, b'/' | b'.' | b'-'))?;
    cursor.at += 1;
    let spaced = cursor.blanks();
    let second = cursor.number(2)?;
    if !cursor.byte(date_separator) || cursor.blanks() != spaced {
        return None;
    }
    let third = cursor.number(4)?;
    let year = match (first.1, third.1) {
        (4, 1 | 2) => Year::First,
        (1 | 2, 4) => Year::Last,
        (1 | 2, 1 | 2) => Year::Two,
        _ => return None,
    };
    let date = [note(0, first), note(1, second), note(2, third)];
    // `29. 3. 2023. 21:05` (hr, hu): the last number keeps its dot.
    if date_separator == b'.' && cursor.rest().first() == Some(&b'.') {
        cursor.at += 1;
    }

    let comma = cursor.byte(b',');
    if !cursor.blanks() {
        return None;
    }
    let hour = cursor.number(2)?;
    let hour_value = note(3, hour);
    cursor.marks();
    let time_separator = *cursor.rest().first().filter(|b| matches!(b, b':' | b'.'))?;
    cursor.at += 1;
    let minute = cursor.number(2).filter(|n| n.1 == 2)?.0;
    let mut seconds = None;
    if cursor.rest().first() == Some(&time_separator) {
        cursor.at += 1;
        seconds = Some(cursor.number(2).filter(|n| n.1 == 2)?.0);
    }

    let after_time = cursor.at;
    cursor.blanks();
    let half = words::half_day(cursor.rest());
    match half {
        Some((_, length)) => cursor.at += length,
        None => cursor.at = after_time,
    }

    if bracket {
        if !cursor.byte(b']') {
            return None;
        }
        cursor.at += blank_len(cursor.rest());
    } else {
        if !cursor.blanks() {
            return None;
        }
        match cursor.rest() {
            [b'-', ..] => cursor.at += 1,
            // The en dash of some builds.
            [0xe2, 0x80, 0x93, ..] => cursor.at += 3,
            _ => return None,
        }
        match blank_len(cursor.rest()) {
            0 if cursor.rest().is_empty() => {}
            0 => return None,
            n => cursor.at += n,
        }
    }

    stamp.date = date;
    stamp.hour = narrow(hour_value);
    stamp.minute = narrow(minute);
    stamp.second = narrow(seconds.unwrap_or(0));
    stamp.half = half.map(|(half, _)| half);
    let shape = Shape {
        bracket,
        date_separator,
        spaced,
        year,
        comma,
        time_separator,
        seconds: seconds.is_some(),
        half: half.is_some(),
    };
    Some(Header {
        shape,
        stamp,
        length: cursor.at,
    })
}

/// Two digits at most were read, so the value fits.
fn narrow(value: u16) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

impl Stamp {
    /// The hour on the 24-hour clock, or `None` for an hour that cannot be.
    ///
    /// `00:04 AM` is accepted (observed), and a word beside an hour over 12 says nothing
    /// (`whatsapp-export-format.md` 2.4).
    pub(super) fn hour_of_day(&self) -> Option<u8> {
        let hour = self.hour;
        if hour > 23 {
            return None;
        }
        Some(match self.half {
            None => hour,
            _ if hour > 12 => hour,
            Some(Half::Am) => hour % 12,
            Some(Half::Pm) => hour % 12 + 12,
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
                "16/01/2021, 3:07 in the afternoon - Anna: hi",
                [16, 1, 2021],
                15,
            ),
            ("09/17/19, 8:30:52 AM \u{2013} Anna: hi", [9, 17, 19], 8),
        ] {
            let (header, rest) = head(line).unwrap_or_else(|| panic!("no header in {line}"));
            assert_eq!(header.stamp.date, date, "{line}");
            assert_eq!(header.stamp.hour_of_day(), Some(hour), "{line}");
            assert_eq!(rest, "Anna: hi", "{line}");
        }
    }

    #[test]
    fn leaves_other_lines_alone() {
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
            assert_eq!(header.stamp.hour_of_day(), Some(hour), "{text}");
        }
    }
}
