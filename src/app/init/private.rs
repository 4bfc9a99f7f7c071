//! Redacts private chats in the output of `init`: those that the existing table makes private, and names on
//! never.txt.
//!
//! A chat without a row is never left out here, so that it gets its first row.

use std::collections::HashSet;
use std::path::Path;

use super::found::Found;
use crate::app::{Migration, Unattended};
use crate::config::Overrides;
use crate::intake::is_chat_named;
use crate::name::name_key;
use crate::native::Keys;
use crate::parser::text::archive_name;
use crate::people::contacts::Contacts;
use crate::people::never::Never;
use crate::policy::RunFlags;
use crate::regular_file;
use crate::routing::Privacy;

/// The existing table, if it is valid; its problems are reported where rows are added.
pub(super) fn table(path: &Path) -> Option<Contacts> {
    Contacts::from_bytes(&regular_file::read(path).ok()?, "contacts.csv").ok()
}

/// The names of private chats as every command decides it: of chats that a row names, and of their copies under other names.
/// Empty where the migration cannot be read, which the next command reports.
pub(super) fn decided(file: &Path, keys: &dyn Keys, table: Option<&Contacts>) -> HashSet<String> {
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
        return HashSet::new();
    };
    let named: HashSet<&str> = (table.rows().iter())
        .flat_map(|row| row.chat.keys().chain(row.participant.keys()))
        .collect();
    let private = read.desired.chats.iter().filter(|chat| chat.private);
    let names = private.map(|chat| {
        let archives = chat.archives.iter().filter_map(|label| {
            let stem = Path::new(label).file_stem()?.to_str()?;
            Some(name_key(&archive_name(stem).chat))
        });
        archives
            .chain([name_key(&chat.name)])
            .collect::<Vec<String>>()
    });
    // A row with `*` for all chats applies to those that have no row yet too.
    let names = names.filter(|names| names.iter().any(|name| named.contains(name.as_str())));
    names.flatten().collect()
}

/// Removes private chats from the results. `alone` is the name of a phone without one.
pub(super) fn leave_out(
    found: &mut Found,
    alone: &str,
    never: &Never,
    (table, decided): (Option<&Contacts>, &HashSet<String>),
) {
    for phone in &mut found.phones {
        phone
            .chats
            .retain(|chat| !decided.contains(&name_key(&chat.name)));
    }
    if let Some(table) = table {
        for phone in &mut found.phones {
            let device = phone.device.as_deref().unwrap_or(alone);
            let is_private = |chat: &str| {
                let key = name_key(chat);
                // A row with `*` applies to chats that have no row yet too.
                (table.rows().iter()).any(|row| row.chat.is(&key))
                    && Privacy::new(table).is_private_chat(device, chat)
            };
            phone.chats.retain(|chat| !is_private(&chat.name));
        }
    }
    let is_private = |chat: &str| {
        never.name_anywhere(chat)
            || decided.contains(&name_key(chat))
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
