//! Evidence for the order of a date beside the numbers and the order of the lines.
//!
//! Two questions that [`super::order`] asks: does a year of two digits stand in front, and does
//! something outside the text settle what the text leaves open. Everything here looks at numbers
//! only; padding and half-day words prove nothing and must never decide
//! (`whatsapp-export-format.md` 2.7).

use chrono::{Days, NaiveDate};

use super::order::{self, Decision, Written};
use super::stamp::{HalfPlace, Shape, Year};
use crate::chat::{DateOrder, Evidence};
use crate::parser::Hints;

/// The last two digits of the year in which WhatsApp began. A lower number is no year of a chat,
/// and a day as often as not.
const FIRST_YEAR: u16 = 9;

/// As many lines for one reading as this outweigh one line, which may be pasted, for another.
const MINORITY: u32 = 8;

/// The zero of Devanagari. Nepali writes the year in front and the clock of 24 hours, Marathi the
/// day in front and a half-day word, both with two digits (section 2.3).
const DEVANAGARI: u32 = 0x966;

/// Whether a year of two digits stands in front although every number could be a day, as in
/// `23. 3. 29.` (ko), `23/3/29 (21:05)` (eu) and `२३/३/२९` (ne).
///
/// A number under nine is a day and no year, so lines that have one only in the last place, or
/// only in the first, tell. Where no line does, the form of the stamp tells, and else nothing is
/// concluded, except that the digits of Nepali leave it open.
pub(super) fn short_year_in_front(shape: &Shape, days: &[Written]) -> Option<Decision> {
    if shape.year != Year::Two {
        return None;
    }
    let dates = || days.iter().map(|written| written.day.numbers);
    let front = tally(days, |[a, _, c]| is_day_only(c) && !is_day_only(a));
    let end = tally(days, |[a, _, c]| is_day_only(a) && !is_day_only(c));
    let in_front = Some(Decision {
        order: DateOrder::Ymd,
        evidence: Evidence::Shape,
    });
    if front > end.saturating_mul(MINORITY) {
        return in_front;
    }
    if end > 0 {
        return None;
    }
    if shape.year_in_front {
        return in_front;
    }
    if shape.zero != DEVANAGARI || shape.half != HalfPlace::None {
        return None;
    }
    // A chat goes through more days than years.
    let firsts = distinct(dates().map(|[a, _, _]| a));
    let lasts = distinct(dates().map(|[_, _, c]| c));
    match firsts.cmp(&lasts) {
        std::cmp::Ordering::Less => in_front,
        std::cmp::Ordering::Greater => None,
        std::cmp::Ordering::Equal => Some(Decision {
            order: DateOrder::Ymd,
            evidence: Evidence::Open,
        }),
    }
}

/// Settles an open order by what is known from outside the text: the day of the export, then
/// other archives of the same device. Where numbers of the file contradict each other it stays
/// open: whichever way it is read, lines would lose their dates.
pub(super) fn from_outside(
    decision: Decision,
    shape: &Shape,
    days: &[Written],
    hints: &Hints,
) -> Decision {
    if decision.evidence != Evidence::Open {
        return decision;
    }
    let orders = [DateOrder::Dmy, DateOrder::Mdy];
    let reads = |written: &Written, order| order::date(&written.day, shape, order);
    let only = |order, other| {
        let mut days = days.iter();
        days.any(|day| reads(day, order).is_some() && reads(day, other).is_none())
    };
    let [day_first, month_first] = [
        only(DateOrder::Dmy, DateOrder::Mdy),
        only(DateOrder::Mdy, DateOrder::Dmy),
    ];
    if day_first && month_first {
        return decision;
    }
    if let (false, false, Some(exported)) = (day_first, month_first, hints.exported) {
        let dated = |order| {
            days.iter()
                .filter_map(move |day| reads(day, order).map(|date| (date, day.count)))
        };
        match orders.map(|order| later_than(exported, dated(order))) {
            [0, count @ (1..)] => return by_export_date(DateOrder::Dmy, count),
            [count @ (1..), 0] => return by_export_date(DateOrder::Mdy, count),
            _ => {}
        }
    }
    match hints.elsewhere {
        Some((order, evidence)) if days.iter().all(|day| reads(day, order).is_some()) => {
            Decision { order, evidence }
        }
        _ => decision,
    }
}

fn by_export_date(order: DateOrder, count: u32) -> Decision {
    Decision {
        order,
        evidence: Evidence::ExportDate { count },
    }
}

/// How many lines are of a day after the export; `days` are days and how many lines each has. The directory of a zip has no time zone, and a
/// message may be stamped by a phone whose clock is ahead, so two days more are allowed.
fn later_than(exported: NaiveDate, days: impl Iterator<Item = (NaiveDate, u32)>) -> u32 {
    let Some(last) = exported.checked_add_days(Days::new(2)) else {
        return 0;
    };
    days.filter(|(day, _)| *day > last)
        .map(|(_, count)| count)
        .sum()
}

fn is_day_only(number: u16) -> bool {
    (1..FIRST_YEAR).contains(&number)
}

fn tally(days: &[Written], says: impl Fn([u16; 3]) -> bool) -> u32 {
    days.iter()
        .filter(|written| says(written.day.numbers))
        .map(|written| written.count)
        .sum()
}

fn distinct(numbers: impl Iterator<Item = u16>) -> usize {
    numbers.collect::<std::collections::BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_after_the_export_are_counted_with_room_for_zones() {
        let exported = day("2023-03-10");
        let days =
            ["2023-03-10", "2023-03-12", "2023-03-13", "2024-01-01"].map(|text| (day(text), 1));
        assert_eq!(later_than(exported, days.into_iter()), 2);
        assert_eq!(later_than(NaiveDate::MAX, days.into_iter()), 0);
    }

    #[test]
    fn a_number_under_nine_is_a_day() {
        assert_eq!(
            [0, 1, 8, 9, 23].map(is_day_only),
            [false, true, true, false, false]
        );
    }
}
