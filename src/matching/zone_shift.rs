//! Infers a constant time-zone offset between two timelines of one conversation.
//!
//! Concerns exports made abroad, and times that were read in another zone than before. Never here: whether
//! two sources are one conversation ([`super::overlap`]).
//!
//! Exports contain wall-clock times without a zone, and a phone that travels writes local ones. Texts that
//! both timelines have in the same order vote for the time between them; texts in a repeated hour, and
//! frequent ones, have no vote.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::local_times::LocalTimes;
use super::pairs::Pairs;
use super::sequence::{Key, align};
use super::timeline::{
    Class, Closeness, Files, Observation, Precision, State, Timeline, closeness,
};
use super::tolerance::{
    AGREEING, CANDIDATES, DAYLIGHT_SAVING, IN_PLACE, JITTER, LARGEST_SHIFT, LONG, LOOKAHEAD,
    MAX_DIFFERENCE, MINUTE, QUARTER, REPEATED, SHARED, TEXTS, is_zone_shift, quarters,
};

/// The result of the inference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inference {
    /// There is no zone shift.
    None,
    /// The new timeline is later by this; the shift of each new observation is in [`Pairs::shifts`].
    Certain(i64),
    /// The number of messages that look shifted, if that may be chance.
    Doubtful(u32),
}

/// The contents by which messages vote.
pub(super) struct Contents<'p, 't> {
    pairs: &'p Pairs<'t>,
    /// Whether one timeline has only the sizes of files, and the other one has these too.
    by_size: bool,
    /// Whether both timelines have the direction of each message.
    knows_side: bool,
}

impl<'p, 't> Contents<'p, 't> {
    pub(super) fn new(pairs: &'p Pairs<'t>) -> Self {
        let is_sized = |timeline: &Timeline| {
            let mut files = timeline.files.iter().filter(|files| files.sizes.is_some());
            files.any(|files| timeline.observations[files.index as usize].files.is_none())
        };
        let knows_sizes = |timeline: &Timeline| !timeline.files.is_empty();
        Contents {
            pairs,
            by_size: (is_sized(pairs.new) || is_sized(pairs.old))
                && knows_sizes(pairs.new)
                && knows_sizes(pairs.old),
            knows_side: (pairs.new.observations.iter())
                .chain(&pairs.old.observations)
                .all(|observation| observation.outgoing.is_some()),
        }
    }

    fn of_new(&self, index: u32) -> Option<Key> {
        let is_once = !self.pairs.new_at(index).repeats.is_some();
        self.at_any_time_of_new(index).filter(|_| is_once)
    }

    fn of_old(&self, index: u32) -> Option<Key> {
        let is_once = !self.pairs.old_at(index).repeats.is_some();
        self.at_any_time_of_old(index).filter(|_| is_once)
    }

    /// The key by which a new message votes, whether or not its local time occurs twice.
    pub(super) fn at_any_time_of_new(&self, index: u32) -> Option<Key> {
        self.of(self.pairs.new_at(index), self.pairs.files_of_new(index))
    }

    /// The same of an old one.
    pub(super) fn at_any_time_of_old(&self, index: u32) -> Option<Key> {
        self.of(self.pairs.old_at(index), self.pairs.files_of_old(index))
    }

    fn of(&self, observation: &Observation, files: Option<&Files>) -> Option<Key> {
        if observation.class == Some(Class::Notice) {
            return None;
        }
        let content = match self.by_size {
            true => files.and_then(|files| files.sizes),
            false => observation.files,
        };
        let mut key = content.or(observation.body)?;
        key[0] ^= u8::from(self.knows_side && observation.outgoing.unwrap_or_default());
        Some(key)
    }
}

/// Infers the zone shift and, if it is certain, sets it for each new observation. `pairs` contains the
/// pairs found at the recorded times.
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
    let contents = Contents::new(pairs);
    let new_votes: Vec<Option<Key>> = all(pairs.new).map(|index| contents.of_new(index)).collect();
    let old_votes: Vec<Option<Key>> = all(pairs.old).map(|index| contents.of_old(index)).collect();
    // Voters in the common span if the new timeline is later by `shift`. For each class, those of the source with
    // fewer.
    let both = |shift: i64| -> usize {
        let count = |observations: &[Observation], votes: &[Option<Key>], begin: i64, end: i64| {
            let range = begin - MAX_DIFFERENCE..=end + MAX_DIFFERENCE;
            // The other timeline need not have edited messages.
            let is_voter = |(o, vote): &(&Observation, &Option<Key>)| {
                vote.is_some() && o.state != State::Edited && range.contains(&o.at)
            };
            let mut counts: HashMap<Option<Class>, usize> = HashMap::new();
            for (voter, _) in observations.iter().zip(votes).filter(is_voter) {
                *counts.entry(voter.class).or_default() += 1;
            }
            counts
        };
        let new = count(
            &pairs.new.observations,
            &new_votes,
            begin + shift,
            end + shift,
        );
        let old = count(
            &pairs.old.observations,
            &old_votes,
            new_begin - shift,
            new_end - shift,
        );
        let fewer = |(class, count): (&Option<Class>, &usize)| {
            old.get(class).map_or(0, |others| *count.min(others))
        };
        new.iter().map(fewer).sum()
    };
    let shared = both(0);
    let both_in_place = || {
        let votes = new_votes.iter().zip(&pairs.of_new);
        votes.filter(|(vote, partner)| vote.is_some() && partner.is_some())
    };
    let in_place = both_in_place().count();
    if in_place * 2 > shared {
        return Inference::None;
    }
    let (new, new_keys) = by_time(&new_votes, |index| pairs.order_of_new(index));
    let (old, old_keys) = by_time(&old_votes, |index| pairs.order_of_old(index));
    let mut by_quarters: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (rank, other) in align(&new_keys, &old_keys) {
        let shift = pairs.new_at(new[rank]).at - pairs.old_at(old[other]).at;
        if is_zone_shift(shift) {
            by_quarters.entry(quarters(shift)).or_default().push(rank);
        }
    }
    // Late messages are in another order, and the order of repeated ones is weak evidence.
    let old_times = times(&old_keys, &old, &|index| pairs.old_at(index).at);
    let agreeing_at = |quarters: i64| {
        let shift = quarters * QUARTER;
        let new_times = times(&new_keys, &new, &|index| pairs.new_at(index).at - shift);
        let of_new = agreeing(&new_times, &old_times);
        let count = of_new.len().min(agreeing(&old_times, &new_times).len());
        (count, of_new)
    };
    let new_times = times(&new_keys, &new, &|index| pairs.new_at(index).at);
    let aligned = |quarters: &i64| by_quarters.get(quarters).map_or(0, Vec::len);
    let mut votes = votes(&new_times, &old_times);
    for (quarters, ranks) in &by_quarters {
        let count = votes.entry(*quarters).or_default();
        *count = ranks.len().max(*count);
    }
    let most = (most_frequent(votes).into_iter())
        .map(|quarters| (aligned(&quarters).max(agreeing_at(quarters).0), quarters))
        .max_by_key(|(count, quarters)| (*count, -quarters.abs(), *quarters));
    let Some((_, most)) = most.filter(|(_, quarters)| *quarters != 0) else {
        return Inference::None;
    };
    let no_ranks = Vec::new();
    let ranks = by_quarters.get(&most).unwrap_or(&no_ranks);
    let shift = most * QUARTER;
    let both = both(shift);
    let near = |other: i64| other != 0 && (other - most).abs() * QUARTER <= DAYLIGHT_SAVING;
    let in_order: usize = (by_quarters.iter())
        .filter(|(quarters, _)| near(**quarters))
        .map(|(_, ranks)| ranks.len())
        .sum();
    let (count, agreeing) = agreeing_at(most);
    let mut agree = in_order.max(count);
    if in_place * IN_PLACE > shared && agree < in_place * 2 {
        return Inference::None;
    }
    let in_order_texts = (by_quarters.iter())
        .filter(|(quarters, _)| near(**quarters))
        .flat_map(|(_, ranks)| ranks.iter().map(|rank| new_keys[*rank]));
    let mut texts: HashSet<Key> = agreeing.into_iter().chain(in_order_texts).collect();
    if shift.abs() <= DAYLIGHT_SAVING {
        // Pairs without a shift count too: one zone had changed its clocks, the other had not.
        agree += in_place;
        texts.extend(both_in_place().filter_map(|(vote, _)| *vote));
    }
    // Each deletion notice may stand for one that does not agree.
    let is_notice = |o: &&Observation| o.state == State::Deleted;
    let notices = |observations: &[Observation]| observations.iter().filter(is_notice).count();
    let deleted = notices(&pairs.new.observations).max(notices(&pairs.old.observations));
    let explained = agree + deleted + edited(pairs, (&new, &new_keys), (&old, &old_keys), shift);
    let is_half = agree * SHARED.1 >= both * SHARED.0;
    let is_agreed = explained * AGREEING.1 >= both * AGREEING.0 && is_half;
    if texts.len() < TEXTS || !is_agreed || shift.abs() > LARGEST_SHIFT {
        let count = ranks.len();
        let is_free = |index: &&u32| pairs.of_new[**index as usize].is_none();
        let free = new.iter().filter(is_free).count();
        let is_whole = (count >= 2 && count * 2 >= free)
            || (texts.len() >= 2 && is_half_of_covered(pairs, shift, count))
            || (count == 1 && pairs.new.observations.len() == 1)
            || (texts.len() >= TEXTS && is_half);
        let count = match is_whole {
            true => Some(count),
            false => at_one_time(pairs, shift),
        };
        return count.map_or(Inference::None, |count| {
            Inference::Doubtful(u32::try_from(count).unwrap_or(u32::MAX))
        });
    }
    let voted: HashMap<u32, i64> = (by_quarters.iter())
        .filter(|(quarters, _)| near(**quarters))
        .flat_map(|(quarters, ranks)| ranks.iter().map(move |rank| (*rank, quarters * QUARTER)))
        .map(|(rank, shift)| (new[rank], shift))
        .collect();
    set_shifts(pairs, &voted, shift);
    Inference::Certain(shift)
}

/// Sets the shift of each message: that of its vote, or that with which its local time differs as much as that of
/// the last voter before it. `shift` is that of most.
fn set_shifts(pairs: &mut Pairs<'_>, voted: &HashMap<u32, i64>, shift: i64) {
    let mut local = LocalTimes::of(pairs.new.zone);
    let mut in_order: Vec<u32> = all(pairs.new).collect();
    in_order.sort_by_key(|index| pairs.order_of_new(*index));
    // Those before the first voter are like most.
    let first = (in_order.iter()).find(|index| voted.get(*index) == Some(&shift));
    let mut last = first.map(|index| {
        let at = pairs.new_at(*index).at;
        local.anchor(at, at - shift)
    });
    let mut previous = i64::MIN / 2;
    for index in in_order {
        let at = pairs.new_at(index).at;
        let instant = match (voted.get(&index), last) {
            (Some(by), _) => {
                last = Some(local.anchor(at, at - by));
                at - by
            }
            (None, Some(last)) => local.instant(at, last, previous),
            (None, None) => at - shift,
        };
        pairs.shifts[index as usize] = at - instant;
        previous = instant;
    }
}

/// Whether both timelines have equally many messages in the common time, at least three, and `count` is
/// half of them.
fn is_half_of_covered(pairs: &Pairs<'_>, shift: i64, count: usize) -> bool {
    let (Some((from, to)), Some((old_from, old_to))) = (pairs.new.span(), pairs.old.span()) else {
        return false;
    };
    let covered = |timeline: &Timeline, from: i64, to: i64| {
        let range = from - JITTER..=to + JITTER;
        let all = timeline.observations.iter();
        all.filter(|observation| range.contains(&observation.at))
            .count()
    };
    let new = covered(pairs.new, old_from + shift, old_to + shift);
    let old = covered(pairs.old, from - shift, to - shift);
    new == old && new >= TEXTS && count * 2 >= new
}

/// The number of messages with a counterpart of their direction at this shift, whatever they contain: files that an
/// export left out have no content to vote by. `None` where that may be chance: these are not nearly all of
/// what both timelines cover, or others are in place.
fn at_one_time(pairs: &Pairs<'_>, shift: i64) -> Option<usize> {
    let agreeing = |shift: i64| -> usize {
        let of_side = |side: Option<bool>| {
            let times = |timeline: &Timeline, by: i64| -> Vec<i64> {
                let all = timeline.observations.iter();
                let own = all.filter(|observation| observation.outgoing == side);
                let mut times: Vec<i64> = own.map(|observation| observation.at - by).collect();
                times.sort_unstable();
                times
            };
            in_common(&times(pairs.new, shift), &times(pairs.old, 0))
        };
        [None, Some(false), Some(true)]
            .into_iter()
            .map(of_side)
            .sum()
    };
    let covered = |timeline: &Timeline, (from, to): (i64, i64), by: i64| {
        let range = from + by - MAX_DIFFERENCE..=to + by + MAX_DIFFERENCE;
        let all = timeline.observations.iter();
        all.filter(|observation| range.contains(&observation.at))
            .count()
    };
    let new = covered(pairs.new, pairs.old.span()?, shift);
    let old = covered(pairs.old, pairs.new.span()?, -shift);
    let (both, count) = (new.min(old), agreeing(shift));
    let is_nearly_all = both >= LONG && count * AGREEING.1 >= both * AGREEING.0;
    let is_in_place = || agreeing(0) * IN_PLACE > both;
    (is_nearly_all && !is_in_place()).then_some(count)
}

/// The number of these times, both in order, that are near each other, each in one pair.
fn in_common(one: &[i64], other: &[i64]) -> usize {
    let (mut at, mut then, mut count) = (0, 0, 0);
    while let (Some(left), Some(right)) = (one.get(at), other.get(then)) {
        if left + MAX_DIFFERENCE < *right {
            at += 1;
        } else if right + MAX_DIFFERENCE < *left {
            then += 1;
        } else {
            (at, then, count) = (at + 1, then + 1, count + 1);
        }
    }
    count
}

/// The number of texts that the other timeline has in another wording at the same time: they were edited,
/// in a source that does not mark edits. Both timelines are given by indexes and contents, in order of
/// time.
fn edited(
    pairs: &Pairs<'_>,
    (new, new_keys): (&[u32], &[Key]),
    (old, old_keys): (&[u32], &[Key]),
    shift: i64,
) -> usize {
    let mut is_free = (vec![true; new.len()], vec![true; old.len()]);
    // Pairs what fits at one time, in order.
    let mut take = |fits: &dyn Fn(usize, usize) -> bool| {
        let (mut from, mut count) = (0, 0);
        for (rank, index) in new.iter().enumerate() {
            if !is_free.0[rank] {
                continue;
            }
            let one = pairs.new_at(*index);
            let at = pairs.order_of_new(*index) - shift;
            let is_past = |other: &&u32| pairs.order_of_old(**other) < at - MAX_DIFFERENCE;
            from += old[from..].iter().take_while(is_past).count();
            let is_at_one_time = |other: &usize| {
                let closeness = closeness(one, shift, pairs.old_at(old[*other]));
                closeness.is_some_and(|it| it <= Closeness::Tight)
            };
            let other = (from..old.len())
                .take(LOOKAHEAD)
                .find(|other| is_free.1[*other] && is_at_one_time(other) && fits(rank, *other));
            if let Some(other) = other {
                (is_free.0[rank], is_free.1[other]) = (false, false);
                count += 1;
            }
        }
        count
    };
    take(&|rank, other| new_keys[rank] == old_keys[other]);
    take(&|rank, other| {
        let (one, other) = (pairs.new_at(new[rank]), pairs.old_at(old[other]));
        [one.state, other.state].contains(&State::Unmarked)
            && [one.class, other.class] == [Some(Class::Text); 2]
            && one.outgoing == other.outgoing
    })
}

/// Shifts messages without a vote by an hour more or less, if only so they may have a partner: `shift` is
/// that of most, and the clocks of one of the two zones changed near them.
pub(super) fn adjust(pairs: &mut Pairs<'_>, shift: i64) {
    let old = pairs.old.by_time();
    let mut is_claimed = vec![false; old.len()];
    let mut without = Vec::new();
    // A possible partner at its own shift comes first.
    for index in all(pairs.new) {
        if pairs.of_new[index as usize].is_some() {
            continue;
        }
        let partners = possible(pairs, &old, index);
        match partners.iter().find(|other| !is_claimed[**other as usize]) {
            Some(other) => is_claimed[*other as usize] = true,
            None if partners.is_empty() => without.push(index),
            None => {}
        }
    }
    for index in without {
        let own = pairs.shifts[index as usize];
        let by = [shift, shift + DAYLIGHT_SAVING, shift - DAYLIGHT_SAVING];
        let by = by.into_iter().find(|by| {
            pairs.shifts[index as usize] = *by;
            let partners = possible(pairs, &old, index);
            partners.iter().any(|other| !is_claimed[*other as usize])
        });
        pairs.shifts[index as usize] = by.unwrap_or(own);
    }
}

/// Free messages that a free one may be at its shift. `old` are all indexes in order of time.
fn possible(pairs: &Pairs<'_>, old: &[u32], index: u32) -> Vec<u32> {
    let at = pairs.time_of(index);
    let from = old.partition_point(|other| pairs.old_at(*other).at < at - MAX_DIFFERENCE - MINUTE);
    (old[from..].iter().copied())
        .take(LOOKAHEAD)
        .filter(|other| {
            pairs.is_free(index, *other)
                && (pairs.closeness(index, *other)).is_some_and(|it| it <= Closeness::Tight)
                && pairs.may_be_of_one_author(index, *other)
                && pairs.may_be_one_content(index, *other)
        })
        .collect()
}

/// The voters with their times, in order of content.
pub(super) fn times(keys: &[Key], indexes: &[u32], time: &dyn Fn(u32) -> i64) -> Vec<(Key, i64)> {
    let keyed = keys.iter().zip(indexes);
    let mut times: Vec<(Key, i64)> = keyed.map(|(key, at)| (*key, time(*at))).collect();
    times.sort_unstable();
    times
}

/// The number of pairs of equal contents with each shift, in quarters of an hour, in any order. Contents
/// repeated more than a few times have no vote.
pub(super) fn votes(new: &[(Key, i64)], old: &[(Key, i64)]) -> HashMap<i64, usize> {
    let mut votes: HashMap<i64, usize> = HashMap::new();
    let mut rest = new;
    while let Some((content, _)) = rest.first() {
        let (own, others) = (of_content(rest, content), of_content(old, content));
        rest = &rest[own.len()..];
        if own.len().max(others.len()) > REPEATED {
            continue;
        }
        let shifts = own
            .iter()
            .flat_map(|(_, at)| others.iter().map(move |(_, other)| at - other));
        for shift in shifts.filter(|shift| is_zone_shift(*shift)) {
            *votes.entry(quarters(shift)).or_default() += 1;
        }
    }
    votes
}

/// The shifts with the most votes; of shifts with as many the smaller ones.
pub(super) fn most_frequent(votes: HashMap<i64, usize>) -> Vec<i64> {
    let mut votes: Vec<(i64, usize)> = votes.into_iter().collect();
    votes.sort_unstable_by_key(|(shift, count)| (Reverse(*count), shift.abs(), *shift));
    let most = votes.into_iter().take(CANDIDATES);
    most.map(|(shift, _)| shift).collect()
}

/// The voters with this content. `times` are in order of content.
fn of_content<'v>(times: &'v [(Key, i64)], content: &Key) -> &'v [(Key, i64)] {
    let from = times.partition_point(|(key, _)| key < content);
    let to = times.partition_point(|(key, _)| key <= content);
    &times[from..to]
}

/// Those of `one` that `other` has at the same time. Both are sorted.
fn agreeing(one: &[(Key, i64)], other: &[(Key, i64)]) -> Vec<Key> {
    let is_there = |(key, at): &&(Key, i64)| {
        let from = other.partition_point(|before| *before < (*key, at - MAX_DIFFERENCE));
        other
            .get(from)
            .is_some_and(|(same, then)| same == key && *then <= at + MAX_DIFFERENCE)
    };
    one.iter().filter(is_there).map(|(key, _)| *key).collect()
}

/// The indexes of a timeline.
fn all(timeline: &Timeline) -> impl Iterator<Item = u32> + use<> {
    (0u32..).take(timeline.observations.len())
}

/// Indexes of the voters, in order of time, and their keys.
fn by_time(votes: &[Option<Key>], time: impl Fn(u32) -> i64) -> (Vec<u32>, Vec<Key>) {
    let mut voters: Vec<(u32, Key)> = (0u32..)
        .zip(votes)
        .filter_map(|(index, vote)| Some((index, (*vote)?)))
        .collect();
    voters.sort_by_key(|(index, _)| time(*index));
    voters.into_iter().unzip()
}
