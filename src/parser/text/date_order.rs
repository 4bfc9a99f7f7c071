//! Day or month first: decided from the whole file, by evidence, never by a guess.
//!
//! In this order (`whatsapp-export-format.md` 2.7): the shape itself and a number over 12, which
//! are proof; the user's word; the order of the lines; the dates in the names of media files; and
//! then, from outside the text ([`super::evidence`]), the day of the export and other archives of
//! the same device. The user's word comes before what is weighed: where somebody says the order,
//! a few lines out of place must not overrule it silently. It does not come before proof, since
//! lines would lose their dates. Where nothing settles it, the usual order of the shape is named
//! and marked open. Padding, half-day words and a shorter span of time are no evidence: a rent
//! that is due on the 4th of every month looks like three days in a row.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate};

use super::calendar;
use super::evidence;
use super::scan::Day;
use super::stamp::{HalfPlace, Shape, Year};
use crate::chat::{DateOrder, Evidence};

/// The order and what settled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) order: DateOrder,
    pub(super) evidence: Evidence,
}

/// A date as it is written, and the lines of the file's shape that bear it and follow one another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) day: Day,
    /// How many lines.
    pub(super) count: u32,
    /// The first of them, from 1.
    pub(super) line: u32,
}

/// The date of a day read in this order, or `None` when there is no such day.
pub(super) fn date(day: &Day, shape: &Shape, order: DateOrder) -> Option<NaiveDate> {
    calendar_date(day, shape, order).map(|(date, _)| date)
}

/// The same, and whether the year was counted in another calendar than ours.
pub(super) fn calendar_date(
    written: &Day,
    shape: &Shape,
    order: DateOrder,
) -> Option<(NaiveDate, bool)> {
    if shape.named.is_some_and(|named| named != order) {
        return None;
    }
    let [a, b, c] = written.numbers;
    let (year, month, day) = match order {
        DateOrder::Dmy => (c, b, a),
        DateOrder::Mdy => (c, a, b),
        DateOrder::Ymd => (a, b, c),
    };
    // Every day there is: which year it is of, [`super::legacy`] finds out.
    let year = if shape.year == Year::Missing {
        2000
    } else {
        year
    };
    calendar::day(year, month, day, written.era, shape.year == Year::Two)
}

/// As many dates that contradict the others are no accident.
const FEW: u32 = 3;

/// Which order the file uses.
///
/// `days` are the dates of the lines of the file's shape in file order; `media` gives the lines
/// that name a file with a day in its name: their own date and that day.
pub(super) fn decide(
    told: Option<DateOrder>,
    shape: &Shape,
    days: &[Written],
    media: impl FnOnce() -> Vec<(Day, NaiveDate)>,
) -> Decision {
    let proof = proven(shape, days);
    if let Some(order) = told.filter(|order| possible(shape, *order))
        && proof.is_none_or(|proof| {
            proof.order == order || proof.evidence == Evidence::Open || order == DateOrder::Ymd
        })
    {
        return Decision {
            order,
            evidence: Evidence::Told,
        };
    }
    if let Some(proof) = proof {
        return proof;
    }
    weigh(shape, days, media)
}

/// What the numbers themselves leave no doubt about. Not even the user's word wins over it: read
/// the other way, lines would lose their dates and become text.
fn proven(shape: &Shape, days: &[Written]) -> Option<Decision> {
    let only_one = match shape.named {
        Some(order) => Some(order),
        None => (shape.year == Year::First).then_some(DateOrder::Ymd),
    };
    if let Some(order) = only_one {
        return Some(Decision {
            order,
            evidence: Evidence::Shape,
        });
    }
    if shape.year == Year::Two && year_first(shape, days) {
        return Some(Decision {
            order: DateOrder::Ymd,
            evidence: Evidence::Shape,
        });
    }
    if let Some(decision) = evidence::short_year_in_front(shape, days) {
        return Some(decision);
    }
    let day_first = only(shape, days, DateOrder::Dmy, DateOrder::Mdy);
    let month_first = only(shape, days, DateOrder::Mdy, DateOrder::Dmy);
    // One or two dates against the others are pasted text; more, and the file was put together
    // from two phones, of which one would lose its messages.
    let fewer = day_first.0.min(month_first.0);
    if fewer == 0 && outweighed(shape, days, day_first.0, month_first.0) {
        return None;
    }
    let mixed = fewer >= FEW && fewer.saturating_mul(8) > day_first.0.max(month_first.0);
    let decision = |order, (count, line)| {
        let evidence = if mixed {
            Evidence::Open
        } else {
            Evidence::OverTwelve { count, line }
        };
        Some(Decision { order, evidence })
    };
    match day_first.0.cmp(&month_first.0) {
        Ordering::Greater => decision(DateOrder::Dmy, day_first),
        Ordering::Less => decision(DateOrder::Mdy, month_first),
        Ordering::Equal => None,
    }
}

/// True when the one or two dates that alone prove an order are pasted text: read in that order
/// the file goes back in time again and again, and in the other it runs forward.
fn outweighed(shape: &Shape, days: &[Written], day_first: u32, month_first: u32) -> bool {
    let (proven, other) = if day_first > 0 {
        (DateOrder::Dmy, DateOrder::Mdy)
    } else {
        (DateOrder::Mdy, DateOrder::Dmy)
    };
    let back = steps_back(shape, days, proven);
    (1..FEW).contains(&day_first.max(month_first))
        && back >= FEW
        && back > steps_back(shape, days, other).saturating_mul(8)
}

/// True when more dates can only be read with the year in front than can be read with it at the
/// end. One line proves nothing: `99/12/31` may be a joke in a message.
fn year_first(shape: &Shape, days: &[Written]) -> bool {
    let mut front = 0u32;
    let mut end = 0u32;
    for written in days {
        let reads = |order| date(&written.day, shape, order).is_some();
        if reads(DateOrder::Dmy) || reads(DateOrder::Mdy) {
            end += written.count;
        } else if reads(DateOrder::Ymd) {
            front += written.count;
        }
    }
    front > end
}

/// The evidence that is weighed: separators, the order of the lines, the names of files.
fn weigh(
    shape: &Shape,
    days: &[Written],
    media: impl FnOnce() -> Vec<(Day, NaiveDate)>,
) -> Decision {
    // Section 2.7, rule 5: no locale writes the month first with dots, nor with hyphens and a
    // year of four digits at the end.
    if shape.date_separator == b'.' || (shape.date_separator == b'-' && shape.year == Year::Last) {
        return Decision {
            order: DateOrder::Dmy,
            evidence: Evidence::Shape,
        };
    }
    let back = [DateOrder::Dmy, DateOrder::Mdy].map(|order| steps_back(shape, days, order));
    if let [dmy, mdy] = back
        && dmy != mdy
    {
        let (order, chosen, other) = if dmy < mdy {
            (DateOrder::Dmy, dmy, mdy)
        } else {
            (DateOrder::Mdy, mdy, dmy)
        };
        // A few steps back are ordinary; twice as many and one are not.
        if other > chosen.saturating_mul(2) {
            return Decision {
                order,
                evidence: Evidence::LineOrder { chosen, other },
            };
        }
    }
    let named = media();
    let names = [DateOrder::Dmy, DateOrder::Mdy].map(|order| named_dates(shape, &named, order));
    if let [dmy, mdy] = names
        && dmy != mdy
    {
        let (order, count) = if dmy > mdy {
            (DateOrder::Dmy, dmy)
        } else {
            (DateOrder::Mdy, mdy)
        };
        return Decision {
            order,
            evidence: Evidence::MediaNames { count },
        };
    }
    Decision {
        order: usual(shape),
        evidence: Evidence::Open,
    }
}

/// False for an order that the shape rules out.
fn possible(shape: &Shape, order: DateOrder) -> bool {
    match shape.year {
        Year::First => order == DateOrder::Ymd,
        Year::Last => order != DateOrder::Ymd,
        Year::Two => true,
        Year::Missing => false,
    }
}

/// The order that most phones with this shape use (section 2.7, rule 5): a capital AM with a
/// two-digit year is American, everything else is day first.
fn usual(shape: &Shape) -> DateOrder {
    if shape.half == HalfPlace::After && shape.year == Year::Two && shape.date_separator == b'/' {
        DateOrder::Mdy
    } else {
        DateOrder::Dmy
    }
}

/// How many dates can be read in `order` and not in `other`, and the line of the first: a number
/// over twelve is no month.
fn only(shape: &Shape, days: &[Written], order: DateOrder, other: DateOrder) -> (u32, u32) {
    let mut count = 0;
    let mut line = 0;
    for written in days {
        if date(&written.day, shape, order).is_some() && date(&written.day, shape, other).is_none()
        {
            count += written.count;
            if line == 0 {
                line = written.line;
            }
        }
    }
    (count, line)
}

/// Steps back in time of more than a day; lines are often out of order by minutes.
fn steps_back(shape: &Shape, days: &[Written], order: DateOrder) -> u32 {
    let days = days
        .iter()
        .filter_map(|written| date(&written.day, shape, order))
        .map(|d| d.num_days_from_ce());
    let mut steps = 0;
    let mut last = i32::MIN;
    for day in days {
        steps += u32::from(day < last.saturating_sub(1));
        last = day;
    }
    steps
}

/// Files whose name holds the day of their message, read in this order.
///
/// Android names a file by the day on which it was stored on that phone, which may be the next.
fn named_dates(shape: &Shape, named: &[(Day, NaiveDate)], order: DateOrder) -> u32 {
    let agree = named.iter().filter(|(written, named)| {
        date(written, shape, order)
            .is_some_and(|day| named.signed_duration_since(day).num_days().abs() <= 1)
    });
    u32::try_from(agree.count()).unwrap_or(u32::MAX)
}
