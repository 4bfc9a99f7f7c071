//! Archives with damaged bytes: an error, or chats that are sound.

use std::fs;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{cases, check, read};
use crate::native::android::Msgstore;
use crate::native::apple::ChatStorage;
use crate::native::cloud::CloudLog;
use crate::native::crypt::Crypt15;
use crate::native::crypt::tests::{DIGITS, backup};
use crate::native::exporter::Exporter;
use crate::native::{Reader, claim};

/// The file with the key of the encrypted backup.
const KEY: &str = "msgstore.db.crypt15.key";
const ANDROID: &str = "
    CREATE TABLE jid(_id INTEGER PRIMARY KEY, raw_string TEXT);
    CREATE TABLE chat(_id INTEGER PRIMARY KEY, jid_row_id INTEGER, subject TEXT);
    CREATE TABLE message(_id INTEGER PRIMARY KEY, chat_row_id INTEGER, from_me INTEGER, key_id TEXT, timestamp INTEGER, message_type INTEGER, text_data TEXT);
    INSERT INTO jid VALUES (1, '353861234501@s.whatsapp.net');
    INSERT INTO chat VALUES (1, 1, NULL);
    INSERT INTO message VALUES (1, -1, 0, '-1', 0, NULL, NULL), (2, 1, 0, '3A02', 1735732800000, 0, 'hello'),
        (3, 1, 1, '3A03', 1735732860000, 0, 'and you');";
const APPLE: &str = "
    CREATE TABLE ZWACHATSESSION(Z_PK INTEGER PRIMARY KEY, ZSESSIONTYPE INTEGER, ZCONTACTJID TEXT);
    CREATE TABLE ZWAMESSAGE(Z_PK INTEGER PRIMARY KEY, ZCHATSESSION INTEGER, ZISFROMME INTEGER, ZSTANZAID TEXT, ZMESSAGEDATE REAL, ZMESSAGETYPE INTEGER, ZTEXT TEXT);
    INSERT INTO ZWACHATSESSION VALUES (1, 0, '353861234501@s.whatsapp.net');
    INSERT INTO ZWAMESSAGE VALUES (1, 1, 0, '3A01', 757425600, 0, 'one'), (2, 1, 1, '3A02', 757425660, 0, 'two');";
const EXPORTER: &str = r#"{"353861234501@s.whatsapp.net": {"name": "Ben", "messages": {"1": {"from_me": true, "timestamp": 1735732800, "key_id": "3A01", "data": "hello"}}}}"#;
const CLOUD: &str = r#"{"messaging_product": "whatsapp", "metadata": {"display_phone_number": "4915112345678"}, "messages": [{"from": "353861234501", "id": "wamid.A", "timestamp": "1735732800", "type": "text", "text": {"body": "hello"}}]}"#;

/// A database with pages of 512 bytes, the least there is, so that damage meets something.
fn database(tables: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    super::rows::write_sql(&path, &format!("PRAGMA page_size = 512; {tables}"));
    fs::read(path).expect("read")
}

static ANDROID_BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| database(ANDROID));
static APPLE_BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| database(APPLE));

/// What happens to bytes.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, u8),
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let index = any::<prop::sample::Index>;
    let one = prop_oneof![
        6 => (index(), any::<u8>()).prop_map(|(at, to)| Damage::Flip(at, to)),
        1 => index().prop_map(Damage::Cut),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..6)).prop_map(|(at, new)| Damage::Insert(at, new)),
        1 => (index(), 1..60u8).prop_map(|(at, count)| Damage::Repeat(at, count)),
    ];
    prop::collection::vec(one, 1..5)
}

fn damaged(bytes: &[u8], damage: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for one in damage {
        let length = bytes.len();
        if length == 0 {
            break;
        }
        match one {
            Damage::Flip(at, to) => bytes[at.index(length)] = *to,
            Damage::Cut(at) => bytes.truncate(at.index(length)),
            Damage::Insert(at, new) => {
                let at = at.index(length);
                bytes.splice(at..at, new.iter().copied());
            }
            Damage::Repeat(at, count) => {
                let at = at.index(length);
                let end = length.min(at + usize::from(*count));
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

fn survives(reader: &dyn Reader, name: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let store = read(reader, |folder| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("written");
        fs::write(folder.join(KEY), DIGITS).expect("written");
        claim(&path, true, false);
        claim(&path, false, false);
        path
    });
    store.as_ref().map_or(Ok(()), check)
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn databases_of_android(damage in damage()) {
        survives(&Msgstore, "msgstore.db", &damaged(&ANDROID_BYTES, &damage))?;
    }

    #[test]
    fn databases_of_iphones(damage in damage()) {
        survives(&ChatStorage, "ChatStorage.sqlite", &damaged(&APPLE_BYTES, &damage))?;
    }

    #[test]
    fn exporter_json(damage in damage()) {
        survives(&Exporter, "result.json", &damaged(EXPORTER.as_bytes(), &damage))?;
    }

    #[test]
    fn webhook_logs(damage in damage()) {
        survives(&CloudLog, "log.jsonl", &damaged(CLOUD.as_bytes(), &damage))?;
    }

    #[test]
    fn encrypted_backups(damage in damage()) {
        let whole = backup(&ANDROID_BYTES, true);
        survives(&Crypt15, "msgstore.db.crypt15", &damaged(&whole, &damage))?;
    }

    #[test]
    fn encrypted_backups_of_damaged_databases(damage in damage(), has_sum in any::<bool>()) {
        let whole = backup(&damaged(&ANDROID_BYTES, &damage), has_sum);
        survives(&Crypt15, "msgstore.db.crypt15", &whole)?;
    }
}

/// The samples are read as they are, so that damage starts from archives with messages.
#[test]
fn undamaged_samples_have_messages() {
    let encrypted = backup(&ANDROID_BYTES, true);
    let samples: [(&dyn Reader, &str, &[u8], usize); 5] = [
        (&Msgstore, "msgstore.db", &ANDROID_BYTES, 2),
        (&ChatStorage, "ChatStorage.sqlite", &APPLE_BYTES, 2),
        (&Exporter, "result.json", EXPORTER.as_bytes(), 1),
        (&CloudLog, "log.jsonl", CLOUD.as_bytes(), 1),
        (&Crypt15, "msgstore.db.crypt15", &encrypted, 2),
    ];
    for (reader, name, bytes, messages) in samples {
        let store = read(reader, |folder| {
            let path = folder.join(name);
            fs::write(&path, bytes).expect("written");
            fs::write(folder.join(KEY), DIGITS).expect("written");
            path
        });
        let store = store.expect(name);
        assert_eq!(store.chats[0].messages.len(), messages, "{name}");
    }
}
