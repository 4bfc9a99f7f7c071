//! Day or month first: decided from the whole file, by evidence, never by a guess.
//!
//! In this order (issue "every export in the wild", `whatsapp-export-format.md` 2.7): the user's
//! word, the shape itself, a number over 12, the order of the lines, the dates in the names of
//! media files. Where nothing settles it, the usual order of the shape is named and marked open.

use chrono::{Datelike, NaiveDate};

use super::shape::Candidate;
use super::stamp::{Shape, Stamp, Year};
use crate::chat::{DateOrder, Evidence};

/// The order and what settled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) order: DateOrder,
    pub(super) evidence: Evidence,
}

/// The date of a stamp read in this order, or `None` when there is no such day.
///
/// Two-digit years are of this century: WhatsApp began in 2009.
pub(super) fn date(stamp: &Stamp, shape: &Shape, order: DateOrder) -> Option<NaiveDate> {
    let [a, b, c] = stamp.date;
    let (year, month, day) = match order {
        DateOrder::Dmy => (c, b, a),
        DateOrder::Mdy => (c, a, b),
        DateOrder::Ymd => (a, b, c),
    };
    let year = if shape.year == Year::Two {
        2000 + i32::from(year % 100)
    } else {
        i32::from(year)
    };
    NaiveDate::from_ymd_opt(year, u32::from(month), u32::from(day))
}

/// Which order the file uses.
///
/// `headers` are the lines of the file's shape; `media` gives the date in the name of the file
/// that a line names, where it names one.
pub(super) fn decide(
    told: Option<DateOrder>,
    shape: &Shape,
    headers: &[Candidate],
    media: impl Fn(&Candidate) -> Option<NaiveDate>,
) -> Decision {
    if let Some(order) = told.filter(|order| possible(shape, *order)) {
        return Decision {
            order,
            evidence: Evidence::Told,
        };
    }
    if shape.year == Year::First {
        return Decision {
            order: DateOrder::Ymd,
            evidence: Evidence::Shape,
        };
    }
    let year_first = shape.year == Year::Two && headers.iter().any(|c| c.stamp.date[0] > 31);
    if year_first {
        return Decision {
            order: DateOrder::Ymd,
            evidence: Evidence::Shape,
        };
    }
    let over = [over_twelve(headers, 0), over_twelve(headers, 1)];
    match over {
        [(day_first, line), (month_first, _)] if day_first > month_first => {
            return Decision {
                order: DateOrder::Dmy,
                evidence: Evidence::OverTwelve {
                    count: day_first,
                    line,
                },
            };
        }
        [(day_first, _), (month_first, line)] if month_first > day_first => {
            return Decision {
                order: DateOrder::Mdy,
                evidence: Evidence::OverTwelve {
                    count: month_first,
                    line,
                },
            };
        }
        _ => {}
    }
    // Section 2.7, rule 5: no locale writes the month first with dots, nor with hyphens and a
    // year of four digits at the end.
    if shape.date_separator == b'.' || (shape.date_separator == b'-' && shape.year == Year::Last) {
        return Decision {
            order: DateOrder::Dmy,
            evidence: Evidence::Shape,
        };
    }
    let back = [DateOrder::Dmy, DateOrder::Mdy].map(|order| steps_back(shape, headers, order));
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
    let names =
        [DateOrder::Dmy, DateOrder::Mdy].map(|order| named_dates(shape, headers, order, &media));
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
    }
}

/// The order that most phones with this shape use (section 2.7, rule 5): a capital AM with a
/// two-digit year is American, everything else is day first.
fn usual(shape: &Shape) -> DateOrder {
    if shape.half && shape.year == Year::Two && shape.date_separator == b'/' {
        DateOrder::Mdy
    } else {
        DateOrder::Dmy
    }
}

fn over_twelve(headers: &[Candidate], place: usize) -> (u32, u32) {
    let mut count = 0;
    let mut line = 0;
    for candidate in headers {
        let number = candidate.stamp.date[place];
        // Over 31 it is no day either: an impossible date, which proves nothing.
        if (13..=31).contains(&number) {
            count += 1;
            if line == 0 {
                line = candidate.line;
            }
        }
    }
    (count, line)
}

/// Steps back in time of more than a day; lines are often out of order by minutes.
fn steps_back(shape: &Shape, headers: &[Candidate], order: DateOrder) -> u32 {
    let days = headers
        .iter()
        .filter_map(|c| date(&c.stamp, shape, order))
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
fn named_dates(
    shape: &Shape,
    headers: &[Candidate],
    order: DateOrder,
    media: &impl Fn(&Candidate) -> Option<NaiveDate>,
) -> u32 {
    let agree = headers.iter().filter(|candidate| {
        let (Some(day), Some(named)) = (date(&candidate.stamp, shape, order), media(candidate))
        else {
            return false;
        };
        named.signed_duration_since(day).num_days().abs() <= 1
    });
    u32::try_from(agree.count()).unwrap_or(u32::MAX)
}
