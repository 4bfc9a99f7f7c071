//! Reconciliation: pairs desired messages with the records of the chat.
//!
//! Here belongs the conversion of both sides into evidence for [`crate::matching`], and the meaning of its
//! result for a plan; never a comparison of messages.

use std::collections::HashSet;

use super::duplicates::duplicates;
use super::evidence::{Records, desired, recorded};
use super::in_place::is_in_place;
use super::indexed_pairing::IndexedPairing;
use super::reconciled::Reconciled;
use super::steady::Inputs;
use super::{
    Known, Recorded, checksums, equal_records, known_authors, known_deletions, same_id,
    undecided_files, vacant_timestamps, zone_correction,
};
use crate::ids::ExternalId;
use crate::matching::tolerance::{IN_PLACE, MAX_DIFFERENCE};
use crate::matching::{
    Arrival, Arrived, Match, Pairing, Person, Precision, Settings, Timeline, undo_crossing,
};
use crate::transform::desired::{Deleted, DesiredChat, DesiredMessage};

/// Finds the record of each desired message. `wanted` are the messages of `chat`, which a plan takes over.
pub(super) fn reconcile(
    wanted: &[DesiredMessage],
    chat: &DesiredChat,
    known: &Known,
) -> Reconciled {
    let deleted = chat.deleted.as_slice();
    if known.fingerprint.is_none() || is_in_place(wanted, deleted, known) {
        return Reconciled::default();
    }
    let is_corrected = known.zone_corrected || known.recorded.has_corrected_times();
    let mut records = Records::of(known);
    if !is_corrected {
        records.leave_out_ignored(&chat.left_out_ids);
    }
    if records.is_empty() {
        return Reconciled::default();
    }
    let mut new = desired(wanted, deleted, known, &records);
    let (mut old, first) = recorded(&records, known);
    checksums::align((&mut new, wanted), (&mut old, &records), known);
    known_deletions::align(&new, &mut old, &records);
    known_authors::add_ids((&mut new, wanted, deleted), (&mut old, &records));
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
        let readings = zone_correction::readings(&old, &records, known);
        let at_its_time = |reading: &Timeline| paired(reading, false);
        if let Some(found) = by_times(&pairing, readings, at_its_time, known) {
            (pairing, old) = found;
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
        if !is_list_of_an_archive(&pairing, wanted, known) && !is_abroad(&pairing, &old) {
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
    same_id::pair(&mut pairing, wanted, &records);
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

/// The pairing by times, with the reading of the records that has it: messages without content have no other
/// evidence. `None` if no reading keeps all pairs of `pairing`.
fn by_times(
    pairing: &Pairing,
    readings: Vec<Timeline>,
    paired: impl Fn(&Timeline) -> Pairing,
    known: &Known,
) -> Option<(Pairing, Timeline)> {
    let mut abroad = None;
    for reading in readings {
        let found = paired(&reading);
        if found.doubtful_shift.is_some() || !keeps_all(&found, pairing) {
            continue;
        }
        if found.shifts.is_empty() {
            return Some((found, reading));
        }
        // The records are in the current zone, all of them: the export was made in another one.
        let is_settled = !known.zone_corrected && known.inputs != Inputs::Incomplete;
        if is_settled && abroad.is_none() {
            abroad = Some((found, reading));
        }
    }
    abroad
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

/// Whether the instants of databases among the records show that the archives are from abroad: no corrected zone
/// moves an instant.
fn is_abroad(pairing: &Pairing, old: &Timeline) -> bool {
    let (mut abroad, mut in_place) = (0, 0);
    for (answer, shift) in pairing.of.iter().zip(&pairing.shifts) {
        let Match::Known(index) = answer else {
            continue;
        };
        let record = old.observations.get(*index as usize);
        if record.is_some_and(|record| record.precision == Precision::Exact) {
            match shift.abs() > MAX_DIFFERENCE {
                true => abroad += 1,
                false => in_place += 1,
            }
        }
    }
    abroad > in_place
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
    let found = reconcile(&chat.messages, chat, known);
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
