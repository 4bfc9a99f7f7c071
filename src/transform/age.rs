//! How old an archive is: when it was made, as far as it tells.
//!
//! Belongs here: the one order of archives that decides between two different edits of a message.
//! Never here: states. What is deleted or edited outweighs what is not, whatever its age.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::resolve::Source;

/// When an archive was made. Times are local ones of the phone, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The date of the transcript's entry in its zip, where that is plausible.
    pub dated: Option<i64>,
    /// The minute of the last message.
    pub last: i64,
}

/// Which of two archives is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// The first one, or nothing tells.
    First,
    /// The second one.
    Second,
    /// Their dates say otherwise than their last messages.
    Conflict,
}

impl Age {
    /// The age of an archive. A date is plausible if it is not before the last message, give or
    /// take a day, and not after `today`: mail programs and phones pack archives anew.
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

    /// What sorts archives, the oldest first: the date, else the last message.
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
    fn dates_decide_then_last_messages() {
        for (one, other, expected) in [
            (age(None, 2), age(None, 1), Newer::First),
            (age(None, 1), age(None, 2), Newer::Second),
            (age(None, 1), age(None, 1), Newer::First),
            (age(Some(9), 1), age(Some(8), 1), Newer::First),
            (age(Some(8), 1), age(Some(9), 1), Newer::Second),
            (age(Some(8), 2), age(Some(9), 1), Newer::Conflict),
            (age(Some(9), 1), age(Some(8), 2), Newer::Conflict),
            // One date alone says nothing of the other.
            (age(Some(9), 1), age(None, 2), Newer::Second),
        ] {
            assert_eq!(one.newer(other), expected, "{one:?} {other:?}");
        }
    }
}
