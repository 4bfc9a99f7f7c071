//! Which rows of contacts.csv are looked up: not those that are left out, private, or filled in; and their results.

use crate::app::{Error, Result, contacts as read_contacts};
use crate::close::Contact;
use crate::name::name_key;
use crate::people::contacts::{Contacts, ImportChoice, Mapping, Name, Role, Row};
use crate::phone::Phone;
use crate::routing::Privacy;
use crate::settings::{Device, Settings};

/// Whether the participant of a row is left out or private, and so not looked up.
pub(super) fn is_left_out(row: &Row, settings: &Settings, contacts: &Contacts) -> bool {
    Privacy::new(contacts).leaves_out(row, devices(row, settings))
}

/// Whether a contact of Close is on never.txt: by name, or by any number that Close has.
pub(super) fn is_listed(
    contact: &Contact,
    row: &Row,
    settings: &Settings,
    contacts: &Contacts,
) -> bool {
    let numbers = contact.phones.iter();
    let numbers: Vec<Phone> = numbers.filter_map(|phone| Phone::parse(phone)).collect();
    Privacy::new(contacts).is_never_contact(&contact.name, &numbers, devices(row, settings))
}

/// The numbers of the owners: of the devices, and of the `me` rows, which win over them.
pub(super) fn owners_numbers<'a>(
    settings: &'a Settings,
    contacts: &'a Contacts,
) -> impl Iterator<Item = &'a Phone> {
    let devices = settings.devices.iter();
    let of_devices =
        devices.flat_map(|device| device.local_phone.iter().chain(&device.former_phones));
    let of_owners = contacts.rows().iter().filter(|row| row.role == Role::Me);
    of_devices.chain(of_owners.filter_map(|row| row.phone.as_ref()))
}

/// Whether a row without a mark `create` is about the owner of a device: a colleague, who is no contact in Close. By
/// number, and without one by the name of the owner of a device to which the row does not apply.
pub(super) fn is_colleague(row: &Row, settings: &Settings, contacts: &Contacts) -> bool {
    if row.import == Some(ImportChoice::Create) || row.participant.is_any() {
        return false;
    }
    if let Some(phone) = &row.phone {
        return owners_numbers(settings, contacts).any(|own| own.is_same_as(phone));
    }
    let is_others = |device: &&Device| row.device.as_ref().is_some_and(|own| *own != device.name);
    let others = settings.devices.iter().filter(is_others);
    let mut names = others.flat_map(|device| {
        let own = device.owner.iter().map(String::as_str);
        own.chain(contacts.me_names(&device.name, ""))
    });
    names.any(|name| row.participant.is(&name_key(name)))
}

/// The devices that a row applies to.
fn devices<'s>(row: &'s Row, settings: &'s Settings) -> impl Iterator<Item = &'s str> {
    let devices = settings.devices.iter().map(|device| device.name.as_str());
    devices.filter(|device| row.device.as_deref().is_none_or(|own| own == *device))
}

/// Whether the configuration has the user, which a row would override.
pub(super) fn has_user(row: &Row, settings: &Settings) -> bool {
    let mut own = (settings.devices.iter())
        .filter(|device| row.device.as_deref().is_none_or(|own| own == device.name));
    own.any(|device| device.user_id.is_some())
}

/// Whether another row gives lead and contact to the chat already: a more specific one would override what
/// a person has filled in.
pub(super) fn is_filled_in_elsewhere(row: &Row, settings: &Settings, contacts: &Contacts) -> bool {
    let Name::Is { text: chat, .. } = &row.chat else {
        return false;
    };
    let other = name_of(row).unwrap_or(chat);
    let is_whole = |mapping: Option<Mapping>| {
        mapping.is_some_and(|mapping| mapping.lead_id.is_some() && mapping.contact_id.is_some())
    };
    let mut devices = (settings.devices.iter())
        .map(|device| device.name.as_str())
        .filter(|device| row.device.as_deref().is_none_or(|own| own == *device));
    devices.any(|device| is_whole(contacts.contact_for(device, chat, &[other])))
}

/// The participant of a row; a row with `*` is a group's, whose subject is no person's name.
pub(super) fn name_of(row: &Row) -> Option<&str> {
    match &row.participant {
        Name::Is { text, .. } => Some(text),
        Name::Any => None,
    }
}

/// A row, and the contacts in Close of its number, of its other form, and of its name.
pub(super) struct LookedUp<'c> {
    pub(super) row: &'c Row,
    pub(super) phone: Option<Phone>,
    pub(super) contacts: Vec<Contact>,
    /// Where no contact has exactly the number: those that have its other form ([`Phone::twin`]).
    pub(super) other_form: Vec<Contact>,
    /// Those of the name alone.
    pub(super) named: Vec<Contact>,
}

/// A row of contacts.csv, and the cells that the look-up found for it.
pub(crate) struct RowResult {
    /// The row's line in contacts.csv, from 1.
    pub line: u32,
    /// The name of the row's participant; the chat's name in a row with `*`.
    pub name: String,
    /// The cells that it got or would get.
    pub values: Vec<String>,
}

impl RowResult {
    pub(super) fn of(row: &Row, values: Vec<String>) -> RowResult {
        let name = name_of(row).or(row.chat.text()).unwrap_or("*");
        RowResult {
            line: row.line,
            name: name.to_owned(),
            values,
        }
    }
}

/// Checks that contacts.csv contains the same rows as before: they are identified by their lines, and
/// look-ups take time. A table that was sorted meanwhile would get one customer's ids into another one's
/// row.
///
/// # Errors
///
/// A usage error, which names what was not done.
pub(super) fn unchanged(settings: &Settings, contacts: &Contacts, what: &str) -> Result<()> {
    let path = &settings.import.contacts;
    match read_contacts(path)?.rows() == contacts.rows() {
        true => Ok(()),
        false => Err(Error::usage(format!(
            "{}: was changed during the look-ups; {what}: save it, close it, and run match again",
            path.display()
        ))),
    }
}
