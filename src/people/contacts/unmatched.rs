//! Rows that match no chat, each with the most similar one.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use super::{Contacts, ImportChoice, Name, Row};
use crate::name::{name_key, nearest};

/// A row that matches no chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The name of the table.
    pub file: String,
    /// The line of the row in the table, from 1.
    pub line: u32,
    /// The device that the row names; `None` for a row of every device.
    pub device: Option<String>,
    /// The chat that it names; `None` for `*`, and for `private` rows, whose names are not shown.
    pub chat: Option<String>,
    /// Whether the configuration has no device of that name.
    pub is_unknown_device: bool,
    /// Other devices that have a chat of this name, never a `private` one.
    pub elsewhere: Vec<String>,
    /// The most similar chat, never a `private` one; of an unknown device, the most similar device.
    pub nearest: Option<String>,
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        match (&self.chat, &self.device) {
            (_, Some(device)) if self.is_unknown_device => {
                write!(f, "no such device \"{device}\"")?;
            }
            (chat, device) => {
                match chat {
                    Some(chat) => write!(f, "no chat \"{chat}\"")?,
                    None => f.write_str("matches no chat")?,
                }
                if let Some(device) = device {
                    write!(f, " on the device \"{device}\"")?;
                }
            }
        }
        if let [first, more @ ..] = self.elsewhere.as_slice() {
            let (noun, verb) = match more {
                [] => ("device", "has"),
                _ => ("devices", "have"),
            };
            write!(f, "; the {noun} \"{first}\"")?;
            for device in more {
                write!(f, ", \"{device}\"")?;
            }
            return write!(
                f,
                " {verb} one of this name: correct `device` in this row, or add rows with `chatferry init --update`"
            );
        }
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean \"{nearest}\"?"),
            None => Ok(()),
        }
    }
}

/// The maximum number of unmatched rows with a suggestion. Each costs a comparison with every chat.
const SUGGESTIONS: usize = 100;

impl Contacts {
    /// The rows that match none of the known chats, given as device and chat name, each with the most
    /// similar chat's name. A row for every chat of every device always matches. `configured`: the names of
    /// all devices, with archives or without. `is_hidden`: whether a known chat is private for a reason other
    /// than its own rows, such as its participants.
    pub fn unmatched(
        &self,
        known: &[(&str, &str)],
        configured: &[&str],
        is_hidden: impl Fn(&str, &str) -> bool,
    ) -> Vec<Unmatched> {
        let devices: HashSet<&str> = known.iter().map(|(device, _)| *device).collect();
        let keys: Vec<(&str, String)> = known
            .iter()
            .map(|&(device, chat)| (device, name_key(chat)))
            .collect();
        let mut of_chat: HashMap<&str, Vec<&str>> = HashMap::new();
        for (device, chat) in &keys {
            of_chat.entry(chat).or_default().push(device);
        }
        let matches = |row: &Row| {
            let is_its = |device: &str| row.device.as_deref().is_none_or(|own| own == device);
            match (&row.chat, &row.device) {
                (Name::Any, None) => true,
                (Name::Any, Some(device)) => devices.contains(device.as_str()),
                (name, _) => name.keys().any(|key| {
                    let devices = of_chat.get(key).into_iter().flatten();
                    devices.into_iter().any(|device| is_its(device))
                }),
            }
        };
        let is_private = |row: &Row| {
            row.import == Some(ImportChoice::Private) || self.is_never_number(row.phone.as_ref())
        };
        let open: Vec<(&str, &str)> = known
            .iter()
            .copied()
            .filter(|(device, chat)| {
                self.choice(device, chat) != Some(ImportChoice::Private) && !is_hidden(device, chat)
            })
            .collect();
        let mut open_devices: HashMap<String, BTreeSet<&str>> = HashMap::new();
        for (device, chat) in &open {
            let devices = open_devices.entry(name_key(chat)).or_default();
            devices.insert(device);
        }
        let mut unmatched = Vec::new();
        for row in &self.rows {
            if matches(row) {
                continue;
            }
            let name = match &row.chat {
                Name::Is { text, key, .. } if !is_private(row) && !self.makes_private(key) => {
                    Some((text, key))
                }
                _ => None,
            };
            let open = open
                .iter()
                .filter(|(device, _)| row.device.as_deref().is_none_or(|own| own == *device))
                .map(|&(_, chat)| chat);
            let unknown = (row.device.as_deref()).filter(|device| !configured.contains(device));
            let devices = name
                .filter(|_| row.device.is_some() && unknown.is_none())
                .and_then(|(_, key)| open_devices.get(key));
            let elsewhere = devices.into_iter().flatten();
            let elsewhere = elsewhere.map(|device| (*device).to_owned()).collect();
            let nearest = match (unknown, name) {
                _ if unmatched.len() >= SUGGESTIONS => None,
                (Some(device), _) => nearest(device, configured.iter().copied()),
                (None, Some((_, key))) => nearest(key, open),
                (None, None) => None,
            };
            unmatched.push(Unmatched {
                file: self.file.clone(),
                line: row.line,
                device: row.device.clone(),
                chat: name.map(|(text, _)| text.clone()),
                is_unknown_device: unknown.is_some(),
                elsewhere,
                nearest: nearest.map(str::to_owned),
            });
        }
        unmatched
    }
}
