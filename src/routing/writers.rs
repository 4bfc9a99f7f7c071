//! Whether an archive was exported from the phone of its device.
//!
//! The owner of a phone writes in most of its chats, so the writers of an archive show whose it is. Belongs
//! here: comparing the writers of each archive with the owners of all devices, and conversations of one phone on
//! two devices. Never here: directions of messages, and mapping rows.
//!
//! Devices that `from` and `until` separate may have been one phone, and never contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use super::colleague;
use super::held::{Held, NamedBy};
use super::owner::Owner;
use super::privacy::Privacy;
use super::subject::{ExportId, Subject};
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::settings::Device;

/// For each archive, by its export, the devices with other archives of its conversation from the same phone.
pub type OtherArchives<'s> = BTreeMap<ExportId, BTreeSet<&'s str>>;

/// The owners of all devices, and facts about all archives.
pub(super) struct Writers<'s> {
    contacts: &'s Contacts,
    devices: &'s [Device],
    /// The owner of each device: inferred from its archives, else as configured.
    owners: BTreeMap<&'s str, Owner>,
    /// The number of one-to-one archives in which an unknown name writes in place of the owner, by device and
    /// name key.
    unknown: BTreeMap<(&'s str, String), u32>,
    /// The number of these names, by device.
    unknown_names: BTreeMap<&'s str, u32>,
    /// The devices that have an archive, by its export; only of archives on several devices.
    copies: BTreeMap<ExportId, BTreeSet<&'s str>>,
    /// The devices with other archives of the conversation of an archive.
    pub(super) others: OtherArchives<'s>,
}

impl<'s> Writers<'s> {
    pub(super) fn new(
        contacts: &'s Contacts,
        devices: &'s [Device],
        subjects: &[Subject<'s>],
        owners: &BTreeMap<&'s str, Owner>,
    ) -> Self {
        let mut all = owners.clone();
        for device in devices {
            let owner = all.entry(device.name.as_str()).or_default();
            if owner.is_unknown() {
                *owner = colleague::configured(contacts, device);
            }
        }
        let mut writers = Writers {
            contacts,
            devices,
            owners: all,
            unknown: BTreeMap::new(),
            unknown_names: BTreeMap::new(),
            copies: BTreeMap::new(),
            others: OtherArchives::new(),
        };
        for subject in subjects {
            let owner = writers.owner_in(subject);
            if let Some(name) = writers.unknown_writer(subject, &owner) {
                let key = (subject.device.name.as_str(), name_key(name));
                *writers.unknown.entry(key).or_default() += 1;
            }
            let devices = writers.copies.entry(subject.export).or_default();
            devices.insert(&subject.device.name);
        }
        writers.copies.retain(|_, devices| devices.len() > 1);
        for (device, _) in writers.unknown.keys() {
            *writers.unknown_names.entry(device).or_default() += 1;
        }
        writers
    }

    fn owner_of(&self, device: &str) -> Option<&Owner> {
        self.owners.get(device)
    }

    /// The owner in an archive whose format does not determine it: the owner of its device, with the names of
    /// the owners of devices that had this phone at another time. They count in a one-to-one archive in which the
    /// present owner does not write: WhatsApp exports all own messages under one name.
    pub(super) fn owner_in(&self, subject: &Subject<'_>) -> Owner {
        let own = self.owner_of(&subject.device.name);
        let mut owner = own.cloned().unwrap_or_default();
        let is_contact_known = subject.participants.len() == 1 || subject.has_title_as_sender();
        if subject.is_group || subject.has_owner(&owner) || !is_contact_known {
            return owner;
        }
        let separated =
            (self.devices.iter()).filter(|device| device.is_separated_from(subject.device));
        for device in separated {
            if let Some(other) = self.owner_of(&device.name)
                && !other.is(subject.title)
                && subject.has_owner(other)
            {
                owner.add(other);
            }
        }
        owner
    }

    /// Whether `name` is the owner's of both devices, one of which had the phone after the other.
    pub(super) fn is_owner_of_both(&self, one: &str, other: &str, name: &str) -> bool {
        let device = |name: &str| self.devices.iter().find(|device| device.name == name);
        let is_of = |device: &str| self.owner_of(device).is_some_and(|owner| owner.is(name));
        match (device(one), device(other)) {
            (Some(a), Some(b)) => a.is_separated_from(b) && is_of(one) && is_of(other),
            _ => false,
        }
    }

    /// Why a one-to-one archive is held because of its writers.
    pub(super) fn held(&self, subject: &Subject<'s>, owner: &Owner) -> Option<Held> {
        if let Some((writer, of)) = self.other_owner(subject, owner) {
            return Some(self.not_of_this_device(subject, writer, of));
        }
        if subject.owner.is_none()
            && let Some(name) = self.unknown_writer(subject, owner)
            && self.is_unknown(subject, owner)
        {
            let key = (subject.device.name.as_str(), name_key(name));
            return Some(Held::UnknownWriter {
                writer: self.shown(name),
                device: subject.device.name.clone(),
                archives: self.unknown.get(&key).copied().unwrap_or(1),
            });
        }
        // The writers of a text export show whose it is, if one of the two owners writes and the other does not.
        let is_of_other = |device: &&str| {
            self.owner_of(device)
                .is_some_and(|other| subject.has_owner(other))
        };
        let is_ours = subject.owner.is_none()
            && subject.has_owner(owner)
            && !self
                .also_on(subject)
                .any(|(device, _)| is_of_other(&device));
        match is_ours {
            true => None,
            false => self.on_two_devices(subject),
        }
    }

    /// Why the archive of a group is held because of its owner.
    pub(super) fn held_group(&self, subject: &Subject<'s>) -> Option<Held> {
        // Lines that only the phone's owner can have.
        if let Some(name) = subject.named_by_notices
            && !self.is_owner_of(subject.device, name)
            && let Some(of) = self.owners_named(subject, name).next()
        {
            return Some(self.not_of_this_device(subject, name, of));
        }
        self.on_two_devices(subject)
    }

    fn is_owner_of(&self, device: &Device, name: &str) -> bool {
        self.owner_of(&device.name)
            .is_some_and(|owner| owner.is(name))
    }

    /// The other devices whose owner has this name and that had their phone at the same time.
    fn owners_named(&self, subject: &Subject<'_>, name: &str) -> impl Iterator<Item = &'s Device> {
        let others = self.devices.iter().filter(|device| {
            device.name != subject.device.name && !device.is_separated_from(subject.device)
        });
        others.filter(move |device| self.is_owner_of(device, name))
    }

    /// The writer of a one-to-one archive who is the owner of another device, if the owner of its own device
    /// does not write, or is the contact. The contact may be another owner: such a chat is an internal one.
    fn other_owner(&self, subject: &Subject<'s>, owner: &Owner) -> Option<(&'s str, &'s Device)> {
        // An owner has no chat with a contact of the same name on the own phone in which a colleague writes.
        let is_contact = owner.is(subject.title);
        if subject.has_owner(owner) && !owner.is_unknown() && !is_contact {
            return None;
        }
        let writers = (subject.participants.iter()).map(|p| p.name.as_ref());
        let writers = writers.filter(|name| !subject.is_title(name));
        writers
            .filter_map(|name| Some((name, self.owners_named(subject, name).next()?)))
            .next()
    }

    /// The one writer of a one-to-one archive who is neither the contact nor an owner.
    fn unknown_writer(&self, subject: &Subject<'s>, owner: &Owner) -> Option<&'s str> {
        let is_pair = !subject.is_group && subject.participants.len() == 2;
        if !is_pair || subject.has_owner(owner) || !subject.has_title_as_sender() {
            return None;
        }
        let names = subject.participants.iter().map(|p| p.name.as_ref());
        let mut others = names.filter(|name| !subject.is_title(name));
        let name = others.next()?;
        let is_number = Phone::parse(name).is_some();
        let is_colleague = self.owners_named(subject, name).next().is_some();
        (!is_number && !is_colleague && others.next().is_none()).then_some(name)
    }

    /// Whether the unknown writer of an archive is a contradiction: to a known owner, or to other unknown
    /// writers on the device. A single unknown writer is the owner.
    fn is_unknown(&self, subject: &Subject<'_>, owner: &Owner) -> bool {
        let names = self.unknown_names.get(subject.device.name.as_str());
        !owner.is_unknown() || names.is_some_and(|names| *names > 1)
    }

    /// The other devices of the same time that have a copy of this archive, then those with another archive of its
    /// conversation, and whether it is a copy.
    fn also_on(&self, subject: &Subject<'_>) -> impl Iterator<Item = (&'s str, bool)> {
        let own = subject.device;
        let is_separated = |name: &str| {
            let mut devices = self.devices.iter().filter(|device| device.name == name);
            devices.any(|device| device.is_separated_from(own))
        };
        let copies = self.copies.get(&subject.export).into_iter().flatten();
        let others = self.others.get(&subject.export).into_iter().flatten();
        let all = copies
            .map(|name| (*name, true))
            .chain(others.map(|name| (*name, false)));
        all.filter(move |(name, _)| *name != own.name && !is_separated(name))
    }

    /// The hold of an archive that another device has too.
    fn on_two_devices(&self, subject: &Subject<'_>) -> Option<Held> {
        let (other, is_copy) = self.also_on(subject).next()?;
        Some(Held::OnTwoDevices {
            device: subject.device.name.clone(),
            other: other.to_owned(),
            is_copy,
        })
    }

    /// A writer's name for output: a private person is not named.
    fn shown(&self, name: &str) -> String {
        match Privacy::new(self.contacts).is_private_name(name) {
            true => "a private person".to_owned(),
            false => name.to_owned(),
        }
    }

    fn not_of_this_device(&self, subject: &Subject<'_>, writer: &str, of: &Device) -> Held {
        let key = name_key(writer);
        let is_configured = of.owner.iter().any(|name| name_key(name) == key);
        let row = self.contacts.line_of_me(&of.name, writer);
        let named_by = match (is_configured, row) {
            (true, _) => NamedBy::Configuration,
            (false, Some(line)) => NamedBy::Row(line),
            (false, None) => NamedBy::Archives,
        };
        Held::NotOfThisDevice {
            writer: self.shown(writer),
            its_device: of.name.clone(),
            device: subject.device.name.clone(),
            named_by,
        }
    }
}
