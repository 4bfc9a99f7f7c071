//! The records of a chat by external id: a chat may have a million messages, and a plan reads all of them.
//!
//! About 130 bytes a message, ids included. Here belongs how a record is found by its external id; never
//! how its content is packed (`packed`) or its meaning for a plan.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::RecordFacts;
use super::packed::{Packed, Shared};
use crate::matching::tolerance::MAX_DIFFERENCE;
use crate::transform::identity::DigestHasher;

/// The record of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded<'r> {
    /// It is in Close.
    Done {
        /// The id of its activity in Close.
        activity_id: &'r str,
        /// The recorded properties, for comparison.
        facts: RecordFacts,
    },
    /// A request was sent and its outcome is not known.
    Unsettled {
        /// The recorded properties, for comparison.
        facts: RecordFacts,
    },
    /// It is known not to be in Close: Close rejected it, or it was never sent.
    NotThere,
    /// It was in Close and was removed there.
    Gone {
        /// The recorded properties, for comparison.
        facts: RecordFacts,
    },
}

impl Recorded<'_> {
    /// Whether it is, or was, in Close.
    pub(super) fn has_facts(self) -> bool {
        matches!(self, Recorded::Done { .. } | Recorded::Gone { .. })
    }

    /// Whether it is, was, or may be in Close.
    pub(super) fn may_be_there(self) -> bool {
        !matches!(self, Recorded::NotThere)
    }
}

/// The messages of a chat by their external ids.
#[derive(Debug, Default)]
pub struct Records {
    /// External id and activity id of each message, concatenated.
    text: String,
    rows: Vec<Row>,
    media: Shared,
    people: Shared,
    /// Built by the first look-up that does not match the next row.
    index: OnceLock<Index>,
    /// The number of messages in Close.
    done: usize,
    /// The row after the one found last: exports mostly keep the order in which they were recorded, and
    /// then nothing has to be hashed.
    next: AtomicUsize,
}

#[derive(Debug, Clone)]
struct Row {
    /// Offset of its ids.
    from: usize,
    facts: Packed,
    id: u16,
    activity: u16,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Unsettled,
    NotThere,
    Gone,
}

/// Rows by the hash of their external id.
#[derive(Debug, Default)]
struct Index {
    hasher: RandomState,
    /// The last row of each hash.
    last: HashMap<u64, u32, BuildHasherDefault<DigestHasher>>,
    /// The previous row with the same hash, for the few that have one.
    before: HashMap<u32, u32>,
}

impl Index {
    fn of(records: &Records) -> Self {
        let mut index = Index::default();
        index.last.reserve(records.rows.len());
        for (number, row) in (0u32..).zip(&records.rows) {
            let hash = index.hasher.hash_one(records.id(row));
            if let Some(before) = index.last.insert(hash, number) {
                index.before.insert(number, before);
            }
        }
        index
    }
}

impl Records {
    /// Adds a message; each external id once. The ids of a checkpoint are at most 255 bytes long.
    pub fn add(&mut self, external_id: &str, recorded: Recorded<'_>) {
        let (state, activity, facts) = match recorded {
            Recorded::Done { activity_id, facts } => (State::Done, activity_id, facts),
            Recorded::Unsettled { facts } => (State::Unsettled, "", facts),
            Recorded::NotThere => (State::NotThere, "", RecordFacts::default()),
            Recorded::Gone { facts } => (State::Gone, "", facts),
        };
        let (Ok(id), Ok(length)) = (
            u16::try_from(external_id.len()),
            u16::try_from(activity.len()),
        ) else {
            return;
        };
        let from = self.text.len();
        self.text.push_str(external_id);
        self.text.push_str(activity);
        self.index.take();
        self.done += usize::from(state == State::Done);
        self.rows.push(Row {
            from,
            facts: Packed::new(&facts, &mut self.media, &mut self.people),
            id,
            activity: length,
            state,
        });
    }

    /// The record with this external id; `None` if there is none.
    pub fn get(&self, external_id: &(impl Borrow<str> + ?Sized)) -> Option<Recorded<'_>> {
        self.find(external_id.borrow())
            .map(|row| self.recorded(row))
    }

    /// Whether this external id is recorded, in any state.
    pub fn contains(&self, external_id: &(impl Borrow<str> + ?Sized)) -> bool {
        self.find(external_id.borrow()).is_some()
    }

    /// All records with their external ids, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Recorded<'_>)> {
        self.rows
            .iter()
            .map(|row| (self.id(row), self.recorded(row)))
    }

    /// Whether the properties of a message that is, was or may be in Close meet a condition.
    pub fn any(&self, is: impl Fn(&RecordFacts) -> bool) -> bool {
        let mut there = self.rows.iter().filter(|row| row.state != State::NotThere);
        there.any(|row| is(&row.facts.unpack(&self.media, &self.people)))
    }

    /// Passes the properties of each message in Close, with its activity id, to be completed.
    pub fn complete(&mut self, mut with: impl FnMut(&str, &mut RecordFacts)) {
        let Records {
            text,
            rows,
            media,
            people,
            ..
        } = self;
        for row in rows.iter_mut().filter(|row| row.state == State::Done) {
            let from = row.from + usize::from(row.id);
            let activity = text.get(from..from + usize::from(row.activity));
            let mut facts = row.facts.unpack(media, people);
            with(activity.unwrap_or_default(), &mut facts);
            row.facts = Packed::new(&facts, media, people);
        }
    }

    /// Whether no message is recorded.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the time of a message was corrected after it was recorded.
    pub(super) fn has_corrected_times(&self) -> bool {
        let corrected = |row: &Row| (row.facts.at - row.facts.first_at).abs() > MAX_DIFFERENCE;
        self.rows.iter().any(corrected)
    }

    /// The number of messages in Close.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// The number of messages that are, were, or may be in Close.
    pub(super) fn may_be_there(&self) -> usize {
        let may_be_there = |row: &&Row| row.state != State::NotThere;
        self.rows.iter().filter(may_be_there).count()
    }

    fn find(&self, external_id: &str) -> Option<&Row> {
        let next = self.next.load(Ordering::Relaxed);
        let is_it = |row: &&Row| self.id(row) == external_id;
        if let Some(row) = self.rows.get(next).filter(is_it) {
            self.next.store(next + 1, Ordering::Relaxed);
            return Some(row);
        }
        // Each pass over the chat starts at its first message.
        if let Some(row) = self.rows.first().filter(is_it) {
            self.next.store(1, Ordering::Relaxed);
            return Some(row);
        }
        if self.rows.is_empty() {
            return None;
        }
        let index = self.index.get_or_init(|| Index::of(self));
        let mut at = (index.last.get(&index.hasher.hash_one(external_id))).copied();
        while let Some((number, row)) = at.and_then(|at| Some((at, self.rows.get(at as usize)?))) {
            if is_it(&row) {
                self.next.store(number as usize + 1, Ordering::Relaxed);
                return Some(row);
            }
            at = index.before.get(&number).copied();
        }
        None
    }

    fn id(&self, row: &Row) -> &str {
        let to = row.from + usize::from(row.id);
        self.text.get(row.from..to).unwrap_or_default()
    }

    fn recorded<'r>(&'r self, row: &Row) -> Recorded<'r> {
        let from = row.from + usize::from(row.id);
        let facts = || row.facts.unpack(&self.media, &self.people);
        match row.state {
            State::Done => Recorded::Done {
                activity_id: self
                    .text
                    .get(from..from + usize::from(row.activity))
                    .unwrap_or_default(),
                facts: facts(),
            },
            State::Unsettled => Recorded::Unsettled { facts: facts() },
            State::NotThere => Recorded::NotThere,
            State::Gone => Recorded::Gone { facts: facts() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_records_are_found() {
        let mut records = Records::default();
        let facts = RecordFacts {
            at: 7,
            ..RecordFacts::default()
        };
        for n in 0..2_000 {
            let activity_id = &format!("acti_{n}");
            let recorded = match n % 4 {
                0 => Recorded::Unsettled { facts },
                1 => Recorded::NotThere,
                2 => Recorded::Gone { facts },
                _ => Recorded::Done { activity_id, facts },
            };
            records.add(&format!("cf1-{n}"), recorded);
        }
        assert_eq!((records.done(), records.iter().count()), (500, 2_000));
        for (n, (id, recorded)) in records.iter().enumerate() {
            assert_eq!(id, format!("cf1-{n}"));
            assert_eq!(records.get(id), Some(recorded));
            if let Recorded::Done { activity_id, facts } = recorded {
                assert_eq!((activity_id, facts.at), (format!("acti_{n}").as_str(), 7));
            }
        }
        assert!(!records.contains("cf1-2000"));
    }
}
