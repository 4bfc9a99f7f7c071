//! Headers of before about 2018, which still arrive from old mail boxes
//! (`whatsapp-export-format.md` 2.3, "Legacy").
//!
//! Android of 2013 wrote the month as a word and often no year; iPhones wrote no brackets. Only
//! English months were seen. None of this may make a header of a line that is one message's text
//! in a modern export: [`super::shape`] gives a file one shape, whichever it is.

use chrono::{Datelike, Days, NaiveDate};

use super::cursor::Cursor;
use super::marks::blank_len;
use super::order;
use super::scan::{Day, Scan};
use super::shape::{Candidate, Rules};
use super::stamp::{End, Shape, Year};
use crate::chat::DateOrder;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Days between two stamps that are rather a step over New Year.
const HALF_A_YEAR: i64 = 182;

/// The year in which stamps without one were last seen.
const LAST_SEEN: NaiveDate = match NaiveDate::from_ymd_opt(2013, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// True when a line may begin with the name of a month.
pub(super) fn may_begin(line: &[u8]) -> bool {
    line.first_chunk::<3>()
        .is_some_and(|start| MONTHS.iter().any(|month| month.as_bytes() == start))
}

/// A date with the month as a word: its numbers in their order, the order, and where the year is.
pub(super) struct Named {
    pub(super) numbers: [(u16, u8); 3],
    pub(super) order: DateOrder,
    pub(super) year: Year,
}

/// Reads `28 Aug 2013`, `18 Mar`, `Mar 5`; leaves the cursor where it was for anything else.
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
    // A number of one digit has no padding to be judged by.
    Some((u16::try_from(at + 1).ok()?, 0))
}

/// Four digits; `18 Mar 12:14` goes on with the time.
fn year(cursor: &mut Cursor<'_>) -> Option<(u16, u8)> {
    cursor.number(4).filter(|(_, width)| *width == 4)
}

/// How a header without brackets ends, the cursor being after its stamp: ` - `, or as iPhones
/// wrote it `: ` (`7/1/16, 4:56:55 PM: Name: text`) or a blank alone
/// (`02-12-18 22:55:45 Name: text`). Those two had seconds, the first one a comma, and the second
/// is so much like the lines of a log that a sender must follow and the year must not stand first.
///
/// Given the cursor and of the stamp: a comma, seconds, and where its year is.
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
    // The en dash of some builds.
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

/// The dates of a file of which some stamps have no year.
pub(super) struct Dates {
    /// One for each day of the scan.
    pub(super) days: Vec<Option<NaiveDate>>,
    /// Something tells the years.
    pub(super) sure: bool,
}

/// Dates the days of a file whose stamps have no year, or have one up to some line: Android left
/// out the year of the export alone, so the rest is of the year after the last that is written.
/// `exported` is the day of the export, if it is known.
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
        .map(|day| order::date(day, &dated_shape, order))
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

/// The dates of stamps without a year, in file order. The year changes where the month jumps back
/// by more than half a year, and the years are the latest in which nothing is after `exported`.
fn with_years(days: &[Day], order: DateOrder, exported: NaiveDate) -> Vec<Option<NaiveDate>> {
    // 2000 is a leap year, so that the 29th of February is a day.
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
    // The export's date has no zone, and clocks run ahead.
    let bound = exported.checked_add_days(Days::new(2)).unwrap_or(exported);
    let shifted = |shift: i32| -> Vec<Option<NaiveDate>> {
        let shift_one = |dated: &Option<(i32, NaiveDate)>| {
            dated.and_then(|(year, day)| day.with_year(year + shift))
        };
        dated.iter().map(shift_one).collect()
    };
    // Eight years back there is a year in which a 29th of February fits everywhere.
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
    fn years_go_on_over_new_year_and_end_before_the_export() {
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
    fn a_leap_day_is_in_a_leap_year() {
        assert_eq!(
            years(&[(29, 2), (31, 2)], "2015-06-01"),
            ["2012-02-29", "none"]
        );
    }
}
