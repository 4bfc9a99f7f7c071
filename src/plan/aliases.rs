//! Aliases: messages with a WhatsApp id that are recorded under another id.
//!
//! Here belong the alternate ids that the checkpoint stores for a message; never other evidence
//! ([`super::reconcile`]).
//!
//! Close cannot change an external id, so a message keeps the one that it was imported under. The id under
//! which a later archive has it becomes an alias of its record.

use std::collections::HashSet;

use super::{Known, Recorded};
use crate::ids::ExternalId;
use crate::packed_vec::PackedVec;
use crate::transform::desired::DesiredMessage;

/// Gives messages the ids under which they are recorded, as far as WhatsApp ids show that. Messages that
/// are recorded under their own id, or not at all, are unchanged.
pub(super) fn recognize(messages: &mut PackedVec<DesiredMessage>, known: &Known) {
    let is_there = |id: &ExternalId| known.recorded.get(id).is_some_and(Recorded::may_be_there);
    let is_open = |message: &DesiredMessage| {
        !is_shared(message, known)
            && (!message.alternate_ids().is_empty()
                || known.aliases.contains_key(&message.external_id))
            && !is_there(&message.external_id)
    };
    if known.recorded.is_empty() || !messages.iter().any(is_open) {
        return;
    }
    let mut own: HashSet<ExternalId> = (messages.iter().filter(|message| !is_open(message)))
        .map(|message| message.external_id.clone())
        .collect();
    for message in messages.open() {
        if !is_open(message) {
            continue;
        }
        let ids = std::iter::once(&message.external_id).chain(message.alternate_ids());
        let recorded = ids
            .filter(|id| id.is_native())
            .flat_map(|id| known.aliases.get(id).into_iter().chain([id]));
        let found = { recorded }
            .find(|id| is_there(id) && !own.contains(*id))
            .cloned();
        let Some(found) = found else {
            continue;
        };
        own.insert(found.clone());
        let id = std::mem::replace(&mut message.external_id, found);
        message.ids.get_or_insert_default().recognized = true;
        add_alias(message, id, known);
    }
}

/// Adds the WhatsApp id of a message that is recorded under another id.
pub(super) fn add_alias(message: &mut DesiredMessage, id: ExternalId, known: &Known) {
    let is_new = id.is_native()
        && id != message.external_id
        && shared(message) != Some(&id)
        && !is_recorded_as_shared(id.as_str(), known)
        && known.aliases.get(&id) != Some(&message.external_id);
    if is_new {
        message.ids.get_or_insert_default().alias = Some(id);
    }
}

/// Whether several messages have the external id of a message as their native id, so that it proves nothing.
pub(super) fn is_shared(message: &DesiredMessage, known: &Known) -> bool {
    let id = &message.external_id;
    shared(message) == Some(id) || is_recorded_as_shared(id.as_str(), known)
}

fn shared(message: &DesiredMessage) -> Option<&ExternalId> {
    message.ids.as_ref()?.shared.as_ref()
}

/// Whether a record is an alias of itself: other messages have its native id as well.
pub(super) fn is_recorded_as_shared(id: &str, known: &Known) -> bool {
    known
        .aliases
        .get(id)
        .is_some_and(|other| other.as_str() == id)
}

/// Notes that other messages have the native id of a recorded one.
pub(super) fn note_shared(message: &mut DesiredMessage, known: &Known) {
    let id = shared(message)
        .filter(|id| **id == message.external_id && !is_recorded_as_shared(id.as_str(), known));
    if let Some(id) = id.cloned() {
        message.ids.get_or_insert_default().alias = Some(id);
    }
}
