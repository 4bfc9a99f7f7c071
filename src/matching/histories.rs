//! Finds the histories that explain a few messages of two timelines at the least cost.
//!
//! Here belongs what a history costs, and the search; never which messages are considered together
//! ([`super::components`]).
//!
//! A history is a set of messages, each recorded by one timeline or by both, and the events that explain
//! the differences. Its cost is the sum below. Order and coincidence cost half as much as an event: they
//! choose between histories of as many messages and events.
//!
//! | part of a history                                                | cost            |
//! |------------------------------------------------------------------|-----------------|
//! | a message                                                        | [`MESSAGE`]     |
//! | it was edited, or deleted by its sender                          | [`EVENT`] each  |
//! | it is missing within the span of a timeline                      | [`EVENT`]       |
//! | it is missing before the start of one timeline, or after the end of one | 0        |
//! | a deletion notice is missing in the record of an import          | 0               |
//! | a message has another position in one timeline: it came late     | [`MOVED`]       |
//! | equal content in both timelines, of two messages                 | [`COINCIDENCE`] |

use super::least::{Least, Runs, of_pair};
use super::missing::{Ends, Member, count, is_between};
use super::tolerance::SEARCH;

/// A message.
pub(super) const MESSAGE: u32 = 2;

/// An event: an edit, a deletion, a removal on one phone.
pub(super) const EVENT: u32 = 2;

/// A message at another position in one timeline.
pub(super) const MOVED: u32 = 1;

/// Two messages of equal content, each in one timeline.
const COINCIDENCE: u32 = 1;

/// A possible pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) column: usize,
    /// The number of events of the message.
    pub(super) events: u32,
    /// Whether the content is known and equal.
    pub(super) is_equal: bool,
    /// Chooses between histories of one cost: the distance of the timestamps.
    pub(super) distance: u32,
    /// The authors, if they are known by name only.
    pub(super) authors: Option<(u32, u32)>,
    /// Whether one of the authors is identified with another name already: no history contains the pair.
    pub(super) is_excluded: bool,
}

/// Messages that are decided together.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Messages of the new timeline, in its order, with the possible partners of each.
    pub(super) rows: Vec<(Member, Vec<Edge>)>,
    /// Messages of the old timeline, in its order.
    pub(super) columns: Vec<Member>,
}

/// Decisions about the messages around a unit.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// The pairs nearby, by their positions.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The ends of each of the two timelines.
    pub(super) ends: [Ends; 2],
}

/// The partner of each row.
pub(super) type History = Vec<Option<usize>>;

/// All histories of the least cost; `None` if there are too many to be searched.
pub(super) fn most_plausible(unit: &Unit, context: &Context) -> Option<Vec<History>> {
    let missing: Vec<u32> = (unit.rows.iter())
        .map(|(row, _)| EVENT * u32::from(context.ends[0].is_within(row)))
        .collect();
    let mut search = Search {
        unit,
        context,
        least: Least::of(unit, context, &missing),
        missing,
        best: u32::MAX,
        found: Vec::new(),
        partners: Vec::new(),
        by: vec![None; unit.columns.len()],
        runs: Runs::new(),
        authors: Vec::new(),
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
    least: Least,
    /// The extra cost of each row without a partner, whatever the others have.
    missing: Vec<u32>,
    best: u32,
    found: Vec<History>,
    partners: History,
    /// The row of each column.
    by: Vec<Option<usize>>,
    /// The runs of the pairs so far, and of those around them.
    runs: Runs,
    /// The authors that are one person by the pairs so far.
    authors: Vec<(u32, u32)>,
    steps: usize,
}

impl Search<'_> {
    /// Searches all continuations; false if that takes too long.
    fn extend(&mut self, so_far: u32) -> bool {
        self.steps += 1;
        if self.steps > SEARCH {
            return false;
        }
        // `so_far` includes the events of rows that are missing within the other timeline.
        let row = self.partners.len();
        let free = self.by.iter().filter(|by| by.is_none()).count();
        let rest = (self.least).from(row, self.by.len() - free, free, &self.runs);
        if so_far + rest + self.missing_so_far(self.unit.rows.len() - row) > self.best {
            return true;
        }
        let Some((member, edges)) = self.unit.rows.get(row) else {
            self.finish(so_far);
            return true;
        };
        let runs = self.runs.len();
        self.least.reach(row, &mut self.runs);
        let goes_on = (edges.iter()).all(|edge| self.take(edge, so_far)) && {
            self.partners.push(None);
            let goes_on = self.extend(so_far + alone(member) + self.missing[row]);
            self.partners.pop();
            goes_on
        };
        self.runs.truncate(runs);
        goes_on
    }

    /// Searches all continuations with this pair of the next row, if it is possible.
    fn take(&mut self, edge: &Edge, so_far: u32) -> bool {
        let is_possible = !edge.is_excluded && self.by[edge.column].is_none();
        if !is_possible || !self.has_one_name_each(edge) {
            return true;
        }
        let (runs, authors) = (self.runs.len(), self.authors.len());
        self.by[edge.column] = Some(self.partners.len());
        self.partners.push(Some(edge.column));
        self.authors.extend(edge.authors);
        let rank = self.unit.columns[edge.column].rank;
        self.least.pair(rank, &mut self.runs);
        let goes_on = self.extend(so_far + of_pair(edge));
        self.runs.truncate(runs);
        self.authors.truncate(authors);
        self.partners.pop();
        self.by[edge.column] = None;
        goes_on
    }

    fn finish(&mut self, so_far: u32) {
        let row = self.partners.len();
        let pairs = self.partners.iter().flatten().count();
        let columns = self.unit.columns.iter().zip(&self.by);
        let others: u32 = columns
            .filter(|(_, by)| by.is_none())
            .map(|(column, _)| alone(column))
            .sum();
        let unpaired = self.partners.iter().zip(&self.missing);
        let missing: u32 = unpaired
            .filter(|(partner, _)| partner.is_none())
            .map(|(_, missing)| missing)
            .sum();
        // Only the order is left.
        let order = self.least.from(row, pairs, 0, &self.runs);
        let cost = so_far + others + order + COINCIDENCE * self.coincidences() - missing
            + EVENT * self.missing();
        if cost < self.best {
            self.best = cost;
            self.found.clear();
        }
        if cost == self.best {
            self.found.push(self.partners.clone());
        }
    }

    /// The events that explain messages missing at the ends of timelines for the pairs so far, whatever the
    /// other pairs are: `left` rows have at most as many columns.
    fn missing_so_far(&self, left: usize) -> u32 {
        let [own, others] = &self.context.ends;
        let (rows, columns) = (&self.unit.rows, &self.unit.columns);
        let paired =
            || (self.partners.iter().enumerate()).filter_map(|(row, at)| Some((row, (*at)?)));
        let ends = own.with(paired().map(|(row, _)| rows[row].0.rank));
        let alone = (self.partners.iter().zip(rows).zip(&self.missing))
            .filter(|((partner, (row, _)), missing)| {
                partner.is_none() && **missing == 0 && is_between(ends, row)
            })
            .count();
        let ends = others.with(paired().map(|(_, column)| columns[column].rank));
        let free = (self.by.iter().zip(columns))
            .filter(|(by, column)| by.is_none() && is_between(ends, column))
            .count();
        EVENT * u32::try_from(alone + free.saturating_sub(left)).unwrap_or(u32::MAX)
    }

    fn edge(&self, row: usize, column: usize) -> Option<&Edge> {
        let mut edges = self.unit.rows[row].1.iter();
        edges.find(|edge| edge.column == column)
    }

    /// Whether no name would belong to two people.
    fn has_one_name_each(&self, edge: &Edge) -> bool {
        edge.authors.is_none_or(|(one, other)| {
            let agrees = |with: &(u32, u32)| (with.0 == one) == (with.1 == other);
            self.authors.iter().all(agrees)
        })
    }

    /// The number of messages that could have a partner of equal content, where both have none.
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

    /// The events that explain messages without a partner: one of the two timelines starts later, and one
    /// of them ends earlier.
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
}
