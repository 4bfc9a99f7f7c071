//! Which of the histories of one cost is chosen, and what the others say against it.
//!
//! Belongs here: what decides between histories that are as plausible. Never here: what a history costs
//! ([`super::histories`]).

use std::collections::{BTreeMap, BTreeSet};

use super::components::CHANGED;
use super::histories::{History, Unit};
use super::sequence::rising;

/// The partners of each row in histories of one cost.
pub(super) struct Partners(Vec<BTreeSet<usize>>);

impl Partners {
    pub(super) fn of(histories: &[History], rows: usize) -> Partners {
        let mut of_rows = vec![BTreeSet::new(); rows];
        for history in histories {
            for (row, column) in pairs_of(history) {
                of_rows[row].insert(column);
            }
        }
        Partners(of_rows)
    }

    /// The pairs of two messages that are alone in the chosen history. Stamps and order are too little to
    /// take them for two messages, of which one is posted again if they are one.
    pub(super) fn open(&self, chosen: &History) -> impl Iterator<Item = (usize, usize)> {
        let taken: BTreeSet<usize> = chosen.iter().flatten().copied().collect();
        let alone = chosen.iter().zip(&self.0).enumerate();
        let pairs = alone
            .filter(|(_, (partner, _))| partner.is_none())
            .flat_map(|(row, (_, columns))| columns.iter().map(move |column| (row, *column)));
        pairs.filter(move |(_, column)| !taken.contains(column))
    }
}

/// How well the stamps, contents and order of the pairs agree: it decides between histories of one
/// cost. What came late together keeps its order. `part_of` is the part of each row.
pub(super) fn distance(unit: &Unit, part_of: &[usize], history: &History) -> u32 {
    let pairs: Vec<(usize, usize)> = pairs_of(history).collect();
    let distance = |(row, column): &(usize, usize)| {
        let edge = unit.rows[*row]
            .1
            .iter()
            .find(|edge| edge.column == *column)?;
        Some(edge.distance)
    };
    let mut parts: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for pair in &pairs {
        parts.entry(part_of[pair.0]).or_default().push(*pair);
    }
    let moved = |pairs: &Vec<(usize, usize)>| pairs.len() - rising(pairs).len();
    let moved = moved(&pairs) + parts.values().map(moved).sum::<usize>();
    let moved = u32::try_from(moved).unwrap_or(u32::MAX);
    pairs.iter().filter_map(distance).sum::<u32>() + CHANGED * moved
}

fn pairs_of(history: &History) -> impl Iterator<Item = (usize, usize)> {
    (history.iter().enumerate()).filter_map(|(row, column)| Some((row, (*column)?)))
}

/// Of histories that have equal messages in other pairs one is chosen by its order: pairs as early
/// as possible.
pub(super) fn preference(history: &History) -> (usize, Vec<(usize, usize)>) {
    let pairs: Vec<(usize, usize)> = pairs_of(history).collect();
    (history.len() - pairs.len(), pairs)
}
