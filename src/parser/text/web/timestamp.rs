//! Timestamps of the Web export: `[9/19/26, 9:52:07 AM] `.
//!
//! They are the same in every language: month first, no padding, two-digit year, English AM and PM, an ordinary blank
//! (observed). Nothing is inferred here, and a line that differs in one byte is not a header.

use chrono::{NaiveDate, NaiveDateTime};

/// The start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timestamp {
    /// A timestamp: the local time, and its length in bytes.
    At(NaiveDateTime, usize),
    /// The form of a timestamp with an impossible date or time.
    Impossible,
}

/// Reads the timestamp at the start of a line, if there is one.
pub(super) fn read(line: &[u8]) -> Option<Timestamp> {
    let mut at = Reader { line, at: 0 };
    at.literal(b"[")?;
    let month = at.unpadded()?;
    at.literal(b"/")?;
    let day = at.unpadded()?;
    at.literal(b"/")?;
    let year = at.two()?;
    at.literal(b", ")?;
    let hour = at.unpadded()?;
    at.literal(b":")?;
    let minute = at.two()?;
    at.literal(b":")?;
    let second = at.two()?;
    let afternoon = at.half()?;
    at.literal(b"] ")?;
    if !(1..=12).contains(&hour) {
        return Some(Timestamp::Impossible);
    }
    let time = NaiveDate::from_ymd_opt(2000 + i32::from(year), month.into(), day.into()).and_then(
        |date| {
            let hour = u32::from(hour) % 12 + if afternoon { 12 } else { 0 };
            date.and_hms_opt(hour, minute.into(), second.into())
        },
    );
    Some(time.map_or(Timestamp::Impossible, |time| Timestamp::At(time, at.at)))
}

struct Reader<'l> {
    line: &'l [u8],
    at: usize,
}

impl Reader<'_> {
    fn literal(&mut self, wanted: &[u8]) -> Option<()> {
        self.line
            .get(self.at..)?
            .starts_with(wanted)
            .then_some(())?;
        self.at += wanted.len();
        Some(())
    }

    fn digit(&mut self) -> Option<u8> {
        let digit = self.line.get(self.at).filter(|b| b.is_ascii_digit())?;
        self.at += 1;
        Some(digit - b'0')
    }

    /// One or two digits, of which the first is not 0.
    fn unpadded(&mut self) -> Option<u8> {
        let first = self.digit().filter(|digit| *digit > 0)?;
        Some(self.digit().map_or(first, |second| first * 10 + second))
    }

    fn two(&mut self) -> Option<u8> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    fn half(&mut self) -> Option<bool> {
        let afternoon = match self.line.get(self.at..self.at + 3)? {
            b" AM" => false,
            b" PM" => true,
            _ => return None,
        };
        self.at += 3;
        Some(afternoon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<String> {
        match read(text.as_bytes())? {
            Timestamp::At(time, length) => Some(format!("{time} {}", &text[length..])),
            Timestamp::Impossible => Some("impossible".to_owned()),
        }
    }

    #[test]
    fn month_first_and_twelve_hours() {
        for (text, read) in [
            ("[9/19/26, 9:52:07 AM] You: a", "2026-09-19 09:52:07 You: a"),
            ("[12/1/25, 12:00:00 AM] - b", "2025-12-01 00:00:00 - b"),
            ("[1/2/25, 12:59:59 PM] c", "2025-01-02 12:59:59 c"),
            ("[1/2/25, 11:00:00 PM] ", "2025-01-02 23:00:00 "),
            ("[13/1/25, 9:00:00 AM] d", "impossible"),
            ("[2/29/25, 9:00:00 AM] d", "impossible"),
            ("[2/28/25, 13:00:00 PM] d", "impossible"),
            ("[2/28/25, 1:60:00 PM] d", "impossible"),
        ] {
            assert_eq!(time(text).as_deref(), Some(read), "{text}");
        }
    }

    #[test]
    fn timestamps_of_phones_are_not_web_timestamps() {
        for text in [
            "[9/19/26, 9:52:07\u{202f}AM] You: a",
            "[9/19/2026, 9:52:07 AM] You: a",
            "[09/19/26, 9:52:07 AM] You: a",
            "[9/19/26, 09:52:07 AM] You: a",
            "[9/19/26, 9:52:07] You: a",
            "[9/19/26, 9:52 AM] You: a",
            "\u{200e}[9/19/26, 9:52:07 AM] You: a",
            "9/19/26, 9:52 AM - You: a",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
