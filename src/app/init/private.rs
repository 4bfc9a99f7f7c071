//! Redacts private chats in the output of `init`: those that the existing table makes private, and names on
//! never.txt.
//!
//! A chat without a row is never left out here, so that it gets its first row.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::found::Found;
use crate::app::{Migration, Unattended};
use crate::config::Overrides;
use crate::intake::is_chat_named;
use crate::name::name_key;
use crate::native::Keys;
use crate::parser::text::archive_name;
use crate::people::contacts::{Contacts, Row};
use crate::people::never::Never;
use crate::policy::RunFlags;
use crate::regular_file;
use crate::routing::Privacy;

/// The existing table, if it is valid; its problems are reported where rows are added.
pub(super) fn table(path: &Path) -> Option<Contacts> {
    Contacts::from_bytes(&regular_file::read(path).ok()?, "contacts.csv").ok()
}

/// The names of private chats, as keys, by device: another phone may have a chat of the same name that is not private.
#[derive(Default)]
pub(super) struct PrivateNames(HashMap<String, HashSet<String>>);

impl PrivateNames {
    fn has(&self, device: &str, name: &str) -> bool {
        (self.0.get(device)).is_some_and(|names| names.contains(&name_key(name)))
    }

    fn has_anywhere(&self, name: &str) -> bool {
        let key = name_key(name);
        self.0.values().any(|names| names.contains(&key))
    }
}

/// The names of private chats as every command decides it: of chats that a row names, and of their copies under other names.
/// Empty where the migration cannot be read, which the next command reports.
pub(super) fn decided(file: &Path, keys: &dyn Keys, table: Option<&Contacts>) -> PrivateNames {
    let read = |observer: &mut Unattended| {
        let overrides = Overrides {
            sends_nothing: true,
            ..Overrides::default()
        };
        let mut migration = Migration::open(file, &overrides, keys, observer).ok()?;
        let policy = migration.policy(RunFlags::default());
        migration.desired(&policy, observer).ok()
    };
    let (Some(table), Some(read)) = (table, read(&mut Unattended::default())) else {
        return PrivateNames::default();
    };
    let named: HashSet<(Option<&str>, &str)> = (table.rows().iter())
        .flat_map(|row| {
            let names = row.chat.keys().chain(row.participant.keys());
            names.map(|name| (row.device.as_deref(), name))
        })
        .collect();
    // A row without a device is one of every device.
    let is_named = |(device, name): &(&str, String)| {
        let name = name.as_str();
        named.contains(&(None, name)) || named.contains(&(Some(*device), name))
    };
    let mut private = PrivateNames::default();
    for chat in read.desired.chats.iter().filter(|chat| chat.private) {
        let of_archive =
            |index: usize| (chat.zones.get(index)).map_or(&chat.device, |of| &of.device);
        let archives = chat.archives.iter().enumerate();
        let archives = archives.filter_map(|(index, label)| {
            let stem = Path::new(label).file_stem()?.to_str()?;
            Some((
                of_archive(index).as_str(),
                name_key(&archive_name(stem).chat),
            ))
        });
        let devices = (chat.zones.iter()).map(|zone| &zone.device);
        let own = devices.chain([&chat.device]);
        let own = own.map(|device| (device.as_str(), name_key(&chat.name)));
        let names: Vec<(&str, String)> = archives.chain(own).collect();
        // A row with `*` for all chats applies to those that have no row yet too.
        if names.iter().any(is_named) {
            for (device, name) in names {
                let of_device = private.0.entry(device.to_owned()).or_default();
                of_device.insert(name);
            }
        }
    }
    private
}

/// Removes private chats from the results. `alone` is the name of a phone without one.
pub(super) fn leave_out(
    found: &mut Found,
    alone: &str,
    never: &Never,
    (table, decided): (Option<&Contacts>, &PrivateNames),
) {
    for phone in &mut found.phones {
        let device = phone.device.as_deref().unwrap_or(alone);
        phone.chats.retain(|chat| !decided.has(device, &chat.name));
    }
    if let Some(table) = table {
        for phone in &mut found.phones {
            let device = phone.device.as_deref().unwrap_or(alone);
            let is_private = |chat: &str| {
                let key = name_key(chat);
                // A row with `*` applies to chats that have no row yet too.
                let is_of_device =
                    |row: &&Row| row.device.as_deref().is_none_or(|of_row| of_row == device);
                (table.rows().iter().filter(is_of_device)).any(|row| row.chat.is(&key))
                    && Privacy::new(table).is_private_chat(device, chat)
            };
            phone.chats.retain(|chat| !is_private(&chat.name));
        }
    }
    let is_private = |chat: &str| {
        never.name_anywhere(chat)
            || decided.has_anywhere(chat)
            || table.is_some_and(|table| Privacy::new(table).is_private_name(chat))
    };
    found.unnameable.retain(|name| !is_private(name));
    (found.misplaced).retain(|archive| !archive.held.writer().is_some_and(is_private));
    let paths = (found.joined.values_mut()).chain(found.added.iter_mut().map(|of| &mut of.paths));
    for paths in paths.chain(&mut found.own) {
        paths.retain(|path| !is_chat_named(path, is_private));
    }
    (found.others).retain(|(path, _)| path.is_dir() || !is_chat_named(path, is_private));
    (found.unassigned).retain(|label| !is_chat_named(Path::new(label), is_private));
    found
        .unclaimed
        .retain(|path| !is_chat_named(path, is_private));
    for (path, failure) in &mut found.failures {
        if is_chat_named(path, is_private) {
            "an archive of a private chat cannot be read".clone_into(failure);
        }
    }
}
