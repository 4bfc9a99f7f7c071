//! Look-ups by number, under any name: native archives have other names for people than exports, or none.

use std::collections::BTreeSet;

use super::{Contacts, ImportChoice, Role, Row};
use crate::ids::{ContactId, LeadId};
use crate::name::name_key;
use crate::phone::Phone;
use crate::settings::Problem;

impl Contacts {
    /// The import choice for chats with this number; `None` if no row has one. `private` and `no`
    /// apply to the person, whatever name an archive has.
    pub(crate) fn choice_of_number(&self, device: &str, number: &Phone) -> Option<ImportChoice> {
        let choices = || {
            self.rows_of_contact(device, number)
                .filter_map(|row| row.import)
        };
        [ImportChoice::Private, ImportChoice::No]
            .into_iter()
            .find(|wanted| choices().any(|choice| choice == *wanted))
    }

    /// The row that makes this number private on the device, under another name than that of
    /// `chat`; `None` if none does. Rows of this name itself have their own order
    /// ([`Contacts::choice`]).
    pub(crate) fn row_that_makes_private(
        &self,
        device: &str,
        chat: &str,
        number: &Phone,
    ) -> Option<&Row> {
        let chat = name_key(chat);
        let is_private = |row: &&Row| {
            !row.chat.is(&chat)
                && (row.chat.text()).is_some_and(|name| {
                    self.own_choice(device, name) == Some(ImportChoice::Private)
                })
        };
        self.rows_of_contact(device, number).find(is_private)
    }

    /// Whether the number that rows give to a chat's person is private under another name.
    pub(super) fn has_private_number(&self, device: &str, chat: &str) -> bool {
        let number = self.participant_phone(device, chat, chat);
        number.is_some_and(|number| self.row_that_makes_private(device, chat, number).is_some())
    }

    /// Rows that would import a number which another row makes private, under another name: a person may have given two
    /// people one number. Without names, since the chat of such a row is private.
    pub(super) fn private_numbers_of_other_rows(&self) -> Vec<Problem> {
        let is_mapped = |row: &&Row| {
            row.role == Role::Contact
                && row.chat.key().is_some()
                && row.chat.key() == row.participant.key()
                && (row.lead_id.is_some()
                    || row.contact_id.is_some()
                    || matches!(row.import, Some(ImportChoice::Yes | ImportChoice::Create)))
        };
        // A device that no row names is the first: rows for every device alone apply to it.
        let all: BTreeSet<&str> = std::iter::once("")
            .chain((self.rows.iter()).filter_map(|row| row.device.as_deref()))
            .collect();
        let rows = self.rows.iter().filter(is_mapped);
        let found = rows.filter_map(|row| {
            let (chat, number) = (row.chat.text()?, row.phone.as_ref()?);
            let own = row.device.as_deref();
            let mut devices = all.iter().filter(|device| own.is_none_or(|own| own == **device));
            let private = devices.find_map(|device| {
                (self.own_choice(device, chat) != Some(ImportChoice::Private))
                    .then(|| self.row_that_makes_private(device, chat, number))
                    .flatten()
            })?;
            Some(Problem {
                file: self.file.clone(),
                line: Some(row.line),
                text: format!(
                    "has the phone of line {}, which makes this number private: the chat of this row is left out as private too; if they are two people, correct the phone of one",
                    private.line
                ),
            })
        });
        found.collect()
    }

    /// Whether the number must not be looked up or shown: never.txt names it, or a row of some device makes
    /// it private.
    pub(crate) fn is_secret(&self, number: &Phone) -> bool {
        let is_private = |row: &Row| {
            row.role == Role::Contact
                && row.import == Some(ImportChoice::Private)
                && row.chat.key().is_some()
                && row.chat.key() == row.participant.key()
        };
        self.is_never_number(Some(number)) || self.with_number(number).any(is_private)
    }

    /// The lead and contact that rows give to this number; `None` if none does, or two disagree.
    pub(crate) fn destination_of(
        &self,
        device: &str,
        number: &Phone,
    ) -> Option<(LeadId, ContactId)> {
        let ids = |row: &Row| Some((row.lead_id.clone()?, row.contact_id.clone()?));
        let mut all = self.rows_of_contact(device, number).filter_map(ids);
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }

    /// Whether a row ignores the participant with this number in this chat, under any name.
    pub fn is_ignored_number(&self, device: &str, chat: &str, number: &Phone) -> bool {
        self.fitting(device, &name_key(chat), Role::Ignore)
            .filter_map(|(_, row)| row.phone.as_ref())
            .any(|own| own.is_same_as(number))
    }

    /// The rows about the contact of a one-to-one chat with this number.
    fn rows_of_contact<'c, 'd>(
        &'c self,
        device: &'d str,
        number: &Phone,
    ) -> impl Iterator<Item = &'c Row> + use<'c, 'd> {
        self.with_number(number).filter(move |row| {
            row.role == Role::Contact
                && row.device.as_deref().is_none_or(|own| own == device)
                // A row of a group's member or anchor is about the group.
                && row.chat.key().is_some()
                && row.chat.key() == row.participant.key()
        })
    }

    /// The rows with this number, in both forms that WhatsApp has for some countries' numbers.
    fn with_number<'c>(&'c self, number: &Phone) -> impl Iterator<Item = &'c Row> + use<'c> {
        let places = self.index.with_number(number).iter();
        places.map(|place| &self.rows[*place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contacts(rows: &str) -> Contacts {
        let head = "device,chat,participant,role,phone,lead_id,contact_id,user_id,import\n";
        Contacts::parse(&format!("{head}{rows}"), "contacts.csv").unwrap()
    }

    fn number() -> Phone {
        Phone::parse("+353861234501").unwrap()
    }

    #[test]
    fn private_applies_to_the_number() {
        let table = contacts(
            ",Ben,Ben,contact,+353861234501,,,,private\n,+353861234501,+353861234501,contact,+353861234501,lead_a,cont_a,,\n",
        );
        let choice = table.choice_of_number("anna", &number());
        assert_eq!(choice, Some(ImportChoice::Private));
        // A private group makes nothing of its members private.
        let table = contacts(",Roof,Ben,contact,+353861234501,,,,private\n");
        assert_eq!(table.choice_of_number("anna", &number()), None);
        let table = contacts("carl,Ben,Ben,contact,+353861234501,,,,private\n");
        assert_eq!(table.choice_of_number("anna", &number()), None);
    }

    #[test]
    fn row_of_a_private_number_is_reported_by_lines_alone() {
        let table = contacts(
            ",Mum,Mum,contact,+353861234501,,,,private\n,Carl,Carl,contact,+353861234501,lead_c,cont_c,,\n",
        );
        assert_eq!(table.choice("anna", "Carl"), Some(ImportChoice::Private));
        assert!(table.is_private_anywhere("Carl"));
        let [warning] = table.warnings() else {
            panic!("{:?}", table.warnings());
        };
        assert_eq!(warning.line, Some(3));
        assert!(warning.text.contains("line 2"), "{warning}");
        assert!(!warning.text.contains("Mum") && !warning.text.contains("Carl"));
    }

    #[test]
    fn row_for_a_device_outweighs_a_private_row_of_its_own_name_only() {
        let table = contacts(
            ",Mum,Mum,contact,+353861234501,,,,private\nanna,Mum,Mum,contact,+353861234501,lead_a,cont_a,,yes\n\
             ,Carl,Carl,contact,+353861234501,lead_c,cont_c,,\n",
        );
        assert_eq!(table.choice("anna", "Mum"), Some(ImportChoice::Yes));
        assert_eq!(table.choice("anna", "Carl"), None);
        assert_eq!(table.choice("ben", "Carl"), Some(ImportChoice::Private));
        // Of another device.
        let table = contacts(
            "ben,Mum,Mum,contact,+353861234501,,,,private\nanna,Carl,Carl,contact,+353861234501,lead_c,cont_c,,\n",
        );
        assert_eq!(table.choice("anna", "Carl"), None);
        assert!(table.warnings().is_empty());
    }

    #[test]
    fn contradicting_rows_give_no_destination() {
        let row = |lead: &str| {
            format!(",Ben {lead},Ben {lead},contact,+353861234501,{lead},cont_{lead},,\n")
        };
        let one = contacts(&row("lead_a"));
        let found = one.destination_of("anna", &number());
        assert_eq!(found, Some(("lead_a".into(), "cont_lead_a".into())));
        let two = contacts(&format!("{}{}", row("lead_a"), row("lead_b")));
        assert_eq!(two.destination_of("anna", &number()), None);
    }

    #[test]
    fn ignored_number_is_ignored_under_any_name() {
        let table = contacts(
            ",Roof,Dora,ignore,+353861234501,,,,\nanna,*,Bot,ignore,+5511998765432,,,,\n,Roof,Eve,contact,+353861234503,,,,\n",
        );
        assert!(table.warnings().is_empty(), "{:?}", table.warnings());
        for (device, chat, number, is_ignored) in [
            ("anna", "Roof", "+353861234501", true),
            ("carl", "Roof", "+353861234501", true),
            ("anna", "Ben", "+353861234501", false),
            ("anna", "Ben", "+551198765432", true),
            ("carl", "Ben", "+5511998765432", false),
            ("anna", "Roof", "+353861234503", false),
        ] {
            let number = Phone::parse(number).unwrap();
            let found = table.is_ignored_number(device, chat, &number);
            assert_eq!(found, is_ignored, "{device} {chat} {number}");
        }
    }

    #[test]
    fn both_forms_of_a_number_match() {
        let table = contacts(
            ",Ana,Ana,contact,+5511998765432,lead_a,cont_a,,\n,Rui,Rui,contact,+5511911112222,,,,private\n",
        );
        let twin = |text: &str| Phone::parse(text).unwrap();
        let found = table.destination_of("anna", &twin("+551198765432"));
        assert_eq!(found, Some(("lead_a".into(), "cont_a".into())));
        let rui = twin("+551111112222");
        assert!(table.is_secret(&rui));
        assert_eq!(
            table.choice_of_number("anna", &rui),
            Some(ImportChoice::Private)
        );
    }
}
