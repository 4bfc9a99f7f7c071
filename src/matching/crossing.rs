//! Removes pairs of changed messages that cross a certain pair.
//!
//! A deletion, or another text, is not what it was paired with if it is before a message in one source and
//! its partner is after that message in the other one. Never here: pairing. A late message is no
//! contradiction: its timestamp shows that it is late.

use std::collections::{HashMap, HashSet};

use super::pairing::{Match, Pairing};
use super::sequence::Key;
use super::timeline::{Class, Closeness, Observation, Precision, State, Timeline, closeness};
use super::tolerance::{JITTER, LOOKAHEAD, MAX_DIFFERENCE, MINUTE};

/// The position of a message in its archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The archive: positions in two archives are not comparable.
    pub archive: u32,
    /// The position in it.
    pub line: u32,
}

/// A timeline with the positions of its messages; records have instants only.
#[derive(Clone, Copy)]
pub struct Arrived<'t> {
    /// The observations.
    pub timeline: &'t Timeline,
    /// The position of the observation at an index.
    pub arrival: &'t dyn Fn(u32) -> Option<Arrival>,
}

/// Removes each pair of a deletion, or of two different texts, that crosses a pair of equal content. The
/// message is new, unless it may be another free one as well. A text whose source may not mark edits is
/// ambiguous.
pub fn undo_crossing(pairing: &mut Pairing, new: Arrived<'_>, old: Arrived<'_>) {
    keep_equal(pairing, new, old);
    let changed: Vec<(u32, u32)> = (known(pairing))
        .filter(|(one, other)| is_changed(new.at(*one), old.at(*other)))
        .collect();
    if changed.is_empty() {
        return;
    }
    let certain = Certain::of(pairing, new, old);
    let mut free: Option<Vec<(i64, u32)>> = None;
    for (one, other) in changed {
        if !certain.is_crossed(one, other) {
            continue;
        }
        let free = free.get_or_insert_with(|| free_records(pairing, old.timeline));
        let may_be = |other: u32| {
            let (is, was) = (new.at(one), old.at(other));
            let close = closeness(is, certain.shift(one), was);
            close.is_some_and(|close| close <= Closeness::Tight)
                && (is.outgoing.zip(was.outgoing)).is_none_or(|(is, was)| is == was)
                && !certain.is_crossed(one, other)
        };
        let at = certain.time_of(one);
        let is_open = match new.at(one).state {
            _ if old.at(other).state == State::Deleted => false,
            State::Plain => false,
            State::Edited | State::Unmarked => true,
            State::Deleted => {
                near(free, at, MAX_DIFFERENCE + MINUTE).any(|(_, other)| may_be(*other))
            }
        };
        pairing.of[one as usize] = match is_open {
            true => {
                pairing.contested.push(other);
                Match::Ambiguous
            }
            false => Match::New,
        };
    }
}

/// Re-pairs each text that was paired with a different one to the message of equal text, if each source has
/// that once, at its time. Other messages that may be it are ambiguous.
fn keep_equal(pairing: &mut Pairing, new: Arrived<'_>, old: Arrived<'_>) {
    let are_texts = |one: u32, other: u32| {
        let states = [new.at(one).state, old.at(other).state];
        !states.contains(&State::Deleted) && is_changed(new.at(one), old.at(other))
    };
    let changed: Vec<u32> = (known(pairing))
        .filter(|(one, other)| are_texts(*one, *other))
        .map(|(one, _)| one)
        .collect();
    if changed.is_empty() {
        return;
    }
    let (own, others) = (counts(new.timeline), counts(old.timeline));
    let indexes: HashMap<Key, u32> = (0u32..)
        .zip(&old.timeline.observations)
        .filter_map(|(index, observation)| Some((content(observation)?, index)))
        .collect();
    let holders: HashMap<u32, u32> = known(pairing).map(|(one, other)| (other, one)).collect();
    let mut given: HashSet<u32> = HashSet::new();
    let mut freed: Vec<u32> = Vec::new();
    for one in changed {
        let is = new.at(one);
        let is_once = |key: &Key| own.get(key) == Some(&1) && others.get(key) == Some(&1);
        let equal = content(is)
            .filter(is_once)
            .and_then(|key| indexes.get(&key));
        let Some(index) = equal.copied() else {
            continue;
        };
        let was = old.at(index);
        let shift = pairing.shifts.get(one as usize).copied();
        let is_near = closeness(is, shift.unwrap_or_default(), was)
            .is_some_and(|close| close <= Closeness::Tight);
        if is_near && is.outgoing == was.outgoing && !(is.is_named && was.is_named) {
            freed.extend(holders.get(&index));
            pairing.of[one as usize] = Match::Known(index);
            given.insert(one);
        }
    }
    for holder in freed.into_iter().filter(|holder| !given.contains(holder)) {
        pairing.of[holder as usize] = Match::Ambiguous;
    }
}

impl<'t> Arrived<'t> {
    fn at(&self, index: u32) -> &'t Observation {
        &self.timeline.observations[index as usize]
    }

    /// Whether one message came before another one; `None` without evidence.
    fn is_before(&self, one: u32, other: u32) -> Option<bool> {
        let (a, b) = (self.at(one), self.at(other));
        if a.repeats.is_some() || b.repeats.is_some() {
            return None;
        }
        match ((self.arrival)(one), (self.arrival)(other)) {
            (Some(first), Some(second)) if first.archive == second.archive => {
                let is_before = first.line < second.line;
                let agrees = if is_before {
                    a.at <= b.at
                } else {
                    a.at >= b.at
                };
                agrees.then_some(is_before)
            }
            (None, None) => {
                let is_apart = (a.at - b.at).abs() > 2 * JITTER
                    || a.precision != Precision::Second
                    || a.span() == b.span();
                (is_apart && a.at != b.at && !may_be_at_once(a, b)).then_some(a.at < b.at)
            }
            _ => None,
        }
    }
}

/// Pairs of equal content that occurs once in each source.
struct Certain<'t> {
    new: Arrived<'t>,
    old: Arrived<'t>,
    shifts: Vec<i64>,
    /// Instant less the zone shift, new index, old index; by instant.
    pairs: Vec<(i64, u32, u32)>,
}

impl<'t> Certain<'t> {
    fn of(pairing: &Pairing, new: Arrived<'t>, old: Arrived<'t>) -> Certain<'t> {
        let (own, others) = (counts(new.timeline), counts(old.timeline));
        let is_certain = |one: u32, other: u32| {
            let (is, was) = (content(new.at(one)), content(old.at(other)));
            let is_once = |key: &Key| own.get(key) == Some(&1) && others.get(key) == Some(&1);
            is == was && is.as_ref().is_some_and(is_once)
        };
        let mut certain = Certain {
            new,
            old,
            shifts: pairing.shifts.clone(),
            pairs: Vec::new(),
        };
        certain.pairs = (known(pairing))
            .filter(|(one, other)| is_certain(*one, *other))
            .map(|(one, other)| (certain.time_of(one), one, other))
            .collect();
        certain.pairs.sort_unstable();
        certain
    }

    fn shift(&self, new: u32) -> i64 {
        self.shifts.get(new as usize).copied().unwrap_or_default()
    }

    fn time_of(&self, new: u32) -> i64 {
        self.new.at(new).at - self.shift(new)
    }

    /// Whether a pair nearby shows that these are two messages.
    fn is_crossed(&self, one: u32, other: u32) -> bool {
        let at = self.time_of(one);
        near(&self.pairs, at, 2 * (MAX_DIFFERENCE + MINUTE)).any(|(_, new, old)| {
            let there = self.old.is_before(*old, other);
            let here = self.new.is_before(*new, one);
            (here.zip(there)).is_some_and(|(here, there)| here != there)
                && self.keeps_order(*new, *old, other)
        })
    }

    /// False if the milliseconds of a record put it before another one of its timestamp because that one
    /// was imported later, from an archive that begins earlier.
    fn keeps_order(&self, new: u32, old: u32, other: u32) -> bool {
        let (is, was) = (self.new.at(new), self.old.at(old));
        let is_by_number = (self.old.arrival)(old).is_none()
            && was.precision != Precision::Exact
            && was.span() == self.old.at(other).span();
        let number = |observation: &Observation| observation.at - observation.span().0;
        !is_by_number || is.precision != was.precision || number(was) >= number(is)
    }
}

/// Whether timestamps of different precision may be of one instant: a minute shows nothing of the order of its
/// seconds.
fn may_be_at_once(one: &Observation, other: &Observation) -> bool {
    let precisions = [one.precision, other.precision];
    let jitter = match precisions.contains(&Precision::Second) {
        true => JITTER,
        false => 0,
    };
    let ((from, to), (other_from, other_to)) = (one.span(), other.span());
    one.precision != other.precision && from <= other_to + jitter && other_from <= to + jitter
}

/// Items within the tolerance of an instant, a few on each side.
fn near<T: Timed>(all: &[T], at: i64, reach: i64) -> impl Iterator<Item = &T> {
    let behind = all.partition_point(|one| one.time() < at);
    let (before, after) = all.split_at(behind);
    let before =
        (before.iter().rev().take(LOOKAHEAD)).take_while(move |one| one.time() >= at - reach);
    let after = (after.iter().take(LOOKAHEAD)).take_while(move |one| one.time() <= at + reach);
    before.chain(after)
}

trait Timed {
    fn time(&self) -> i64;
}

impl Timed for (i64, u32) {
    fn time(&self) -> i64 {
        self.0
    }
}

impl Timed for (i64, u32, u32) {
    fn time(&self) -> i64 {
        self.0
    }
}

fn known(pairing: &Pairing) -> impl Iterator<Item = (u32, u32)> {
    (0u32..)
        .zip(&pairing.of)
        .filter_map(|(one, answer)| match answer {
            Match::Known(other) => Some((one, *other)),
            Match::New | Match::Ambiguous => None,
        })
}

/// Messages of the old timeline without a new one, by instant.
fn free_records(pairing: &Pairing, old: &Timeline) -> Vec<(i64, u32)> {
    let mut is_free = vec![true; old.observations.len()];
    for (_, other) in known(pairing) {
        is_free[other as usize] = false;
    }
    let mut free: Vec<(i64, u32)> = (0u32..)
        .zip(&old.observations)
        .filter(|(index, observation)| {
            is_free[*index as usize] && observation.state != State::Deleted
        })
        .map(|(index, observation)| (observation.at, index))
        .collect();
    free.sort_unstable();
    free
}

/// Whether one is the deletion of the other, or both are different texts. Ids decide if both have one.
fn is_changed(one: &Observation, other: &Observation) -> bool {
    let deletions = [one, other].map(|observation| observation.state == State::Deleted);
    let is_named = one.is_named && other.is_named;
    // Two programs may render one text differently, as a mention.
    let is_by_others = (one.program.zip(other.program)).is_none_or(|(one, other)| one != other);
    let is_rendering = is_by_others && one.wording.may_agree(other.wording);
    let are_texts = one.class == Some(Class::Text)
        && !is_rendering
        && (one.body.zip(other.body)).is_some_and(|(body, others)| body != others);
    !is_named && (deletions[0] != deletions[1] || (deletions == [false, false] && are_texts))
}

/// The text or files of a message that was not deleted.
fn content(observation: &Observation) -> Option<Key> {
    let key = observation.files.or(observation.body)?;
    (observation.state != State::Deleted).then_some(key)
}

fn counts(timeline: &Timeline) -> HashMap<Key, u32> {
    let mut counts = HashMap::new();
    for key in timeline.observations.iter().filter_map(content) {
        *counts.entry(key).or_default() += 1;
    }
    counts
}
