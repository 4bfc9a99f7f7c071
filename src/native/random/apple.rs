//! Random `ChatStorage.sqlite`, alone and in a backup by Finder.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::rows::{Table, bytes, id, next, number, one_of, real, words, write};
use super::{accounted, cases, check, read};
use crate::native::apple::{BACKUP_DOMAINS, BACKUP_NAMES, ChatStorage};
use crate::native::backup::IphoneBackup;

const JIDS: &[&str] = &[
    "353861234501@s.whatsapp.net",
    "353861234502@s.whatsapp.net",
    "353861234501-1577836800@g.us",
    "184069530861739@lid",
    "status@broadcast",
    "120363041234567891@newsletter",
    "0@status",
];
const PATHS: &[&str] = &["Media/x/a.jpg", "Media/x/b.opus", "../c", "/etc/passwd"];

fn tables() -> impl Strategy<Value = Vec<Table>> {
    let base = vec![
        Table::random(
            "ZWACHATSESSION",
            2,
            vec![
                ("Z_PK INTEGER PRIMARY KEY", next()),
                ("ZCONTACTJID", one_of(JIDS)),
                ("ZSESSIONTYPE", number(0..6)),
                ("ZPARTNERNAME", words()),
                ("ZCONTACTIDENTIFIER", words()),
            ],
            1..7,
        ),
        Table::random(
            "ZWAMESSAGE",
            4,
            vec![
                ("Z_PK INTEGER PRIMARY KEY", next()),
                ("ZCHATSESSION", number(0..7)),
                ("ZSTANZAID", id()),
                ("ZMESSAGEDATE", real(757_425_600.0..757_999_999.0)),
                ("ZISFROMME", number(0..2)),
                ("ZMESSAGETYPE", number(0..75)),
                ("ZTEXT", words()),
                ("ZGROUPMEMBER", number(0..5)),
                ("ZFROMJID", one_of(JIDS)),
                ("ZGROUPEVENTTYPE", number(0..60)),
                ("ZPARENTMESSAGE", number(0..24)),
                ("ZMEDIAITEM", number(0..6)),
            ],
            1..20,
        ),
    ];
    let more = vec![
        Table::sometimes(
            "ZWAMEDIAITEM",
            1,
            vec![
                ("Z_PK INTEGER PRIMARY KEY", next()),
                ("ZMESSAGE", number(0..24)),
                ("ZMEDIALOCALPATH", one_of(PATHS)),
                ("ZTITLE", words()),
                (
                    "ZVCARDSTRING",
                    one_of(&["image/jpeg", "BEGIN:VCARD\nFN:Rita Sol\nEND:VCARD"]),
                ),
                ("ZVCARDNAME", words()),
                ("ZLATITUDE", real(-90.0..90.0)),
                ("ZLONGITUDE", real(-180.0..180.0)),
                ("ZMETADATA", bytes()),
            ],
        ),
        Table::sometimes(
            "ZWAGROUPMEMBER",
            1,
            vec![
                ("Z_PK INTEGER PRIMARY KEY", next()),
                ("ZMEMBERJID", one_of(JIDS)),
                ("ZCONTACTNAME", words()),
            ],
        ),
        Table::sometimes(
            "ZWAMESSAGEINFO",
            1,
            vec![
                ("Z_PK INTEGER PRIMARY KEY", next()),
                ("ZMESSAGE", number(0..24)),
                ("ZRECEIPTINFO", bytes()),
            ],
        ),
    ];
    (base, more)
        .prop_map(|(base, more)| base.into_iter().chain(more.into_iter().flatten()).collect())
}

/// The list of a backup's files.
fn manifest() -> impl Strategy<Value = Table> {
    Table::random(
        "Files",
        2,
        vec![
            (
                "fileID",
                one_of(&["00112233445566778899aabbccddeeff00112233", "ab", "\u{e9}"]),
            ),
            ("domain", one_of(&BACKUP_DOMAINS)),
            ("relativePath", one_of(&["Message/Media/x/a.jpg", "../x"])),
        ],
        0..5,
    )
}

fn rows(tables: &[Table]) -> u64 {
    let messages = tables.iter().find(|table| table.name == "ZWAMESSAGE");
    messages.map_or(0, |table| table.rows.len() as u64)
}

fn put_backup(folder: &Path, tables: &[Table], manifest: &Table) {
    write(&folder.join("Manifest.db"), [manifest], "");
    let below = folder.join(&BACKUP_NAMES[0][..2]);
    fs::create_dir(&below).expect("made");
    write(&below.join(BACKUP_NAMES[0]), tables, "");
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn rows_are_messages_or_counted(tables in tables()) {
        let store = read(&ChatStorage, |folder| {
            let path = folder.join("ChatStorage.sqlite");
            write(&path, &tables, "");
            path
        });
        let store = store.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(accounted(&store), rows(&tables), "{:?}", store.left_out);
        check(&store)?;
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn rows_in_a_backup_are_messages_or_counted(tables in tables(), manifest in manifest()) {
        let store = read(&IphoneBackup, |folder| {
            put_backup(folder, &tables, &manifest);
            folder.to_owned()
        });
        let store = store.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(accounted(&store), rows(&tables), "{:?}", store.left_out);
        check(&store)?;
    }
}
