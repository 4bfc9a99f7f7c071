//! Infers a constant time-zone offset between two timelines of one conversation.
//!
//! Belongs here: exports made abroad, and times that were read in another zone than before. Never
//! here: whether two sources are one conversation at all ([`super::overlap`]).
//!
//! Exports hold wall-clock times without a zone, and a phone that travels writes those of where it
//! is. Texts that both timelines have in the same order vote for the time between them; what
//! occurs at an hour that comes twice, or is often repeated, has no vote.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::pairs::Pairs;
use super::sequence::{Key, align};
use super::timeline::{Class, Observation, Precision, State};
use super::tolerance::{
    AGREEING, DAYLIGHT_SAVING, IN_PLACE, LARGEST_SHIFT, NEAR, QUARTER, TEXTS, is_zone_shift,
    quarters,
};

/// What the texts say about the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inference {
    /// No zone lies between the two.
    None,
    /// The new timeline is later by this; the shift of each new observation is in
    /// [`Pairs::shifts`].
    Certain(i64),
    /// So many messages look shifted, and that may be chance.
    Doubtful(u32),
}

/// True for a text that may vote.
fn votes(observation: &Observation) -> bool {
    observation.class.is_none_or(|class| class == Class::Text)
        && observation.body.is_some()
        && observation.state != State::Deleted
        && !observation.repeats
}

/// Infers the zone shift, and where it is certain sets it for each new observation. `pairs` holds
/// what was found at the recorded times.
pub(super) fn infer(pairs: &mut Pairs<'_>) -> Inference {
    let is_exact = |o: &Observation| o.precision == Precision::Exact;
    let all_exact =
        pairs.new.observations.iter().all(is_exact) && pairs.old.observations.iter().all(is_exact);
    let Some((begin, end)) = pairs.old.span() else {
        return Inference::None;
    };
    if all_exact {
        return Inference::None;
    }
    let covered = |place: u32| {
        let at = pairs.new_at(place).at;
        (begin - NEAR..=end + NEAR).contains(&at)
    };
    let all = || (0u32..).take(pairs.new.observations.len());
    let voters = || all().filter(|place| votes(pairs.new_at(*place)));
    let shared = voters().filter(|place| covered(*place)).count();
    let in_place = voters()
        .filter(|place| pairs.of_new[*place as usize].is_some())
        .count();
    if in_place * IN_PLACE > shared {
        return Inference::None;
    }
    let knows_side = pairs.old.observations.iter().all(|o| o.outgoing.is_some());
    let key = |o: &Observation| {
        let mut key = o.body.unwrap_or_default();
        key[0] ^= u8::from(knows_side && o.outgoing == Some(true));
        key
    };
    let new: Vec<u32> = by_time(&pairs.new.observations);
    let old: Vec<u32> = by_time(&pairs.old.observations);
    let new_keys: Vec<Key> = new.iter().map(|place| key(pairs.new_at(*place))).collect();
    let old_keys: Vec<Key> = old.iter().map(|place| key(pairs.old_at(*place))).collect();
    let mut by_quarters: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (rank, other) in align(&new_keys, &old_keys) {
        let shift = pairs.new_at(new[rank]).at - pairs.old_at(old[other]).at;
        if is_zone_shift(shift) {
            by_quarters.entry(quarters(shift)).or_default().push(rank);
        }
    }
    let most = by_quarters
        .iter()
        .max_by_key(|(quarters, ranks)| (ranks.len(), -quarters.abs(), **quarters));
    let Some((most, ranks)) = most.filter(|(quarters, _)| **quarters != 0) else {
        return Inference::None;
    };
    let texts: HashSet<&Key> = ranks.iter().map(|rank| &new_keys[*rank]).collect();
    let shift = most * QUARTER;
    let both = (new.iter())
        .filter(|place| (begin - NEAR..=end + NEAR).contains(&(pairs.new_at(**place).at - shift)))
        .count();
    let near = |other: i64| other != 0 && (other - most).abs() * QUARTER <= DAYLIGHT_SAVING;
    let agree: usize = (by_quarters.iter())
        .filter(|(quarters, _)| near(**quarters))
        .map(|(_, ranks)| ranks.len())
        .sum();
    if texts.len() < TEXTS || agree * AGREEING.1 < both * AGREEING.0 || shift.abs() > LARGEST_SHIFT
    {
        let count = ranks.len();
        let free = new
            .iter()
            .filter(|place| pairs.of_new[**place as usize].is_none());
        let is_whole = (count >= 2 && count * 2 >= free.count())
            || (count == 1 && pairs.new.observations.len() == 1);
        return match is_whole {
            true => Inference::Doubtful(u32::try_from(count).unwrap_or(u32::MAX)),
            false => Inference::None,
        };
    }
    let voted: HashMap<u32, i64> = (by_quarters.iter())
        .filter(|(quarters, _)| near(**quarters))
        .flat_map(|(quarters, ranks)| ranks.iter().map(move |rank| (*rank, quarters * QUARTER)))
        .map(|(rank, shift)| (new[rank], shift))
        .collect();
    // Each message is shifted as the last one before it that voted.
    let mut last = shift;
    for place in all() {
        last = voted.get(&place).copied().unwrap_or(last);
        pairs.shifts[place as usize] = last;
    }
    Inference::Certain(shift)
}

/// Places of those that vote, in order of time.
fn by_time(observations: &[Observation]) -> Vec<u32> {
    let mut places: Vec<u32> = (0u32..)
        .zip(observations)
        .filter(|(_, observation)| votes(observation))
        .map(|(place, _)| place)
        .collect();
    places.sort_by_key(|place| observations[*place as usize].at);
    places
}
