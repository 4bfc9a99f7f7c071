//! Deletions by senders: what becomes of imported messages that archives show as deleted.
//!
//! Belongs here: which activities are deleted, which deletions are recorded, and which messages stay. Never here: the
//! pairing of deletions with records ([`super::reconcile`]).

use std::collections::HashSet;

use super::known::Known;
use super::planned::{Learned, Removal};
use super::reconciled::Reconciled;
use super::record::{Fingerprint, Record};
use crate::chat::Kind;
use crate::ids::ActivityId;
use crate::policy::{DeletedSince, Policy};
use crate::transform::desired::{DesiredChat, DesiredMessage};

/// The deletions in Close: messages that chatferry created and that their senders deleted afterwards. With
/// `failed`, only those whose deletion Close rejected before.
pub(super) fn removals(
    chat: &DesiredChat,
    wanted: &[DesiredMessage],
    found: &Reconciled,
    known: &Known,
    policy: &Policy,
    failed: bool,
) -> Vec<Removal> {
    if policy.deleted_since == DeletedSince::Keep {
        return Vec::new();
    }
    let left_out = (found.deleted.iter())
        .map(|(index, record)| (&chat.deleted[*index], record))
        .map(|(deleted, record)| (record, deleted.archive, deleted.line));
    let shown = (wanted.iter())
        .filter(|message| message.kind == Kind::Deleted)
        .filter_map(|message| {
            let record = found.matched.get(&message.external_id)?;
            let fingerprint = known.fingerprint.as_ref()?;
            // The activity is itself the notice of the deletion, imported as text.
            let is_itself = is_tombstone(message, record, fingerprint);
            (!is_itself).then_some((record, message.archive, message.line))
        });
    (left_out.chain(shown))
        .filter(|(record, ..)| is_ours(record) && (!failed || record.facts.refused))
        .map(|(record, archive, line)| Removal {
            external_id: record.external_id.clone(),
            activity_id: record.activity_id.clone(),
            lead_id: record.lead_id.clone(),
            archive,
            line,
        })
        .collect()
}

/// Messages deleted by their senders that stay on other leads, since no archive has their content: archive
/// and line of each deletion.
pub(super) fn deleted_on_other_leads(
    chat: &DesiredChat,
    wanted: &[DesiredMessage],
    found: &Reconciled,
    removals: &[Removal],
) -> Vec<(u32, u32)> {
    let left_out = (found.deleted.iter())
        .filter_map(|(index, record)| Some((chat.deleted.get(*index)?, record)))
        .map(|(deleted, record)| (record, deleted.archive, deleted.line));
    let shown = (wanted.iter())
        .filter(|message| message.kind == Kind::Deleted)
        .filter_map(|message| {
            let record = found.matched.get(&message.external_id)?;
            Some((record, message.archive, message.line))
        });
    (left_out.chain(shown))
        .filter(|(record, ..)| record.lead_id.is_some() && !record.facts.gone)
        .filter(|(record, ..)| {
            let mut removed = removals.iter().map(|removal| &removal.activity_id);
            !removed.any(|activity| *activity == record.activity_id)
        })
        .map(|(_, archive, line)| (archive, line))
        .collect()
}

/// Listed activities of messages that their senders deleted after import, to be recorded: those on the
/// lead, and those on other leads that this plan deletes.
pub(super) fn adopted_deletions(found: &Reconciled, removals: &[Removal]) -> Vec<(usize, Record)> {
    let removed: HashSet<&ActivityId> = (removals.iter())
        .map(|removal| &removal.activity_id)
        .collect();
    (found.deleted.iter())
        .filter(|(_, record)| record.listed.is_some())
        .filter(|(_, record)| record.lead_id.is_none() || removed.contains(&record.activity_id))
        .cloned()
        .collect()
}

/// Messages in Close that these archives show as deleted by their senders. They are recorded as deleted,
/// so that an older archive does not restore their content.
pub(super) fn deletions_learned(chat: &DesiredChat, found: &Reconciled) -> Vec<Learned> {
    (found.deleted.iter())
        .filter(|(_, record)| record.lead_id.is_none() && !record.facts.deleted)
        .filter(|(_, record)| record.listed.is_none())
        .filter_map(|(index, record)| {
            let deleted = chat.deleted.get(*index)?;
            Some(Learned {
                external_id: record.external_id.clone(),
                lead_id: None,
                kind: Kind::Deleted,
                edited: false,
                evidence: deleted.evidence,
            })
        })
        .collect()
}

/// Whether chatferry created the activity, on this lead or a former one of the chat, and it has not been
/// removed.
pub(super) fn is_ours(record: &Record) -> bool {
    let facts = &record.facts;
    !facts.adopted && !facts.gone && !facts.unsettled
}

/// Whether the imported message equals `message`: the placeholder of a deletion, if that is imported as
/// text.
pub(super) fn is_tombstone(
    message: &DesiredMessage,
    record: &Record,
    fingerprint: &Fingerprint,
) -> bool {
    (fingerprint.0)("body", message.body(message.markdown.reveal())) == record.facts.body
}
