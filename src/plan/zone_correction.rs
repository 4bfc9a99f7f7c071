//! Records whose times were read in a zone that was corrected since.
//!
//! Belongs here: the instants that the recorded ones are in the corrected zone. Never here: pairing, or
//! a zone that is inferred.

use chrono::{DateTime, TimeZone as _};
use chrono_tz::Tz;

use super::Known;
use super::evidence::Records;
use crate::matching::Timeline;
use crate::transform::time::after_gap;

/// The records as they are once their local times are read in the current zone; `None` where the zone
/// was not corrected. Instants of databases stay.
pub(super) fn reread(old: &Timeline, records: &Records<'_>, known: &Known) -> Option<Timeline> {
    let (from, to) = known.zone.zip(known.current_zone)?;
    if !known.zone_corrected || from == to {
        return None;
    }
    let mut reread = old.clone();
    for (observation, record) in reread.observations.iter_mut().zip(records.iter()) {
        if record.trace.exact != Some(true) {
            observation.at = corrected(observation.at, from, to);
        }
    }
    Some(reread)
}

/// An instant in Unix milliseconds, its local time in one zone read in the other one, as transcripts
/// are read.
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
