//! Reconciliation: pairs desired messages with the records of the chat.
//!
//! Here belongs the conversion of both sides into evidence for [`crate::matching`], and the meaning of its
//! result for a plan; never a comparison of messages.

use std::collections::{HashMap, HashSet};

use super::evidence::{Records, desired, recorded};
use super::{
    Known, ListedPeople, Record, RecordFacts, Recorded, Undecided, aliases, checksums,
    equal_records, known_deletions, undecided_files, vacant_timestamps, zone_correction,
};
use crate::chat::Kind;
use crate::ids::ExternalId;
use crate::matching::tolerance::{IN_PLACE, JITTER, MAX_DIFFERENCE, MINUTE, SECOND};
use crate::matching::{
    Arrival, Arrived, Closeness, Match, Observation, Pairing, Person, Precision, Settings,
    Timeline, closeness, undo_crossing,
};
use crate::transform::desired::{Deleted, DesiredChat, DesiredMessage, Direction, Held};

/// The result for messages whose ids are not recorded.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    /// The record of a desired message by its external id, on this lead or another one. Messages that are
    /// recorded under their own ids are not included.
    pub(super) matched: HashMap<ExternalId, Record>,
    /// External ids whose record belongs to a different message.
    pub(super) reused_ids: HashSet<ExternalId>,
    /// External ids that messages keep when they move from other leads: no new message may get one.
    pub(super) moving_ids: HashSet<ExternalId>,
    /// External ids of desired messages that are recorded as deleted by their senders: an older archive
    /// does not restore them.
    pub(super) known_deleted: HashSet<ExternalId>,
    /// Deleted messages that were imported: index in [`DesiredChat::deleted`](crate::transform::desired::DesiredChat::deleted), record.
    pub(super) deleted: Vec<(usize, Record)>,
    /// Desired messages that may or may not be in Close.
    pub(super) undecided: HashMap<ExternalId, Undecided>,
    /// Deletions whose message could not be determined.
    pub(super) ambiguous_deletions: u32,
    /// Deleted messages that may have been imported: indexes in [`DesiredChat::deleted`](crate::transform::desired::DesiredChat::deleted). All others
    /// were deleted before.
    pub(super) maybe_imported: HashSet<usize>,
    /// Deleted messages whose deletion is recorded: indexes in [`DesiredChat::deleted`](crate::transform::desired::DesiredChat::deleted).
    pub(super) known_tombstones: HashSet<usize>,
    /// Milliseconds by which each desired message is later than recorded, if the export is from another
    /// zone; else empty.
    pub(super) shifts: Vec<i64>,
    /// Indexes of desired messages that are older states of others, each with the index of the newer state:
    /// an older archive has a text before it was edited.
    pub(super) superseded: HashMap<usize, usize>,
    /// The number of activities on the lead that repeat another one there.
    pub(super) duplicates: u32,
    /// Why the chat is held, if it is.
    pub(super) held: Option<Held>,
}

impl Reconciled {
    /// The zone shift of most of the export.
    pub(super) fn shift(&self) -> Option<i64> {
        self.shifts.last().copied()
    }

    /// The recorded or listed properties of a desired message.
    pub(super) fn facts(&self, message: &DesiredMessage, known: &Known) -> Option<RecordFacts> {
        let id = message.external_id.as_str();
        if let Some(record) = self.matched.get(id) {
            return Some(record.facts);
        }
        match known.recorded.get(id)? {
            _ if self.reused_ids.contains(id) => None,
            Recorded::Done { facts, .. }
            | Recorded::Unsettled { facts }
            | Recorded::Gone { facts } => Some(facts),
            Recorded::NotThere => None,
        }
    }

    /// The external ids of all records that desired messages stand for.
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
    let mut new = desired(wanted, deleted, known, &records);
    let (mut old, first) = recorded(&records, known);
    checksums::align((&mut new, wanted), (&mut old, &records), known);
    known_deletions::align(&new, &mut old, &records);
    let is_corrected = known.zone_corrected || known.recorded.has_corrected_times();
    let paired = |old: &Timeline, is_corrected: bool| {
        let settings = Settings {
            authors: &|one, other| match one == other {
                true => Person::Same,
                false => Person::Different,
            },
            corrected: is_corrected.then_some(first.as_slice()),
        };
        undecided_files::pair_last(&new, wanted, old, &settings)
    };
    let mut pairing = paired(&old, is_corrected);
    if is_corrected {
        // Messages without content are paired at the corrected time.
        for reading in zone_correction::readings(&old, &records, known) {
            let at_its_time = paired(&reading, false);
            let is_plain = at_its_time.shifts.is_empty() && at_its_time.doubtful_shift.is_none();
            if is_plain && keeps_all(&at_its_time, &pairing) {
                (pairing, old) = (at_its_time, reading);
                break;
            }
        }
    }
    if records.are_listed() {
        // No zone is recorded, so the times of the archives are right, and those in Close may be of a zone
        // that was corrected since.
        let found = count_known(&pairing);
        if found < old.observations.len() && found * IN_PLACE <= old.observations.len() {
            let corrected = paired(&old, true);
            if count_known(&corrected) > found {
                pairing = corrected;
            }
        }
        if !is_list_of_an_archive(&pairing, wanted, known) {
            pairing.shifts.clear();
        }
    }
    if known.archives_agree && !is_corrected {
        // The times of the archives are right, and the records are of a zone that was corrected since.
        if pairing.doubtful_shift.is_some() {
            pairing = paired(&old, true);
        }
        pairing.shifts.clear();
    }
    equal_records::prefer_own_file(&mut pairing, (&new, wanted.len()), &old);
    equal_records::prefer_latest(&mut pairing, (&new, wanted.len()), &old, &records);
    equal_records::prefer_recorded(&mut pairing, &new, &old, (&records, known));
    undo_crossing(
        &mut pairing,
        Arrived {
            timeline: &new,
            arrival: &|index| arrival(wanted, deleted, index),
        },
        Arrived {
            timeline: &old,
            arrival: &|_| None,
        },
    );
    vacant_timestamps::undecide(&mut pairing, &new, &old, &records);
    let duplicates = duplicates(&pairing, &old, &records, known);
    let answer = IndexedPairing {
        wanted,
        deleted,
        known,
        records: &records,
        pairing: &pairing,
        listed: (known.unrecorded.iter())
            .filter(|record| record.lead_id.is_none())
            .map(|record| record.external_id.as_str())
            .collect(),
    };
    Reconciled {
        duplicates,
        ..answer.read()
    }
}

/// The position of a desired message, or of a deletion after them, in its archive.
fn arrival(wanted: &[DesiredMessage], deleted: &[Deleted], index: u32) -> Option<Arrival> {
    let index = index as usize;
    let (archive, line) = match wanted.get(index) {
        Some(message) => (message.archive, message.line),
        None => (deleted.get(index - wanted.len())).map(|it| (it.archive, it.line))?,
    };
    Some(Arrival { archive, line })
}

/// Whether the times of Close's list are those of another archive than the one that gave the messages'
/// times: of archives from two zones the list agrees with one, which was imported. Instants need no such
/// evidence.
fn is_list_of_an_archive(pairing: &Pairing, wanted: &[DesiredMessage], known: &Known) -> bool {
    let Some(shift) = pairing.shift().filter(|_| !known.archive_shifts.is_empty()) else {
        return false;
    };
    let is_exact = |message: &DesiredMessage| message.evidence.precision == Precision::Exact;
    let is_of_list = |archive: &i64| (archive + shift).abs() <= MAX_DIFFERENCE;
    known.archive_shifts.iter().any(is_of_list) && !wanted.iter().any(is_exact)
}

/// Whether every message with a record in `pairing` has one in `other` too. An interrupted correction
/// leaves some records at their corrected times: those would be lost if all were corrected again.
fn keeps_all(other: &Pairing, pairing: &Pairing) -> bool {
    let known = |answer: &Match| match answer {
        Match::Known(index) => Some(*index),
        _ => None,
    };
    let kept: HashSet<_> = other.of.iter().filter_map(known).collect();
    let mut wanted = pairing.of.iter().filter_map(known);
    wanted.all(|index| kept.contains(&index))
}

/// The number of messages with a record.
fn count_known(pairing: &Pairing) -> usize {
    let is_known = |answer: &&Match| matches!(answer, Match::Known(_));
    pairing.of.iter().filter(is_known).count()
}

/// External ids of the messages that are neither recorded nor listed, on any lead, in order of time: those
/// that a plan creates.
pub fn unmatched(chat: &DesiredChat, known: &Known) -> Vec<ExternalId> {
    let found = reconcile(&chat.messages, &chat.deleted, known);
    let is_recorded = |id: &ExternalId| known.recorded.get(id).is_some_and(Recorded::may_be_there);
    (0u32..)
        .zip(&chat.messages)
        .filter(|(index, _)| !known.parts.contains(index))
        .map(|(_, message)| &message.external_id)
        .filter(|id| !found.matched.contains_key(*id) && !found.known_deleted.contains(*id))
        .filter(|id| !is_recorded(id) || found.reused_ids.contains(*id))
        .filter(|id| !known.listed.contains_key(*id))
        .cloned()
        .collect()
}

/// Counts the activities of the lead that no message stands for and that repeat one with a message.
fn duplicates(pairing: &Pairing, old: &Timeline, records: &Records<'_>, known: &Known) -> u32 {
    if known.unrecorded.is_empty() && known.copies.is_empty() {
        return 0;
    }
    let mut is_paired = vec![false; old.observations.len()];
    for answer in &pairing.of {
        if let Match::Known(index) = answer {
            is_paired[*index as usize] = true;
        }
    }
    let all = || (old.observations.iter().zip(records.iter())).zip(&is_paired);
    // Of a listed file only the size may be known.
    let mut sizes = vec![None; old.observations.len()];
    for files in &old.files {
        sizes[files.index as usize] = files.sizes;
    }
    let key = |o: &Observation, index: usize| {
        let key = o.files.or(sizes[index]).or(o.body);
        key.map(|key| (key, o.outgoing))
    };
    let mut messages: HashMap<_, Vec<_>> = HashMap::new();
    for (index, ((observation, record), _)) in all().enumerate().filter(|(_, (_, is))| **is) {
        if let Some(key) = key(observation, index) {
            let same = messages.entry(key).or_default();
            same.push((observation, record.listed));
        }
    }
    for same in messages.values_mut() {
        same.sort_unstable_by_key(|(one, _)| one.at);
    }
    let is_repeated = |observation: &Observation, index: usize, listed: &ListedPeople| {
        let same = key(observation, index).and_then(|key| messages.get(&key));
        same.is_some_and(|same| {
            let behind = same.partition_point(|(one, _)| one.at < observation.at);
            let around = &same[behind.saturating_sub(1)..(behind + 1).min(same.len())];
            around.iter().any(|(one, of_one)| {
                // A contact may send the same text to two owners at once.
                !of_one.is_some_and(|of_one| of_one.is_of_another_owner(listed))
                    && closeness(observation, 0, one).is_some_and(|close| close <= Closeness::Tight)
            })
        })
    };
    let free = all()
        .enumerate()
        .filter(|(index, ((observation, record), is_paired))| {
            let is_free = record.lead_id.is_none() && !**is_paired;
            let listed = record.listed.filter(|_| is_free);
            listed.is_some_and(|listed| is_repeated(observation, *index, listed))
        });
    let by_id: HashMap<&str, &RecordFacts> = (records.iter())
        .filter(|index| index.lead_id.is_none())
        .map(|index| (index.external_id, &index.facts))
        .collect();
    let copies = (known.copies.iter()).filter(|copy| {
        (by_id.get(copy.external_id.as_str())).is_some_and(|facts| {
            let apart = (facts.at - copy.facts.at).abs();
            facts.outgoing == copy.facts.outgoing
                && facts.body == copy.facts.body
                && apart <= MAX_DIFFERENCE
        })
    });
    u32::try_from(free.count() + copies.count()).unwrap_or(u32::MAX)
}

/// The pairing with the meaning of its indexes.
struct IndexedPairing<'a> {
    wanted: &'a [DesiredMessage],
    deleted: &'a [Deleted],
    known: &'a Known,
    records: &'a Records<'a>,
    pairing: &'a Pairing,
    /// External ids that Close lists on this lead and that the checkpoint does not record.
    listed: HashSet<&'a str>,
}

impl IndexedPairing<'_> {
    fn read(&self) -> Reconciled {
        let mut found = Reconciled::default();
        if let Some(count) = self.pairing.doubtful_shift {
            found.held = Some(Held::Shifted(count));
            return found;
        }
        let (wanted, deleted) = self.pairing.of.split_at(self.wanted.len());
        found.moving_ids = self.moving_ids(wanted);
        for (message, answer) in self.wanted.iter().zip(wanted) {
            self.message(message, *answer, &mut found);
        }
        let former = self.former_deletions();
        for (index, answer) in deleted.iter().enumerate() {
            self.deletion(index, *answer, &former, &mut found);
        }
        if !self.pairing.shifts.is_empty() {
            let shifts = self.wanted.iter().zip(&self.pairing.shifts);
            found.shifts = shifts
                .map(|(message, shift)| match message.evidence.precision {
                    // An instant is exact.
                    Precision::Exact => 0,
                    _ => *shift,
                })
                .collect();
        }
        found
    }

    fn moving_ids(&self, wanted: &[Match]) -> HashSet<ExternalId> {
        let index = |answer: &Match| match answer {
            Match::Known(index) => self.records.get(*index),
            Match::New | Match::Ambiguous => None,
        };
        (wanted.iter().filter_map(index))
            .filter(|record| record.lead_id.is_some())
            .map(|record| record.external_id.into())
            .collect()
    }

    fn message(&self, message: &DesiredMessage, answer: Match, found: &mut Reconciled) {
        let id = &message.external_id;
        let is_here = |id: &ExternalId| {
            self.known
                .recorded
                .get(id)
                .is_some_and(Recorded::may_be_there)
                || self.listed.contains(id.as_str())
        };
        let record = match answer {
            Match::Known(index) => self.records.get(index),
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
                        found.undecided.insert(id.clone(), why);
                    }
                }
                None
            }
        };
        match record {
            Some(record) if record.is_tombstone => {
                let is_back = message.kind != Kind::Deleted;
                found.known_deleted.extend(is_back.then(|| id.clone()));
            }
            Some(record)
                if record.lead_id.is_none()
                    && *id == record.external_id
                    && record.listed.is_none() => {}
            Some(record) => {
                found.matched.insert(id.clone(), record.owned());
                if *id != record.external_id && is_here(id) {
                    found.reused_ids.insert(id.clone());
                }
            }
            None if is_here(id) || found.moving_ids.contains(id) => {
                found.reused_ids.insert(id.clone());
            }
            None => {}
        }
    }

    /// Instants of the deletions before the import without a message in the archives, ascending, with the
    /// direction if known.
    fn former_deletions(&self) -> Vec<(i64, Option<bool>)> {
        let paired: HashSet<u32> = (self.pairing.of.iter())
            .filter_map(|answer| match answer {
                Match::Known(index) => Some(*index),
                Match::New | Match::Ambiguous => None,
            })
            .collect();
        let mut former: Vec<(i64, Option<bool>)> = (0u32..)
            .zip(self.records.iter())
            .filter(|(index, record)| record.is_tombstone && !paired.contains(index))
            .map(|(_, record)| (record.facts.at, record.facts.outgoing))
            .collect();
        former.sort_unstable();
        former
    }

    /// A notice without an id may be of a deletion before the import whose timestamp has shifted, although
    /// its position suggests a missing message: nothing is deleted then. After a corrected zone, earlier
    /// instants are not comparable.
    fn may_be_former(&self, index: usize, former: &[(i64, Option<bool>)]) -> bool {
        let Some(notice) = self
            .deleted
            .get(index)
            .filter(|it| it.native_ids.is_empty())
        else {
            return false;
        };
        let shift = self.pairing.shifts.get(self.wanted.len() + index);
        let at = notice.activity_at.timestamp_millis() - shift.copied().unwrap_or_default();
        let outgoing = notice.direction == Direction::Outgoing;
        if self.known.zone_corrected {
            return former
                .iter()
                .any(|(_, side)| side.is_none_or(|side| side == outgoing));
        }
        let from = former.partition_point(|(time, _)| *time < at - MAX_DIFFERENCE - MINUTE);
        (former[from..].iter())
            .take_while(|(time, _)| *time <= at + MAX_DIFFERENCE + MINUTE)
            .any(|(_, side)| side.is_none_or(|side| side == outgoing))
    }

    fn deletion(
        &self,
        index: usize,
        answer: Match,
        former: &[(i64, Option<bool>)],
        found: &mut Reconciled,
    ) {
        match answer {
            Match::Known(record) => {
                let Some(record) = self.records.get(record) else {
                    return;
                };
                if record.is_tombstone {
                    found.known_tombstones.insert(index);
                    return;
                }
                found.maybe_imported.insert(index);
                if self.may_be_former(index, former) {
                    found.ambiguous_deletions += 1;
                    return;
                }
                found.deleted.push((index, record.owned()));
            }
            Match::Ambiguous => {
                found.maybe_imported.insert(index);
                found.ambiguous_deletions += 1;
            }
            Match::New => {}
        }
    }
}

/// Whether the plan has nothing to do, or is a first one: every record has its message under its own id,
/// and no evidence contradicts it; or there is no record. Must not cost more than looking each message up.
fn is_in_place(wanted: &[DesiredMessage], deleted: &[Deleted], known: &Known) -> bool {
    let is_listed = !known.unrecorded.is_empty() || !known.copies.is_empty();
    let is_moved = !known.former.is_empty() || !known.elsewhere.is_empty();
    if is_listed || is_moved || known.zone_corrected {
        return false;
    }
    let there = known.recorded.may_be_there();
    let is_there = |id: &ExternalId| known.recorded.get(id).is_some_and(Recorded::may_be_there);
    let (mut found, mut lacks_files) = (0, false);
    for message in wanted {
        let facts = match known.recorded.get(&message.external_id) {
            Some(
                Recorded::Done { facts, .. }
                | Recorded::Gone { facts }
                | Recorded::Unsettled { facts },
            ) => facts,
            _ => continue,
        };
        if !is_consistent(message, &facts, known) {
            return false;
        }
        lacks_files |= message.files.is_empty() && facts.files > 0;
        found += 1;
    }
    // The file that is recorded under the id of a placeholder may be one of those without a record.
    found == there
        && (found == wanted.len() || !lacks_files)
        && (found == 0 || known.tombstones.is_empty() || wanted.len() == found)
        && !deleted.iter().any(|m| is_there(&m.external_id))
}

/// Whether no property recorded under a message's own id contradicts that it is that message. An equal id
/// is a hint: a body without content has the same id as its neighbour.
fn is_consistent(message: &DesiredMessage, facts: &RecordFacts, known: &Known) -> bool {
    let at = message.activity_at.timestamp_millis();
    // Equal texts of a minute are numbered in the order of their export, which may be truncated.
    let has_seconds =
        facts.seconds == Some(true) && message.evidence.precision != Precision::Minute;
    let apart = match has_seconds {
        true => (at.div_euclid(SECOND) - facts.at.div_euclid(SECOND)).abs() * SECOND,
        false => (at - facts.at).abs(),
    };
    let reach = match (has_seconds, message.evidence.content) {
        (true, Some(_)) => JITTER,
        // A file has the id of the one that followed it in a cut export.
        (true, None) => 0,
        (false, _) => MAX_DIFFERENCE + MINUTE,
    };
    if apart > reach {
        return false;
    }
    // An equal text that was sent after it has its derived id.
    if facts.deleted && facts.class.is_some() && message.kind != Kind::Deleted {
        return false;
    }
    let Some(fingerprint) = &known.fingerprint else {
        return true;
    };
    if message.external_id.is_native() {
        let content = || {
            message
                .evidence
                .content
                .map(|content| fingerprint.content(&content))
        };
        return !aliases::is_shared(message, known)
            || (content().is_some() && content() == facts.content);
    }
    if !message.files.is_empty()
        && facts.files > 0
        && let Some(media) = facts.media
    {
        return (fingerprint.0)("media", &super::files_text(&message.files)) == media;
    }
    // The derivation covers the text, so an equal id is an equal text, unless it was edited.
    let is_line = facts.deleted && facts.class.is_none();
    let may_differ = message.edited || facts.edited == Some(true) || is_line;
    match (message.evidence.content, facts.content) {
        (Some(content), Some(recorded)) if may_differ || message.kind != Kind::Text => {
            fingerprint.content(&content) == recorded
        }
        _ => !is_line || message.kind == Kind::Deleted,
    }
}
