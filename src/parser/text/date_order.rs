//! Date order (day, month or year first) of a file, determined by evidence from the whole file.
//!
//! Evidence in order of precedence: the shape itself and numbers over 12, which are proof; the user's configuration;
//! the date of the export, after which there is no message; the sequence of the lines; dates in the names of media
//! files; and from outside the text ([`super::date_order_evidence`]) other archives of the same device. The user's order
//! precedes evidence that is weighed, so that a few lines out of sequence do not silently overrule it. It does not
//! precede proof, since lines would have impossible dates. Without conclusive evidence the most frequent order of the
//! shape is used and marked ambiguous. Padding, half-day words and a shorter span of time are no evidence: a rent
//! that is due on the 4th of every month looks like three consecutive days.
//!
//! See docs/reference/whatsapp-export-format.md, "Day and month".

use std::cmp::Ordering;
use std::ops::Deref;

use chrono::{Datelike, NaiveDate};

use super::calendar;
use super::date_order_evidence;
use super::day::Day;
use super::timestamp::{HalfPlace, Shape, Year};
use crate::chat::{DateOrder, Evidence};

/// The date order and the evidence for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) order: DateOrder,
    pub(super) evidence: Evidence,
}

/// A date as written, with consecutive lines of the file's shape that have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) day: Day,
    /// The number of lines.
    pub(super) count: u32,
    /// The first of these lines, from 1.
    pub(super) line: u32,
}

/// How the dates of a file are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'s> {
    shape: &'s Shape,
    /// The last day of which a message can be, if it is known and plausible.
    latest: Option<NaiveDate>,
}

impl Deref for Reading<'_> {
    type Target = Shape;

    fn deref(&self) -> &Shape {
        self.shape
    }
}

impl<'s> Reading<'s> {
    /// The reading of dates of a shape where nothing else is known.
    pub(super) fn of(shape: &'s Shape) -> Self {
        Self::with_latest(shape, None)
    }

    /// The reading of dates of a shape where no message is later than `latest`.
    pub(super) fn with_latest(shape: &'s Shape, latest: Option<NaiveDate>) -> Self {
        Reading { shape, latest }
    }

    /// The last day of which a message can be, if it is known and plausible.
    pub(super) fn latest(&self) -> Option<NaiveDate> {
        self.latest
    }

    /// The same, if no message is later than `latest`. A day that the lines contradict is ignored, since a clock may
    /// have been wrong: at least seven of eight lines must be possible with it.
    pub(super) fn until(self, latest: Option<NaiveDate>, days: &[Written]) -> Self {
        let bounded = Reading { latest, ..self };
        let lines = |is_possible: &dyn Fn(&Day, DateOrder) -> bool| -> u64 {
            let counts = ORDERS.map(|order| {
                let possible = days.iter().filter(|w| is_possible(&w.day, order));
                possible.map(|written| u64::from(written.count)).sum()
            });
            counts.into_iter().max().unwrap_or(0)
        };
        let all = lines(&|day, order| self.date(day, order).is_some());
        let possible = lines(&|day, order| bounded.plausible_date(day, order).is_some());
        if possible * 8 >= all * 7 {
            bounded
        } else {
            self
        }
    }

    /// The date of a day in this order; `None` if there is no such date.
    pub(super) fn date(&self, day: &Day, order: DateOrder) -> Option<NaiveDate> {
        self.calendar_date(day, order).map(|(date, _)| date)
    }

    /// The same; `None` also for a day of which there is no message.
    fn plausible_date(&self, day: &Day, order: DateOrder) -> Option<NaiveDate> {
        let date = self.date(day, order)?;
        calendar::is_plausible(date, self.latest).then_some(date)
    }

    /// The date, and whether the year was converted from another calendar.
    pub(super) fn calendar_date(&self, day: &Day, order: DateOrder) -> Option<(NaiveDate, bool)> {
        if self.named.is_some_and(|named| named != order) {
            return None;
        }
        let [a, b, c] = day.numbers;
        let (year, month, day_of_month) = match order {
            DateOrder::Dmy => (c, b, a),
            DateOrder::Mdy => (c, a, b),
            DateOrder::Ymd => (a, b, c),
        };
        // Any year will do: [`super::missing_years`] determines it.
        let year = if self.year == Year::Missing {
            2000
        } else {
            year
        };
        let written = calendar::Written {
            year,
            month,
            day: day_of_month,
            era: day.era,
            short: self.year == Year::Two,
        };
        calendar::day(written, self.latest)
    }
}

const ORDERS: [DateOrder; 3] = [DateOrder::Dmy, DateOrder::Mdy, DateOrder::Ymd];

/// Number of contradicting dates from which on they are not considered accidental.
const FEW: u32 = 3;

/// Determines the date order of a file.
///
/// `days` are the dates of the lines of the file's shape in file order. `media` returns the lines that name a file with
/// a date in its name: their own date and that of the name.
pub(super) fn decide(
    configured: Option<DateOrder>,
    shape: Reading<'_>,
    days: &[Written],
    media: impl FnOnce() -> Vec<(Day, NaiveDate)>,
) -> Decision {
    let proof = proven(shape, days);
    if let Some(order) = configured.filter(|order| possible(shape, *order))
        && proof.is_none_or(|proof| {
            proof.order == order || proof.evidence == Evidence::Open || order == DateOrder::Ymd
        })
    {
        return Decision {
            order,
            evidence: Evidence::Configured,
        };
    }
    if let Some(proof) = proof {
        return proof;
    }
    weigh(shape, days, media)
}

/// The order that the numbers prove. Not even the user's order overrules it: lines would have impossible dates and
/// become text.
fn proven(shape: Reading<'_>, days: &[Written]) -> Option<Decision> {
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
    if shape.year == Year::Two && days.iter().any(|written| written.day.era.is_some()) {
        if let Some(order) = by_era(shape, days) {
            return Some(Decision {
                order,
                evidence: Evidence::Shape,
            });
        }
    } else {
        if shape.year == Year::Two && year_first(shape, days) {
            return Some(Decision {
                order: DateOrder::Ymd,
                evidence: Evidence::Shape,
            });
        }
        if let Some(decision) = date_order_evidence::short_year_in_front(shape, days) {
            return Some(decision);
        }
    }
    let day_first = only(shape, days, DateOrder::Dmy, DateOrder::Mdy);
    let month_first = only(shape, days, DateOrder::Mdy, DateOrder::Dmy);
    // One or two contradicting dates are pasted text. More of them mean that the file was assembled from two phones,
    // and the messages of one of them would be lost.
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

/// Whether the one or two dates that prove an order are pasted text: in that order the file steps back in time
/// repeatedly, and in the other one it runs forward.
fn outweighed(shape: Reading<'_>, days: &[Written], day_first: u32, month_first: u32) -> bool {
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

/// Whether more dates are only possible with the year first than with the year last. One line proves nothing:
/// `99/12/31` may be a joke in a message.
fn year_first(shape: Reading<'_>, days: &[Written]) -> bool {
    let mut front = 0u32;
    let mut end = 0u32;
    for written in days {
        let reads = |order| shape.date(&written.day, order).is_some();
        if reads(DateOrder::Dmy) || reads(DateOrder::Mdy) {
            end += written.count;
        } else if reads(DateOrder::Ymd) {
            front += written.count;
        }
    }
    front > end
}

/// The order in which most two-digit years with an era are those of messages: an era has few of them. If several orders
/// are equally possible, an era before the date is next to its year.
fn by_era(shape: Reading<'_>, days: &[Written]) -> Option<DateOrder> {
    let counts = ORDERS.map(|order| {
        let days = days
            .iter()
            .filter(|w| shape.plausible_date(&w.day, order).is_some());
        days.map(|written| written.count).sum::<u32>()
    });
    let most = counts.into_iter().max()?;
    let mut best = (ORDERS.into_iter().zip(counts)).filter(|(_, count)| *count == most);
    let (first, _) = best.next()?;
    let others = best.count();
    if shape.year_in_front && counts[2] == most {
        return Some(DateOrder::Ymd);
    }
    (others == 0).then_some(first)
}

/// Weighs the evidence: separators, the sequence of the lines, file names.
fn weigh(
    shape: Reading<'_>,
    days: &[Written],
    media: impl FnOnce() -> Vec<(Day, NaiveDate)>,
) -> Decision {
    // No locale puts the month first with dots, nor with hyphens and a four-digit year at the end
    // (observed).
    if shape.date_separator == b'.' || (shape.date_separator == b'-' && shape.year == Year::Last) {
        return Decision {
            order: DateOrder::Dmy,
            evidence: Evidence::Shape,
        };
    }
    if let Some(decision) = date_order_evidence::from_latest(shape, days) {
        return decision;
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
        // A few steps back are normal; more than twice as many are not.
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

/// Whether the shape allows this order.
fn possible(shape: Reading<'_>, order: DateOrder) -> bool {
    match shape.year {
        Year::First => order == DateOrder::Ymd,
        Year::Last => order != DateOrder::Ymd,
        Year::Two => true,
        Year::Missing => false,
    }
}

/// The order that most phones with this shape use (observed): an upper-case AM with a two-digit year is American,
/// everything else is day first.
fn usual(shape: Reading<'_>) -> DateOrder {
    if shape.half == HalfPlace::After && shape.year == Year::Two && shape.date_separator == b'/' {
        DateOrder::Mdy
    } else {
        DateOrder::Dmy
    }
}

/// Number of dates that are possible in `order` and not in `other`, and the line of the first one: a number over
/// twelve is not a month.
fn only(shape: Reading<'_>, days: &[Written], order: DateOrder, other: DateOrder) -> (u32, u32) {
    let mut count = 0;
    let mut line = 0;
    for written in days {
        if shape.date(&written.day, order).is_some() && shape.date(&written.day, other).is_none() {
            count += written.count;
            if line == 0 {
                line = written.line;
            }
        }
    }
    (count, line)
}

/// Number of steps back in time of more than a day; lines are often out of sequence by minutes.
fn steps_back(shape: Reading<'_>, days: &[Written], order: DateOrder) -> u32 {
    let days = days
        .iter()
        .filter_map(|written| shape.date(&written.day, order))
        .map(|d| d.num_days_from_ce());
    let mut steps = 0;
    let mut last = i32::MIN;
    for day in days {
        steps += u32::from(day < last.saturating_sub(1));
        last = day;
    }
    steps
}

/// Number of files whose name contains the date of their message, in this order.
///
/// Android names a file by the date on which it was stored on that phone, which may be the next day.
fn named_dates(shape: Reading<'_>, named: &[(Day, NaiveDate)], order: DateOrder) -> u32 {
    let agree = named.iter().filter(|(written, named)| {
        shape
            .date(written, order)
            .is_some_and(|day| named.signed_duration_since(day).num_days().abs() <= 1)
    });
    u32::try_from(agree.count()).unwrap_or(u32::MAX)
}
