//! `msgstore.db`: which of its two schemas a file has, and what both have in common
//! (`native-sources.md` 2).

mod legacy;
mod modern;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::people::{Jid, is_third, jid_kind, parties, party, phone_of, shown};
use super::sqlite::{self, Database, text};
use super::{Error, NativeChat, NativeFile, NativeMessage, Quality, Store, media};
use crate::chat::{Kind, MediaKind, Platform};

/// Reads a database of either schema.
pub(super) fn read(database: &Database, path: &Path) -> Result<Store, Error> {
    let is_modern = database.has_column("message", "chat_row_id");
    let is_legacy = database.has_column("messages", "key_remote_jid");
    // Both are there in databases of 2020 to 2022; what has rows is read, and that may be both.
    let has_modern = is_modern && database.any("message", "_id > 1")?;
    let has_legacy = is_legacy && database.any("messages", "key_remote_jid <> '-1'")?;
    let mut reading = Reading::new(database, path)?;
    if has_modern || !is_legacy {
        modern::read(database, &mut reading)?;
    }
    if has_legacy || (is_legacy && !has_modern) {
        let known = reading.known();
        legacy::read(database, &mut reading, &known)?;
    }
    Ok(reading.store())
}

/// What is gathered while rows are read.
struct Reading {
    /// Names by jid: of `wa.db` beside the database, and of the database itself.
    names: HashMap<String, String>,
    media: media::Media,
    chats: Vec<NativeChat>,
    places: HashMap<String, Place>,
    left_out: HashMap<&'static str, u64>,
}

/// What becomes of the messages of a jid.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// They are of this chat.
    Chat(usize),
    /// They are counted.
    LeftOut(&'static str),
}

/// The messages that are there: the chat, whether the owner sent it, one of its ids.
type Known = HashSet<(usize, bool, String)>;

impl Reading {
    fn new(database: &Database, path: &Path) -> Result<Reading, Error> {
        let (folder, above) = media::folders(path);
        // In the phone's own layout media lie beside the folder of the databases.
        let is_phone = folder
            .file_name()
            .is_some_and(|name| name.eq_ignore_ascii_case("databases"));
        let mut roots = vec![
            folder.join("WhatsApp"),
            folder.join("WhatsApp Business"),
            folder.clone(),
        ];
        roots.extend(is_phone.then_some(above));
        let mut reading = Reading {
            names: HashMap::new(),
            media: media::Media::under(roots),
            chats: Vec::new(),
            places: HashMap::new(),
            left_out: HashMap::new(),
        };
        if database.has_column("lid_display_name", "display_name") && database.has("jid") {
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

    /// What becomes of the messages of a jid; a chat is made where it is new. `mapped` is the jid of
    /// the number, where the jid hides it.
    fn place(&mut self, raw: &str, mapped: &str, subject: Option<&str>) -> Place {
        if let Some(place) = self.places.get(raw) {
            return *place;
        }
        let place = match jid_kind(raw) {
            Jid::Phone | Jid::Hidden => self.chat(raw, mapped, None),
            Jid::Group => self.chat(raw, mapped, Some(subject)),
            Jid::Broadcast => Place::LeftOut("of status and broadcast lists"),
            Jid::Channel => Place::LeftOut("of channels"),
            Jid::Other => Place::LeftOut("of calls, bots and WhatsApp itself"),
        };
        self.places.insert(raw.to_owned(), place);
        place
    }

    /// A new chat; `subject` is there for a group, which may have none.
    fn chat(&mut self, raw: &str, mapped: &str, subject: Option<Option<&str>>) -> Place {
        let group = subject.is_some();
        let phone = if group { None } else { phone_of(mapped) };
        let name = match subject {
            Some(subject) => subject,
            None => self.name(raw, mapped),
        };
        let title = shown(name, phone.as_deref(), raw);
        self.chats.push(NativeChat {
            jid: raw.to_owned(),
            parties: parties(&title, phone.as_deref(), group),
            title,
            phone,
            group,
            messages: Vec::new(),
            quality: Quality::Native,
            platform: Platform::Msgstore,
        });
        Place::Chat(self.chats.len() - 1)
    }

    fn leave_out(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }

    /// The chat of a row, or `None` for one that is counted.
    fn chat_of(&mut self, place: Place) -> Option<usize> {
        match place {
            Place::Chat(chat) => Some(chat),
            Place::LeftOut(what) => {
                self.leave_out(what);
                None
            }
        }
    }

    fn name(&self, raw: &str, mapped: &str) -> Option<&str> {
        let of = |jid: &str| self.names.get(jid).map(String::as_str);
        of(mapped).or_else(|| of(raw))
    }

    /// The name of somebody whom a text mentions by number or hidden id.
    fn mentioned(&self, digits: &str) -> Option<String> {
        let servers = ["s.whatsapp.net", "lid"].iter();
        let mut names = servers.filter_map(|server| self.names.get(&format!("{digits}@{server}")));
        names.next().cloned()
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
        party(&mut self.chats[chat].parties, name, phone)
    }

    /// The number of whoever said what a message quotes, and whether it is somebody who does not
    /// write in the chat: then it is of another one.
    fn quoted_by(
        &mut self,
        chat: usize,
        from_me: bool,
        sender: Option<(&str, &str)>,
    ) -> (Option<u32>, bool) {
        let is_third = !from_me
            && sender.is_some_and(|(raw, mapped)| is_third(&self.chats[chat], raw, mapped));
        match is_third {
            true => (None, true),
            false => (self.sender(chat, from_me, sender), false),
        }
    }

    /// What is there already, to tell what the other schema says again.
    fn known(&self) -> Known {
        let mut known = Known::new();
        for (place, chat) in self.chats.iter().enumerate() {
            for message in &chat.messages {
                let mine = message.sender == Some(0);
                for id in message.id.iter().chain(&message.aliases) {
                    known.insert((place, mine, id.clone()));
                }
            }
        }
        known
    }

    /// Gives a message the file that its row names.
    fn file(&mut self, message: &mut NativeMessage, kind: MediaKind, row: FileRow, is_voice: bool) {
        // It was meant to be seen once, and its line in Close says that it is not there.
        if message.kind == Kind::ViewOnce {
            return;
        }
        let by_path = row.path.as_deref().map(|path| media::base(path).to_owned());
        let Some(name) = row.name.filter(|name| !name.trim().is_empty()).or(by_path) else {
            message.kind = Kind::MediaOmitted;
            message.omitted = Some(kind);
            return;
        };
        let entry = row.path.as_deref().and_then(|path| self.media.find(path));
        let told = media::kind(row.mime.as_deref(), &name);
        let media = match kind {
            // Voice messages are recorded by the app itself.
            MediaKind::Audio if is_voice || told == MediaKind::Voice => MediaKind::Voice,
            kind => kind,
        };
        message.files.push(NativeFile { name, entry, media });
    }

    fn store(self) -> Store {
        Store::new(self.chats, self.left_out, self.media)
    }
}

/// What a row says of a file.
struct FileRow {
    path: Option<String>,
    mime: Option<String>,
    name: Option<String>,
}

impl FileRow {
    /// What kind of file it is, by its type and name, where the type of the message does not say it.
    fn kind(&self) -> Option<MediaKind> {
        let path = self.path.as_deref().filter(|path| !path.is_empty())?;
        let name = self.name.as_deref().unwrap_or(path);
        Some(media::kind(self.mime.as_deref(), name))
    }
}

/// What a message type means (`native-sources.md` 2.3).
fn kind_of(number: i64) -> (Kind, Option<MediaKind>) {
    let media = |kind| (Kind::Media, Some(kind));
    match number {
        0 | 23 | 24 | 25 | 27 | 45 | 46 | 49 | 55 => (Kind::Text, None),
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
        // Texts and files of what comes after are kept, under a label.
        _ => (Kind::Unsupported, None),
    }
}

/// The kind of a message by the number of its type, and the kind of its file, where it has one:
/// what is not known, or comes from a business, may have one too.
fn kind_with(number: i64, file: &FileRow) -> (Kind, Option<MediaKind>) {
    match kind_of(number) {
        (Kind::Text | Kind::Unsupported, None) if number != 0 => match file.kind() {
            Some(media) => (Kind::Media, Some(media)),
            None => kind_of(number),
        },
        known => known,
    }
}
