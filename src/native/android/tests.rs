//! `msgstore.db` with unexpected rows.

use super::super::{Archive, NoKeys};
use super::*;

const TABLES: &str = "
    CREATE TABLE jid(_id INTEGER PRIMARY KEY, raw_string);
    CREATE TABLE chat(_id INTEGER PRIMARY KEY, jid_row_id, subject);
    CREATE TABLE message(_id INTEGER PRIMARY KEY, chat_row_id, from_me, key_id, sender_jid_row_id, timestamp, message_type, text_data);
    CREATE TABLE message_media(message_row_id INTEGER PRIMARY KEY, file_path, mime_type, media_name);
    INSERT INTO jid VALUES (1, '353861234501@s.whatsapp.net'), (2, 'status@broadcast'),
        (3, '120363041234567890@g.us'), (4, '353861234502@s.whatsapp.net');
    INSERT INTO chat VALUES (1, 1, NULL), (2, 2, NULL), (3, 3, 'Team');
    INSERT INTO message VALUES (1, -1, 0, '-1', 0, 0, NULL, NULL);
    INSERT INTO message VALUES (2, 1, 0, '3A02', 0, 1735732800000, 0, 'hello');";

fn store(more: &str) -> Result<Store, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("msgstore.db");
    let flags =
        rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_CREATE;
    let database = rusqlite::Connection::open_with_flags(&path, flags).unwrap();
    database.execute_batch(&format!("{TABLES}{more}")).unwrap();
    drop(database);
    let mut read = super::super::read(&Msgstore, vec![Archive::new(path)], &NoKeys);
    read.remove(0).remove(0).store
}

fn first(store: &Store) -> &[NativeMessage] {
    let mut chats = store.chats.iter();
    &chats.find(|chat| !chat.group).unwrap().messages
}

#[test]
fn impossible_ids_and_times_count_as_absent() {
    let store = store(
        "INSERT INTO message VALUES (3, 1, 0, 'a b@c', 0, 1735732860000, 0, 'odd id');
         INSERT INTO message VALUES (4, 1, 0, '3A04', 0, 8210266876799000, 0, 'extreme');
         INSERT INTO message VALUES (5, 1, 0, '3A05', 0, NULL, 0, 'no time');
         INSERT INTO message VALUES (6, 2, 0, '3A06', 0, 1735732800000, 0, 'a status');
         INSERT INTO message VALUES (7, 9, 0, '3A07', 0, 1735732800000, 0, 'of nobody');",
    )
    .unwrap();
    let ids: Vec<_> = first(&store).iter().map(|m| m.id.as_deref()).collect();
    assert_eq!(ids, [Some("3A02"), None]);
    let left_out = [
        ("of chats that are gone from the database", 1),
        ("of status and broadcast lists", 1),
        (super::super::normalize::NO_TIME, 2),
    ];
    assert_eq!(store.left_out, left_out);
}

/// A phone that was copied while it migrated its messages from one schema to the other.
#[test]
fn messages_of_both_schemas_are_read_once() {
    let store = store(
        "CREATE TABLE messages(_id INTEGER PRIMARY KEY, key_remote_jid, key_from_me, key_id, status, data, timestamp, media_wa_type);
         INSERT INTO messages VALUES (1, '-1', 0, '-1', 0, NULL, 0, NULL);
         INSERT INTO messages VALUES (2, '353861234501@s.whatsapp.net', 0, '3A02', 0, 'old wording', 1735732800000, '0');
         INSERT INTO messages VALUES (9, '353861234501@s.whatsapp.net', 1, 'AC09', 0, 'not moved yet', 1735732700000, '0');",
    )
    .unwrap();
    let read: Vec<_> = first(&store).iter().map(|m| m.text.as_str()).collect();
    assert_eq!(read, ["not moved yet", "hello"]);
}

#[test]
fn texts_and_files_of_unknown_types_are_kept() {
    let store = store(
        "INSERT INTO message VALUES (3, 1, 0, '3A03', 0, 1735732860000, 81, 'caption'),
            (4, 1, 0, '3A04', 0, 1735732870000, 27, 'template'), (5, 1, 0, '3A05', 0, 1735732880000, 77, 'words'),
            (6, 1, 0, '3A06', 0, 1735732890000, 42, NULL), (7, 1, 0, '3A07', 0, 1735732900000, 24, NULL);
         INSERT INTO message_media VALUES (3, 'Media/a.mp4', 'video/mp4', NULL), (4, 'Media/b.jpg', 'image/jpeg', NULL),
            (6, 'Media/c.jpg', 'image/jpeg', NULL);",
    )
    .unwrap();
    let read: Vec<_> = (first(&store)[1..].iter())
        .map(|m| {
            (
                m.kind,
                m.files.first().map(|file| file.media),
                m.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            (Kind::Media, Some(MediaKind::Video), "caption"),
            (Kind::Media, Some(MediaKind::Image), "template"),
            (Kind::Text, None, "words"),
            (Kind::ViewOnce, None, ""),
            (
                Kind::Unsupported,
                None,
                "A message that cannot be shown here"
            ),
        ]
    );
}

/// A caption is text, although the row names no file.
#[test]
fn captions_without_a_file_are_kept() {
    let types = [150, 23, 25, 81];
    let rows = |table: &str, columns: &str, value: &dyn Fn(usize, i64) -> String| -> String {
        (3..)
            .zip(types)
            .map(|(id, number)| {
                format!(
                    "INSERT INTO {table} {columns} VALUES ({});",
                    value(id, number)
                )
            })
            .collect()
    };
    let modern = rows("message", "", &|id, number| {
        format!("{id}, 1, 0, '3A0{id}', 0, 17357328{id}0000, {number}, NULL")
    }) + "ALTER TABLE message_media ADD COLUMN media_caption;"
        + &rows(
            "message_media",
            "(message_row_id, media_caption)",
            &|id, _| format!("{id}, 'words'"),
        );
    let legacy = "CREATE TABLE messages(_id INTEGER PRIMARY KEY, key_remote_jid, key_from_me, key_id, status, data, timestamp, media_wa_type, media_caption);"
        .to_owned()
        + &rows("messages", "", &|id, number| {
            format!("{id}, '353861234501@s.whatsapp.net', 0, '3A0{id}', 0, NULL, 17357328{id}0000, '{number}', 'words'")
        });
    for more in [modern, legacy] {
        let store = store(&more).unwrap();
        let read: Vec<_> = (first(&store)[1..].iter())
            .map(|m| (m.kind, m.text.as_str()))
            .collect();
        assert_eq!(read, [(Kind::Text, "words"); 4], "{more}");
    }
}

/// A further table without a key may have several rows of one message.
#[test]
fn row_of_the_old_schema_that_a_join_repeats_is_one_message() {
    let store = store(
        "CREATE TABLE messages(_id INTEGER PRIMARY KEY, key_remote_jid, key_from_me, key_id, status, data, timestamp, media_wa_type);
         INSERT INTO messages VALUES (9, '353861234502@s.whatsapp.net', 1, 'AC09', 0, 'once', 1735732700000, '0');
         DROP TABLE message_media;
         CREATE TABLE message_media(message_row_id, file_path);
         INSERT INTO message_media VALUES (9, 'Media/a.jpg'), (9, 'Media/b.jpg');",
    )
    .unwrap();
    let texts: Vec<&str> = (store.chats.iter().flat_map(|chat| &chat.messages))
        .map(|message| message.text.as_str())
        .collect();
    assert_eq!(texts.iter().filter(|text| **text == "once").count(), 1);
}

/// Only WhatsApp's own first row is no message.
#[test]
fn row_of_a_chat_below_zero_is_counted() {
    let more = "INSERT INTO message VALUES (3, -7, 0, '3A03', 0, 1735732860000, 0, 'words');";
    let store = store(more).unwrap();
    assert_eq!(
        store.left_out,
        [("of chats that are gone from the database", 1)]
    );
}

/// WhatsApp's ids are unique per sender only.
#[test]
fn same_id_of_two_senders_is_two_messages() {
    let store = store(
        "INSERT INTO message VALUES (3, 3, 0, '3AAA', 1, 1735732860000, 0, 'from one');
         INSERT INTO message VALUES (4, 3, 0, '3AAA', 4, 1735732870000, 0, 'from another');",
    )
    .unwrap();
    let team = store.chats.iter().find(|chat| chat.group).unwrap();
    let ids: Vec<_> = team.messages.iter().map(|m| m.id.as_deref()).collect();
    assert_eq!(ids, [Some("3AAA"), None]);
}

#[test]
fn error_names_missing_table() {
    for table in ["chat", "jid"] {
        let error = store(&format!("DROP TABLE {table};")).unwrap_err();
        let expected = format!("it has no table {table}");
        assert!(error.to_string().ends_with(&expected), "{error}");
    }
}

/// A private reply to a message of a group, in a database that does not record the chat of the quoted message.
#[test]
fn quotation_of_non_participant_is_of_another_chat() {
    let quoted = |store: &Store, id: &str| {
        let mut all = first(store).iter();
        let message = all.find(|m| m.id.as_deref() == Some(id)).unwrap();
        let quoted = message.quoted.as_ref().unwrap();
        (quoted.sender, quoted.elsewhere)
    };
    let modern = store(
        "CREATE TABLE message_quoted(message_row_id INTEGER PRIMARY KEY, key_id, text_data, from_me, sender_jid_row_id);
         INSERT INTO message VALUES (3, 1, 0, '3A03', 0, 1735732860000, 0, 'x'), (4, 1, 0, '3A04', 0, 1735732860000, 0, 'x'),
            (5, 1, 0, '3A05', 0, 1735732860000, 0, 'x'), (6, 1, 0, '3A06', 0, 1735732860000, 0, 'x');
         INSERT INTO message_quoted VALUES (3, '3B01', 'words', 0, 4), (4, '3B01', 'words', 0, 1), (5, '3B01', 'words', 1, 4),
            (6, '3B01', 'words', 0, 0);",
    )
    .unwrap();
    let legacy = store(
        "CREATE TABLE messages(_id INTEGER PRIMARY KEY, key_remote_jid, key_from_me, key_id, status, data, timestamp, media_wa_type, quoted_row_id);
         CREATE TABLE messages_quotes(_id INTEGER PRIMARY KEY, key_id, data, key_from_me, remote_resource);
         INSERT INTO messages VALUES (3, '353861234501@s.whatsapp.net', 0, '3A03', 0, 'x', 1735732800000, '0', 1),
            (4, '353861234501@s.whatsapp.net', 0, '3A04', 0, 'x', 1735732800000, '0', 2),
            (5, '353861234501@s.whatsapp.net', 0, '3A05', 0, 'x', 1735732800000, '0', 3),
            (6, '353861234501@s.whatsapp.net', 0, '3A06', 0, 'x', 1735732800000, '0', 4);
         INSERT INTO messages_quotes VALUES (1, '3B01', 'words', 0, '353861234502@s.whatsapp.net'),
            (2, '3B01', 'words', 0, '353861234501@s.whatsapp.net'), (3, '3B01', 'words', 1, '353861234502@s.whatsapp.net'),
            (4, '3B01', 'words', 0, NULL);",
    )
    .unwrap();
    for store in [modern, legacy] {
        assert_eq!(quoted(&store, "3A03"), (None, true));
        assert_eq!(quoted(&store, "3A04"), (Some(1), false));
        assert_eq!(quoted(&store, "3A05"), (Some(0), false));
        assert_eq!(quoted(&store, "3A06"), (Some(1), false));
    }
}

#[test]
fn words_with_a_location_are_kept() {
    let store = store(
        "CREATE TABLE message_location(message_row_id INTEGER PRIMARY KEY, latitude, longitude, place_name);
         INSERT INTO message VALUES (3, 1, 0, '3A03', 0, 1735732860000, 16, 'on my way, start with door 4'),
            (4, 1, 0, '3A04', 0, 1735732870000, 5, 'meet me at the side entrance'),
            (5, 1, 0, '3A05', 0, 1735732880000, 16, NULL), (6, 1, 0, '3A06', 0, 1735732890000, 5, 'Zola');
         INSERT INTO message_location VALUES (3, 48.5, 2.5, NULL), (4, 48.5, 2.5, 'Zola'), (5, 48.5, 2.5, NULL),
            (6, 48.5, 2.5, 'Zola');",
    )
    .unwrap();
    let read: Vec<_> = (first(&store)[1..].iter())
        .map(|m| {
            (
                m.kind,
                m.text.replace("https://maps.google.com/?q=48.5,2.5", "URL"),
            )
        })
        .collect();
    let is = |kind: Kind, text: &str| (kind, text.to_owned());
    assert_eq!(
        read,
        [
            is(Kind::Location, "on my way, start with door 4\nURL"),
            is(Kind::Location, "Zola\nmeet me at the side entrance\nURL"),
            is(Kind::LiveLocation, "location: URL"),
            is(Kind::Location, "Zola\nURL"),
        ]
    );
}

#[test]
fn words_with_a_location_of_the_old_schema_are_kept() {
    let store = store(
        "CREATE TABLE messages(_id INTEGER PRIMARY KEY, key_remote_jid, key_from_me, key_id, status, data, timestamp,
            media_wa_type, media_name, media_caption, latitude, longitude);
         INSERT INTO messages VALUES (1, '-1', 0, '-1', 0, NULL, 0, NULL, NULL, NULL, NULL, NULL),
            (2, '353861234501@s.whatsapp.net', 0, 'AC02', 0, 'by the side', 1735732700000, '5', NULL, NULL, 1.5, 2.5),
            (3, '353861234501@s.whatsapp.net', 0, 'AC03', 0, NULL, 1735732710000, '16', NULL, 'door 4', 1.5, 2.5),
            (4, '353861234501@s.whatsapp.net', 0, 'AC04', 0, '/9j/4AAQ', 1735732720000, '5', 'Pier', NULL, 1.5, 2.5);",
    )
    .unwrap();
    let read: Vec<String> = (first(&store)[..3].iter())
        .map(|m| m.text.replace("https://maps.google.com/?q=1.5,2.5", "URL"))
        .collect();
    assert_eq!(read, ["by the side\nURL", "door 4\nURL", "Pier\nURL"]);
}

/// Some programs decrypt a backup and keep its name.
#[test]
fn decrypted_backup_is_a_database_and_not_an_encrypted_backup() {
    let folder = tempfile::tempdir().unwrap();
    let format_of = |name: &str, begin: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, begin).unwrap();
        let claim = super::super::claim(&path, false, false)?;
        Some(super::super::READERS[claim.reader].format().word)
    };
    for name in [
        "msgstore.db.crypt15",
        "msgstore.db.crypt14",
        "msgstore-2025-01-03.1.db.crypt12",
    ] {
        let plain = format_of(name, b"SQLite format 3\0 and pages");
        assert_eq!(plain, Some("msgstore"), "{name}");
        let encrypted = format_of(name, b"\x08\x01\x1a\x12");
        assert_eq!(encrypted, Some("crypt15"), "{name}");
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
}
