//! Which rows marked `create` get a lead, and why the others do not.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::super::rows::{LookedUp, owners_numbers};
use crate::close::Contact;
use crate::name::{before_number, name_key};
use crate::people::contacts::{Contacts, ImportChoice, Role, Row};
use crate::phone::Phone;
use crate::settings::Settings;
use crate::transform::printable;

/// A number of marked rows, of any device, in either of its two forms.
pub(super) struct Number<'a> {
    pub(super) phone: Phone,
    pub(super) rows: Vec<&'a Row>,
    /// The contacts in Close that have it, as far as a search finds them.
    pub(super) contacts: Vec<Contact>,
    /// The line of another row that has its ids in Close.
    pub(super) filled_in: Option<u32>,
    /// Whether a contact in Close has the name of the first of them.
    pub(super) has_namesake: bool,
    /// The name of the chat of the first of them, if that is the name of its contact.
    pub(super) chat: Option<&'a str>,
}

/// The marked rows, sorted.
pub(super) struct Sorted<'a> {
    /// Numbers that a lead may be created for, in the order of the file.
    pub(super) numbers: Vec<Number<'a>>,
    /// Lines for which none is created.
    pub(super) why_not: HashMap<u32, WhyNot>,
}

/// Why no lead is created for a marked row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhyNot {
    /// It is a group's, or applies to any participant.
    NotOnePerson,
    /// It applies to every chat.
    EveryChat,
    /// Its number is not known.
    NoNumber,
    /// It is a number of one of the owners.
    Own,
    /// Another row, on this line, has the ids in Close.
    FilledIn(u32),
    /// A contact in Close has the number with or without its mobile digit, which may be the same person.
    OtherForm,
    /// An earlier run created a lead, which was removed.
    Removed,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("marked `create`, but no lead was created: ")?;
        match self {
            WhyNot::NotOnePerson => f.write_str(
                "a row with * for its participant is a group's, or applies to any participant; write the participant's name, or the ids of the group's lead and contact",
            ),
            WhyNot::EveryChat => f.write_str("a row with * for its chat applies to every chat"),
            WhyNot::NoNumber => f.write_str("the number is missing; fill in phone"),
            WhyNot::Own => f.write_str("the number is that of a phone's owner"),
            WhyNot::FilledIn(line) => write!(
                f,
                "line {line} has the same number, with ids of Close; copy its ids, or correct the number"
            ),
            WhyNot::OtherForm => f.write_str(
                "Close has a contact with the same number, with or without its mobile digit; choose it from candidates.csv, or correct the number",
            ),
            WhyNot::Removed => f.write_str(
                "an earlier run created the lead, and it was removed in Close; create it there, or set import to no",
            ),
        }
    }
}

/// Whether a lead is to be created for a row.
pub(super) fn is_marked(row: &Row) -> bool {
    row.import == Some(ImportChoice::Create)
}

/// Sorts the marked rows that were looked up.
pub(super) fn sort<'a>(
    asked: &'a [LookedUp<'_>],
    settings: &Settings,
    contacts: &'a Contacts,
) -> Sorted<'a> {
    let rows = contacts.rows();
    let own: HashSet<&Phone> = owners_numbers(settings, contacts).collect();
    let mut sorted = Sorted {
        numbers: Vec::new(),
        why_not: HashMap::new(),
    };
    let is_found = |asked: &LookedUp<'_>| !asked.contacts.is_empty();
    let mut marked: Vec<&LookedUp<'_>> = (asked.iter())
        .filter(|asked| is_marked(asked.row))
        .collect();
    // A number that is in Close comes first: a row with its other form is then a further row of it.
    marked.sort_by_key(|asked| !is_found(asked) && !asked.other_form.is_empty());
    for asked in marked {
        let row = asked.row;
        let why_not = match &asked.phone {
            _ if row.chat.is_any() => WhyNot::EveryChat,
            _ if row.participant.is_any() => WhyNot::NotOnePerson,
            None => WhyNot::NoNumber,
            Some(phone) if own.iter().any(|own| own.is_same_as(phone)) => WhyNot::Own,
            Some(phone) => {
                let mut numbers = sorted.numbers.iter_mut();
                let filled_in = filled_in(rows, phone);
                match numbers.find(|number| number.phone.is_same_as(phone)) {
                    None if !asked.other_form.is_empty() && filled_in.is_none() => {
                        sorted.why_not.insert(row.line, WhyNot::OtherForm);
                    }
                    Some(number) => {
                        number.rows.push(row);
                        // What Close has under the other form of the number.
                        for contact in &asked.contacts {
                            if number.contacts.iter().all(|known| known.id != contact.id) {
                                number.contacts.push(contact.clone());
                            }
                        }
                    }
                    None => sorted.numbers.push(Number {
                        phone: phone.clone(),
                        rows: vec![row],
                        contacts: asked.contacts.clone(),
                        filled_in,
                        has_namesake: !asked.named.is_empty(),
                        chat: name_of_chat(row, contacts),
                    }),
                }
                continue;
            }
        };
        // A contact that a search finds is no question.
        if asked.contacts.is_empty() {
            sorted.why_not.insert(row.line, why_not);
        }
    }
    sorted
}

/// The line of a row with the ids of this number in Close.
fn filled_in(rows: &[Row], phone: &Phone) -> Option<u32> {
    let is_it = |row: &&Row| {
        row.role == Role::Contact
            && (row.phone.as_ref()).is_some_and(|own| own.is_same_as(phone))
            && (row.lead_id.is_some() || row.contact_id.is_some())
    };
    rows.iter().find(is_it).map(|row| row.line)
}

/// The name of a chat with one contact: as the phone's address book names the contact, also where a database shows the
/// contact by number. Of a chat with further rows, as a group's, it is not the name of one person.
fn name_of_chat<'a>(row: &'a Row, contacts: &Contacts) -> Option<&'a str> {
    let chat = row.chat.text()?;
    let device = row.device.as_deref().unwrap_or_default();
    let mut rows = contacts.naming_chat(device, chat);
    let is_further = |other: &Row| {
        let is_contact = other.role == Role::Contact && other.line != row.line;
        is_contact && other.device == row.device
    };
    (!rows.any(is_further)).then_some(chat)
}

/// The name of the lead and its contact: the participant of the first row with the number, else the name of its chat; without
/// a name, the number.
pub(super) fn name_of_lead(number: &Number<'_>) -> String {
    let said = |c: char| !(c.is_numeric() || c.is_whitespace() || c.is_ascii_punctuation());
    let names = number.rows.iter().filter_map(|row| row.participant.text());
    let names = names.chain(number.chat.map(|chat| before_number(chat).unwrap_or(chat)));
    // Without invisible marks, and without the `~` of unsaved contacts.
    let mut names = names.map(name_key).filter(|name| name.contains(said));
    names
        .next()
        .map(|name| printable::name(&name).into_owned())
        .unwrap_or_else(|| number.phone.e164().to_owned())
}
