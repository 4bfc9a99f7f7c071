//! `msgstore.db`: which of its two schemas a file has, and what both have in common
//! (`native-sources.md` 2).

mod legacy;
mod modern;

use std::collections::HashMap;
use std::path::Path;

use super::people::{Jid, jid_kind, phone_of, shown};
use super::sqlite::{self, Database, text};
use super::{Error, NativeChat, Party, Quality, Store, media};
use crate::chat::{Kind, MediaKind, Platform};

/// Reads a database of either schema.
pub(super) fn read(database: &Database, path: &Path) -> Result<Store, Error> {
    // Both are there in databases of 2020 to 2022; the one with rows is read.
    let is_modern = database.has("chat")
        && database.has("jid")
        && database.has_column("message", "chat_row_id")
        && (database.any("message", "_id > 1")? || !database.has("messages"));
    let is_legacy = database.has_column("messages", "key_remote_jid");
    let mut reading = Reading::new(database, path)?;
    match (is_modern, is_legacy) {
        (true, _) => modern::read(database, &mut reading)?,
        (false, true) => legacy::read(database, &mut reading)?,
        (false, false) => {
            return Err(database.lacks("table message with chat_row_id, and none called messages"));
        }
    }
    Ok(reading.store())
}

/// What is gathered while rows are read.
struct Reading {
    /// Names by jid: of `wa.db` beside the database, and of the database itself.
    names: HashMap<String, String>,
    media: media::Media,
    chats: Vec<NativeChat>,
    places: HashMap<String, usize>,
    left_out: HashMap<&'static str, u64>,
}

impl Reading {
    fn new(database: &Database, path: &Path) -> Result<Reading, Error> {
        let (folder, above) = media::folders(path);
        let mut reading = Reading {
            names: HashMap::new(),
            // Beside the database, in a folder called WhatsApp there, or, in the phone's own
            // layout, beside the folder Databases.
            media: media::Media::under(vec![
                folder.join("WhatsApp"),
                folder.join("WhatsApp Business"),
                folder.clone(),
                above,
            ]),
            chats: Vec::new(),
            places: HashMap::new(),
            left_out: HashMap::new(),
        };
        if database.has("lid_display_name") && database.has("jid") {
            let sql = "SELECT j.raw_string, n.display_name FROM lid_display_name n JOIN jid j ON j._id = n.lid_row_id";
            reading.take_names(database, sql)?;
        }
        let contacts = folder.join("wa.db");
        // It is not needed, so one that does not read is no reason to stop.
        if contacts.is_file()
            && let Ok(contacts) = sqlite::open(&contacts)
            && contacts.has("wa_contacts")
        {
            let name = contacts.column("wa_contacts", "c", "display_name");
            let own = contacts.column("wa_contacts", "c", "wa_name");
            let sql =
                format!("SELECT c.jid, COALESCE(NULLIF({name}, ''), {own}) FROM wa_contacts c");
            let _ = reading.take_names(&contacts, &sql);
        }
        Ok(reading)
    }

    fn take_names(&mut self, database: &Database, sql: &str) -> Result<(), Error> {
        database.each(sql, |row| {
            if let (Some(jid), Some(name)) = (text(row, 0)?, text(row, 1)?)
                && !name.trim().is_empty()
            {
                self.names.insert(jid, name);
            }
            Ok(())
        })
    }

    /// The chat of a jid, made where it is new; `None` for what is no chat.
    fn chat(&mut self, raw: &str, mapped: &str, subject: Option<&str>) -> Option<usize> {
        if let Some(place) = self.places.get(raw) {
            return Some(*place);
        }
        let group = match jid_kind(raw) {
            Jid::Phone | Jid::Hidden => false,
            Jid::Group => true,
            Jid::Broadcast => return self.skip("status and broadcast"),
            Jid::Channel => return self.skip("channels"),
            Jid::Other => return self.skip("calls and assistants"),
        };
        let phone = if group { None } else { phone_of(mapped) };
        let name = match group {
            true => subject,
            false => self.name(raw, mapped),
        };
        let title = shown(name, phone.as_deref(), raw);
        let mut parties = vec![Party {
            name: "You".to_owned(),
            phone: None,
            me: true,
        }];
        if !group {
            parties.push(Party {
                name: title.clone(),
                phone: phone.clone(),
                me: false,
            });
        }
        self.chats.push(NativeChat {
            jid: raw.to_owned(),
            title,
            phone,
            group,
            parties,
            messages: Vec::new(),
            quality: Quality::Native,
            platform: Platform::Msgstore,
        });
        let place = self.chats.len() - 1;
        self.places.insert(raw.to_owned(), place);
        Some(place)
    }

    fn skip(&mut self, what: &'static str) -> Option<usize> {
        *self.left_out.entry(what).or_default() += 1;
        None
    }

    fn name(&self, raw: &str, mapped: &str) -> Option<&str> {
        let of = |jid: &str| self.names.get(jid).map(String::as_str);
        of(mapped).or_else(|| of(raw))
    }

    /// The number of whoever says a message, among those who write in a chat.
    fn sender(&mut self, chat: usize, from_me: bool, sender: Option<(&str, &str)>) -> Option<u32> {
        if from_me {
            return Some(0);
        }
        if !self.chats[chat].group {
            return Some(1);
        }
        let (raw, mapped) = sender?;
        let phone = phone_of(mapped);
        let name = shown(self.name(raw, mapped), phone.as_deref(), raw);
        let parties = &mut self.chats[chat].parties;
        let known = parties
            .iter()
            .position(|party| !party.me && party.phone == phone && party.name == name);
        let at = known.unwrap_or_else(|| {
            parties.push(Party {
                name,
                phone,
                me: false,
            });
            parties.len() - 1
        });
        u32::try_from(at).ok()
    }

    fn store(self) -> Store {
        let mut left_out: Vec<_> = self.left_out.into_iter().collect();
        left_out.sort_unstable();
        Store {
            kind: super::Kind::Msgstore,
            chats: self.chats,
            left_out,
            media: self.media,
        }
    }
}

/// What a message type means (`native-sources.md` 2.3).
fn kind_of(number: i64) -> (Kind, Option<MediaKind>) {
    let media = |kind| (Kind::Media, Some(kind));
    match number {
        0 | 25 | 27 | 45 | 46 | 49 | 55 | 23 | 24 => (Kind::Text, None),
        1 => media(MediaKind::Image),
        2 => media(MediaKind::Audio),
        3 => media(MediaKind::Video),
        9 => media(MediaKind::Document),
        13 => media(MediaKind::Gif),
        20 => media(MediaKind::Sticker),
        4 | 14 => (Kind::Contact, None),
        5 => (Kind::Location, None),
        16 => (Kind::LiveLocation, None),
        7 | 36 | 112 | 116 | 99 => (Kind::System, None),
        10 | 90 => (Kind::Call, None),
        11 => (Kind::Waiting, None),
        15 | 64 => (Kind::Deleted, None),
        42 => (Kind::ViewOnce, Some(MediaKind::Image)),
        43 => (Kind::ViewOnce, Some(MediaKind::Video)),
        82 => (Kind::ViewOnce, Some(MediaKind::Voice)),
        66 | 106 => (Kind::Poll, None),
        92 => (Kind::Event, None),
        _ => (Kind::Unsupported, None),
    }
}
