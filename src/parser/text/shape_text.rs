//! Textual form of a file's shape: for display, and to compare files of one device.

use super::shape::Rules;
use super::timestamp::{End, HalfPlace, YEAR_SIGN, Year};
use crate::chat::{DateOrder, Form};

impl Rules {
    /// The shape without the order of its date.
    pub(super) fn form(&self) -> Form {
        let mut shape = String::new();
        for c in self.pattern(DateOrder::Dmy).chars() {
            let c = if matches!(c, 'D' | 'M' | 'Y' | 'H' | 'h') {
                'N'
            } else {
                c
            };
            // `YY` and `D` are both numbers; whether the year has four digits is added below.
            if !(c == 'N' && shape.ends_with('N')) {
                shape.push(c);
            }
        }
        // The script of the digits depends on the language of the phone, as the date order does.
        shape.push_str(&format!(" {:?} {:x}", self.shape.year, self.shape.zero));
        let padding = [0, 1, 2].map(|bit| {
            let has = |bits: u8| bits >> bit & 1 == 1;
            match (has(self.never_single), has(self.never_padded)) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            }
        });
        Form { shape, padding }
    }

    /// The shape for display: `[DD.MM.YY, HH:MM:SS]`, `M/D/YYYY, h:MM AM - `.
    pub(super) fn pattern(&self, order: DateOrder) -> String {
        let shape = &self.shape;
        let separator = format!(
            "{}{}",
            char::from(shape.date_separator),
            if shape.spaced { " " } else { "" }
        );
        let year = if shape.year == Year::Two {
            "YY"
        } else {
            "YYYY"
        };
        let letters = match order {
            DateOrder::Dmy => ["D", "M", year],
            DateOrder::Mdy => ["M", "D", year],
            DateOrder::Ymd => [year, "M", "D"],
        };
        let parts: Vec<String> = letters
            .iter()
            .enumerate()
            .map(|(bit, letter)| match *letter {
                year @ ("YY" | "YYYY") => year.to_owned(),
                letter if self.never_single >> bit & 1 == 1 => letter.repeat(2),
                letter => letter.to_owned(),
            })
            .collect();
        let hour = if shape.half == HalfPlace::None {
            "H"
        } else {
            "h"
        };
        let hour = hour.repeat(if self.never_single >> 3 & 1 == 1 {
            2
        } else {
            1
        });
        let sep = match shape.time_separator {
            b'h' => " h ".to_owned(),
            separator => char::from(separator).to_string(),
        };
        let seconds = match (shape.seconds, shape.time_separator) {
            (false, _) => String::new(),
            (true, b'h') => " min SS s".to_owned(),
            (true, _) => format!("{sep}SS"),
        };
        let (before, after) = match shape.half {
            HalfPlace::None => ("", ""),
            HalfPlace::Before => ("AM ", ""),
            HalfPlace::After => ("", " AM"),
        };
        let time = format!("{before}{hour}{sep}MM{seconds}{after}");
        let date = match shape.named {
            None if shape.date_separator == YEAR_SIGN => {
                format!(
                    "{}\u{5e74}{}\u{6708}{}\u{65e5}",
                    parts[0], parts[1], parts[2]
                )
            }
            None => parts.join(&separator),
            Some(DateOrder::Mdy) => "MMM D".to_owned(),
            Some(_) if shape.year == Year::Missing => "D MMM".to_owned(),
            Some(_) => "D MMM YYYY".to_owned(),
        };
        let (first, second) = if shape.time_first {
            (time, date)
        } else {
            (date, time)
        };
        let timestamp = format!("{first}{} {second}", if shape.comma { "," } else { "" });
        match shape.end {
            End::Bracket => format!("[{timestamp}]"),
            End::Dash => format!("{timestamp} -"),
            End::Colon => format!("{timestamp}:"),
            End::Blank => timestamp,
        }
    }
}
