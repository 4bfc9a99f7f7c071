//! Messages of a device's owner that are recorded as a member's of the group.
//!
//! Here belongs which messages may have a record of the other direction because their author was an ordinary member when they
//! were imported: the author's `[[device]]` was added later. Never here: pairing, or the opposite, an owner who is no longer
//! known as one ([`super::group_owner`]).

use std::collections::{HashMap, HashSet};

use super::Known;
use super::evidence::{RecordedMessage, Records, desired, recorded};
use crate::matching::overlap::shift_between;
use crate::matching::sequence::Key;
use crate::matching::tolerance::MINUTE;
use crate::matching::{Observation, Timeline};
use crate::transform::desired::{DesiredChat, DesiredMessage, Direction};

/// Two members may write one text in one minute: of an owner with records of their own, this number of different texts must
/// be recorded as a member's.
const TEXTS: usize = 2;

/// Leaves the direction of an owner's messages open where incoming records may be theirs: the records are corrected.
///
/// An incoming record that a member's message accounts for is that member's, also where a rule leaves the message out or the
/// sender deleted it. Of an owner without outgoing records one such record is enough, and all messages are opened. An owner with
/// some, as after a correction that was interrupted, may have written a member's words in the same minute: there only messages
/// with the recorded content are opened, if several are.
pub(super) fn open_sides(wanted: &mut [DesiredMessage], chat: &DesiredChat, known: &Known) {
    if !wanted.iter().any(is_of_owner) {
        return;
    }
    let records = Records::of(known);
    let (old, _) = recorded(&records, known);
    let left_out: HashSet<&str> = chat
        .left_out_ids
        .iter()
        .map(|(id, _)| id.as_str())
        .collect();
    let is_left_out = |record: &RecordedMessage<'_>| left_out.contains(record.external_id);
    let own = (old.observations.iter().zip(records.iter()))
        .filter(|(_, record)| !is_left_out(record))
        .map(|(observation, _)| observation);
    let sides = Sides::of(&own.collect::<Vec<_>>());
    if sides.incoming.is_empty() {
        return;
    }
    let new = desired(wanted, &[], known, &records);
    let deleted = (chat.deleted.iter())
        .filter(|deleted| deleted.direction == Direction::Incoming)
        .map(|deleted| deleted.activity_at.timestamp_millis());
    let deleted: Vec<i64> = deleted.collect();
    let opened_at = |later: i64| {
        let members = Members::of(wanted, &new, (&deleted, later));
        opened(wanted, &new, later, (&sides, &members))
    };
    let mut found = opened_at(0);
    if found.is_empty()
        && let Some(later) = shift_between(&new, &old).filter(|later| *later != 0)
    {
        found = opened_at(later);
    }
    for index in found {
        wanted[index].evidence.two_sided = true;
    }
}

/// The messages whose direction is open, if the archives are read `later` milliseconds earlier.
fn opened(
    wanted: &[DesiredMessage],
    new: &Timeline,
    later: i64,
    (sides, members): (&Sides, &Members),
) -> Vec<usize> {
    let mut owners: HashMap<Option<&str>, Owner> = HashMap::new();
    for (index, (message, observation)) in wanted.iter().zip(&new.observations).enumerate() {
        if !is_of_owner(message) {
            continue;
        }
        let owner = owners.entry(number(message)).or_default();
        let at = observation.at - later;
        owner.messages.push(index);
        let content = content(observation);
        if content.is_some_and(|content| sides.outgoing.number(content, at) > 0) {
            owner.has_records = true;
        } else if let Some(content) = content
            && sides.incoming.number(content, at) > members.number(content, at)
        {
            owner.texts.insert(content);
            owner.coinciding.push(index);
        }
        owner.coincides |= sides.incoming.number_at(at) > members.number_at(at);
    }
    let each = owners.into_values().map(|owner| match owner.has_records {
        false if owner.coincides || !owner.texts.is_empty() => owner.messages,
        true if owner.texts.len() >= TEXTS => owner.coinciding,
        _ => Vec::new(),
    });
    each.flatten().collect()
}

/// What the records have of an owner's messages.
#[derive(Default)]
struct Owner {
    messages: Vec<usize>,
    /// Whether one of them is recorded as outgoing.
    has_records: bool,
    /// Whether a member's record is at the time of one, for which no member's message accounts.
    coincides: bool,
    /// The messages whose content is recorded as a member's, and their contents.
    coinciding: Vec<usize>,
    texts: HashSet<Key>,
}

fn is_of_owner(message: &DesiredMessage) -> bool {
    message.direction == Direction::Outgoing && !message.evidence.two_sided
}

/// The number of the device; `None` is the one of the archive.
fn number(message: &DesiredMessage) -> Option<&str> {
    let between = message.between.as_deref()?;
    Some(between.local_phone.as_ref()?.e164())
}

/// Sorted times by content, and of all contents.
#[derive(Default)]
struct Times {
    by_content: HashMap<Key, Vec<i64>>,
    all: Vec<i64>,
}

impl Times {
    fn of<'o>(observations: impl Iterator<Item = (&'o Observation, i64)>) -> Times {
        let mut times = Times::default();
        for (observation, at) in observations {
            times.all.push(at);
            if let Some(content) = content(observation) {
                times.by_content.entry(content).or_default().push(at);
            }
        }
        times.all.sort_unstable();
        for of_content in times.by_content.values_mut() {
            of_content.sort_unstable();
        }
        times
    }

    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The number of messages with this content within a minute.
    fn number(&self, content: Key, at: i64) -> usize {
        within(self.by_content.get(&content).map_or(&[], Vec::as_slice), at)
    }

    /// The number of messages within a minute.
    fn number_at(&self, at: i64) -> usize {
        within(&self.all, at)
    }
}

/// The recorded messages by direction.
struct Sides {
    incoming: Times,
    outgoing: Times,
}

impl Sides {
    fn of(observations: &[&Observation]) -> Sides {
        let of_side = |outgoing| {
            let of_side = (observations.iter()).filter(|one| one.outgoing == Some(outgoing));
            Times::of(of_side.map(|one| (*one, one.at)))
        };
        Sides {
            incoming: of_side(false),
            outgoing: of_side(true),
        }
    }
}

/// The messages of members in the archives, and those that members deleted, whose contents are unknown.
struct Members {
    messages: Times,
    deleted: Vec<i64>,
}

impl Members {
    fn of(wanted: &[DesiredMessage], new: &Timeline, (deleted, later): (&[i64], i64)) -> Members {
        let of_members = wanted.iter().zip(&new.observations);
        let of_members = of_members.filter(|(message, _)| message.direction == Direction::Incoming);
        let mut deleted: Vec<i64> = deleted.iter().map(|at| at - later).collect();
        deleted.sort_unstable();
        Members {
            messages: Times::of(of_members.map(|(_, one)| (one, one.at - later))),
            deleted,
        }
    }

    fn number(&self, content: Key, at: i64) -> usize {
        self.messages.number(content, at) + within(&self.deleted, at)
    }

    fn number_at(&self, at: i64) -> usize {
        self.messages.number_at(at) + within(&self.deleted, at)
    }
}

/// The number of sorted times within a minute.
fn within(times: &[i64], at: i64) -> usize {
    let first = times.partition_point(|time| *time <= at - MINUTE);
    let last = times.partition_point(|time| *time < at + MINUTE);
    last.saturating_sub(first)
}

/// What identifies a message without its author.
fn content(observation: &Observation) -> Option<Key> {
    observation.files.or(observation.body)
}
