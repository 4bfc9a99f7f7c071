//! Differences between local times, as transcripts have them.
//!
//! The phones of two zones show local times whose difference stays the same when both zones change their clocks in
//! one night, while the instants that are read of them in the zone of one phone differ by an hour more or less for
//! some hours. Never here: which difference there is ([`super::zone_shift`]).

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::tolerance::MAX_DIFFERENCE;

/// The local times of a zone; without one, those of UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct LocalTimes(pub(super) Option<Tz>);

impl LocalTimes {
    /// By how much the local time of an instant is later than that of another one. All in Unix milliseconds.
    pub(super) fn difference(self, at: i64, other: i64) -> i64 {
        let locals = self.local(at).zip(self.local(other));
        locals.map_or(at - other, |(at, other)| (at - other).num_milliseconds())
    }

    /// The instant whose local time is earlier by `difference` than that of `at`. Of a local time that occurs twice
    /// the first, unless that is before `previous`, the message before it. All in Unix milliseconds.
    pub(super) fn earlier(self, at: i64, difference: i64, previous: i64) -> i64 {
        let Some((zone, local)) = self.0.zip(self.local(at)) else {
            return at - difference;
        };
        let local = local - TimeDelta::milliseconds(difference);
        let read = zone.from_local_datetime(&local);
        let (first, second) = (read.earliest(), read.latest());
        let is_behind = |at: &DateTime<Tz>| at.timestamp_millis() >= previous - MAX_DIFFERENCE;
        let instant = first.filter(is_behind).or(second).or(first);
        // A local time that the zone skips.
        instant.map_or(at - difference, |instant| instant.timestamp_millis())
    }

    fn local(self, at: i64) -> Option<NaiveDateTime> {
        let zone = self.0?;
        let instant = DateTime::from_timestamp_millis(at)?;
        Some(instant.with_timezone(&zone).naive_local())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tolerance::HOUR;
    use chrono_tz::Europe::Berlin;

    fn at(text: &str) -> i64 {
        let instant: DateTime<chrono::Utc> = text.parse().expect("an instant");
        instant.timestamp_millis()
    }

    /// London shows 01:42 for 01:42Z and 03:13 for 03:13Z, which are read in Berlin as 23:42Z and 02:13Z.
    #[test]
    fn difference_of_london_is_an_hour_all_night() {
        let local = LocalTimes(Some(Berlin));
        let read = at("2024-10-26T23:42:00Z");
        let true_time = at("2024-10-27T01:42:00Z");
        assert_eq!(local.difference(read, true_time), -HOUR);
        let next = local.earlier(at("2024-10-27T02:13:00Z"), -HOUR, true_time);
        assert_eq!(next, at("2024-10-27T03:13:00Z"));
    }

    #[test]
    fn repeated_local_time_is_behind_the_message_before_it() {
        let local = LocalTimes(Some(Berlin));
        // 01:20 in London, twice.
        let read = at("2024-10-26T23:20:00Z");
        for (previous, expected) in [
            ("2024-10-26T23:10:00Z", "2024-10-27T00:20:00Z"),
            ("2024-10-27T00:20:00Z", "2024-10-27T00:20:00Z"),
            ("2024-10-27T00:50:00Z", "2024-10-27T01:20:00Z"),
            ("2024-10-27T01:10:00Z", "2024-10-27T01:20:00Z"),
            ("2024-10-27T01:40:00Z", "2024-10-27T01:20:00Z"),
        ] {
            let found = local.earlier(read, -HOUR, at(previous));
            assert_eq!(found, at(expected), "{previous}");
        }
    }

    #[test]
    fn skipped_local_time_keeps_the_difference() {
        let local = LocalTimes(Some(Berlin));
        let read = at("2024-03-31T02:30:00Z");
        assert_eq!(local.earlier(read, 2 * HOUR, 0), at("2024-03-31T00:30:00Z"));
    }

    #[test]
    fn instants_without_a_zone_differ_by_themselves() {
        let local = LocalTimes(None);
        assert_eq!(local.difference(5 * HOUR, 3 * HOUR), 2 * HOUR);
        assert_eq!(local.earlier(5 * HOUR, 2 * HOUR, 0), 3 * HOUR);
    }
}
