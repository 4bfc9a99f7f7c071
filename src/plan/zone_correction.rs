//! Records whose times were read in a zone that was corrected since.
//!
//! Here belong the instants of records in the corrected zone; never pairing, or an inferred zone.

use chrono::{DateTime, TimeZone as _};
use chrono_tz::Tz;

use super::Known;
use super::evidence::{RecordedMessage, Records};
use crate::matching::Timeline;
use crate::matching::tolerance::{MAX_DIFFERENCE, QUARTER, quarters};
use crate::transform::time::after_gap;

/// The records as they may be in the corrected zone, the most probable reading first. Instants of databases
/// stay.
pub(super) fn readings(old: &Timeline, records: &Records<'_>, known: &Known) -> Vec<Timeline> {
    let zones = known.zone.zip(known.current_zone);
    let Some((from, to)) = zones.filter(|(from, to)| known.zone_corrected && from != to) else {
        // An earlier import corrected the zone; it did not reach messages that its archives lacked.
        let left = left_behind(records);
        let rest = read(old, records, |at, index, _| at + left[index]);
        return vec![old.clone(), rest];
    };
    let reread = |at: i64, _: usize, _: &RecordedMessage<'_>| corrected(at, from, to);
    let of_checkpoint = |at: i64, index: usize, record: &RecordedMessage<'_>| match record.listed {
        None => reread(at, index, record),
        Some(_) => at,
    };
    let all = read(old, records, reread);
    match records.iter().any(|record| record.listed.is_some()) {
        // An older copy of the checkpoint: a later import may have corrected the listed activities.
        true => vec![read(old, records, of_checkpoint), all],
        false => vec![all],
    }
}

fn read(
    old: &Timeline,
    records: &Records<'_>,
    instant: impl Fn(i64, usize, &RecordedMessage<'_>) -> i64,
) -> Timeline {
    let mut read = old.clone();
    let both = read.observations.iter_mut().zip(records.iter());
    for (index, (observation, record)) in both.enumerate() {
        if record.facts.exact != Some(true) {
            observation.at = instant(observation.at, index, record);
        }
    }
    read
}

/// The number of milliseconds by which each record is to be moved: that of the nearest corrected one, if no
/// run has changed it since that one was corrected.
fn left_behind(records: &Records<'_>) -> Vec<i64> {
    let by = |record: &RecordedMessage<'_>| record.facts.at - record.facts.first_at;
    let is_corrected = |record: &&RecordedMessage<'_>| by(record).abs() > MAX_DIFFERENCE;
    let mut corrected: Vec<_> = (records.iter().filter(is_corrected))
        .map(|record| (record.facts.first_at, by(record), record.facts.run))
        .collect();
    corrected.sort_unstable();
    let of = |record: &RecordedMessage<'_>| {
        let behind = corrected.partition_point(|(first, ..)| *first < record.facts.first_at);
        let around = &corrected[behind.saturating_sub(1)..(behind + 1).min(corrected.len())];
        let away = |(first, ..): &&(i64, i64, u32)| (first - record.facts.first_at).abs();
        let nearest = around.iter().min_by_key(away);
        let is_older = |(.., run): &&(i64, i64, u32)| record.facts.run < *run;
        match nearest.filter(is_older) {
            Some((_, by, _)) if !is_corrected(&record) => quarters(*by) * QUARTER,
            _ => 0,
        }
    };
    records.iter().map(of).collect()
}

/// The local time of an instant in one zone read in the other one, as transcripts are read. Both in Unix
/// milliseconds.
fn corrected(at: i64, from: Tz, to: Tz) -> i64 {
    let local = DateTime::from_timestamp_millis(at).map(|at| at.with_timezone(&from).naive_local());
    let Some(local) = local else { return at };
    let instant = to.from_local_datetime(&local).earliest();
    let instant = instant.map_or_else(|| after_gap(to, local), |instant| instant.to_utc());
    instant.timestamp_millis()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::America::New_York;
    use chrono_tz::Europe::{Berlin, London};

    #[test]
    fn local_time_is_read_in_the_other_zone() {
        let at = |text: &str| {
            let instant: DateTime<chrono::Utc> = text.parse().expect("an instant");
            instant.timestamp_millis()
        };
        let read = corrected(at("2024-03-15T01:22:25.002Z"), London, Berlin);
        assert_eq!(read, at("2024-03-15T00:22:25.002Z"));
        // 2:20 is skipped in New York: it is read as 3:20.
        let night = at("2024-03-10T01:20:00Z");
        let read_there = corrected(night, Berlin, New_York);
        assert_eq!(read_there, at("2024-03-10T07:20:00Z"));
        assert_eq!(
            corrected(read, Berlin, London),
            at("2024-03-15T01:22:25.002Z")
        );
    }
}
