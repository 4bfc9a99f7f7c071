//! The years of timestamps that were written without one, as Android did before 2014.

use chrono::{Datelike, Days, NaiveDate};

use super::date_order::Reading;
use super::day::Day;
use super::scan::Scan;
use super::shape::{Candidate, Rules};
use super::timestamp::{Shape, Year};
use crate::chat::DateOrder;

/// Minimum step back between two timestamps that is treated as the turn of a year, in days.
const HALF_A_YEAR: i64 = 182;

/// The last date for which timestamps without a year were observed.
const LAST_SEEN: NaiveDate = match NaiveDate::from_ymd_opt(2013, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

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
        .map(|day| Reading::of(&dated_shape).date(day, order))
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
