//! Evidence for the date order other than the numbers and the sequence of the lines.
//!
//! Answers two questions of [`super::date_order`]: whether a two-digit year comes first, and whether information from
//! outside the text determines an order that the text leaves ambiguous. Only numbers are evidence, never padding
//! or half-day words.

use chrono::{Days, NaiveDate};

use super::date_order::{self, Decision, Written};
use super::timestamp::{HalfPlace, Shape, Year};
use crate::chat::{DateOrder, Evidence};
use crate::parser::Hints;

/// Last two digits of the year in which WhatsApp began. A lower number is not the year of a message, and often a
/// day.
const FIRST_YEAR: u16 = 9;

/// Number of lines for one reading that outweigh one line, which may be pasted, for another.
const MINORITY: u32 = 8;

/// The digit zero in Devanagari. Nepali puts the year first and has a 24-hour clock; Marathi puts the day first and has
/// half-day words; both write two digits (observed).
const DEVANAGARI: u32 = 0x966;

/// Whether a two-digit year comes first although every number could be a day, as in `23. 3. 29.` (ko),
/// `23/3/29 (21:05)` (eu) and `२३/३/२९` (ne).
///
/// A number under nine is a day and not a year, so lines with such a number only in the last place, or only in the
/// first, are evidence. Without such lines, the form of the timestamp decides. Otherwise the result is `None`, except
/// that Nepali digits are ambiguous.
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
    // A chat covers more distinct days than years.
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

/// Determines an ambiguous order from outside the text: by the date of the export, then by other archives of the same
/// device. If the numbers of the file contradict each other, it stays ambiguous: in either order, some lines would
/// have impossible dates.
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
    let reads = |written: &Written, order| date_order::date(&written.day, shape, order);
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
    match hints.other_archives {
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

/// Number of lines that are later than the export; `days` are dates with their number of lines. A zip's directory has
/// no time zone and a clock may be fast, so two more days are tolerated.
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

fn tally(days: &[Written], is_evidence: impl Fn([u16; 3]) -> bool) -> u32 {
    days.iter()
        .filter(|written| is_evidence(written.day.numbers))
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
    fn dates_after_export_are_counted_with_tolerance() {
        let exported = day("2023-03-10");
        let days =
            ["2023-03-10", "2023-03-12", "2023-03-13", "2024-01-01"].map(|text| (day(text), 1));
        assert_eq!(later_than(exported, days.into_iter()), 2);
        assert_eq!(later_than(NaiveDate::MAX, days.into_iter()), 0);
    }

    #[test]
    fn number_under_nine_is_a_day() {
        assert_eq!(
            [0, 1, 8, 9, 23].map(is_day_only),
            [false, true, true, false, false]
        );
    }
}
