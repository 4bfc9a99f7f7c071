//! Contested files: files of one archive that another archive of the run may have as a placeholder.
//!
//! Here belongs which of them are not new because a placeholder near them is in Close; never pairing.

use super::reconciled::Reconciled;
use super::{Known, Record, RecordFacts, Recorded, Undecided};
use crate::matching::Class;
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::transform::desired::{DesiredMessage, Direction};

/// Leaves contested files without a record undecided if Close has a placeholder that each may be: created
/// as new messages, they would be duplicates.
pub(super) fn undecide(wanted: &[DesiredMessage], found: &mut Reconciled, known: &Known) {
    if !wanted.iter().any(|message| message.contested) {
        return;
    }
    let placeholders = placeholders(known);
    // An edited text may be contested too, but is no placeholder.
    let is_file = |message: &&DesiredMessage| message.evidence.class == Some(Class::File);
    for message in wanted.iter().filter(|m| m.contested).filter(is_file) {
        let id = &message.external_id;
        let is_recorded = found.matched.contains_key(id)
            || (known.recorded.contains(id) && !found.reused_ids.contains(id));
        if !is_recorded && may_be_one(message, &placeholders) {
            found.undecided.insert(id.clone(), Undecided::Omitted);
        }
    }
}

fn may_be_one(message: &DesiredMessage, placeholders: &[(i64, Option<bool>)]) -> bool {
    let at = message.activity_at.timestamp_millis();
    let outgoing = message.direction == Direction::Outgoing;
    let from = placeholders.partition_point(|(time, _)| *time < at - MAX_DIFFERENCE - MINUTE);
    let mut near =
        (placeholders[from..].iter()).take_while(|(time, _)| *time <= at + MAX_DIFFERENCE + MINUTE);
    near.any(|(_, side)| side.is_none_or(|side| side == outgoing))
}

/// Instants and directions of recorded or listed placeholders, by time.
fn placeholders(known: &Known) -> Vec<(i64, Option<bool>)> {
    let is_placeholder = |facts: &RecordFacts| {
        let is_file = facts.class == Some(Class::File) || facts.is_media == Some(true);
        is_file && facts.files == 0 && !facts.gone && !facts.deleted
    };
    let here = known
        .recorded
        .iter()
        .filter_map(|(_, recorded)| match recorded {
            Recorded::Done { facts, .. } | Recorded::Unsettled { facts } => Some(facts),
            Recorded::Gone { .. } | Recorded::NotThere => None,
        });
    let facts = |record: &Record| record.facts;
    let others = known.former.iter().chain(&known.elsewhere);
    let others = others.chain(&known.unrecorded).map(facts);
    let mut all: Vec<(i64, Option<bool>)> = (here.chain(others))
        .filter(is_placeholder)
        .map(|facts| (facts.at, facts.outgoing))
        .collect();
    all.sort_unstable();
    all
}
