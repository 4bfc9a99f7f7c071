//! Evidence for the date order other than the numbers and the sequence of the lines.
//!
//! Answers three questions of [`super::date_order`]: whether a two-digit year comes first, whether messages would be
//! later than the archive, and whether other archives determine an order that the text leaves ambiguous. Only numbers are evidence, never padding
//! or half-day words.

use super::date_order::{Decision, Reading, Written};
use super::timestamp::{HalfPlace, Year};
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
pub(super) fn short_year_in_front(shape: Reading<'_>, days: &[Written]) -> Option<Decision> {
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

/// The order in which no message is later than possible, if in the other one some are.
pub(super) fn from_latest(reading: Reading<'_>, days: &[Written]) -> Option<Decision> {
    let latest = reading.latest()?;
    let later = |order| {
        let of_order = days.iter().filter_map(move |written| {
            let date = reading.date(&written.day, order)?;
            Some((date, written.count))
        });
        of_order
            .filter(|(date, _)| *date > latest)
            .map(|(_, count)| count)
            .sum::<u32>()
    };
    let order = match [DateOrder::Dmy, DateOrder::Mdy].map(later) {
        [0, count @ (1..)] => (DateOrder::Dmy, count),
        [count @ (1..), 0] => (DateOrder::Mdy, count),
        _ => return None,
    };
    let (order, count) = order;
    let all = days
        .iter()
        .all(|day| reading.date(&day.day, order).is_some());
    all.then_some(Decision {
        order,
        evidence: Evidence::ExportDate { count },
    })
}

/// Determines an ambiguous order by other archives of the same device. If the numbers of the file contradict each
/// other, it stays ambiguous: in either order, some lines would have impossible dates.
pub(super) fn from_outside(
    decision: Decision,
    shape: Reading<'_>,
    days: &[Written],
    hints: &Hints,
) -> Decision {
    if decision.evidence != Evidence::Open {
        return decision;
    }
    match hints.other_archives {
        Some((order, evidence)) if days.iter().all(|day| shape.date(&day.day, order).is_some()) => {
            Decision { order, evidence }
        }
        _ => decision,
    }
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

    #[test]
    fn number_under_nine_is_a_day() {
        assert_eq!(
            [0, 1, 8, 9, 23].map(is_day_only),
            [false, true, true, false, false]
        );
    }
}
