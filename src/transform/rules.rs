//! The inputs of routing, with what all archives together show: owners, colleagues, numbers, shared names.
//!
//! Belongs here: facts that are computed once per migration and looked up for each archive. Never here: a decision about
//! one archive (`resolve`).

use std::collections::{BTreeMap, BTreeSet};

use super::desired::{Content, Destination};
use super::directions::{is_group, owner_in_archive};
use super::identity;
use super::owner::Owner;
use super::resolved::Numbers;
use super::senders::Colleague;
use super::source::Source;
use super::titles;
use crate::chat::Chat;
use crate::name::name_key;
use crate::people::contacts::{Contacts, Role, Row};
use crate::phone::Phone;
use crate::policy::Policy;
use crate::settings::Device;

/// The inputs of routing: policy, contacts.csv, and facts about all archives.
pub(super) struct Rules<'s> {
    pub(super) policy: &'s Policy,
    pub(super) contacts: &'s Contacts,
    /// Every number of every device, former ones included.
    pub(super) own_numbers: BTreeSet<Phone>,
    pub(super) owners: BTreeMap<&'s str, Owner>,
    colleagues: Vec<Colleague>,
    /// Device and name key of names that several chats of a device have and that contacts.csv does not
    /// distinguish.
    pub(super) undistinguished: BTreeSet<(&'s str, String)>,
    /// The name keys of the groups. The number in a group's row is its anchor's and does not identify a
    /// one-to-one chat.
    groups: BTreeSet<String>,
}

impl<'s> Rules<'s> {
    pub(super) fn new(
        policy: &'s Policy,
        contacts: &'s Contacts,
        devices: &[Device],
        sources: &[Source<'s>],
    ) -> Self {
        let mut by_device: BTreeMap<&'s str, Vec<Source<'s>>> = BTreeMap::new();
        for source in sources {
            by_device
                .entry(&source.device.name)
                .or_default()
                .push(*source);
        }
        let owners: BTreeMap<&'s str, Owner> = by_device
            .into_iter()
            .map(|(name, sources)| (name, owner_of(&sources, contacts)))
            .collect();
        titles::settle(sources, contacts, |source| match owner_in_archive(source) {
            Some(name) => Owner::from_names([name]),
            None => {
                let owner = owners.get(source.device.name.as_str());
                owner.cloned().unwrap_or_default()
            }
        });
        let mut own_numbers = BTreeSet::new();
        for source in sources {
            own_numbers.extend(source.device.local_phone.clone());
            own_numbers.extend(source.device.former_phones.iter().cloned());
            own_numbers.extend(
                contacts
                    .me_for(&source.device.name, source.name())
                    .and_then(|me| me.phone),
            );
        }
        Rules {
            policy,
            contacts,
            own_numbers,
            owners,
            colleagues: colleagues(contacts, devices),
            groups: (sources.iter())
                .filter(|source| is_group(**source))
                .map(|source| name_key(source.name()))
                .collect(),
            undistinguished: sources
                .iter()
                .filter(|source| {
                    let key = contacts.chat_key(&source.device.name, source.opened.chat_name());
                    source.opened.has_shared_title() && key.is_none()
                })
                .map(|source| {
                    let name = name_key(source.title());
                    (source.device.name.as_str(), name)
                })
                .collect(),
        }
    }

    /// The number of a group participant, if known: from a row of this chat, from the name itself, or from
    /// rows of other chats of the device if they agree.
    pub(super) fn number_of(&self, device: &str, chat: &str, name: &str) -> Option<Phone> {
        let row = self.contacts.participant_phone(device, chat, name).cloned();
        row.or_else(|| Phone::parse(name))
            .or_else(|| self.contacts.phone_by_name(device, name).cloned())
    }

    /// The colleague that a participant on `device` is, by number or by the name of the owner of another
    /// device.
    pub(super) fn colleague(
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

    /// The keys of the chats of other devices with `contact`, for all present and former numbers of these
    /// devices.
    pub(super) fn keys_of_colleagues(&self, device: &str, contact: &Phone) -> Vec<Content> {
        let numbers = (self.colleagues.iter())
            .filter(|colleague| colleague.device != device)
            .flat_map(|colleague| &colleague.numbers);
        // A colleague may have another number in one chat.
        let rows = (self.contacts.rows().iter())
            .filter(|row| {
                row.role == Role::Me && row.device.as_deref().is_some_and(|d| d != device)
            })
            .filter_map(|row| row.phone.as_ref());
        let keys: BTreeSet<String> = numbers
            .chain(rows)
            .map(|number| identity::chat_of_pair(number.e164(), contact.e164()))
            .collect();
        keys.into_iter().map(Content::new).collect()
    }

    /// The keys of the chats of the contact or lead of `to` under other numbers, from rows with names other
    /// than `names`.
    pub(super) fn keys_of_other_numbers(
        &self,
        numbers: &Numbers,
        to: &Destination,
        names: &BTreeSet<String>,
    ) -> Vec<Content> {
        let keys: BTreeSet<String> = (self.contacts.rows().iter())
            .filter(|row| row.role == Role::Contact)
            .filter(|row| {
                row.contact_id.as_ref() == Some(&to.contact_id)
                    || row.lead_id.as_ref() == Some(&to.lead_id)
            })
            .filter(|row| row.chat.key().is_none_or(|key| !names.contains(key)))
            .filter(|row| !self.is_of_group(row))
            .filter_map(|row| row.phone.as_ref())
            .filter(|phone| **phone != numbers.other)
            .map(|phone| identity::chat_of_pair(numbers.owner.e164(), phone.e164()))
            .collect();
        keys.into_iter().map(Content::new).collect()
    }

    /// Whether the row maps a group of this run.
    pub(super) fn is_of_group(&self, row: &Row) -> bool {
        row.chat.key().is_some_and(|key| self.groups.contains(key))
    }
}

/// The owners of all devices with a known number.
fn colleagues(contacts: &Contacts, devices: &[Device]) -> Vec<Colleague> {
    let each = devices.iter().filter_map(|device| {
        // The row that applies to every chat: a row for one chat does not apply to groups.
        let me = contacts.me_for(&device.name, "").unwrap_or_default();
        let phone = me.phone.or_else(|| device.local_phone.clone())?;
        let mut numbers = device.former_phones.clone();
        numbers.push(phone.clone());
        let configured = device.owner.iter().map(String::as_str);
        let rows = contacts.me_names(&device.name, "");
        Some(Colleague {
            device: device.name.clone(),
            names: configured.chain(rows).map(name_key).collect(),
            first_phone: numbers.first().unwrap_or(&phone).clone(),
            phone,
            numbers,
            user_id: me.user_id.or_else(|| device.user_id.clone()),
        })
    });
    each.collect()
}

fn owner_of(sources: &[Source<'_>], contacts: &Contacts) -> Owner {
    let device = sources[0].device;
    if !device.owner.is_empty() {
        return Owner::from_names(device.owner.iter().map(String::as_str));
    }
    let mapped: Vec<&str> = sources
        .iter()
        .flat_map(|s| contacts.me_names(&device.name, s.name()))
        .collect();
    if !mapped.is_empty() {
        return Owner::from_names(mapped);
    }
    let chats: Vec<(&str, &Chat<'_>)> = sources.iter().map(|s| (s.title(), s.chat)).collect();
    Owner::infer(&chats)
}
