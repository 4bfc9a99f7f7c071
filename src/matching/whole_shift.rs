//! Zone shifts that too few texts prove, and that nothing in the common time contradicts.
//!
//! Concerns exports made abroad whose chat had one or two messages before, and those whose common messages are in an hour
//! that occurs twice. Never here: shifts that are certain, and doubts about longer chats ([`super::zone_shift`]).
//!
//! Both timelines record one conversation without gaps, so a shift explains all of it or nothing. It is doubtful where
//! every message of one timeline has a counterpart in the other at one whole number of quarters of an hour, with no other
//! message between these. Two of them are equal in content, or the one equal text begins both timelines: one text that
//! the end of one timeline and the start of the other have in common is chance. At the recorded times fewer than half as
//! many may be one message.

use super::pairs::Pairs;
use super::timeline::{Closeness, Precision, State, Timeline, closeness};
use super::tolerance::{LARGEST_SHIFT, LOOKAHEAD, MAX_DIFFERENCE, MINUTE, QUARTER};
use super::zone_shift::{Contents, most_frequent, times, votes};

/// The number of equal contents that agree with a shift, if that is doubtful.
pub(super) fn doubtful(pairs: &Pairs<'_>) -> Option<u32> {
    let (new, old) = (sent(pairs.new), sent(pairs.old));
    let found = pairs.of_new.iter().flatten().count();
    let is_exact = |timeline: &Timeline| {
        let mut all = timeline.observations.iter();
        all.all(|observation| observation.precision == Precision::Exact)
    };
    if found * 2 >= new.len().min(old.len()) || (is_exact(pairs.new) && is_exact(pairs.old)) {
        return None;
    }
    let contents = Contents::new(pairs);
    let of_new = |index: &u32| contents.at_any_time_of_new(*index);
    let of_old = |index: &u32| contents.at_any_time_of_old(*index);
    let keyed = |indexes: &[u32], key: &dyn Fn(&u32) -> Option<_>| -> Vec<(u32, _)> {
        let keyed = indexes.iter().map(|index| (*index, key(index)));
        keyed
            .filter_map(|(index, key)| Some((index, key?)))
            .collect()
    };
    let (new_voters, new_keys): (Vec<u32>, Vec<_>) = keyed(&new, &of_new).into_iter().unzip();
    let (old_voters, old_keys): (Vec<u32>, Vec<_>) = keyed(&old, &of_old).into_iter().unzip();
    let new_times = times(&new_keys, &new_voters, &|index| pairs.new_at(index).at);
    let old_times = times(&old_keys, &old_voters, &|index| pairs.old_at(index).at);
    let shifts = most_frequent(votes(&new_times, &old_times)).into_iter();
    let mut shifts = shifts
        .map(|quarters| quarters * QUARTER)
        .filter(|shift| *shift != 0 && shift.abs() <= LARGEST_SHIFT)
        .peekable();
    shifts.peek()?;
    let common = Common {
        pairs,
        is_equal: &|one, other| {
            let key = contents.at_any_time_of_new(one);
            key.is_some() && key == contents.at_any_time_of_old(other)
        },
        new,
        old,
    };
    let in_place = found.max(common.at(0).both);
    let counts = shifts.filter_map(|shift| {
        let found = common.at(shift);
        let is_enough = found.equal >= 2 || (found.equal == 1 && found.is_begin);
        (found.is_whole && is_enough && in_place * 2 < found.equal).then_some(found.equal)
    });
    counts
        .max()
        .map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

/// The messages of participants, in order of time.
fn sent(timeline: &Timeline) -> Vec<u32> {
    let mut indexes = timeline.by_time();
    indexes.retain(|index| timeline.observations[*index as usize].is_sent());
    indexes
}

/// What two timelines have in common at one shift.
struct Counterparts {
    /// The number of messages with a counterpart.
    both: usize,
    /// Those of them that are equal in content.
    equal: usize,
    /// Whether the first messages of both timelines are equal, and each other's counterparts.
    is_begin: bool,
    /// Whether all messages of one timeline have counterparts, and the other has none between these without one. A
    /// deletion needs none: a record has no notice of it.
    is_whole: bool,
}

/// The messages of two timelines, in order of time.
struct Common<'c, 't> {
    pairs: &'c Pairs<'t>,
    is_equal: &'c dyn Fn(u32, u32) -> bool,
    new: Vec<u32>,
    old: Vec<u32>,
}

impl Common<'_, '_> {
    /// The counterparts if the new timeline is later by `shift`: those of equal content first.
    fn at(&self, shift: i64) -> Counterparts {
        let mut has = (vec![false; self.new.len()], vec![false; self.old.len()]);
        let equal = self.take(shift, &mut has, &|one, other| (self.is_equal)(one, other));
        let is_begin = equal.contains(&(0, 0));
        let pairs = self.pairs;
        let others = self.take(shift, &mut has, &|one, other| {
            pairs.may_be_one_content_or_equal(one, other)
        });
        let is_deleted = |timeline: &Timeline, index: u32| {
            timeline.observations[index as usize].state == State::Deleted
        };
        let new = needed(&self.new, &has.0, |index| is_deleted(pairs.new, index));
        let old = needed(&self.old, &has.1, |index| is_deleted(pairs.old, index));
        Counterparts {
            both: equal.len() + others.len(),
            equal: equal.len(),
            is_begin,
            is_whole: (is_all(&new) && is_run(&old)) || (is_all(&old) && is_run(&new)),
        }
    }

    /// Pairs messages of one author that agree in time and have no counterpart yet, by their ranks.
    fn take(
        &self,
        shift: i64,
        has: &mut (Vec<bool>, Vec<bool>),
        fits: &dyn Fn(u32, u32) -> bool,
    ) -> Vec<(usize, usize)> {
        let pairs = self.pairs;
        let repeats = self.new.iter().map(|index| pairs.new_at(*index).repeats);
        let repeats = repeats.chain(self.old.iter().map(|index| pairs.old_at(*index).repeats));
        let reach = MINUTE + MAX_DIFFERENCE + repeats.max().unwrap_or_default().millis();
        let (mut from, mut found) = (0, Vec::new());
        for (rank, index) in self.new.iter().enumerate() {
            let one = pairs.new_at(*index);
            let at = one.at - shift;
            let is_past = |other: &&u32| pairs.old_at(**other).at < at - reach;
            from += self.old[from..].iter().take_while(is_past).count();
            if has.0[rank] {
                continue;
            }
            let near = (self.old.iter().enumerate().skip(from))
                .take_while(|(_, other)| pairs.old_at(**other).at <= at + reach)
                .take(LOOKAHEAD);
            let partner = near
                .filter(|(other, _)| !has.1[*other])
                .find(|(_, other)| {
                    let close = closeness(one, shift, pairs.old_at(**other));
                    close.is_some_and(|close| close <= Closeness::Tight)
                        && pairs.may_be_of_one_author(*index, **other)
                        && fits(*index, **other)
                })
                .map(|(other, _)| other);
            if let Some(other) = partner {
                (has.0[rank], has.1[other]) = (true, true);
                found.push((rank, other));
            }
        }
        found
    }
}

/// Whether each message has a counterpart, without deletions that have none.
fn needed(indexes: &[u32], has: &[bool], is_deleted: impl Fn(u32) -> bool) -> Vec<bool> {
    let all = indexes.iter().zip(has);
    all.filter(|(index, has)| **has || !is_deleted(**index))
        .map(|(_, has)| *has)
        .collect()
}

fn is_all(has: &[bool]) -> bool {
    !has.is_empty() && !has.contains(&false)
}

/// Whether those with a counterpart are next to each other.
fn is_run(has: &[bool]) -> bool {
    let first = has.iter().position(|has| *has);
    let last = has.iter().rposition(|has| *has);
    first
        .zip(last)
        .is_some_and(|(first, last)| is_all(&has[first..=last]))
}
