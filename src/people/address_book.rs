//! Address books: the numbers of one phone's contacts, by name.
//!
//! Exports show contacts by name, and Close is searched by number. Three formats are read: vCards (2.1,
//! 3.0, 4.0), Google Contacts as CSV, Outlook as CSV.
//!
//! Cards of equal names and numbers are one person. It never chooses between several people or several
//! numbers: a person decides.

mod cards;
mod table;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use crate::name::name_key;
use crate::phone::Phone;

/// The contacts of one phone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressBook {
    people: Vec<Person>,
    /// Indexes of the cards with a name, by the name's key.
    by_name: BTreeMap<String, Vec<usize>>,
    /// Indexes of the cards with a number.
    by_number: BTreeMap<Phone, Vec<usize>>,
    unread: usize,
    is_encoding_assumed: bool,
}

/// The contents of one card.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Person {
    /// The keys of its names.
    names: BTreeSet<String>,
    numbers: BTreeSet<Phone>,
    /// Whether it has a number that could not be parsed.
    is_unread: bool,
}

/// Why a file is not a usable address book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// Neither vCards nor known columns.
    #[error(
        "is not a supported address book; export it as vCard (.vcf), or as CSV from Google Contacts or Outlook"
    )]
    Unknown,
    /// Not in a supported encoding.
    #[error("is neither UTF-8 nor UTF-16 nor Windows-1252; export it again as UTF-8, or as vCard")]
    Encoding,
    /// A quoted cell whose end is not at the end of the cell: contacts after it would be missing, so that a
    /// namesake would be mistaken for the only one.
    #[error(
        "line {line}: a quoted cell is not closed at its end; correct that line, or export the file again"
    )]
    Quote {
        /// The line of the quotation mark, from 1.
        line: u32,
    },
    /// A card without end or that cannot be read; refused for the same reason.
    #[error("line {line}: the vCard is incomplete; correct it, or export the file again")]
    Card {
        /// The first line of the card, from 1.
        line: u32,
    },
}

/// The result of looking up a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberOfName {
    /// One person with one number.
    One(Phone),
    /// One person with several numbers, or several people: a person has to decide.
    Several(Vec<Phone>),
    /// One number that people of other names have too, such as a company's or a household's.
    Shared(Phone),
    /// No person of this name, or none with a number.
    Unknown,
}

impl AddressBook {
    /// Adds the contacts of a file. `home` is the number of the phone's owner: numbers without country code
    /// are read as of its country.
    ///
    /// # Errors
    ///
    /// [`BookError`]; nothing is added then.
    pub fn add(&mut self, bytes: &[u8], home: Option<&Phone>) -> Result<(), BookError> {
        let (text, is_encoding_assumed) = text::decode(bytes)?;
        let cards = match cards::is_vcard(&text) {
            true => cards::read(&text)?,
            false => table::read(&text)?,
        };
        self.is_encoding_assumed |= is_encoding_assumed;
        for card in cards {
            let read = |number: &String| Phone::parse_near(number, home);
            let numbers: BTreeSet<Phone> = card.numbers.iter().filter_map(read).collect();
            let unread = card.numbers.iter().filter(|number| read(number).is_none());
            let unread = unread.count();
            self.unread += unread;
            let names = card.names.iter().map(|name| name_key(name));
            let person = Person {
                names: names.filter(|name| !name.is_empty()).collect(),
                numbers,
                is_unread: unread > 0,
            };
            let index = self.people.len();
            for name in &person.names {
                self.by_name.entry(name.clone()).or_default().push(index);
            }
            for number in &person.numbers {
                let of_number = self.by_number.entry(number.clone()).or_default();
                of_number.push(index);
            }
            self.people.push(person);
        }
        Ok(())
    }

    /// Looks up the number of a name, in any spelling with the same name key. Equal cards count as
    /// one person.
    pub fn number_of(&self, name: &str) -> NumberOfName {
        let indexes = self.by_name.get(&name_key(name));
        let people: Vec<&Person> = (indexes.into_iter().flatten())
            .filter_map(|index| self.people.get(*index))
            .collect();
        let numbers: BTreeSet<&Phone> = people.iter().flat_map(|one| &one.numbers).collect();
        let mut numbers = numbers.into_iter().cloned();
        match (numbers.next(), numbers.len()) {
            (None, _) => NumberOfName::Unknown,
            // A namesake without a number may be the person in question, and a number that could not be
            // parsed may be the one on WhatsApp.
            (Some(one), 0)
                if people
                    .iter()
                    .all(|of| !of.numbers.is_empty() && !of.is_unread) =>
            {
                match self.is_shared(&one, &people) {
                    true => NumberOfName::Shared(one),
                    false => NumberOfName::One(one),
                }
            }
            (Some(one), _) => NumberOfName::Several(std::iter::once(one).chain(numbers).collect()),
        }
    }

    /// The numbers of a name that one card alone has, where it has several and no other person has
    /// one of them; else `None`. Close may have one of them alone.
    pub fn numbers_of_one_card(&self, name: &str) -> Option<Vec<Phone>> {
        let [index] = self.by_name.get(&name_key(name))?.as_slice() else {
            return None;
        };
        let card = self.people.get(*index)?;
        let is_shared = |number: &Phone| self.is_shared(number, &[card]);
        let is_one = card.numbers.len() > 1 && !card.is_unread;
        (is_one && !card.numbers.iter().any(is_shared))
            .then(|| card.numbers.iter().cloned().collect())
    }

    /// Whether the number is also on a card with other names.
    fn is_shared(&self, number: &Phone, people: &[&Person]) -> bool {
        let indexes = self.by_number.get(number);
        (indexes.into_iter().flatten())
            .filter_map(|index| self.people.get(*index))
            .any(|other| people.iter().all(|one| one.names.is_disjoint(&other.names)))
    }

    /// Every number with the names of its cards.
    pub fn numbers(&self) -> BTreeMap<&Phone, BTreeSet<&str>> {
        let mut numbers: BTreeMap<&Phone, BTreeSet<&str>> = BTreeMap::new();
        for (number, indexes) in &self.by_number {
            let people = indexes.iter().filter_map(|index| self.people.get(*index));
            let names = people.flat_map(|one| &one.names).map(String::as_str);
            let names: BTreeSet<&str> = names.collect();
            if !names.is_empty() {
                numbers.insert(number, names);
            }
        }
        numbers
    }

    /// The number of cards that were read.
    pub fn cards(&self) -> usize {
        self.people.len()
    }

    /// The number of telephone numbers that could not be parsed: without country, or not numbers.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// Whether the encoding of a file was not declared and Windows-1252 was assumed.
    pub fn is_encoding_assumed(&self) -> bool {
        self.is_encoding_assumed
    }
}

/// A card as a file contains it.
#[derive(Debug, Default)]
struct Card {
    /// The forms in which a phone may display the name.
    names: Vec<String>,
    numbers: Vec<String>,
}

/// Labels of numbers that no person uses for WhatsApp: a fax, a pager, a switchboard or an assistant, in
/// the languages of `words.csv`.
const MACHINE_LABELS: [&str; 25] = [
    "fax",
    "télécopie",
    "telecopie",
    "pager",
    "beeper",
    "récepteur",
    "localizador",
    "buscapersonas",
    "cercapersone",
    "semafoon",
    "isdn",
    "rnis",
    "rdsi",
    "telex",
    "télex",
    "tty",
    "tdd",
    "teletex",
    "texttelefon",
    "radio",
    "modem",
    "callback",
    "assist",
    "company main",
    "company_main",
];

/// Whether a label or header is one of these.
fn is_machine(label: &str) -> bool {
    let label = label.to_lowercase();
    MACHINE_LABELS.iter().any(|word| label.contains(word))
}
