//! Age of an archive: when it was made, as far as it can be determined.
//!
//! Here belongs the order of archives that decides between two edits of a message. Never here: states. A
//! deleted message outweighs an edited one, and that a plain one, whatever the ages.

use std::cmp::Ordering;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// When an archive was made, as far as it shows. Both are local times of the phone, read as UTC, in
/// Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The time of the transcript's entry in its zip, midnight if only the date is known; `None` if
    /// it has none or it is not plausible.
    pub dated: Option<i64>,
    /// The time of the last message, rounded down to the minute.
    pub last: i64,
}

/// Which of two archives is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// The first one, or neither is known to be newer.
    First,
    /// The second one.
    Second,
    /// Their dates say otherwise than their last messages.
    Conflict,
}

impl Age {
    /// The age of an archive with this last message and this time in its zip. A date is plausible if it is
    /// not more than a day before the last message and not after `today`: mail programs and phones repack
    /// archives.
    pub(super) fn of(
        last_time: Option<NaiveDateTime>,
        exported: Option<NaiveDateTime>,
        today: Option<NaiveDate>,
    ) -> Age {
        let last = last_time.unwrap_or_default();
        let dated = exported.filter(|at| {
            let day = at.date();
            let earliest = last.date().checked_sub_signed(TimeDelta::days(1));
            let latest = today.and_then(|day| day.checked_add_signed(TimeDelta::days(1)));
            earliest.is_none_or(|earliest| day >= earliest)
                && latest.is_none_or(|latest| day <= latest)
        });
        let millis = |time: NaiveDateTime| time.and_utc().timestamp_millis();
        let minute = millis(last).div_euclid(60_000) * 60_000;
        Age {
            dated: dated.map(millis),
            last: minute,
        }
    }

    /// Compares two archives. The time of day decides last: two phones may be in two zones.
    pub fn newer(self, other: Age) -> Newer {
        let by_last = self.last.cmp(&other.last);
        let (by_date, by_time) = match (self.dated, other.dated) {
            (Some(one), Some(other)) => (day(one).cmp(&day(other)), by_time_of_day(one, other)),
            _ => (Ordering::Equal, Ordering::Equal),
        };
        match (by_date, by_last) {
            (Ordering::Less, Ordering::Greater) | (Ordering::Greater, Ordering::Less) => {
                Newer::Conflict
            }
            _ if by_date.then(by_last).then(by_time).is_lt() => Newer::Second,
            _ => Newer::First,
        }
    }

    /// What sorts archives, the oldest first: the date, else the last message.
    pub(super) fn order(self) -> (i64, i64, Option<i64>) {
        let dated = self.dated.unwrap_or(self.last);
        (day(dated), self.last, self.dated)
    }
}

const DAY: i64 = 86_400_000;

/// The number of the day of a local time in milliseconds.
fn day(at: i64) -> i64 {
    at.div_euclid(DAY)
}

/// Compares the times of one day, where both are known.
fn by_time_of_day(one: i64, other: i64) -> Ordering {
    let is_known = |at: i64| at.rem_euclid(DAY) > 0;
    match is_known(one) && is_known(other) {
        true => one.cmp(&other),
        false => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(dated: Option<i64>, last: i64) -> Age {
        Age { dated, last }
    }

    #[test]
    fn dates_decide_then_last_messages_then_times_of_day() {
        let at = |day: i64, hour: i64| Some(day * DAY + hour * 3_600_000);
        for (one, other, expected) in [
            (age(None, 2), age(None, 1), Newer::First),
            (age(None, 1), age(None, 2), Newer::Second),
            (age(None, 1), age(None, 1), Newer::First),
            (age(at(9, 0), 1), age(at(8, 0), 1), Newer::First),
            (age(at(8, 0), 1), age(at(9, 0), 1), Newer::Second),
            (age(at(8, 0), 2), age(at(9, 0), 1), Newer::Conflict),
            (age(at(9, 0), 1), age(at(8, 0), 2), Newer::Conflict),
            (age(at(8, 9), 1), age(at(8, 8), 1), Newer::First),
            (age(at(8, 8), 1), age(at(8, 9), 1), Newer::Second),
            // An older export that was zipped again an hour later.
            (age(at(8, 9), 1), age(at(8, 8), 2), Newer::Second),
            (age(at(8, 8), 2), age(at(8, 9), 1), Newer::First),
            // Of one only the date is known.
            (age(at(8, 0), 1), age(at(8, 9), 1), Newer::First),
            // One date alone says nothing of the other.
            (age(at(9, 0), 1), age(None, 2), Newer::Second),
        ] {
            assert_eq!(one.newer(other), expected, "{one:?} {other:?}");
        }
    }
}
