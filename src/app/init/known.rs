//! Knowledge about a phone from outside its archives: address books, its number, and the zone that the
//! number suggests.
//!
//! A number is filled in if one card of the name has one number, and not otherwise: an ambiguous person is
//! a question for the user. Guesses are marked as guesses.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono_tz::Tz;

use super::found::{Found, OnePhone};
use crate::app::ENCODING_ASSUMED;
use crate::app::{Error, Result};
use crate::name::{before_number, name_key};
use crate::people::address_book::{AddressBook, NumberOfName};
use crate::phone::Phone;
use crate::quantity::count;
use crate::regular_file;

/// The zones of countries that have one, or one in which nearly everybody lives (IANA tz database,
/// zone1970.tab).
const ZONES: &str = include_str!("zones.csv");

/// Knowledge about a phone from the command line.
#[derive(Debug, Default)]
pub(crate) struct Known<'k> {
    /// The address books of the phone.
    pub books: &'k [PathBuf],
    /// The owner's number; `None` if it is not given.
    pub local_phone: Option<&'k Phone>,
    /// The name of the device, if there are several; `None` if it is not given.
    pub device: Option<&'k str>,
}

/// The number of a phone, and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) phone: Phone,
    /// Whether the user gave it; else it is the number of the owner's own card.
    pub(super) is_given: bool,
}

/// Fills in what is known, and returns notes for the user.
///
/// # Errors
///
/// Usage errors: an unsupported address book, a device that is missing or does not exist.
pub(super) fn fill_in(found: &mut Found, known: &Known<'_>) -> Result<Vec<String>> {
    if known.books.is_empty() && known.local_phone.is_none() {
        return Ok(Vec::new());
    }
    let phone = phone_of(found, known.device)?;
    if let Some(given) = known.local_phone {
        phone.own = Some(Own {
            phone: given.clone(),
            is_given: true,
        });
    }
    if known.books.is_empty() {
        return Ok(Vec::new());
    }
    let home = phone.own.as_ref().map(|own| own.phone.clone());
    let book = read(known.books, home.as_ref())?;
    if let (None, Some(owner)) = (&phone.own, &phone.owner)
        && let NumberOfName::One(own) = book.number_of(owner)
    {
        phone.own = Some(Own {
            phone: own,
            is_given: false,
        });
    }
    let is_update = phone.chats.iter().any(|chat| chat.is_there);
    let asked = number_of(phone, &book);
    let mut notes = notes(&book, &asked, is_update, home.is_some());
    if is_update {
        notes.push(
            "Existing rows are not changed; `chatferry match --address-book FILE` fills in missing numbers".to_owned(),
        );
    }
    Ok(notes)
}

/// The results of looking up the chats of a device in an address book.
struct Asked {
    /// Chats without a number.
    asked: u64,
    /// Those that got one.
    filled: u64,
    /// Why others got none, each with the names of the chats.
    questions: [(&'static str, Vec<String>); 3],
}

/// Looks up the number of each new chat.
fn number_of(phone: &mut OnePhone, book: &AddressBook) -> Asked {
    let several: BTreeSet<String> = (phone.chats.iter())
        .filter_map(|chat| before_number(&chat.name).map(name_key))
        .collect();
    let mut asked = Asked {
        asked: 0,
        filled: 0,
        questions: [
            "Not filled in, since the address book has several numbers",
            "Not filled in, since the address book has the number for other people too",
            "Not filled in, since several chats have the name and the address book does not distinguish them",
        ]
        .map(|why| (why, Vec::new())),
    };
    // A row of contacts.csv is never changed, so it is not looked up.
    for chat in phone.chats.iter_mut().filter(|chat| !chat.is_there) {
        if chat.group || chat.phone.is_some() {
            continue;
        }
        asked.asked += 1;
        let why = match book.number_of(&chat.participant) {
            NumberOfName::Unknown => continue,
            NumberOfName::One(_) if several.contains(&name_key(&chat.participant)) => 2,
            NumberOfName::One(number) => {
                chat.phone = Some(number);
                asked.filled += 1;
                continue;
            }
            NumberOfName::Several(_) => 0,
            NumberOfName::Shared(_) => 1,
        };
        asked.questions[why].1.push(chat.name.clone());
    }
    asked
}

/// Notes for the user. `has_country`: the device's number is known.
fn notes(book: &AddressBook, asked: &Asked, is_update: bool, has_country: bool) -> Vec<String> {
    let what = match is_update {
        true => "new chat",
        false => "chat",
    };
    let cards = count(book.cards() as u64, "card");
    let mut notes = vec![match asked.asked {
        0 => format!("{cards} read; every {what} has a number"),
        number => format!(
            "{cards} read; {} of {} got a number from them",
            asked.filled,
            count(number, what)
        ),
    }];
    if book.is_encoding_assumed() {
        notes.push(ENCODING_ASSUMED.to_owned());
    }
    if book.unread() > 0 {
        let hint = match has_country {
            false => {
                "; if the phone's number is known (`--local-phone`, or `local_phone` in an existing configuration), numbers without country code are read as of its country"
            }
            true => "",
        };
        notes.push(format!(
            "{} of the address book could not be parsed{hint}",
            count(book.unread() as u64, "number"),
        ));
    }
    for (why, names) in asked
        .questions
        .iter()
        .filter(|(_, names)| !names.is_empty())
    {
        notes.push(format!("{why}: {}", names.join(", ")));
    }
    notes
}

/// The phone that the flags apply to.
fn phone_of<'f>(found: &'f mut Found, device: Option<&str>) -> Result<&'f mut OnePhone> {
    let names: Vec<String> = (found.phones.iter())
        .filter_map(|phone| phone.device.clone())
        .collect();
    match (device, found.phones.as_mut_slice()) {
        (None, [one]) => Ok(one),
        (None, _) => Err(Error::usage(format!(
            "the device of the address book and number is not known, and one name may be two people on two phones; pass `--device` with one of {}",
            names.join(", ")
        ))),
        (Some(name), phones) => phones
            .iter_mut()
            .find(|phone| phone.device.as_deref() == Some(name))
            .ok_or_else(|| {
                Error::usage(match names.as_slice() {
                    [] => "these archives are of one phone; omit `--device`".to_owned(),
                    names => format!(
                        "these archives have no device \"{name}\"; they have {}",
                        names.join(", ")
                    ),
                })
            }),
    }
}

fn read(files: &[PathBuf], home: Option<&Phone>) -> Result<AddressBook> {
    let mut book = AddressBook::default();
    for file in files {
        let cannot = |what: String| Error::usage(format!("{}: {what}", file.display()));
        let bytes =
            regular_file::read(file).map_err(|error| cannot(format!("cannot be read: {error}")))?;
        book.add(&bytes, home)
            .map_err(|error| cannot(error.to_string()))?;
    }
    Ok(book)
}

/// The zone in which most people with a number of this country live; `None` for countries with several. A
/// guess: people travel with their numbers.
pub(super) fn zone_of(phone: &Phone) -> Option<Tz> {
    let number = phonenumber::parse(None, phone.e164()).ok()?;
    let country = number.country().id()?;
    let country: &str = country.as_ref();
    ZONES
        .lines()
        .filter_map(|line| line.split_once(','))
        .find(|(of, _)| *of == country)?
        .1
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(number: &str) -> Option<&'static str> {
        zone_of(&Phone::parse(number).expect("a number")).map(Tz::name)
    }

    #[test]
    fn a_number_suggests_the_zone_of_its_country_where_that_has_one() {
        assert_eq!(zone("+4915112345678"), Some("Europe/Berlin"));
        assert_eq!(zone("+447911123456"), Some("Europe/London"));
        assert_eq!(zone("+34612345678"), Some("Europe/Madrid"));
        assert_eq!(zone("+12025550123"), None, "the United States have several");
        assert_eq!(zone("+18762101234"), Some("America/Jamaica"));
        assert_eq!(zone("+5511961234567"), None, "so has Brazil");
    }

    #[test]
    fn every_zone_of_the_table_is_one() {
        for line in ZONES.lines().skip(1) {
            let (country, zone) = line.split_once(',').expect("two columns");
            assert_eq!(country.len(), 2, "{line}");
            assert!(zone.parse::<Tz>().is_ok(), "{line}");
        }
    }
}
