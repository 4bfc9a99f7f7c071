//! Two tellings of a chat of which one is earlier or later than the other as a whole.
//!
//! Pure. The zone was corrected, or the phone was in another one when it exported.

use std::collections::{HashMap, HashSet};

use super::drift::{Drift, SECONDS, is_file, side};
use super::places::Place;
use super::{Fingerprint, Record};
use crate::matching::sequence::{Key, align};
use crate::transform::desired::DesiredMessage;
use crate::transform::markers::NEAR;

/// No zone is further from another, in milliseconds.
pub(super) const FAR: i64 = 26 * 3_600_000;

/// Zones differ by quarters of an hour, in milliseconds.
pub(super) const QUARTER: i64 = 15 * 60_000;

/// A corrected zone moves every message, and with daylight saving time not all by the same time;
/// another message may even have got the id of one that moved away. So ids count for nothing, and
/// the whole of the chat is laid beside the whole of its records. Where two that say the same are
/// as far apart as zones can be, they are one; between two of them, what has moved by the same
/// time as its neighbour is one too, whatever it says by now.
pub(super) fn laid_beside(
    wanted: &[DesiredMessage],
    records: &[Place<'_>],
    fingerprint: &Fingerprint,
    drift: &mut Drift,
) {
    let mut old: Vec<Place<'_>> = records.to_vec();
    // As they were first recorded: a correction that was broken off leaves some here, some there.
    old.sort_unstable_by_key(|place| (place.trace.first_at, place.external_id));
    let mut new: Vec<&DesiredMessage> = wanted.iter().collect();
    new.sort_by_key(|message| message.activity_at);
    // Who said it counts too, unless an older version recorded some without.
    let sides: Option<Vec<bool>> = old.iter().map(|place| place.trace.outgoing).collect();
    let new_keys: Vec<Key> = (new.iter())
        .map(|m| by(key(m, fingerprint), sides.is_some() && side(m.direction)))
        .collect();
    let old_keys: Vec<Key> = (old.iter().enumerate())
        .map(|(at, place)| by(place.key(), sides.as_ref().is_some_and(|sides| sides[at])))
        .collect();
    let pairs = align(&new_keys, &old_keys);
    let is_rare = |keys: &[Key]| -> HashSet<Key> {
        let mut seen = HashSet::new();
        let again: HashSet<Key> = keys
            .iter()
            .filter(|key| !seen.insert(**key))
            .copied()
            .collect();
        seen.difference(&again).copied().collect()
    };
    let (rare_here, rare_there) = (is_rare(&new_keys), is_rare(&old_keys));
    let mut beside = Beside {
        new: &new,
        old: &old,
        taken: HashSet::new(),
        shifts: vec![None; new.len()],
        found: &mut drift.found,
    };
    // What each side says once is certain. What stands in another order than before is found by
    // its words, a file that is left out here or there among the files, what has other words by
    // its place.
    for (place, record) in &pairs {
        let key = &new_keys[*place];
        if rare_here.contains(key) && rare_there.contains(key) {
            beside.take(*place, *record);
        }
    }
    // What is said again and again goes by its order, where that agrees with what is certain: by as
    // much as something certain has moved, or not at all, since a run before was broken off.
    let seconds = |shift: i64| (shift + 1000).div_euclid(SECONDS);
    let certain: HashSet<i64> = beside
        .shifts
        .iter()
        .flatten()
        .map(|s| seconds(*s))
        .collect();
    for (place, record) in &pairs {
        let shift = new[*place].activity_at.timestamp_millis() - old[*record].trace.at;
        if certain.contains(&seconds(shift)) {
            beside.take(*place, *record);
        }
    }
    beside.near(|place, record| old_keys[record] == new_keys[place], true);
    for (place, record) in pairs {
        beside.take(place, record);
    }
    let is_left_out = |place: usize, record: usize| {
        let (message, trace): (&DesiredMessage, _) = (new[place], &old[record].trace);
        let both = trace.files > 0 && !message.files.is_empty();
        is_file(message) && trace.is_media == Some(true) && !both
    };
    beside.near(|place, record| old_keys[record] == new_keys[place], true);
    beside.near(is_left_out, true);
    beside.near(|_, _| true, false);
}

/// Two tellings, and what of them is known to be one.
struct Beside<'b> {
    /// In order of time.
    new: &'b [&'b DesiredMessage],
    old: &'b [Place<'b>],
    taken: HashSet<usize>,
    /// By how much each message of the new telling is later.
    shifts: Vec<Option<i64>>,
    found: &'b mut HashMap<String, Record>,
}

impl Beside<'_> {
    /// Takes two for one, if both are free and as far apart as zones can be.
    fn take(&mut self, place: usize, record: usize) {
        let shift = self.new[place].activity_at.timestamp_millis() - self.old[record].trace.at;
        if is_zone(shift) && self.shifts[place].is_none() && self.taken.insert(record) {
            self.shifts[place] = Some(shift);
            let id = self.new[place].external_id.clone();
            self.found.insert(id, self.old[record].owned());
        }
    }

    /// Takes for each message the record that is as far from it as its neighbours are from theirs,
    /// if `fits` says so: the nearest, or else only where there is no other.
    fn near(&mut self, fits: impl Fn(usize, usize) -> bool, nearest: bool) {
        let mut by_time: Vec<usize> = (0..self.old.len()).collect();
        by_time.sort_unstable_by_key(|place| self.old[*place].trace.at);
        let mut shift = self.shifts.iter().flatten().next().copied();
        for place in 0..self.new.len() {
            let message = self.new[place];
            shift = self.shifts[place].or(shift);
            let (None, Some(shift)) = (self.shifts[place], shift) else {
                continue;
            };
            let then = message.activity_at.timestamp_millis() - shift;
            let from = by_time.partition_point(|record| self.old[*record].trace.at < then - NEAR);
            let near: Vec<usize> = (by_time[from..].iter().copied())
                .take_while(|record| self.old[*record].trace.at <= then + NEAR)
                .filter(|record| !self.taken.contains(record) && fits(place, *record))
                .filter(|record| {
                    let outgoing = self.old[*record].trace.outgoing;
                    outgoing.is_none_or(|outgoing| outgoing == side(message.direction))
                })
                .collect();
            let away = |record: &&usize| (self.old[**record].trace.at - then).abs();
            let record = match near.as_slice() {
                [only] => Some(*only),
                several if nearest => several.iter().min_by_key(away).copied(),
                _ => None,
            };
            if let Some(record) = record {
                self.take(place, record);
            }
        }
    }
}

pub(super) fn is_zone(shift: i64) -> bool {
    let rest = shift.rem_euclid(QUARTER);
    shift.abs() <= FAR && rest.min(QUARTER - rest) <= NEAR
}

/// What is said, and by whom.
fn by(mut said: Key, outgoing: bool) -> Key {
    said[0] ^= u8::from(outgoing);
    said
}

/// What a message says, as its record would.
fn key(message: &DesiredMessage, fingerprint: &Fingerprint) -> Key {
    if message.files.is_empty() {
        (fingerprint.0)("body", message.said(message.markdown.reveal()))
    } else {
        (fingerprint.0)("media", &super::files_text(&message.files))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_differ_by_quarters_of_an_hour() {
        let hour = 3_600_000;
        for shift in [
            0,
            hour,
            -6 * hour,
            5 * hour + hour / 2,
            hour + 59_000,
            -hour / 4,
        ] {
            assert!(is_zone(shift), "{shift}");
        }
        for shift in [5 * 60_000, 30 * hour, hour + 120_000] {
            assert!(!is_zone(shift), "{shift}");
        }
    }
}
