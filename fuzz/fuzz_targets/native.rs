//! Any bytes as archives with native ids: the crypt15 header, the protobuf walk, the webhook and the
//! exporter reader end and do not panic, whatever the bytes are, and what is read becomes a chat.

#![no_main]

use std::sync::LazyLock;

use chatferry::internals::native::{self, Kind, NoKeys};
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
    let (name, kind) = match which % 5 {
        0 => ("msgstore.db.crypt15", Kind::Crypt15),
        1 => ("log.jsonl", Kind::Cloud),
        2 => ("result.json", Kind::Exporter),
        3 => ("msgstore.db", Kind::Msgstore),
        _ => ("ChatStorage.sqlite", Kind::ChatStorage),
    };
    let path = FOLDER.path().join(name);
    std::fs::write(&path, data).expect("written");
    native::kind_of(&path, true);
    if let Ok(store) = native::open(&path, kind, &NoKeys) {
        for chat in &store.chats {
            assert_eq!(chat.chat().messages.len(), chat.messages.len());
        }
    }
    let _ = native::stanza_of(&String::from_utf8_lossy(data));
});
