//! People and chats that the tables leave out or make private, by never.txt, erasures and rows.

use super::{Contacts, ImportChoice, Name, Role, Row};
use crate::name::borrowed_key;
use crate::people::never::is_name_mentioned_in;
use crate::phone::Phone;

impl Contacts {
    /// The import choice for a chat, from the most specific row of any role that has one. A chat that
    /// never.txt names, by its name or by the number that a row gives to it, is private; so is one whose number a row
    /// makes private under another name.
    pub fn choice(&self, device: &str, chat: &str) -> Option<ImportChoice> {
        if self.is_never(device, chat) || self.has_private_number(device, chat) {
            return Some(ImportChoice::Private);
        }
        self.own_choice(device, chat)
    }

    /// The import choice for a group: as [`Contacts::choice`], but the number of its anchor is not its own.
    pub(crate) fn choice_of_group(&self, device: &str, chat: &str) -> Option<ImportChoice> {
        if self.never.name(device, chat) {
            return Some(ImportChoice::Private);
        }
        self.own_choice(device, chat)
    }

    /// The import choice by the rows of the chat's own name.
    pub(super) fn own_choice(&self, device: &str, chat: &str) -> Option<ImportChoice> {
        self.of_chat(device, chat, |row| row.import)
    }

    /// Whether never.txt names the chat itself.
    fn is_never(&self, device: &str, chat: &str) -> bool {
        if self.has_no_private_people() {
            return false;
        }
        self.never.name(device, chat)
            || Phone::parse(chat).is_some_and(|number| self.erased.has(&number))
            || self
                .numbers_of_chat(device, chat)
                .any(|number| self.is_never_number(Some(number)))
    }

    /// The numbers that rows give to a whole chat, or to the person whose name it has.
    fn numbers_of_chat<'c>(
        &'c self,
        device: &'c str,
        chat: &str,
    ) -> impl Iterator<Item = &'c Phone> {
        let key = borrowed_key(chat);
        let rows: Vec<&Row> = (self.fitting(device, &key, Role::Contact))
            .map(|(_, row)| row)
            .filter(|row| {
                let is_its = row.participant.is_any() || row.participant.is(&key);
                !row.chat.is_any() && is_its
            })
            .collect();
        rows.into_iter().filter_map(|row| row.phone.as_ref())
    }

    /// Whether never.txt names no person and no person is erased.
    fn has_no_private_people(&self) -> bool {
        self.never.is_empty() && self.erased.is_empty()
    }

    /// Whether the person of this number was erased.
    pub(crate) fn is_erased_number(&self, number: Option<&Phone>) -> bool {
        number.is_some_and(|number| self.erased.has(number))
    }

    /// Whether a one-to-one chat is, by its name or by rows, one with an erased person.
    pub(crate) fn is_erased_chat(&self, device: &str, chat: &str) -> bool {
        !self.erased.is_empty()
            && (self.is_erased_number(Phone::parse(chat).as_ref())
                || self
                    .numbers_of_chat(device, chat)
                    .any(|number| self.erased.has(number)))
    }

    /// Whether a participant is erased, by the number in place of a name or by the number that a row gives.
    pub(crate) fn is_erased_participant(&self, device: &str, chat: &str, name: &str) -> bool {
        !self.erased.is_empty()
            && (self.is_erased_number(Phone::parse(name).as_ref())
                || self.is_erased_number(self.participant_phone(device, chat, name))
                || self.is_erased_number(self.phone_by_name(device, name)))
    }

    /// Whether never.txt contains this name for this device.
    pub(crate) fn is_listed(&self, device: &str, name: &str) -> bool {
        self.never.name(device, name)
    }

    /// Whether never.txt contains this number, or its person was erased.
    pub(crate) fn is_never_number(&self, number: Option<&Phone>) -> bool {
        number.is_some_and(|number| self.never.contains_number(number) || self.erased.has(number))
    }

    /// Whether a notice contains the name or number of a person on never.txt, also under another name with
    /// the same number in a row.
    pub(crate) fn mentions_never(&self, device: &str, text: &str) -> bool {
        !self.has_no_private_people()
            && (self.never.is_mentioned_in(device, text)
                || (self.rows.iter())
                    .filter(|row| row.device.as_deref().is_none_or(|own| own == device))
                    .filter(|row| !row.participant.is_any())
                    .filter(|row| self.is_never_number(row.phone.as_ref()))
                    .flat_map(|row| [&row.chat, &row.participant])
                    .flat_map(Name::keys)
                    .any(|name| is_name_mentioned_in(name, text)))
    }

    /// Whether never.txt names a participant, by name or by the number that a row gives.
    pub(crate) fn is_never_participant(&self, device: &str, chat: &str, name: &str) -> bool {
        !self.has_no_private_people()
            && (self.never.name(device, name)
                || self.is_erased_number(Phone::parse(name).as_ref())
                || self.is_never_number(self.participant_phone(device, chat, name))
                || self.is_never_number(self.phone_by_name(device, name)))
    }

    /// Whether a row makes a chat of this name private, on any device. For names whose device is not known.
    pub fn is_private_anywhere(&self, chat: &str) -> bool {
        self.never.name_anywhere(chat) || self.makes_private(&borrowed_key(chat))
    }

    /// Whether a row or never.txt makes a chat of this name private.
    pub(super) fn makes_private(&self, key: &str) -> bool {
        self.never.name_anywhere(key)
            || self.index.naming_chat(key).iter().any(|place| {
                let row = &self.rows[*place];
                let device = row.device.as_deref().unwrap_or_default();
                row.import == Some(ImportChoice::Private)
                    || (!row.participant.is_any() && self.is_never_number(row.phone.as_ref()))
                    || (row.chat.text()).is_some_and(|chat| self.has_private_number(device, chat))
            })
    }
}
