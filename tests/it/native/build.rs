//! One chat, written down as each of the programs does.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use aes_gcm::aead::array::typenum::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{AesGcm, aes::Aes256};
use chatferry::internals::native::wamid_of;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Europe::Berlin;
use flate2::{Compression, write::ZlibEncoder};
use hkdf::Hkdf;
use md5::Digest as _;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::kit::archive::jpeg;
use crate::kit::chat::OWNER;

const PHONE: &str = "353861234501";
const OWN: &str = "4915112345678";
const NAME: &str = "Ben Cooper";
const KEY: [u8; 32] = [
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
    0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87, 0x98, 0xa9, 0xba, 0xcb, 0xdc, 0xed, 0xfe, 0x0f,
];

/// A message as it is told.
#[derive(Clone)]
pub(crate) struct Told {
    pub(super) id: &'static str,
    pub(super) mine: bool,
    /// Seconds since the epoch.
    at: i64,
    words: &'static str,
    /// The place of the message that it answers.
    pub(super) answers: Option<usize>,
    /// The key of its row, where it was edited or deleted.
    pub(super) was: Option<&'static str>,
    pub(super) deleted: bool,
    pub(super) file: Option<&'static str>,
}

impl Told {
    /// A text at an instant, in seconds since the epoch.
    pub(crate) fn text(id: &'static str, mine: bool, at: i64, words: &'static str) -> Told {
        Told {
            id,
            mine,
            at,
            words,
            answers: None,
            was: None,
            deleted: false,
            file: None,
        }
    }

    fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.at, 0).expect("a time")
    }

    pub(super) fn utc(&self) -> String {
        self.time().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    pub(super) fn local(&self) -> String {
        let local = self.time().with_timezone(&Berlin);
        local.format("%Y-%m-%dT%H:%M:%S").to_string()
    }

    pub(super) fn kind(&self) -> &'static str {
        match (self.deleted, self.file) {
            (true, _) => "deleted",
            (false, Some(_)) => "media",
            (false, None) => "text",
        }
    }

    pub(super) fn says(&self) -> &'static str {
        match self.deleted {
            true => "This message was deleted",
            false => self.words,
        }
    }
}

/// The chat: texts, replies to ids of three kinds of phone and to an edited message, a photo with
/// words, an edit, a deletion, two equal words.
pub(crate) fn messages() -> Vec<Told> {
    let told = |id, mine, minutes: i64, words| Told {
        id,
        mine,
        at: 1_735_732_800 + minutes * 60 + 7,
        words,
        answers: None,
        was: None,
        deleted: false,
        file: None,
    };
    let they = |id, minutes, words| told(id, false, minutes, words);
    let i = |id, minutes, words| told(id, true, minutes, words);
    vec![
        they(
            "3A147ACFD8475480CC39",
            0,
            "Hello, can you send the quote?\nThanks <b>Al</b> & co",
        ),
        Told {
            answers: Some(0),
            ..i(
                "AC3F0A7E15D9B64C20E8F7D1A2B3C4D5",
                1,
                "Sure, one moment please",
            )
        },
        Told {
            file: Some("IMG-20250101-WA0001.jpg"),
            ..they("3A4A6599AEE03810144F", 3, "what I see from here")
        },
        Told {
            was: Some("ACD1D2D3D4D5D6D7D8D9DADBDCDDDEDF"),
            ..i(
                "AC9D0B1C2E3F405162738495A6B7C8D9",
                8,
                "The price is 120 in all",
            )
        },
        Told {
            deleted: true,
            was: Some("3A00000000000000AB06"),
            ..they("3A00000000000000AB05", 10, "")
        },
        Told {
            answers: Some(3),
            ..they("3A00000000000000AB08", 13, "ok for 120 then")
        },
        they("3A00000000000000AB09", 15, "ok"),
        they("3A00000000000000AB0A", 15, "ok"),
        Told {
            answers: Some(1),
            ..they("3EB0C431C26A1916E07A6B", 20, "that moment is over now")
        },
    ]
}

/// Writes the source of this name.
pub(crate) fn store(path: &Path, told: &[Told]) {
    let folder = path.parent().expect("a folder");
    let name = path
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    match name.as_str() {
        "msgstore.db" if folder.ends_with("legacy") => legacy(path, told),
        "msgstore.db" => modern(path, told),
        "ChatStorage.sqlite" => apple(path, told),
        "android.json" => exporter(path, told, false),
        "ios.json" => exporter(path, told, true),
        "webhooks.jsonl" => webhooks(path, told),
        crypted => encrypted(path, told, crypted.starts_with("password")),
    }
    if name.ends_with(".db") || name.ends_with("crypt15") || name.ends_with(".json") {
        files(&folder.join("Media/WhatsApp Images"), told);
    }
    if name.ends_with(".sqlite") {
        files(&folder.join("Message/Media/x"), told);
    }
}

fn files(folder: &Path, told: &[Told]) {
    fs::create_dir_all(folder).expect("made");
    for name in told.iter().filter_map(|told| told.file) {
        fs::write(folder.join(name), jpeg(400, 3)).expect("written");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a store of WhatsApp's, and no checkpoint"
)]
fn opened(path: impl AsRef<Path>) -> Connection {
    let database = Connection::open(path).expect("a database");
    // Each row is a transaction of its own, and no test is about a power cut.
    let set = database.execute_batch("PRAGMA synchronous = OFF");
    set.expect("set");
    database
}

fn place_of(told: &[Told], place: usize) -> &Told {
    &told[place % told.len()]
}

const MODERN: &str = "
CREATE TABLE jid(_id INTEGER PRIMARY KEY, user TEXT, server TEXT, raw_string TEXT);
CREATE TABLE jid_map(lid_row_id INTEGER PRIMARY KEY, jid_row_id INTEGER);
CREATE TABLE lid_display_name(lid_row_id INTEGER PRIMARY KEY, display_name TEXT, username TEXT);
CREATE TABLE chat(_id INTEGER PRIMARY KEY, jid_row_id INTEGER UNIQUE, subject TEXT);
CREATE TABLE message(_id INTEGER PRIMARY KEY, chat_row_id INTEGER, from_me INTEGER, key_id TEXT,
  sender_jid_row_id INTEGER, origin INTEGER, timestamp INTEGER, message_type INTEGER, text_data TEXT);
CREATE TABLE message_quoted(message_row_id INTEGER PRIMARY KEY, key_id TEXT, text_data TEXT);
CREATE TABLE message_media(message_row_id INTEGER PRIMARY KEY, file_path TEXT, mime_type TEXT, media_name TEXT, media_caption TEXT);
CREATE TABLE message_edit_info(message_row_id INTEGER PRIMARY KEY, original_key_id TEXT, edited_timestamp INTEGER);
CREATE TABLE message_revoked(message_row_id INTEGER PRIMARY KEY, revoked_key_id TEXT);
INSERT INTO jid VALUES (1, '184069530861739', 'lid', '184069530861739@lid'), (2, '353861234501', 's.whatsapp.net', '353861234501@s.whatsapp.net'), (3, 'status', 'broadcast', 'status@broadcast');
INSERT INTO jid_map VALUES (1, 2);
INSERT INTO lid_display_name VALUES (1, 'Ben Cooper', NULL);
INSERT INTO chat VALUES (1, 1, NULL), (2, 3, NULL);
INSERT INTO message VALUES (1, -1, 0, '-1', 0, 0, 0, NULL, NULL);
INSERT INTO message VALUES (900000, 2, 0, '3AFFFFFFFFFFFFFFFFFF', 0, 0, 1735732800000, 0, 'a status of somebody');
INSERT INTO message VALUES (900001, 77, 0, '3AFFFFFFFFFFFFFFFFFE', 0, 0, 1735732800000, 0, 'a chat that is gone');
";

fn modern(path: &Path, told: &[Told]) {
    let database = opened(path);
    database.execute_batch(MODERN).expect("tables");
    rows(&database, told, 0);
}

fn rows(database: &Connection, told: &[Told], first: usize) {
    let all = messages();
    for (place, told) in told.iter().enumerate() {
        let row = (place + first + 2) as i64;
        let kind = match (told.deleted, told.file) {
            (true, _) => 15,
            (false, Some(_)) => 1,
            (false, None) => 0,
        };
        let text = (!told.deleted).then_some(told.words);
        let key = told.was.unwrap_or(told.id);
        database
            .execute(
                "INSERT INTO message VALUES (?, 1, ?, ?, 0, 0, ?, ?, ?)",
                params![row, told.mine, key, told.at * 1000, kind, text],
            )
            .expect("a row");
        if let Some(answered) = told.answers {
            let answered = place_of(&all, answered);
            let values = params![row, answered.id, answered.words];
            database
                .execute("INSERT INTO message_quoted VALUES (?, ?, ?)", values)
                .expect("a row");
        }
        if let Some(name) = told.file {
            let values = params![row, format!("Media/WhatsApp Images/{name}")];
            let sql = "INSERT INTO message_media VALUES (?, ?, 'image/jpeg', NULL, NULL)";
            database.execute(sql, values).expect("a row");
        }
        let values = params![row, told.id];
        let beside = match (told.was, told.deleted) {
            (None, _) => continue,
            (Some(_), true) => "INSERT INTO message_revoked VALUES (?, ?)",
            (Some(_), false) => "INSERT INTO message_edit_info VALUES (?, ?, 1)",
        };
        database.execute(beside, values).expect("a row");
    }
}

/// Adds messages that stay in the log: what the writer leaves is copied while it is open.
pub(super) fn log(path: &Path, told: &[Told], copy: &Path) {
    logged(path, copy, |database| {
        rows(database, told, messages().len() - told.len());
    });
}

/// Changes a status of somebody in the log.
pub(super) fn touch(path: &Path, copy: &Path) {
    logged(path, copy, |database| {
        let sql = "UPDATE message SET text_data = 'changed' WHERE _id = 900000";
        database.execute(sql, []).expect("a row");
    });
}

fn logged(path: &Path, copy: &Path, change: impl Fn(&Connection)) {
    let database = opened(path);
    let mode: String = database
        .query_row("PRAGMA journal_mode = wal", [], |row| row.get(0))
        .expect("a log");
    assert_eq!(mode, "wal");
    database
        .execute_batch("PRAGMA wal_autocheckpoint = 0")
        .expect("set");
    change(&database);
    for ending in ["", "-wal"] {
        let name = format!("msgstore.db{ending}");
        fs::copy(path.with_file_name(&name), copy.join(&name)).expect("copied");
    }
}

/// Adds reactions to the first messages of a store.
pub(super) fn react(path: &Path, count: i64) {
    let database = opened(path);
    let tables = "CREATE TABLE message_add_on(_id INTEGER PRIMARY KEY, from_me INTEGER, sender_jid_row_id INTEGER, parent_message_row_id INTEGER);
         CREATE TABLE message_add_on_reaction(message_add_on_row_id INTEGER PRIMARY KEY, reaction TEXT);";
    database.execute_batch(tables).expect("tables");
    for row in 0..count {
        let values = params![row + 1, row + 2];
        database
            .execute("INSERT INTO message_add_on VALUES (?, 0, 2, ?)", values)
            .expect("a row");
        let sql = "INSERT INTO message_add_on_reaction VALUES (?, 'x')";
        database.execute(sql, params![row + 1]).expect("a row");
    }
}

/// Has the one file of a store be named so.
pub(super) fn name_file(path: &Path, name: &str) {
    let sql = "UPDATE message_media SET file_path = ?";
    opened(path).execute(sql, params![name]).expect("a row");
}

/// The list of a backup of an iPhone with a file of this part of it.
pub(super) fn manifest(path: &Path, domain: &str) {
    let sql = format!(
        "DROP TABLE IF EXISTS Files;
         CREATE TABLE Files(fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT);
         INSERT INTO Files VALUES ('ab', '{domain}', 'x');"
    );
    opened(path).execute_batch(&sql).expect("a list");
}

fn legacy(path: &Path, told: &[Told]) {
    let database = opened(path);
    let columns = "_id INTEGER PRIMARY KEY, key_remote_jid TEXT, key_from_me INTEGER, key_id TEXT, status INTEGER, data TEXT, timestamp INTEGER, media_wa_type TEXT, media_caption TEXT, media_name TEXT, media_mime_type TEXT, remote_resource TEXT, quoted_row_id INTEGER, edit_version INTEGER";
    database
        .execute_batch(&format!(
            "CREATE TABLE messages({columns}); CREATE TABLE messages_quotes({columns});
             CREATE TABLE message_media(message_row_id INTEGER PRIMARY KEY, file_path TEXT);
             INSERT INTO messages(_id, key_remote_jid, key_id, timestamp) VALUES (1, '-1', '-1', 0);"
        ))
        .expect("tables");
    wa_db(path);
    let all = messages();
    for (place, told) in told.iter().enumerate() {
        let row = (place + 2) as i64;
        let (kind, data, caption) = match (told.deleted, told.file) {
            (true, _) => ("15", None, None),
            (false, Some(_)) => ("1", None, Some(told.words)),
            (false, None) => ("0", Some(told.words), None),
        };
        let quoted = told.answers.map(|answered| {
            let answered = place_of(&all, answered);
            let sql = "INSERT INTO messages_quotes(_id, key_id, data) VALUES (?, ?, ?)";
            database
                .execute(sql, params![row, answered.id, answered.words])
                .expect("a row");
            row
        });
        database
            .execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, NULL, NULL, ?, 0)",
                params![
                    row,
                    format!("{PHONE}@s.whatsapp.net"),
                    told.mine,
                    told.id,
                    data,
                    told.at * 1000,
                    kind,
                    caption,
                    told.file,
                    quoted.unwrap_or(0)
                ],
            )
            .expect("a row");
        if let Some(name) = told.file {
            let values = params![row, format!("Media/WhatsApp Images/{name}")];
            database
                .execute("INSERT INTO message_media VALUES (?, ?)", values)
                .expect("a row");
        }
    }
}

fn wa_db(beside: &Path) {
    let contacts = opened(beside.with_file_name("wa.db"));
    let sql = format!(
        "CREATE TABLE wa_contacts(jid TEXT, display_name TEXT, wa_name TEXT, number TEXT);
         INSERT INTO wa_contacts VALUES ('{PHONE}@s.whatsapp.net', '{NAME}', NULL, NULL);"
    );
    contacts.execute_batch(&sql).expect("tables");
}

fn apple(path: &Path, told: &[Told]) {
    let database = opened(path);
    database
        .execute_batch(&format!(
            "CREATE TABLE ZWACHATSESSION(Z_PK INTEGER PRIMARY KEY, ZSESSIONTYPE INTEGER, ZCONTACTJID TEXT, ZCONTACTIDENTIFIER TEXT, ZPARTNERNAME TEXT);
             CREATE TABLE ZWAMESSAGE(Z_PK INTEGER PRIMARY KEY, ZCHATSESSION INTEGER, ZISFROMME INTEGER, ZSTANZAID TEXT, ZMESSAGEDATE REAL, ZMESSAGETYPE INTEGER, ZTEXT TEXT, ZFROMJID TEXT, ZGROUPMEMBER INTEGER, ZMEDIAITEM INTEGER, ZPARENTMESSAGE INTEGER);
             CREATE TABLE ZWAMEDIAITEM(Z_PK INTEGER PRIMARY KEY, ZMESSAGE INTEGER, ZMEDIALOCALPATH TEXT, ZTITLE TEXT, ZVCARDSTRING TEXT, ZLATITUDE REAL, ZLONGITUDE REAL, ZMETADATA BLOB);
             INSERT INTO ZWACHATSESSION VALUES (1, 0, '184069530861739@lid', '{PHONE}@s.whatsapp.net', '{NAME}'), (2, 3, 'status@broadcast', NULL, NULL);
             INSERT INTO ZWAMESSAGE VALUES (900000, 2, 0, '3AFFFFFFFFFFFFFFFFFF', 0, 0, 'a status', NULL, NULL, NULL, NULL);"
        ))
        .expect("tables");
    let all = messages();
    for (place, told) in told.iter().enumerate() {
        let row = (place + 2) as i64;
        let kind = match (told.deleted, told.file) {
            (true, _) => 14,
            (false, Some(_)) => 1,
            (false, None) => 0,
        };
        let text = (!told.deleted && told.file.is_none()).then_some(told.words);
        let metadata = told.answers.map(|answered| {
            let answered = place_of(&all, answered);
            let mut blob = vec![0x2a, answered.id.len() as u8];
            blob.extend_from_slice(answered.id.as_bytes());
            let said = answered.words.as_bytes();
            blob.extend([0x9a, 0x01, said.len() as u8 + 2, 0x0a, said.len() as u8]);
            blob.extend_from_slice(said);
            blob
        });
        let item = (told.file.is_some() || metadata.is_some()).then_some(row);
        if item.is_some() {
            let local = told.file.map(|name| format!("Media/x/{name}"));
            let caption = told.file.map(|_| told.words);
            database
                .execute(
                    "INSERT INTO ZWAMEDIAITEM VALUES (?, ?, ?, ?, NULL, 640, 480, ?)",
                    params![row, row, local, caption, metadata],
                )
                .expect("a row");
        }
        let date = told.at as f64 - 978_307_200.0;
        database
            .execute(
                "INSERT INTO ZWAMESSAGE VALUES (?, 1, ?, ?, ?, ?, ?, NULL, NULL, ?, NULL)",
                params![row, told.mine, told.id, date, kind, text, item],
            )
            .expect("a row");
    }
}

fn exporter(path: &Path, told: &[Told], apple: bool) {
    let id = |id: &str| id[..if apple { 17 } else { id.len() }].to_owned();
    let all = messages();
    let mut rows = serde_json::Map::new();
    for (place, told) in told.iter().enumerate() {
        let answered = told.answers.map(|answered| place_of(&all, answered));
        let data = match (told.deleted, told.file) {
            (true, _) => "Message deleted".to_owned(),
            (false, Some(name)) => format!("Media/WhatsApp Images/{name}"),
            (false, None) => told.words.replace('\n', " <br>"),
        };
        rows.insert(
            (place + 2).to_string(),
            json!({
                "from_me": told.mine, "timestamp": told.at as f64, "time": "12:00",
                "media": told.file.is_some(), "key_id": id(told.id), "meta": told.deleted,
                "data": data, "sender": null, "safe": false,
                "mime": told.file.map(|_| "image/jpeg"),
                "reply": answered.map(|answered| id(answered.id)),
                "quoted_data": answered.map(|answered| answered.words),
                "caption": told.file.map(|_| told.words), "thumb": null, "sticker": false,
            }),
        );
    }
    let chat = json!({
        format!("{PHONE}@s.whatsapp.net"): {
            "name": NAME, "type": if apple { "ios" } else { "android" }, "my_avatar": null,
            "their_avatar": null, "media_base": "", "messages": rows,
        },
        "15550009999@s.whatsapp.net": {"name": "Nobody", "type": "android", "messages": {}},
        "000000000000000": {"name": "WhatsApp Calls", "type": "android", "messages": {}},
    });
    fs::write(path, chat.to_string()).expect("written");
}

fn webhooks(path: &Path, told: &[Told]) {
    let all = messages();
    let wamid = |told: &Told| wamid_of(PHONE, told.mine, told.id).expect("a wamid");
    let mut lines = Vec::new();
    let mut say = |field: &str, mut value: Value| {
        value["messaging_product"] = "whatsapp".into();
        value["metadata"] = json!({"display_phone_number": OWN, "phone_number_id": "1"});
        value["contacts"] = json!([{"profile": {"name": NAME}, "wa_id": PHONE}]);
        let changes = json!([{"field": field, "value": value}]);
        let line = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]});
        lines.push(line.to_string());
    };
    for told in told {
        let (from, to) = if told.mine {
            (OWN, Some(PHONE))
        } else {
            (PHONE, None)
        };
        let mut message = json!({
            "from": from, "to": to, "id": wamid(told), "timestamp": told.at.to_string(),
        });
        if let Some(answered) = told.answers {
            message["context"] = json!({"from": PHONE, "id": wamid(place_of(&all, answered))});
        }
        match told.file {
            Some(name) => {
                message["type"] = "document".into();
                message["document"] = json!({"id": "123", "mime_type": "image/jpeg", "caption": told.words, "filename": name});
            }
            None => {
                message["type"] = "text".into();
                let edited = told.was.is_some() && !told.deleted;
                let words = if edited || told.deleted {
                    "the first wording"
                } else {
                    told.words
                };
                message["text"] = json!({"body": words});
            }
        }
        let (field, list) = match told.mine {
            true => ("smb_message_echoes", "message_echoes"),
            false => ("messages", "messages"),
        };
        say(field, json!({list: [message]}));
        // A webhook comes twice now and then.
        say(field, json!({list: [message]}));
        if told.was.is_none() {
            continue;
        }
        let mut after =
            json!({"from": from, "to": to, "id": "wamid.x", "timestamp": told.at.to_string()});
        if told.deleted {
            after["type"] = "revoke".into();
            after["revoke"] = json!({"original_message_id": wamid(told)});
        } else {
            after["type"] = "edit".into();
            after["edit"] = json!({"original_message_id": wamid(told), "message": {"type": "text", "text": {"body": told.words}}});
        }
        say(field, json!({list: [after]}));
    }
    fs::write(path, lines.join("\n")).expect("written");
}

fn encrypted(path: &Path, told: &[Told], by_password: bool) {
    let plain = crate::kit::folder();
    let database = plain.path().join("msgstore.db");
    modern(&database, told);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed
        .write_all(&fs::read(&database).expect("a database"))
        .expect("packed");
    let packed = packed.finish().expect("packed");
    let nonce = [7u8; 16];
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, &KEY)
        .expand(b"backup encryption", &mut key)
        .expect("a key");
    let cipher = AesGcm::<Aes256, U16>::new(&key.into());
    let body = cipher
        .encrypt(&nonce.into(), packed.as_slice())
        .expect("encrypted");
    // 1: the kind of key, 3: the nonce, 4: the version, 5: a passkey's data.
    let mut header = vec![0x08, 0x01, 0x1a, 18, 0x0a, 16];
    header.extend(nonce);
    header.extend([0x22, 4, 0x0a, 2, b'2', b'x']);
    if by_password {
        header.extend([0x2a, 2, 0x0a, 0]);
    }
    let mut file = vec![header.len() as u8];
    file.extend(header);
    file.extend(body);
    let sum = md5::Md5::digest(&file);
    file.extend_from_slice(&sum);
    fs::write(path, file).expect("written");
    let digits: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut name = path.as_os_str().to_owned();
    name.push(".key");
    fs::write(name, format!("{digits}\n")).expect("written");
}

/// The text export of the same chat, with its files.
pub(crate) fn text(folder: &Path, told: &[Told]) {
    let folder = folder.join(format!("WhatsApp Chat with {NAME}"));
    fs::create_dir_all(&folder).expect("made");
    let mut lines = String::new();
    for told in told {
        let stamp = told.time().with_timezone(&Berlin).format("%d/%m/%Y, %H:%M");
        let who = if told.mine { OWNER } else { NAME };
        let body = match (told.deleted, told.file) {
            (true, _) => "This message was deleted".to_owned(),
            (false, Some(name)) => format!("{name} (file attached)\n{}", told.words),
            (false, None) if told.was.is_some() => {
                format!("{} <This message was edited>", told.words)
            }
            (false, None) => told.words.to_owned(),
        };
        lines.push_str(&format!("{stamp} - {who}: {body}\n"));
        if let Some(name) = told.file {
            fs::write(folder.join(name), jpeg(400, 3)).expect("written");
        }
    }
    fs::write(folder.join(format!("WhatsApp Chat with {NAME}.txt")), lines).expect("written");
}
