//! Quotations of the owner's messages: the database does not contain the owner's jid.

use std::collections::{HashMap, HashSet};

use super::reading::Reading;
use crate::native::NativeChat;

impl Reading {
    /// Attributes quotations to the owner, whose jid the database does not contain: a quoted sender is the owner if
    /// one of the quotations is of a message that the owner wrote in the same chat. Messages that the owner wrote
    /// in another chat stay quotations of that chat.
    pub(super) fn attribute_quotes_to_owner(&mut self) {
        let id_of = |chats: &[NativeChat], chat: usize, place: usize| {
            chats[chat].messages[place].quoted.as_ref()?.id.clone()
        };
        let mut quoted: HashMap<String, Vec<usize>> = HashMap::new();
        for (chat, place, _) in &self.foreign_quotes {
            if let Some(id) = id_of(&self.chats, *chat, *place) {
                quoted.entry(id).or_default();
            }
        }
        if quoted.is_empty() {
            return;
        }
        for (number, chat) in self.chats.iter().enumerate() {
            let own = chat
                .messages
                .iter()
                .filter(|message| message.sender == Some(0));
            for id in own.filter_map(|message| message.id.as_ref()) {
                if let Some(chats) = quoted.get_mut(id) {
                    chats.push(number);
                }
            }
        }
        // One person may have two chats, by number and by hidden id.
        let is_one = |one: usize, other: usize| {
            one == other
                || (self.chats[one].phone.is_some()
                    && self.chats[one].phone == self.chats[other].phone)
        };
        let mut owner = HashSet::new();
        for (_, _, jid) in self.foreign_quotes.iter().filter(|(chat, place, _)| {
            id_of(&self.chats, *chat, *place)
                .and_then(|id| quoted.get(&id))
                .is_some_and(|chats| chats.iter().any(|of| is_one(*of, *chat)))
        }) {
            owner.insert(jid.clone());
        }
        let here: Vec<(usize, usize)> = (self.foreign_quotes.iter())
            .filter(|(chat, place, jid)| {
                let written_in = id_of(&self.chats, *chat, *place).and_then(|id| quoted.get(&id));
                owner.contains(jid)
                    && written_in.is_none_or(|chats| {
                        chats.is_empty() || chats.iter().any(|of| is_one(*of, *chat))
                    })
            })
            .map(|(chat, place, _)| (*chat, *place))
            .collect();
        for (chat, place) in here {
            if let Some(quoted) = &mut self.chats[chat].messages[place].quoted {
                quoted.elsewhere = false;
            }
        }
    }
}
