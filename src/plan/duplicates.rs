//! Activities of a lead that repeat another one there: counted, never changed by a plan.

use std::collections::HashMap;

use super::evidence::Records;
use super::{Known, ListedPeople, RecordFacts};
use crate::matching::tolerance::MAX_DIFFERENCE;
use crate::matching::{Closeness, Match, Observation, Pairing, Timeline, closeness};

/// Counts the activities of the lead that no message stands for and that repeat one with a message.
pub(super) fn duplicates(
    pairing: &Pairing,
    old: &Timeline,
    records: &Records<'_>,
    known: &Known,
) -> u32 {
    if known.unrecorded.is_empty() && known.copies.is_empty() {
        return 0;
    }
    let mut is_paired = vec![false; old.observations.len()];
    for answer in &pairing.of {
        if let Match::Known(index) = answer {
            is_paired[*index as usize] = true;
        }
    }
    let all = || (old.observations.iter().zip(records.iter())).zip(&is_paired);
    // Of a listed file only the size may be known.
    let mut sizes = vec![None; old.observations.len()];
    for files in &old.files {
        sizes[files.index as usize] = files.sizes;
    }
    let key = |o: &Observation, index: usize| {
        let key = o.files.or(sizes[index]).or(o.body);
        key.map(|key| (key, o.outgoing))
    };
    let mut messages: HashMap<_, Vec<_>> = HashMap::new();
    for (index, ((observation, record), _)) in all().enumerate().filter(|(_, (_, is))| **is) {
        if let Some(key) = key(observation, index) {
            let same = messages.entry(key).or_default();
            same.push((observation, record.listed));
        }
    }
    for same in messages.values_mut() {
        same.sort_unstable_by_key(|(one, _)| one.at);
    }
    let is_repeated = |observation: &Observation, index: usize, listed: &ListedPeople| {
        let same = key(observation, index).and_then(|key| messages.get(&key));
        same.is_some_and(|same| {
            let behind = same.partition_point(|(one, _)| one.at < observation.at);
            let around = &same[behind.saturating_sub(1)..(behind + 1).min(same.len())];
            around.iter().any(|(one, of_one)| {
                // A contact may send the same text to two owners at once.
                !of_one.is_some_and(|of_one| of_one.is_of_another_owner(listed))
                    && closeness(observation, 0, one).is_some_and(|close| close <= Closeness::Tight)
            })
        })
    };
    let free = all()
        .enumerate()
        .filter(|(index, ((observation, record), is_paired))| {
            let is_free = record.lead_id.is_none() && !**is_paired;
            let listed = record.listed.filter(|_| is_free);
            listed.is_some_and(|listed| is_repeated(observation, *index, listed))
        });
    let by_id: HashMap<&str, &RecordFacts> = (records.iter())
        .filter(|index| index.lead_id.is_none())
        .map(|index| (index.external_id, &index.facts))
        .collect();
    let copies = (known.copies.iter()).filter(|copy| {
        (by_id.get(copy.external_id.as_str())).is_some_and(|facts| {
            let apart = (facts.at - copy.facts.at).abs();
            facts.outgoing == copy.facts.outgoing
                && facts.body == copy.facts.body
                && apart <= MAX_DIFFERENCE
        })
    });
    u32::try_from(free.count() + copies.count()).unwrap_or(u32::MAX)
}
