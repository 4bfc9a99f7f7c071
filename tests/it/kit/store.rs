//! A `msgstore.db` with chosen rows, for cases that one test needs.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

/// Wednesday, 2025-01-01, 13:00:00 in Berlin.
const BEGIN: i64 = 1_735_732_800_000;

const TABLES: &str = "
CREATE TABLE jid(_id INTEGER PRIMARY KEY, raw_string TEXT);
CREATE TABLE chat(_id INTEGER PRIMARY KEY, jid_row_id INTEGER UNIQUE, subject TEXT);
CREATE TABLE message(_id INTEGER PRIMARY KEY, chat_row_id INTEGER, from_me INTEGER, key_id TEXT,
  sender_jid_row_id INTEGER, origin INTEGER, timestamp INTEGER, message_type INTEGER, text_data TEXT);
CREATE TABLE message_quoted(message_row_id INTEGER PRIMARY KEY, from_me INTEGER, sender_jid_row_id INTEGER,
  parent_message_chat_row_id INTEGER, key_id TEXT, text_data TEXT);
CREATE TABLE message_edit_info(message_row_id INTEGER PRIMARY KEY, original_key_id TEXT, edited_timestamp INTEGER);
CREATE TABLE message_location(message_row_id INTEGER PRIMARY KEY, latitude REAL, longitude REAL,
  place_name TEXT, place_address TEXT, url TEXT);
CREATE TABLE message_add_on(_id INTEGER PRIMARY KEY, from_me INTEGER, sender_jid_row_id INTEGER,
  parent_message_row_id INTEGER, message_add_on_type INTEGER);
CREATE TABLE message_add_on_reaction(message_add_on_row_id INTEGER PRIMARY KEY, reaction TEXT);
CREATE TABLE message_vcard(_id INTEGER PRIMARY KEY, message_row_id INTEGER, vcard TEXT);
INSERT INTO message VALUES (1, -1, 0, '-1', 0, 0, 0, NULL, NULL);
";

/// One message.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// The jid of its chat.
    pub(crate) chat: &'static str,
    pub(crate) id: &'static str,
    /// Seconds from 13:00 in Berlin on the first of January 2025.
    pub(crate) at: i64,
    pub(crate) text: &'static str,
    pub(crate) mine: bool,
    /// The jid of who says it, in a group.
    pub(crate) by: Option<&'static str>,
    /// What it answers: id, text, and the jid of that message's chat.
    pub(crate) quotes: Option<(&'static str, &'static str, &'static str)>,
    /// The id of the row, where the message was edited.
    pub(crate) edit: Option<&'static str>,
    pub(crate) kind: i64,
    /// Who reacted, by jid, and how.
    pub(crate) reaction: Option<(&'static str, &'static str)>,
}

impl Row {
    /// A text that somebody else wrote.
    pub(crate) fn they(chat: &'static str, id: &'static str, at: i64, text: &'static str) -> Row {
        Row {
            chat,
            id,
            at,
            text,
            mine: false,
            by: None,
            quotes: None,
            edit: None,
            kind: 0,
            reaction: None,
        }
    }

    /// A text of the owner's.
    pub(crate) fn i(chat: &'static str, id: &'static str, at: i64, text: &'static str) -> Row {
        Row {
            mine: true,
            ..Row::they(chat, id, at, text)
        }
    }
}

fn opened(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    Connection::open_with_flags(path, flags).expect("opened")
}

/// Writes the store into `folder`, with the names of `wa.db` beside it: jid and name.
pub(crate) fn msgstore(folder: &Path, rows: &[Row], names: &[(&str, &str)]) {
    fs::create_dir_all(folder).expect("made");
    let path = folder.join("msgstore.db");
    let _ = fs::remove_file(&path);
    let store = opened(&path);
    store.execute_batch(TABLES).expect("tables");
    store.execute_batch("BEGIN").expect("a transaction");
    let jid = |raw: &str| -> i64 {
        let known = "SELECT _id FROM jid WHERE raw_string = ?1";
        store
            .query_row(known, [raw], |row| row.get(0))
            .unwrap_or_else(|_| {
                let insert = "INSERT INTO jid (raw_string) VALUES (?1)";
                store.execute(insert, [raw]).expect("a jid");
                store.last_insert_rowid()
            })
    };
    let subject = |raw: &str| {
        let known = names.iter().find(|(jid, _)| *jid == raw);
        known
            .filter(|_| raw.ends_with("@g.us"))
            .map(|(_, name)| *name)
    };
    let chat = |raw: &str| -> i64 {
        let jid = jid(raw);
        let known = "SELECT _id FROM chat WHERE jid_row_id = ?1";
        store
            .query_row(known, [jid], |row| row.get(0))
            .unwrap_or_else(|_| {
                let insert = "INSERT INTO chat (jid_row_id, subject) VALUES (?1, ?2)";
                store
                    .execute(insert, params![jid, subject(raw)])
                    .expect("a chat");
                store.last_insert_rowid()
            })
    };
    for (number, row) in (2i64..).zip(rows) {
        let insert = "INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)";
        let by = row.by.map_or(0, jid);
        let (key, at) = (row.edit.unwrap_or(row.id), BEGIN + row.at * 1000);
        let text = (row.kind == 0).then_some(row.text);
        let values = params![
            number,
            chat(row.chat),
            row.mine,
            key,
            by,
            at,
            row.kind,
            text
        ];
        store.execute(insert, values).expect("a message");
        if row.edit.is_some() {
            let insert = "INSERT INTO message_edit_info VALUES (?1, ?2, ?3)";
            store
                .execute(insert, params![number, row.id, at])
                .expect("an edit");
        }
        if let Some((id, text, of)) = row.quotes {
            let insert = "INSERT INTO message_quoted VALUES (?1, 0, 0, ?2, ?3, ?4)";
            store
                .execute(insert, params![number, chat(of), id, text])
                .expect("a quote");
        }
        if let Some((by, sign)) = row.reaction {
            let insert = "INSERT INTO message_add_on VALUES (?1, 0, ?2, ?1, 56)";
            store
                .execute(insert, params![number, jid(by)])
                .expect("an add-on");
            let insert = "INSERT INTO message_add_on_reaction VALUES (?1, ?2)";
            store
                .execute(insert, params![number, sign])
                .expect("a reaction");
        }
        match row.kind {
            5 => {
                let insert =
                    "INSERT INTO message_location VALUES (?1, 52.52, 13.405, ?2, NULL, NULL)";
                store
                    .execute(insert, params![number, row.text])
                    .expect("a place");
            }
            4 => {
                // The lines behind the name are the numbers.
                let (name, numbers) = row.text.split_once('\n').unwrap_or((row.text, "+1 555"));
                let numbers: String = numbers.lines().map(|n| format!("TEL:{n}\n")).collect();
                let card = format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\n{numbers}END:VCARD");
                let insert = "INSERT INTO message_vcard (message_row_id, vcard) VALUES (?1, ?2)";
                store
                    .execute(insert, params![number, card])
                    .expect("a card");
            }
            _ => {}
        }
    }
    store.execute_batch("COMMIT").expect("written");
    let path = folder.join("wa.db");
    let _ = fs::remove_file(&path);
    let contacts = opened(&path);
    let table = "CREATE TABLE wa_contacts(_id INTEGER PRIMARY KEY, jid TEXT, display_name TEXT, wa_name TEXT)";
    contacts.execute_batch(table).expect("a table");
    for (jid, name) in names {
        let insert = "INSERT INTO wa_contacts (jid, display_name) VALUES (?1, ?2)";
        contacts
            .execute(insert, params![jid, name])
            .expect("a name");
    }
}
