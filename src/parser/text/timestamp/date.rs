//! The date of a timestamp: its numbers, their separators, its era, and the words after it.
//!
//! Never here: which number is the day ([`super::super::date_order`]), or which calendar an era is of
//! ([`super::super::calendar`]).

use super::super::legacy;
use super::reader::{DateForm, Reader};
use super::{YEAR_SIGN, Year};
use crate::chat::DateOrder;

impl Reader<'_> {
    /// Reads the date with its era and what follows it.
    pub(super) fn date(&mut self) -> Option<()> {
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
        if self.cursor.blanks() && self.cursor.any_word(|words| &words.after_date) {
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
}
