//! The names of recorded chats: the checkpoint has keyed hashes only.
//!
//! A one-to-one chat is recorded with the hash of its name on its device, a group with that of its key. So the names that
//! contacts.csv and the command line give are looked up. No device is recorded of a group, and none of a chat without a row:
//! they are of a device only where each row that names them names it. Never here: archives.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::app::error::{Error, Result};
use crate::checkpoint::{ChatRow, Hash, HashKey, fingerprint};
use crate::name::{name_key, nearest};
use crate::people::contacts::Contacts;
use crate::plan::Selection;
use crate::routing::Privacy;
use crate::settings::Settings;

/// The name of a chat; `None` in place of one that is private.
struct Named {
    device: Option<String>,
    name: Option<String>,
}

/// Whether a selection includes a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inclusion {
    Included,
    Excluded,
    /// Its device is asked for, and not recorded.
    Unclear,
}

/// The names that are known.
pub(super) struct Names {
    by_hash: HashMap<Hash, Named>,
    /// The names that may be suggested.
    open: Vec<String>,
    /// The hashes of the chats of the selection, of whichever device; `None`: every chat.
    wanted: Option<HashSet<Hash>>,
    /// The device of the selection; `None`: every device.
    device: Option<String>,
    /// The devices of each hash; `None`: a device that is not known.
    devices: HashMap<Hash, BTreeSet<Option<String>>>,
}

impl Names {
    /// The names of contacts.csv.
    ///
    /// # Errors
    ///
    /// A usage error for a device that the configuration does not have.
    pub(super) fn of(
        settings: &Settings,
        contacts: &Contacts,
        key: &HashKey,
        selection: &Selection,
    ) -> Result<Names> {
        let devices: Vec<&str> = settings
            .devices
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        if let Some(wanted) = &selection.device
            && !devices.contains(&wanted.as_str())
        {
            let hint = match nearest(wanted, devices.iter().copied()) {
                Some(near) => format!("; did you mean \"{near}\"?"),
                None => format!("; choose from {}", devices.join(", ")),
            };
            return Err(Error::usage(format!("no device \"{wanted}\"{hint}")));
        }
        let mut names = Names {
            by_hash: HashMap::new(),
            open: Vec::new(),
            wanted: None,
            // With one device, every chat belongs to it.
            device: selection.device.clone().filter(|_| devices.len() > 1),
            devices: HashMap::new(),
        };
        let privacy = Privacy::new(contacts);
        let mut wanted = HashSet::new();
        for row in contacts.rows() {
            let Some(text) = row.chat.text() else {
                continue;
            };
            let of_row = devices
                .iter()
                .filter(|device| row.device.as_deref().is_none_or(|own| own == **device));
            let is_chosen =
                (selection.chat.as_deref()).is_none_or(|chat| name_key(chat) == name_key(text));
            for device in of_row {
                let is_private =
                    privacy.is_private_name(text) || privacy.is_private_chat(device, text);
                // Of a participant on never.txt only a one-to-one chat has the name.
                let is_private_group = privacy.is_private_group(device, text);
                let group = match &row.chat_key {
                    Some(key) => key.clone(),
                    None => format!("group:{}", name_key(text)),
                };
                let is_only = devices.len() == 1 || row.device.is_some();
                let of_group = is_only.then(|| (*device).to_owned());
                let hashes = [
                    (
                        fingerprint::name(key, device, text),
                        Some((*device).to_owned()),
                        is_private,
                    ),
                    (fingerprint::handle(key, &group), of_group, is_private_group),
                ];
                for (hash, device, is_hidden) in hashes {
                    if is_chosen {
                        wanted.insert(hash);
                    }
                    let of_hash = names.devices.entry(hash).or_default();
                    of_hash.insert(device.clone());
                    names.by_hash.entry(hash).or_insert_with(|| Named {
                        device: device.filter(|_| devices.len() > 1),
                        name: (!is_hidden).then(|| text.to_owned()),
                    });
                }
                if !is_private {
                    names.open.push(text.to_owned());
                }
            }
        }
        if let Some(chat) = &selection.chat {
            for device in &devices {
                let hash = fingerprint::name(key, device, chat);
                let of_hash = names.devices.entry(hash).or_default();
                of_hash.insert(Some((*device).to_owned()));
                wanted.insert(hash);
            }
            let group = format!("group:{}", name_key(chat));
            wanted.insert(fingerprint::handle(key, &group));
            names.wanted = Some(wanted);
        }
        Ok(names)
    }

    /// Whether the selection includes a chat.
    pub(super) fn scope(&self, chat: &ChatRow) -> Inclusion {
        let hashes = || chat.pairs.iter().chain([&chat.chat]);
        let is_named =
            (self.wanted.as_ref()).is_none_or(|wanted| hashes().any(|hash| wanted.contains(hash)));
        if !is_named {
            return Inclusion::Excluded;
        }
        let Some(device) = &self.device else {
            return Inclusion::Included;
        };
        let devices: BTreeSet<Option<&str>> = hashes()
            .filter_map(|hash| self.devices.get(hash))
            .flatten()
            .map(Option::as_deref)
            .collect();
        match (devices.contains(&Some(device.as_str())), devices.len()) {
            (true, 1) => Inclusion::Included,
            (false, 1..) if !devices.contains(&None) => Inclusion::Excluded,
            _ => Inclusion::Unclear,
        }
    }

    /// The devices of a chat, as far as they are known.
    pub(super) fn devices(&self, chat: &ChatRow) -> impl Iterator<Item = &str> {
        let hashes = chat.pairs.iter().chain([&chat.chat]);
        let devices = hashes.filter_map(|hash| self.devices.get(hash)).flatten();
        devices.filter_map(Option::as_deref)
    }

    fn named(&self, chat: &ChatRow) -> Option<&Named> {
        let mut hashes = chat.pairs.iter().chain([&chat.chat]);
        hashes.find_map(|hash| self.by_hash.get(hash))
    }

    /// The device and the name of a chat, as output shows them in a table.
    pub(super) fn shown(&self, chat: &ChatRow) -> (Option<String>, String) {
        match self.named(chat) {
            Some(Named {
                name: Some(name),
                device,
            }) => (device.clone(), name.clone()),
            _ => (None, self.label(chat)),
        }
    }

    /// Whether output shows a chat by its name.
    pub(super) fn is_named(&self, chat: &ChatRow) -> bool {
        self.named(chat).is_some_and(|named| named.name.is_some())
    }

    /// A chat as output shows it in a sentence.
    pub(super) fn label(&self, chat: &ChatRow) -> String {
        match self.named(chat) {
            Some(Named { name: None, .. }) => "a private chat".to_owned(),
            Some(Named {
                name: Some(name),
                device,
            }) => match device {
                Some(device) => format!("{device}: \"{name}\""),
                None => format!("\"{name}\""),
            },
            None => format!("chat {}", chat.id.number()),
        }
    }

    /// Why no recorded chat has this name.
    pub(super) fn unknown(&self, chat: &str) -> Error {
        let hint = match nearest(chat, self.open.iter().map(String::as_str)) {
            Some(near) if name_key(near) != name_key(chat) => {
                format!("; did you mean \"{near}\"?")
            }
            _ => String::new(),
        };
        let text = format!("no recorded chat is named \"{chat}\"{hint}");
        Error::usage(text).about(vec![(chat.to_owned(), "[name]".to_owned())])
    }
}
