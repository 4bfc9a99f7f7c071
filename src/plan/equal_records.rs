//! Chooses among free records of equal content.
//!
//! Here belongs which record a message keeps if records on two leads are available, and that a free record
//! with the message's own file precedes one without it; never pairing.

use std::collections::HashMap;

use super::Known;
use super::evidence::{RecordedMessage, Records};
use crate::matching::sequence::Key;
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::matching::{Closeness, Match, Observation, Pairing, State, Timeline, closeness};

/// Content and direction of a record.
type Content = (Key, Option<bool>);

/// Gives each message, of several records of its content at its time on different leads, the one that a run
/// changed last: the archives contained that one then, and not the others. Otherwise an interrupted move
/// would be repeated with the other record. `count` is the number of messages in `new`; deletions follow
/// them.
pub(super) fn prefer_latest(
    pairing: &mut Pairing,
    (new, count): (&Timeline, usize),
    old: &Timeline,
    records: &Records<'_>,
) {
    if records.iter().all(|record| record.lead_id.is_none()) {
        return;
    }
    let mut is_free = vec![true; old.observations.len()];
    for answer in &pairing.of {
        if let Match::Known(index) = answer {
            is_free[*index as usize] = false;
        }
    }
    for index in &pairing.contested {
        is_free[*index as usize] = false;
    }
    let mut free: HashMap<Content, Vec<(i64, u32)>> = HashMap::new();
    for ((index, observation), record) in (0u32..).zip(&old.observations).zip(records.iter()) {
        if let Some(content) = content(observation)
            && is_free[index as usize]
            && record.listed.is_none()
        {
            let free = free.entry(content).or_default();
            free.push((observation.at, index));
        }
    }
    for free in free.values_mut() {
        free.sort_unstable();
    }
    for index in 0..count {
        let (observation, shift) = (
            &new.observations[index],
            pairing.shifts.get(index).copied().unwrap_or_default(),
        );
        let Match::Known(known) = pairing.of[index] else {
            continue;
        };
        let recorded = &old.observations[known as usize];
        let (Some(record), Some(content)) = (records.get(known), content(recorded)) else {
            continue;
        };
        // A WhatsApp id decides.
        if observation.is_named || record.listed.is_some() {
            continue;
        }
        let Some(free) = free.get_mut(&content) else {
            continue;
        };
        let distance = closeness(observation, shift, recorded);
        let is_better = |other: &RecordedMessage<'_>, at: u32| {
            let is_later = other.lead_id != record.lead_id && other.facts.run > record.facts.run;
            let close = closeness(observation, shift, &old.observations[at as usize]);
            is_later && close.is_some() && close <= distance
        };
        let at = observation.at - shift;
        let from = free.partition_point(|(time, _)| *time < at - MAX_DIFFERENCE - MINUTE);
        let latest = (free[from..].iter().enumerate())
            .take_while(|(_, (time, _))| *time <= at + MAX_DIFFERENCE + MINUTE)
            .filter_map(|(offset, (_, other))| Some((offset, *other, records.get(*other)?)))
            .filter(|(_, other, record)| is_better(record, *other))
            .max_by_key(|(.., record)| record.facts.run);
        if let Some((offset, other, _)) = latest {
            pairing.of[index] = Match::Known(other);
            free.remove(from + offset);
        }
    }
}

/// Gives each message that pairing found in an activity without a record, but has a record of its content
/// at its time, that record: the activity is a copy. Not if Close's list lacks the recorded activity.
pub(super) fn prefer_recorded(
    pairing: &mut Pairing,
    new: &Timeline,
    old: &Timeline,
    (records, known): (&Records<'_>, &Known),
) {
    let is_listed = |record: &RecordedMessage<'_>| record.listed.is_some();
    let Some(activities) = &known.activities else {
        return;
    };
    if !records.iter().any(is_listed) {
        return;
    }
    let mut is_free: Vec<bool> = (records.iter())
        .map(|record| {
            let is_there = record.lead_id.is_none() && activities.contains(record.activity_id);
            is_there && !is_listed(record)
        })
        .collect();
    for index in pairing
        .of
        .iter()
        .filter_map(known_index)
        .chain(pairing.contested.iter().copied())
    {
        is_free[index as usize] = false;
    }
    let mut free: HashMap<Content, Vec<(i64, u32)>> = HashMap::new();
    for (index, observation) in (0u32..).zip(&old.observations) {
        if let Some(content) = content(observation).filter(|_| is_free[index as usize]) {
            free.entry(content)
                .or_default()
                .push((observation.at, index));
        }
    }
    for free in free.values_mut() {
        free.sort_unstable();
    }
    for index in 0..pairing.of.len() {
        let Some(copy) = known_index(&pairing.of[index]) else {
            continue;
        };
        let observation = &new.observations[index];
        if observation.is_named || !records.get(copy).is_some_and(is_listed) {
            continue;
        }
        let own = content(&old.observations[copy as usize]);
        let Some(free) = own.and_then(|own| free.get_mut(&own)) else {
            continue;
        };
        let shift = pairing.shifts.get(index).copied().unwrap_or_default();
        let at = observation.at - shift;
        let from = free.partition_point(|(time, _)| *time < at - MAX_DIFFERENCE - MINUTE);
        let recorded = (free[from..].iter())
            .take_while(|(time, _)| *time <= at + MAX_DIFFERENCE + MINUTE)
            .position(|(_, other)| {
                let close = closeness(observation, shift, &old.observations[*other as usize]);
                close.is_some_and(|close| close <= Closeness::Tight)
            });
        if let Some(offset) = recorded {
            let (_, other) = free.remove(from + offset);
            pairing.of[index] = Match::Known(other);
        }
    }
}

fn known_index(answer: &Match) -> Option<u32> {
    match answer {
        Match::Known(index) => Some(*index),
        Match::New | Match::Ambiguous => None,
    }
}

/// Gives each message with a file the free record of this very file at its time, if pairing gave it none,
/// or one without a file: a placeholder that another lead kept may explain the times as well.
pub(super) fn prefer_own_file(
    pairing: &mut Pairing,
    (new, count): (&Timeline, usize),
    old: &Timeline,
) {
    let mut is_free = vec![true; old.observations.len()];
    for answer in &pairing.of {
        if let Match::Known(index) = answer {
            is_free[*index as usize] = false;
        }
    }
    let mut free: HashMap<Key, Vec<u32>> = HashMap::new();
    for (index, observation) in (0u32..).zip(&old.observations) {
        if let Some(files) = observation.files.filter(|_| is_free[index as usize]) {
            free.entry(files).or_default().push(index);
        }
    }
    for records in free.values_mut() {
        records.sort_unstable_by_key(|index| old.observations[*index as usize].at);
    }
    for index in 0..count {
        let observation = &new.observations[index];
        let has_file = |known: u32| old.observations[known as usize].files.is_some();
        if matches!(pairing.of[index], Match::Known(known) if has_file(known)) {
            continue;
        }
        let Some(own) = observation.files.and_then(|files| free.get_mut(&files)) else {
            continue;
        };
        let shift = pairing.shifts.get(index).copied().unwrap_or_default();
        let fits = |other: &u32| {
            let record = &old.observations[*other as usize];
            let close = closeness(observation, shift, record);
            close.is_some_and(|close| close <= Closeness::Tight)
                && record.outgoing == observation.outgoing
                && !(observation.is_named && record.is_named)
        };
        // Files of one content may be sent thousands of times: only those near in time are considered.
        let at = |other: &u32| old.observations[*other as usize].at;
        let expected = observation.at - shift;
        let from = own.partition_point(|other| at(other) < expected - MAX_DIFFERENCE - MINUTE);
        let near = own[from..]
            .iter()
            .take_while(|other| at(other) <= expected + MAX_DIFFERENCE + MINUTE);
        if let Some(offset) = near
            .enumerate()
            .find_map(|(offset, other)| fits(other).then_some(offset))
        {
            pairing.of[index] = Match::Known(own.remove(from + offset));
        }
    }
}

/// The text or files of a message that was not deleted.
fn content(observation: &Observation) -> Option<Content> {
    let key = observation.files.or(observation.body)?;
    (observation.state != State::Deleted).then_some((key, observation.outgoing))
}
