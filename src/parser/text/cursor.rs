//! Cursor over the bytes of a line, with primitives for marks, blanks, words and numbers in any script.

use super::calendar::Era;
use super::cldr::{self, Vocabulary, WordList};
use super::marks::{blank_len, mark_len};

/// A position in a line.
#[derive(Clone)]
pub(super) struct Cursor<'l> {
    line: &'l [u8],
    at: usize,
    /// The digit zero of the script of the numbers read so far.
    zero: u32,
}

impl<'l> Cursor<'l> {
    pub(super) fn new(line: &'l [u8]) -> Self {
        Cursor {
            line,
            at: 0,
            zero: u32::from(b'0'),
        }
    }

    pub(super) fn rest(&self) -> &'l [u8] {
        &self.line[self.at..]
    }

    /// Position in the line, in bytes.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The digit zero of the script of the numbers that were read.
    pub(super) fn zero(&self) -> u32 {
        self.zero
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.line.len());
    }

    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn marks(&mut self) {
        loop {
            match mark_len(self.rest()) {
                0 => return,
                n => self.at += n,
            }
        }
    }

    /// Skips marks and blanks; returns whether there was a blank.
    pub(super) fn blanks(&mut self) -> bool {
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

    pub(super) fn at_byte(&self, wanted: u8) -> bool {
        self.rest().first() == Some(&wanted)
    }

    /// Skips marks, then this byte if it is next.
    pub(super) fn byte(&mut self, wanted: u8) -> bool {
        self.marks();
        let found = self.at_byte(wanted);
        self.at += usize::from(found);
        found
    }

    /// Skips marks, then returns one of these bytes if it is next.
    pub(super) fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        self.marks();
        let byte = *self.rest().first().filter(|byte| wanted.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    /// Skips marks, then this word if it is next.
    pub(super) fn word(&mut self, wanted: &str) -> bool {
        self.marks();
        let found = self.rest().starts_with(wanted.as_bytes());
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Skips a word of this list if it is next and no other letters follow it.
    pub(super) fn any_word(&mut self, list: impl FnOnce(&Vocabulary) -> &WordList) -> bool {
        self.marks();
        let words = cldr::vocabulary_at(self.rest()).map(list);
        let Some(length) = words.and_then(|words| words.at_start(self.rest())) else {
            return false;
        };
        self.at += length;
        true
    }

    /// Skips a unit and the blanks around it, as in `21 h 05` and `21h05`.
    pub(super) fn unit(&mut self, units: impl FnOnce(&Vocabulary) -> &WordList) -> bool {
        let before = self.at;
        self.blanks();
        if self.any_word(units) {
            let after = self.at;
            if !self.blanks() {
                self.at = after;
            }
            return true;
        }
        self.at = before;
        false
    }

    /// Skips an era before a year and what separates them: `R4`, `AP 1401`.
    pub(super) fn era(&mut self) -> Option<Era> {
        self.marks();
        let (era, length) = cldr::vocabulary_at(self.rest())?.era(self.rest())?;
        let mut ahead = self.clone();
        ahead.at += length;
        ahead.byte(b',');
        ahead.blanks();
        if !ahead.at_digit() {
            return None;
        }
        self.at = ahead.at;
        Some(era)
    }

    /// Skips an era after a date: ` BE`, ` (AH)`.
    pub(super) fn era_after_date(&mut self) -> Option<Era> {
        let mut ahead = self.clone();
        ahead.blanks();
        let wrapped = ahead.byte(b'(');
        ahead.marks();
        let (era, length) = cldr::vocabulary_at(ahead.rest())?.era(ahead.rest())?;
        ahead.at += length;
        if wrapped && !ahead.byte(b')') {
            return None;
        }
        let mut after = ahead.clone();
        let ends =
            after.blanks() || matches!(after.rest(), [b',' | b']' | b':', ..] | [0xd8, 0x8c, ..]);
        if !ends {
            return None;
        }
        self.at = ahead.at;
        Some(era)
    }

    pub(super) fn at_digit(&self) -> bool {
        digit(self.rest()).is_some()
    }

    /// Reads one to `most` digits of one script: the value and the number of digits.
    pub(super) fn number(&mut self, most: usize) -> Option<(u16, u8)> {
        self.marks();
        let mut value: u16 = 0;
        let mut width: u8 = 0;
        while let Some((digit, zero, length)) = digit(self.rest()) {
            if usize::from(width) == most {
                return None;
            }
            self.zero = zero;
            value = value * 10 + digit;
            width += 1;
            self.at += length;
        }
        (width > 0).then_some((value, width))
    }
}

/// The digit at the start of `bytes`: its value, the zero of its script, its length in bytes.
fn digit(bytes: &[u8]) -> Option<(u16, u32, usize)> {
    match bytes.first()? {
        byte @ b'0'..=b'9' => Some((u16::from(byte - b'0'), u32::from(b'0'), 1)),
        0xd9..=0xf0 => {
            let window = &bytes[..bytes.len().min(4)];
            let text = match std::str::from_utf8(window) {
                Ok(text) => text,
                Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).ok()?,
            };
            let c = text.chars().next()?;
            let zero = cldr::vocabulary().zero(c)?;
            Some((u16::try_from(u32::from(c) - zero).ok()?, zero, c.len_utf8()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_script() {
        for text in [
            "2023",
            "\u{662}\u{660}\u{662}\u{663}",
            "\u{6f2}\u{6f0}\u{6f2}\u{6f3}",
            "\u{968}\u{966}\u{968}\u{969}",
        ] {
            assert_eq!(
                Cursor::new(text.as_bytes()).number(4),
                Some((2023, 4)),
                "{text}"
            );
        }
        assert_eq!(Cursor::new("12345".as_bytes()).number(4), None);
        assert_eq!(Cursor::new("\u{d7}".as_bytes()).number(4), None);
    }
}
