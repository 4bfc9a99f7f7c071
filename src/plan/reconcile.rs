//! Which record each desired message is: the checkpoint's rows against what the archives say.
//!
//! Belongs here: what both sides know, as evidence for [`crate::matching`], and what its answer
//! means for a plan. Never here: a comparison of messages.

use std::collections::{HashMap, HashSet};

use super::evidence::{Records, desired, recorded};
use super::{Known, Record, Recorded, Trace, Undecided};
use crate::chat::Kind;
use crate::ids::is_derived;
use crate::matching::tolerance::{MINUTE, NEAR};
use crate::matching::{Match, Pairing, Person, Precision, Settings, pair};
use crate::transform::desired::{Deleted, DesiredMessage, Held};

/// What became of the messages whose ids are not recorded.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    /// External id of a desired message to its record, on this lead or another one. Messages that
    /// are recorded under their own ids are not in it.
    pub(super) matched: HashMap<String, Record>,
    /// External ids whose record belongs to a different message.
    pub(super) reused_ids: HashSet<String>,
    /// External ids of desired messages that their senders deleted, as far as is recorded: an
    /// older archive does not bring them back.
    pub(super) known_deleted: HashSet<String>,
    /// Deleted messages that were imported: place in [`super::DesiredChat::deleted`], record.
    pub(super) deleted: Vec<(usize, Record)>,
    /// Desired messages of which it cannot be told whether they are in Close.
    pub(super) undecided: HashMap<String, Undecided>,
    /// Deleted messages of which it cannot be told what they were.
    pub(super) ambiguous_deletions: u32,
    /// Deleted messages that may have been imported: places in [`super::DesiredChat::deleted`].
    /// All others were deleted before.
    pub(super) maybe_imported: HashSet<usize>,
    /// Deleted messages whose deletion is recorded: places in [`super::DesiredChat::deleted`].
    pub(super) known_tombstones: HashSet<usize>,
    /// Milliseconds by which each desired message is later than recorded, where the export was made
    /// in another zone; else empty.
    pub(super) shifts: Vec<i64>,
    /// Why the chat is held, if it is.
    pub(super) held: Option<Held>,
}

impl Reconciled {
    /// The zone shift that most of the export has.
    pub(super) fn shift(&self) -> Option<i64> {
        self.shifts.last().copied()
    }

    /// The external ids of all records that a desired message stands for.
    pub(super) fn stand<'d>(&'d self, wanted: &'d [DesiredMessage]) -> HashSet<&'d str> {
        let by_id = (wanted.iter())
            .map(|message| message.external_id.as_str())
            .filter(|id| !self.reused_ids.contains(*id) && !self.matched.contains_key(*id));
        let matched = self
            .matched
            .values()
            .map(|record| record.external_id.as_str());
        by_id.chain(matched).collect()
    }
}

/// Finds the record of each desired message.
pub(super) fn reconcile(
    wanted: &[DesiredMessage],
    deleted: &[Deleted],
    known: &Known,
) -> Reconciled {
    if known.fingerprint.is_none() || is_in_place(wanted, deleted, known) {
        return Reconciled::default();
    }
    let records = Records::of(known);
    if records.is_empty() {
        return Reconciled::default();
    }
    let new = desired(wanted, deleted, known, &records);
    let (old, first) = recorded(&records, known);
    let is_corrected = known.zone_corrected || known.recorded.has_corrected_times();
    let pairing = pair(
        &new,
        &old,
        &Settings {
            authors: &|one, other| match one == other {
                true => Person::Same,
                false => Person::Different,
            },
            corrected: is_corrected.then_some(first.as_slice()),
        },
    );
    Answer {
        wanted,
        known,
        records: &records,
        pairing: &pairing,
    }
    .read()
}

/// The pairing, and what its places mean.
struct Answer<'a> {
    wanted: &'a [DesiredMessage],
    known: &'a Known,
    records: &'a Records<'a>,
    pairing: &'a Pairing,
}

impl Answer<'_> {
    fn read(&self) -> Reconciled {
        let mut found = Reconciled::default();
        if let Some(count) = self.pairing.doubtful_shift {
            found.held = Some(Held::Shifted(count));
            return found;
        }
        let (wanted, deleted) = self.pairing.of.split_at(self.wanted.len());
        for (message, answer) in self.wanted.iter().zip(wanted) {
            self.message(message, *answer, &mut found);
        }
        for (place, answer) in deleted.iter().enumerate() {
            self.deletion(place, *answer, &mut found);
        }
        if !self.pairing.shifts.is_empty() {
            let shifts = self.wanted.iter().zip(&self.pairing.shifts);
            found.shifts = shifts
                .map(|(message, shift)| match message.evidence.precision {
                    // An instant is what it is.
                    Precision::Exact => 0,
                    _ => *shift,
                })
                .collect();
        }
        found
    }

    fn message(&self, message: &DesiredMessage, answer: Match, found: &mut Reconciled) {
        let id = message.external_id.as_str();
        let is_here = |id: &str| {
            self.known
                .recorded
                .get(id)
                .is_some_and(Recorded::may_be_there)
        };
        let record = match answer {
            Match::Known(place) => self.records.get(place),
            Match::New => None,
            Match::Ambiguous => {
                let is_file = super::evidence::is_file(message.kind);
                let why = match is_file && !message.edited {
                    true => Undecided::Omitted,
                    false => Undecided::Edited,
                };
                match message.kind {
                    Kind::Deleted => found.ambiguous_deletions += 1,
                    _ => {
                        found.undecided.insert(id.to_owned(), why);
                    }
                }
                None
            }
        };
        match record {
            Some(record) if record.is_tombstone => {
                if message.kind != Kind::Deleted {
                    found.known_deleted.insert(id.to_owned());
                }
            }
            Some(record) if record.lead_id.is_none() && record.external_id == id => {}
            Some(record) => {
                found.matched.insert(id.to_owned(), record.owned());
                if is_here(id) {
                    found.reused_ids.insert(id.to_owned());
                }
            }
            None if is_here(id) => {
                found.reused_ids.insert(id.to_owned());
            }
            None => {}
        }
    }

    fn deletion(&self, place: usize, answer: Match, found: &mut Reconciled) {
        match answer {
            Match::Known(record) => {
                let Some(record) = self.records.get(record) else {
                    return;
                };
                if record.is_tombstone {
                    found.known_tombstones.insert(place);
                    return;
                }
                found.maybe_imported.insert(place);
                found.deleted.push((place, record.owned()));
            }
            Match::Ambiguous => {
                found.maybe_imported.insert(place);
                found.ambiguous_deletions += 1;
            }
            Match::New => {}
        }
    }
}

/// The case of a plan that has nothing to do, and of a first one: every record has its message
/// under its own id, and nothing contradicts that; or there is none at all. It must not cost more
/// than looking each message up.
fn is_in_place(wanted: &[DesiredMessage], deleted: &[Deleted], known: &Known) -> bool {
    if !known.former.is_empty() || !known.elsewhere.is_empty() || known.zone_corrected {
        return false;
    }
    let there = (known.recorded.iter())
        .filter(|(_, recorded)| recorded.may_be_there())
        .count();
    let is_there = |id: &str| known.recorded.get(id).is_some_and(Recorded::may_be_there);
    let mut found = 0;
    for message in wanted {
        let trace = match known.recorded.get(&message.external_id) {
            Some(
                Recorded::Done { trace, .. }
                | Recorded::Gone { trace }
                | Recorded::Unsettled { trace },
            ) => trace,
            _ => continue,
        };
        if !is_consistent(message, trace, known) {
            return false;
        }
        found += 1;
    }
    found == there
        && (found == 0 || known.tombstones.is_empty() || wanted.len() == found)
        && !deleted.iter().any(|m| is_there(&m.external_id))
}

/// True where nothing that is recorded under a message's own id contradicts that it is that
/// message. An equal id is a hint: a body without content has the same one as its neighbour.
fn is_consistent(message: &DesiredMessage, trace: &Trace, known: &Known) -> bool {
    let at = message.activity_at.timestamp_millis();
    if (at - trace.at).abs() > NEAR + MINUTE {
        return false;
    }
    if !is_derived(&message.external_id) {
        return true;
    }
    let Some(fingerprint) = &known.fingerprint else {
        return true;
    };
    if !message.files.is_empty()
        && trace.files > 0
        && let Some(media) = trace.media
    {
        return (fingerprint.0)("media", &super::files_text(&message.files)) == media;
    }
    // The derivation covers the text, so an equal id is an equal text, unless it was edited.
    let is_line = trace.deleted && trace.class.is_none();
    let may_differ = message.edited || trace.edited == Some(true) || is_line;
    match (message.evidence.content, trace.content) {
        (Some(content), Some(recorded)) if may_differ || message.kind != Kind::Text => {
            fingerprint.content(&content) == recorded
        }
        _ => !is_line || message.kind == Kind::Deleted,
    }
}
