//! Messages that a newer export shows with other words than it did: edited, deleted, a file left
//! out; and what archives of different programs tell in other words: a contact card, a location, a
//! poll, a mention. What they say is no evidence; their place is.
//!
//! Pure. Between two messages that are known, the export has some that are marked, and the
//! checkpoint has some that no message stands for. Where there are as many of one as of the other,
//! they are the same ones in their order. Where the numbers differ, nobody knows which is which.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::chat::Kind;
use crate::matching::sequence::Key;

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
    /// It is known to be edited or deleted: an archive of before may have it in other words.
    pub is_changed: bool,
    /// What of it programs tell alike ([`told_alike`]), where that is known.
    pub alike: Option<String>,
}

/// Why the record of a message is looked for by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// It is marked: its words may be other ones by now.
    Marked,
    /// For what it is alone: its record is one of an archive of another program.
    Kind,
    /// It is an ordinary message, and may be what another archive has as edited or deleted.
    Plain,
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
    /// Its record is looked for, and why.
    pub open: Option<Open>,
    /// Its id is WhatsApp's own.
    pub native: bool,
    /// What of it programs tell alike, where its record tells too.
    pub alike: Option<String>,
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

/// What is the same in whatever words a program tells such a message: what it is, and of a mention the
/// words before it. `text` is canonical.
pub fn told_alike(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Text => text.split('@').next().unwrap_or_default().to_owned(),
        kind => format!("{} ", kind.word()),
    }
}

/// True where one of the two times may be the other with its seconds cut off.
fn is_one_minute(one: i64, other: i64) -> bool {
    one.div_euclid(60_000) == other.div_euclid(60_000) || (one - other).abs() <= 2_000
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
    let mut groups: BTreeMap<(usize, usize, bool), Vec<Sought>> = BTreeMap::new();
    for ((place, before), after) in order.iter().zip(before(&known)).zip(after(&known)) {
        let message = &messages[*place];
        if message.open.is_none() {
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
            group.push(Sought {
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
struct Sought {
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
fn clusters(group: Vec<Sought>) -> Vec<Vec<Sought>> {
    let mut clusters: Vec<Vec<Sought>> = Vec::new();
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
    match message.open {
        Some(Open::Kind) => {
            let is_alike = match (&message.alike, &known.alike) {
                (Some(own), Some(other)) => own == other,
                _ => true,
            };
            return known.native != message.native
                && known.is_file != Some(true)
                && is_alike
                && is_one_minute(message.at, known.at);
        }
        Some(Open::Plain) => return known.is_changed && is_one_minute(message.at, known.at),
        _ => {}
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
            is_changed: false,
            alike: None,
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
            open: None,
            native: false,
            alike: None,
        }
    }

    fn open(at: i64, is_deleted: bool) -> Marked<'static> {
        Marked {
            record: None,
            open: Some(Open::Marked),
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
            open: Some(Open::Kind),
            ..open(0, false)
        };
        assert_eq!(
            pair(std::slice::from_ref(&location), &[native]).pairs,
            [(0, 0)]
        );
        let derived = [record("a", 0, false)];
        assert_eq!(
            pair(std::slice::from_ref(&location), &derived),
            Outcome::default()
        );
        // Of another minute, or told otherwise: another message.
        let native = |at, alike: &str| Known {
            native: true,
            alike: Some(alike.to_owned()),
            ..record("a", at, false)
        };
        assert_eq!(
            pair(std::slice::from_ref(&location), &[native(59_000, "x")]).pairs,
            [(0, 0)]
        );
        assert_eq!(
            pair(std::slice::from_ref(&location), &[native(60_500, "x")]),
            Outcome::default()
        );
        let told = Marked {
            alike: Some("y".to_owned()),
            ..location
        };
        assert_eq!(pair(&[told], &[native(0, "x")]), Outcome::default());
    }

    #[test]
    fn an_ordinary_message_is_what_another_archive_has_as_edited() {
        let plain = Marked {
            open: Some(Open::Plain),
            ..open(0, false)
        };
        let changed = Known {
            is_changed: true,
            ..record("a", 5_000, false)
        };
        assert_eq!(
            pair(std::slice::from_ref(&plain), &[changed]).pairs,
            [(0, 0)]
        );
        assert_eq!(
            pair(&[plain], &[record("a", 5_000, false)]),
            Outcome::default()
        );
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
