//! Desired messages and records as timelines for [`crate::matching`]. Never here: a comparison.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::repeated_hour::Nights;
use super::{Known, ListedPeople, Record, RecordFacts, Recorded, aliases};
use crate::canonical;
use crate::chat::Kind;
use crate::ids::{ExternalId, LeadId, is_native};
use crate::matching::sequence::Key;
use crate::matching::{
    Class, Id, Observation, Precision, Program, Repeat, State, Timeline, Wording,
};
use crate::routing::Rule;
use crate::transform::desired::{Deleted, DesiredMessage, Direction};
use crate::transform::observe::Evidence;

/// A record of a message that is, was, or may be in Close, or of one that was deleted before.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordedMessage<'l> {
    pub(super) external_id: &'l str,
    pub(super) activity_id: &'l str,
    /// The lead that it is on, if that is not the one that the chat goes to.
    pub(super) lead_id: Option<&'l LeadId>,
    pub(super) facts: RecordFacts,
    /// Whether it was deleted before it could be imported.
    pub(super) is_tombstone: bool,
    /// Contact, user and numbers as Close lists them, if no record has them.
    pub(super) listed: Option<&'l Arc<ListedPeople>>,
}

impl RecordedMessage<'_> {
    pub(super) fn owned(&self) -> Record {
        Record {
            external_id: self.external_id.into(),
            activity_id: self.activity_id.into(),
            lead_id: self.lead_id.cloned(),
            facts: self.facts,
            listed: self.listed.cloned(),
        }
    }
}

/// All records of a chat.
pub(super) struct Records<'l> {
    all: Vec<RecordedMessage<'l>>,
    /// Whether all of them have the hash of the canonical body; if not, texts are compared as they are in
    /// Close.
    know_content: bool,
}

impl<'l> Records<'l> {
    pub(super) fn of(known: &'l Known) -> Self {
        let mut all: Vec<RecordedMessage<'l>> = done(known).collect();
        let listed: HashSet<&str> = (known.unrecorded.iter())
            .filter(|record| record.lead_id.is_none())
            .map(|record| record.external_id.as_str())
            .collect();
        if !listed.is_empty() {
            // A removed message that a person restored.
            all.retain(|index| !listed.contains(index.external_id));
        }
        let of = |record: &'l Record| RecordedMessage {
            external_id: record.external_id.as_str(),
            activity_id: record.activity_id.as_str(),
            lead_id: record.lead_id.as_ref(),
            facts: record.facts,
            is_tombstone: false,
            listed: record.listed.as_ref(),
        };
        all.extend(known.former.iter().map(of));
        // A message that was removed on one lead and restored on another one is there.
        let present: HashSet<&str> = (known.elsewhere.iter())
            .filter(|record| !record.facts.gone)
            .map(|record| record.external_id.as_str())
            .collect();
        let is_present = |id: &str| present.contains(id);
        if !present.is_empty() {
            all.retain(|record| !(record.facts.gone && is_present(record.external_id)));
        }
        // A message that is on this lead too is a copy that an interrupted move left behind.
        let is_here = |id: &ExternalId| match known.recorded.get(id) {
            Some(Recorded::Gone { .. }) => !is_present(id.as_str()),
            recorded => recorded.is_some_and(Recorded::may_be_there),
        };
        let is_left = |record: &Record| known.left_behind.contains(&record.activity_id);
        all.extend(
            (known.elsewhere.iter())
                .filter(|record| !is_here(&record.external_id))
                .filter(|record| !(record.facts.gone && is_present(record.external_id.as_str())))
                .filter(|record| is_left(record) || !listed.contains(record.external_id.as_str()))
                .map(of),
        );
        // A message that is still on the former lead as well is deleted there.
        let left: HashSet<&ExternalId> = (known.elsewhere.iter())
            .filter(|record| is_left(record))
            .map(|record| &record.external_id)
            .collect();
        let unrecorded = (known.unrecorded.iter())
            .filter(|record| record.lead_id.is_some() || !left.contains(&record.external_id));
        all.extend(unrecorded.map(of));
        let know_content =
            (all.iter()).all(|index| index.facts.content.is_some() || has_no_content(&index.facts));
        // A chat that went to another lead has a record of the same deletion on each of them.
        let mut seen: HashSet<&str> = HashSet::new();
        let tombstones = (known.tombstones.iter())
            .filter(|tombstone| seen.insert(tombstone.external_id.as_str()));
        all.extend(tombstones.map(|tombstone| RecordedMessage {
            external_id: tombstone.external_id.as_str(),
            activity_id: "",
            lead_id: None,
            facts: RecordFacts {
                at: tombstone.at,
                first_at: tombstone.at,
                outgoing: tombstone.outgoing,
                deleted: true,
                ..RecordFacts::default()
            },
            is_tombstone: true,
            listed: None,
        }));
        Records { all, know_content }
    }

    /// Removes the records of participants who are ignored now: another member may have written the same text in the same
    /// minute. The derivation covers the sender, so an equal derived id is of the same one.
    pub(super) fn leave_out_ignored(&mut self, left_out: &[(ExternalId, Rule)]) {
        let ignored: HashSet<&str> = (left_out.iter())
            .filter(|(_, rule)| *rule == Rule::Ignored)
            .map(|(id, _)| id.as_str())
            .collect();
        if !ignored.is_empty() {
            self.all
                .retain(|record| !ignored.contains(record.external_id));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether nothing is recorded, and all of them are from Close's list.
    pub(super) fn are_listed(&self) -> bool {
        self.all.iter().all(|index| index.listed.is_some())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RecordedMessage<'l>> {
        self.all.iter()
    }

    pub(super) fn get(&self, index: u32) -> Option<&RecordedMessage<'l>> {
        self.all.get(index as usize)
    }
}

/// Whether a record has no body, in a format that records bodies.
fn has_no_content(facts: &RecordFacts) -> bool {
    match facts.class {
        Some(class) => class != Class::Text,
        // The placeholder of a deletion.
        None => facts.deleted,
    }
}

/// All messages of the chat that are, were, or may be in Close.
fn done(known: &Known) -> impl Iterator<Item = RecordedMessage<'_>> {
    known.recorded.iter().filter_map(|(id, recorded)| {
        let (activity_id, facts) = match recorded {
            Recorded::Done { activity_id, facts } => (activity_id, facts),
            Recorded::Gone { facts } | Recorded::Unsettled { facts } => ("", facts),
            Recorded::NotThere => return None,
        };
        Some(RecordedMessage {
            external_id: id,
            activity_id,
            lead_id: None,
            facts,
            is_tombstone: false,
            listed: None,
        })
    })
}

/// The records as a timeline, and when each was first recorded.
pub(super) fn recorded(records: &Records<'_>, known: &Known) -> (Timeline, Vec<i64>) {
    let mut timeline = Timeline::default();
    let mut by_id: HashMap<&str, u32> = HashMap::with_capacity(records.all.len());
    for (index, record) in (0u32..).zip(&records.all) {
        by_id.entry(record.external_id).or_insert(index);
    }
    let mut is_named = vec![false; records.all.len()];
    let aliases = known.aliases.iter();
    for (alias, id) in aliases.filter(|(alias, id)| alias != id) {
        if let Some(index) = by_id.get(id.as_str()) {
            is_named[*index as usize] = true;
            timeline.ids.push(native_id(alias.as_str(), *index));
            timeline.ids.push(native_id(id.as_str(), *index));
        }
    }
    let nights = known.zone.map(|zone| Nights::of(records, zone));
    for (index, record) in (0u32..).zip(&records.all) {
        let is_native = is_native(record.external_id);
        let is_own = is_native && !aliases::is_recorded_as_shared(record.external_id, known);
        // An id belongs to its first record.
        let is_first = known.unrecorded.is_empty() || by_id.get(record.external_id) == Some(&index);
        if is_own && is_first && !is_named[index as usize] {
            timeline.ids.push(native_id(record.external_id, index));
        }
        let facts = &record.facts;
        let is_file = facts.class == Some(Class::File) || facts.is_media == Some(true);
        let body = match records.know_content {
            true => facts.content,
            false => {
                let is_line = facts.deleted && facts.class.is_none();
                (!is_file && !is_line).then_some(facts.body)
            }
        };
        timeline.observations.push(Observation {
            at: facts.at,
            precision: precision(facts, is_native),
            repeats: (nights.as_ref()).map_or(Repeat::NEVER, |nights| nights.may_be_early(facts)),
            outgoing: facts.outgoing,
            author: None,
            class: match (facts.class, facts.is_media) {
                // Each program writes a card in other words, and these are compared here.
                (Some(Class::Card), _) if !records.know_content => Some(Class::NoFile),
                (Some(class), _) => Some(class),
                (None, Some(true)) => Some(Class::File),
                (None, Some(false)) => Some(Class::NoFile),
                (None, None) => None,
            },
            body,
            wording: Wording::Unknown,
            files: facts.media.filter(|_| facts.files > 0),
            name: None,
            state: match () {
                // The placeholder of a deletion, or a deletion before the import: the content may have been
                // anything.
                () if facts.deleted && facts.class.is_none() => State::Deleted,
                () => match facts.edited {
                    Some(true) => State::Edited,
                    Some(false) => State::Plain,
                    None => State::Unmarked,
                },
            },
            program: Some(match facts.exact {
                Some(true) => Program::Database,
                Some(false) => Program::Export,
                None if is_native => Program::Database,
                None => Program::Export,
            }),
            is_named: is_own || is_named[index as usize],
            hint: None,
        });
    }
    let first = records.all.iter().map(|r| r.facts.first_at).collect();
    (timeline, first)
}

/// The precision of a recorded instant. Older formats do not record it: an instant at the full minute, with
/// the milliseconds that keep equal timestamps in order, may be truncated.
fn precision(facts: &RecordFacts, is_native: bool) -> Precision {
    match (facts.exact, facts.seconds) {
        (Some(true), _) => Precision::Exact,
        (_, Some(true)) => Precision::Second,
        (_, Some(false)) => Precision::Minute,
        _ if facts.at.rem_euclid(60_000) < 1_000 => Precision::Minute,
        _ if is_native => Precision::Exact,
        _ => Precision::Second,
    }
}

fn native_id(id: &str, index: u32) -> Id {
    Id {
        key: canonical::key(id),
        index,
        is_own: true,
    }
}

/// The desired messages as a timeline, followed by those that rules leave out as deleted.
pub(super) fn desired(
    wanted: &[DesiredMessage],
    deleted: &[Deleted],
    known: &Known,
    records: &Records<'_>,
) -> Timeline {
    let mut timeline = Timeline::default();
    for (index, message) in (0u32..).zip(wanted) {
        if known.parts.contains(&index) {
            // No record is of a line of a text.
            timeline.observations.push(Observation {
                class: Some(Class::Notice),
                ..observation(
                    message.activity_at.timestamp_millis(),
                    &message.evidence,
                    true,
                )
            });
            continue;
        }
        let is_recognized = message.ids.as_ref().is_some_and(|ids| ids.recognized);
        let native = Some(&message.external_id)
            .filter(|id| is_recognized || id.is_native())
            .filter(|_| !aliases::is_shared(message, known));
        let ids = native.into_iter().chain(message.alternate_ids());
        timeline
            .ids
            .extend(ids.map(|id| native_id(id.as_str(), index)));
        timeline.observations.push(Observation {
            outgoing: (!message.evidence.two_sided)
                .then_some(message.direction == Direction::Outgoing),
            body: body(message, known, records.know_content),
            files: (known.fingerprint.as_ref())
                .filter(|_| !message.files.is_empty())
                .map(|print| (print.0)("media", &super::files_text(&message.files))),
            state: match () {
                () if message.kind == Kind::Deleted => State::Deleted,
                () if message.edited => State::Edited,
                () if message.evidence.marks_edits => State::Plain,
                () => State::Unmarked,
            },
            is_named: native.is_some(),
            ..observation(
                message.activity_at.timestamp_millis(),
                &message.evidence,
                // In a group texts are many, and authors are not recorded.
                message.between.is_some(),
            )
        });
    }
    let first = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
    timeline.unplaced = deleted.len();
    timeline.zone = known.current_zone;
    for (index, message) in (first..).zip(deleted) {
        timeline.ids.extend(
            message
                .native_ids
                .iter()
                .map(|id| native_id(id.as_str(), index)),
        );
        timeline.observations.push(Observation {
            outgoing: Some(message.direction == Direction::Outgoing),
            state: State::Deleted,
            is_named: !message.native_ids.is_empty(),
            ..observation(
                message.activity_at.timestamp_millis(),
                &message.evidence,
                false,
            )
        });
    }
    timeline
}

fn observation(at: i64, evidence: &Evidence, is_fixed: bool) -> Observation {
    Observation {
        at,
        precision: evidence.precision,
        repeats: evidence.repeats,
        outgoing: None,
        author: None,
        class: evidence.class,
        body: None,
        wording: match evidence.varies && !is_fixed {
            // Records do not contain the part that all programs render equally.
            true => Wording::Varies(Key::default()),
            false => Wording::Fixed,
        },
        files: None,
        name: None,
        state: State::Plain,
        program: Some(evidence.program),
        is_named: false,
        hint: None,
    }
}

fn body(message: &DesiredMessage, known: &Known, know_content: bool) -> Option<Key> {
    let fingerprint = known.fingerprint.as_ref()?;
    if know_content {
        return (message.evidence.content).map(|content| fingerprint.content(&content));
    }
    let has_text = !is_file(message.kind) && message.kind != Kind::Deleted;
    let literal = || (fingerprint.0)("body", message.body(message.markdown.reveal()));
    has_text.then(|| text_of_id(message, known).unwrap_or_else(literal))
}

/// The text that is recorded under the derived id of a text. The derivation covers the canonical body, so
/// both are one text, however each export writes blanks, formatting and mentions.
fn text_of_id(message: &DesiredMessage, known: &Known) -> Option<Key> {
    if message.kind != Kind::Text || message.external_id.is_native() {
        return None;
    }
    let facts = match known.recorded.get(&message.external_id)? {
        Recorded::Done { facts, .. } | Recorded::Gone { facts } | Recorded::Unsettled { facts } => {
            facts
        }
        Recorded::NotThere => return None,
    };
    let fingerprint = known.fingerprint.as_ref()?;
    let own = (message.evidence.content).map(|content| fingerprint.content(&content));
    let is_another = facts
        .content
        .zip(own)
        .is_some_and(|(one, other)| one != other);
    (!is_another).then_some(facts.body)
}

/// Whether a kind is a file, or the placeholder of one.
pub(super) fn is_file(kind: Kind) -> bool {
    matches!(kind, Kind::Media | Kind::MediaOmitted | Kind::ViewOnce)
}
