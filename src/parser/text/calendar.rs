//! Conversion of dates in other calendars and eras to the Gregorian calendar.
//!
//! An iPhone set to another calendar uses it in exports (observed), and so do phones in Thailand, Iran and Afghanistan
//! (Unicode CLDR). A converted date is an oddity of the file. Which number of a date is the year belongs to
//! [`super::date_order`].

use chrono::{Datelike, NaiveDate};
use icu_calendar::Date;
use icu_calendar::cal::{Hijri, Persian};

/// A calendar, or an era of it, that years of messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Calendar {
    Buddhist,
    Heisei,
    Reiwa,
    /// Of the Republic of China.
    Minguo,
    Persian,
    /// Umm al-Qura, which phones use.
    Islamic,
}

impl Calendar {
    const ALL: [Calendar; 6] = [
        Calendar::Reiwa,
        Calendar::Heisei,
        Calendar::Buddhist,
        Calendar::Minguo,
        Calendar::Persian,
        Calendar::Islamic,
    ];

    /// The calendars of the eras in a row `C` of the table, by the calendar's name there.
    pub(super) fn of_eras(name: &str) -> &'static [Calendar] {
        match name {
            "buddhist" => &[Calendar::Buddhist],
            "japanese" => &[Calendar::Heisei, Calendar::Reiwa],
            "roc" => &[Calendar::Minguo],
            "persian" => &[Calendar::Persian],
            "islamic" => &[Calendar::Islamic],
            _ => &[],
        }
    }

    /// The Gregorian date. A year of one or two digits is one in which there can be messages.
    fn date(self, year: u16, month: u16, day: u16) -> Option<NaiveDate> {
        let short = year < 100;
        let year = i32::from(year);
        let gregorian = |year: i32| NaiveDate::from_ymd_opt(year, u32::from(month), u32::from(day));
        match self {
            Calendar::Buddhist if short => gregorian(year + 2500 - 543),
            Calendar::Buddhist => gregorian(year - 543),
            Calendar::Heisei => gregorian(year + 1988).filter(|date| *date < REIWA),
            Calendar::Reiwa => gregorian(year + 2018).filter(|date| *date >= REIWA),
            Calendar::Minguo if year < 98 => gregorian(year + 100 + 1911),
            Calendar::Minguo => gregorian(year + 1911),
            Calendar::Persian => {
                let century = match year {
                    0..88 => 1400,
                    88..100 => 1300,
                    _ => 0,
                };
                from_fixed(Date::try_new(
                    (year + century).into(),
                    month_of(month)?.into(),
                    day.try_into().ok()?,
                    Persian,
                ))
            }
            Calendar::Islamic => {
                let century = if short { 1400 } else { 0 };
                from_fixed(Date::try_new(
                    (year + century).into(),
                    month_of(month)?.into(),
                    day.try_into().ok()?,
                    Hijri::new_umm_al_qura(),
                ))
            }
        }
    }
}

/// The first day of the era.
const REIWA: NaiveDate = match NaiveDate::from_ymd_opt(2019, 5, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

fn month_of(month: u16) -> Option<u8> {
    u8::try_from(month)
        .ok()
        .filter(|month| (1..=12).contains(month))
}

fn from_fixed<A: icu_calendar::AsCalendar, E>(date: Result<Date<A>, E>) -> Option<NaiveDate> {
    // Both count days from 1 January of the year 1.
    let days = date.ok()?.to_rata_die().to_i64_date();
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(days).ok()?)
}

/// An era that is written with the year. In different languages one word is the era of several calendars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Era {
    /// Bit n: the n-th of [`Calendar::ALL`].
    calendars: u8,
}

impl Era {
    pub(super) fn of(calendar: Calendar) -> Era {
        let mut era = Era { calendars: 0 };
        era.add(calendar);
        era
    }

    pub(super) fn add(&mut self, calendar: Calendar) {
        let at = Calendar::ALL.iter().position(|one| *one == calendar);
        self.calendars |= 1 << at.unwrap_or(0);
    }

    fn calendars(self) -> impl Iterator<Item = Calendar> {
        let has = move |at: usize| self.calendars >> at & 1 == 1;
        Calendar::ALL
            .into_iter()
            .enumerate()
            .filter_map(move |(at, calendar)| has(at).then_some(calendar))
    }
}

/// The year in which WhatsApp began.
const FIRST_YEAR: i32 = 2009;

/// Whether a message can be of this day. `latest` is the last possible day, if it is known.
pub(super) fn is_plausible(date: NaiveDate, latest: Option<NaiveDate>) -> bool {
    date.year() >= FIRST_YEAR && latest.is_none_or(|latest| date <= latest)
}

/// A year, month and day as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) year: u16,
    pub(super) month: u16,
    pub(super) day: u16,
    pub(super) era: Option<Era>,
    /// Whether the year has two digits and no era. It is then in this century, since WhatsApp began in 2009.
    pub(super) short: bool,
}

/// The Gregorian date, and whether it was converted. A two-digit year after `latest` is of the Buddhist calendar, if a
/// message can be of that day.
pub(super) fn day(written: Written, latest: Option<NaiveDate>) -> Option<(NaiveDate, bool)> {
    let Written {
        year, month, day, ..
    } = written;
    let of = |calendar: Calendar| calendar.date(year, month, day).map(|date| (date, true));
    if let Some(era) = written.era {
        let is_possible = |(date, _): &(NaiveDate, bool)| is_plausible(*date, latest);
        let mut dates = era.calendars().filter_map(of);
        return dates
            .find(is_possible)
            .or_else(|| era.calendars().find_map(of));
    }
    let gregorian = |year: u16| {
        NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).map(|date| (date, false))
    };
    if written.short {
        let ours = gregorian(2000 + year % 100);
        let is_later = |date: NaiveDate| latest.is_some_and(|latest| date > latest);
        if ours.is_none_or(|(date, _)| is_later(date)) && latest.is_some() {
            let buddhist = of(Calendar::Buddhist);
            return buddhist
                .filter(|(date, _)| is_plausible(*date, latest))
                .or(ours);
        }
        return ours;
    }
    match year {
        98..=140 => of(Calendar::Minguo),
        1300..=1420 => of(Calendar::Persian),
        1421..=1500 => of(Calendar::Islamic),
        1900..=2399 => gregorian(year),
        2400..=2700 => of(Calendar::Buddhist),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, month, day)
    }

    fn read(year: u16, month: u16, day_: u16, era: Option<Era>) -> Option<(NaiveDate, bool)> {
        let short = era.is_none() && year < 100;
        let written = Written {
            year,
            month,
            day: day_,
            era,
            short,
        };
        day(written, date(2026, 11, 1))
    }

    fn converted(date: Option<NaiveDate>) -> Option<(NaiveDate, bool)> {
        date.map(|date| (date, true))
    }

    #[test]
    fn persian_days() {
        // The first days of years in the official calendar of Iran.
        for (year, ours) in [
            (1388, date(2009, 3, 21)),
            (1392, date(2013, 3, 21)),
            (1395, date(2016, 3, 20)),
            (1399, date(2020, 3, 20)),
            (1400, date(2021, 3, 21)),
            (1403, date(2024, 3, 20)),
            (1404, date(2025, 3, 21)),
        ] {
            assert_eq!(read(year, 1, 1, None), converted(ours), "{year}");
        }
        assert_eq!(read(1401, 12, 18, None), converted(date(2023, 3, 9)));
        assert_eq!(read(1403, 12, 30, None), converted(date(2025, 3, 20)));
        assert_eq!(read(1402, 12, 30, None), None);
    }

    #[test]
    fn years_of_other_calendars_are_converted() {
        assert_eq!(read(2565, 3, 18, None), converted(date(2022, 3, 18)));
        // 9 Ramadan 1444 was 31 March 2023.
        assert_eq!(read(1444, 9, 9, None), converted(date(2023, 3, 31)));
        assert_eq!(read(112, 3, 29, None), converted(date(2023, 3, 29)));
        assert_eq!(read(5785, 3, 18, None), None);
    }

    #[test]
    fn eras_are_converted() {
        let reiwa = Era::of(Calendar::Reiwa);
        assert_eq!(read(4, 3, 18, Some(reiwa)), converted(date(2022, 3, 18)));
        let mut heisei = Era::of(Calendar::Heisei);
        assert_eq!(read(31, 3, 18, Some(heisei)), converted(date(2019, 3, 18)));
        // `H` is also the era of the Islamic calendar.
        heisei.add(Calendar::Islamic);
        assert_eq!(read(31, 3, 18, Some(heisei)), converted(date(2019, 3, 18)));
        assert_eq!(read(1444, 9, 9, Some(heisei)), converted(date(2023, 3, 31)));
    }

    #[test]
    fn two_digit_year_after_the_archive_is_buddhist() {
        let written = |year| Written {
            year,
            month: 2,
            day: 1,
            era: None,
            short: true,
        };
        let latest = date(2023, 3, 1);
        let plain = |date: Option<NaiveDate>| date.map(|date| (date, false));
        assert_eq!(day(written(66), latest), converted(date(2023, 2, 1)));
        assert_eq!(day(written(23), latest), plain(date(2023, 2, 1)));
        // 2567 would be after the archive too.
        assert_eq!(day(written(67), latest), plain(date(2067, 2, 1)));
        assert_eq!(day(written(66), None), plain(date(2066, 2, 1)));
        assert_eq!(day(written(51), latest), plain(date(2051, 2, 1)));
    }
}
