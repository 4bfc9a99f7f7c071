//! Age of an archive: when it was made, as far as it can be determined.
//!
//! Here belongs the order of archives that decides between two edits of a message. Never here: states. A
//! deleted message outweighs an edited one, and that a plain one, whatever the ages.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::resolve::Source;

/// When an archive was made. Local times of the phone, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The date of the transcript's entry in its zip, if plausible.
    pub dated: Option<i64>,
    /// The minute of the last message.
    pub last: i64,
}

/// The newer of two archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// The first one, or it could not be determined.
    First,
    /// The second one.
    Second,
    /// Their dates and their last messages contradict each other.
    Conflict,
}

impl Age {
    /// The age of an archive. A date is plausible if it is not more than a day before the last message and
    /// not after `today`: mail programs and phones repack archives.
    pub(super) fn of(source: &Source<'_>, today: Option<NaiveDate>) -> Age {
        let last = source.last_time().unwrap_or_default();
        let dated = source.opened.exported.filter(|day| {
            let earliest = last.date().checked_sub_signed(TimeDelta::days(1));
            let latest = today.and_then(|day| day.checked_add_signed(TimeDelta::days(1)));
            earliest.is_none_or(|earliest| *day >= earliest)
                && latest.is_none_or(|latest| *day <= latest)
        });
        let millis = |time: NaiveDateTime| time.and_utc().timestamp_millis();
        let minute = millis(last).div_euclid(60_000) * 60_000;
        Age {
            dated: dated.and_then(|day| day.and_hms_opt(0, 0, 0)).map(millis),
            last: minute,
        }
    }

    /// Compares two archives.
    pub fn newer(self, other: Age) -> Newer {
        let by_last = self.last.cmp(&other.last);
        let by_date = match (self.dated, other.dated) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => std::cmp::Ordering::Equal,
        };
        match (by_date, by_last) {
            (std::cmp::Ordering::Less, std::cmp::Ordering::Greater)
            | (std::cmp::Ordering::Greater, std::cmp::Ordering::Less) => Newer::Conflict,
            (std::cmp::Ordering::Less, _) | (_, std::cmp::Ordering::Less) => Newer::Second,
            _ => Newer::First,
        }
    }

    /// The sort key, oldest first: the date, else the last message.
    pub(super) fn order(self) -> (i64, i64) {
        let day = self.last.div_euclid(86_400_000) * 86_400_000;
        (self.dated.unwrap_or(day), self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(dated: Option<i64>, last: i64) -> Age {
        Age { dated, last }
    }

    #[test]
    fn dates_decide_before_last_messages() {
        for (one, other, expected) in [
            (age(None, 2), age(None, 1), Newer::First),
            (age(None, 1), age(None, 2), Newer::Second),
            (age(None, 1), age(None, 1), Newer::First),
            (age(Some(9), 1), age(Some(8), 1), Newer::First),
            (age(Some(8), 1), age(Some(9), 1), Newer::Second),
            (age(Some(8), 2), age(Some(9), 1), Newer::Conflict),
            (age(Some(9), 1), age(Some(8), 2), Newer::Conflict),
            // The date of one archive only cannot be compared.
            (age(Some(9), 1), age(None, 2), Newer::Second),
        ] {
            assert_eq!(one.newer(other), expected, "{one:?} {other:?}");
        }
    }
}
