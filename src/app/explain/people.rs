//! The rows of contacts.csv that are about a participant or a chat.

use super::value::SenderView;
use crate::name::name_key;
use crate::people::contacts::{Contacts, Role};
use crate::transform::trace::TracedSender;

/// Where a message is: device, chat, and whether that is a group.
#[derive(Clone, Copy)]
pub(super) struct Where<'w> {
    pub(super) device: &'w str,
    pub(super) chat: &'w str,
    pub(super) is_group: bool,
}

/// The participant of a traced message.
pub(super) fn of_traced(sender: &TracedSender, at: Where<'_>, contacts: &Contacts) -> SenderView {
    let role = match (sender.is_ignored, sender.is_owner, at.is_group) {
        (true, ..) => "ignored",
        (_, true, _) => "owner",
        (_, _, true) => "participant",
        _ => "contact",
    };
    SenderView {
        name: sender.name.clone(),
        role,
        number: sender.number.as_ref().map(ToString::to_string),
        contacts_lines: lines(&sender.name, sender.is_owner, at, contacts),
    }
}

/// The participant of a message of a chat that is not imported: what the archive has, and the rows.
pub(super) fn of_name(name: &str, at: Where<'_>, contacts: &Contacts) -> SenderView {
    SenderView {
        name: name.to_owned(),
        role: "unknown",
        number: None,
        contacts_lines: lines(name, false, at, contacts),
    }
}

/// The lines of rows that match the participant.
fn lines(name: &str, is_owner: bool, at: Where<'_>, contacts: &Contacts) -> Vec<u32> {
    let (name, chat) = (name_key(name), name_key(at.chat));
    (contacts.rows().iter())
        .filter(|row| {
            row.device
                .as_deref()
                .is_none_or(|device| device == at.device)
        })
        .filter(|row| row.chat.key().is_none_or(|key| key == chat))
        .filter(|row| match row.role {
            Role::Me => is_owner,
            Role::Contact | Role::Ignore => !is_owner,
        })
        .filter(|row| match row.participant.key() {
            Some(key) => key == name || (!at.is_group && key == chat),
            // The row with `*` of a group is its anchor's.
            None => is_owner || !at.is_group,
        })
        .map(|row| row.line)
        .collect()
}

/// The lines of rows that give lead and contact of a chat.
pub(super) fn lines_of_chat(at: Where<'_>, contacts: &Contacts) -> Vec<u32> {
    let mapping = match at.is_group {
        true => contacts.anchor_for(at.device, at.chat),
        false => contacts.contact_for(at.device, at.chat, &[]),
    };
    mapping.map(|mapping| mapping.lines).unwrap_or_default()
}
