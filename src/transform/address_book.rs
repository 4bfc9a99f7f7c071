//! Address books: whose number is whose, on one phone.
//!
//! For: an export shows who is in the phone's address book by name alone, and Close is searched by
//! number. Three forms are read: vCards (2.1, 3.0, 4.0), Google Contacts as CSV, Outlook as CSV. It
//! must never choose between two: one first name is two people on two phones, and one card may have
//! three numbers.

use std::collections::{BTreeMap, BTreeSet};

use calcard::vcard::{VCardEntry, VCardProperty, VCardValue};

use super::names::name_key;
use super::phone::Phone;

/// The people of one phone's address book, by the keys of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressBook {
    /// The numbers of each card of a name, and whether it has one that cannot be understood.
    people: BTreeMap<String, Vec<(BTreeSet<Phone>, bool)>>,
    cards: usize,
    unread: usize,
}

/// Why a file is no address book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOne {
    /// Neither cards nor columns that are known.
    #[error(
        "is no address book that can be read; export it as vCard (.vcf), or as CSV from Google Contacts or Outlook"
    )]
    Unknown,
    /// Text in some other encoding.
    #[error("is not UTF-8; export it again as UTF-8, or as vCard")]
    Encoding,
}

/// What an address book says of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// One person with one number.
    One(Phone),
    /// One person with several numbers, or several people: for a person to decide.
    Several(Vec<Phone>),
    /// Nobody of that name, or nobody with a number.
    Nobody,
}

impl AddressBook {
    /// Adds the people of a file. `home` is the number of the phone's owner: numbers without a
    /// country are of its country.
    ///
    /// # Errors
    ///
    /// [`NotOne`]; nothing is added then.
    pub fn add(&mut self, bytes: &[u8], home: Option<&Phone>) -> Result<(), NotOne> {
        let text = std::str::from_utf8(bytes).map_err(|_| NotOne::Encoding)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let is_vcard = text
            .trim_start()
            .get(..11)
            .is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCARD"));
        let cards = match is_vcard {
            true => vcards(text),
            false => rows(text).ok_or(NotOne::Unknown)?,
        };
        for card in cards {
            self.cards += 1;
            let mut unread = 0;
            let numbers: BTreeSet<Phone> = (card.numbers.iter())
                .filter_map(|number| {
                    let phone = Phone::parse_near(number, home);
                    unread += usize::from(phone.is_none());
                    phone
                })
                .collect();
            self.unread += unread;
            let names: BTreeSet<String> = card.names.iter().map(|name| name_key(name)).collect();
            for name in names.into_iter().filter(|name| !name.is_empty()) {
                self.people
                    .entry(name)
                    .or_default()
                    .push((numbers.clone(), unread > 0));
            }
        }
        Ok(())
    }

    /// Whose number it is. A card that is there twice is one person.
    pub fn ask(&self, name: &str) -> Answer {
        let cards = self
            .people
            .get(&name_key(name))
            .map_or(&[][..], Vec::as_slice);
        let numbers: BTreeSet<&Phone> = cards.iter().flat_map(|(own, _)| own).collect();
        let mut numbers = numbers.into_iter().cloned();
        match (numbers.next(), numbers.len()) {
            (None, _) => Answer::Nobody,
            // A namesake without a number may be the one who is meant, and a number that cannot be
            // understood the one that WhatsApp has.
            (Some(one), 0) if cards.iter().all(|(own, unread)| !own.is_empty() && !unread) => {
                Answer::One(one)
            }
            (Some(one), _) => Answer::Several(std::iter::once(one).chain(numbers).collect()),
        }
    }

    /// Every number with the names that it stands under, by number.
    pub fn numbers(&self) -> BTreeMap<&Phone, BTreeSet<&str>> {
        let mut numbers: BTreeMap<&Phone, BTreeSet<&str>> = BTreeMap::new();
        for (name, cards) in &self.people {
            for number in cards.iter().flat_map(|(own, _)| own) {
                numbers.entry(number).or_default().insert(name);
            }
        }
        numbers
    }

    /// How many cards were read.
    pub fn cards(&self) -> usize {
        self.cards
    }

    /// How many numbers could not be understood: without a country, or none at all.
    pub fn unread(&self) -> usize {
        self.unread
    }
}

/// One person as a file has it.
#[derive(Debug, Default)]
struct Card {
    /// As a phone may show it.
    names: Vec<String>,
    numbers: Vec<String>,
}

fn vcards(text: &str) -> Vec<Card> {
    let mut parser = calcard::Parser::new(text);
    let mut cards = Vec::new();
    loop {
        let card = match parser.entry() {
            calcard::Entry::VCard(card) => card,
            calcard::Entry::Eof => return cards,
            _ => continue,
        };
        let mut new = Card::default();
        for entry in &card.entries {
            let texts: Vec<&str> = (entry.values.iter())
                .flat_map(|value| match value {
                    VCardValue::Text(text) => vec![text.as_str()],
                    VCardValue::Component(parts) => parts.iter().map(String::as_str).collect(),
                    _ => Vec::new(),
                })
                .collect();
            match entry.name {
                VCardProperty::Fn => new.names.extend(texts.iter().map(|&name| name.to_owned())),
                // Family name, given name, and what stands around them.
                VCardProperty::N => {
                    let part = |place: usize| texts.get(place).copied().unwrap_or_default();
                    new.names.push(format!("{} {}", part(1), part(0)));
                }
                VCardProperty::Tel if !is_machine(entry) => {
                    let numbers = texts.iter().map(|&text| {
                        let text = text.strip_prefix("tel:").unwrap_or(text);
                        // An extension is no part of a number that WhatsApp has.
                        text.split(';').next().unwrap_or_default().to_owned()
                    });
                    new.numbers.extend(numbers);
                }
                _ => {}
            }
        }
        cards.push(new);
    }
}

/// True for a number that nobody has WhatsApp on: a fax, a pager.
fn is_machine(entry: &VCardEntry) -> bool {
    let types = entry
        .params
        .iter()
        .map(|param| format!("{param:?}").to_lowercase());
    let mut types = types.filter(|of| of.contains("fax") || of.contains("pager"));
    types.next().is_some()
}

/// The rows of a CSV of Google Contacts or of Outlook, by their columns' names; `None` where there
/// are no such columns.
fn rows(text: &str) -> Option<Vec<Card>> {
    let head = text.lines().next()?;
    let delimiter = [b';', b'\t']
        .into_iter()
        .find(|mark| head.bytes().filter(|byte| byte == mark).count() > 1)
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers: Vec<String> = (reader.headers().ok()?.iter())
        .map(|head| head.trim().to_lowercase())
        .collect();
    let column = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| headers.iter().position(|head| head == name))
    };
    let whole = column(&["name", "full name", "display name"]);
    let given = column(&["first name", "given name"]);
    let middle = column(&["middle name", "additional name"]);
    let family = column(&["last name", "family name"]);
    let is_number = |head: &str| {
        (head.starts_with("phone ") && head.ends_with("value"))
            || (head.ends_with(" phone") && !head.starts_with("assistant"))
            || head.starts_with("home phone")
            || head.starts_with("business phone")
            || matches!(head, "phone" | "mobile" | "mobile number" | "phone number")
    };
    let numbers: Vec<usize> = (0..headers.len())
        .filter(|place| is_number(&headers[*place]))
        .collect();
    if numbers.is_empty() || (whole.is_none() && given.is_none() && family.is_none()) {
        return None;
    }
    let mut cards = Vec::new();
    for record in reader.records().map_while(Result::ok) {
        let cell = |place: Option<usize>| place.and_then(|at| record.get(at)).unwrap_or_default();
        let names = [
            cell(whole).to_owned(),
            format!("{} {}", cell(given), cell(family)),
            format!("{} {} {}", cell(given), cell(middle), cell(family)),
        ];
        // Google puts several numbers of one kind into one cell.
        let numbers = numbers
            .iter()
            .flat_map(|place| cell(Some(*place)).split(":::"))
            .map(|number| number.trim().to_owned())
            .filter(|number| !number.is_empty());
        cards.push(Card {
            names: names.into(),
            numbers: numbers.collect(),
        });
    }
    Some(cards)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> Phone {
        Phone::parse(text).unwrap()
    }

    fn book(text: &str) -> AddressBook {
        let mut book = AddressBook::default();
        book.add(text.as_bytes(), Some(&phone("+4915112345678")))
            .unwrap();
        book
    }

    #[test]
    fn cards_of_three_versions_are_read() {
        let text = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Marsh;Cleo;;;\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Cl=C3=A9o Mar=\r\nsh\r\nTEL;CELL:0151 2345679\r\nEND:VCARD\r\n\
                    BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ben Coo\r\n per\r\nitem1.TEL;type=CELL:+353 86 123 4501\r\nitem1.X-ABLabel:x\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n\
                    BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Dora\\, Dr. Quist\r\nTEL;VALUE=uri:tel:+44-7700-900123;ext=5\r\nTEL:+44 7700 900124\r\nEND:VCARD\r\n";
        let book = book(text);
        assert_eq!(book.cards(), 3);
        assert_eq!(book.ask("Cléo Marsh"), Answer::One(phone("+491512345679")));
        // As an iPhone puts the name together.
        assert_eq!(book.ask("Cleo Marsh"), Answer::One(phone("+491512345679")));
        assert_eq!(
            book.ask("~ Ben\u{a0}Cooper"),
            Answer::One(phone("+353861234501"))
        );
        assert_eq!(
            book.ask("Dora, Dr. Quist"),
            Answer::Several(vec![phone("+447700900123"), phone("+447700900124")])
        );
        assert_eq!(book.ask("Nobody"), Answer::Nobody);
    }

    #[test]
    fn tables_of_google_and_outlook_are_read() {
        let google = "First Name,Middle Name,Last Name,Labels,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value\n\
                      Ben,,Cooper,,Mobile,+353 86 123 4501 ::: 0030 1,\nCleo,M.,Marsh,,,030 123456,\n";
        let first = book(google);
        // The second one, which cannot be understood, may be the one that WhatsApp has.
        assert_eq!(
            first.ask("Ben Cooper"),
            Answer::Several(vec![phone("+353861234501")])
        );
        assert_eq!(
            first.ask("Cleo M. Marsh"),
            Answer::One(phone("+4930123456"))
        );
        assert_eq!(first.unread(), 1);
        let outlook = "\u{feff}First Name;Last Name;Company;Business Phone;Mobile Phone\r\nBen;Cooper;X;;+353861234501\r\n";
        assert_eq!(
            book(outlook).ask("Ben Cooper"),
            Answer::One(phone("+353861234501"))
        );
    }

    #[test]
    fn nobody_is_chosen_among_several() {
        let text = "Name,Phone\nSam,+353861234501\nSam,+353861234502\nAnn,+353861234503\nAnn,+353 86 1234503\nEve,+353861234504\nEve,\n";
        let book = book(text);
        assert!(matches!(book.ask("Sam"), Answer::Several(numbers) if numbers.len() == 2));
        assert_eq!(book.ask("Ann"), Answer::One(phone("+353861234503")));
        assert!(matches!(book.ask("Eve"), Answer::Several(numbers) if numbers.len() == 1));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "chat,participant\na,b\n",
            "just some text",
            "Name,Mail\na,b\n",
        ] {
            let added = AddressBook::default().add(text.as_bytes(), None);
            assert_eq!(added, Err(NotOne::Unknown), "{text}");
        }
        assert_eq!(
            AddressBook::default().add(&[0xff, 0xfe], None),
            Err(NotOne::Encoding)
        );
    }
}
