//! Android schema until about 2021: one flat table `messages` (observed).

use std::collections::HashMap;

use super::super::card::card_text;
use super::super::normalize::{NO_TIME, instant};
use super::super::row_type::{CHAT_GONE, RowType};
use super::super::sqlite::{Database, number, real, text};
use super::super::{Error, NativeMessage, NativeQuote};
use super::details::{Details, Place};
use super::{FileRow, MessageKeys, Reading, kind_with, row_type};
use crate::chat::Kind;

/// Reads the messages that are not in `known`.
pub(super) fn read(
    database: &Database,
    reading: &mut Reading,
    known: &MessageKeys,
) -> Result<(), Error> {
    for column in ["key_from_me", "key_id", "timestamp"] {
        if !database.has_column("messages", column) {
            return Err(database.missing(&format!("column {column} in the table messages")));
        }
    }
    let subjects = subjects(database)?;
    let mut details = Details::read(database, reading)?;
    let of = |column: &str| database.column("messages", "m", column);
    let has_quotes = database.has_column("messages_quotes", "key_id")
        && database.has_column("messages", "quoted_row_id");
    let (quoted, quoted_text, quotes) = match has_quotes {
        true => (
            "q.key_id",
            database.column("messages_quotes", "q", "data"),
            "LEFT JOIN messages_quotes q ON q._id = m.quoted_row_id AND m.quoted_row_id > 0",
        ),
        false => ("NULL", "NULL".to_owned(), ""),
    };
    let of_quote = |column: &str| match has_quotes {
        true => database.column("messages_quotes", "q", column),
        false => "NULL".to_owned(),
    };
    let has_paths = database.has_column("message_media", "file_path");
    let (path, paths) = match has_paths {
        true => (
            "md.file_path",
            "LEFT JOIN message_media md ON md.message_row_id = m._id",
        ),
        false => ("NULL", ""),
    };
    let sql = format!(
        "SELECT m._id, m.key_remote_jid, m.key_from_me, m.key_id, m.timestamp, {kind}, {data}, {caption}, {name}, \
         {mime}, {sender}, {status}, {version}, {quoted}, {quoted_text}, {path}, {latitude}, {longitude}, \
         {quoted_by_me}, {quoted_by}, {quoted_in} \
         FROM messages m {quotes} {paths} ORDER BY m.key_remote_jid, m.timestamp, m._id",
        kind = of("media_wa_type"),
        data = of("data"),
        caption = of("media_caption"),
        name = of("media_name"),
        mime = of("media_mime_type"),
        sender = of("remote_resource"),
        status = of("status"),
        version = of("edit_version"),
        quoted_by_me = of_quote("key_from_me"),
        quoted_by = of_quote("remote_resource"),
        quoted_in = of_quote("key_remote_jid"),
        latitude = of("latitude"),
        longitude = of("longitude"),
    );
    let mut last = None;
    database.each(&sql, |row| {
        let row_id = number(row, 0)?;
        // A join may repeat the row of a message.
        if last == Some(row_id) {
            return Ok(());
        }
        last = Some(row_id);
        let row_id = row_id.unwrap_or_default();
        let Some(jid) = text(row, 1)? else {
            reading.leave_out(CHAT_GONE);
            return Ok(());
        };
        // The first row of the table is a placeholder.
        if jid == "-1" {
            return Ok(());
        }
        let subject = subjects.get(&jid).map(String::as_str);
        let mapped = reading.people.jid_of_number(&jid);
        let place_of = reading.assign(&jid, &mapped, subject);
        let Some(chat) = reading.chat_of(place_of) else {
            return Ok(());
        };
        let from_me = number(row, 2)? == Some(1);
        let id = text(row, 3)?;
        if let Some(id) = &id
            && !known.is_empty()
            && known.contains(&(chat, from_me, id.clone()))
        {
            reading.leave_out("that another table repeats");
            return Ok(());
        }
        let Some(at) = number(row, 4)?.and_then(instant) else {
            reading.leave_out(NO_TIME);
            return Ok(());
        };
        let mut message = NativeMessage::new(u32::try_from(row_id).unwrap_or(u32::MAX), at);
        let file = FileRow {
            path: text(row, 15)?,
            mime: text(row, 9)?,
            name: text(row, 8)?,
        };
        let type_number = number(row, 5)?.unwrap_or_default();
        let row_type = match (row_type(type_number), number(row, 11)?, number(row, 12)?) {
            (RowType::Call, ..) => RowType::Call,
            (_, Some(6), _) => RowType::Notice,
            (_, Some(0 | 5), Some(7)) => RowType::Deleted,
            (row_type, ..) => row_type,
        };
        let (kind, media_kind) = kind_with(row_type, &file);
        message.kind = kind;
        message.id = id;
        if kind != Kind::System && !(kind == Kind::Call && reading.chats[chat].group) {
            let sender = text(row, 10)?.filter(|sender| !sender.is_empty());
            let mapped = sender
                .as_deref()
                .map(|jid| reading.people.jid_of_number(jid));
            let sender = sender.as_deref().zip(mapped.as_deref());
            message.sender = reading.sender(chat, from_me, sender);
        }
        let data = text(row, 6)?.unwrap_or_default();
        message.has_vcards = kind == Kind::Contact;
        message.text = match (kind, media_kind) {
            (Kind::Contact, _) => card_text(&data),
            (Kind::Location | Kind::LiveLocation, _) => {
                let place = Place {
                    name: text(row, 8)?,
                    address: None,
                    url: None,
                    at: real(row, 16)?.zip(real(row, 17)?),
                };
                details.add_place(row_id, place);
                let words = [text(row, 7)?.unwrap_or_default(), data];
                let words = words.iter().map(|words| words.trim());
                let words: Vec<&str> = words.filter(|words| is_words(words)).collect();
                words.join("\n")
            }
            (Kind::Deleted, _) => String::new(),
            (_, Some(_)) => text(row, 7)?.unwrap_or_default(),
            _ if data.is_empty() && row_type.may_have_file() => text(row, 7)?.unwrap_or_default(),
            _ => data,
        };
        let quoted = text(row, 13)?.filter(|id| !id.is_empty());
        let quoted_text = text(row, 14)?.filter(|text| !text.trim().is_empty());
        if quoted.is_some() || quoted_text.is_some() {
            let by_me = number(row, 18)? == Some(1);
            let by = text(row, 19)?.filter(|by| !by.is_empty());
            let of_chat = text(row, 20)?.filter(|of| !of.is_empty());
            let mapped = by.as_deref().map(|jid| reading.people.jid_of_number(jid));
            let by = by.as_deref().zip(mapped.as_deref());
            let (sender, is_foreign) = reading.quoted_by(chat, by_me, by);
            message.quoted = Some(NativeQuote {
                sender,
                elsewhere: is_foreign || of_chat.is_some_and(|of| of != jid),
                ..NativeQuote::in_same_chat(quoted, quoted_text)
            });
        }
        if let (Kind::Media, Some(kind)) = (kind, media_kind) {
            reading.file(&mut message, kind, file, false);
        }
        // Databases of 2020 to 2022 have some of the newer tables next to this one.
        details.fill(row_id, &mut message);
        message.name_mentions(|digits| reading.people.mention(digits));
        reading.add(chat, message, (type_number, row_type));
        Ok(())
    })
}

/// Whether the text column of a location contains words, and not the base64 of a JPEG picture of the map.
fn is_words(text: &str) -> bool {
    !text.is_empty() && !text.starts_with("/9j/")
}

/// The subjects of groups, by jid.
fn subjects(database: &Database) -> Result<HashMap<String, String>, Error> {
    let mut subjects = HashMap::new();
    let mut queries = Vec::new();
    if database.has_column("chat_list", "subject")
        && database.has_column("chat_list", "key_remote_jid")
    {
        queries.push("SELECT key_remote_jid, subject FROM chat_list");
    }
    if database.has_column("chat", "subject") && database.has_column("jid", "raw_string") {
        queries
            .push("SELECT j.raw_string, c.subject FROM chat c JOIN jid j ON j._id = c.jid_row_id");
    }
    for sql in queries {
        database.each(sql, |row| {
            if let (Some(jid), Some(subject)) = (text(row, 0)?, text(row, 1)?) {
                subjects.insert(jid, subject);
            }
            Ok(())
        })?;
    }
    Ok(subjects)
}
