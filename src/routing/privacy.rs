//! Whether a person or chat is private or left out by the tables alone, for callers without an archive of the
//! chat: look-ups in Close, messages about archives that cannot be read, new rows.
//!
//! Without an archive neither senders nor numbers of a chat are known, so that a name counts as private if it is
//! private on any device it may belong to. The decision about an archive is [`super::Rules::decide`].

use crate::people::contacts::{Contacts, ImportChoice, Name, Row};
use crate::phone::Phone;

/// Privacy by contacts.csv and never.txt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Privacy<'c> {
    contacts: &'c Contacts,
}

impl<'c> Privacy<'c> {
    /// The answers of this table, which includes never.txt.
    pub(crate) fn new(contacts: &'c Contacts) -> Self {
        Privacy { contacts }
    }

    /// Whether a chat or participant of this name is private on at least one device.
    pub(crate) fn is_private_name(self, name: &str) -> bool {
        self.contacts.is_private_anywhere(name)
    }

    /// Whether a chat is private on this device.
    pub(crate) fn is_private_chat(self, device: &str, chat: &str) -> bool {
        self.contacts.choice(device, chat) == Some(ImportChoice::Private)
    }

    /// Whether a group is private on this device.
    pub(crate) fn is_private_group(self, device: &str, chat: &str) -> bool {
        self.contacts.choice_of_group(device, chat) == Some(ImportChoice::Private)
    }

    /// Whether a number is private: on never.txt, or of a private person of some device.
    pub(crate) fn is_private_number(self, number: &Phone) -> bool {
        self.contacts.is_secret(number)
    }

    /// Whether a person with this number and these names is private: by number, by a name, or because a row of
    /// the number is private or has a private name.
    pub(crate) fn is_private_person(self, number: &Phone, names: &[&str]) -> bool {
        let is_private_row = |row: &Row| {
            let names = [&row.chat, &row.participant];
            row.import == Some(ImportChoice::Private)
                || (names.into_iter().filter_map(Name::text)).any(|name| self.is_private_name(name))
        };
        let rows = self.contacts.rows().iter();
        self.contacts.is_never_number(Some(number))
            || names.iter().any(|name| self.is_private_name(name))
            || rows
                .filter(|row| row.phone.as_ref() == Some(number))
                .any(is_private_row)
    }

    /// Whether a contact of Close with this name and these numbers is on never.txt for one of the devices.
    pub(crate) fn is_never_contact<'d>(
        self,
        name: &str,
        numbers: &[Phone],
        mut devices: impl Iterator<Item = &'d str>,
    ) -> bool {
        let mut numbers = numbers.iter();
        numbers.any(|number| self.contacts.is_never_number(Some(number)))
            || devices.any(|device| self.contacts.is_listed(device, name))
    }

    /// Whether the participant of a row is left out or private on one of the devices.
    pub(crate) fn leaves_out<'d>(
        self,
        row: &Row,
        mut devices: impl Iterator<Item = &'d str>,
    ) -> bool {
        let is_out = |choice: Option<ImportChoice>| {
            matches!(choice, Some(ImportChoice::No | ImportChoice::Private))
        };
        let number = row.phone.as_ref();
        if is_out(row.import) || number.is_some_and(|number| self.is_private_number(number)) {
            return true;
        }
        let Some(chat) = row.chat.text() else {
            return false;
        };
        let participant = row.participant.text().unwrap_or(chat);
        devices.any(|device| {
            is_out(self.contacts.choice(device, chat))
                || (self.contacts).is_never_participant(device, chat, participant)
        })
    }
}
