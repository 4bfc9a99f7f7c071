//! Messages that WhatsApp's own ids identify, and that are recorded under another id.
//!
//! Belongs here: the ids that the checkpoint remembers for a message (aliases). Never here: any
//! other evidence ([`super::reconcile`]).
//!
//! Close cannot change an external id, so a message keeps the one that it was imported under. The
//! id by which a later archive knows it becomes an alias of its record.

use std::collections::HashSet;

use super::{Known, Recorded};
use crate::ids::ExternalId;
use crate::packed_vec::PackedVec;
use crate::transform::desired::DesiredMessage;

/// Gives messages the ids under which they are recorded, as far as WhatsApp's own ids tell. What is
/// recorded under its own id, or is not at all, stays as it is.
pub fn recognize(messages: &mut PackedVec<DesiredMessage>, known: &Known) {
    let is_there = |id: &ExternalId| known.recorded.get(id).is_some_and(Recorded::may_be_there);
    let is_open = |message: &DesiredMessage| {
        (!message.also().is_empty() || known.aliases.contains_key(&message.external_id))
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
        let ids = std::iter::once(&message.external_id).chain(message.also());
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
        note(message, id, known);
    }
}

/// Remembers WhatsApp's own id of a message that is recorded under another one.
pub(super) fn note(message: &mut DesiredMessage, id: ExternalId, known: &Known) {
    let is_new = id.is_native()
        && id != message.external_id
        && known.aliases.get(&id) != Some(&message.external_id);
    if is_new {
        message.ids.get_or_insert_default().alias = Some(id);
    }
}
