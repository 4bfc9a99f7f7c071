//! Any bytes as archives with native ids: the crypt15 header, the protobuf walk, the webhook and the
//! exporter reader end and do not panic, whatever the bytes are, and what is read becomes a chat.

#![no_main]

use std::sync::LazyLock;

use chatferry::internals::native::{self, NoKeys, READERS};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let key = "00".repeat(32);
    std::fs::write(folder.path().join("msgstore.db.crypt15.key"), key).expect("written");
    folder
});

fuzz_target!(|data: &[u8]| {
    // What stands in a column of an iPhone's database is not reached through damaged databases.
    native::any_metadata(data);
    let Some((which, data)) = data.split_first() else {
        return;
    };
    let (name, word) = match which % 5 {
        0 => ("msgstore.db.crypt15", "crypt15"),
        1 => ("log.jsonl", "cloud"),
        2 => ("result.json", "exporter"),
        3 => ("msgstore.db", "msgstore"),
        _ => ("ChatStorage.sqlite", "chatstorage"),
    };
    let readers = READERS.iter().filter(|reader| reader.format().word == word);
    let path = FOLDER.path().join(name);
    std::fs::write(&path, data).expect("written");
    native::claim(&path, true, false);
    for reader in readers {
        let read = native::read(*reader, std::slice::from_ref(&path), &NoKeys);
        let stores = read.iter().flatten().flat_map(|reading| &reading.store);
        for chat in stores.flat_map(|store| &store.chats) {
            assert_eq!(chat.chat().messages.len(), chat.messages.len());
        }
    }
    let _ = native::stanza_of(&String::from_utf8_lossy(data));
});
