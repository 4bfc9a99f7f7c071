//! Headers of exports before about 2018, which still exist in old mailboxes.
//!
//! Android in 2013 wrote the month as a word and often no year; iPhones wrote no brackets. Only English months were
//! observed. None of this may turn text in a modern export into a header: [`super::shape`] assigns one shape to a file.

use chrono::{Datelike, Days, NaiveDate};

use super::cursor::Cursor;
use super::date_order;
use super::marks::blank_len;
use super::scan::{Day, Scan};
use super::shape::{Candidate, Rules};
use super::timestamp::{End, Shape, Year};
use crate::chat::DateOrder;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Minimum step back between two timestamps that is taken for the turn of a year, in days.
const HALF_A_YEAR: i64 = 182;

/// The last date for which timestamps without a year were observed.
const LAST_SEEN: NaiveDate = match NaiveDate::from_ymd_opt(2013, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// Whether a line may begin with the name of a month.
pub(super) fn may_begin(line: &[u8]) -> bool {
    line.first_chunk::<3>()
        .is_some_and(|start| MONTHS.iter().any(|month| month.as_bytes() == start))
}

/// A date with the month as a word: its numbers as written, their order, and the position of the year.
pub(super) struct Named {
    pub(super) numbers: [(u16, u8); 3],
    pub(super) order: DateOrder,
    pub(super) year: Year,
}

/// Reads `28 Aug 2013`, `18 Mar`, `Mar 5`; otherwise leaves the cursor unchanged.
pub(super) fn date(cursor: &mut Cursor<'_>) -> Option<Named> {
    let mut ahead = cursor.clone();
    let named = match month(&mut ahead) {
        Some(month) if ahead.blanks() => Named {
            numbers: [month, ahead.number(2)?, (0, 0)],
            order: DateOrder::Mdy,
            year: Year::Missing,
        },
        Some(_) => return None,
        None => {
            let day = ahead.number(2)?;
            if !ahead.blanks() {
                return None;
            }
            let month = month(&mut ahead)?;
            let after_month = ahead.at();
            let year = if ahead.blanks() {
                year(&mut ahead)
            } else {
                None
            };
            if year.is_none() {
                ahead.back_to(after_month);
            }
            Named {
                numbers: [day, month, year.unwrap_or((0, 0))],
                order: DateOrder::Dmy,
                year: year.map_or(Year::Missing, |_| Year::Last),
            }
        }
    };
    *cursor = ahead;
    Some(named)
}

fn month(cursor: &mut Cursor<'_>) -> Option<(u16, u8)> {
    let at = MONTHS.iter().position(|month| cursor.word(month))?;
    // One digit: a word has no padding to compare.
    Some((u16::try_from(at + 1).ok()?, 0))
}

/// Four digits; in `18 Mar 12:14` the time follows instead.
fn year(cursor: &mut Cursor<'_>) -> Option<(u16, u8)> {
    cursor.number(4).filter(|(_, width)| *width == 4)
}

/// The end of a header without brackets, after its timestamp: ` - `, or on iPhones `: `
/// (`7/1/16, 4:56:55 PM: Name: text`) or a single blank (`02-12-18 22:55:45 Name: text`). The iPhone forms have
/// seconds, the first one a comma. The second one resembles the lines of a log so much that a sender must follow and
/// the year must not come first.
///
/// Arguments: the cursor, and of the timestamp the comma, the seconds and the position of the year.
pub(super) fn end(
    cursor: &mut Cursor<'_>,
    (comma, seconds, year): (bool, bool, Year),
) -> Option<End> {
    if seconds && comma && cursor.at_byte(b':') {
        cursor.byte(b':');
        let blank = blank_len(cursor.rest());
        cursor.skip(blank);
        return (blank > 0).then_some(End::Colon);
    }
    if !cursor.blanks() {
        return None;
    }
    let after_blank = cursor.at();
    // The en dash of some versions.
    if cursor.byte(b'-') || cursor.word("\u{2013}") {
        return match blank_len(cursor.rest()) {
            0 if cursor.rest().is_empty() => Some(End::Dash),
            0 => None,
            blank => {
                cursor.skip(blank);
                Some(End::Dash)
            }
        };
    }
    cursor.back_to(after_blank);
    let has_sender = memchr::memmem::find(cursor.rest(), b": ").is_some_and(|at| at > 0);
    (seconds && !comma && year != Year::First && has_sender).then_some(End::Blank)
}

/// The dates of a file in which some timestamps have no year.
pub(super) struct Dates {
    /// One for each day of the scan.
    pub(super) days: Vec<Option<NaiveDate>>,
    /// Whether the years are determined.
    pub(super) sure: bool,
}

/// Dates the days of a file whose timestamps have no year, or have one up to some line: Android omitted only the year
/// of the export, so the other dates are in the year after the last one that is written. `exported` is the
/// date of the export, if known.
pub(super) fn dates(
    scan: &Scan,
    rules: &Rules,
    order: DateOrder,
    exported: Option<NaiveDate>,
) -> Dates {
    let is_undated = |c: &&Candidate| {
        let shape = scan.shapes.get(usize::from(c.shape));
        rules.allow(c) && shape.is_some_and(|shape| shape.year == Year::Missing)
    };
    let first = scan.candidates.iter().find(is_undated);
    let first = first.map_or(0, |c| c.day as usize).min(scan.days.len());
    let first = if rules.twin.is_some() { first } else { 0 };
    let (dated, undated) = scan.days.split_at(first);
    let dated_shape = Shape {
        year: Year::Last,
        ..rules.shape
    };
    let mut days: Vec<Option<NaiveDate>> = (dated.iter())
        .map(|day| date_order::date(day, &dated_shape, order))
        .collect();
    let next_year = (days.iter().rev().flatten().next())
        .and_then(|last| NaiveDate::from_ymd_opt(last.year() + 1, 12, 29));
    let sure = match (exported, next_year) {
        (Some(exported), Some(end)) => exported.year() <= end.year(),
        (exported, _) => exported.is_some(),
    };
    let bound = [exported, next_year].into_iter().flatten().min();
    days.extend(with_years(undated, order, bound.unwrap_or(LAST_SEEN)));
    Dates { days, sure }
}

/// The dates of timestamps without a year, in file order. A new year begins where the date steps back by more than
/// half a year. The years are the latest ones in which no date is after `exported`.
fn with_years(days: &[Day], order: DateOrder, exported: NaiveDate) -> Vec<Option<NaiveDate>> {
    // 2000 is a leap year, so that 29 February exists.
    let in_leap_year = |day: &Day| {
        let (month, day) = match (order, day.numbers) {
            (DateOrder::Mdy, [month, day, _]) | (_, [day, month, _]) => (month, day),
        };
        NaiveDate::from_ymd_opt(2000, month.into(), day.into())
    };
    let mut year = 0;
    let mut last: Option<NaiveDate> = None;
    let mut dated = Vec::with_capacity(days.len());
    for day in days.iter().map(in_leap_year) {
        if let (Some(last), Some(day)) = (last, day) {
            let step = day.signed_duration_since(last).num_days();
            year += i32::from(step < -HALF_A_YEAR) - i32::from(step > HALF_A_YEAR);
        }
        last = day.or(last);
        dated.push(day.map(|day| (year, day)));
    }
    let latest = dated
        .iter()
        .flatten()
        .map(|(year, _)| *year)
        .max()
        .unwrap_or(0);
    // The date of the export has no zone, and clocks may be fast.
    let bound = exported.checked_add_days(Days::new(2)).unwrap_or(exported);
    let shifted = |shift: i32| -> Vec<Option<NaiveDate>> {
        let shift_one = |dated: &Option<(i32, NaiveDate)>| {
            dated.and_then(|(year, day)| day.with_year(year + shift))
        };
        dated.iter().map(shift_one).collect()
    };
    // Within eight years there is one in which every 29 February exists.
    let fits = |days: &Vec<Option<NaiveDate>>| {
        days.iter().zip(&dated).all(|(day, dated)| match day {
            Some(day) => *day <= bound,
            None => dated.is_none(),
        })
    };
    let newest = bound.year() - latest;
    (newest - 8..=newest)
        .rev()
        .map(shifted)
        .find(fits)
        .unwrap_or_else(|| shifted(newest - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn years(days: &[(u16, u16)], exported: &str) -> Vec<String> {
        let days: Vec<Day> = (days.iter())
            .map(|(day, month)| Day {
                numbers: [*day, *month, 0],
                era: None,
            })
            .collect();
        with_years(&days, DateOrder::Dmy, exported.parse().unwrap())
            .into_iter()
            .map(|day| day.map_or("none".to_owned(), |day| day.to_string()))
            .collect()
    }

    #[test]
    fn years_continue_over_new_year_and_end_before_export() {
        let days = [(30, 11), (31, 12), (1, 1), (31, 12), (3, 1), (5, 3)];
        let ended = [
            "2012-11-30",
            "2012-12-31",
            "2013-01-01",
            "2012-12-31",
            "2013-01-03",
            "2013-03-05",
        ];
        assert_eq!(years(&days, "2013-06-01"), ended);
        assert_eq!(years(&days, "2013-03-04"), ended, "a day of room");
        assert_eq!(years(&days, "2013-03-01")[5], "2012-03-05");
    }

    #[test]
    fn leap_day_is_in_a_leap_year() {
        assert_eq!(
            years(&[(29, 2), (31, 2)], "2015-06-01"),
            ["2012-02-29", "none"]
        );
    }
}
