//! The time of a timestamp: its numbers, their separators and units, and the words before and after it.
//!
//! Never here: the hour that a half-day word means ([`super::super::cldr`]).

use super::super::cldr::{self, HalfDay};
use super::HalfPlace;
use super::reader::Reader;

impl Reader<'_> {
    /// Whether the timestamp begins with its time: only a time has a word of the day, or a colon after its first number.
    pub(super) fn time_comes_first(&self) -> bool {
        let mut ahead = self.cursor.clone();
        ahead.marks();
        if ahead.at_digit() {
            return ahead.number(2).is_some() && ahead.byte(b':');
        }
        ahead.era().is_none()
            && (cldr::half_day(ahead.rest(), None).is_some()
                || ahead.any_word(|words| &words.before_time))
    }

    /// Reads the time with the words around it.
    pub(super) fn time(&mut self) -> Option<()> {
        // `23/3/29 (21:05:07)` (eu).
        let wrapped = self.cursor.byte(b'(');
        self.before_time();
        let hour = self.cursor.number(2)?;
        self.timestamp.hour = narrow(self.note(3, hour));
        let separator = match self.cursor.one_of(b":.") {
            Some(separator) => separator,
            None if self.cursor.unit(|words| &words.units[0]) => b'h',
            None => return None,
        };
        let minute = self.cursor.number(2)?;
        self.timestamp.minute = narrow(self.note(4, minute));
        let with_seconds = if separator == b'h' {
            self.seconds_after_units()
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
                if !self.cursor.unit(|words| &words.units[2]) {
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
    fn seconds_after_units(&mut self) -> bool {
        let before = self.cursor.at();
        let separated = self.cursor.unit(|words| &words.units[1])
            || self.cursor.byte(b':')
            || self.cursor.blanks();
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
            } else if !self.cursor.any_word(|words| &words.before_time) {
                return;
            }
            self.cursor.blanks();
        }
    }

    /// Skips the words after a time; a half-day word is one of them.
    fn after_time(&mut self) {
        let end = self.cursor.at();
        self.cursor.blanks();
        let other = self.cursor.any_word(|words| &words.after_time);
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
        let (word, length) = cldr::half_day(self.cursor.rest(), self.language)?;
        self.cursor.skip(length);
        Some(word)
    }
}

/// At most two digits were read, so the value fits.
fn narrow(value: u16) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}
