//! Pairs messages whose content changed, by their position between matched neighbours.
//!
//! Concerns messages that were edited, deleted, omitted from an export, or rendered differently by another
//! program. Never here: evidence of content ([`super::by_content`]).
//!
//! The pairs found so far divide both timelines into gaps. Within a gap the free observations of both sides
//! are aligned in order, at the least cost: a pair costs the events that turn one content into the other, a
//! message without a partner the event that removed it from the other source. No event is needed where the
//! other source does not cover it: an export that WhatsApp truncated lacks its oldest messages, and an
//! older export lacks the newest ones. A pair that every cheapest alignment contains is certain; where they
//! differ in content, the message is ambiguous.

use std::collections::{HashMap, HashSet};

use super::pairs::Pairs;
use super::timeline::{Closeness, Observation, State};
use super::tolerance::{CELLS, LOOKAHEAD, MAX_DIFFERENCE, MINUTE};

/// The result for the free observations.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Indexes of new observations that may have one of several partners, or none.
    pub(super) ambiguous: Vec<u32>,
    /// Indexes of their possible partners.
    pub(super) contested: Vec<u32>,
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
    // Messages that are still free may be in another order: they arrived late.
    for cluster in clusters(pairs, rest(pairs, &outcome)) {
        align(pairs, &cluster, &mut found, &mut outcome);
    }
    for (new, old) in found {
        pairs.link(new, old);
    }
    outcome
}

/// Pairs messages that are each other's only possible partner, in any order: any other history has more
/// messages.
pub(super) fn by_exclusion(pairs: &mut Pairs<'_>) {
    let by_time = |indexes: &mut Vec<u32>, time: &dyn Fn(u32) -> i64| {
        indexes.sort_by_key(|index| time(*index));
    };
    let free = |partners: &[Option<u32>]| -> Vec<u32> {
        let all = (0u32..).zip(partners);
        all.filter(|(_, partner)| partner.is_none())
            .map(|(index, _)| index)
            .collect()
    };
    let (mut new, mut old) = (free(&pairs.of_new), free(&pairs.of_old));
    by_time(&mut new, &|index| pairs.time_of(index));
    by_time(&mut old, &|index| pairs.old_at(index).at);
    let repeats = |index: &u32| pairs.new_at(*index).repeats;
    let repeats_old = |index: &u32| pairs.old_at(*index).repeats;
    let longest = (new.iter().map(repeats))
        .chain(old.iter().map(repeats_old))
        .max();
    let reach = MINUTE + MAX_DIFFERENCE + longest.unwrap_or_default().millis();
    let mut only: HashMap<u32, Option<u32>> = HashMap::new();
    let mut candidates = Vec::new();
    let mut from = 0;
    for index in new {
        let at = pairs.time_of(index);
        while from < old.len() && pairs.old_at(old[from]).at < at - reach {
            from += 1;
        }
        let near = (old[from..].iter())
            .take_while(|other| pairs.old_at(**other).at <= at + reach)
            .take(LOOKAHEAD + 1);
        let mut partners = Vec::new();
        let mut seen = 0;
        for other in near {
            seen += 1;
            if pair_cost(pairs, index, *other) < NO_PAIR {
                partners.push(*other);
            }
        }
        for other in &partners {
            only.entry(*other)
                .and_modify(|by| *by = None)
                .or_insert(Some(index));
        }
        if let ([partner], true) = (partners.as_slice(), seen <= LOOKAHEAD) {
            candidates.push((index, *partner));
        }
    }
    for (index, partner) in candidates {
        if only.get(&partner) == Some(&Some(index)) {
            pairs.link(index, partner);
        }
    }
}

/// All messages that are free and not ambiguous, whatever the pairs around them are.
fn rest(pairs: &Pairs<'_>, outcome: &Outcome) -> Gap {
    let mut is_open: Vec<bool> = pairs.of_new.iter().map(Option::is_none).collect();
    for index in &outcome.ambiguous {
        is_open[*index as usize] = false;
    }
    let mut new: Vec<u32> = (0u32..).take(pairs.new.observations.len()).collect();
    new.sort_by_key(|index| pairs.time_of(*index));
    new.retain(|index| is_open[*index as usize]);
    let mut old = pairs.old.by_time();
    old.retain(|index| pairs.of_old[*index as usize].is_none());
    let contested: HashSet<u32> = outcome.contested.iter().copied().collect();
    old.retain(|index| !contested.contains(index));
    Gap {
        new,
        old,
        is_unordered: true,
        ..Gap::default()
    }
}

/// Free observations between two pairs that are neighbours in both timelines, in order of time.
#[derive(Debug, Default)]
struct Gap {
    new: Vec<u32>,
    old: Vec<u32>,
    /// Whether the new timeline has nothing before, and nothing after.
    new_ends: (bool, bool),
    /// The same for the old timeline.
    old_ends: (bool, bool),
    /// Whether the pairs around them are in another order, so that only equal content counts.
    is_unordered: bool,
}

/// Cuts both timelines at the longest run of pairs that is in order in both.
fn gaps(pairs: &Pairs<'_>) -> Vec<Gap> {
    let (new, old) = (new_by_time(pairs), old_by_time(pairs));
    let mut rank_of_old = vec![0usize; old.len()];
    for (rank, index) in old.iter().enumerate() {
        rank_of_old[*index as usize] = rank;
    }
    let matched: Vec<(usize, usize)> = new
        .iter()
        .enumerate()
        .filter_map(|(rank, index)| {
            let other = pairs.of_new[*index as usize]?;
            Some((rank, rank_of_old[other as usize]))
        })
        .collect();
    let mut anchors = super::sequence::rising(&matched);
    anchors.push((new.len(), old.len()));
    let mut gaps = Vec::new();
    let (mut from_new, mut from_old) = (0, 0);
    for (to_new, to_old) in anchors {
        let is_free = |index: &&u32| pairs.of_new[**index as usize].is_none();
        let is_free_old = |index: &&u32| pairs.of_old[**index as usize].is_none();
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
            is_unordered: false,
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
    let mut indexes: Vec<u32> = (0u32..).take(pairs.new.observations.len()).collect();
    indexes.sort_by_key(|index| pairs.order_of_new(*index));
    indexes
}

/// Old observations in order of time.
fn old_by_time(pairs: &Pairs<'_>) -> Vec<u32> {
    let mut indexes: Vec<u32> = (0u32..).take(pairs.old.observations.len()).collect();
    indexes.sort_by_key(|index| pairs.order_of_old(*index));
    indexes
}

/// Parts of a gap that are too far apart in time to share a message.
fn clusters(pairs: &Pairs<'_>, gap: Gap) -> Vec<Gap> {
    let mut all: Vec<(i64, bool, u32)> = (gap.new.iter())
        .map(|index| {
            let by_time = gap.is_unordered;
            let time = if by_time {
                pairs.time_of(*index)
            } else {
                pairs.order_of_new(*index)
            };
            (time, true, *index)
        })
        .chain(gap.old.iter().map(|index| {
            let by_time = gap.is_unordered;
            let time = if by_time {
                pairs.old_at(*index).at
            } else {
                pairs.order_of_old(*index)
            };
            (time, false, *index)
        }))
        .collect();
    all.sort_by_key(|(at, ..)| *at);
    let mut clusters: Vec<Gap> = Vec::new();
    let (mut end, mut seen_new, mut seen_old) = (i64::MIN, 0, 0);
    let (all_new, all_old) = (gap.new.len(), gap.old.len());
    for (at, is_new, index) in all {
        let repeats = match is_new {
            true => pairs.new_at(index).repeats,
            false => pairs.old_at(index).repeats,
        };
        let later = repeats.millis();
        let begins = clusters.is_empty() || at - later > end + MAX_DIFFERENCE + MINUTE;
        end = end.max(at + later);
        if begins {
            clusters.push(Gap {
                new_ends: (gap.new_ends.0 && seen_new == 0, gap.new_ends.1),
                old_ends: (gap.old_ends.0 && seen_old == 0, gap.old_ends.1),
                is_unordered: gap.is_unordered,
                ..Gap::default()
            });
        }
        if let Some(cluster) = clusters.last_mut() {
            match is_new {
                true => {
                    cluster.new.push(index);
                    seen_new += 1;
                }
                false => {
                    cluster.old.push(index);
                    seen_old += 1;
                }
            }
            cluster.new_ends.1 = gap.new_ends.1 && seen_new == all_new;
            cluster.old_ends.1 = gap.old_ends.1 && seen_old == all_old;
        }
    }
    if gap.is_unordered {
        // The ends are those of the times, since the pairs around are in another order.
        let all = |count: usize| (0u32..).take(count);
        let span = |times: &mut dyn Iterator<Item = i64>| {
            times.fold((i64::MAX, i64::MIN), |(begin, end), at| {
                (begin.min(at), end.max(at))
            })
        };
        let time = |index: u32| pairs.time_of(index);
        let old_time = |index: u32| pairs.old_at(index).at;
        let new_span = span(&mut all(pairs.of_new.len()).map(time));
        let old_span = span(&mut all(pairs.of_old.len()).map(old_time));
        for cluster in &mut clusters {
            let own = span(&mut cluster.new.iter().map(|index| time(*index)));
            let there = span(&mut cluster.old.iter().map(|index| old_time(*index)));
            cluster.new_ends = (own.0 == new_span.0, own.1 == new_span.1);
            cluster.old_ends = (there.0 == old_span.0, there.1 == old_span.1);
        }
    }
    clusters.retain(|cluster| !cluster.new.is_empty() && !cluster.old.is_empty());
    clusters
}

/// The cost of one event: a message was edited, deleted, or removed on one device. Smaller costs only
/// choose between alignments with the same number of events.
const EVENT: u32 = 1 << 12;

/// The cost of treating two observations as two messages instead of one, for each of them.
const UNPAIRED: u32 = EVENT / 2;

/// The cost of a pair whose timestamps differ by no more than two exports of one phone do.
const TIGHT_PAIR: u32 = 1;

/// The extra cost of a pair whose content changed: an equal message is preferred.
const CHANGED: u32 = 8;

/// No pair.
const NO_PAIR: u32 = u32::MAX / 4;

fn align(pairs: &Pairs<'_>, gap: &Gap, found: &mut Vec<(u32, u32)>, outcome: &mut Outcome) {
    let (rows, columns) = (gap.new.len(), gap.old.len());
    if (rows + 1).saturating_mul(columns + 1) > CELLS {
        return by_number(pairs, gap, found, outcome);
    }
    let cost = |row: usize, column: usize| {
        let (new, old) = (gap.new[row], gap.old[column]);
        let is_changed =
            gap.is_unordered && !pairs.is_interchangeable(new, old) && pairs.events(new, old) > 0;
        match is_changed {
            true => NO_PAIR,
            false => pair_cost(pairs, new, old),
        }
    };
    // Messages beyond the span of the other source need no event.
    let skip_new: Vec<(u32, u32)> = (gap.new.iter())
        .map(|index| unpaired_cost(pairs.new_at(*index), pairs.old_is_record))
        .collect();
    let skip_old: Vec<(u32, u32)> = (gap.old.iter())
        .map(|index| unpaired_cost(pairs.old_at(*index), pairs.new_is_record))
        .collect();
    let skip_new = |row: usize, column: usize| {
        let is_outside = (column == 0 && gap.old_ends.0) || (column == columns && gap.old_ends.1);
        if is_outside {
            skip_new[row].0
        } else {
            skip_new[row].1
        }
    };
    let skip_old = |row: usize, column: usize| {
        let is_outside = (row == 0 && gap.new_ends.0) || (row == rows && gap.new_ends.1);
        if is_outside {
            skip_old[column].0
        } else {
            skip_old[column].1
        }
    };
    let width = columns + 1;
    let mut costs = vec![0u32; rows * columns];
    for row in 0..rows {
        for column in 0..columns {
            costs[row * columns + column] = cost(row, column);
        }
    }
    // The least cost of aligning all before a cell, and all from it on.
    let mut before = vec![NO_PAIR; (rows + 1) * width];
    before[0] = 0;
    for row in 0..=rows {
        for column in 0..=columns {
            let at = row * width + column;
            let mut least = before[at];
            if row > 0 {
                least = least.min(before[at - width].saturating_add(skip_new(row - 1, column)));
            }
            if column > 0 {
                least = least.min(before[at - 1].saturating_add(skip_old(row, column - 1)));
            }
            if row > 0 && column > 0 {
                let pair = costs[(row - 1) * columns + column - 1];
                least = least.min(before[at - width - 1].saturating_add(pair));
            }
            before[at] = least;
        }
    }
    let mut after = vec![NO_PAIR; (rows + 1) * width];
    after[rows * width + columns] = 0;
    for row in (0..=rows).rev() {
        for column in (0..=columns).rev() {
            let at = row * width + column;
            let mut least = after[at];
            if row < rows {
                least = least.min(after[at + width].saturating_add(skip_new(row, column)));
            }
            if column < columns {
                least = least.min(after[at + 1].saturating_add(skip_old(row, column)));
            }
            if row < rows && column < columns {
                let pair = costs[row * columns + column];
                least = least.min(after[at + width + 1].saturating_add(pair));
            }
            after[at] = least;
        }
    }
    let best = after[0];
    // One of the cheapest alignments: pairs as early as possible, and of two without a partner the earlier
    // one first. Equal for both directions of pairing.
    let mut chosen = vec![None; rows];
    let (mut row, mut column) = (0, 0);
    while row < rows || column < columns {
        let rest = after[row * width + column];
        let is_pair = row < rows && column < columns && {
            let pair = costs[row * columns + column];
            pair < NO_PAIR && pair.saturating_add(after[(row + 1) * width + column + 1]) == rest
        };
        let may_skip_new = row < rows
            && skip_new(row, column).saturating_add(after[(row + 1) * width + column]) == rest;
        let may_skip_old = column < columns
            && skip_old(row, column).saturating_add(after[row * width + column + 1]) == rest;
        if is_pair {
            chosen[row] = Some(column);
            row += 1;
            column += 1;
        } else if may_skip_new
            && !(may_skip_old
                && pairs.order_of_old(gap.old[column]) < pairs.order_of_new(gap.new[row]))
        {
            row += 1;
        } else {
            column += 1;
        }
    }
    for row in 0..rows {
        let mut partners = (0..columns).filter(|column| {
            let pair = costs[row * columns + column];
            let rest = after[(row + 1) * width + column + 1];
            pair < NO_PAIR && before[row * width + column] + pair + rest == best
        });
        let may_be_alone = || {
            (0..=columns).any(|column| {
                let skipped = before[row * width + column] + skip_new(row, column);
                skipped + after[(row + 1) * width + column] == best
            })
        };
        let Some(first) = partners.next() else {
            continue;
        };
        let others: Vec<usize> = partners.collect();
        let is_certain = others.is_empty() && !may_be_alone();
        let is_one_of_equals = || {
            std::iter::once(&first)
                .chain(&others)
                .all(|column| pairs.is_interchangeable(gap.new[row], gap.old[*column]))
        };
        match chosen[row] {
            Some(column) if is_certain || is_one_of_equals() => {
                found.push((gap.new[row], gap.old[column]));
            }
            None if is_one_of_equals() => {}
            _ => {
                outcome.ambiguous.push(gap.new[row]);
                let partners = std::iter::once(&first).chain(&others);
                outcome.contested.extend(partners.map(|at| gap.old[*at]));
            }
        }
    }
}

/// The cost of a message that the other source lacks: outside its span, and within.
fn unpaired_cost(observation: &Observation, other_is_record: bool) -> (u32, u32) {
    let events = match observation.state {
        State::Plain | State::Unmarked => 0,
        State::Edited | State::Deleted => EVENT,
    };
    // Messages deleted before an import are not imported.
    let is_left_out = other_is_record && observation.state == State::Deleted;
    let missing = if is_left_out { 0 } else { EVENT };
    (UNPAIRED + events, UNPAIRED + events + missing)
}

/// The cost of treating two observations as one message.
fn pair_cost(pairs: &Pairs<'_>, new: u32, old: u32) -> u32 {
    if !pairs.may_be_of_one_author(new, old) || !pairs.may_be_one_content(new, old) {
        return NO_PAIR;
    }
    let distance = match pairs.closeness(new, old) {
        Some(Closeness::Same) => 0,
        Some(Closeness::Tight) => TIGHT_PAIR,
        Some(Closeness::Loose) | None => return NO_PAIR,
    };
    match pairs.events(new, old) {
        0 => distance,
        events => EVENT * events + CHANGED + distance,
    }
}

/// Aligns a gap that is too large for the full alignment: equal numbers of messages, each compatible with
/// its counterpart, are paired in order; so are those that are left beyond the end of a source.
fn by_number(pairs: &Pairs<'_>, gap: &Gap, found: &mut Vec<(u32, u32)>, outcome: &mut Outcome) {
    let (new, old) = (gap.new.as_slice(), gap.old.as_slice());
    let count = new.len().min(old.len());
    let is_cut = match new.len() < old.len() {
        true => gap.new_ends,
        false => gap.old_ends,
    };
    let (new, old) = match is_cut {
        _ if new.len() == old.len() => (new, old),
        // Missing messages are older, or newer, than all of the shorter source.
        (true, false) => (&new[new.len() - count..], &old[old.len() - count..]),
        (false, true) => (&new[..count], &old[..count]),
        _ => {
            return outcome
                .ambiguous
                .extend(gap.new.iter().copied().filter(|index| {
                    old.iter()
                        .take(LOOKAHEAD)
                        .any(|other| pair_cost(pairs, *index, *other) < NO_PAIR)
                }));
        }
    };
    for (one, other) in new.iter().zip(old) {
        if pair_cost(pairs, *one, *other) < NO_PAIR {
            found.push((*one, *other));
        } else {
            outcome.ambiguous.push(*one);
        }
    }
}
