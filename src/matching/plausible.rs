//! Decides parts of two timelines by their most plausible histories.
//!
//! Belongs here: what the most plausible histories leave open, and which of them is chosen. Never
//! here: what a history costs ([`super::histories`]), what stands around a part
//! ([`super::surroundings`]), and the search in parts that are too large for all histories
//! ([`super::by_position`]).

use std::collections::BTreeSet;

use super::components::{CHANGED, Component, components, edge, moved};
use super::histories::{Edge, History, Unit, most_plausible};
use super::pairs::Pairs;
use super::sequence::rising;
use super::surroundings::Surroundings;
use super::tolerance::{BEYOND_ENDS, LARGEST_PART, SEARCHES, TOGETHER};

/// Corrects what a more plausible history has otherwise. `fixed` are the pairs that stand, by new
/// place; `ambiguous` are the new places that are undecided so far.
pub(super) fn settle(pairs: &mut Pairs<'_>, fixed: &[Option<u32>], ambiguous: &mut Vec<u32>) {
    let mut is_ambiguous = vec![false; pairs.of_new.len()];
    for place in ambiguous.iter() {
        is_ambiguous[*place as usize] = true;
    }
    let weak = release_weak(pairs, fixed);
    let (mut components, single) = components(pairs, fixed, &mut is_ambiguous);
    components.extend(moved(pairs, single));
    if components.is_empty() {
        return finish(pairs, weak, &is_ambiguous, ambiguous);
    }
    let is_assumed = assume(pairs, &components);
    let mut whole = Whole {
        around: Surroundings::new(pairs, &components),
        pairs,
        is_ambiguous,
        is_assumed,
        searches: SEARCHES,
        beyond_ends: BEYOND_ENDS,
    };
    let groups = whole.around.groups(&components);
    for _ in 0..2 {
        for group in &groups {
            let members = group
                .iter()
                .map(|one| one.new.len() + one.old.len())
                .sum::<usize>();
            let is_decided = members <= TOGETHER && whole.decide(group);
            if !is_decided && group.len() > 1 {
                for one in group {
                    whole.decide(&[one]);
                }
            }
        }
    }
    let Whole {
        pairs,
        is_ambiguous,
        is_assumed,
        ..
    } = whole;
    for (new, _) in is_assumed.iter().enumerate().filter(|(_, is)| **is) {
        unlink(pairs, new);
    }
    finish(pairs, weak, &is_ambiguous, ambiguous);
}

/// Puts back what was found by weaker evidence, where nothing better was.
fn finish(
    pairs: &mut Pairs<'_>,
    weak: Vec<(u32, u32)>,
    is_ambiguous: &[bool],
    ambiguous: &mut Vec<u32>,
) {
    for (new, _) in is_ambiguous.iter().enumerate().filter(|(_, is)| **is) {
        unlink(pairs, new);
    }
    for (new, old) in weak {
        if pairs.is_free(new, old) && !is_ambiguous[new as usize] {
            pairs.link(new, old);
        }
    }
    let all = (0u32..).zip(is_ambiguous);
    *ambiguous = all.filter(|(_, is)| **is).map(|(place, _)| place).collect();
}

fn unlink(pairs: &mut Pairs<'_>, new: usize) {
    if let Some(old) = pairs.of_new[new].take() {
        pairs.of_old[old as usize] = None;
    }
}

/// Pairs what is free in order, until its own part is decided: the parts around it would else miss
/// all of it. Returns which new messages have such a pair.
fn assume(pairs: &mut Pairs<'_>, components: &[Component]) -> Vec<bool> {
    let mut is_assumed = vec![false; pairs.of_new.len()];
    for component in components {
        let mut edges: Vec<(i64, u32, i64, u32)> = (component.edges.iter())
            .map(|(new, old, _)| {
                (
                    pairs.order_of_new(*new),
                    *new,
                    pairs.order_of_old(*old),
                    *old,
                )
            })
            .collect();
        edges.sort_unstable();
        for (_, new, _, old) in edges {
            if pairs.is_free(new, old) {
                pairs.link(new, old);
                is_assumed[new as usize] = true;
            }
        }
    }
    is_assumed
}

/// Takes out the pairs that are found by weaker evidence than a history needs: equal content with
/// stamps that two phones may put a minute apart. They count where nothing else is left.
fn release_weak(pairs: &mut Pairs<'_>, fixed: &[Option<u32>]) -> Vec<(u32, u32)> {
    let mut weak = Vec::new();
    for (place, fixed) in (0u32..).zip(fixed) {
        if let (Some(other), None) = (pairs.of_new[place as usize], fixed)
            && edge(pairs, place, other).is_none()
        {
            pairs.of_new[place as usize] = None;
            pairs.of_old[other as usize] = None;
            weak.push((place, other));
        }
    }
    weak
}

struct Whole<'w, 't> {
    pairs: &'w mut Pairs<'t>,
    around: Surroundings,
    is_ambiguous: Vec<bool>,
    /// The pair of a new message is not decided yet.
    is_assumed: Vec<bool>,
    /// So many more parts are searched: what is too large is given up once.
    searches: usize,
    /// So many more messages are looked at beyond the ends of parts.
    beyond_ends: usize,
}

impl Whole<'_, '_> {
    /// Decides components by their most plausible histories; false where there are too many.
    fn decide(&mut self, group: &[&Component]) -> bool {
        let is_turned = self.around.is_turned;
        let all = |of: fn(&Component) -> &Vec<u32>| -> Vec<u32> {
            group.iter().flat_map(|one| of(one)).copied().collect()
        };
        let (mut new, mut old) = (all(|one| &one.new), all(|one| &one.old));
        if new.len() + old.len() > LARGEST_PART || self.searches == 0 {
            return false;
        }
        let beyond_ends = self.around.beyond_ends(&new, &old);
        let Some(left) = self.beyond_ends.checked_sub(beyond_ends) else {
            return false;
        };
        self.beyond_ends = left;
        new.sort_unstable_by_key(|place| self.around.rank_of_new(*place));
        old.sort_unstable_by_key(|place| self.around.rank_of_old(*place));
        let (rows, columns) = if is_turned {
            (&old, &new)
        } else {
            (&new, &old)
        };
        let mut unit = Unit {
            rows: Vec::with_capacity(rows.len()),
            columns: (columns.iter())
                .map(|place| self.around.member(self.pairs, *place, is_turned))
                .collect(),
        };
        for place in rows {
            let member = self.around.member(self.pairs, *place, !is_turned);
            let mut edges: Vec<Edge> = (group.iter().flat_map(|one| &one.edges))
                .map(|(new, old, edge)| {
                    if is_turned {
                        (old, new, edge)
                    } else {
                        (new, old, edge)
                    }
                })
                .filter(|(row, ..)| *row == place)
                .filter_map(|(_, other, edge)| {
                    let column = columns.iter().position(|column| column == other)?;
                    let authors = match is_turned {
                        true => edge.authors.map(|(one, other)| (other, one)),
                        false => edge.authors,
                    };
                    Some(Edge {
                        column,
                        authors,
                        ..*edge
                    })
                })
                .collect();
            edges.sort_unstable_by_key(|edge| edge.column);
            unit.rows.push((member, edges));
        }
        let context = self.around.context(self.pairs, &new, &old);
        let Some(mut histories) = most_plausible(&unit, &context) else {
            self.searches -= 1;
            return false;
        };
        let least = histories
            .iter()
            .map(|history| distance(&unit, history))
            .min();
        histories.retain(|history| Some(distance(&unit, history)) == least);
        let Some(chosen) = histories.iter().min_by_key(|history| preference(history)) else {
            return false;
        };
        self.take(&unit, rows.clone(), columns.clone(), &histories, chosen);
        true
    }

    /// Links what all of the most plausible histories have, and of messages with equal content what
    /// the chosen one has.
    fn take(
        &mut self,
        unit: &Unit,
        rows: Vec<u32>,
        columns: Vec<u32>,
        histories: &[History],
        chosen: &History,
    ) {
        let is_turned = self.around.is_turned;
        let mut of_rows = vec![BTreeSet::new(); rows.len()];
        let mut of_columns = vec![BTreeSet::new(); columns.len()];
        for history in histories {
            let mut by = vec![None; columns.len()];
            for (row, column) in history.iter().enumerate() {
                of_rows[row].insert(*column);
                if let Some(column) = column {
                    by[*column] = Some(row);
                }
            }
            for (column, row) in by.into_iter().enumerate() {
                of_columns[column].insert(row);
            }
        }
        let places = |row: usize, column: usize| match is_turned {
            true => (columns[column], rows[row]),
            false => (rows[row], columns[column]),
        };
        let is_same = |row: usize, column: usize| {
            let (new, old) = places(row, column);
            self.pairs.is_interchangeable(new, old)
        };
        let is_row_decided = |row: usize| {
            let partners: &BTreeSet<Option<usize>> = &of_rows[row];
            partners.len() == 1
                || partners
                    .iter()
                    .flatten()
                    .all(|column| is_same(row, *column))
        };
        let is_column_decided = |column: usize| {
            let partners: &BTreeSet<Option<usize>> = &of_columns[column];
            partners.len() == 1 || partners.iter().flatten().all(|row| is_same(*row, column))
        };
        let mut links = Vec::new();
        let mut is_decided: Vec<(u32, bool)> = Vec::new();
        for (row, column) in chosen.iter().enumerate() {
            let is_pair_decided = is_row_decided(row) && column.is_none_or(&is_column_decided);
            // The other parts are decided next to the chosen history, open or not.
            links.extend(column.map(|column| places(row, column)));
            if !is_turned {
                is_decided.push((rows[row], is_pair_decided));
            }
        }
        if is_turned {
            for (column, place) in columns.iter().enumerate() {
                let row = chosen.iter().position(|partner| *partner == Some(column));
                let is_pair_decided = is_column_decided(column) && row.is_none_or(&is_row_decided);
                is_decided.push((*place, is_pair_decided));
            }
        }
        debug_assert_eq!(unit.rows.len(), rows.len());
        let (new, old) = if is_turned {
            (&columns, &rows)
        } else {
            (&rows, &columns)
        };
        for place in new {
            self.pairs.of_new[*place as usize] = None;
            self.is_assumed[*place as usize] = false;
        }
        for place in old {
            self.pairs.of_old[*place as usize] = None;
        }
        for (place, is_decided) in is_decided {
            self.is_ambiguous[place as usize] = !is_decided;
        }
        for (new, old) in links {
            self.pairs.link(new, old);
        }
    }
}

/// How well the stamps, contents and order of the pairs agree: it decides between histories of one
/// cost. What came late together keeps its order.
fn distance(unit: &Unit, history: &History) -> u32 {
    let pairs: Vec<(usize, usize)> = pairs_of(history).collect();
    let distance = |(row, column): &(usize, usize)| {
        let edge = unit.rows[*row]
            .1
            .iter()
            .find(|edge| edge.column == *column)?;
        Some(edge.distance)
    };
    let moved = u32::try_from(pairs.len() - rising(&pairs).len()).unwrap_or(u32::MAX);
    pairs.iter().filter_map(distance).sum::<u32>() + CHANGED * moved
}

fn pairs_of(history: &History) -> impl Iterator<Item = (usize, usize)> {
    (history.iter().enumerate()).filter_map(|(row, column)| Some((row, (*column)?)))
}

/// Of histories that have equal messages in other pairs one is chosen by its order: pairs as early
/// as possible.
fn preference(history: &History) -> (usize, Vec<(usize, usize)>) {
    let pairs: Vec<(usize, usize)> = pairs_of(history).collect();
    (history.len() - pairs.len(), pairs)
}
