//! Messages that a newer export shows with other words than it did: edited, deleted, a file left
//! out; and what archives of different programs tell in other words: a contact card, a location, a
//! poll, a mention. What they say is no evidence; their place is.
//!
//! Pure. Between two messages that are known, the export has some that are marked, and the
//! checkpoint has some that no message stands for. Where there are as many of one as of the other,
//! they are the same ones in their order. Where the numbers differ, nobody knows which is which.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::align::Key;
use crate::chat::Kind;

/// Two exports of one message differ by a second, and their stamps by a minute at most, with the
/// milliseconds that keep equal stamps in order (`whatsapp-export-format.md` section 7).
pub const NEAR: i64 = 61_000;

/// A message that is known from before: from another export, or as the checkpoint has it.
#[derive(Debug, Clone)]
pub struct Known<'l> {
    /// Its external id.
    pub id: &'l str,
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// Sent by the phone's owner, where it is known.
    pub outgoing: Option<bool>,
    /// It is a file or the line that stands for one, where it is known.
    pub is_file: Option<bool>,
    /// It has files.
    pub has_files: bool,
    /// A hash of its files, where it has some and it is known.
    pub media: Option<Key>,
    /// Its id is WhatsApp's own.
    pub native: bool,
}

/// A message of an export.
#[derive(Debug, Clone)]
pub struct Marked<'l> {
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// Sent by the phone's owner.
    pub outgoing: bool,
    /// A file, or the line that stands for one.
    pub is_file: bool,
    /// Its sender deleted it; what it was nobody can say.
    pub is_deleted: bool,
    /// The keyed hash of its files, where it has some.
    pub media: Option<Key>,
    /// The external id of its record, where that is known already.
    pub record: Option<&'l str>,
    /// It is marked, and its record is looked for.
    pub is_open: bool,
    /// It is marked for what it is alone: its record is one of an archive of another kind.
    pub by_kind: bool,
    /// Its id is WhatsApp's own.
    pub native: bool,
}

/// True for what archives of different programs tell in other words.
pub fn is_told_differently(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Contact | Kind::Location | Kind::LiveLocation | Kind::Poll | Kind::Event => true,
        // A mention has a name or a number.
        Kind::Text => text.contains('@'),
        _ => false,
    }
}

/// What was found out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Places of messages and of their records.
    pub pairs: Vec<(usize, usize)>,
    /// Places of messages that may have a record, and nobody knows which.
    pub undecided: Vec<usize>,
}

/// Looks for the records of those that are open.
pub fn pair(messages: &[Marked<'_>], records: &[Known<'_>]) -> Outcome {
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_by_key(|place| messages[*place].at);
    let mut by_time: Vec<usize> = (0..records.len()).collect();
    by_time.sort_by_key(|record| (records[*record].at, records[*record].id));
    let ranks: HashMap<&str, usize> = (0..)
        .zip(&by_time)
        .map(|(rank, record): (usize, _)| (records[*record].id, rank))
        .collect();
    let mut is_free = vec![true; by_time.len()];
    let known: Vec<Option<usize>> = order
        .iter()
        .map(|place| ranks.get(messages[*place].record?).copied())
        .collect();
    for rank in known.iter().flatten() {
        is_free[*rank] = false;
    }
    let mut groups: BTreeMap<(usize, usize, bool), Vec<Open>> = BTreeMap::new();
    for ((place, before), after) in order.iter().zip(before(&known)).zip(after(&known)) {
        let message = &messages[*place];
        if !message.is_open {
            continue;
        }
        let (mut from, mut to) = match (
            before.map_or(0, |rank| rank + 1),
            after.unwrap_or(by_time.len()),
        ) {
            (from, to) if from <= to => (from, to),
            // Lines that are not in order of time: only the time counts.
            _ => (0, by_time.len()),
        };
        let within = |from: usize, to: usize| -> Vec<usize> {
            let first =
                by_time[from..to].partition_point(|record| records[*record].at < message.at - NEAR);
            (from + first..to)
                .take_while(|rank| records[by_time[*rank]].at <= message.at + NEAR)
                .filter(|rank| is_free[*rank] && fits(message, &records[by_time[*rank]]))
                .collect()
        };
        let mut fitting = within(from, to);
        if fitting.is_empty() {
            // Messages of one stamp may stand in another order than before, and a stamp may be a
            // minute.
            let own = message.at.div_euclid(60_000);
            let minute = |rank: usize| records[by_time[rank]].at.div_euclid(60_000);
            let turned = |rank: Option<usize>| rank.is_some_and(|rank| minute(rank) == own);
            while from > 0 && turned(before) && minute(from - 1) == own {
                from -= 1;
            }
            while to < by_time.len() && turned(after) && minute(to) == own {
                to += 1;
            }
            fitting = within(from, to);
        }
        if !fitting.is_empty() {
            let group = groups.entry((from, to, message.outgoing)).or_default();
            group.push(Open {
                place: *place,
                fitting,
            });
        }
    }
    let mut outcome = Outcome::default();
    // Where sides are not recorded, two groups may look at one record.
    let mut taken: HashSet<usize> = HashSet::new();
    for group in groups.into_values() {
        for cluster in clusters(group) {
            let ranks: BTreeSet<usize> = (cluster.iter())
                .flat_map(|open| open.fitting.iter().copied())
                .filter(|rank| !taken.contains(rank))
                .collect();
            let in_order = ranks.len() == cluster.len()
                && (cluster.iter().zip(&ranks)).all(|(open, rank)| open.fitting.contains(rank));
            if in_order {
                let pairs = cluster.iter().zip(&ranks);
                outcome
                    .pairs
                    .extend(pairs.map(|(open, rank)| (open.place, by_time[*rank])));
                taken.extend(ranks);
            } else if !ranks.is_empty() {
                outcome
                    .undecided
                    .extend(cluster.iter().map(|open| open.place));
            }
        }
    }
    outcome
}

/// A message whose record is looked for, and the ranks of those that it may be.
#[derive(Debug)]
struct Open {
    place: usize,
    fitting: Vec<usize>,
}

/// What is known before each place.
fn before(known: &[Option<usize>]) -> Vec<Option<usize>> {
    let each = known.iter().scan(None, |last, rank| {
        let before = *last;
        *last = rank.or(before);
        Some(before)
    });
    each.collect()
}

/// What is known after each place.
fn after(known: &[Option<usize>]) -> Vec<Option<usize>> {
    let backwards: Vec<Option<usize>> = known.iter().rev().copied().collect();
    let mut after = before(&backwards);
    after.reverse();
    after
}

/// Parts of a group that have no record in common. Both are in order of time, so a part ends where
/// the next message begins behind all records of those before it.
fn clusters(group: Vec<Open>) -> Vec<Vec<Open>> {
    let mut clusters: Vec<Vec<Open>> = Vec::new();
    let mut last = None;
    for open in group {
        let (first, end) = (open.fitting.first().copied(), open.fitting.last().copied());
        match clusters.last_mut() {
            Some(cluster) if first <= last => cluster.push(open),
            _ => clusters.push(vec![open]),
        }
        last = last.max(end);
    }
    clusters
}

/// Whether the record may be of this message, apart from its time.
fn fits(message: &Marked<'_>, known: &Known<'_>) -> bool {
    if known
        .outgoing
        .is_some_and(|outgoing| outgoing != message.outgoing)
    {
        return false;
    }
    if message.by_kind {
        return known.native != message.native && known.is_file != Some(true);
    }
    // Somebody deleted it: it may have been anything.
    if message.is_deleted {
        return true;
    }
    if known.has_files && !message.is_file {
        return false;
    }
    let other_file = message.media.is_some() && known.has_files && known.media != message.media;
    !other_file
        && known
            .is_file
            .is_none_or(|is_file| is_file == message.is_file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &'static str, at: i64, is_file: bool) -> Known<'static> {
        Known {
            id,
            at,
            outgoing: Some(false),
            is_file: Some(is_file),
            has_files: false,
            media: None,
            native: false,
        }
    }

    fn known(at: i64, record: &'static str) -> Marked<'static> {
        Marked {
            at,
            outgoing: false,
            is_file: false,
            is_deleted: false,
            media: None,
            record: Some(record),
            is_open: false,
            by_kind: false,
            native: false,
        }
    }

    fn open(at: i64, is_deleted: bool) -> Marked<'static> {
        Marked {
            record: None,
            is_open: true,
            is_deleted,
            ..known(at, "")
        }
    }

    #[test]
    fn as_many_as_are_missing_are_those_in_their_order() {
        let records = [
            record("a", 0, false),
            record("b", 10, false),
            record("c", 20, false),
            record("d", 30, false),
        ];
        let messages = [
            known(0, "a"),
            open(10, false),
            open(20, true),
            known(30, "d"),
        ];
        let outcome = pair(&messages, &records);
        assert_eq!(outcome.pairs, [(1, 1), (2, 2)]);
        assert!(outcome.undecided.is_empty());
    }

    #[test]
    fn one_of_two_is_not_decided() {
        let records = [record("a", 0, false), record("b", 10, false)];
        let outcome = pair(&[open(5, false)], &records);
        assert_eq!((outcome.pairs.len(), outcome.undecided), (0, vec![0]));
    }

    #[test]
    fn neighbours_tell_which_of_two_it_is() {
        let records = [
            record("a", 0, false),
            record("b", 10, false),
            record("c", 20, false),
        ];
        // The first one vanished without a mark, before the known one.
        let outcome = pair(&[known(10, "b"), open(15, false)], &records);
        assert_eq!(outcome.pairs, [(1, 2)]);
    }

    #[test]
    fn a_text_is_no_file_and_the_other_side_said_something_else() {
        let records = [record("a", 0, true)];
        assert_eq!(pair(&[open(0, false)], &records), Outcome::default());
        let mut other = open(0, true);
        other.outgoing = true;
        assert_eq!(pair(&[other], &records), Outcome::default());
        assert_eq!(pair(&[open(0, true)], &records).pairs, [(0, 0)]);
    }

    #[test]
    fn a_location_is_that_of_an_archive_of_another_kind_alone() {
        let native = Known {
            native: true,
            ..record("a", 0, false)
        };
        let location = Marked {
            by_kind: true,
            ..open(0, false)
        };
        assert_eq!(
            pair(std::slice::from_ref(&location), &[native]).pairs,
            [(0, 0)]
        );
        let derived = [record("a", 0, false)];
        assert_eq!(pair(&[location], &derived), Outcome::default());
    }

    #[test]
    fn what_is_far_away_in_time_is_another() {
        let records = [record("a", 0, false)];
        assert_eq!(pair(&[open(NEAR + 1, false)], &records), Outcome::default());
    }

    #[test]
    fn more_edits_than_records_are_not_decided() {
        let records = [record("a", 0, false)];
        let outcome = pair(&[open(0, false), open(1, false)], &records);
        assert_eq!(outcome.undecided, [0, 1]);
    }
}
