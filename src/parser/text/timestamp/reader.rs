//! The state of reading a timestamp, and what is between date and time.
//!
//! Never here: the date ([`super::date`]), the time ([`super::time`]), or the end of a header.

use super::super::cursor::Cursor;
use super::{HalfPlace, Timestamp, Year};
use crate::chat::DateOrder;

/// The form of a date.
#[derive(Clone, Copy)]
pub(super) struct DateForm {
    pub(super) separator: u8,
    pub(super) spaced: bool,
    pub(super) year: Year,
    /// Date order, if the month is a word.
    pub(super) named: Option<DateOrder>,
    /// As in [`super::Shape::year_in_front`].
    pub(super) front: bool,
}

/// The form of a time.
#[derive(Clone, Copy)]
pub(super) struct TimeForm {
    pub(super) separator: u8,
    pub(super) seconds: bool,
    pub(super) half: HalfPlace,
    /// In brackets.
    pub(super) wrapped: bool,
}

/// Reads a line from the start of its timestamp, and keeps what it has read.
pub(super) struct Reader<'l> {
    pub(super) cursor: Cursor<'l>,
    pub(super) timestamp: Timestamp,
    pub(super) date: DateForm,
    pub(super) time: TimeForm,
    /// End of the time without the half-day word after it, if there is one.
    pub(super) before_word: Option<usize>,
    /// See [`super::read_in`].
    pub(super) language: Option<u16>,
}

impl<'l> Reader<'l> {
    pub(super) fn new(cursor: Cursor<'l>, language: Option<u16>) -> Self {
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

    /// Notes how a number is written, and returns its value.
    pub(super) fn note(&mut self, bit: u8, (value, width): (u16, u8)) -> u16 {
        self.timestamp.single |= u8::from(width == 1) << bit;
        self.timestamp.padded |= u8::from(width == 2 && value < 10) << bit;
        value
    }

    /// Skips what separates date and time; returns whether it begins with a comma.
    pub(super) fn join(&mut self) -> Option<bool> {
        // The comma of Arabic, Persian and Urdu.
        let comma = self.cursor.byte(b',') || self.cursor.word("\u{60c}");
        if !self.cursor.blanks() {
            return None;
        }
        // `26/09/2019 à 22:39` (fr, 2018-19), `12.3.2022 klo 14.08` (fi), `06-04-2014 - 00:17` (wo).
        let before = self.cursor.at();
        let joined = self.cursor.any_word(|words| &words.joins) || self.cursor.byte(b'-');
        if joined && !self.cursor.blanks() {
            self.cursor.back_to(before);
        }
        Some(comma)
    }
}
