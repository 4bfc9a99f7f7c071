//! The result of a reconciliation: records of desired messages, and what could not be decided.
//!
//! Plain values. Never here: how they are found ([`super::reconcile`]).

use std::collections::{HashMap, HashSet};

use super::{Known, Record, RecordFacts, Recorded, Undecided};
use crate::ids::ExternalId;
use crate::transform::desired::{DesiredMessage, Held};

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
    /// The zone shift of the last message of the export; `None` if it has none.
    pub(super) fn shift(&self) -> Option<i64> {
        self.shifts.last().copied().filter(|shift| *shift != 0)
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
