//! Pairs messages whose content changed, by their position between matched neighbours.
//!
//! Belongs here: what was edited, deleted, left out of an export, or rendered differently by
//! another program. Never here: evidence of content ([`super::by_content`]).
//!
//! The pairs found so far cut both timelines into gaps. Within a gap the free observations of both
//! sides are aligned in order, at the least cost: each message that one source lacks without a
//! reason costs one. No cost has what one source does not cover: an export that WhatsApp cut lacks
//! its oldest messages, and an older export lacks the newest ones. A pair that every cheapest
//! alignment contains is certain; where they differ, the message is ambiguous.

use std::collections::HashSet;

use super::pairs::{Pairs, is_interchangeable};
use super::timeline::Closeness;
use super::tolerance::{CELLS, MINUTE, NEAR};

/// What became of the free observations.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Places of new observations that may have one of several partners, or none.
    pub(super) ambiguous: Vec<u32>,
}

/// Aligns every gap. Pairs are added to `pairs`.
pub(super) fn align_gaps(pairs: &mut Pairs<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut found = Vec::new();
    for gap in gaps(pairs) {
        for cluster in clusters(pairs, gap) {
            align(pairs, &cluster, &mut found, &mut outcome);
        }
    }
    for (new, old) in found.drain(..) {
        pairs.link(new, old);
    }
    // Messages of one stamp may stand in another order than before: what is left is compared by
    // time alone, where the stamps may mean one instant.
    let ambiguous: HashSet<u32> = outcome.ambiguous.iter().copied().collect();
    let gap = Gap {
        new: (new_by_time(pairs).into_iter())
            .filter(|place| pairs.of_new[*place as usize].is_none())
            .filter(|place| !ambiguous.contains(place))
            .collect(),
        old: (pairs.old.by_time().into_iter())
            .filter(|place| pairs.of_old[*place as usize].is_none())
            .collect(),
        ..Gap::default()
    };
    for cluster in clusters(pairs, gap) {
        of_one_stamp(pairs, &cluster, &mut found);
    }
    for (new, old) in found {
        pairs.link(new, old);
    }
    outcome
}

/// Pairs what has no neighbour to tell by: those of one instant, if they are as many on both
/// sides.
fn of_one_stamp(pairs: &Pairs<'_>, gap: &Gap, found: &mut Vec<(u32, u32)>) {
    let fits = |new: u32, old: u32| {
        pairs.closeness(new, old) == Some(Closeness::Same) && pair_cost(pairs, new, old) < NEVER
    };
    let is_whole = gap.new.len() == gap.old.len()
        && (gap.new.iter().zip(&gap.old)).all(|(new, old)| fits(*new, *old));
    if is_whole {
        found.extend(gap.new.iter().copied().zip(gap.old.iter().copied()));
        return;
    }
    if gap.new.len().saturating_mul(gap.old.len()) > CELLS {
        return;
    }
    // One that fits one alone, which fits nothing else.
    for new in &gap.new {
        let mut olds = gap.old.iter().filter(|old| fits(*new, **old));
        if let (Some(old), None) = (olds.next(), olds.next())
            && gap.new.iter().filter(|other| fits(**other, *old)).count() == 1
        {
            found.push((*new, *old));
        }
    }
}

/// Free observations between two pairs that are neighbours in both timelines, in order of time.
#[derive(Debug, Default)]
struct Gap {
    new: Vec<u32>,
    old: Vec<u32>,
    /// The new timeline has nothing before, and nothing behind.
    new_ends: (bool, bool),
    /// The same of the old one.
    old_ends: (bool, bool),
}

/// Cuts both timelines at the longest run of pairs that is in order in both.
fn gaps(pairs: &Pairs<'_>) -> Vec<Gap> {
    let (new, old) = (new_by_time(pairs), pairs.old.by_time());
    let mut rank_of_old = vec![0usize; old.len()];
    for (rank, place) in old.iter().enumerate() {
        rank_of_old[*place as usize] = rank;
    }
    let matched: Vec<(usize, usize)> = new
        .iter()
        .enumerate()
        .filter_map(|(rank, place)| {
            let other = pairs.of_new[*place as usize]?;
            Some((rank, rank_of_old[other as usize]))
        })
        .collect();
    let mut anchors = super::sequence::rising(&matched);
    anchors.push((new.len(), old.len()));
    let mut gaps = Vec::new();
    let (mut from_new, mut from_old) = (0, 0);
    for (to_new, to_old) in anchors {
        let is_free = |place: &&u32| pairs.of_new[**place as usize].is_none();
        let is_free_old = |place: &&u32| pairs.of_old[**place as usize].is_none();
        let gap = Gap {
            new: new[from_new..to_new]
                .iter()
                .filter(is_free)
                .copied()
                .collect(),
            old: old[from_old..to_old]
                .iter()
                .filter(is_free_old)
                .copied()
                .collect(),
            new_ends: (from_new == 0, to_new == new.len()),
            old_ends: (from_old == 0, to_old == old.len()),
        };
        if !gap.new.is_empty() && !gap.old.is_empty() {
            gaps.push(gap);
        }
        (from_new, from_old) = (to_new + 1, to_old + 1);
    }
    gaps
}

/// New observations in order of their corrected time.
fn new_by_time(pairs: &Pairs<'_>) -> Vec<u32> {
    let mut places: Vec<u32> = (0u32..).take(pairs.new.observations.len()).collect();
    places.sort_by_key(|place| pairs.time_of(*place));
    places
}

/// Parts of a gap that are too far apart in time to share a message.
fn clusters(pairs: &Pairs<'_>, gap: Gap) -> Vec<Gap> {
    let mut all: Vec<(i64, bool, u32)> = (gap.new.iter())
        .map(|place| (pairs.time_of(*place), true, *place))
        .chain(
            gap.old
                .iter()
                .map(|place| (pairs.old_at(*place).at, false, *place)),
        )
        .collect();
    all.sort_by_key(|(at, ..)| *at);
    let apart = |at: i64, last: i64, repeats: bool| {
        let hour = if repeats { super::tolerance::HOUR } else { 0 };
        at - last > NEAR + MINUTE + hour
    };
    let mut clusters: Vec<Gap> = Vec::new();
    let (mut last, mut seen_new, mut seen_old) = (None, 0, 0);
    let (all_new, all_old) = (gap.new.len(), gap.old.len());
    for (at, is_new, place) in all {
        let repeats = match is_new {
            true => pairs.new_at(place).repeats,
            false => pairs.old_at(place).repeats,
        };
        let begins = last.is_none_or(|(then, before)| apart(at, then, repeats || before));
        if begins {
            clusters.push(Gap {
                new_ends: (gap.new_ends.0 && seen_new == 0, gap.new_ends.1),
                old_ends: (gap.old_ends.0 && seen_old == 0, gap.old_ends.1),
                ..Gap::default()
            });
        }
        last = Some((at, repeats));
        if let Some(cluster) = clusters.last_mut() {
            match is_new {
                true => {
                    cluster.new.push(place);
                    seen_new += 1;
                }
                false => {
                    cluster.old.push(place);
                    seen_old += 1;
                }
            }
            cluster.new_ends.1 = gap.new_ends.1 && seen_new == all_new;
            cluster.old_ends.1 = gap.old_ends.1 && seen_old == all_old;
        }
    }
    clusters.retain(|cluster| !cluster.new.is_empty() && !cluster.old.is_empty());
    clusters
}

/// The cost of one event that nothing explains. Smaller differences only choose between
/// alignments that need the same number of events.
const EVENT: u32 = 1 << 12;

/// The cost of leaving out what the other source does not cover. Two that may be one message at
/// the meeting ends of two sources are one, if their stamps agree.
const BEYOND: u32 = 4;

/// The cost of a pair whose stamps are off by what two exports of one phone differ by.
const TIGHT: u32 = 1;

/// The cost of a pair whose stamps are a minute apart: more than leaving both out at the ends of
/// their sources, less than an unexplained event.
const LOOSE: u32 = 3 * BEYOND;

/// No pair.
const NEVER: u32 = u32::MAX / 4;

fn align(pairs: &Pairs<'_>, gap: &Gap, found: &mut Vec<(u32, u32)>, outcome: &mut Outcome) {
    let (rows, columns) = (gap.new.len(), gap.old.len());
    if (rows + 1).saturating_mul(columns + 1) > CELLS {
        return by_number(pairs, gap, found, outcome);
    }
    let cost = |row: usize, column: usize| pair_cost(pairs, gap.new[row], gap.old[column]);
    // Leaving out a new or an old observation costs nothing beyond the end of the other source.
    let skip_new = |column: usize| {
        let is_outside = (column == 0 && gap.old_ends.0) || (column == columns && gap.old_ends.1);
        if is_outside { BEYOND } else { EVENT }
    };
    let skip_old = |row: usize| {
        let is_outside = (row == 0 && gap.new_ends.0) || (row == rows && gap.new_ends.1);
        if is_outside { BEYOND } else { EVENT }
    };
    let width = columns + 1;
    let mut costs = vec![0u32; rows * columns];
    for row in 0..rows {
        for column in 0..columns {
            costs[row * columns + column] = cost(row, column);
        }
    }
    // The least cost of aligning what stands before a cell, and what stands from it on.
    let mut before = vec![NEVER; (rows + 1) * width];
    before[0] = 0;
    for row in 0..=rows {
        for column in 0..=columns {
            let at = row * width + column;
            let mut least = before[at];
            if row > 0 {
                least = least.min(before[at - width].saturating_add(skip_new(column)));
            }
            if column > 0 {
                least = least.min(before[at - 1].saturating_add(skip_old(row)));
            }
            if row > 0 && column > 0 {
                let pair = costs[(row - 1) * columns + column - 1];
                least = least.min(before[at - width - 1].saturating_add(pair));
            }
            before[at] = least;
        }
    }
    let mut after = vec![NEVER; (rows + 1) * width];
    after[rows * width + columns] = 0;
    for row in (0..=rows).rev() {
        for column in (0..=columns).rev() {
            let at = row * width + column;
            let mut least = after[at];
            if row < rows {
                least = least.min(after[at + width].saturating_add(skip_new(column)));
            }
            if column < columns {
                least = least.min(after[at + 1].saturating_add(skip_old(row)));
            }
            if row < rows && column < columns {
                let pair = costs[row * columns + column];
                least = least.min(after[at + width + 1].saturating_add(pair));
            }
            after[at] = least;
        }
    }
    let best = after[0];
    let mut taken = vec![false; columns];
    for row in 0..rows {
        let mut partners = (0..columns).filter(|column| {
            let pair = costs[row * columns + column];
            let rest = after[(row + 1) * width + column + 1];
            pair < NEVER && before[row * width + column] + pair + rest == best
        });
        let may_be_alone = (0..=columns).any(|column| {
            before[row * width + column] + skip_new(column) + after[(row + 1) * width + column]
                == best
        });
        let Some(first) = partners.next() else {
            continue;
        };
        let others: Vec<usize> = partners.collect();
        let own = gap.old[first];
        let is_one_of_equals = others
            .iter()
            .all(|other| is_interchangeable(pairs.old_at(own), pairs.old_at(gap.old[*other])));
        let free = std::iter::once(first)
            .chain(others.iter().copied())
            .find(|column| !taken[*column]);
        match free {
            Some(column) if !may_be_alone && (others.is_empty() || is_one_of_equals) => {
                taken[column] = true;
                found.push((gap.new[row], gap.old[column]));
            }
            _ => outcome.ambiguous.push(gap.new[row]),
        }
    }
}

/// The cost of taking two observations for one message.
fn pair_cost(pairs: &Pairs<'_>, new: u32, old: u32) -> u32 {
    if !pairs.may_be_of_one_author(new, old) || !pairs.may_be_one_content(new, old) {
        return NEVER;
    }
    match pairs.closeness(new, old) {
        Some(Closeness::Same) => 0,
        Some(Closeness::Tight) => TIGHT,
        Some(Closeness::Loose) => LOOSE,
        None => NEVER,
    }
}

/// A gap that is too large to be aligned in full: as many of one as of the other, each fitting its
/// counterpart, are the same ones in order; so are those that are left beyond the end of a source.
fn by_number(pairs: &Pairs<'_>, gap: &Gap, found: &mut Vec<(u32, u32)>, outcome: &mut Outcome) {
    let (new, old) = (gap.new.as_slice(), gap.old.as_slice());
    let count = new.len().min(old.len());
    let is_cut = match new.len() < old.len() {
        true => gap.new_ends,
        false => gap.old_ends,
    };
    let (new, old) = match is_cut {
        _ if new.len() == old.len() => (new, old),
        // What is missing is older, or newer, than all that the shorter source has.
        (true, false) => (&new[new.len() - count..], &old[old.len() - count..]),
        (false, true) => (&new[..count], &old[..count]),
        _ => {
            return outcome
                .ambiguous
                .extend(gap.new.iter().copied().filter(|place| {
                    old.iter()
                        .take(super::tolerance::LOOKAHEAD)
                        .any(|other| pair_cost(pairs, *place, *other) < NEVER)
                }));
        }
    };
    for (one, other) in new.iter().zip(old) {
        if pair_cost(pairs, *one, *other) < NEVER {
            found.push((*one, *other));
        } else {
            outcome.ambiguous.push(*one);
        }
    }
}
