//! The state of reading a database: its people, files and chats.
//!
//! Never here: a message (`message`).

use std::collections::HashMap;

use super::companions::{Files, companions};
use super::people;
use crate::chat::{NativePlatform, Platform};
use crate::native::directory::{Directory, is_number};
use crate::native::people::{Jid, display_name, jid_kind, participants};
use crate::native::row_type::{CHAT_GONE, LeftOut};
use crate::native::sqlite::{Database, number, text};
use crate::native::{Error, IdQuality, NativeChat, media};

/// Platform of iPhones and the Mac app. The database contains the last wording of an edited message only.
const PLATFORM: Platform = Platform::Native(NativePlatform {
    word: "chatstorage",
    name: "ChatStorage.sqlite",
    marks_edits: false,
    splits_chats: false,
});

pub(super) struct Reading {
    pub(super) people: Directory,
    pub(super) files: Files,
    pub(super) media: media::Media,
    pub(super) chats: Vec<NativeChat>,
    pub(super) places: HashMap<i64, Result<usize, &'static str>>,
    pub(super) left_out: LeftOut,
    /// Quotations in one-to-one chats whose sender is not the other participant: chat, index of the message, jid of
    /// the quoted sender.
    pub(super) foreign_quotes: Vec<(usize, usize, String)>,
}

impl Reading {
    pub(super) fn new(database: &Database) -> Result<Reading, Error> {
        let path = database.path();
        let (folder, _) = media::folders(path);
        let (companions, files) = companions(path, &folder);
        let mut reading = Reading {
            people: Directory::default(),
            files,
            media: media::Media::in_folders(vec![
                folder.join("Message"),
                folder.join("ios").join("Message"),
                folder.clone(),
            ]),
            chats: Vec::new(),
            places: HashMap::new(),
            left_out: LeftOut::default(),
            foreign_quotes: Vec::new(),
        };
        people::read(&mut reading.people, database, &companions)?;
        Ok(reading)
    }

    /// The chat of a row, or the label under which its messages are counted.
    pub(super) fn chat(
        &mut self,
        row: &rusqlite::Row<'_>,
    ) -> rusqlite::Result<Result<usize, &'static str>> {
        let Some(session) = number(row, 22)? else {
            return Ok(Err(CHAT_GONE));
        };
        if let Some(known) = self.places.get(&session) {
            return Ok(*known);
        }
        let jid = text(row, 6)?.unwrap_or_default();
        let kind = match (number(row, 8)?, jid_kind(&jid)) {
            (Some(2 | 3), _) | (_, Jid::Broadcast) => Err("of status and broadcast lists"),
            (Some(5), _) | (_, Jid::Channel) => Err("of channels"),
            (Some(1), _) | (_, Jid::Group) => Ok(true),
            (_, Jid::Phone | Jid::Hidden) => Ok(false),
            (_, Jid::Other) => Err("of calls, bots and WhatsApp itself"),
        };
        let place = match kind {
            Err(what) => Err(what),
            Ok(group) => {
                let phone = if group {
                    None
                } else {
                    self.people.number(&jid)
                };
                let partner = text(row, 9)?.filter(|name| !name.trim().is_empty());
                // For an unsaved contact the column contains the formatted telephone number.
                let partner = partner.filter(|name| group || !is_number(name));
                let name = partner.as_deref().or_else(|| self.people.name(&jid));
                let title = display_name(name, phone.as_deref(), &jid);
                // Nothing addresses a group without id and name.
                if title.trim().is_empty() {
                    self.places.insert(session, Err(CHAT_GONE));
                    return Ok(Err(CHAT_GONE));
                }
                self.chats.push(NativeChat {
                    jid,
                    participants: participants(&title, phone.as_deref(), group),
                    title,
                    phone,
                    group,
                    messages: Vec::new(),
                    quality: IdQuality::Native,
                    platform: PLATFORM,
                });
                Ok(self.chats.len() - 1)
            }
        };
        self.places.insert(session, place);
        Ok(place)
    }
}
