//! Parts of two timelines that have partners only within themselves.
//!
//! Belongs here: which messages may be each other's partners, directly or by way of others. Never
//! here: which of them are ([`super::plausible`]).

use std::collections::HashMap;

use super::histories::Edge;
use super::pairs::Pairs;
use super::sequence::Key;
use super::timeline::{Closeness, Repeat};
use super::tolerance::{JITTER, LOOKAHEAD, MINUTE, NEAR};

/// Of histories of one cost those are preferred that pair equal messages, before those whose stamps
/// agree without jitter.
pub(super) const CHANGED: u32 = 8;

/// Messages that may be partners of each other, and of no other ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Component {
    pub(super) new: Vec<u32>,
    pub(super) old: Vec<u32>,
    /// By places of the new timeline and of the old one.
    pub(super) edges: Vec<(u32, u32, Edge)>,
    /// One of them has more possible partners than are looked at.
    is_crowded: bool,
}

/// What is to be decided of two timelines.
#[derive(Debug, Default)]
pub(super) struct Components {
    /// Those that may have several histories.
    pub(super) open: Vec<Component>,
    /// Those of two messages of equal content, which are paired.
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
    let is_free_new = |place: &u32| fixed[*place as usize].is_none();
    let is_free_old = |place: &u32| !is_fixed_old[*place as usize];
    for (mut new, mut old) in clusters(pairs) {
        new.retain(is_free_new);
        old.retain(is_free_old);
        if is_settled(pairs, &new, &old, is_ambiguous) {
            components.named.extend(new);
            continue;
        }
        for component in split(pairs, &new, &old) {
            match (component.edges.as_slice(), component.is_crowded) {
                // What is free in both timelines may be one message.
                (edges, true) => {
                    for (place, other, _) in edges {
                        is_ambiguous[*place as usize] |= pairs.is_free(*place, *other);
                    }
                }
                ([], _) => {
                    for place in &component.new {
                        is_ambiguous[*place as usize] = false;
                    }
                }
                ([(place, other, edge)], _) if edge.events == 0 && edge.authors.is_none() => {
                    pairs.link(*place, *other);
                    is_ambiguous[*place as usize] = false;
                    components.single.push(component);
                }
                _ => components.open.push(component),
            }
        }
    }
    components
}

/// Those pairs of two messages alone that another pair crosses: a history may do without them. `counts` are
/// the pairs that are looked at, by place.
pub(super) fn moved(
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
        .filter(|one| one.new.iter().any(|place| is_moved[*place as usize]))
        .collect()
}

/// Messages of both timelines that are within reach of each other, in order of time.
fn clusters(pairs: &Pairs<'_>) -> Vec<(Vec<u32>, Vec<u32>)> {
    let new = (0u32..).take(pairs.of_new.len()).map(|place| {
        (
            pairs.time_of(place),
            pairs.new_at(place).repeats,
            true,
            place,
        )
    });
    let old = (0u32..).take(pairs.of_old.len()).map(|place| {
        (
            pairs.old_at(place).at,
            pairs.old_at(place).repeats,
            false,
            place,
        )
    });
    let mut all: Vec<(i64, Repeat, bool, u32)> = new.chain(old).collect();
    all.sort_unstable();
    let mut clusters: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
    let mut end = i64::MIN;
    for (at, repeats, is_new, place) in all {
        let later = repeats.millis();
        if at.saturating_sub(later) > end {
            clusters.push(Default::default());
        }
        end = end.max(at + later + MINUTE + NEAR);
        if let Some((new, old)) = clusters.last_mut() {
            if is_new {
                new.push(place)
            } else {
                old.push(place)
            }
        }
    }
    clusters.retain(|(new, old)| !new.is_empty() && !old.is_empty());
    clusters
}

/// True where every message has a partner, nothing happened to any of them, and both timelines have
/// them in one order: no history costs less. Of people whose names are unknown no two messages have the
/// same content.
fn is_settled(pairs: &Pairs<'_>, new: &[u32], old: &[u32], is_ambiguous: &[bool]) -> bool {
    let mut last = None;
    let mut is_next = |place: &u32| {
        let Some(other) = pairs.of_new[*place as usize] else {
            return false;
        };
        let order = (pairs.order_of_old(other), other);
        let is_later = last.is_none_or(|last| last < order);
        last = Some(order);
        is_later && !is_ambiguous[*place as usize] && pairs.events(*place, other) == 0
    };
    let mut in_order = new.to_vec();
    in_order.sort_by_key(|place| (pairs.order_of_new(*place), *place));
    new.len() == old.len() && in_order.iter().all(&mut is_next) && are_named(pairs, &in_order)
}

/// True unless one of these may be that of another person, who has the same content around.
fn are_named(pairs: &Pairs<'_>, paired: &[u32]) -> bool {
    let content = |place: u32| {
        let observation = pairs.new_at(place);
        observation.files.or(observation.body)
    };
    let mut counts: HashMap<Option<Key>, usize> = HashMap::new();
    for place in paired {
        *counts.entry(content(*place)).or_default() += 1;
    }
    let is_named = |place: &u32| {
        let other = pairs.of_new[*place as usize];
        let unproved = other.filter(|other| pairs.unproved_names(*place, *other).is_some());
        unproved.is_none_or(|other| {
            pairs.is_equal(*place, other) && counts.get(&content(*place)) == Some(&1)
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
    let repeats = new.iter().map(|place| pairs.new_at(*place).repeats);
    let repeats = repeats.chain(old.iter().map(|place| pairs.old_at(*place).repeats));
    let reach = MINUTE + 2 * JITTER + repeats.max().unwrap_or_default().millis();
    let mut edges = Vec::new();
    let mut crowded = Vec::new();
    let mut parts = Parts((0..new.len() + old.len()).collect());
    let mut from = 0;
    for (row, place) in new.iter().enumerate() {
        let at = pairs.time_of(*place);
        while from < old.len() && pairs.old_at(old[from]).at < at - reach {
            from += 1;
        }
        let near = (old[from..].iter()).take_while(|other| pairs.old_at(**other).at <= at + reach);
        for (number, other) in near.enumerate() {
            if number >= LOOKAHEAD {
                crowded.push(row);
                break;
            }
            if let Some(edge) = edge(pairs, *place, *other) {
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
            Some(place) => component.new.push(*place),
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
