//! WhatsApp's databases with chosen rows, in the schemas of 2026; a message a minute.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

/// The instant of the first row, in seconds since the epoch.
pub(crate) const BEGIN: i64 = 1_780_000_000;
/// The epoch of iPhones, in the same.
const APPLE: i64 = 978_307_200;

const ANDROID: &str = "
CREATE TABLE jid(_id INTEGER PRIMARY KEY, raw_string TEXT);
CREATE TABLE jid_map(lid_row_id INTEGER PRIMARY KEY, jid_row_id INTEGER);
CREATE TABLE lid_display_name(lid_row_id INTEGER PRIMARY KEY, display_name TEXT);
CREATE TABLE chat(_id INTEGER PRIMARY KEY, jid_row_id INTEGER UNIQUE, subject TEXT);
CREATE TABLE message(_id INTEGER PRIMARY KEY, chat_row_id INTEGER, from_me INTEGER, key_id TEXT,
  sender_jid_row_id INTEGER, status INTEGER, origin INTEGER, timestamp INTEGER, message_type INTEGER, text_data TEXT);
CREATE TABLE message_media(message_row_id INTEGER PRIMARY KEY, file_path TEXT, mime_type TEXT, media_name TEXT, media_caption TEXT);
CREATE TABLE message_vcard(_id INTEGER PRIMARY KEY, message_row_id INTEGER, vcard TEXT);
CREATE TABLE message_mentions(_id INTEGER PRIMARY KEY, message_row_id INTEGER, jid_row_id INTEGER, display_name TEXT);
CREATE TABLE message_add_on(_id INTEGER PRIMARY KEY, from_me INTEGER, sender_jid_row_id INTEGER,
  parent_message_row_id INTEGER, message_add_on_type INTEGER);
CREATE TABLE message_add_on_reaction(message_add_on_row_id INTEGER PRIMARY KEY, reaction TEXT);
CREATE TABLE message_poll_option(_id INTEGER PRIMARY KEY, message_row_id INTEGER, option_name TEXT);
CREATE TABLE message_template(message_row_id INTEGER PRIMARY KEY, content_text_data TEXT, footer_text_data TEXT);
CREATE TABLE message_template_button(_id INTEGER PRIMARY KEY, message_row_id INTEGER, text_data TEXT, extra_data TEXT);
CREATE TABLE message_ui_elements(_id INTEGER PRIMARY KEY, message_row_id INTEGER, element_type INTEGER, element_content TEXT);
CREATE TABLE message_ui_elements_reply(_id INTEGER PRIMARY KEY, message_row_id INTEGER, element_type INTEGER,
  reply_values TEXT, reply_description TEXT);
CREATE TABLE message_group_invite(message_row_id INTEGER PRIMARY KEY, group_name TEXT);
CREATE TABLE message_order(message_row_id INTEGER PRIMARY KEY, order_title TEXT, item_count INTEGER, message TEXT,
  currency_code TEXT, total_amount_1000 INTEGER);
CREATE TABLE message_product(message_row_id INTEGER PRIMARY KEY, title TEXT, description TEXT, body TEXT, footer TEXT,
  currency_code TEXT, amount_1000 INTEGER);
CREATE TABLE message_system(message_row_id INTEGER PRIMARY KEY, action_type INTEGER);
INSERT INTO message VALUES (1, -1, 0, '-1', 0, -1, 0, 0, -1, NULL);
";

const IPHONE: &str = "
CREATE TABLE ZWACHATSESSION(Z_PK INTEGER PRIMARY KEY, ZSESSIONTYPE INTEGER, ZCONTACTJID TEXT, ZCONTACTIDENTIFIER TEXT, ZPARTNERNAME TEXT);
CREATE TABLE ZWAGROUPMEMBER(Z_PK INTEGER PRIMARY KEY, ZCHATSESSION INTEGER, ZCONTACTNAME TEXT, ZMEMBERJID TEXT);
CREATE TABLE ZWAPROFILEPUSHNAME(Z_PK INTEGER PRIMARY KEY, ZJID TEXT, ZPUSHNAME TEXT);
CREATE TABLE ZWAMESSAGE(Z_PK INTEGER PRIMARY KEY, ZCHATSESSION INTEGER, ZISFROMME INTEGER, ZSTANZAID TEXT, ZMESSAGEDATE REAL,
  ZMESSAGETYPE INTEGER, ZGROUPEVENTTYPE INTEGER, ZTEXT TEXT, ZFROMJID TEXT, ZGROUPMEMBER INTEGER, ZMEDIAITEM INTEGER, ZPARENTMESSAGE INTEGER);
CREATE TABLE ZWAMEDIAITEM(Z_PK INTEGER PRIMARY KEY, ZMESSAGE INTEGER, ZMEDIALOCALPATH TEXT, ZTITLE TEXT, ZVCARDNAME TEXT,
  ZVCARDSTRING TEXT, ZLATITUDE REAL, ZLONGITUDE REAL, ZMETADATA BLOB);
CREATE TABLE ZWAMESSAGEINFO(Z_PK INTEGER PRIMARY KEY, ZMESSAGE INTEGER, ZRECEIPTINFO BLOB);
";

const OLD_ANDROID: &str = "
CREATE TABLE messages(_id INTEGER PRIMARY KEY, key_remote_jid TEXT, key_from_me INTEGER, key_id TEXT, status INTEGER,
  data TEXT, timestamp INTEGER, media_wa_type TEXT, media_caption TEXT, media_name TEXT, media_mime_type TEXT,
  remote_resource TEXT, latitude REAL, longitude REAL, edit_version INTEGER);
CREATE TABLE message_media(message_row_id INTEGER PRIMARY KEY, file_path TEXT);
INSERT INTO messages(_id, key_remote_jid, key_id, timestamp) VALUES (1, '-1', '-1', 0);
";

/// A database, open for further rows.
pub(crate) struct Database {
    connection: Connection,
    rows: i64,
}

/// A new database with these tables.
pub(crate) fn database(path: &Path, tables: &str) -> Connection {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let database = Connection::open_with_flags(path, flags).expect("opened");
    database.execute_batch(tables).expect("tables");
    database
}

impl Database {
    fn new(path: &Path, tables: &str) -> Database {
        Database {
            connection: database(path, tables),
            rows: 1,
        }
    }

    /// Executes statements.
    pub(crate) fn sql(&self, sql: &str) {
        self.connection.execute_batch(sql).expect("executed");
    }

    fn next(&mut self) -> (i64, i64, String) {
        self.rows += 1;
        let id = format!("3A{:018X}", 0xB0000 + self.rows);
        (self.rows, BEGIN + 60 * (self.rows - 2), id)
    }
}

/// `msgstore.db`.
pub(crate) struct Android(Database);

impl Android {
    /// A new one in a folder.
    pub(crate) fn new(folder: &Path) -> Android {
        Android(Database::new(&folder.join("msgstore.db"), ANDROID))
    }

    /// The row of a jid.
    pub(crate) fn jid(&self, raw: &str) -> i64 {
        let known = "SELECT _id FROM jid WHERE raw_string = ?1";
        let found = self.0.connection.query_row(known, [raw], |row| row.get(0));
        found.unwrap_or_else(|_| {
            let insert = "INSERT INTO jid(raw_string) VALUES (?1)";
            self.0.connection.execute(insert, [raw]).expect("a jid");
            self.0.connection.last_insert_rowid()
        })
    }

    /// A new chat.
    pub(crate) fn chat(&self, raw: &str, subject: Option<&str>) -> i64 {
        let insert = "INSERT INTO chat(jid_row_id, subject) VALUES (?1, ?2)";
        let values = params![self.jid(raw), subject];
        self.0.connection.execute(insert, values).expect("a chat");
        self.0.connection.last_insert_rowid()
    }

    /// A row of the other participant.
    pub(crate) fn row(&mut self, chat: i64, kind: i64, text: Option<&str>) -> i64 {
        self.row_by(chat, kind, text, None)
    }

    /// A row of a sender.
    pub(crate) fn row_by(
        &mut self,
        chat: i64,
        kind: i64,
        text: Option<&str>,
        by: Option<&str>,
    ) -> i64 {
        let (row, at, id) = self.0.next();
        let insert = "INSERT INTO message VALUES (?1, ?2, 0, ?3, ?4, 0, 0, ?5, ?6, ?7)";
        let by = by.map_or(0, |raw| self.jid(raw));
        let values = params![row, chat, id, by, at * 1000, kind, text];
        self.0.connection.execute(insert, values).expect("a row");
        row
    }

    /// Executes statements.
    pub(crate) fn sql(&self, sql: &str) {
        self.0.sql(sql);
    }
}

/// `msgstore.db` of the schema before 2021.
pub(crate) struct OldAndroid(Database);

impl OldAndroid {
    /// A new one in a folder.
    pub(crate) fn new(folder: &Path) -> OldAndroid {
        OldAndroid(Database::new(&folder.join("msgstore.db"), OLD_ANDROID))
    }

    /// A row of the other participant.
    pub(crate) fn row(&mut self, jid: &str, kind: i64, text: Option<&str>) -> i64 {
        let (row, at, id) = self.0.next();
        let insert = "INSERT INTO messages(_id, key_remote_jid, key_from_me, key_id, status, data, timestamp, media_wa_type)
             VALUES (?1, ?2, 0, ?3, 0, ?4, ?5, ?6)";
        let values = params![row, jid, id, text, at * 1000, kind.to_string()];
        self.0.connection.execute(insert, values).expect("a row");
        row
    }

    /// Executes statements.
    pub(crate) fn sql(&self, sql: &str) {
        self.0.sql(sql);
    }
}

/// `ChatStorage.sqlite`.
pub(crate) struct Iphone(Database);

impl Iphone {
    /// A new one in a folder.
    pub(crate) fn new(folder: &Path) -> Iphone {
        Iphone::named(folder.join("ChatStorage.sqlite"))
    }

    /// A new one at a path.
    pub(crate) fn named(path: PathBuf) -> Iphone {
        Iphone(Database::new(&path, IPHONE))
    }

    /// A new chat; `kind` 0 is one-to-one, 1 a group.
    pub(crate) fn chat(&self, jid: &str, name: &str, kind: i64) -> i64 {
        let insert = "INSERT INTO ZWACHATSESSION VALUES (NULL, ?1, ?2, NULL, ?3)";
        let values = params![kind, jid, name];
        self.0.connection.execute(insert, values).expect("a chat");
        self.0.connection.last_insert_rowid()
    }

    /// A member of a group.
    pub(crate) fn member(&self, chat: i64, jid: &str) -> i64 {
        let insert = "INSERT INTO ZWAGROUPMEMBER VALUES (NULL, ?1, NULL, ?2)";
        let values = params![chat, jid];
        self.0.connection.execute(insert, values).expect("a member");
        self.0.connection.last_insert_rowid()
    }

    /// A row of the other participant.
    pub(crate) fn row(&mut self, chat: i64, kind: i64, text: Option<&str>) -> i64 {
        self.row_by(chat, kind, text, None)
    }

    /// A row of a member.
    pub(crate) fn row_by(
        &mut self,
        chat: i64,
        kind: i64,
        text: Option<&str>,
        member: Option<i64>,
    ) -> i64 {
        let (row, at, id) = self.0.next();
        let insert =
            "INSERT INTO ZWAMESSAGE VALUES (?1, ?2, 0, ?3, ?4, ?5, 0, ?6, NULL, ?7, NULL, NULL)";
        let values = params![row, chat, id, at - APPLE, kind, text, member];
        self.0.connection.execute(insert, values).expect("a row");
        row
    }

    /// The media item of a row, with chosen columns.
    pub(crate) fn item(&self, row: i64, columns: &str, values: &str) {
        self.sql(&format!(
            "INSERT INTO ZWAMEDIAITEM(Z_PK, ZMESSAGE, {columns}) VALUES ({row}, {row}, {values});
             UPDATE ZWAMESSAGE SET ZMEDIAITEM = {row} WHERE Z_PK = {row};"
        ));
    }

    /// Executes statements.
    pub(crate) fn sql(&self, sql: &str) {
        self.0.sql(sql);
    }
}

/// A field of a protobuf: a number, a text or a message.
pub(crate) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    let mut all = varint(number << 3 | 2);
    all.extend(varint(bytes.len() as u64));
    all.extend_from_slice(bytes);
    all
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Bytes as a literal of SQL.
pub(crate) fn blob(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("x'{digits}'")
}
