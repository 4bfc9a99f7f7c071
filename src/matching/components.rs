//! Parts of two timelines whose messages have possible partners only within the part.
//!
//! Never here: which of them are partners ([`super::plausible`]).

use std::collections::HashMap;

use super::histories::Edge;
use super::pairs::Pairs;
use super::sequence::Key;
use super::timeline::{Closeness, Repeat};
use super::tolerance::{JITTER, LOOKAHEAD, MAX_DIFFERENCE, MINUTE};

/// Of histories of one cost those with equal messages are preferred, before those whose timestamps agree
/// without jitter.
pub(super) const CHANGED: u32 = 8;

/// Messages that may be partners of each other, and of no other ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Component {
    pub(super) new: Vec<u32>,
    pub(super) old: Vec<u32>,
    /// By indexes in the new timeline and in the old one.
    pub(super) edges: Vec<(u32, u32, Edge)>,
    /// Whether a message has more possible partners than are considered.
    is_crowded: bool,
}

/// The undecided parts of two timelines.
#[derive(Debug, Default)]
pub(super) struct Components {
    /// Components that may have several histories.
    pub(super) open: Vec<Component>,
    /// Components of two messages of equal content, which are paired.
    pub(super) single: Vec<Component>,
    /// New messages whose pair proves the name of its author.
    pub(super) named: Vec<u32>,
}

pub(super) fn components(
    pairs: &mut Pairs<'_>,
    fixed: &[Option<u32>],
    is_ambiguous: &mut [bool],
) -> Components {
    let mut components = Components::default();
    let by_id = (0u32..).zip(fixed).filter(|(_, old)| old.is_some());
    components.named.extend(by_id.map(|(new, _)| new));
    let mut is_fixed_old = vec![false; pairs.of_old.len()];
    for old in fixed.iter().flatten() {
        is_fixed_old[*old as usize] = true;
    }
    let is_free_new = |index: &u32| fixed[*index as usize].is_none();
    let is_free_old = |index: &u32| !is_fixed_old[*index as usize];
    for (mut new, mut old) in clusters(pairs) {
        new.retain(is_free_new);
        old.retain(is_free_old);
        if is_settled(pairs, &new, &old, is_ambiguous) {
            components.named.extend(new);
            continue;
        }
        for component in split(pairs, &new, &old) {
            match (component.edges.as_slice(), component.is_crowded) {
                // Messages unpaired in both timelines may be one message.
                (edges, true) => {
                    for (index, other, _) in edges {
                        is_ambiguous[*index as usize] |= pairs.is_free(*index, *other);
                    }
                }
                ([], _) => {
                    for index in &component.new {
                        is_ambiguous[*index as usize] = false;
                    }
                }
                ([(index, other, edge)], _) if edge.events == 0 && edge.authors.is_none() => {
                    pairs.link(*index, *other);
                    is_ambiguous[*index as usize] = false;
                    components.single.push(component);
                }
                _ => components.open.push(component),
            }
        }
    }
    components
}

/// Pairs of two single messages that another pair crosses: a history may omit them. `counts` are the pairs
/// that are looked at, by index.
pub(super) fn crossed_pairs(
    pairs: &Pairs<'_>,
    single: Vec<Component>,
    counts: impl Fn(u32, u32) -> bool,
) -> Vec<Component> {
    let mut all: Vec<((i64, u32), (i64, u32))> = (0u32..)
        .zip(&pairs.of_new)
        .filter_map(|(new, old)| {
            let old = old.filter(|old| counts(new, *old))?;
            Some((
                (pairs.order_of_new(new), new),
                (pairs.order_of_old(old), old),
            ))
        })
        .collect();
    all.sort_unstable();
    let mut old: Vec<(i64, u32)> = all.iter().map(|(_, old)| *old).collect();
    old.sort_unstable();
    let rank = |of: &(i64, u32)| old.partition_point(|other| other < of);
    let ranks: Vec<(usize, usize)> = all
        .iter()
        .enumerate()
        .map(|(at, (_, old))| (at, rank(old)))
        .collect();
    let mut is_moved = vec![false; pairs.of_new.len()];
    let mut last = 0;
    for (at, rank) in &ranks {
        is_moved[all[*at].0.1 as usize] |= *rank < last;
        last = last.max(*rank);
    }
    let mut next = usize::MAX;
    for (at, rank) in ranks.iter().rev() {
        is_moved[all[*at].0.1 as usize] |= *rank > next;
        next = next.min(*rank);
    }
    single
        .into_iter()
        .filter(|one| one.new.iter().any(|index| is_moved[*index as usize]))
        .collect()
}

/// Messages of both timelines within the tolerance of each other, in order of time.
fn clusters(pairs: &Pairs<'_>) -> Vec<(Vec<u32>, Vec<u32>)> {
    let new = (0u32..).take(pairs.of_new.len()).map(|index| {
        (
            pairs.time_of(index),
            pairs.new_at(index).repeats,
            true,
            index,
        )
    });
    let old = (0u32..).take(pairs.of_old.len()).map(|index| {
        (
            pairs.old_at(index).at,
            pairs.old_at(index).repeats,
            false,
            index,
        )
    });
    let mut all: Vec<(i64, Repeat, bool, u32)> = new.chain(old).collect();
    all.sort_unstable();
    let mut clusters: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
    let mut end = i64::MIN;
    for (at, repeats, is_new, index) in all {
        let later = repeats.millis();
        if at.saturating_sub(later) > end {
            clusters.push(Default::default());
        }
        end = end.max(at + later + MINUTE + MAX_DIFFERENCE);
        if let Some((new, old)) = clusters.last_mut() {
            if is_new {
                new.push(index)
            } else {
                old.push(index)
            }
        }
    }
    clusters.retain(|(new, old)| !new.is_empty() && !old.is_empty());
    clusters
}

/// Whether every message has a partner without events, and both timelines have them in one order: no
/// history costs less. Among people whose names are unknown, no two messages may have the same content.
fn is_settled(pairs: &Pairs<'_>, new: &[u32], old: &[u32], is_ambiguous: &[bool]) -> bool {
    let mut last = None;
    let mut is_next = |index: &u32| {
        let Some(other) = pairs.of_new[*index as usize] else {
            return false;
        };
        let order = (pairs.order_of_old(other), other);
        let is_later = last.is_none_or(|last| last < order);
        last = Some(order);
        is_later && !is_ambiguous[*index as usize] && pairs.events(*index, other) == 0
    };
    let mut in_order = new.to_vec();
    in_order.sort_by_key(|index| (pairs.order_of_new(*index), *index));
    new.len() == old.len() && in_order.iter().all(&mut is_next) && are_named(pairs, &in_order)
}

/// Whether none of these may be that of another person who has the same content nearby.
fn are_named(pairs: &Pairs<'_>, paired: &[u32]) -> bool {
    let content = |index: u32| {
        let observation = pairs.new_at(index);
        observation.files.or(observation.body)
    };
    let mut counts: HashMap<Option<Key>, usize> = HashMap::new();
    for index in paired {
        *counts.entry(content(*index)).or_default() += 1;
    }
    let is_named = |index: &u32| {
        let other = pairs.of_new[*index as usize];
        let unproved = other.filter(|other| pairs.unproved_names(*index, *other).is_some());
        unproved.is_none_or(|other| {
            pairs.is_equal(*index, other) && counts.get(&content(*index)) == Some(&1)
        })
    };
    paired.iter().all(is_named)
}

/// The pair of two messages, if it is possible.
pub(super) fn edge(pairs: &Pairs<'_>, new: u32, old: u32) -> Option<Edge> {
    let closeness = pairs.closeness(new, old)?;
    if closeness > Closeness::Tight
        || !pairs.may_be_of_one_author(new, old)
        || !pairs.may_be_one_content_or_equal(new, old)
    {
        return None;
    }
    let events = pairs.events(new, old);
    Some(Edge {
        column: 0,
        events,
        is_equal: pairs.is_equal(new, old),
        distance: u32::from(closeness == Closeness::Tight)
            + if pairs.is_changed(new, old) {
                CHANGED
            } else {
                0
            },
        authors: pairs.unproved_names(new, old),
        is_excluded: false,
    })
}

/// The components of a cluster.
fn split(pairs: &Pairs<'_>, new: &[u32], old: &[u32]) -> Vec<Component> {
    let repeats = new.iter().map(|index| pairs.new_at(*index).repeats);
    let repeats = repeats.chain(old.iter().map(|index| pairs.old_at(*index).repeats));
    let reach = MINUTE + 2 * JITTER + repeats.max().unwrap_or_default().millis();
    let mut edges = Vec::new();
    let mut crowded = Vec::new();
    let mut parts = Parts((0..new.len() + old.len()).collect());
    let mut from = 0;
    for (row, index) in new.iter().enumerate() {
        let at = pairs.time_of(*index);
        while from < old.len() && pairs.old_at(old[from]).at < at - reach {
            from += 1;
        }
        let near = (old[from..].iter()).take_while(|other| pairs.old_at(**other).at <= at + reach);
        for (number, other) in near.enumerate() {
            if number >= LOOKAHEAD {
                crowded.push(row);
                break;
            }
            if let Some(edge) = edge(pairs, *index, *other) {
                edges.push((row, from + number, edge));
                parts.join(row, new.len() + from + number);
            }
        }
    }
    let mut components: Vec<Component> = Vec::new();
    let mut number_of = vec![usize::MAX; new.len() + old.len()];
    for node in 0..new.len() + old.len() {
        let root = parts.root(node);
        if number_of[root] == usize::MAX {
            number_of[root] = components.len();
            components.push(Component::default());
        }
        let component = &mut components[number_of[root]];
        match new.get(node) {
            Some(index) => component.new.push(*index),
            None => component.old.push(old[node - new.len()]),
        }
    }
    for (row, column, edge) in edges {
        let number = number_of[parts.root(row)];
        components[number].edges.push((new[row], old[column], edge));
    }
    for row in crowded {
        components[number_of[parts.root(row)]].is_crowded = true;
    }
    components
}

/// Sets of nodes that are connected.
struct Parts(Vec<usize>);

impl Parts {
    fn root(&mut self, node: usize) -> usize {
        let mut at = node;
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}
