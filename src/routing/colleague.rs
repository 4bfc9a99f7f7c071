//! The owners of the devices: colleagues of each other, and the other side of internal chats.

use std::collections::BTreeMap;

use super::owner::Owner;
use super::rules::Rules;
use crate::ids::UserId;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::settings::Device;

/// The owner of a device whose number is known: a colleague in the chats of other devices.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// The name of the colleague's device.
    pub device: String,
    /// The keys of the names that the configuration and `me` rows give.
    pub names: Vec<String>,
    /// The first number of the device, from which external ids are derived.
    pub first_phone: Phone,
    /// The present number of the device.
    pub phone: Phone,
    /// All numbers of the device, former ones included.
    pub numbers: Vec<Phone>,
    /// The owner's Close user, `user_…`; `None` if none is configured.
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

/// A name that configuration and `me` rows give to the owners of two devices, whose `from` and `until` do not separate
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedName {
    /// The name that both owners have.
    pub name: String,
    /// The devices, in the order of the configuration.
    pub devices: [String; 2],
}

/// The names that the owners of two devices share, unless `from` and `until` separate the devices:
/// each with the first two of its devices.
pub fn shared_names(contacts: &Contacts, devices: &[Device]) -> Vec<SharedName> {
    let mut of_name: BTreeMap<String, (&str, Vec<&Device>)> = BTreeMap::new();
    for device in devices {
        for name in named(contacts, device) {
            let (_, known) = of_name.entry(name_key(name)).or_insert((name, Vec::new()));
            if !known.iter().any(|one| one.name == device.name) {
                known.push(device);
            }
        }
    }
    let shared = of_name.into_values().filter_map(|(name, devices)| {
        let others = |at: usize| devices[at + 1..].iter().map(move |other| (at, *other));
        let (one, other) = (0..devices.len())
            .flat_map(others)
            .find(|(at, other)| !devices[*at].is_separated_from(other))?;
        Some(SharedName {
            name: name.to_owned(),
            devices: [devices[one].name.clone(), other.name.clone()],
        })
    });
    shared.collect()
}

impl Rules<'_> {
    /// The number of a group participant: from a row of this chat, from the name itself, or from
    /// rows of other chats of the device if they agree; `None` if none of these gives one.
    pub fn number_of(&self, device: &str, chat: &str, name: &str) -> Option<Phone> {
        let row = self.contacts.participant_phone(device, chat, name).cloned();
        row.or_else(|| Phone::parse(name))
            .or_else(|| self.contacts.phone_by_name(device, name).cloned())
    }

    /// The colleague that a participant on `device` is, by number or by the name of the owner of
    /// another device; `None` if the participant is none.
    pub fn colleague(
        &self,
        device: &str,
        name: &str,
        number: Option<&Phone>,
    ) -> Option<&Colleague> {
        let by_number = |colleague: &&Colleague| {
            number.is_some_and(|number| colleague.numbers.contains(number))
        };
        let key = name_key(name);
        let by_name = |colleague: &&Colleague| {
            let inferred = self.owners.get(colleague.device.as_str());
            colleague.device != device
                && number.is_none()
                && (colleague.names.contains(&key) || inferred.is_some_and(|owner| owner.is(name)))
        };
        let all = || self.colleagues.iter();
        all().find(by_number).or_else(|| all().find(by_name))
    }

    /// Whether the owner of `device` has this name, and so has the owner with the number `first`, who had the phone at
    /// another time.
    pub fn had_same_owner(&self, device: &str, first: &Phone, name: &str) -> bool {
        let of_number = |colleague: &&Colleague| colleague.numbers.contains(first);
        let mut others = self.colleagues.iter().filter(of_number);
        others.any(|other| self.writers.is_owner_of_both(device, &other.device, name))
    }

    /// The owners of all devices with a known number.
    pub fn colleagues(&self) -> &[Colleague] {
        &self.colleagues
    }
}
