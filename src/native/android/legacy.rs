//! The schema until about 2021: one flat table of messages (`native-sources.md` 2.6).

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::super::people::{card, place, words_of};
use super::super::sqlite::{Database, number, real, text};
use super::super::{Error, NativeFile, NativeMessage, NativeQuote, media};
use super::{Reading, kind_of};
use crate::chat::{Kind, MediaKind};

pub(super) fn read(database: &Database, reading: &mut Reading) -> Result<(), Error> {
    for column in ["key_from_me", "key_id", "timestamp"] {
        if !database.has_column("messages", column) {
            return Err(database.lacks(&format!("column {column} in the table messages")));
        }
    }
    let subjects = subjects(database)?;
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
    database.each(&sql, |row| {
        let (Some(jid), Some(at)) = (text(row, 1)?, number(row, 4)?) else {
            return Ok(());
        };
        // The first row of the table is none.
        if jid == "-1" {
            return Ok(());
        }
        let subject = subjects.get(&jid).map(String::as_str);
        let Some(chat) = reading.chat(&jid, &jid, subject) else {
            return Ok(());
        };
        let Some(at) = DateTime::<Utc>::from_timestamp_millis(at) else {
            return Ok(());
        };
        let row_id = number(row, 0)?.unwrap_or_default();
        let mut message = NativeMessage::new(u32::try_from(row_id).unwrap_or(u32::MAX), at);
        let (mut kind, media_kind) = kind_of(number(row, 5)?.unwrap_or_default());
        let (status, version) = (number(row, 11)?, number(row, 12)?);
        if status == Some(6) {
            kind = Kind::System;
        } else if version == Some(7) && matches!(status, Some(0 | 5)) {
            kind = Kind::Deleted;
        }
        message.kind = kind;
        let is = |id: &String| !id.is_empty() && id != "-1" && !id.starts_with("call:");
        message.id = text(row, 3)?.filter(is);
        if kind != Kind::System {
            let from_me = number(row, 2)?.unwrap_or_default() == 1;
            let sender = text(row, 10)?.filter(|sender| !sender.is_empty());
            message.sender = reading.sender(chat, from_me, sender.as_deref().map(|jid| (jid, jid)));
        }
        let data = text(row, 6)?.unwrap_or_default();
        message.text = match (kind, media_kind) {
            (Kind::Contact, _) => card(&data),
            (Kind::Location | Kind::LiveLocation, _) => place(
                &[text(row, 8)?, text(row, 7)?],
                real(row, 16)?.zip(real(row, 17)?),
            ),
            (_, Some(_)) => text(row, 7)?.unwrap_or_default(),
            (Kind::Deleted, _) => String::new(),
            _ => data,
        };
        let quoted = text(row, 13)?.filter(is);
        let quoted_text = text(row, 14)?.filter(|text| !text.trim().is_empty());
        if quoted.is_some() || quoted_text.is_some() {
            let by_me = number(row, 18)? == Some(1);
            let by = text(row, 19)?.filter(|by| !by.is_empty());
            let of_chat = text(row, 20)?.filter(|of| !of.is_empty());
            message.quoted = Some(NativeQuote {
                sender: reading.sender(chat, by_me, by.as_deref().map(|jid| (jid, jid))),
                elsewhere: of_chat.is_some_and(|of| of != jid),
                ..NativeQuote::of(quoted, quoted_text)
            });
        }
        if let (Kind::Media, Some(kind)) = (kind, media_kind) {
            let path = text(row, 15)?;
            let by_path = path.as_deref().map(|path| media::base(path).to_owned());
            let name = text(row, 8)?.filter(|name| !name.is_empty()).or(by_path);
            let entry = path.as_deref().and_then(|path| reading.media.find(path));
            match name {
                Some(name) => {
                    let mime = text(row, 9)?;
                    let told = media::kind(mime.as_deref(), &name);
                    let is_voice = kind == MediaKind::Audio && told == MediaKind::Voice;
                    let media = if is_voice { told } else { kind };
                    message.files.push(NativeFile { name, entry, media });
                }
                None => {
                    message.kind = Kind::MediaOmitted;
                    message.omitted = Some(kind);
                }
            }
        }
        if message.text.trim().is_empty() && message.files.is_empty() {
            message.text = words_of(message.kind).to_owned();
        }
        reading.chats[chat].messages.push(message);
        Ok(())
    })
}

/// The names of groups, by jid.
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
