//! Names and numbers of people that output which is kept must not contain.
//!
//! Belongs here: where such names are: contacts.csv, the chats of a plan, the names of archives. Never
//! here: how they are replaced ([`super::redact`]), or which chats are private.

use std::path::Path;

use super::migration::Migration;
use crate::archive::place_in;
use crate::coded::Coded;
use crate::intake::names_in;
use crate::people::contacts::{Contacts, Name};
use crate::settings::Settings;
use crate::transform::desired::{Decision, Desired};

/// The name of the transcript in every export of an iPhone: the chat's name is that of its folder.
const NAMELESS: &str = "_chat.txt";

/// A name or number, and what replaces it.
type Replaced = (String, String);

/// Everyone in contacts.csv.
pub(super) fn of_contacts(contacts: &Contacts) -> Vec<Replaced> {
    let mut people = Vec::new();
    for row in contacts.rows() {
        for name in [&row.chat, &row.participant] {
            if let Name::Is { text, .. } = name {
                people.push((text.clone(), "[name]".to_owned()));
            }
        }
        if let Some(phone) = &row.phone {
            people.push((phone.e164().to_owned(), "[number]".to_owned()));
        }
    }
    people
}

/// The chats by their place in the plan, under their names and those of their archives.
pub(super) fn of_chats(desired: &Desired) -> Vec<Replaced> {
    let chats = desired.chats.iter().enumerate();
    let named = chats.flat_map(|(place, chat)| {
        let paths = chat.archives.iter().chain(&chat.paths);
        let named = paths.flat_map(|path| of_path(Path::new(path)));
        let names = std::iter::once(chat.name.clone()).chain(named.map(|(name, _)| name));
        names.map(move |name| (name, format!("[chat {}]", place + 1)))
    });
    // A hold may name a writer who is in no table.
    let writers = desired
        .chats
        .iter()
        .filter_map(|chat| match &chat.standing {
            Decision::Held(why) => why.writer(),
            Decision::Ready(_) | Decision::LeftOut(_) => None,
        });
    let writers = writers.map(|name| (name.to_owned(), "[name]".to_owned()));
    named.chain(writers).collect()
}

/// The chats that archives, and the folders they are in, are named after, including those that cannot be read.
pub(super) fn of_archives(migration: &Migration) -> Vec<Replaced> {
    let intake = &migration.intake;
    let mut people = Vec::new();
    for archive in &intake.archives {
        let opened = &archive.opened;
        people.push((opened.name.chat.clone(), "[name]".to_owned()));
        people.extend(of_path(&opened.path.join(&opened.entry)));
    }
    for store in &intake.stores {
        people.extend(of_path(&store.path));
    }
    for path in &intake.unnamed {
        people.extend(of_path(path));
    }
    for failure in migration.failures().iter().chain(&intake.ignored) {
        // The error names the file; the label may be that of its folder.
        if let Some(path) = failure.error.path() {
            people.extend(of_path(path));
            people.extend(of_folder(path, &migration.settings));
        }
    }
    people
}

/// The names in the name of a file, and in those of the folders above it, which a phone or a chat program gave. They may
/// be other spellings of the names of chats.
pub(super) fn of_path(path: &Path) -> Vec<Replaced> {
    let parts = path.components();
    let names = parts.filter_map(|part| names_in(&part.as_os_str().to_string_lossy()).redacted);
    names
        .map(|name| (name.text, name.replacement.to_owned()))
        .collect()
}

/// The chat of which a file is an export, by the file's name: what is certain, else what is possible.
pub(super) fn of_file(path: &Path) -> Vec<Replaced> {
    let names = names_in(&path.file_name().unwrap_or_default().to_string_lossy());
    match names.redacted {
        Some(certain) => vec![(certain.text, certain.replacement.to_owned())],
        None => (names.chats.into_iter())
            .map(|chat| (chat, "[name]".to_owned()))
            .collect(),
    }
}

/// The chat that a folder with one transcript, or that of a nameless transcript, is named after; not that of a folder that
/// chatferry.toml names.
fn of_folder(path: &Path, settings: &Settings) -> Vec<Replaced> {
    let is_nameless = (path.file_name()).is_some_and(|name| name.eq_ignore_ascii_case(NAMELESS));
    let folder = match is_nameless {
        true => path.parent(),
        false => path.is_dir().then_some(path),
    };
    let is_root = |folder: &Path| {
        let mut roots = (settings.devices.iter()).flat_map(|device| &device.archives);
        folder == settings.dir || roots.any(|root| folder == place_in(&settings.dir, root))
    };
    folder
        .filter(|folder| !is_root(folder))
        .map_or_else(Vec::new, of_file)
}
