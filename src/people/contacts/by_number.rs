//! Look-ups by number, under any name: native archives have other names for people than exports, or none.

use super::{Contacts, ImportChoice, Role, Row};
use crate::ids::{ContactId, LeadId};
use crate::name::name_key;
use crate::phone::Phone;

impl Contacts {
    /// The import choice for chats with this number. `private` and `no` apply to the person, whatever name
    /// an archive has.
    pub(crate) fn choice_of_number(&self, device: &str, number: &Phone) -> Option<ImportChoice> {
        let choices = || {
            self.rows_of_contact(device, number)
                .filter_map(|row| row.import)
        };
        [ImportChoice::Private, ImportChoice::No]
            .into_iter()
            .find(|wanted| choices().any(|choice| choice == *wanted))
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
    fn rows_of_contact<'c>(
        &'c self,
        device: &'c str,
        number: &'c Phone,
    ) -> impl Iterator<Item = &'c Row> {
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
