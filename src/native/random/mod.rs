//! Random archives in every native format: no reader panics, and each row is a message or counted under a name.
//!
//! A plain run is short; see [`crate::random_cases`] for more cases.

mod android;
mod apple;
mod cloud;
mod damaged;
mod exporter;
mod rows;

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::normalize::{has_visible_text, is_id};
use super::{Archive, Error, NativeChat, NativeMessage, NoKeys, Reader, Store};
use crate::chat::Kind;
use crate::random_cases::cases;
use crate::transform::markdown::markdown;

/// Reads the archive that `write` puts into an empty folder; its first reading.
fn read(reader: &dyn Reader, write: impl FnOnce(&Path) -> PathBuf) -> Result<Store, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = write(folder.path());
    let mut readings = super::read(reader, vec![Archive::new(archive)], &NoKeys).remove(0);
    readings.remove(0).store
}

/// Messages and counted rows.
fn accounted(store: &Store) -> u64 {
    let messages: usize = store.chats.iter().map(|chat| chat.messages.len()).sum();
    let by_label: u64 = store.left_out.iter().map(|(_, count)| count).sum();
    messages as u64 + by_label + store.unknown_types.values().sum::<u64>()
}

/// Checks what other modules rely on.
fn check(store: &Store) -> Result<(), TestCaseError> {
    store.chats.iter().try_for_each(check_chat)
}

fn check_chat(chat: &NativeChat) -> Result<(), TestCaseError> {
    let read = chat.chat();
    prop_assert_eq!(read.messages.len(), chat.messages.len());
    prop_assert!(
        !chat.messages.is_empty() && has_visible_text(&chat.title),
        "{chat:?}"
    );
    prop_assert!(chat.messages.is_sorted_by_key(|message| message.at));
    for (message, read) in chat.messages.iter().zip(&read.messages) {
        check_message(chat, message)?;
        prop_assert!(has_visible_text(&markdown(read, &[])), "{message:?}");
    }
    Ok(())
}

fn check_message(chat: &NativeChat, message: &NativeMessage) -> Result<(), TestCaseError> {
    let is_there = |at: u32| (at as usize) < chat.participants.len();
    prop_assert!(message.sender.is_none_or(is_there), "{message:?}");
    let quoted = message.quoted.as_ref();
    prop_assert!(quoted.and_then(|quoted| quoted.sender).is_none_or(is_there));
    let ids = message.id.iter().chain(&message.aliases);
    prop_assert!(
        ids.chain(quoted.and_then(|quoted| quoted.id.as_ref()))
            .all(|id| is_id(id))
    );
    for range in &message.mentions {
        let name = message.text.get(range.start as usize..range.end as usize);
        prop_assert!(name.is_some(), "a mention is a part of the text");
    }
    prop_assert!(
        message.kind != Kind::ViewOnce || message.files.is_empty(),
        "a view-once file is attached"
    );
    Ok(())
}
