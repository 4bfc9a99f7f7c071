//! The title of a chat whose archive was renamed.
//!
//! An iPhone's transcript is named `_chat.txt`, so only its zip has the name of the chat, and a person may
//! rename that. Such an archive joins the known chat of its contact. Never here: a title by WhatsApp, and a
//! group.

use std::collections::BTreeSet;

use super::source::Source;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::routing::Owner;

/// Gives each archive without a title the name of its contact, if a row or another archive of the device
/// has a chat of that name and no table has the archive's own name.
pub(super) fn settle(
    sources: &[Source<'_>],
    contacts: &Contacts,
    owner: impl Fn(Source<'_>) -> Owner,
) {
    let titles: BTreeSet<(&str, String)> = (sources.iter())
        .filter(|source| source.opened.name.certain && !source.opened.has_shared_title())
        .map(|source| (source.device.name.as_str(), name_key(source.title())))
        .collect();
    for source in sources.iter().filter(|source| is_open(source)) {
        let device = source.device.name.as_str();
        let Some(other) = other_writer(*source, &owner(*source)) else {
            continue;
        };
        let is_known =
            titles.contains(&(device, name_key(other))) || has_row(contacts, device, other);
        if is_known && !is_named(contacts, device, source.title()) {
            source.opened.rename(other);
        }
    }
}

/// Whether a one-to-one chat has a name only from a person.
fn is_open(source: &Source<'_>) -> bool {
    let opened = source.opened;
    !opened.name.certain
        && opened.native.is_none()
        && !opened.has_shared_title()
        && Phone::parse(source.title()).is_none()
        && !source.chat.is_group()
}

/// The one participant of two who is not the owner.
fn other_writer<'s>(source: Source<'s>, owner: &Owner) -> Option<&'s str> {
    let participants = source.chat.participants.as_slice();
    let [one, other] = participants else {
        return None;
    };
    match (owner.is(&one.name), owner.is(&other.name)) {
        (true, false) => Some(other.name.as_ref()),
        (false, true) => Some(one.name.as_ref()),
        _ => None,
    }
}

/// Whether a row applies to the chat of this name.
fn has_row(contacts: &Contacts, device: &str, chat: &str) -> bool {
    let key = name_key(chat);
    contacts
        .rows()
        .iter()
        .any(|row| row.chat.is(&key) && row.device.as_deref().is_none_or(|own| own == device))
}

/// Whether a table has the archive's own name.
fn is_named(contacts: &Contacts, device: &str, chat: &str) -> bool {
    has_row(contacts, device, chat)
        || contacts.is_listed(device, chat)
        || contacts.exclude().is_for(device, chat)
}
