//! Pairs two timelines whose times were read in different zones, one of them perhaps only in part.
//!
//! Belongs here: the case of a corrected `timezone`, where the zone shift is different in summer
//! and winter and a correction may have been interrupted half way. Never here: exports made abroad
//! ([`super::zone_shift`]).
//!
//! Times say little here, the order says all: both timelines are aligned as wholes, the old one in
//! the order in which it was first recorded. What has a unique body on both sides is certain; what
//! recurs is taken where it moved by as much as something certain did.

use std::collections::{HashMap, HashSet};

use super::pairs::Pairs;
use super::sequence::{Key, align};
use super::timeline::{Class, Files, Observation};
use super::tolerance::{DAYLIGHT_SAVING, LOOKAHEAD, NEAR, SECOND, is_zone_shift};

/// A message moved by as much as the messages around it.
const AS_NEIGHBORS: [i64; 1] = [0];

/// A message in the hour that a change of clocks skips or repeats in one of the zones: it stands
/// among messages that moved by an hour more or less, in an order of its own.
const CLOCK_CHANGE: [i64; 2] = [DAYLIGHT_SAVING, -DAYLIGHT_SAVING];

/// Pairs what is the same message at another time. `first` are the times under which the old
/// observations were first recorded.
pub(super) fn align_whole(pairs: &mut Pairs<'_>, first: &[i64]) {
    let mut old: Vec<u32> = (0u32..).take(pairs.old.observations.len()).collect();
    old.sort_by_key(|place| first[*place as usize]);
    let new = pairs.new.by_time();
    let knows_side = pairs.old.observations.iter().all(|o| o.outgoing.is_some());
    let sizes = |files: Option<&Files>| files.and_then(|files| files.sizes);
    let key_of_new = |place: u32| {
        let sizes = sizes(pairs.files_of_new(place));
        content(pairs.new_at(place), sizes, knows_side)
    };
    let key_of_old = |place: u32| {
        let sizes = sizes(pairs.files_of_old(place));
        content(pairs.old_at(place), sizes, knows_side)
    };
    let new_keys: Vec<Key> = new.iter().map(|place| key_of_new(*place)).collect();
    let old_keys: Vec<Key> = old.iter().map(|place| key_of_old(*place)).collect();
    let aligned = align(&new_keys, &old_keys);
    let (unique_new, unique_old) = (unique(&new_keys), unique(&old_keys));
    let mut whole = Whole {
        pairs,
        new: &new,
        by_old_time: Vec::new(),
        shifts: vec![None; new.len()],
    };
    whole.by_old_time = old.clone();
    whole
        .by_old_time
        .sort_by_key(|place| whole.pairs.old_at(*place).at);
    for (rank, other) in &aligned {
        let key = &new_keys[*rank];
        if has_content(key) && unique_new.contains(key) && unique_old.contains(key) {
            whole.take(*rank, old[*other]);
        }
    }
    let seconds = |shift: i64| (shift + SECOND).div_euclid(2 * SECOND);
    let certain: HashSet<i64> = whole.shifts.iter().flatten().map(|s| seconds(*s)).collect();
    for (rank, other) in &aligned {
        let shift = whole.pairs.new_at(new[*rank]).at - whole.pairs.old_at(old[*other]).at;
        if certain.contains(&seconds(shift)) {
            whole.take(*rank, old[*other]);
        }
    }
    let equal = |one: &Observation, other: &Observation| {
        content(one, None, knows_side) == content(other, None, knows_side)
    };
    whole.near(equal, true, &AS_NEIGHBORS);
    let (known, unknown): (Vec<_>, Vec<_>) =
        (aligned.into_iter()).partition(|(rank, _)| has_content(&new_keys[*rank]));
    for (rank, other) in known {
        whole.take(rank, old[other]);
    }
    whole.near(equal, true, &AS_NEIGHBORS);
    let is_file = |o: &Observation| o.class == Some(Class::File);
    whole.near(
        |one, other| {
            is_file(one) && is_file(other) && (one.files.is_none() || other.files.is_none())
        },
        true,
        &AS_NEIGHBORS,
    );
    whole.near(equal, true, &CLOCK_CHANGE);
    // Nothing but their order says that two placeholders are one message: the time of the messages
    // around them comes first.
    for (rank, other) in unknown {
        whole.take(rank, old[other]);
    }
    whole.near(|_, _| true, false, &AS_NEIGHBORS);
    let mut shift = whole.shifts.iter().flatten().next().copied().unwrap_or(0);
    for (place, own) in new.iter().zip(&whole.shifts) {
        shift = own.unwrap_or(shift);
        whole.pairs.shifts[*place as usize] = shift;
    }
}

/// What a message contains, and on which side. Files are compared by their sizes where those are
/// known: both timelines have them, and one may lack checksums.
fn content(observation: &Observation, sizes: Option<Key>, with_side: bool) -> Key {
    let own = sizes.or(observation.files).or(observation.body);
    let mut key = own.unwrap_or_default();
    key[0] ^= u8::from(with_side && observation.outgoing == Some(true));
    key
}

/// False for the key of a placeholder or a notice, which all have the same one.
fn has_content(key: &Key) -> bool {
    key.iter().skip(1).any(|byte| *byte != 0)
}

/// The keys that occur once.
fn unique(keys: &[Key]) -> HashSet<Key> {
    let mut counts: HashMap<Key, u32> = HashMap::with_capacity(keys.len());
    for key in keys {
        *counts.entry(*key).or_insert(0) += 1;
    }
    let once = counts.into_iter().filter(|(_, count)| *count == 1);
    once.map(|(key, _)| key).collect()
}

struct Whole<'w, 't> {
    pairs: &'w mut Pairs<'t>,
    /// New places in order of time.
    new: &'w [u32],
    by_old_time: Vec<u32>,
    /// By how much the message of each rank is later than its partner.
    shifts: Vec<Option<i64>>,
}

impl Whole<'_, '_> {
    /// Pairs two that are free and as far apart as zones can be.
    fn take(&mut self, rank: usize, old: u32) {
        let new = self.new[rank];
        let shift = self.pairs.new_at(new).at - self.pairs.old_at(old).at;
        if is_zone_shift(shift)
            && self.pairs.is_free(new, old)
            && self.pairs.may_be_one_content_or_equal(new, old)
        {
            self.shifts[rank] = Some(shift);
            self.pairs.link(new, old);
        }
    }

    /// Pairs each message with the free one that is as far from it as its neighbours are from
    /// theirs, give or take one of `differences`, if `fits`: the nearest, or else only where there
    /// is no other.
    fn near(
        &mut self,
        fits: impl Fn(&Observation, &Observation) -> bool,
        nearest: bool,
        differences: &[i64],
    ) {
        let mut shift = self.shifts.iter().flatten().next().copied();
        for rank in 0..self.new.len() {
            let place = self.new[rank];
            shift = self.shifts[rank].or(shift);
            let (None, None, Some(by)) =
                (self.shifts[rank], self.pairs.of_new[place as usize], shift)
            else {
                continue;
            };
            let partner = differences
                .iter()
                .find_map(|difference| self.partner(place, by + difference, &fits, nearest));
            if let Some(old) = partner {
                self.take(rank, old);
            }
        }
    }

    /// The free observation that fits `place` and is earlier by `shift`.
    fn partner(
        &self,
        place: u32,
        shift: i64,
        fits: &impl Fn(&Observation, &Observation) -> bool,
        nearest: bool,
    ) -> Option<u32> {
        let message = self.pairs.new_at(place);
        let then = message.at - shift;
        let from = self
            .by_old_time
            .partition_point(|old| self.pairs.old_at(*old).at < then - NEAR);
        let near: Vec<u32> = (self.by_old_time[from..].iter().copied())
            .take_while(|old| self.pairs.old_at(*old).at <= then + NEAR)
            .filter(|old| self.pairs.is_free(place, *old))
            .filter(|old| fits(message, self.pairs.old_at(*old)))
            .filter(|old| self.pairs.may_be_of_one_author(place, *old))
            .take(LOOKAHEAD)
            .collect();
        let away = |old: &&u32| (self.pairs.old_at(**old).at - then).abs();
        match near.as_slice() {
            [only] => Some(*only),
            several if nearest => several.iter().min_by_key(away).copied(),
            _ => None,
        }
    }
}
