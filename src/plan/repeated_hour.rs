//! The repeated hour at the end of daylight saving time, in records and in new messages.
//!
//! Here belongs whether a recorded instant may be an hour early, because its export did not show which of
//! the two hours it was, and what records show of new messages of that hour. Never here: pairing.

use std::collections::BTreeSet;

use chrono::{DateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::RecordFacts;
use super::evidence::Records;
use crate::matching::Repeat;
use crate::matching::tolerance::{HOUR, MAX_DIFFERENCE};
use crate::transform::desired::DesiredMessage;

const SECOND: i64 = 1_000;
const DAY: i64 = 24 * HOUR;

/// A night in which clocks are set back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Night {
    /// Start of the second hour, in Unix milliseconds.
    at: i64,
    /// The number of milliseconds that clocks are set back by.
    by: i64,
    /// The archives with messages in the second hour: one contained both hours, or lines of both, and its
    /// order settled its others. That is no evidence for those of another archive.
    settled: BTreeSet<Option<u16>>,
}

/// The nights that the records of a chat cover, in its zone, by time.
pub(super) struct Nights(Vec<Night>);

impl Nights {
    pub(super) fn of(records: &Records<'_>, zone: Tz) -> Nights {
        let rounded = || {
            let facts = records.iter().map(|record| &record.facts);
            facts.filter(|facts| !is_exact(facts))
        };
        let times = || rounded().map(|facts| facts.at);
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return Nights(Vec::new());
        };
        let mut nights = Nights(clock_changes(zone, first, last));
        for facts in rounded() {
            let at = facts.at;
            let next = nights.0.partition_point(|night| night.at <= at);
            let night = next
                .checked_sub(1)
                .and_then(|index| nights.0.get_mut(index));
            if let Some(night) = night.filter(|night| at < night.at + night.by) {
                night.settled.insert(facts.source);
            }
        }
        nights
    }

    /// By how much the recorded instant may be early.
    pub(super) fn may_be_early(&self, facts: &RecordFacts) -> Repeat {
        let next = self.0.partition_point(|night| night.at <= facts.at);
        let night = self.0.get(next);
        let is_early = |night: &Night| {
            facts.at >= night.at - night.by && !night.settled.contains(&facts.source)
        };
        let night = night.filter(|night| is_early(night) && !is_exact(facts));
        night.map_or(Repeat::NEVER, |night| Repeat::of_millis(night.by))
    }
}

/// The nights between two instants, both in Unix milliseconds, in which clocks are set back.
fn clock_changes(zone: Tz, first: i64, last: i64) -> Vec<Night> {
    let offset = |at: i64| {
        let instant = DateTime::from_timestamp_millis(at)?;
        let offset = zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
        Some(i64::from(offset.local_minus_utc()) * SECOND)
    };
    let mut nights = Vec::new();
    let mut day = first - DAY;
    while day <= last {
        let next = day + DAY;
        if let Some((before, after)) = offset(day).zip(offset(next))
            && before > after
        {
            // The first millisecond with the later offset.
            let (mut low, mut high) = (day, next);
            while high - low > 1 {
                let middle = i64::midpoint(low, high);
                match offset(middle) == Some(before) {
                    true => low = middle,
                    false => high = middle,
                }
            }
            nights.push(Night {
                at: high,
                by: before - after,
                settled: BTreeSet::new(),
            });
        }
        day = next;
    }
    nights
}

/// Moves new messages of a night to its second hour if a message before them is recorded there: an
/// archive whose order does not settle the hour has all of them in one.
pub(super) fn follow_records(
    wanted: &mut [DesiredMessage],
    record_of: impl Fn(&DesiredMessage) -> Option<RecordFacts>,
) {
    let mut second: Option<(u32, DateTime<Utc>)> = None;
    for message in wanted.iter_mut().filter(|m| m.evidence.repeats.is_some()) {
        let at = message.activity_at;
        let repeat = message.evidence.repeats.millis();
        // Its own archive shows what was before it.
        second = second.filter(|(archive, before)| {
            *archive == message.archive && (at - *before).num_milliseconds().abs() <= repeat
        });
        match record_of(message) {
            Some(recorded) => {
                let later = recorded.at - at.timestamp_millis();
                second =
                    ((later - repeat).abs() <= MAX_DIFFERENCE).then_some((message.archive, at));
            }
            None if second.is_some() => message.activity_at += TimeDelta::milliseconds(repeat),
            None => {}
        }
    }
}

fn is_exact(facts: &RecordFacts) -> bool {
    facts.exact == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;

    #[test]
    fn clocks_are_set_back_once_a_year() {
        let at = |text: &str| {
            let instant: DateTime<Utc> = text.parse().expect("an instant");
            instant.timestamp_millis()
        };
        let between = |first, last| clock_changes(Berlin, at(first), at(last));
        let night = |text| Night {
            at: at(text),
            by: HOUR,
            settled: BTreeSet::new(),
        };
        let nights = [night("2023-10-29T01:00:00Z"), night("2024-10-27T01:00:00Z")];
        assert_eq!(
            between("2023-03-01T10:00:00Z", "2025-03-31T10:00:00Z"),
            nights
        );
        let within = between("2024-10-27T00:10:00Z", "2024-10-27T01:10:00Z");
        assert_eq!(within, nights[1..]);
        assert_eq!(between("2024-03-30T10:00:00Z", "2024-04-02T10:00:00Z"), []);
    }
}
