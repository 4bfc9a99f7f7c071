//! `me` rows of a chat that name the owner of another device, who writes nothing in it: a colleague who was marked by
//! mistake.
//!
//! The row's number and user would be those of everything that the phone's owner wrote in the chat. Such a row is
//! reported and applied as it is: it may be meant.

use std::fmt;

use super::colleague::configured;
use crate::name::name_key;
use crate::people::contacts::{Contacts, Role};
use crate::settings::Device;

/// A `me` row that names a silent colleague.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentOwner {
    /// The name of the table.
    file: String,
    line: u32,
    /// The name of the participant in the row.
    name: String,
    /// The device of the row.
    device: String,
    /// The device whose owner has the name.
    owns: String,
}

/// The `me` rows that name the owner of another device, who does not write in the chat. `senders`: device, chat and name
/// of each.
pub fn silent_owners(
    contacts: &Contacts,
    devices: &[Device],
    senders: &[(&str, &str, &str)],
) -> Vec<SilentOwner> {
    let owner = |device: &Device| configured(contacts, device);
    let mut found = Vec::new();
    for row in contacts.rows().iter().filter(|row| row.role == Role::Me) {
        let (Some(name), Some(device)) = (row.participant.text(), &row.device) else {
            continue;
        };
        let mut of_chat = senders
            .iter()
            .filter(|(on, chat, _)| device.as_str() == *on && row.chat.is(&name_key(chat)));
        let Some(own) = devices.iter().find(|own| own.name == *device) else {
            continue;
        };
        let writes = of_chat
            .clone()
            .any(|(.., sender)| row.participant.is(&name_key(sender)));
        // Without a sender, no archive of the chat was read.
        if of_chat.next().is_none() || writes || owner(own).is(name) {
            continue;
        }
        let other = devices.iter().find(|other| {
            other.name != own.name && !other.is_separated_from(own) && owner(other).is(name)
        });
        found.extend(other.map(|other| SilentOwner {
            file: contacts.file().to_owned(),
            line: row.line,
            name: name.to_owned(),
            device: own.name.clone(),
            owns: other.name.clone(),
        }));
    }
    found
}

impl fmt::Display for SilentOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SilentOwner {
            file,
            line,
            name,
            device,
            owns,
        } = self;
        write!(
            f,
            "{file}:{line}: `me` is the owner of {device}, but \"{name}\" is the owner of {owns} and writes nothing in this chat: the messages of the owner of {device} get the phone and user_id of this row; remove it, a colleague needs none"
        )
    }
}
