//! The hour that occurs twice, at the end of daylight saving time, in records and after them.
//!
//! Belongs here: whether a recorded instant may be an hour early, because the export that gave it did
//! not show which of the two hours it meant, and what records show of new messages of that hour.
//! Never here: pairing.

use std::collections::HashSet;

use chrono::{DateTime, MappedLocalTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::evidence::Records;
use super::reconcile::Reconciled;
use super::{Known, Recorded, Trace};
use crate::matching::tolerance::{HOUR, NEAR};
use crate::transform::desired::DesiredMessage;

/// Which of the two hours an instant is in, in one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hour {
    /// The local time occurs once.
    Single,
    First,
    Second,
}

/// The nights whose hours are recorded, in the zone of a chat.
pub(super) struct Nights {
    zone: Tz,
    /// Local dates on which something is recorded in the second hour: the export that gave it
    /// contained both hours, or lines of both, and its order settled the others.
    settled: HashSet<NaiveDate>,
}

impl Nights {
    pub(super) fn of(records: &Records<'_>, zone: Tz) -> Nights {
        let settled = (records.iter())
            .filter(|record| !is_exact(&record.trace))
            .filter_map(|record| match hour(zone, record.trace.at) {
                (Hour::Second, date) => date,
                (Hour::First | Hour::Single, _) => None,
            })
            .collect();
        Nights { zone, settled }
    }

    /// Whether the recorded instant may be one hour early.
    pub(super) fn may_be_early(&self, trace: &Trace) -> bool {
        if is_exact(trace) {
            return false;
        }
        let (hour, date) = hour(self.zone, trace.at);
        hour == Hour::First && date.is_some_and(|date| !self.settled.contains(&date))
    }
}

/// Moves new messages of a night to its second hour where a message before them is recorded there: an
/// archive whose order does not settle the hour has all of them in one.
pub(super) fn follow_records(wanted: &mut [DesiredMessage], found: &Reconciled, known: &Known) {
    let mut second: Option<DateTime<Utc>> = None;
    for message in wanted.iter_mut().filter(|m| m.evidence.repeats) {
        let at = message.activity_at;
        second = second.filter(|before| (at - *before).num_milliseconds().abs() <= HOUR);
        match recorded_at(message, found, known) {
            Some(recorded) => {
                let later = recorded - at.timestamp_millis();
                second = ((later - HOUR).abs() <= NEAR).then_some(at);
            }
            None if second.is_some() => message.activity_at += TimeDelta::milliseconds(HOUR),
            None => {}
        }
    }
}

/// The instant at which a message is recorded, in Unix milliseconds.
fn recorded_at(message: &DesiredMessage, found: &Reconciled, known: &Known) -> Option<i64> {
    let id = message.external_id.as_str();
    if let Some(record) = found.matched.get(id) {
        return Some(record.trace.at);
    }
    match known.recorded.get(id)? {
        _ if found.reused_ids.contains(id) => None,
        Recorded::Done { trace, .. } | Recorded::Unsettled { trace } | Recorded::Gone { trace } => {
            Some(trace.at)
        }
        Recorded::NotThere => None,
    }
}

fn is_exact(trace: &Trace) -> bool {
    trace.exact == Some(true)
}

/// The hour and the local date of an instant in Unix milliseconds.
fn hour(zone: Tz, at: i64) -> (Hour, Option<NaiveDate>) {
    let Some(instant) = DateTime::from_timestamp_millis(at) else {
        return (Hour::Single, None);
    };
    let local = instant.with_timezone(&zone).naive_local();
    let hour = match zone.from_local_datetime(&local) {
        MappedLocalTime::Ambiguous(first, _) if first.with_timezone(&Utc) == instant => Hour::First,
        MappedLocalTime::Ambiguous(..) => Hour::Second,
        MappedLocalTime::Single(_) | MappedLocalTime::None => Hour::Single,
    };
    (hour, Some(local.date()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;

    #[test]
    fn hour_of_an_instant_is_that_of_its_zone() {
        let of = |text: &str| {
            let instant: DateTime<Utc> = text.parse().expect("an instant");
            hour(Berlin, instant.timestamp_millis()).0
        };
        assert_eq!(of("2024-10-26T23:59:59Z"), Hour::Single);
        assert_eq!(of("2024-10-27T00:10:00Z"), Hour::First);
        assert_eq!(of("2024-10-27T01:10:00Z"), Hour::Second);
        assert_eq!(of("2024-10-27T02:00:00Z"), Hour::Single);
        assert_eq!(of("2024-03-31T01:30:00Z"), Hour::Single);
    }
}
