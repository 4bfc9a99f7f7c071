//! Messages whose ids have moved since they were recorded.
//!
//! An iPhone's times move by a second between exports, which can cross a minute
//! (`whatsapp-export-format.md` section 7), and an edited text gives another id: such a message is
//! found again here and keeps the activity that it has. So does every message of a chat whose zone
//! or number was corrected: old and new are laid side by side ([`crate::transform::align`]). What was put
//! onto another lead, or has moved in time without a reason that is known, is not decided: posting
//! it again would double it, so the chat is held.

use std::collections::{HashMap, HashSet};

use super::places::{Place, Places};
use super::{Fingerprint, Known, Record, Recorded, Trace};
use crate::transform::align::{Key, align};
use crate::transform::desired::{DesiredMessage, Held};

/// Two exports of one message differ by a second, and their stamps by a minute at most, with the
/// milliseconds that keep equal stamps in order.
pub(super) const NEAR: i64 = 61_000;

/// No zone is further from another.
const FAR: i64 = 26 * 3_600_000;

/// Zones differ by quarters of an hour.
const QUARTER: i64 = 15 * 60_000;

/// What became of the messages whose ids are not recorded.
#[derive(Debug, Default)]
pub(super) struct Drift {
    /// External id of a desired message to its record.
    pub(super) found: HashMap<String, Record>,
    /// Why the chat is held, if it is.
    pub(super) held: Option<Held>,
}

/// Looks for desired messages without a record among the records without a desired message.
pub(super) fn drift(wanted: &[DesiredMessage], known: &Known) -> Drift {
    let mut drift = Drift::default();
    let Some(fingerprint) = &known.fingerprint else {
        return drift;
    };
    if known.zone_corrected {
        zone_corrected(wanted, known, fingerprint, &mut drift);
    }
    let new: Vec<&DesiredMessage> = wanted
        .iter()
        .filter(|m| {
            !known.recorded.contains_key(&m.external_id)
                && !known.listed.contains_key(&m.external_id)
                && !drift.found.contains_key(&m.external_id)
        })
        .collect();
    if new.is_empty() {
        return drift;
    }
    let mut ids: HashSet<&str> = wanted.iter().map(|m| m.external_id.as_str()).collect();
    ids.extend(
        drift
            .found
            .values()
            .map(|record| record.external_id.as_str()),
    );
    let mut left: Vec<Place<'_>> = done(known)
        .filter(|place| !ids.contains(place.external_id))
        .collect();
    left.extend(known.former.iter().map(Place::of));
    if left.is_empty() && known.elsewhere.is_empty() {
        return drift;
    }
    left.sort_unstable_by_key(|place| (place.trace.at, place.external_id));
    let mut found = HashMap::new();
    let mut other = 0usize;
    let mut unmatched: Vec<(i64, Key)> = Vec::new();
    let elsewhere = by_body(known.elsewhere.iter().copied());
    let mut places = Places::new(&left);
    // An export of which a message is where it was is not moved as a whole; what lies before it
    // was cut off, and a later message may say the same.
    let in_place = |m: &&DesiredMessage| {
        matches!(
            known.recorded.get(&m.external_id),
            Some(Recorded::Done { .. })
        )
    };
    let begin = match wanted.iter().any(|m| in_place(&m)) {
        true => wanted
            .iter()
            .map(|m| m.activity_at.timestamp_millis())
            .min(),
        false => None,
    };
    let from = begin.map_or(i64::MIN, |begin| begin - NEAR);
    for message in new {
        let at = message.activity_at.timestamp_millis();
        let body = (fingerprint.0)("body", message.markdown.reveal());
        let media = (!message.files.is_empty())
            .then(|| (fingerprint.0)("media", &super::files_text(&message.files)));
        let place = media
            .and_then(|media| places.near_media(at, media))
            .or_else(|| places.near_body(at, body))
            .or_else(|| message.edited.then(|| places.near_only(at)).flatten());
        if let Some(place) = place {
            found.insert(message.external_id.clone(), left[place].owned());
            continue;
        }
        unmatched.push((at, body));
        let same = elsewhere
            .get(&body)
            .is_some_and(|times| times.iter().any(|time| (time - at).abs() <= NEAR));
        other += usize::from(same);
    }
    drift.found.extend(found);
    unmatched.sort_unstable_by_key(|(at, _)| *at);
    let moved = moved(&unmatched, &places.free(from));
    let whole = |count: usize| {
        (count >= 2 && count * 2 >= unmatched.len()) || (count == 1 && wanted.len() == 1)
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    if whole(moved) {
        drift.held = Some(Held::Shifted(number(moved)));
    } else if whole(other) {
        drift.held = Some(Held::Elsewhere(number(other)));
    }
    drift
}

/// How many messages say what records say that are earlier or later by one and the same time, as
/// zones differ. Both in order of time.
fn moved(new: &[(i64, Key)], left: &[Trace]) -> usize {
    let new_keys: Vec<Key> = new.iter().map(|(_, body)| *body).collect();
    let old_keys: Vec<Key> = left.iter().map(|trace| trace.body).collect();
    let mut shifts: HashMap<i64, usize> = HashMap::new();
    for (place, record) in align(&new_keys, &old_keys) {
        let shift = new[place].0 - left[record].at;
        if is_zone(shift) && shift.abs() > NEAR {
            *shifts
                .entry((shift + QUARTER / 2).div_euclid(QUARTER))
                .or_insert(0) += 1;
        }
    }
    shifts.into_values().max().unwrap_or(0)
}

/// Everything of the chat that is in Close.
fn done(known: &Known) -> impl Iterator<Item = Place<'_>> {
    known
        .recorded
        .iter()
        .filter_map(|(id, recorded)| match recorded {
            Recorded::Done { activity_id, trace } => Some(Place {
                external_id: id,
                activity_id,
                trace: *trace,
            }),
            _ => None,
        })
}

/// A corrected zone moves every message, and with daylight saving time not all by the same time;
/// another message may even have got the id of one that moved away. So ids count for nothing, and
/// the whole of the chat is laid beside the whole of its records. Where two that say the same are
/// as far apart as zones can be, they are one; between two of them, what has moved by the same
/// time as its neighbour is one too, whatever it says by now.
fn zone_corrected(
    wanted: &[DesiredMessage],
    known: &Known,
    fingerprint: &Fingerprint,
    drift: &mut Drift,
) {
    let mut old: Vec<Place<'_>> = done(known).collect();
    // As they were first recorded: a correction that was broken off leaves some here, some there.
    old.sort_unstable_by_key(|place| (place.trace.first_at, place.external_id));
    let mut new: Vec<&DesiredMessage> = wanted.iter().collect();
    new.sort_by_key(|message| message.activity_at);
    let at = |message: &DesiredMessage| message.activity_at.timestamp_millis();
    let new_keys: Vec<Key> = new.iter().map(|m| key(m, fingerprint)).collect();
    let old_keys: Vec<Key> = old.iter().map(|place| place.key()).collect();
    let mut taken: HashSet<usize> = HashSet::new();
    let mut shifts: Vec<Option<i64>> = vec![None; new.len()];
    for (place, record) in align(&new_keys, &old_keys) {
        let shift = at(new[place]) - old[record].trace.at;
        if is_zone(shift) {
            shifts[place] = Some(shift);
            taken.insert(record);
            let id = new[place].external_id.clone();
            drift.found.insert(id, old[record].owned());
        }
    }
    let mut by_time: Vec<usize> = (0..old.len()).collect();
    by_time.sort_unstable_by_key(|place| old[*place].trace.at);
    let mut shift = shifts.iter().flatten().next().copied();
    for (message, own) in new.iter().zip(&shifts) {
        shift = own.or(shift);
        let (None, Some(shift)) = (own, shift) else {
            continue;
        };
        let then = at(message) - shift;
        let from = by_time.partition_point(|place| old[*place].trace.at < then - NEAR);
        let mut near = (by_time[from..].iter().copied())
            .take_while(|place| old[*place].trace.at <= then + NEAR)
            .filter(|place| !taken.contains(place));
        if let (Some(record), None) = (near.next(), near.next()) {
            taken.insert(record);
            let id = message.external_id.clone();
            drift.found.insert(id, old[record].owned());
        }
    }
}

fn is_zone(shift: i64) -> bool {
    let rest = shift.rem_euclid(QUARTER);
    shift.abs() <= FAR && rest.min(QUARTER - rest) <= NEAR
}

/// What a message says, as its record would.
fn key(message: &DesiredMessage, fingerprint: &Fingerprint) -> Key {
    if message.files.is_empty() {
        (fingerprint.0)("body", message.markdown.reveal())
    } else {
        (fingerprint.0)("media", &super::files_text(&message.files))
    }
}

fn by_body(traces: impl Iterator<Item = Trace>) -> HashMap<Key, Vec<i64>> {
    let mut map: HashMap<Key, Vec<i64>> = HashMap::new();
    for trace in traces {
        map.entry(trace.body).or_default().push(trace.at);
    }
    map
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
