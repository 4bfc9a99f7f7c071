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
use super::timeline::{Class, Observation, Precision};
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

/// True for content that may vote.
fn votes(observation: &Observation) -> bool {
    observation.class != Some(Class::Notice)
        && observation.files.or(observation.body).is_some()
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
    let Some((new_begin, new_end)) = pairs.new.span() else {
        return Inference::None;
    };
    // Voters of the time that both cover, if the new timeline is later by `shift`: of each class
    // those of the source that knows the contents of fewer of them.
    let both = |shift: i64| -> usize {
        let count = |observations: &[Observation], begin: i64, end: i64| {
            let range = begin - NEAR..=end + NEAR;
            let voters = observations.iter().filter(|o| votes(o));
            let mut counts: HashMap<Option<Class>, usize> = HashMap::new();
            for voter in voters.filter(|o| range.contains(&o.at)) {
                *counts.entry(voter.class).or_default() += 1;
            }
            counts
        };
        let new = count(&pairs.new.observations, begin + shift, end + shift);
        let old = count(&pairs.old.observations, new_begin - shift, new_end - shift);
        let fewer = |(class, count): (&Option<Class>, &usize)| {
            old.get(class).map_or(0, |others| *count.min(others))
        };
        new.iter().map(fewer).sum()
    };
    let all = || (0u32..).take(pairs.new.observations.len());
    let voters = || all().filter(|place| votes(pairs.new_at(*place)));
    let shared = both(0);
    let in_place = voters()
        .filter(|place| pairs.of_new[*place as usize].is_some())
        .count();
    if in_place * IN_PLACE > shared {
        return Inference::None;
    }
    let knows_side = pairs.old.observations.iter().all(|o| o.outgoing.is_some());
    let key = |o: &Observation| {
        let mut key = o.files.or(o.body).unwrap_or_default();
        key[0] ^= u8::from(knows_side && o.outgoing == Some(true));
        key
    };
    let new = by_time(&pairs.new.observations, |place| pairs.order_of_new(place));
    let old = by_time(&pairs.old.observations, |place| pairs.order_of_old(place));
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
    let both = both(shift);
    let near = |other: i64| other != 0 && (other - most).abs() * QUARTER <= DAYLIGHT_SAVING;
    let in_order: usize = (by_quarters.iter())
        .filter(|(quarters, _)| near(**quarters))
        .map(|(_, ranks)| ranks.len())
        .sum();
    // What came late is in another order.
    let times = |keys: &[Key], places: &[u32], time: &dyn Fn(u32) -> i64| {
        let keyed = keys.iter().zip(places);
        let mut times: Vec<(Key, i64)> = keyed.map(|(key, at)| (*key, time(*at))).collect();
        times.sort_unstable();
        times
    };
    let new_times = times(&new_keys, &new, &|place| pairs.new_at(place).at - shift);
    let old_times = times(&old_keys, &old, &|place| pairs.old_at(place).at);
    let agree =
        in_order.max(agreeing(&new_times, &old_times).min(agreeing(&old_times, &new_times)));
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

/// The number of `one` that `other` has at the same time. Both are sorted.
fn agreeing(one: &[(Key, i64)], other: &[(Key, i64)]) -> usize {
    let is_there = |(key, at): &&(Key, i64)| {
        let from = other.partition_point(|before| *before < (*key, at - NEAR));
        other
            .get(from)
            .is_some_and(|(same, then)| same == key && *then <= at + NEAR)
    };
    one.iter().filter(is_there).count()
}

/// Places of those that vote, in order of time.
fn by_time(observations: &[Observation], time: impl Fn(u32) -> i64) -> Vec<u32> {
    let mut places: Vec<u32> = (0u32..)
        .zip(observations)
        .filter(|(_, observation)| votes(observation))
        .map(|(place, _)| place)
        .collect();
    places.sort_by_key(|place| time(*place));
    places
}
