//! Pairs two timelines whose times were read in different zones, one of them perhaps only in part.
//!
//! Concerns a corrected `timezone`, where the zone shift differs between summer and winter and a correction
//! may have been interrupted. Never here: exports made abroad ([`super::zone_shift`]).
//!
//! Times are weak evidence here, and order is strong: both timelines are aligned as a whole, the old one in
//! the order in which it was first recorded. A body that is unique on both sides is certain; a repeated one
//! is paired if it has the shift of a certain one.

use std::collections::{HashMap, HashSet};

use super::pairs::Pairs;
use super::sequence::{Key, align};
use super::timeline::{Class, Files, Observation};
use super::tolerance::{DAYLIGHT_SAVING, LOOKAHEAD, MAX_DIFFERENCE, SECOND, is_zone_shift};

/// A message has the shift of the messages around it.
const NEIGHBOR_SHIFT: [i64; 1] = [0];

/// A message in the hour that a clock change skips or repeats in one of the zones: it is among messages
/// whose shift is an hour more or less, in an order of its own.
const CLOCK_CHANGES: [i64; 2] = [DAYLIGHT_SAVING, -DAYLIGHT_SAVING];

/// The same in a zone whose clocks change by half an hour (Australia/Lord_Howe).
const HALF_HOUR: [i64; 2] = [DAYLIGHT_SAVING / 2, -DAYLIGHT_SAVING / 2];

/// Pairs messages at another time. `first` are the times under which the old observations were first
/// recorded.
pub(super) fn align_whole(pairs: &mut Pairs<'_>, first: &[i64]) {
    let mut old: Vec<u32> = (0u32..).take(pairs.old.observations.len()).collect();
    old.sort_by_key(|index| first[*index as usize]);
    let new = pairs.new.by_time();
    let knows_side = pairs.old.observations.iter().all(|o| o.outgoing.is_some());
    let sizes = |files: Option<&Files>| files.and_then(|files| files.sizes);
    let key_of_new = |index: u32| {
        let sizes = sizes(pairs.files_of_new(index));
        content(pairs.new_at(index), sizes, knows_side)
    };
    let key_of_old = |index: u32| {
        let sizes = sizes(pairs.files_of_old(index));
        content(pairs.old_at(index), sizes, knows_side)
    };
    let new_keys: Vec<Key> = new.iter().map(|index| key_of_new(*index)).collect();
    let old_keys: Vec<Key> = old.iter().map(|index| key_of_old(*index)).collect();
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
        .sort_by_key(|index| whole.pairs.old_at(*index).at);
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
    whole.near(equal, true, &NEIGHBOR_SHIFT);
    let (known, unknown): (Vec<_>, Vec<_>) =
        (aligned.into_iter()).partition(|(rank, _)| has_content(&new_keys[*rank]));
    for (rank, other) in known {
        whole.take(rank, old[other]);
    }
    whole.near(equal, true, &NEIGHBOR_SHIFT);
    let is_file = |o: &Observation| o.class == Some(Class::File);
    whole.near(
        |one, other| {
            is_file(one) && is_file(other) && (one.files.is_none() || other.files.is_none())
        },
        true,
        &NEIGHBOR_SHIFT,
    );
    whole.near(equal, true, &CLOCK_CHANGES);
    whole.near(equal, true, &HALF_HOUR);
    // Two placeholders are paired by order only: the time of the messages around them comes first.
    for (rank, other) in unknown {
        whole.take(rank, old[other]);
    }
    whole.near(|_, _| true, false, &NEIGHBOR_SHIFT);
    let mut shift = whole.shifts.iter().flatten().next().copied().unwrap_or(0);
    for (index, own) in new.iter().zip(&whole.shifts) {
        shift = own.unwrap_or(shift);
        whole.pairs.shifts[*index as usize] = shift;
    }
}

/// The content of a message, optionally with its direction. Files are compared by their sizes if those are
/// known: both timelines have them, and one may lack checksums.
fn content(observation: &Observation, sizes: Option<Key>, with_side: bool) -> Key {
    let own = sizes.or(observation.files).or(observation.body);
    let mut key = own.unwrap_or_default();
    key[0] ^= u8::from(with_side && observation.outgoing == Some(true));
    key
}

/// Whether a key is not that of a placeholder or a notice, which all have the same one.
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
    /// New indexes in order of time.
    new: &'w [u32],
    by_old_time: Vec<u32>,
    /// By how much the message of each rank is later than its partner.
    shifts: Vec<Option<i64>>,
}

impl Whole<'_, '_> {
    /// Pairs two free messages whose distance is a possible zone shift.
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

    /// Pairs each message with the free one at the shift of its neighbours, plus one of `differences`, if
    /// `fits`: the nearest, or only an unambiguous one.
    fn near(
        &mut self,
        fits: impl Fn(&Observation, &Observation) -> bool,
        nearest: bool,
        differences: &[i64],
    ) {
        let mut shift = self.shifts.iter().flatten().next().copied();
        for rank in 0..self.new.len() {
            let index = self.new[rank];
            shift = self.shifts[rank].or(shift);
            let (None, None, Some(by)) =
                (self.shifts[rank], self.pairs.of_new[index as usize], shift)
            else {
                continue;
            };
            let partner = differences
                .iter()
                .find_map(|difference| self.partner(index, by + difference, &fits, nearest));
            if let Some(old) = partner {
                self.take(rank, old);
            }
        }
    }

    /// The free observation that fits `index` and is earlier by `shift`.
    fn partner(
        &self,
        index: u32,
        shift: i64,
        fits: &impl Fn(&Observation, &Observation) -> bool,
        nearest: bool,
    ) -> Option<u32> {
        let message = self.pairs.new_at(index);
        let then = message.at - shift;
        let from = self
            .by_old_time
            .partition_point(|old| self.pairs.old_at(*old).at < then - MAX_DIFFERENCE);
        let near: Vec<u32> = (self.by_old_time[from..].iter().copied())
            .take_while(|old| self.pairs.old_at(*old).at <= then + MAX_DIFFERENCE)
            .filter(|old| self.pairs.is_free(index, *old))
            .filter(|old| fits(message, self.pairs.old_at(*old)))
            .filter(|old| self.pairs.may_be_of_one_author(index, *old))
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
