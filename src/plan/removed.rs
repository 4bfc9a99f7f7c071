//! Records of messages that were removed from Close, after a correction of their chat.
//!
//! A message in Close is changed with its row: it gets the corrected lead, number and time, and so does its
//! record. A removed one has only the record. Here belongs which of these records follow the chat, so that
//! the next plan finds them among the records of their neighbours; never whether a message is restored.

use super::edit::is_apart;
use super::reconciled::Reconciled;
use super::record::Followed;
use super::{Known, Record, RecordFacts, Recorded};
use crate::ids::LeadId;
use crate::transform::desired::{Deleted, DesiredMessage};

/// The record of a message that stays removed, if it differs from its chat in lead, key or time. `lead` is
/// that of the chat, `record` the record under another id or on another lead.
pub(super) fn follow(
    message: &DesiredMessage,
    record: Option<&Record>,
    lead: &LeadId,
    known: &Known,
) -> Option<Followed> {
    let facts = match record {
        Some(record) => record.facts,
        None => match known.recorded.get(&message.external_id)? {
            Recorded::Gone { facts } | Recorded::Done { facts, .. } => facts,
            Recorded::Unsettled { .. } | Recorded::NotThere => return None,
        },
    };
    let at = message.activity_at.timestamp_millis();
    let activity_at = match is_apart(at, &message.evidence, &facts) {
        true => at,
        false => facts.at,
    };
    let followed = Followed {
        external_id: message.external_id.clone(),
        lead_id: record.and_then(|record| record.lead_id.clone()),
        activity_at,
    };
    followed.is_due(&facts, lead, known).then_some(followed)
}

/// The same for messages that their senders deleted after import, and whose activities are removed.
pub(super) fn follow_deletions(
    deleted: &[Deleted],
    found: &Reconciled,
    lead: &LeadId,
    known: &Known,
) -> Vec<Followed> {
    let of = |(index, record): &(usize, Record)| {
        let deleted = deleted.get(*index)?;
        let at = deleted.activity_at.timestamp_millis();
        let is_corrected = known.zone_corrected && is_apart(at, &deleted.evidence, &record.facts);
        let followed = Followed {
            external_id: record.external_id.clone(),
            lead_id: record.lead_id.clone(),
            activity_at: if is_corrected { at } else { record.facts.at },
        };
        followed
            .is_due(&record.facts, lead, known)
            .then_some(followed)
    };
    let removed = found.deleted.iter().filter(|(_, record)| record.facts.gone);
    removed.filter_map(of).collect()
}

impl Followed {
    /// Whether lead, key or time of the record changes.
    fn is_due(&self, facts: &RecordFacts, lead: &LeadId, known: &Known) -> bool {
        let recorded_on = self.lead_id.as_ref();
        recorded_on.is_some()
            || self.activity_at != facts.at
            || known.is_of_former_key(&self.external_id, recorded_on.unwrap_or(lead))
    }
}
