//! Android schema since about 2021: one row per message in `message`, rare data in further tables.
//!
//! Backups have no indexes, so every table is read once, completely and in its own order (observed).

use std::collections::HashMap;

use super::super::directory::Directory;
use super::super::normalize::{NO_TIME, instant};
use super::super::row_type::{CHAT_GONE, RowType};
use super::super::sqlite::{Database, number, text};
use super::super::{Error, NativeMessage, NativeQuote};
use super::details::Details;
use super::{Assignment, FileRow, Reading, kind_with, row_type, row_types};
use crate::chat::Kind;

/// A jid, and the jid of the telephone number if it is a hidden id.
type Jids = HashMap<i64, (String, Option<String>)>;

pub(super) fn read(database: &Database, reading: &mut Reading) -> Result<(), Error> {
    for table in ["message", "chat", "jid"] {
        if !database.has(table) {
            return Err(database.missing(&format!("table {table}")));
        }
    }
    for (table, column) in [
        ("message", "chat_row_id"),
        ("message", "key_id"),
        ("message", "from_me"),
        ("message", "timestamp"),
        ("chat", "jid_row_id"),
        ("jid", "raw_string"),
    ] {
        if !database.has_column(table, column) {
            return Err(database.missing(&format!("column {column} in the table {table}")));
        }
    }
    let jids = jids(database, &reading.people)?;
    let jid = |row: Option<i64>| -> Option<(&str, &str)> {
        let (raw, mapped) = jids.get(&row?)?;
        Some((raw, mapped.as_deref().unwrap_or(raw)))
    };
    let mut details = Details::read(database, reading)?;
    let chats = chats(database)?;
    let mut places: HashMap<i64, Assignment> = HashMap::with_capacity(chats.len());
    let mut last = None;
    database.each(&query(database), |row| {
        let id = number(row, 0)?;
        // A join may repeat the row of a message.
        if last == Some(id) {
            return Ok(());
        }
        last = Some(id);
        let id = id.unwrap_or_default();
        let of_chat = number(row, 5)?.unwrap_or_default();
        // The first row of the table is a placeholder without a chat.
        if of_chat < 0 && text(row, 1)?.as_deref() == Some("-1") {
            return Ok(());
        }
        let assignment = match places.get(&of_chat) {
            Some(place) => *place,
            None => {
                let found = chats.get(&of_chat);
                let jid = found.and_then(|(row, _)| jid(*row));
                let place = match (found, jid) {
                    (Some((_, subject)), Some((raw, mapped))) => {
                        reading.assign(raw, mapped, subject.as_deref())
                    }
                    _ => Assignment::LeftOut(CHAT_GONE),
                };
                places.insert(of_chat, place);
                place
            }
        };
        let Some(chat) = reading.chat_of(assignment) else {
            return Ok(());
        };
        let Some(at) = number(row, 3)?.and_then(instant) else {
            reading.leave_out(NO_TIME);
            return Ok(());
        };
        let mut message = NativeMessage::new(u32::try_from(id).unwrap_or(u32::MAX), at);
        let file = FileRow {
            path: text(row, 11)?,
            mime: text(row, 12)?,
            name: text(row, 13)?,
        };
        let type_number = number(row, 4)?.unwrap_or_default();
        let row_type = match row_type(type_number) {
            RowType::Notice if row_types::is_call(number(row, 20)?) => RowType::Call,
            row_type => row_type,
        };
        let (kind, media_kind) = kind_with(row_type, &file);
        message.kind = kind;
        // An edit and a deletion have ids of their own (observed).
        message.id = text(row, 8)?.filter(|id| !id.is_empty());
        message.edited = message.id.is_some();
        if let Some(revoked) = text(row, 7)?.filter(|id| !id.is_empty()) {
            message.aliases.extend(message.id.replace(revoked));
        }
        let key = text(row, 1)?;
        match message.id {
            None => message.id = key,
            Some(_) => message.aliases.extend(key),
        }
        let from_me = number(row, 2)? == Some(1);
        let is_group = reading.chats[chat].group;
        if !matches!(kind, Kind::System | Kind::Call) || (kind == Kind::Call && !is_group) {
            message.sender = reading.sender(chat, from_me, jid(number(row, 6)?));
        }
        message.text = text(row, 9)?.unwrap_or_default();
        let quoted = text(row, 15)?.filter(|id| !id.is_empty());
        let quoted_text = text(row, 16)?.filter(|text| !text.trim().is_empty());
        if quoted.is_some() || quoted_text.is_some() {
            let by_me = number(row, 17)? == Some(1);
            // A private reply to a message of a group.
            let quoted_in = number(row, 19)?.filter(|row| *row > 0);
            let (sender, is_foreign) = reading.quoted_by(chat, by_me, jid(number(row, 18)?));
            message.quoted = Some(NativeQuote {
                sender,
                elsewhere: is_foreign || quoted_in.is_some_and(|of| of != of_chat),
                ..NativeQuote::in_same_chat(quoted, quoted_text)
            });
        }
        // A caption stays after its file is gone.
        if message.text.is_empty() && (media_kind.is_some() || row_type.may_have_file()) {
            message.text = text(row, 14)?.unwrap_or_default();
        }
        if let Some(kind) = media_kind {
            reading.file(&mut message, kind, file, number(row, 10)? == Some(1));
        }
        details.fill(id, &mut message);
        message.name_mentions(|digits| reading.people.mention(digits));
        reading.add(chat, message, (type_number, row_type));
        Ok(())
    })
}

fn jids(database: &Database, people: &Directory) -> Result<Jids, Error> {
    let mut jids = Jids::new();
    database.each("SELECT _id, raw_string FROM jid", |row| {
        if let (Some(id), Some(raw)) = (number(row, 0)?, text(row, 1)?) {
            let mapped = people.jid_of_number(&raw);
            let mapped = (mapped != raw).then_some(mapped);
            jids.insert(id, (raw, mapped));
        }
        Ok(())
    })?;
    // Row 0 means "no jid"; it must not match a broken row.
    jids.remove(&0);
    Ok(jids)
}

/// Row of a chat's jid, and its subject, by chat row.
type Chats = HashMap<i64, (Option<i64>, Option<String>)>;

fn chats(database: &Database) -> Result<Chats, Error> {
    let mut chats = Chats::new();
    let subject = database.column("chat", "c", "subject");
    let sql = format!("SELECT c._id, c.jid_row_id, {subject} FROM chat c");
    database.each(&sql, |row| {
        if let Some(id) = number(row, 0)? {
            chats.insert(id, (number(row, 1)?, text(row, 2)?));
        }
        Ok(())
    })?;
    Ok(chats)
}

/// The main query, with the columns that the database has. Rows come in table order, which is nearly
/// chronological; each chat is sorted later. People are looked up by row: joins and sorting in SQL took longer
/// than reading everything.
fn query(database: &Database) -> String {
    let is_there = |table: &str| database.has_column(table, "message_row_id");
    let join = |table: &str, alias: &str| match is_there(table) {
        true => format!("LEFT JOIN {table} {alias} ON {alias}.message_row_id = m._id "),
        false => String::new(),
    };
    let of = |table: &str, alias: &str, column: &str| match is_there(table) {
        true => database.column(table, alias, column),
        false => "NULL".to_owned(),
    };
    let m = |column: &str| database.column("message", "m", column);
    format!(
        "SELECT m._id, m.key_id, m.from_me, m.timestamp, {kind}, m.chat_row_id, {sender}, {revoked}, {original}, \
         {words}, {origin}, {path}, {mime}, {name}, {caption}, \
         {quoted}, {quoted_text}, {quoted_by_me}, {quoted_by}, {quoted_in}, {action} \
         FROM message m {quotes}{media}{revokes}{edits}{notices} ORDER BY m._id",
        kind = m("message_type"),
        sender = m("sender_jid_row_id"),
        revoked = of("message_revoked", "rv", "revoked_key_id"),
        original = of("message_edit_info", "ed", "original_key_id"),
        words = m("text_data"),
        origin = m("origin"),
        path = of("message_media", "md", "file_path"),
        mime = of("message_media", "md", "mime_type"),
        name = of("message_media", "md", "media_name"),
        caption = of("message_media", "md", "media_caption"),
        quoted = of("message_quoted", "q", "key_id"),
        quoted_text = of("message_quoted", "q", "text_data"),
        quoted_by_me = of("message_quoted", "q", "from_me"),
        quoted_by = of("message_quoted", "q", "sender_jid_row_id"),
        quoted_in = of("message_quoted", "q", "parent_message_chat_row_id"),
        quotes = join("message_quoted", "q"),
        media = join("message_media", "md"),
        revokes = join("message_revoked", "rv"),
        edits = join("message_edit_info", "ed"),
        action = of("message_system", "sy", "action_type"),
        notices = join("message_system", "sy"),
    )
}
