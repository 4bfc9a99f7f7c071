//! Lower bound of the cost of a history whose first messages have given partners.
//!
//! The search prunes with it. Never here: the search itself and the cost of a history
//! ([`super::histories`]).
//!
//! Each pair adds to the cost unless it is on the longest run that both timelines have in one order. The
//! maximum run from each message on is computed before the search: for it a message may have any of its
//! partners, even one that another message has.

use super::histories::{Context, EVENT, Edge, MESSAGE, MOVED, Unit};

/// The bound for one unit.
#[derive(Debug)]
pub(super) struct Least {
    /// By row: the pairs around the unit that are before it and after the row before it, by their positions
    /// among the columns.
    between: Vec<Vec<usize>>,
    /// By row: the cost of it and the following rows if none of them is in order.
    rest: Vec<u32>,
    /// By row: the extra cost of one of it and the following rows without a partner.
    alone: Vec<u32>,
    /// By row and position: the maximum that it and the following rows save in order, from that position
    /// on.
    saved: Vec<Vec<u32>>,
    /// The position of each column, and of the pairs around, in order.
    positions: Vec<usize>,
    /// The minimum cost of a column without a partner.
    column: u32,
    /// The number of pairs around the unit.
    around: u32,
}

/// The longest runs that end with each of the pairs so far: position and length.
pub(super) type Runs = Vec<(usize, u32)>;

impl Least {
    /// `missing` is the extra cost of each row without a partner.
    pub(super) fn of(unit: &Unit, context: &Context, missing: &[u32]) -> Least {
        let mut positions: Vec<usize> = (context.pairs.iter().map(|(_, column)| *column))
            .chain(unit.columns.iter().map(|column| column.rank))
            .collect();
        positions.sort_unstable();
        positions.dedup();
        let column = (unit.columns.iter())
            .map(|column| MESSAGE + EVENT * column.events)
            .min()
            .unwrap_or(MESSAGE);
        let are_within = (unit.columns.iter()).all(|column| context.ends[1].is_within(column));
        let rows = unit.rows.len();
        let mut around = context.pairs.clone();
        around.sort_unstable();
        let mut between = vec![Vec::new(); rows + 1];
        for (rank, column) in &around {
            let row = unit.rows.partition_point(|(row, _)| row.rank < *rank);
            between[row].push(position(&positions, *column));
        }
        // If every row could have a partner, one without leaves a column without one.
        let spare = match unit.columns.len() >= rows {
            true => column + EVENT * u32::from(are_within),
            false => 0,
        };
        let mut rest = vec![0; rows + 1];
        let mut least_alone = vec![u32::MAX; rows + 1];
        let mut saved = vec![Vec::new(); rows + 1];
        let mut most = vec![0; positions.len() + 1];
        for row in (0..=rows).rev() {
            if let Some((member, edges)) = unit.rows.get(row) {
                let alone = MESSAGE + EVENT * member.events + missing[row] + spare;
                let possible = || edges.iter().filter(|edge| !edge.is_excluded);
                let pair = possible().map(|edge| of_pair(edge) + MOVED).min();
                let cost = pair.map_or(alone, |pair| pair.min(alone));
                rest[row] = rest[row + 1] + cost;
                least_alone[row] = least_alone[row + 1].min(alone - cost);
                let before = most.clone();
                for edge in possible().filter(|edge| of_pair(edge) < cost) {
                    let at = position(&positions, unit.columns[edge.column].rank);
                    raise(&mut most, at, before[at + 1] + cost - of_pair(edge));
                }
            }
            for at in between[row].iter().rev() {
                let run = most[at + 1] + MOVED;
                raise(&mut most, *at, run);
            }
            saved[row] = most.clone();
        }
        Least {
            between,
            rest,
            alone: least_alone,
            saved,
            column,
            positions,
            around: number(around.len()),
        }
    }

    /// The minimum cost of the rows from this one on, and of the order of all pairs, if the rows before
    /// have `pairs` pairs that form `runs`, and `free` columns are left.
    pub(super) fn from(&self, row: usize, pairs: usize, free: usize, runs: &Runs) -> u32 {
        let saved = &self.saved[row];
        let longest = (runs.iter())
            .map(|(at, length)| MOVED * length + saved[at + 1])
            .fold(saved[0], u32::max);
        let left = self.rest.len() - 1 - row;
        let alone = match number(left.saturating_sub(free)) {
            0 => 0,
            alone => alone * self.alone[row],
        };
        let unpaired = self.column * number(free.saturating_sub(left));
        let order = MOVED * (number(pairs) + self.around);
        (self.rest[row] + alone + unpaired + order).saturating_sub(longest)
    }

    /// Adds the surrounding pairs that are before a row.
    pub(super) fn reach(&self, row: usize, runs: &mut Runs) {
        for at in &self.between[row] {
            add(runs, *at);
        }
    }

    /// Adds the pair of a row with a column of this position in its timeline.
    pub(super) fn pair(&self, rank: usize, runs: &mut Runs) {
        add(runs, position(&self.positions, rank));
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The cost of a pair.
pub(super) fn of_pair(edge: &Edge) -> u32 {
    MESSAGE + EVENT * edge.events
}

fn position(positions: &[usize], rank: usize) -> usize {
    positions.partition_point(|other| *other < rank)
}

/// A run that starts at `at` or before may have this length.
fn raise(most: &mut [u32], at: usize, length: u32) {
    for most in most[..=at].iter_mut().rev() {
        if *most >= length {
            break;
        }
        *most = length;
    }
}

fn add(runs: &mut Runs, at: usize) {
    let before = runs.iter().filter(|(other, _)| *other < at);
    let length = before.map(|(_, length)| *length).max().unwrap_or(0);
    runs.push((at, length + 1));
}
