//! Conversion of dates in other calendars and eras to the Gregorian calendar.
//!
//! An iPhone set to another calendar uses it in exports (observed). A year is converted if its era is
//! unambiguous, and the file gets an oddity. Dates in calendars that are not supported (Islamic, Hebrew, Indian)
//! are impossible dates.

use chrono::{Days, NaiveDate};

/// An era that is written with the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Era {
    Reiwa,
    Heisei,
    Showa,
    Buddhist,
}

impl Era {
    /// The Japanese era at the start of `bytes`, and its length in bytes.
    pub(super) fn at_start(bytes: &[u8]) -> Option<(Era, usize)> {
        const WORDS: [(&str, Era); 6] = [
            ("R", Era::Reiwa),
            ("H", Era::Heisei),
            ("S", Era::Showa),
            ("\u{4ee4}\u{548c}", Era::Reiwa),
            ("\u{5e73}\u{6210}", Era::Heisei),
            ("\u{662d}\u{548c}", Era::Showa),
        ];
        if !matches!(bytes.first()?, b'R' | b'H' | b'S' | 0xe4..=0xe6) {
            return None;
        }
        WORDS
            .iter()
            .find(|(word, _)| bytes.starts_with(word.as_bytes()))
            .map(|(word, era)| (*era, word.len()))
    }
}

/// The Gregorian date of a year, month and day in any supported calendar, and whether it was converted.
/// `short`: the year has two digits, and is then in this century, since WhatsApp began in 2009.
pub(super) fn day(
    year: u16,
    month: u16,
    day: u16,
    era: Option<Era>,
    short: bool,
) -> Option<(NaiveDate, bool)> {
    let (month, day) = (u32::from(month), u32::from(day));
    let year = i32::from(year);
    let ours = |year: i32, other: bool| {
        NaiveDate::from_ymd_opt(year, month, day).map(|date| (date, other))
    };
    match era {
        Some(Era::Reiwa) => return ours(2018 + year, true),
        Some(Era::Heisei) => return ours(1988 + year, true),
        Some(Era::Showa) => return ours(1925 + year, true),
        Some(Era::Buddhist) => return ours(year - 543, true),
        None => {}
    }
    if short {
        return ours(2000 + year % 100, false);
    }
    match year {
        2400..=2700 => ours(year - 543, true),
        1300..=1420 => Some((persian(year, month, day)?, true)),
        1900..=2399 => ours(year, false),
        _ => None,
    }
}

/// Converts a date of the Persian calendar. The first six months have 31 days, the next five 30. In this range of
/// years, leap years follow a cycle of 33 years (Birashk's and Borkowski's arithmetic equals the observed
/// calendar from 1178 to 1633).
fn persian(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    let length = match month {
        1..=6 => 31,
        7..=11 => 30,
        12 => 29 + u32::from(is_leap(year)),
        _ => return None,
    };
    if day == 0 || day > length {
        return None;
    }
    let days = if month <= 6 {
        (month - 1) * 31
    } else {
        186 + (month - 7) * 30
    } + day
        - 1;
    // 1 Farvardin 1300 was 21 March 1921.
    let start = NaiveDate::from_ymd_opt(1921, 3, 21)?;
    let years: u32 = (1300..year)
        .map(|year| 365 + u32::from(is_leap(year)))
        .sum();
    start.checked_add_days(Days::new(u64::from(years + days)))
}

fn is_leap(year: i32) -> bool {
    matches!(year.rem_euclid(33), 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, month, day)
    }

    #[test]
    fn persian_days() {
        // The first days of years in the official calendar of Iran.
        for (year, ours) in [
            (1375, date(1996, 3, 20)),
            (1376, date(1997, 3, 21)),
            (1388, date(2009, 3, 21)),
            (1392, date(2013, 3, 21)),
            (1395, date(2016, 3, 20)),
            (1399, date(2020, 3, 20)),
            (1400, date(2021, 3, 21)),
            (1403, date(2024, 3, 20)),
            (1404, date(2025, 3, 21)),
        ] {
            assert_eq!(persian(year, 1, 1), ours, "{year}");
        }
        assert_eq!(persian(1401, 12, 18), date(2023, 3, 9));
        assert_eq!(persian(1403, 12, 30), date(2025, 3, 20));
        assert_eq!(persian(1402, 12, 30), None);
    }

    #[test]
    fn other_eras_are_converted() {
        assert_eq!(
            day(2565, 3, 18, None, false),
            date(2022, 3, 18).map(|d| (d, true))
        );
        assert_eq!(
            day(4, 3, 18, Some(Era::Reiwa), false),
            date(2022, 3, 18).map(|d| (d, true))
        );
        assert_eq!(
            day(31, 3, 18, Some(Era::Heisei), false),
            date(2019, 3, 18).map(|d| (d, true))
        );
        assert_eq!(
            day(23, 3, 18, None, true),
            date(2023, 3, 18).map(|d| (d, false))
        );
        assert_eq!(day(5785, 3, 18, None, false), None);
        assert_eq!(day(1445, 3, 18, None, false), None);
    }
}
