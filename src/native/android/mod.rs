//! `msgstore.db`, the database of WhatsApp for Android: which of the two schemas a file has, and what both
//! have in common.
//!
//! Never here: SQL of one schema ([`legacy`], [`modern`]).
//!
//! See docs/reference/native-sources.md, "Android database".

mod backup;
mod details;
mod legacy;
mod modern;
mod people;
mod reader;
mod row_types;
#[cfg(test)]
mod tests;

pub(super) use backup::is_backup;
pub(super) use reader::{Msgstore, is_database_name};
pub(super) use row_types::row_type;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::directory::Directory;
use super::people::{Jid, display_name, is_foreign, jid_kind, participant, participants, phone_of};
use super::row_type::{LeftOut, RowType};
use super::sqlite::{self, Database};
use super::{Error, IdQuality, NativeChat, NativeFile, NativeMessage, Store, media};
use crate::chat::{Kind, MediaKind, NativePlatform, Platform};

/// Platform of both schemas, and of encrypted backups.
pub(super) const PLATFORM: Platform = Platform::Native(NativePlatform {
    word: "msgstore",
    name: "msgstore.db",
    marks_edits: true,
    splits_chats: false,
});

/// Reads a database of either schema.
pub(super) fn read(database: &Database, path: &Path) -> Result<Store, Error> {
    let is_modern = database.has_column("message", "chat_row_id");
    let is_legacy = database.has_column("messages", "key_remote_jid");
    // Databases of 2020 to 2022 have both schemas, and either may contain rows.
    let has_modern = is_modern && database.any("message", "_id > 1")?;
    let has_legacy = is_legacy && database.any("messages", "key_remote_jid IS NOT '-1'")?;
    let mut reading = Reading::new(database, path)?;
    if has_modern || !is_legacy {
        modern::read(database, &mut reading)?;
    }
    if has_legacy || (is_legacy && !has_modern) {
        let known = reading.message_keys();
        legacy::read(database, &mut reading, &known)?;
    }
    Ok(reading.store())
}

/// State while rows are read.
struct Reading {
    /// From the database itself and from `wa.db` in the same directory.
    people: Directory,
    media: media::Media,
    chats: Vec<NativeChat>,
    assignments: HashMap<String, Assignment>,
    left_out: LeftOut,
}

/// Where the messages of a jid belong.
#[derive(Debug, Clone, Copy)]
enum Assignment {
    /// To the chat with this index.
    Chat(usize),
    /// To no chat; they are counted under this label.
    LeftOut(&'static str),
}

/// Keys of messages: index of the chat, whether the owner sent it, one of its ids.
type MessageKeys = HashSet<(usize, bool, String)>;

impl Reading {
    fn new(database: &Database, path: &Path) -> Result<Reading, Error> {
        let (folder, above) = media::folders(path);
        // On the phone itself, media are next to the folder of the databases.
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
            people: Directory::default(),
            media: media::Media::in_folders(roots),
            chats: Vec::new(),
            assignments: HashMap::new(),
            left_out: LeftOut::default(),
        };
        let contacts = folder.join("wa.db");
        // Optional: an unreadable address book is no reason to stop.
        let contacts = (contacts.is_file())
            .then(|| sqlite::open(&contacts).ok())
            .flatten();
        people::read(&mut reading.people, database, contacts.as_ref())?;
        Ok(reading)
    }

    /// The chat for a jid, created if it is new. `mapped` is the jid of the telephone number if `raw` is a
    /// hidden id.
    fn assign(&mut self, raw: &str, mapped: &str, subject: Option<&str>) -> Assignment {
        if let Some(assignment) = self.assignments.get(raw) {
            return *assignment;
        }
        let assignment = match jid_kind(raw) {
            Jid::Phone | Jid::Hidden => self.chat(raw, mapped, None),
            Jid::Group => self.chat(raw, mapped, Some(subject)),
            Jid::Broadcast => Assignment::LeftOut("of status and broadcast lists"),
            Jid::Channel => Assignment::LeftOut("of channels"),
            Jid::Other => Assignment::LeftOut("of calls, bots and WhatsApp itself"),
        };
        self.assignments.insert(raw.to_owned(), assignment);
        assignment
    }

    /// Creates a chat; `subject` is `Some` for a group, which may have no subject.
    fn chat(&mut self, raw: &str, mapped: &str, subject: Option<Option<&str>>) -> Assignment {
        let group = subject.is_some();
        let phone = if group { None } else { phone_of(mapped) };
        let name = match subject {
            Some(subject) => subject,
            None => self.people.name(raw),
        };
        let title = display_name(name, phone.as_deref(), raw);
        self.chats.push(NativeChat {
            jid: raw.to_owned(),
            participants: participants(&title, phone.as_deref(), group),
            title,
            phone,
            group,
            messages: Vec::new(),
            quality: IdQuality::Native,
            platform: PLATFORM,
        });
        Assignment::Chat(self.chats.len() - 1)
    }

    fn leave_out(&mut self, what: &'static str) {
        self.left_out.add(what, 1);
    }

    /// Adds the message of a row to its chat, or counts the row if there is nothing in it.
    fn add(&mut self, chat: usize, mut message: NativeMessage, (number, row_type): (i64, RowType)) {
        message.is_auxiliary = row_type.is_auxiliary();
        match row_type.keeps(&message) {
            true => self.chats[chat].messages.push(message),
            false => self.left_out.add_unknown(number),
        }
    }

    /// The chat of a row; `None` if the row is only counted.
    fn chat_of(&mut self, assignment: Assignment) -> Option<usize> {
        match assignment {
            Assignment::Chat(chat) => Some(chat),
            Assignment::LeftOut(what) => {
                self.leave_out(what);
                None
            }
        }
    }

    /// Index of a message's sender among the chat's participants.
    fn sender(&mut self, chat: usize, from_me: bool, sender: Option<(&str, &str)>) -> Option<u32> {
        if from_me {
            return Some(0);
        }
        if !self.chats[chat].group {
            return Some(1);
        }
        let (raw, mapped) = sender?;
        let phone = phone_of(mapped);
        let name = self.people.sender_name(None, raw);
        participant(&mut self.chats[chat].participants, name, phone)
    }

    /// Index of the sender of a quoted message, and whether the sender is not a participant: then the quoted
    /// message belongs to another chat.
    fn quoted_by(
        &mut self,
        chat: usize,
        from_me: bool,
        sender: Option<(&str, &str)>,
    ) -> (Option<u32>, bool) {
        let is_foreign = !from_me
            && sender.is_some_and(|(raw, mapped)| is_foreign(&self.chats[chat], raw, mapped));
        match is_foreign {
            true => (None, true),
            false => (self.sender(chat, from_me, sender), false),
        }
    }

    /// Keys of the messages read so far, to recognise those that the other schema repeats.
    fn message_keys(&self) -> MessageKeys {
        let mut known = MessageKeys::new();
        for (index, chat) in self.chats.iter().enumerate() {
            for message in &chat.messages {
                let mine = message.sender == Some(0);
                for id in message.id.iter().chain(&message.aliases) {
                    known.insert((index, mine, id.clone()));
                }
            }
        }
        known
    }

    /// Adds the file that a row names to its message.
    fn file(&mut self, message: &mut NativeMessage, kind: MediaKind, row: FileRow, is_voice: bool) {
        // View-once files are not attached; the placeholder in Close states that the file is absent.
        if message.kind == Kind::ViewOnce {
            return;
        }
        let by_path = row
            .path
            .as_deref()
            .map(|path| media::file_name(path).to_owned());
        let Some(name) = row.name.filter(|name| !name.trim().is_empty()).or(by_path) else {
            message.kind = Kind::MediaOmitted;
            message.omitted = Some(kind);
            return;
        };
        let entry = row.path.as_deref().and_then(|path| self.media.find(path));
        let detected = media::kind(row.mime.as_deref(), &name);
        let media = match kind {
            // Voice messages are recorded in WhatsApp itself.
            MediaKind::Audio if is_voice || detected == MediaKind::Voice => MediaKind::Voice,
            kind => kind,
        };
        message.files.push(NativeFile { name, entry, media });
    }

    fn store(self) -> Store {
        Store::of_rows(self.chats, self.left_out, self.media)
    }
}

/// The file columns of a row.
struct FileRow {
    path: Option<String>,
    mime: Option<String>,
    name: Option<String>,
}

impl FileRow {
    /// Kind of the file by its MIME type and name, for message types that do not determine it.
    fn kind(&self) -> Option<MediaKind> {
        let path = self.path.as_deref().filter(|path| !path.is_empty())?;
        let name = self.name.as_deref().unwrap_or(path);
        Some(media::kind(self.mime.as_deref(), name))
    }
}

/// The kind of a row, and the kind of its file if it has one.
fn kind_with(row_type: RowType, file: &FileRow) -> (Kind, Option<MediaKind>) {
    match file.kind().filter(|_| row_type.may_have_file()) {
        Some(media) => (Kind::Media, Some(media)),
        None => row_type.kind(),
    }
}
