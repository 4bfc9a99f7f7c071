//! The schema since about 2021: one row a message, everything rare in tables beside it.
//!
//! Backups have no indexes, so every table is read once, whole, and in order
//! (`native-sources.md` 2.1).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::super::people::{card, place, words_of};
use super::super::sqlite::{Database, number, real, text};
use super::super::{Error, NativeFile, NativeMessage, NativeQuote, Reaction, media};
use super::{Reading, kind_of};
use crate::chat::{Kind, MediaKind};

/// What stands beside the messages, by their rows.
#[derive(Default)]
struct Beside {
    cards: HashMap<i64, Vec<String>>,
    places: HashMap<i64, String>,
    options: HashMap<i64, Vec<String>>,
    reactions: HashMap<i64, Vec<Reaction>>,
}

pub(super) fn read(database: &Database, reading: &mut Reading) -> Result<(), Error> {
    for (table, column) in [
        ("message", "key_id"),
        ("message", "from_me"),
        ("message", "timestamp"),
        ("chat", "jid_row_id"),
        ("jid", "raw_string"),
    ] {
        if !database.has_column(table, column) {
            return Err(database.lacks(&format!("column {column} in the table {table}")));
        }
    }
    let mut beside = beside(database, reading)?;
    // A message may stand in several tables at once; two rows for one are read once.
    let mut seen = HashSet::new();
    database.each(&query(database), |row| {
        let id = number(row, 0)?.unwrap_or_default();
        if !seen.insert(id) {
            return Ok(());
        }
        let (Some(raw), Some(at)) = (text(row, 6)?, number(row, 4)?) else {
            return Ok(());
        };
        let mapped = text(row, 7)?.unwrap_or_else(|| raw.clone());
        let subject = text(row, 8)?;
        let Some(chat) = reading.chat(&raw, &mapped, subject.as_deref()) else {
            return Ok(());
        };
        let Some(at) = DateTime::<Utc>::from_timestamp_millis(at) else {
            return Ok(());
        };
        let mut message = NativeMessage::new(u32::try_from(id).unwrap_or(u32::MAX), at);
        let (kind, media_kind) = kind_of(number(row, 5)?.unwrap_or_default());
        message.kind = kind;
        let key = text(row, 2)?;
        let is = |id: &String| !id.is_empty() && id != "-1" && !id.starts_with("call:");
        let first = text(row, 1)?.filter(is);
        message
            .aliases
            .extend(key.filter(|key| is(key) && first.as_ref() != Some(key)));
        message.id = first;
        let from_me = number(row, 3)?.unwrap_or_default() == 1;
        let sender = (text(row, 9)?, text(row, 10)?);
        if !matches!(kind, Kind::System | Kind::Call)
            || (kind == Kind::Call && !reading.chats[chat].group)
        {
            let sender = sender
                .0
                .as_deref()
                .map(|raw| (raw, sender.1.as_deref().unwrap_or(raw)));
            message.sender = reading.sender(chat, from_me, sender);
        }
        message.text = text(row, 11)?.unwrap_or_default();
        message.edited = text(row, 18)?.is_some();
        let quoted = text(row, 12)?.filter(is);
        let quoted_text = text(row, 13)?.filter(|text| !text.trim().is_empty());
        if quoted.is_some() || quoted_text.is_some() {
            let by_me = number(row, 20)? == Some(1);
            let by = (text(row, 21)?, text(row, 22)?);
            let by =
                by.0.as_deref()
                    .map(|raw| (raw, by.1.as_deref().unwrap_or(raw)));
            // A private answer to a group's message.
            let of_chat = number(row, 23)?.filter(|row| *row > 0);
            message.quoted = Some(NativeQuote {
                sender: reading.sender(chat, by_me, by),
                elsewhere: of_chat.is_some_and(|of| Some(of) != number(row, 24).ok().flatten()),
                ..NativeQuote::of(quoted, quoted_text)
            });
        }
        if let Some(kind) = media_kind {
            let path = text(row, 14)?;
            let mime = text(row, 15)?;
            let name = text(row, 16)?;
            if message.text.is_empty() {
                message.text = text(row, 17)?.unwrap_or_default();
            }
            file(
                reading,
                &mut message,
                kind,
                path,
                mime,
                name,
                number(row, 19)?,
            );
        }
        beside.fill(id, &mut message);
        if message.text.trim().is_empty() && message.files.is_empty() {
            message.text = words_of(message.kind).to_owned();
        }
        reading.chats[chat].messages.push(message);
        Ok(())
    })
}

fn file(
    reading: &mut Reading,
    message: &mut NativeMessage,
    kind: MediaKind,
    path: Option<String>,
    mime: Option<String>,
    name: Option<String>,
    origin: Option<i64>,
) {
    let entry = path.as_deref().and_then(|path| reading.media.find(path));
    let by_path = path.as_deref().map(|path| media::base(path).to_owned());
    let name = name.filter(|name| !name.trim().is_empty()).or(by_path);
    if message.kind == Kind::ViewOnce && entry.is_none() {
        return;
    }
    let Some(name) = name else {
        if message.kind == Kind::Media {
            message.kind = Kind::MediaOmitted;
            message.omitted = Some(kind);
        }
        return;
    };
    let told = media::kind(mime.as_deref(), &name);
    let media = match kind {
        // Voice messages are recorded by the app itself.
        MediaKind::Audio if origin == Some(1) || told == MediaKind::Voice => MediaKind::Voice,
        kind => kind,
    };
    message.files.push(NativeFile { name, entry, media });
}

/// The one query, of what the tables have.
fn query(database: &Database) -> String {
    let join = |table: &str, alias: &str| match database.has_column(table, "message_row_id") {
        true => format!("LEFT JOIN {table} {alias} ON {alias}.message_row_id = m._id "),
        false => String::new(),
    };
    let of = |table: &str, alias: &str, column: &str| match database
        .has_column(table, "message_row_id")
    {
        true => database.column(table, alias, column),
        false => "NULL".to_owned(),
    };
    let m = |column: &str| database.column("message", "m", column);
    let quotes_name_senders = database.has_column("message_quoted", "message_row_id")
        && database.has_column("message_quoted", "sender_jid_row_id");
    let (pn, map) = match database.has("jid_map") {
        true => (
            "p.raw_string",
            "LEFT JOIN jid_map k ON k.lid_row_id = a._id LEFT JOIN jid p ON p._id = k.jid_row_id",
        ),
        false => ("NULL", ""),
    };
    format!(
        "WITH j AS (SELECT a._id id, a.raw_string raw, COALESCE({pn}, a.raw_string) pn FROM jid a {map}) \
         SELECT m._id, COALESCE({revoked}, {original}, m.key_id), m.key_id, m.from_me, m.timestamp, {kind}, \
         cj.raw, cj.pn, {subject}, sj.raw, sj.pn, {words}, {quoted}, {quoted_text}, \
         {path}, {mime}, {name}, {caption}, {edited}, {origin}, \
         {quoted_by_me}, {quoted_by}, {quoted_in}, m.chat_row_id \
         FROM message m JOIN chat c ON c._id = m.chat_row_id JOIN j cj ON cj.id = c.jid_row_id \
         LEFT JOIN j sj ON sj.id = NULLIF({sender}, 0) {quotes}{quoters}{media}{revokes}{edits}\
         ORDER BY c._id, m.timestamp, m._id",
        revoked = of("message_revoked", "rv", "revoked_key_id"),
        original = of("message_edit_info", "ed", "original_key_id"),
        kind = m("message_type"),
        subject = database.column("chat", "c", "subject"),
        words = m("text_data"),
        quoted = of("message_quoted", "q", "key_id"),
        quoted_text = of("message_quoted", "q", "text_data"),
        path = of("message_media", "md", "file_path"),
        mime = of("message_media", "md", "mime_type"),
        name = of("message_media", "md", "media_name"),
        caption = of("message_media", "md", "media_caption"),
        edited = of("message_edit_info", "ed", "original_key_id"),
        origin = m("origin"),
        sender = m("sender_jid_row_id"),
        quotes = join("message_quoted", "q"),
        quoted_by_me = of("message_quoted", "q", "from_me"),
        quoted_by = match quotes_name_senders {
            true => "qj.raw, qj.pn",
            false => "NULL, NULL",
        },
        quoters = match quotes_name_senders {
            true => "LEFT JOIN j qj ON qj.id = NULLIF(q.sender_jid_row_id, 0) ",
            false => "",
        },
        quoted_in = of("message_quoted", "q", "parent_message_chat_row_id"),
        media = join("message_media", "md"),
        revokes = join("message_revoked", "rv"),
        edits = join("message_edit_info", "ed"),
    )
}

fn beside(database: &Database, reading: &Reading) -> Result<Beside, Error> {
    let mut beside = Beside::default();
    if database.has_column("message_vcard", "vcard") {
        database.each(
            "SELECT message_row_id, vcard FROM message_vcard ORDER BY _id",
            |row| {
                if let (Some(id), Some(vcard)) = (number(row, 0)?, text(row, 1)?) {
                    beside.cards.entry(id).or_default().push(card(&vcard));
                }
                Ok(())
            },
        )?;
    }
    if database.has_column("message_location", "latitude") {
        let of = |column| database.column("message_location", "l", column);
        let sql = format!(
            "SELECT l.message_row_id, l.latitude, l.longitude, {}, {}, {} FROM message_location l",
            of("place_name"),
            of("place_address"),
            of("url")
        );
        database.each(&sql, |row| {
            if let Some(id) = number(row, 0)? {
                let at = real(row, 1)?.zip(real(row, 2)?);
                let parts = [text(row, 3)?, text(row, 4)?, text(row, 5)?];
                beside.places.insert(id, place(&parts, at));
            }
            Ok(())
        })?;
    }
    if database.has_column("message_poll_option", "option_name") {
        let sql = "SELECT message_row_id, option_name FROM message_poll_option ORDER BY _id";
        database.each(sql, |row| {
            if let (Some(id), Some(option)) = (number(row, 0)?, text(row, 1)?) {
                beside.options.entry(id).or_default().push(option);
            }
            Ok(())
        })?;
    }
    if database.has_column("message_add_on", "parent_message_row_id")
        && database.has_column("message_add_on_reaction", "reaction")
    {
        let sql = "SELECT a.parent_message_row_id, a.from_me, r.reaction, j.raw_string \
                   FROM message_add_on a JOIN message_add_on_reaction r ON r.message_add_on_row_id = a._id \
                   LEFT JOIN jid j ON j._id = a.sender_jid_row_id ORDER BY a._id";
        database.each(sql, |row| {
            let (Some(id), Some(sign)) = (number(row, 0)?, text(row, 2)?) else {
                return Ok(());
            };
            let by = match number(row, 1)? {
                Some(1) => String::new(),
                _ => text(row, 3)?
                    .map(|raw| reading.name(&raw, &raw).map_or(raw.clone(), str::to_owned))
                    .unwrap_or_default(),
            };
            let all = beside.reactions.entry(id).or_default();
            // A new one takes the old one's place, and an empty one takes it back.
            all.retain(|reaction| reaction.by != by);
            if !sign.is_empty() {
                all.push(Reaction { by, sign });
            }
            Ok(())
        })?;
    }
    Ok(beside)
}

impl Beside {
    fn fill(&mut self, id: i64, message: &mut NativeMessage) {
        if let Some(cards) = self.cards.remove(&id) {
            message.text = cards.join("\n");
        }
        if let Some(place) = self.places.remove(&id) {
            message.text = place;
        }
        if let Some(options) = self.options.remove(&id) {
            for option in options {
                message.text.push_str("\n- ");
                message.text.push_str(&option);
            }
        }
        message.reactions = self.reactions.remove(&id).unwrap_or_default();
    }
}
