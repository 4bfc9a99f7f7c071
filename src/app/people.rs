//! Names and numbers of people that output which is kept must not contain.
//!
//! Belongs here: where such names are: contacts.csv, the chats of a plan, the names of archives. Never
//! here: how they are replaced ([`super::redact`]), or which chats are private.

use std::path::Path;

use super::migration::Migration;
use crate::coded::Coded;
use crate::intake::names_in;
use crate::native::Redacted;
use crate::people::contacts::{Contacts, Name};
use crate::transform::desired::{Desired, Standing};

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
        let labels = chat.archives.iter();
        let named = labels.filter_map(|label| redacted_in(Path::new(label)));
        let names = std::iter::once(chat.name.clone()).chain(named.map(|name| name.text));
        names.map(move |name| (name, format!("[chat {}]", place + 1)))
    });
    // A hold may name a writer who is in no table.
    let writers = desired
        .chats
        .iter()
        .filter_map(|chat| match &chat.standing {
            Standing::Held(why) => why.writer(),
            Standing::Ready(_) | Standing::LeftOut(_) => None,
        });
    let writers = writers.map(|name| (name.to_owned(), "[name]".to_owned()));
    named.chain(writers).collect()
}

/// The chats that archives are named after, including those that cannot be read.
pub(super) fn of_archives(migration: &Migration) -> Vec<Replaced> {
    let intake = &migration.intake;
    let read = intake.archives.iter().map(|archive| &*archive.opened.path);
    // The error names the file; the label may be that of its folder.
    let failures = migration.failures().iter();
    let failed = failures.filter_map(|failure| failure.error.path());
    let stores = intake.stores.iter().map(|store| &*store.path);
    let names = read.chain(stores).chain(failed).filter_map(redacted_in);
    let replaced = names.map(|name| (name.text, name.replacement.to_owned()));
    replaced.collect()
}

/// The name that an archive's file name contains, which may be another spelling of its chat's.
fn redacted_in(path: &Path) -> Option<Redacted> {
    names_in(&path.file_name()?.to_string_lossy()).redacted
}
