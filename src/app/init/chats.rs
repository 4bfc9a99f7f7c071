//! The chats of one phone, each merged from all its archives, with contact, number and kind.

use std::collections::HashMap;

use super::found::{FoundChat, OnePhone};
use super::known::Own;
use crate::app::phones::Archive;
use crate::chat::{Chat, Evidence};
use crate::name::name_key;
use crate::phone::Phone;
use crate::routing::Owner;

pub(super) fn one_phone(
    device: Option<String>,
    owner_names: &[String],
    archives: &[Archive<'_>],
    unnameable: &mut Vec<String>,
) -> OnePhone {
    let owner = if owner_names.is_empty() {
        let named: Vec<(&str, &Chat<'_>)> = archives
            .iter()
            .map(|(opened, chat)| (opened.name.chat.as_str(), *chat))
            .collect();
        Owner::infer(&named)
    } else {
        Owner::from_names(owner_names.iter().map(String::as_str))
    };
    let mut chats: Vec<FoundChat> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (opened, chat) in archives {
        let name = opened.chat_name();
        let key = name_key(name);
        if key.is_empty() || key == "*" {
            unnameable.push(name.to_owned());
            continue;
        }
        let native = opened
            .native
            .as_ref()
            .and_then(|native| native.phone.as_deref());
        let mut next = one_chat(name, &key, chat, &owner, native.and_then(Phone::parse));
        next.id = opened.id_without_number().map(str::to_owned);
        match places.get(&key) {
            Some(place) => chats[*place].join(next),
            None => {
                places.insert(key, chats.len());
                chats.push(next);
            }
        }
    }
    chats.sort_by_cached_key(|chat| name_key(&chat.name).to_lowercase());
    // A person who is not in the phone's address book is displayed as a number: in some exports, so are the
    // owner's own messages.
    let own = owner.shown.as_deref().and_then(Phone::parse);
    OnePhone {
        device,
        own: own.map(|phone| Own {
            phone,
            is_given: false,
        }),
        owner: owner.shown,
        chats,
    }
}

/// `known` is the contact's number, if the archive has it.
fn one_chat(
    name: &str,
    key: &str,
    chat: &Chat<'_>,
    owner: &Owner,
    known: Option<Phone>,
) -> FoundChat {
    // A row needs a name.
    let mut others = chat
        .participants
        .iter()
        .filter(|p| !owner.is(&p.name) && !p.name.is_empty());
    // The participant with the chat's name is the contact, regardless of the owner.
    let namesake = chat.participants.iter().find(|p| name_key(&p.name) == key);
    let other = namesake.or_else(|| others.next().filter(|_| !owner.is_unknown()));
    let participant = other.map_or_else(|| name.to_owned(), |p| p.name.to_string());
    let group = chat.is_group();
    let phone = known
        .or_else(|| Phone::parse(name))
        .or_else(|| Phone::parse(&participant));
    FoundChat {
        name: name.to_owned(),
        id: None,
        phone: phone.filter(|_| !group),
        participant: if group { "*".to_owned() } else { participant },
        group,
        open_dates: chat.format.evidence == Evidence::Open,
        is_there: false,
    }
}

impl FoundChat {
    /// Merges another archive of the same chat.
    fn join(&mut self, other: FoundChat) {
        self.open_dates |= other.open_dates;
        if self.group || other.group {
            self.group = true;
            self.participant = "*".to_owned();
            self.phone = None;
            return;
        }
        if name_key(&self.participant) == name_key(&self.name) {
            self.participant = other.participant;
        }
        self.phone = self.phone.take().or(other.phone);
    }
}
