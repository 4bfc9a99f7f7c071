//! The histories that explain a few messages of two timelines, and what the most plausible ones
//! have in common.
//!
//! Belongs here: what a history costs, and the search for those of the least cost. Never here:
//! which messages are looked at together ([`super::components`]).
//!
//! A history is a set of messages, each recorded by one timeline or by both, and the events that
//! explain the rest. Its cost is the sum of what it has. Order and coincidence cost half as much as
//! an event: they choose between histories of as many messages and events.
//!
//! | what a history has                                               | cost            |
//! |------------------------------------------------------------------|-----------------|
//! | a message                                                        | [`MESSAGE`]     |
//! | it was edited, or deleted by its sender                          | [`EVENT`] each  |
//! | it is missing within what a timeline covers                      | [`EVENT`]       |
//! | it is missing before the beginning of one timeline, or behind the end of one | 0   |
//! | a deletion notice is missing in the record of an import          | 0               |
//! | a message has another position in one timeline: it came late     | [`MOVED`]       |
//! | equal content in both timelines, of two messages                 | [`COINCIDENCE`] |

use std::collections::HashMap;

use super::missing::{Ends, Member, count};
use super::tolerance::SEARCH;

/// A message.
pub(super) const MESSAGE: u32 = 2;

/// An event: an edit, a deletion, a removal on one phone.
pub(super) const EVENT: u32 = 2;

/// A message that stands elsewhere in one timeline.
const MOVED: u32 = 1;

/// Two messages of equal content, each in one timeline.
const COINCIDENCE: u32 = 1;

/// A possible pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) column: usize,
    /// What happened to the message.
    pub(super) events: u32,
    /// The content is the same and known.
    pub(super) is_equal: bool,
    /// Chooses between histories of one cost: how far the stamps are from each other.
    pub(super) distance: u32,
    /// The authors, where they are known by their names alone.
    pub(super) authors: Option<(u32, u32)>,
}

/// Messages that are decided together.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Of the new timeline, in its order, with the possible partners of each.
    pub(super) rows: Vec<(Member, Vec<Edge>)>,
    /// Of the old timeline, in its order.
    pub(super) columns: Vec<Member>,
}

/// What is decided of the messages around a unit.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// The pairs nearby, by their positions.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The ends of each of the two timelines.
    pub(super) ends: [Ends; 2],
    /// Authors that are one person.
    pub(super) authors: Vec<(u32, u32)>,
}

/// The partner of each row.
pub(super) type History = Vec<Option<usize>>;

/// All histories of the least cost; `None` where there are too many to be looked through.
pub(super) fn most_plausible(unit: &Unit, context: &Context) -> Option<Vec<History>> {
    let missing: Vec<u32> = (unit.rows.iter())
        .map(|(row, _)| EVENT * u32::from(context.ends[0].is_within(row)))
        .collect();
    let fewest = (unit.rows.iter().zip(&missing))
        .map(|((row, edges), missing)| {
            let pair = edges.iter().map(|edge| MESSAGE + EVENT * edge.events).min();
            pair.unwrap_or(u32::MAX).min(alone(row) + missing)
        })
        .collect::<Vec<u32>>();
    let mut rest = vec![0; fewest.len() + 1];
    for row in (0..fewest.len()).rev() {
        rest[row] = rest[row + 1] + fewest[row];
    }
    let mut search = Search {
        unit,
        context,
        rest,
        missing,
        best: u32::MAX,
        found: Vec::new(),
        partners: Vec::new(),
        by: vec![None; unit.columns.len()],
        steps: 0,
    };
    search.extend(0).then_some(search.found)
}

fn alone(member: &Member) -> u32 {
    MESSAGE + EVENT * member.events
}

struct Search<'s> {
    unit: &'s Unit,
    context: &'s Context,
    /// The least that the rows from each one on cost.
    rest: Vec<u32>,
    /// What each row costs more without a partner, whatever the others have.
    missing: Vec<u32>,
    best: u32,
    found: Vec<History>,
    partners: History,
    /// The row of each column.
    by: Vec<Option<usize>>,
    steps: usize,
}

impl Search<'_> {
    /// Goes through all ways to continue; false where that takes too long.
    fn extend(&mut self, so_far: u32) -> bool {
        self.steps += 1;
        if self.steps > SEARCH {
            return false;
        }
        // `so_far` has the events of rows that are missing within the other timeline.
        let row = self.partners.len();
        let free = self.by.iter().filter(|by| by.is_none()).count();
        let left = self.unit.rows.len() - row;
        let unpaired = u32::try_from(free.saturating_sub(left)).unwrap_or(u32::MAX);
        let least = so_far + self.rest[row] + MESSAGE * unpaired;
        // Further pairs only add to what is moved.
        if least > self.best || least + MOVED * self.moved(&self.context.pairs) > self.best {
            return true;
        }
        let Some((member, edges)) = self.unit.rows.get(row) else {
            self.finish(so_far);
            return true;
        };
        for edge in edges {
            if self.by[edge.column].is_some() {
                continue;
            }
            self.by[edge.column] = Some(row);
            self.partners.push(Some(edge.column));
            let goes_on = self.extend(so_far + MESSAGE + EVENT * edge.events);
            self.partners.pop();
            self.by[edge.column] = None;
            if !goes_on {
                return false;
            }
        }
        self.partners.push(None);
        let goes_on = self.extend(so_far + alone(member) + self.missing[row]);
        self.partners.pop();
        goes_on
    }

    fn finish(&mut self, so_far: u32) {
        let columns = self.unit.columns.iter().zip(&self.by);
        let others: u32 = columns
            .filter(|(_, by)| by.is_none())
            .map(|(column, _)| alone(column))
            .sum();
        let mut cost = so_far + others;
        let unpaired = self.partners.iter().zip(&self.missing);
        cost -= unpaired
            .filter(|(partner, _)| partner.is_none())
            .map(|(_, missing)| missing)
            .sum::<u32>();
        if cost > self.best || !self.has_one_name_each() {
            return;
        }
        cost += COINCIDENCE * self.coincidences() + EVENT * self.missing();
        if cost > self.best {
            return;
        }
        cost += MOVED * self.moved(&self.context.pairs);
        if cost < self.best {
            self.best = cost;
            self.found.clear();
        }
        if cost == self.best {
            self.found.push(self.partners.clone());
        }
    }

    fn edge(&self, row: usize, column: usize) -> Option<&Edge> {
        let mut edges = self.unit.rows[row].1.iter();
        edges.find(|edge| edge.column == column)
    }

    /// False where a name would be of two people.
    fn has_one_name_each(&self) -> bool {
        let chosen = self.partners.iter().enumerate();
        let mut authors = chosen
            .filter_map(|(row, column)| self.edge(row, (*column)?)?.authors)
            .peekable();
        if authors.peek().is_none() {
            return true;
        }
        let (mut others, mut ones) = (HashMap::new(), HashMap::new());
        authors
            .chain(self.context.authors.iter().copied())
            .all(|(one, other)| {
                *others.entry(one).or_insert(other) == other
                    && *ones.entry(other).or_insert(one) == one
            })
    }

    /// How many messages could have a partner of equal content, and both have none.
    fn coincidences(&self) -> u32 {
        let is_equal_pair =
            |row: usize, column: usize| (self.edge(row, column)).is_some_and(|edge| edge.is_equal);
        let mut is_free: Vec<bool> = (self.by.iter().enumerate())
            .map(|(column, row)| !row.is_some_and(|row| is_equal_pair(row, column)))
            .collect();
        let mut count = 0;
        for (row, partner) in self.partners.iter().enumerate() {
            if partner.is_some_and(|column| is_equal_pair(row, column)) {
                continue;
            }
            let edges = self.unit.rows[row].1.iter();
            let other = edges.filter(|edge| edge.is_equal).map(|edge| edge.column);
            if let Some(column) = other.filter(|column| is_free[*column]).min() {
                is_free[column] = false;
                count += 1;
            }
        }
        count
    }

    /// The events that explain messages without a partner: one of the two timelines begins later,
    /// and one of them ends earlier.
    fn missing(&self) -> u32 {
        let rows = (self.unit.rows.iter().zip(&self.partners))
            .map(|((member, _), partner)| (*member, partner.is_some()));
        let columns =
            (self.unit.columns.iter().zip(&self.by)).map(|(member, row)| (*member, row.is_some()));
        let [own, others] = &self.context.ends;
        let (rows, columns) = (own.without_partner(rows), others.without_partner(columns));
        let cost = |(begins, ends): (bool, bool)| {
            count(&rows, begins, ends) + count(&columns, !begins, !ends)
        };
        let spans = [(true, true), (true, false), (false, true), (false, false)];
        spans.into_iter().map(cost).min().unwrap_or(0)
    }

    /// How many pairs must be taken out so that both timelines have the rest in one order.
    fn moved(&self, around: &[(usize, usize)]) -> u32 {
        let chosen = (self.partners.iter().zip(&self.unit.rows))
            .filter_map(|(column, (row, _))| Some((row.rank, self.unit.columns[(*column)?].rank)));
        let mut pairs: Vec<(usize, usize)> = chosen.chain(around.iter().copied()).collect();
        pairs.sort_unstable();
        let moved = pairs.len() - super::sequence::rising(&pairs).len();
        u32::try_from(moved).unwrap_or(u32::MAX)
    }
}
