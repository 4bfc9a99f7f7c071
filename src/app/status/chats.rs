//! The chats of contacts.csv by state.

use std::collections::BTreeMap;

use crate::checkpoint::{self, RunRow, Snapshot};
use crate::ids::ContactId;
use crate::name::name_key;
use crate::people::contacts::{Contacts, ImportChoice, Mapping, Name, Role, Row};
use crate::phone::Phone;
use crate::policy::Groups;
use crate::settings::{Device, Settings};
use crate::survey;
use crate::transform::identity;

/// Counts of the chats of contacts.csv by state, and of those in Close.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Chats {
    /// Lead, contact and both numbers are set, and the last run did not hold it.
    pub ready: u64,
    /// The last run held it although lead, contact and both numbers are set.
    pub held: u64,
    /// Ready chats without a message in Close.
    pub waiting: u64,
    /// A value is missing.
    pub to_decide: u64,
    /// `import` is `no`; or both numbers are owners'.
    pub excluded: u64,
    /// `import` is `private`, or never.txt names them.
    pub private: u64,
    /// Some of its messages are in Close.
    pub done: u64,
}

impl Chats {
    /// Moves the chats that a run held from ready to held.
    pub(super) fn hold(&mut self, run: &RunRow) {
        let of_run = |name: &str| run.counts.get(name).copied().unwrap_or(0);
        let waiting = of_run("held_chats_waiting");
        self.held = (waiting + of_run("held_chats_recorded")).min(self.ready);
        self.ready -= self.held;
        self.waiting = self.waiting.saturating_sub(waiting).min(self.ready);
    }
}

/// The state of one chat, as far as the files determine it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Private,
    Excluded,
    /// The chat's key and the contact.
    Ready(String, ContactId),
    ToDecide,
}

/// Counts each chat that a row names, on each device that the row applies to.
pub(super) fn count(
    settings: &Settings,
    contacts: &Contacts,
    snapshot: Option<&Snapshot>,
    done: u64,
) -> Result<Chats, checkpoint::Error> {
    let mut chats = Chats {
        done,
        ..Chats::default()
    };
    let mut named: BTreeMap<(Option<&str>, &str), &str> = BTreeMap::new();
    for row in contacts
        .rows()
        .iter()
        .filter(|row| row.role == Role::Contact)
    {
        if let Name::Is { text, key } = &row.chat {
            named.entry((row.device.as_deref(), key)).or_insert(text);
        }
    }
    // A chat with a row for one device is counted there, not by a row for every device.
    let has_own_row = |device: &str, key: &str| named.contains_key(&(Some(device), key));
    let mut ready: Vec<(String, ContactId)> = Vec::new();
    for ((own, key), chat) in &named {
        let devices = (settings.devices.iter())
            .filter(|device| own.map_or(!has_own_row(&device.name, key), |own| own == device.name));
        // Which of the devices has it is not known: one counts, and exclusion wins.
        let fate = devices.map(|device| fate(settings, contacts, device, chat, key));
        match fate.min() {
            None => {}
            Some(Fate::Private) => chats.private += 1,
            Some(Fate::Excluded) => chats.excluded += 1,
            Some(Fate::ToDecide) => chats.to_decide += 1,
            Some(Fate::Ready(chat, contact)) => {
                chats.ready += 1;
                ready.push((chat, contact));
            }
        }
    }
    for (chat, contact) in &ready {
        let is_alone = ready.iter().filter(|(_, other)| other == contact).count() == 1;
        let is_there = match snapshot {
            None => false,
            Some(snapshot) => survey::is_recorded(snapshot, chat, is_alone.then_some(contact))?,
        };
        chats.waiting += u64::from(!is_there);
    }
    Ok(chats)
}

/// The state of one chat on one device, by the rules of the import.
fn fate(settings: &Settings, contacts: &Contacts, device: &Device, chat: &str, key: &str) -> Fate {
    let rows = || {
        let rows = contacts.rows().iter();
        rows.filter(|row| row.role == Role::Contact && row.chat.key() == Some(key))
            .filter(|row| row.device.as_deref().is_none_or(|own| own == device.name))
    };
    let people: Vec<&str> = rows().filter_map(|row| row.participant.text()).collect();
    let is_never = |name: &&str| contacts.is_never_participant(&device.name, chat, name);
    match contacts.choice(&device.name, chat) {
        Some(ImportChoice::Private) => return Fate::Private,
        Some(ImportChoice::No) => return Fate::Excluded,
        Some(ImportChoice::Yes | ImportChoice::Create) | None => {}
    }
    // As `init` writes the row of a group: with `*` for its participant. Members may have rows too.
    let is_group = rows().any(|row| row.participant.is_any())
        && !rows().any(|row| row.participant.key() == Some(key))
        && (people.len() != 1 || settings.import.policy.groups == Groups::Anchor);
    let me = contacts.me_for(&device.name, chat).unwrap_or_default();
    let local = me.phone.or_else(|| device.local_phone.clone());
    if is_group && settings.import.policy.groups == Groups::Anchor {
        let filled = contacts.anchor_for(&device.name, chat);
        let key = contacts.chat_key(&device.name, chat);
        return match (filled, local) {
            (
                Some(Mapping {
                    phone: Some(_),
                    contact_id: Some(contact),
                    ..
                }),
                Some(_),
            ) => Fate::Ready(
                key.map_or_else(|| format!("group:{}", name_key(chat)), str::to_owned),
                contact,
            ),
            _ => Fate::ToDecide,
        };
    }
    let is_filled = |row: &Row| row.lead_id.is_some() || row.contact_id.is_some();
    if is_group && !rows().any(is_filled) {
        return Fate::Excluded;
    }
    if people.iter().any(is_never) {
        return Fate::Private;
    }
    let mapping = contacts
        .contact_for(&device.name, chat, &people)
        .unwrap_or_default();
    let named = Phone::parse(chat);
    let Some(remote) = mapping.phone.clone().or_else(|| named.clone()) else {
        return Fate::ToDecide;
    };
    if contacts.is_never_number(Some(&remote)) {
        return Fate::Private;
    }
    let is_own = |device: &Device| {
        device.local_phone.as_ref() == Some(&remote) || device.former_phones.contains(&remote)
    };
    if settings.devices.iter().any(is_own) {
        return Fate::Excluded;
    }
    let is_other = named.is_some_and(|named| named != remote);
    match (mapping.lead_id, mapping.contact_id, local) {
        (Some(_), Some(contact), Some(local)) if mapping.conflict.is_none() && !is_other => {
            let first = device.former_phones.first().unwrap_or(&local);
            Fate::Ready(identity::chat_of_pair(first.e164(), remote.e164()), contact)
        }
        _ => Fate::ToDecide,
    }
}
