//! Decides parts of two timelines by their most plausible histories.
//!
//! Belongs here: what the most plausible histories leave open. Never here: what a history costs
//! ([`super::histories`]), which of them is chosen ([`super::chosen`]), what stands around a part
//! ([`super::surroundings`]), and the search in parts that are too large for all histories
//! ([`super::by_position`]).

use std::collections::{BTreeSet, HashMap};

use super::chosen::{Partners, distance, preference};
use super::components::{Component, Components, components, crossed_pairs, edge};
use super::histories::{Edge, History, Unit, most_plausible};
use super::names::Names;
use super::pairs::Pairs;
use super::surroundings::Surroundings;
use super::tolerance::{BEYOND_ENDS, LARGEST_PART, SEARCHES, TOGETHER};

/// The number of times that each part is decided, each time next to what is known of all others.
const ROUNDS: usize = 2;

/// The number of times that all parts are decided: again where equal messages stay together against a history.
const CORRECTIONS: usize = 3;

/// Corrects what a more plausible history has otherwise. `fixed` are the pairs that stand, by new
/// index; `ambiguous` are the new indexes that are undecided so far. Returns the old indexes that an
/// undecided one may be and that are free.
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
    let mut budget = Budget {
        searches: SEARCHES,
        beyond_ends: BEYOND_ENDS,
    };
    let mut is_open = vec![true; pairs.of_new.len()];
    for correction in 0..CORRECTIONS {
        // What was new was decided without the pairs that were linked since.
        let is_new = |pairs: &Pairs<'_>, is_ambiguous: &[bool], one: &Component| {
            one.edges
                .iter()
                .any(|(new, old, _)| pairs.is_free(*new, *old) && !is_ambiguous[*new as usize])
        };
        let is_due: Vec<bool> = (components.iter())
            .map(|one| correction == 0 || is_new(pairs, &is_ambiguous, one))
            .collect();
        if !is_due.contains(&true) {
            break;
        }
        decide_all(
            pairs,
            (&components, &is_due),
            &named,
            (&mut is_ambiguous, &mut is_open),
            &mut budget,
        );
        let linked = link_equal(pairs, &components[singles..], &is_ambiguous);
        if linked.is_empty() {
            break;
        }
        let mut index = 0;
        components.retain(|one| {
            index += 1;
            index <= singles || one.new.iter().all(|new| !linked.contains(new))
        });
    }
    // What is free in both timelines may be one message, where a part is too large.
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

/// Bounds the cost of all parts.
struct Budget {
    /// The number of further parts that are searched: what is too large is given up once.
    searches: usize,
    /// The number of further messages that are considered beyond the ends of parts.
    beyond_ends: usize,
}

/// Decides the parts that are due, next to the others. `is_open`: the new message is in no part that was
/// decided. `named` are new messages whose pairs prove the names of their authors.
fn decide_all(
    pairs: &mut Pairs<'_>,
    (components, is_due): (&[Component], &[bool]),
    named: &[u32],
    (is_ambiguous, is_open): (&mut Vec<bool>, &mut Vec<bool>),
    budget: &mut Budget,
) {
    let is_assumed = assume(pairs, components);
    let mut whole = Whole {
        around: Surroundings::new(pairs, components),
        is_open: std::mem::take(is_open),
        is_named: vec![false; pairs.of_new.len()],
        names: Names::default(),
        certain: Vec::new(),
        knows_names: false,
        pairs,
        is_ambiguous: std::mem::take(is_ambiguous),
        is_assumed,
        budget,
    };
    for index in named {
        whole.learn_name(*index);
    }
    let due: BTreeSet<Option<&u32>> = (components.iter().zip(is_due))
        .filter(|(_, is_due)| **is_due)
        .map(|(one, _)| one.new.first())
        .collect();
    let mut groups = whole.around.groups(components);
    for group in &mut groups {
        group.retain(|one| due.contains(&one.new.first()));
    }
    for _ in 0..ROUNDS {
        for group in groups.iter().filter(|group| !group.is_empty()) {
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
    for (new, _) in whole.is_assumed.iter().enumerate().filter(|(_, is)| **is) {
        unlink(whole.pairs, new);
    }
    (*is_ambiguous, *is_open) = (whole.is_ambiguous, whole.is_open);
}

/// Links the two messages of each of these parts again, if they have the same words or files and no pair of
/// which that holds too crosses them: a history without the pair saves what it would show as missing around
/// it, and the message would be posted again. Returns their new indexes.
fn link_equal(
    pairs: &mut Pairs<'_>,
    singles: &[Component],
    is_ambiguous: &[bool],
) -> BTreeSet<u32> {
    let is_left = |one: &&Component| {
        let is_left = |(new, old, edge): &(u32, u32, Edge)| {
            edge.is_equal && pairs.is_free(*new, *old) && !is_ambiguous[*new as usize]
        };
        one.edges.iter().all(is_left)
    };
    let left: Vec<Component> = singles.iter().filter(is_left).cloned().collect();
    let mut linked = BTreeSet::new();
    for (new, old, _) in left.iter().flat_map(|one| &one.edges) {
        pairs.link(*new, *old);
        linked.insert(*new);
    }
    let is_equal = |new: u32, old: u32| pairs.is_equal(new, old);
    let crossed = crossed_pairs(pairs, left, is_equal);
    for (new, ..) in crossed.iter().flat_map(|one| &one.edges) {
        unlink(pairs, *new as usize);
        linked.remove(new);
    }
    linked
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
    *ambiguous = all.filter(|(_, is)| **is).map(|(index, _)| index).collect();
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
    /// The pair of a new message is not decided yet.
    is_assumed: Vec<bool>,
    /// The new message is in no part that is decided.
    is_open: Vec<bool>,
    /// The authors of the pairs that are certain.
    names: Names,
    /// New messages of certain pairs whose names are learned at the end of the first round: the first
    /// part would else decide the names for all others.
    certain: Vec<u32>,
    /// The first round is over.
    knows_names: bool,
    /// The pair of a new message is one of these.
    is_named: Vec<bool>,
    budget: &'w mut Budget,
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

    /// Decides components by their most plausible histories; false where there are too many.
    fn decide(&mut self, group: &[&Component]) -> bool {
        let is_swapped = self.around.is_swapped;
        let all = |of: fn(&Component) -> &Vec<u32>| -> Vec<u32> {
            group.iter().flat_map(|one| of(one)).copied().collect()
        };
        let (mut new, mut old) = (all(|one| &one.new), all(|one| &one.old));
        if new.len() + old.len() > LARGEST_PART || self.budget.searches == 0 {
            return false;
        }
        let beyond_ends = self.around.beyond_ends(&new, &old);
        let Some(left) = self.budget.beyond_ends.checked_sub(beyond_ends) else {
            return false;
        };
        self.budget.beyond_ends = left;
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
            self.budget.searches -= 1;
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
            // The other parts are decided next to the chosen history, open or not.
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
        // Of several messages of equal content nothing shows who sent which.
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
