//! Who the phone's owner is, where nobody said so.
//!
//! Nothing in an export marks the owner (`whatsapp-export-format.md` 2.8). What tells: the words
//! "You deleted this message", the other name than the chat's in one-to-one chats, and the one
//! name that is in every chat of the phone.

use std::collections::BTreeSet;

use super::names::name_key;
use crate::chat::Chat;

/// The keys ([`name_key`]) of the owner's names on one device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    keys: BTreeSet<String>,
    /// The name as an export shows it, for `inspect` and `init`.
    pub shown: Option<String>,
}

impl Owner {
    /// The owner by these names, as the configuration gives them.
    pub fn told<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        Owner {
            shown: names.first().map(|name| (*name).to_owned()),
            keys: names.into_iter().map(name_key).collect(),
        }
    }

    /// True when nobody is known to be the owner.
    pub fn is_unknown(&self) -> bool {
        self.keys.is_empty()
    }

    /// True when this name is the owner's.
    pub fn is(&self, name: &str) -> bool {
        self.keys.contains(&name_key(name))
    }

    /// Infers the owner of one device from its chats: `(name of the chat, chat)`.
    ///
    /// Each kind of evidence must be unanimous, and the first kind that is decides. Nothing is
    /// guessed from a majority: a wrong owner would turn every message of a chat around.
    pub fn infer(chats: &[(&str, &Chat<'_>)]) -> Self {
        let by_words = chats.iter().filter_map(|(_, chat)| {
            let at = chat.owner?;
            Some(chat.participants[at as usize].name.as_ref())
        });
        if let Some(owner) = unanimous(by_words) {
            return owner;
        }
        let not_the_chat = chats
            .iter()
            .filter_map(|(name, chat)| other_than(name, chat));
        if let Some(owner) = unanimous(not_the_chat) {
            return owner;
        }
        everywhere(chats).unwrap_or_default()
    }
}

fn unanimous<'n>(names: impl Iterator<Item = &'n str>) -> Option<Owner> {
    let mut found: Option<(&str, String)> = None;
    for name in names {
        let key = name_key(name);
        match &found {
            None => found = Some((name, key)),
            Some((_, known)) if *known == key => {}
            Some(_) => return None,
        }
    }
    found.map(|(name, key)| Owner {
        keys: BTreeSet::from([key]),
        shown: Some(name.to_owned()),
    })
}

/// In a one-to-one chat whose name is one of its two participants: the other one.
fn other_than<'c>(chat_name: &str, chat: &'c Chat<'_>) -> Option<&'c str> {
    if chat.group_notices > 0 || chat.participants.len() != 2 {
        return None;
    }
    let key = name_key(chat_name);
    let mut others = chat
        .participants
        .iter()
        .filter(|p| name_key(&p.name) != key);
    let owner = others.next()?;
    others.next().is_none().then_some(owner.name.as_ref())
}

/// The one name that is in every chat in which two or more people write; two such chats at least.
fn everywhere(chats: &[(&str, &Chat<'_>)]) -> Option<Owner> {
    let mut sets = chats
        .iter()
        .filter(|(_, chat)| chat.participants.len() > 1)
        .map(|(_, chat)| {
            chat.participants
                .iter()
                .map(|p| name_key(&p.name))
                .collect::<BTreeSet<_>>()
        });
    let first = sets.next()?;
    let mut count = 1;
    let common = sets.fold(first, |common, set| {
        count += 1;
        common.intersection(&set).cloned().collect()
    });
    if count < 2 || common.len() != 1 {
        return None;
    }
    let shown = chats
        .iter()
        .flat_map(|(_, chat)| &chat.participants)
        .find(|p| common.contains(&name_key(&p.name)))
        .map(|p| p.name.to_string());
    Some(Owner {
        keys: common,
        shown,
    })
}
