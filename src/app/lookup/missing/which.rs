//! Which of the rows that are marked `create` get a lead, and why the others do not.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::super::rows::Asked;
use crate::close::Contact;
use crate::name::name_key;
use crate::phone::Phone;
use crate::transform::contacts::{Contacts, ImportChoice, Role, Row};
use crate::transform::settings::Settings;

/// A number of rows that are marked, whatever device they are about, and in whichever of the two
/// ways that WhatsApp has for some.
pub(super) struct Number<'a> {
    pub(super) phone: Phone,
    pub(super) rows: Vec<&'a Row>,
    /// Who has it in Close, as far as a search tells.
    pub(super) contacts: Vec<Contact>,
    /// The line of another row that says who has it in Close.
    pub(super) filled_in: Option<u32>,
    /// Somebody in Close is called like the first of them.
    pub(super) has_namesake: bool,
}

/// The rows that are marked.
pub(super) struct Sorted<'a> {
    /// Numbers that a lead may be made for, in the order of the file.
    pub(super) numbers: Vec<Number<'a>>,
    /// Lines for which nothing is made.
    pub(super) why_not: HashMap<u32, WhyNot>,
}

/// Why nothing is made for a row that is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhyNot {
    /// It stands for a group, or for whoever is in the chat.
    NotOnePerson,
    /// It stands for every chat.
    EveryChat,
    /// Nothing says which number it is.
    NoNumber,
    /// It is a number of one of the owners.
    Own,
    /// Another row, on this line, says who it is in Close.
    FilledIn(u32),
    /// An earlier run has made a lead, and somebody has removed it.
    Removed,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("marked create, and nothing was made: ")?;
        match self {
            WhyNot::NotOnePerson => f.write_str(
                "a row with * for its participant stands for a group, or for anybody; write the participant's name, or the ids of the group's lead and contact",
            ),
            WhyNot::EveryChat => f.write_str("a row with * for its chat stands for every chat"),
            WhyNot::NoNumber => f.write_str("there is no number; fill in phone"),
            WhyNot::Own => f.write_str("the number is that of an owner of one of the phones"),
            WhyNot::FilledIn(line) => write!(
                f,
                "line {line} has the same number, and says who it is in Close; copy its ids, or correct the number"
            ),
            WhyNot::Removed => f.write_str(
                "the lead was made by an earlier run and removed in Close since; make it there, or write no",
            ),
        }
    }
}

/// True for a row whose lead is to be made.
pub(super) fn is_marked(row: &Row) -> bool {
    row.import == Some(ImportChoice::Create)
}

/// Looks at each row that is marked and was asked for.
pub(super) fn sort<'a>(
    asked: &'a [Asked<'_>],
    settings: &Settings,
    contacts: &'a Contacts,
) -> Sorted<'a> {
    let rows = contacts.rows();
    let own: HashSet<&Phone> = (settings.devices.iter())
        .flat_map(|device| device.local_phone.iter().chain(&device.former_phones))
        .chain(
            rows.iter()
                .filter(|row| row.role == Role::Me)
                .filter_map(|row| row.phone.as_ref()),
        )
        .collect();
    let mut sorted = Sorted {
        numbers: Vec::new(),
        why_not: HashMap::new(),
    };
    for asked in asked.iter().filter(|asked| is_marked(asked.row)) {
        let row = asked.row;
        let why_not = match &asked.phone {
            _ if row.chat.is_any() => WhyNot::EveryChat,
            _ if row.participant.is_any() => WhyNot::NotOnePerson,
            None => WhyNot::NoNumber,
            Some(phone) if own.iter().any(|own| own.is_same_as(phone)) => WhyNot::Own,
            Some(phone) => {
                let mut numbers = sorted.numbers.iter_mut();
                match numbers.find(|number| number.phone.is_same_as(phone)) {
                    Some(number) => {
                        number.rows.push(row);
                        // What Close has under the other way of writing it.
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
                        filled_in: filled_in(rows, phone),
                        has_namesake: !asked.named.is_empty(),
                    }),
                }
                continue;
            }
        };
        // Whom a search finds is no question.
        if asked.contacts.is_empty() {
            sorted.why_not.insert(row.line, why_not);
        }
    }
    sorted
}

/// The line of a row that says who has this number in Close.
fn filled_in(rows: &[Row], phone: &Phone) -> Option<u32> {
    let is_it = |row: &&Row| {
        row.role == Role::Contact
            && (row.phone.as_ref()).is_some_and(|own| own.is_same_as(phone))
            && (row.lead_id.is_some() || row.contact_id.is_some())
    };
    rows.iter().find(is_it).map(|row| row.line)
}

/// What the lead and its contact are called: as the first row that has the number calls the
/// participant. Whom a phone knows by number alone is called by that.
pub(super) fn name_of_lead(number: &Number<'_>) -> String {
    let said = |c: char| !(c.is_numeric() || c.is_whitespace() || c.is_ascii_punctuation());
    let names = number.rows.iter().filter_map(|row| row.participant.text());
    // Without invisible marks, and without the `~` of who is in no address book.
    let mut names = names.map(name_key).filter(|name| name.contains(said));
    names
        .next()
        .unwrap_or_else(|| number.phone.e164().to_owned())
}
