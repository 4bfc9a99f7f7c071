//! Directions: which participant of an archive is the owner.
//!
//! Belongs here: what the participants and names of an archive show. Never here: contacts.csv (`rules`), or the inference
//! of the owner's name ([`super::owner`]).

use super::owner::Owner;
use super::source::Source;
use crate::chat::Platform;
use crate::name::name_key;

/// The name of the owner in this archive, if the format determines it: an export of WhatsApp Web calls the owner
/// "You" in the language of the browser (observed), and a native archive marks the owner's messages.
pub(super) fn owner_in_archive<'s>(source: Source<'s>) -> Option<&'s str> {
    let at = source.chat.owner? as usize;
    (source.chat.platform == Platform::Web || source.chat.platform.is_native())
        .then(|| source.chat.participants.get(at).map(|p| p.name.as_ref()))
        .flatten()
}

/// Whether the chat is a group: it has notices that only groups have, or more senders than a one-to-one chat
/// can have.
///
/// A chat with two senders is not treated as a group, even if neither is the known owner: older exports show an
/// owner under a former profile name, and the chat would be left out silently. Such a chat is held unless
/// one sender has its name.
pub(super) fn is_group(source: Source<'_>) -> bool {
    source.chat.group_notices > 0 || source.chat.participants.len() > 2
}

/// Whether the direction of every message of a one-to-one chat is known: the owner is among the senders, or
/// one of them has the chat's name. If owner and contact have the same name, their messages cannot be
/// distinguished.
pub(super) fn directions_are_known(source: Source<'_>, owner: &Owner) -> bool {
    let participants = &source.chat.participants;
    let chat = name_key(source.title());
    if owner.is(source.title()) {
        return participants.is_empty();
    }
    match participants.as_slice() {
        [] => true,
        // A sender with neither the owner's name nor the chat's is rejected if WhatsApp named the chat: it
        // may be the owner under a former name.
        [one] => {
            owner.is(&one.name)
                || name_key(&one.name) == chat
                || (!owner.is_unknown() && !source.opened.name.certain)
        }
        _ => {
            participants.iter().any(|p| owner.is(&p.name))
                || participants.iter().any(|p| name_key(&p.name) == chat)
        }
    }
}

/// Whether the participant `name` of a one-to-one chat is the owner.
pub(super) fn is_owner(source: Source<'_>, owner: &Owner, name: &str) -> bool {
    if !owner.is_unknown() && source.chat.participants.iter().any(|p| owner.is(&p.name)) {
        return owner.is(name);
    }
    // The owner is not among the senders, or is not known: a participant without the chat's name is the
    // owner, provided that another participant has the chat's name.
    let chat = name_key(source.title());
    let other_writes = source
        .chat
        .participants
        .iter()
        .any(|p| name_key(&p.name) == chat);
    other_writes && name_key(name) != chat
}
