//! The database of an Android phone, table by table, from its observed schema. Never here: what it records
//! (`sources`), and encrypted backups.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, params};

use super::conversation::{Content, Conversation, FileKind, Shown};
use super::sources::{Export, Line};

const TABLES: &str = "
CREATE TABLE jid(_id INTEGER PRIMARY KEY, user TEXT, server TEXT, raw_string TEXT);
CREATE TABLE chat(_id INTEGER PRIMARY KEY, jid_row_id INTEGER UNIQUE, subject TEXT);
CREATE TABLE message(_id INTEGER PRIMARY KEY, chat_row_id INTEGER, from_me INTEGER, key_id TEXT,
  sender_jid_row_id INTEGER, origin INTEGER, timestamp INTEGER, received_timestamp INTEGER,
  message_type INTEGER, text_data TEXT);
CREATE TABLE message_media(message_row_id INTEGER PRIMARY KEY, file_path TEXT, file_size INTEGER,
  mime_type TEXT, media_name TEXT, media_caption TEXT);
CREATE TABLE message_edit_info(message_row_id INTEGER PRIMARY KEY, original_key_id TEXT,
  edited_timestamp INTEGER, sender_timestamp INTEGER);
CREATE TABLE message_revoked(message_row_id INTEGER PRIMARY KEY, revoked_key_id TEXT);
CREATE TABLE message_location(message_row_id INTEGER PRIMARY KEY, latitude REAL, longitude REAL,
  place_name TEXT, place_address TEXT, url TEXT);
CREATE TABLE message_vcard(_id INTEGER PRIMARY KEY, message_row_id INTEGER, vcard TEXT);
INSERT INTO message VALUES (1, -1, 0, '-1', 0, 0, 0, 0, NULL, NULL);
";

/// Writes `msgstore.db`, `wa.db` and, if the export has files, `Media/` into a folder.
pub(crate) fn put(export: &Export, of: &Conversation, folder: &Path) {
    let store = opened(&folder.join("msgstore.db"));
    store.execute_batch(TABLES).expect("tables");
    let contacts = opened(&folder.join("wa.db"));
    contacts
        .execute_batch("CREATE TABLE wa_contacts(jid TEXT, display_name TEXT, wa_name TEXT, number TEXT, status TEXT);")
        .expect("tables");
    for (who, person) in of.people.iter().enumerate() {
        let digits = person.phone.trim_start_matches('+');
        let jid = format!("{digits}@s.whatsapp.net");
        let row = params![jid_row(who), digits, "s.whatsapp.net", jid];
        insert(&store, "INSERT INTO jid VALUES (?, ?, ?, ?)", row);
        let row = params![jid, person.names[export.by], person.profile];
        let sql = "INSERT INTO wa_contacts VALUES (?, ?, ?, NULL, NULL)";
        insert(&contacts, sql, row);
    }
    let group =
        "INSERT INTO jid VALUES (900, '120363000000000001', 'g.us', '120363000000000001@g.us')";
    insert(&store, group, []);
    let chat = match of.subject {
        Some(_) => 900,
        None => jid_row(1 - export.by),
    };
    let row = params![chat, of.subject];
    insert(&store, "INSERT INTO chat VALUES (1, ?, ?)", row);
    // Rows stand in the order of storing.
    let mut lines = export.lines(of);
    lines.sort_by_key(|line| of.messages[line.truth].arrival(export.by));
    for (place, line) in lines.iter().enumerate() {
        message(&store, export, of, line, place as i64 + 2);
        if let Some((path, bytes)) = stored(export, line) {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, bytes).expect("written");
        }
    }
}

fn message(store: &Connection, export: &Export, of: &Conversation, line: &Line<'_>, row: i64) {
    let own = line.author == export.by;
    // 0 for one's own and in a chat of two.
    let sender = match own || of.subject.is_none() {
        true => 0,
        false => jid_row(line.author),
    };
    let (kind, text) = match &line.shown {
        Shown::Nothing => return,
        Shown::Deleted => (15, None),
        Shown::Plain(content) | Shown::Edited(content) => kind_and_text(content),
    };
    let origin = i64::from(kind == 2);
    let key = line.key().unwrap_or_else(|| line.id.to_owned());
    let received = of.messages[line.truth].arrival(export.by);
    insert(
        store,
        "INSERT INTO message VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![row, own, key, sender, origin, line.at, received, kind, text],
    );
    match &line.shown {
        Shown::Deleted => {
            let sql = "INSERT INTO message_revoked VALUES (?, ?)";
            insert(store, sql, params![row, line.id]);
        }
        Shown::Edited(_) => {
            let sql = "INSERT INTO message_edit_info VALUES (?, ?, ?, ?)";
            insert(store, sql, params![row, line.id, line.at, line.at]);
        }
        Shown::Nothing | Shown::Plain(_) => {}
    }
    let (Shown::Plain(content) | Shown::Edited(content)) = &line.shown else {
        return;
    };
    match content {
        Content::File(media) => {
            let path = path(line, media.kind);
            let size = media.bytes().len() as i64;
            let mime = match media.kind {
                FileKind::Image => "image/jpeg",
                FileKind::Video => "video/mp4",
                FileKind::Voice => "audio/ogg; codecs=opus",
                FileKind::Document => "application/pdf",
            };
            let title = (media.kind == FileKind::Document).then(|| media.title());
            let sql = "INSERT INTO message_media VALUES (?, ?, ?, ?, ?, NULL)";
            insert(store, sql, params![row, path, size, mime, title]);
        }
        Content::Place {
            latitude,
            longitude,
        } => {
            let sql = "INSERT INTO message_location VALUES (?, ?, ?, NULL, NULL, NULL)";
            insert(store, sql, params![row, latitude, longitude]);
        }
        Content::Card { name } => {
            let card = format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEND:VCARD\n");
            let sql = "INSERT INTO message_vcard VALUES (NULL, ?, ?)";
            insert(store, sql, params![row, card]);
        }
        Content::Text(_) | Content::Poll { .. } => {}
    }
}

/// The number of the type (2.3) and `text_data`.
fn kind_and_text(content: &Content) -> (i64, Option<&str>) {
    match content {
        Content::Text(text) => (0, Some(text)),
        Content::Poll { question, .. } => (66, Some(question)),
        Content::Place { .. } => (5, None),
        Content::Card { name } => (4, Some(name)),
        Content::File(media) => {
            let kind = match media.kind {
                FileKind::Image => 1,
                FileKind::Voice => 2,
                FileKind::Video => 3,
                FileKind::Document => 9,
            };
            (kind, media.caption.as_deref())
        }
    }
}

/// Where the phone keeps the file, below its folder of WhatsApp.
fn path(line: &Line<'_>, kind: FileKind) -> String {
    let folder = match kind {
        FileKind::Image => "WhatsApp Images",
        FileKind::Video => "WhatsApp Video",
        FileKind::Voice => "WhatsApp Voice Notes",
        FileKind::Document => "WhatsApp Documents",
    };
    format!("Media/{folder}/{}", line.file_name)
}

fn stored(export: &Export, line: &Line<'_>) -> Option<(String, Vec<u8>)> {
    match &line.shown {
        Shown::Plain(Content::File(media)) if export.media => {
            Some((path(line, media.kind), media.bytes()))
        }
        _ => None,
    }
}

fn jid_row(who: usize) -> i64 {
    who as i64 + 1
}

fn insert(database: &Connection, sql: &str, values: impl rusqlite::Params) {
    let rows = database.execute(sql, values).expect("a row");
    assert_eq!(rows, 1, "{sql}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a store of WhatsApp's, and no checkpoint"
)]
fn opened(path: &Path) -> Connection {
    Connection::open(path).expect("a database")
}
