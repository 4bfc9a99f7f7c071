//! The records that a message can be the same as.

use crate::ids::LeadId;
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::plan::{Known, Record, RecordFacts, Recorded};
use crate::transform::desired::{DesiredMessage, Direction};

/// A borrowed record.
pub(super) struct RecordRef<'k> {
    pub(super) external_id: &'k str,
    pub(super) activity_id: &'k str,
    lead_id: Option<&'k LeadId>,
    pub(super) facts: RecordFacts,
}

impl RecordRef<'_> {
    /// The record by itself.
    pub(super) fn owned(&self) -> Record {
        Record {
            external_id: self.external_id.into(),
            activity_id: self.activity_id.into(),
            lead_id: self.lead_id.cloned(),
            facts: self.facts,
            listed: None,
        }
    }
}

/// All records that a message can be the same as.
pub(super) fn records(known: &Known) -> impl Iterator<Item = RecordRef<'_>> {
    let here = known.recorded.iter().filter_map(|(external_id, recorded)| {
        let (activity_id, facts) = match recorded {
            Recorded::Done { activity_id, facts } => (activity_id, facts),
            Recorded::Gone { facts } | Recorded::Unsettled { facts } => ("", facts),
            Recorded::NotThere => return None,
        };
        Some(RecordRef {
            external_id,
            activity_id,
            lead_id: None,
            facts,
        })
    });
    let others = known.former.iter().chain(&known.elsewhere);
    here.chain(others.map(|record| RecordRef {
        external_id: record.external_id.as_str(),
        activity_id: record.activity_id.as_str(),
        lead_id: record.lead_id.as_ref(),
        facts: record.facts,
    }))
}

/// Whether a message can be a recorded one by direction and time.
pub(super) fn is_near(message: &DesiredMessage, facts: &RecordFacts) -> bool {
    let outgoing = message.direction == Direction::Outgoing;
    facts.outgoing.is_none_or(|known| known == outgoing)
        && (message.activity_at.timestamp_millis() - facts.at).abs() <= MAX_DIFFERENCE + MINUTE
}
