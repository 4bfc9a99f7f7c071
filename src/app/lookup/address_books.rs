//! The address books of one device: numbers by name.

use std::path::PathBuf;

use crate::app::{Error, Notice, Observer, Result};
use crate::name::{before_number, name_key};
use crate::people::address_book::{AddressBook, NumberOfName};
use crate::people::contacts::{Contacts, Row};
use crate::phone::Phone;
use crate::regular_file;
use crate::settings::Settings;

/// An address book, with the device whose owner's contacts it has.
#[derive(Debug, Default)]
pub(crate) struct Book {
    book: AddressBook,
    device: String,
    /// Whether it is of the only device.
    alone: bool,
}

impl Book {
    /// Reads address books of one device. Without files the book is empty.
    ///
    /// # Errors
    ///
    /// Usage errors: a file that cannot be read or is not supported, a device that is missing or
    /// does not exist.
    pub(crate) fn read(
        files: &[PathBuf],
        device: Option<&str>,
        settings: &Settings,
        observer: &mut dyn Observer,
    ) -> Result<Book> {
        if files.is_empty() {
            return Ok(Book::default());
        }
        let names: Vec<&str> = settings.devices.iter().map(|d| d.name.as_str()).collect();
        let of = match (device, settings.devices.as_slice()) {
            (None, [one]) => one,
            (None, _) => {
                return Err(Error::usage(format!(
                    "the device of the address book is not known, and one name may be two people on two phones; pass `--device` with one of {}",
                    names.join(", ")
                )));
            }
            (Some(name), devices) => devices.iter().find(|d| d.name == name).ok_or_else(|| {
                Error::usage(format!(
                    "no device is named \"{name}\"; the devices are {}",
                    names.join(", ")
                ))
            })?,
        };
        let mut book = AddressBook::default();
        for file in files {
            let cannot = |what: String| Error::usage(format!("{}: {what}", file.display()));
            let bytes = regular_file::read(file)
                .map_err(|error| cannot(format!("cannot be read: {error}")))?;
            book.add(&bytes, of.local_phone.as_ref())
                .map_err(|error| cannot(error.to_string()))?;
        }
        observer.notice(Notice::AddressBook {
            cards: book.cards() as u64,
            is_encoding_assumed: book.is_encoding_assumed(),
            unread: book.unread() as u64,
            has_country: of.local_phone.is_some(),
        });
        Ok(Book {
            book,
            device: of.name.clone(),
            alone: names.len() == 1,
        })
    }

    /// The name of the device whose owner's contacts it has; empty for an empty book.
    pub(crate) fn device(&self) -> &str {
        &self.device
    }

    /// All people with a number, by number, each with the names of its cards.
    pub(crate) fn people(&self) -> Vec<(&Phone, Vec<String>)> {
        let numbers = self.book.numbers().into_iter();
        numbers
            .map(|(phone, names)| (phone, names.into_iter().map(str::to_owned).collect()))
            .collect()
    }

    /// The number of a name, if the row applies to this device.
    pub(super) fn number_of(&self, row: &Row, name: &str, contacts: &Contacts) -> Number {
        let is_its = |row: &Row| match &row.device {
            Some(device) => *device == self.device,
            None => self.alone,
        };
        if !is_its(row) {
            return Number::Unknown;
        }
        // Of several chats of one name an address book does not distinguish the people.
        let key = name_key(name);
        let is_of_several = (contacts.rows().iter())
            .filter(|row| is_its(row))
            .filter_map(|row| before_number(row.chat.text()?))
            .any(|base| name_key(base) == key);
        match self.book.number_of(name) {
            NumberOfName::One(phone) if is_of_several => {
                Number::Question("the address book, for several chats", vec![phone])
            }
            NumberOfName::One(phone) => Number::Is(phone),
            NumberOfName::Several(phones) => match self.book.numbers_of_one_card(name) {
                Some(phones) if !is_of_several => Number::OneOf(phones),
                _ => Number::Question("the address book", phones),
            },
            NumberOfName::Shared(phone) => {
                Number::Question("the address book, for several people", vec![phone])
            }
            NumberOfName::Unknown => Number::Unknown,
        }
    }
}

/// The result of looking up a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// The number.
    Is(Phone),
    /// One of the numbers of a card.
    OneOf(Vec<Phone>),
    /// Several candidates, and why a person has to decide.
    Question(&'static str, Vec<Phone>),
    /// No number is known.
    Unknown,
}
