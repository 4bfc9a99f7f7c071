//! Decides parts of two timelines by their most plausible histories.
//!
//! Here belongs what the most plausible histories leave open. Never here: the cost of a history
//! ([`super::histories`]), which of them is chosen ([`super::chosen`]), the surroundings of a part
//! ([`super::surroundings`]), and parts that are too large for this search ([`super::by_position`]).

use std::collections::{BTreeSet, HashMap};

use super::chosen::{Partners, distance, preference};
use super::components::{Component, Components, components, crossed_pairs, edge};
use super::histories::{Edge, History, Unit, most_plausible};
use super::names::Names;
use super::pairs::Pairs;
use super::surroundings::Surroundings;
use super::tolerance::{BEYOND_ENDS, LARGEST_PART, SEARCHES, TOGETHER};

/// How often each part is decided, each time with what is known of all others.
const ROUNDS: usize = 2;

/// Corrects pairs that a more plausible history has otherwise. `fixed` are the pairs that stay, by new
/// index; `ambiguous` are the new indexes that are undecided so far. Returns the free old indexes that an
/// undecided message may be.
pub(super) fn settle(
    pairs: &mut Pairs<'_>,
    fixed: &[Option<u32>],
    ambiguous: &mut Vec<u32>,
) -> Vec<u32> {
    let mut is_ambiguous = vec![false; pairs.of_new.len()];
    for index in ambiguous.iter() {
        is_ambiguous[*index as usize] = true;
    }
    let weak = release_weak(pairs, fixed);
    let Components {
        open: mut components,
        single,
        named,
    } = components(pairs, fixed, &mut is_ambiguous);
    let singles = components.len();
    components.extend(crossed_pairs(pairs, single, |_, _| true));
    if components.is_empty() {
        finish(pairs, weak, &is_ambiguous, ambiguous);
        return Vec::new();
    }
    let is_assumed = assume(pairs, &components);
    let mut whole = Whole {
        around: Surroundings::new(pairs, &components),
        is_open: vec![true; pairs.of_new.len()],
        is_named: vec![false; pairs.of_new.len()],
        names: Names::default(),
        certain: Vec::new(),
        knows_names: false,
        pairs,
        is_ambiguous,
        is_assumed,
        searches: SEARCHES,
        beyond_ends: BEYOND_ENDS,
    };
    for index in named {
        whole.learn_name(index);
    }
    let groups = whole.around.groups(&components);
    for _ in 0..ROUNDS {
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
        for index in std::mem::take(&mut whole.certain) {
            whole.learn_name(index);
        }
        whole.knows_names = true;
    }
    let Whole {
        pairs,
        mut is_ambiguous,
        is_assumed,
        is_open,
        ..
    } = whole;
    for (new, _) in is_assumed.iter().enumerate().filter(|(_, is)| **is) {
        unlink(pairs, new);
    }
    link_equal(pairs, &components[singles..], &is_ambiguous);
    // Messages that are free in both timelines may be one message, if a part is too large.
    for (new, old, _) in components.iter().flat_map(|one| &one.edges) {
        if is_open[*new as usize] && pairs.is_free(*new, *old) {
            is_ambiguous[*new as usize] = true;
        }
    }
    finish(pairs, weak, &is_ambiguous, ambiguous);
    let edges = components.iter().flat_map(|one| &one.edges);
    edges
        .filter(|(new, old, _)| {
            is_ambiguous[*new as usize] && pairs.of_old[*old as usize].is_none()
        })
        .map(|(_, old, _)| *old)
        .collect()
}

/// Links the two messages of each of these parts again, if they have the same words or files and no pair of
/// which that holds too crosses them: a history without the pair saves what it would show as missing around
/// it, and the message would be posted again.
fn link_equal(pairs: &mut Pairs<'_>, singles: &[Component], is_ambiguous: &[bool]) {
    let is_left = |one: &&Component| {
        let is_left = |(new, old, edge): &(u32, u32, Edge)| {
            edge.is_equal && pairs.is_free(*new, *old) && !is_ambiguous[*new as usize]
        };
        one.edges.iter().all(is_left)
    };
    let left: Vec<Component> = singles.iter().filter(is_left).cloned().collect();
    for (new, old, _) in left.iter().flat_map(|one| &one.edges) {
        pairs.link(*new, *old);
    }
    let is_equal = |new: u32, old: u32| pairs.is_equal(new, old);
    let crossed = crossed_pairs(pairs, left, is_equal);
    for (new, ..) in crossed.iter().flat_map(|one| &one.edges) {
        unlink(pairs, *new as usize);
    }
}

/// Restores pairs of weaker evidence where nothing better was found.
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
    *ambiguous = all.filter(|(_, is)| **is).map(|(index, _)| index).collect();
}

fn unlink(pairs: &mut Pairs<'_>, new: usize) {
    if let Some(old) = pairs.of_new[new].take() {
        pairs.of_old[old as usize] = None;
    }
}

/// Pairs free messages in order until their own part is decided: otherwise all of them would be missing for
/// the parts around. Returns which new messages have such a pair.
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

/// Releases pairs of weaker evidence than a history needs: equal content with timestamps that two phones
/// may put a minute apart. They count if nothing else is left.
fn release_weak(pairs: &mut Pairs<'_>, fixed: &[Option<u32>]) -> Vec<(u32, u32)> {
    let mut weak = Vec::new();
    for (index, fixed) in (0u32..).zip(fixed) {
        if let (Some(other), None) = (pairs.of_new[index as usize], fixed)
            && edge(pairs, index, other).is_none()
        {
            pairs.of_new[index as usize] = None;
            pairs.of_old[other as usize] = None;
            weak.push((index, other));
        }
    }
    weak
}

struct Whole<'w, 't> {
    pairs: &'w mut Pairs<'t>,
    around: Surroundings,
    is_ambiguous: Vec<bool>,
    /// Whether the pair of a new message is not decided yet.
    is_assumed: Vec<bool>,
    /// Whether the new message is in no decided part.
    is_open: Vec<bool>,
    /// The authors of the pairs that are certain.
    names: Names,
    /// New messages of certain pairs whose names are learned at the end of the first round: otherwise the
    /// first part would decide the names for all others.
    certain: Vec<u32>,
    /// Whether the first round is over.
    knows_names: bool,
    /// Whether the pair of a new message is one of these.
    is_named: Vec<bool>,
    /// The number of further parts to search: too large ones are given up.
    searches: usize,
    /// The number of further messages to consider beyond the ends of parts.
    beyond_ends: usize,
}

impl Whole<'_, '_> {
    /// Learns the names of the pair of a new message.
    fn learn_name(&mut self, new: u32) {
        if let (false, Some(authors)) = (self.is_named[new as usize], self.authors(new)) {
            self.names.add(authors);
            self.is_named[new as usize] = true;
        }
    }

    fn forget_names(&mut self, new: &[u32]) {
        for index in new {
            let is_named = std::mem::take(&mut self.is_named[*index as usize]);
            if let (true, Some(authors)) = (is_named, self.authors(*index)) {
                self.names.remove(authors);
            }
        }
    }

    fn authors(&self, new: u32) -> Option<(u32, u32)> {
        let old = self.pairs.of_new[new as usize]?;
        self.pairs.unproved_names(new, old)
    }

    /// Decides components by their most plausible histories; false if there are too many.
    fn decide(&mut self, group: &[&Component]) -> bool {
        let is_swapped = self.around.is_swapped;
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
        let named: Vec<u32> = (new.iter().copied())
            .filter(|index| self.is_named[*index as usize])
            .collect();
        self.forget_names(&named);
        new.sort_unstable_by_key(|index| self.around.rank_of_new(*index));
        old.sort_unstable_by_key(|index| self.around.rank_of_old(*index));
        let (rows, columns) = if is_swapped {
            (&old, &new)
        } else {
            (&new, &old)
        };
        let mut unit = Unit {
            rows: Vec::with_capacity(rows.len()),
            columns: (columns.iter())
                .map(|index| self.around.member(self.pairs, *index, is_swapped))
                .collect(),
        };
        for index in rows {
            let member = self.around.member(self.pairs, *index, !is_swapped);
            let mut edges: Vec<Edge> = (group.iter().flat_map(|one| &one.edges))
                .map(|(new, old, edge)| {
                    if is_swapped {
                        (old, new, edge)
                    } else {
                        (new, old, edge)
                    }
                })
                .filter(|(row, ..)| *row == index)
                .filter_map(|(_, other, edge)| {
                    let column = columns.iter().position(|column| column == other)?;
                    let authors = match is_swapped {
                        true => edge.authors.map(|(one, other)| (other, one)),
                        false => edge.authors,
                    };
                    let is_excluded = edge.authors.is_some_and(|pair| self.names.exclude(pair));
                    Some(Edge {
                        column,
                        authors,
                        is_excluded,
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
            for index in named {
                self.learn_name(index);
            }
            return false;
        };
        let members = |one: &Component| match is_swapped {
            true => one.old.clone(),
            false => one.new.clone(),
        };
        let part_of: HashMap<u32, usize> = (group.iter().enumerate())
            .flat_map(|(part, one)| members(one).into_iter().map(move |index| (index, part)))
            .collect();
        let part_of: Vec<usize> = rows.iter().map(|index| part_of[index]).collect();
        let distances: Vec<u32> = (histories.iter())
            .map(|history| distance(&unit, &part_of, history))
            .collect();
        let least = distances.iter().min().copied();
        let partners = Partners::of(&histories, rows.len());
        let mut distances = distances.into_iter();
        histories.retain(|_| distances.next() == least);
        let Some(chosen) = histories.iter().min_by_key(|history| preference(history)) else {
            return false;
        };
        let open = partners.open(chosen).map(|(row, column)| match is_swapped {
            true => columns[column],
            false => rows[row],
        });
        let open: Vec<u32> = open.collect();
        self.take(&unit, rows.clone(), columns.clone(), &histories, chosen);
        for new in open {
            self.is_ambiguous[new as usize] = true;
        }
        true
    }

    /// Applies the pairs that all most plausible histories have, and among messages of equal content those
    /// of the chosen one.
    fn take(
        &mut self,
        unit: &Unit,
        rows: Vec<u32>,
        columns: Vec<u32>,
        histories: &[History],
        chosen: &History,
    ) {
        let is_swapped = self.around.is_swapped;
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
        let indexes = |row: usize, column: usize| match is_swapped {
            true => (columns[column], rows[row]),
            false => (rows[row], columns[column]),
        };
        let is_same = |row: usize, column: usize| {
            let (new, old) = indexes(row, column);
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
            // The other parts are decided next to the chosen history, ambiguous or not.
            links.extend(column.map(|column| indexes(row, column)));
            if !is_swapped {
                is_decided.push((rows[row], is_pair_decided));
            }
        }
        if is_swapped {
            for (column, index) in columns.iter().enumerate() {
                let row = chosen.iter().position(|partner| *partner == Some(column));
                let is_pair_decided = is_column_decided(column) && row.is_none_or(&is_row_decided);
                is_decided.push((*index, is_pair_decided));
            }
        }
        debug_assert_eq!(unit.rows.len(), rows.len());
        // Of several messages of equal content, who sent which is not known.
        let certain: Vec<u32> = (chosen.iter().enumerate())
            .filter(|(row, _)| of_rows[*row].len() == 1)
            .filter_map(|(row, column)| Some(indexes(row, (*column)?).0))
            .collect();
        let (new, old) = if is_swapped {
            (&columns, &rows)
        } else {
            (&rows, &columns)
        };
        for index in new {
            self.pairs.of_new[*index as usize] = None;
            self.is_assumed[*index as usize] = false;
            self.is_open[*index as usize] = false;
        }
        for index in old {
            self.pairs.of_old[*index as usize] = None;
        }
        for (index, is_decided) in is_decided {
            self.is_ambiguous[index as usize] = !is_decided;
        }
        for (new, old) in links {
            self.pairs.link(new, old);
        }
        match self.knows_names {
            true => certain.into_iter().for_each(|index| self.learn_name(index)),
            false => self.certain.extend(certain),
        }
    }
}
