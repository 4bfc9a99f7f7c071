//! The checklist of exports: the contacts in Close whose numbers are in a device's address book, and
//! whether an archive of their chat exists.
//!
//! It never names a private participant, and writes nothing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::error::Result;
use super::{Book, Migration, account};
use crate::chat::Kind;
use crate::close::Client;
use crate::ids::{ContactId, LeadId};
use crate::name::name_key;
use crate::phone::Phone;
use crate::routing::Privacy;
use crate::transform::desired::{Decision, Desired, DesiredChat};
use crate::transform::doubts::Doubt;

/// A chat whose newest message is older than this may be exported again.
const OLD: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// What to check about a chat that may be of this number.
const PERHAPS: &str = "a chat of this name is here, and its row has no number";

/// A line of the table.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct ChecklistLine {
    /// The contact's name in Close.
    pub name: String,
    /// The number, E.164.
    pub phone: String,
    /// The contact's lead.
    pub lead_id: Option<LeadId>,
    /// The contact.
    pub contact_id: ContactId,
    /// `yes` if an archive of the chat exists; `perhaps` if a chat has the name, and no row gives its number.
    pub exported: &'static str,
    /// What to check: truncated, without media, old.
    pub look: String,
}

/// The lines of the checklist, by number. `desired`: the contents of the archives.
///
/// # Errors
///
/// A request to Close failed.
pub(crate) async fn checklist(
    migration: &Migration,
    desired: &Desired,
    book: &Book,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Vec<ChecklistLine>> {
    account(client, &migration.settings).await?;
    let device = book.device();
    let of_device = || desired.chats.iter().filter(|chat| chat.device == device);
    let by_name: HashMap<String, &DesiredChat> = of_device()
        .map(|chat| (name_key(&chat.name), chat))
        .collect();
    let by_number: HashMap<&Phone, &DesiredChat> = of_device()
        .filter_map(|chat| match &chat.standing {
            Decision::Ready(to) if !chat.is_group => Some((&to.remote_phone, chat)),
            _ => None,
        })
        .collect();
    let privacy = Privacy::new(&migration.contacts);
    let mut lines = Vec::new();
    let people = book.people();
    // The number that a chat is mapped to, also where its row lacks something else.
    let mapped = |chat: &DesiredChat| match &chat.standing {
        Decision::Ready(to) => Some(to.remote_phone.clone()),
        _ => (migration.contacts)
            .contact_for(&chat.device, &chat.name, &[])
            .and_then(|mapping| mapping.phone),
    };
    for (phone, names) in &people {
        let phone = *phone;
        let of_name = || names.iter().filter_map(|name| by_name.get(name).copied());
        let of_two = || of_name().filter(|chat| !chat.is_group);
        let chat = by_number
            .get(phone)
            .copied()
            .or_else(|| of_two().find(|chat| mapped(chat).as_ref() == Some(phone)))
            .or_else(|| by_name.get(phone.e164()).copied())
            // Held, of an archive with numbers.
            .or_else(|| of_two().find(|chat| is_with(chat, phone)));
        let perhaps = of_two().find(|chat| mapped(chat).is_none() && chat.key.is_none());
        let own: Vec<&str> = names.iter().map(String::as_str).collect();
        let is_private = |chat: Option<&DesiredChat>| chat.is_some_and(|chat| chat.private);
        if privacy.is_private_person(phone, &own) || is_private(chat) || is_private(perhaps) {
            continue;
        }
        let (exported, look) = match (chat, perhaps) {
            (Some(chat), _) => ("yes", look(chat, now)),
            (None, Some(_)) => ("perhaps", PERHAPS.to_owned()),
            (None, None) => ("no", String::new()),
        };
        let found = client.contacts_with_phone(phone.e164()).await;
        for contact in found? {
            if privacy.is_private_name(&contact.name) {
                continue;
            }
            lines.push(ChecklistLine {
                name: contact.name.clone(),
                phone: phone.e164().to_owned(),
                lead_id: contact.lead_id.clone(),
                contact_id: contact.id.clone(),
                exported,
                look: look.clone(),
            });
        }
    }
    Ok(lines)
}

/// Whether the number is one of the two of a chat's key.
fn is_with(chat: &DesiredChat, phone: &Phone) -> bool {
    let is_digit = |c: char| c == '+' || c.is_ascii_digit();
    let key = chat.key.as_ref().map_or("", |key| key.reveal());
    key.split(|c| !is_digit(c)).any(|part| part == phone.e164())
}

/// What to check about an exported chat.
fn look(chat: &DesiredChat, now: DateTime<Utc>) -> String {
    let mut look = Vec::new();
    let is_cut = |doubt: &Doubt| {
        let cut = Doubt::ProbablyCut(0).code();
        doubt.code() == cut || *doubt == Doubt::DeclaredIncomplete
    };
    // Another archive may go further back.
    if chat.archives.len() == 1 && chat.doubts.iter().any(|(_, doubt)| is_cut(doubt)) {
        look.push("truncated: its oldest messages are missing");
    }
    let of_kind = |kind| chat.kinds.get(&kind).copied().unwrap_or(0);
    if of_kind(Kind::MediaOmitted) > 0 && of_kind(Kind::Media) == 0 {
        look.push("exported without media");
    }
    let last =
        (chat.messages).with(|messages| messages.iter().map(|message| message.activity_at).max());
    if last.is_some_and(|last| now - last > OLD) {
        look.push("its newest message is more than 30 days old");
    }
    look.join("; ")
}
