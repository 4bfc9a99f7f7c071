//! Messages that are recorded under another id than the one that an archive gives them by now.
//!
//! Close cannot change an external id, so a message keeps the one that it was imported under. A
//! database that comes later knows it by WhatsApp's own id, and tells which one an export would have
//! given it ([`DesiredMessage::also`]); from then on the checkpoint remembers both.

use std::collections::HashSet;

use super::{Known, Recorded};
use crate::ids::is_native;
use crate::transform::desired::DesiredMessage;

/// Gives messages the ids under which they are recorded. What is recorded under its own id, or is not
/// at all, stays as it is; so does everything where times were corrected once, since derived ids may
/// be those of other messages then.
pub fn recognize(messages: &mut [DesiredMessage], known: &Known) {
    let is_there = |id: &str| known.recorded.get(id).is_some_and(Recorded::may_be_there);
    let by_derived = !known.zone_corrected && !known.recorded.has_corrected_times();
    let is_open = |message: &DesiredMessage| {
        (!message.also().is_empty() || known.aliases.contains_key(&message.external_id))
            && !is_there(&message.external_id)
    };
    if known.recorded.is_empty() || !messages.iter().any(is_open) {
        return;
    }
    let mut own: HashSet<String> = (messages.iter().filter(|message| !is_open(message)))
        .map(|message| message.external_id.clone())
        .collect();
    for message in messages {
        if !is_open(message) {
            continue;
        }
        let alias = known.aliases.get(&message.external_id);
        let also = message
            .also()
            .iter()
            .filter(|id| by_derived || is_native(id));
        let found = (alias.into_iter().chain(also)).find(|id| is_there(id) && !own.contains(*id));
        let Some(found) = found.cloned() else {
            continue;
        };
        own.insert(found.clone());
        let id = std::mem::replace(&mut message.external_id, found);
        note(message, id, known);
    }
}

/// Remembers WhatsApp's own id of a message that is recorded under another one.
pub(super) fn note(message: &mut DesiredMessage, id: String, known: &Known) {
    let is_new = is_native(&id)
        && id != message.external_id
        && known.aliases.get(&id) != Some(&message.external_id);
    if is_new {
        message.ids.get_or_insert_default().alias = Some(id.into_boxed_str());
    }
}
