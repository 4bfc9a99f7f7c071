//! Differences between local times, as transcripts have them.
//!
//! The phones of two zones show local times whose difference stays the same when both zones change their clocks in
//! one night, while the instants that are read of them in the zone of one phone differ by an hour more or less for
//! some hours. Never here: which difference there is ([`super::zone_shift`]).

use std::collections::HashMap;

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::tolerance::{HOUR, MAX_DIFFERENCE, SECOND};

/// One day, in milliseconds.
const DAY: i64 = 24 * HOUR;

/// The local times of a zone; without one, those of UTC.
#[derive(Debug)]
pub(super) struct LocalTimes {
    zone: Option<Tz>,
    /// Whether zones of an offset change their clocks as this one does, by a known instant and a day.
    changes: HashMap<(i64, i64), bool>,
}

/// A message whose instant is known, of a phone in another zone. In Unix milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    /// The instant.
    pub(super) at: i64,
    /// By how much its local time is later than in this zone.
    pub(super) difference: i64,
}

impl LocalTimes {
    pub(super) fn of(zone: Option<Tz>) -> LocalTimes {
        LocalTimes {
            zone,
            changes: HashMap::new(),
        }
    }

    /// A message that is read at one instant and was sent at another one.
    pub(super) fn anchor(&self, read: i64, at: i64) -> Anchor {
        Anchor {
            at,
            difference: self.local(read) - self.local(at),
        }
    }

    /// The instant of a message of the same phone that is read at `read`. Of a local time that occurs twice the first,
    /// unless that is before `previous`, the message before it. All in Unix milliseconds.
    pub(super) fn instant(&mut self, read: i64, anchor: Anchor, previous: i64) -> i64 {
        let Some(zone) = self.zone else {
            return read - anchor.difference;
        };
        let local = DateTime::from_timestamp_millis(self.local(read) - anchor.difference);
        let found = local.map(|local| zone.from_local_datetime(&local.naive_utc()));
        let (first, second) = found.map_or((None, None), |at| (at.earliest(), at.latest()));
        let is_behind = |at: &DateTime<Tz>| at.timestamp_millis() >= previous - MAX_DIFFERENCE;
        let instant = first.filter(is_behind).or(second).or(first);
        // A local time that the zone skips.
        let Some(instant) = instant.map(|instant| instant.timestamp_millis()) else {
            return read - anchor.difference;
        };
        match self.change_with(anchor, instant) {
            true => instant,
            false => self.local(read) - offset(zone, anchor.at) - anchor.difference,
        }
    }

    /// Whether a zone of the phone's offset changes its clocks between these instants as much as this one does. If
    /// none does, the phone's offset stays.
    fn change_with(&mut self, anchor: Anchor, instant: i64) -> bool {
        let Some(zone) = self.zone else {
            return true;
        };
        let own = offset(zone, anchor.at);
        let change = offset(zone, instant) - own;
        let there = own + anchor.difference;
        let may_change = || {
            let is_one = |other: &Tz| {
                offset(*other, anchor.at) == there && offset(*other, instant) == there + change
            };
            TZ_VARIANTS.iter().any(is_one)
        };
        let key = (anchor.at, instant.div_euclid(DAY));
        change == 0 || *self.changes.entry(key).or_insert_with(may_change)
    }

    /// The local time at an instant, as if it were one. In Unix milliseconds.
    fn local(&self, at: i64) -> i64 {
        at + self.zone.map_or(0, |zone| offset(zone, at))
    }
}

/// The difference of a zone's local time from UTC, in milliseconds.
pub(super) fn offset(zone: Tz, at: i64) -> i64 {
    let instant = DateTime::from_timestamp_millis(at);
    let offset = instant.map(|at| zone.offset_from_utc_datetime(&at.naive_utc()).fix());
    offset.map_or(0, |offset| i64::from(offset.local_minus_utc()) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Berlin;

    fn at(text: &str) -> i64 {
        let instant: DateTime<chrono::Utc> = text.parse().expect("an instant");
        instant.timestamp_millis()
    }

    /// London shows 01:42 for 01:42Z and 03:13 for 03:13Z, which are read in Berlin as 23:42Z and 02:13Z.
    #[test]
    fn difference_of_london_is_an_hour_all_night() {
        let mut local = LocalTimes::of(Some(Berlin));
        let anchor = local.anchor(at("2024-10-26T23:42:00Z"), at("2024-10-27T01:42:00Z"));
        assert_eq!(anchor.difference, -HOUR);
        let next = local.instant(at("2024-10-27T02:13:00Z"), anchor, anchor.at);
        assert_eq!(next, at("2024-10-27T03:13:00Z"));
    }

    /// No zone of UTC+9 changes its clocks, and none of UTC-4 does so with those of Europe.
    #[test]
    fn offset_of_a_zone_without_a_clock_change_stays() {
        for hours in [7, -6] {
            let mut local = LocalTimes::of(Some(Berlin));
            let evening = at("2024-10-26T20:00:00Z");
            let anchor = Anchor {
                at: evening,
                difference: hours * HOUR,
            };
            // The local time of the phone at this instant, read in Berlin.
            let noon = at("2024-10-28T12:00:00Z");
            let read = noon + (hours + 1) * HOUR;
            assert_eq!(local.instant(read, anchor, evening), noon, "{hours}");
        }
    }

    #[test]
    fn repeated_local_time_is_behind_the_message_before_it() {
        // 01:20 in London, twice.
        let read = at("2024-10-26T23:20:00Z");
        for (previous, expected) in [
            ("2024-10-26T23:10:00Z", "2024-10-27T00:20:00Z"),
            ("2024-10-27T00:20:00Z", "2024-10-27T00:20:00Z"),
            ("2024-10-27T00:50:00Z", "2024-10-27T01:20:00Z"),
            ("2024-10-27T01:10:00Z", "2024-10-27T01:20:00Z"),
            ("2024-10-27T01:40:00Z", "2024-10-27T01:20:00Z"),
        ] {
            let mut local = LocalTimes::of(Some(Berlin));
            let anchor = Anchor {
                at: at("2024-10-26T20:00:00Z"),
                difference: -HOUR,
            };
            let found = local.instant(read, anchor, at(previous));
            assert_eq!(found, at(expected), "{previous}");
        }
    }

    #[test]
    fn instants_without_a_zone_differ_by_themselves() {
        let mut local = LocalTimes::of(None);
        let anchor = local.anchor(5 * HOUR, 3 * HOUR);
        assert_eq!(anchor.difference, 2 * HOUR);
        assert_eq!(local.instant(9 * HOUR, anchor, 0), 7 * HOUR);
    }
}
