//! The results for the rows of `contacts.csv`: cells to fill in, candidates, and counts.

use std::collections::HashMap;

use super::address_books::{Book, Number};
use super::candidates::{Candidate, Why};
use super::missing::{Fate, Missing};
use super::rows::{LookedUp, name_of, owners_numbers};
use crate::close::{Contact, User};
use crate::name::name_key;
use crate::people::contacts::{Cell, Contacts, Name, Row};
use crate::phone::Phone;
use crate::routing::Privacy;
use crate::settings::{Device, Settings};

/// Counts of rows by result.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Numbers {
    /// Rows that were filled in.
    pub filled: u64,
    /// Rows that got a number from the address book.
    pub phones: u64,
    /// Rows that a person has to decide about.
    pub questions: u64,
    /// Rows whose person is not in Close.
    pub not_found: u64,
    /// Rows of owners and of groups that nothing was found for.
    pub open: u64,
    /// Rows that were filled in before.
    pub complete: u64,
    /// Rows that are not looked up: not imported, or private.
    pub left_out: u64,
    /// Marked rows for which a lead was created; they are filled in.
    pub created: u64,
    /// Rows that are marked and whose lead could not be created.
    pub failed: u64,
    /// Rows whose numbers were added to their contacts in Close.
    pub added: u64,
    /// Rows whose numbers could not be added.
    pub not_added: u64,
}

/// A contact proved to be on never.txt, or private.
pub(super) struct Listed;

/// What is known of the number of a row.
pub(super) enum RowNumber {
    /// Its own, or the only one of the address book.
    Is(Phone),
    /// One of the numbers of a card: Close may have one of them alone.
    OneOf(Vec<Phone>),
    /// None, or a person has to decide.
    Unknown,
}

/// All results.
#[derive(Default)]
pub(super) struct Results {
    pub(super) cells: Vec<Cell>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) numbers: Numbers,
    /// What marked rows would get, by line.
    pub(super) to_make: HashMap<u32, &'static str>,
    /// Lines of rows that a person has to decide about.
    pub(super) questions: Vec<u32>,
    /// Lines of rows whose person is not in Close.
    pub(super) not_found: Vec<u32>,
    /// The active users, if none of them fits a row.
    pub(super) users: Vec<User>,
}

impl Results {
    /// The number of a row: its own, or that of the address book.
    ///
    /// # Errors
    ///
    /// One of the numbers is on never.txt, or private: no further look-up.
    pub(super) fn phone(
        &mut self,
        row: &Row,
        book: &Book,
        contacts: &Contacts,
    ) -> Result<RowNumber, Listed> {
        if let Some(phone) = &row.phone {
            return Ok(RowNumber::Is(phone.clone()));
        }
        let Some(name) = name_of(row) else {
            return Ok(RowNumber::Unknown);
        };
        let is_listed = |phone: &Phone| Privacy::new(contacts).is_private_number(phone);
        let phone = match book.number_of(row, name, contacts) {
            Number::Is(phone) if is_listed(&phone) => return Err(Listed),
            Number::Question(_, phones) | Number::OneOf(phones) if phones.iter().any(is_listed) => {
                return Err(Listed);
            }
            Number::Is(phone) => phone,
            Number::Question(why, phones) => {
                let shown = phones.iter();
                let shown = shown.map(|phone| Candidate::of_phone(row, why, phone));
                self.candidates.extend(shown);
                return Ok(RowNumber::Unknown);
            }
            Number::OneOf(phones) => return Ok(RowNumber::OneOf(phones)),
            Number::Unknown => return Ok(RowNumber::Unknown),
        };
        self.set_phone(row, &phone);
        Ok(RowNumber::Is(phone))
    }

    /// Fills in the number of a colleague's row without one, if the address book has an owner's number for the name: with it
    /// the chat is one between the own phones.
    pub(super) fn number_of_colleague(
        &mut self,
        row: &Row,
        book: &Book,
        (settings, contacts): (&Settings, &Contacts),
    ) {
        let (None, Some(name)) = (&row.phone, name_of(row)) else {
            return;
        };
        if let Number::Is(phone) = book.number_of(row, name, contacts)
            && owners_numbers(settings, contacts).any(|own| own.is_same_as(&phone))
        {
            self.set_phone(row, &phone);
        }
    }

    /// Fills in the number of a row.
    pub(super) fn set_phone(&mut self, row: &Row, phone: &Phone) {
        self.cells.push(Cell {
            line: row.line,
            column: "phone",
            value: phone.e164().to_owned(),
        });
        self.numbers.phones += 1;
    }

    /// Adds the numbers of a card as candidates.
    pub(super) fn numbers_of_card(&mut self, row: &Row, phones: &[Phone]) {
        let shown = phones.iter();
        let shown = shown.map(|phone| Candidate::of_phone(row, "the address book", phone));
        self.candidates.extend(shown);
    }

    /// Determines the result of a row.
    pub(super) fn decide(&mut self, asked: &LookedUp<'_>, missing: &Missing) {
        let LookedUp {
            row,
            phone,
            contacts,
            other_form,
            named,
        } = asked;
        match missing.fate(row, phone.as_ref()) {
            Fate::Contacts(contacts) => self.contact(row, contacts, &[], &[]),
            Fate::WouldBeMade => {
                let lead = match named.is_empty() {
                    true => "a new lead",
                    false => "a new lead (Close has a contact of that name, without the number)",
                };
                self.to_make.insert(row.line, lead);
                self.numbers.filled += 1;
            }
            Fate::Failed => self.numbers.failed += 1,
            Fate::Question => {
                self.ask(row);
                self.add(row, Why::OtherForm, other_form);
                self.add(row, Why::SameName, named);
            }
            Fate::Nothing if row.chat.is_any() => {}
            Fate::Nothing => self.contact(row, contacts, other_form, named),
        }
    }

    fn contact(
        &mut self,
        row: &Row,
        with_number: &[Contact],
        other_form: &[Contact],
        named: &[Contact],
    ) {
        if let [one] = with_number
            && let Some(lead) = &one.lead_id
        {
            let mut set = |column, value: &str| {
                self.cells.push(Cell {
                    line: row.line,
                    column,
                    value: value.to_owned(),
                });
            };
            set("lead_id", lead.as_str());
            set("contact_id", one.id.as_str());
            self.numbers.filled += 1;
            return;
        }
        self.question(row, with_number, other_form, named);
    }

    /// Discards the number that the address book gave to a row.
    pub(super) fn take_back(&mut self, row: &Row) {
        let before = self.cells.len();
        self.cells.retain(|cell| cell.line != row.line);
        self.numbers.phones -= (before - self.cells.len()) as u64;
        self.candidates.retain(|known| !known.is_of(row));
    }

    /// Adds the candidates of a row, for a person to decide.
    pub(super) fn question(
        &mut self,
        row: &Row,
        with_number: &[Contact],
        other_form: &[Contact],
        named: &[Contact],
    ) {
        // Where a contact has exactly the number, the others are none.
        let shown = match with_number {
            [] => [
                (Why::SameNumber, with_number),
                (Why::OtherForm, other_form),
                (Why::SameName, named),
            ],
            several => [
                (Why::SameNumber, several),
                (Why::OtherForm, &[]),
                (Why::SameName, &[]),
            ],
        };
        let contacts: usize = shown.iter().map(|(_, contacts)| contacts.len()).sum();
        match contacts {
            0 if self.candidates.iter().any(|known| known.is_of(row)) => self.ask(row),
            // A group is no person, unless its anchor is filled in.
            0 if row.participant.is_any() && row.phone.is_none() => self.numbers.open += 1,
            0 => {
                self.numbers.not_found += 1;
                self.not_found.push(row.line);
            }
            _ => {
                self.ask(row);
                for (why, contacts) in shown {
                    self.add(row, why, contacts);
                }
            }
        }
    }

    /// Adds contacts as candidates of a row.
    fn add(&mut self, row: &Row, why: Why, contacts: &[Contact]) {
        let contacts = contacts.iter();
        self.candidates
            .extend(contacts.map(|contact| Candidate::of(row, why, contact)));
    }

    /// Counts a row that a person has to decide about.
    fn ask(&mut self, row: &Row) {
        self.numbers.questions += 1;
        self.questions.push(row.line);
    }

    pub(super) fn user(&mut self, row: &Row, settings: &Settings, users: &[User]) {
        let is_its = |device: &&Device| {
            (row.device.as_deref()).is_none_or(|own| own == device.name.as_str())
        };
        let owners = (settings.devices.iter())
            .filter(is_its)
            .flat_map(|device| &device.owner)
            .map(String::as_str);
        let own = match &row.participant {
            Name::Is { text, .. } => Some(text.as_str()),
            Name::Any => None,
        };
        // The name of a row that several phones share is not a person's.
        let names: Vec<String> = match own {
            Some(name) => vec![name_key(name).to_lowercase()],
            None if settings.devices.iter().filter(is_its).count() == 1 => {
                owners.map(|name| name_key(name).to_lowercase()).collect()
            }
            None => Vec::new(),
        };
        let is_named = |user: &&User| {
            let full = name_key(&user.name()).to_lowercase();
            let mail = user.email.to_lowercase();
            names.iter().any(|name| *name == full || *name == mail)
        };
        let fitting: Vec<&User> = users.iter().filter(is_named).collect();
        match fitting.as_slice() {
            [one] => {
                self.cells.push(Cell {
                    line: row.line,
                    column: "user_id",
                    value: one.id.to_string(),
                });
                self.numbers.filled += 1;
            }
            [] => {
                self.numbers.open += 1;
                self.users = users.to_vec();
            }
            several => {
                self.ask(row);
                self.candidates
                    .extend(several.iter().map(|user| Candidate::of_user(row, user)));
            }
        }
    }
}
