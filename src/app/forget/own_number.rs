//! Refuses to erase the owner of a device.
//!
//! Every one-to-one chat of a phone has the number of its owner, so that an erasure of that number would delete all of them.
//! Never here: the numbers of contacts.

use crate::app::error::{Error, Result};
use crate::app::migration::Migration;
use crate::people::contacts::Role;
use crate::phone::Phone;
use crate::settings::Device;

/// Checks that a number is not that of an owner: of a device, now or formerly, or of a `me` row.
///
/// # Errors
///
/// It is the number of an owner.
pub(crate) fn refuse_own_number(migration: &Migration, number: &Phone) -> Result<()> {
    let Some(place) = place_of(migration, number) else {
        return Ok(());
    };
    Err(Error::usage(format!(
        "this is the number of an owner ({place}): `forget` erases a contact and would delete every one-to-one chat of that \
         phone; `undo --device` deletes the messages of a phone"
    )))
}

/// Where the number is configured as that of an owner.
fn place_of(migration: &Migration, number: &Phone) -> Option<String> {
    let is_it = |own: &Phone| own.is_same_as(number);
    let of_device = migration.settings.devices.iter().find_map(|device| {
        let key = match &device.local_phone {
            Some(own) if is_it(own) => "local_phone",
            _ if device.former_phones.iter().any(is_it) => "former_phones",
            _ => return None,
        };
        Some(match device.name.as_str() {
            Device::ALONE => format!("`{key}` in [source]"),
            name => format!("`{key}` of the device {name}"),
        })
    });
    of_device.or_else(|| {
        let mut rows = migration.contacts.rows().iter();
        let row = rows.find(|row| row.role == Role::Me && row.phone.as_ref().is_some_and(is_it))?;
        Some(format!(
            "the row with role me in line {} of contacts.csv",
            row.line
        ))
    })
}
