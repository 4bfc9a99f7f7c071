//! The owners of the devices: colleagues of each other, and the other side of internal chats.

use super::owner::Owner;
use crate::ids::UserId;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::settings::Device;

/// The owner of a device with a known number.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// The device.
    pub device: String,
    /// The keys of the names that the configuration and `me` rows give.
    pub names: Vec<String>,
    /// The first number of the device, from which ids are derived.
    pub first_phone: Phone,
    /// The present number.
    pub phone: Phone,
    /// All numbers.
    pub numbers: Vec<Phone>,
    /// The owner's Close user.
    pub user_id: Option<UserId>,
}

/// The owners of all devices with a known number.
pub(super) fn of_devices(contacts: &Contacts, devices: &[Device]) -> Vec<Colleague> {
    let each = devices.iter().filter_map(|device| {
        // The row that applies to every chat: a row for one chat does not apply to groups.
        let me = contacts.me_for(&device.name, "").unwrap_or_default();
        let phone = me.phone.or_else(|| device.local_phone.clone())?;
        let mut numbers = device.former_phones.clone();
        numbers.push(phone.clone());
        Some(Colleague {
            device: device.name.clone(),
            names: named(contacts, device).map(name_key).collect(),
            first_phone: numbers.first().unwrap_or(&phone).clone(),
            phone,
            numbers,
            user_id: me.user_id.or_else(|| device.user_id.clone()),
        })
    });
    each.collect()
}

/// The names that the configuration and `me` rows give to the owner of a device.
fn named<'d>(contacts: &'d Contacts, device: &'d Device) -> impl Iterator<Item = &'d str> {
    let configured = device.owner.iter().map(String::as_str);
    configured.chain(contacts.me_names(&device.name, ""))
}

/// The owner of a device as configured, without inference.
pub(super) fn configured(contacts: &Contacts, device: &Device) -> Owner {
    Owner::from_names(named(contacts, device))
}
