//! `ChatStorage.sqlite`, the database of WhatsApp for iPhone and Mac: alone, with `ContactsV2.sqlite` in the same
//! directory, or in a backup by Finder or iTunes under its hashed name.
//!
//! See docs/reference/native-sources.md, "iPhone and Mac database".

pub(super) mod fields;
mod metadata;
mod people;
mod reader;
mod row_types;
#[cfg(test)]
mod tests;
mod texts;

pub(super) use reader::ChatStorage;
pub(super) use row_types::row_type;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::card::card_text;
use super::directory::{Directory, is_number};
use super::normalize::{NO_TIME, has_visible_text, instant_of};
use super::parts::with_parts;
use super::people::{
    Jid, display_name, event_text, is_foreign, jid_kind, location_text, participant, participants,
    poll_text,
};
use super::row_type::{CHAT_GONE, LeftOut, RowType};
use super::sqlite::{self, Database, number, real, text};
use super::{
    Error, IdQuality, NativeChat, NativeFile, NativeMessage, NativeQuote, Reaction, Store, media,
};
use crate::chat::{Kind, MediaKind, NativePlatform, Platform};

/// Platform of iPhones and the Mac app. The database contains the last wording of an edited message only.
const PLATFORM: Platform = Platform::Native(NativePlatform {
    word: "chatstorage",
    name: "ChatStorage.sqlite",
    marks_edits: false,
    splits_chats: false,
});

/// File names of the database in a backup: of WhatsApp, and of WhatsApp Business.
pub(super) const BACKUP_NAMES: [&str; 2] = [
    "7c7fba66680ef796b916b067077cc246adacf01d",
    "724bd3b98b18518b455a87c1f3ac3a0d189c4466",
];
/// File names of the address book in a backup, in the same order.
const BACKUP_CONTACTS: [&str; 2] = [
    "b8548dc30aa1030df0ce18ef08b882cf7ab5212f",
    "d7246a707f51ddf8b17ee2dddabd9e0a4da5c552",
];
/// File names of `LID.sqlite` in a backup, in the same order.
const BACKUP_HIDDEN_IDS: [&str; 2] = [
    "e794f6ffcc3c222535f47684a63d5178da3c4500",
    "1b091efd2ab703ddffa4ff846259844545c2aeab",
];
/// Backup domains of the two apps, in the same order.
pub(super) const BACKUP_DOMAINS: [&str; 2] = [
    "AppDomainGroup-group.net.whatsapp.WhatsApp.shared",
    "AppDomainGroup-group.net.whatsapp.WhatsAppSMB.shared",
];
/// Core Data epoch (2001-01-01), in seconds since the Unix epoch.
const EPOCH: f64 = 978_307_200.0;

pub(super) fn read(path: &Path) -> Result<Store, Error> {
    let database = sqlite::open(path)?;
    for table in ["ZWAMESSAGE", "ZWACHATSESSION"] {
        if !database.has(table) {
            return Err(database.missing(&format!("table {table}")));
        }
    }
    for (table, column) in [
        ("ZWAMESSAGE", "ZSTANZAID"),
        ("ZWAMESSAGE", "ZMESSAGEDATE"),
        ("ZWAMESSAGE", "ZCHATSESSION"),
        ("ZWACHATSESSION", "ZCONTACTJID"),
    ] {
        if !database.has_column(table, column) {
            return Err(database.missing(&format!("column {column} in the table {table}")));
        }
    }
    let mut reading = Reading::new(&database)?;
    let receipts = Receipts::read(&database, &reading)?;
    database.each(&query(&database), |row| reading.add_row(row, &receipts))?;
    reading.attribute_quotes_to_owner();
    Ok(Store::of_rows(
        reading.chats,
        reading.left_out,
        reading.media,
    ))
}

/// Decodes any bytes as the columns of quotations, reactions and texts; for fuzzing only.
#[doc(hidden)]
pub fn any_metadata(bytes: &[u8]) {
    let _ = metadata::quote(bytes);
    let _ = metadata::reactions(bytes).count();
    let _ = texts::texts(bytes);
    let _ = texts::poll(bytes);
}

struct Reading {
    people: Directory,
    files: Files,
    media: media::Media,
    chats: Vec<NativeChat>,
    places: HashMap<i64, Result<usize, &'static str>>,
    left_out: LeftOut,
    /// Quotations in one-to-one chats whose sender is not the other participant: chat, index of the message, jid of
    /// the quoted sender.
    foreign_quotes: Vec<(usize, usize, String)>,
}

/// Paths of files by their name in a backup; empty if files have their own names.
type Files = HashMap<String, PathBuf>;

impl Reading {
    fn new(database: &Database) -> Result<Reading, Error> {
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
    fn chat(&mut self, row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<usize, &'static str>> {
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

    fn add_row(&mut self, row: &rusqlite::Row<'_>, receipts: &Receipts) -> rusqlite::Result<()> {
        let found = match self.chat(row)? {
            Ok(chat) => (real(row, 3)?.and_then(instant))
                .map(|at| (chat, at))
                .ok_or(NO_TIME),
            Err(what) => Err(what),
        };
        let (chat, at) = match found {
            Ok(found) => found,
            Err(what) => {
                self.left_out.add(what, 1);
                return Ok(());
            }
        };
        let key = number(row, 0)?.unwrap_or_default();
        let mut message = NativeMessage::new(u32::try_from(key).unwrap_or(u32::MAX), at);
        message.id = text(row, 1)?.filter(|id| !id.is_empty());
        let type_number = number(row, 4)?.unwrap_or_default();
        let has_text = text(row, 10)?.is_some_and(|text| has_visible_text(&text));
        let mut row_type = row_type(type_number, number(row, 21)?, has_text);
        let (mut kind, mut media_kind) = row_type.kind();
        if row_type.may_have_file()
            && let Some(path) = text(row, 13)?.filter(|path| !path.is_empty())
        {
            let detected = media::kind(text(row, 15)?.as_deref(), media::file_name(&path));
            (kind, media_kind) = (Kind::Media, Some(detected));
        }
        message.kind = kind;
        if kind != Kind::System && !(kind == Kind::Call && self.chats[chat].group) {
            message.sender = self.sender(chat, row)?;
        }
        let (local, title) = (text(row, 13)?, text(row, 14)?);
        let vcard = text(row, 15)?;
        message.text = text(row, 10)?.unwrap_or_default();
        let blob: Option<Vec<u8>> = match row.get_ref(18)? {
            rusqlite::types::ValueRef::Blob(bytes) => Some(bytes.to_owned()),
            _ => None,
        };
        let poll = receipts.polls.get(&key).filter(|_| {
            // Some versions store polls under the number of a vote (exporter).
            matches!(row_type, RowType::Poll | RowType::Vote)
        });
        if poll.is_some() {
            (kind, row_type) = (Kind::Poll, RowType::Poll);
            message.kind = kind;
            message.sender = self.sender(chat, row)?;
        }
        message.is_auxiliary = row_type.is_auxiliary();
        match kind {
            Kind::Contact => {
                let card = vcard.as_deref().map(card_text).unwrap_or_default();
                let name = || text(row, 23).ok().flatten();
                if let Some(card) = Some(card).filter(|card| !card.is_empty()).or_else(name) {
                    message.text = card;
                }
            }
            // For images these columns contain sizes.
            Kind::Location => {
                message.text = location_text(
                    &[
                        title,
                        text(row, 23)?,
                        Some(std::mem::take(&mut message.text)),
                    ],
                    None,
                    real(row, 16)?.zip(real(row, 17)?),
                );
            }
            Kind::Deleted => message.text.clear(),
            Kind::Poll => {
                let (question, options) = match poll {
                    Some(poll) => (&poll.question, poll.options.as_slice()),
                    None => (&message.text, &[][..]),
                };
                message.text = poll_text(question, options);
            }
            Kind::Event => message.text = event_text(&message.text),
            // A view-once file is never attached.
            Kind::ViewOnce if !has_visible_text(&message.text) => {
                message.text = title.unwrap_or_default();
            }
            Kind::Media => {
                if let Some(media) = media_kind {
                    self.file(&mut message, media, local, title, vcard);
                }
            }
            _ => {}
        }
        let is_without_text = || !has_visible_text(&message.text);
        let has_parts =
            row_type.may_have_file() || (row_type == RowType::Text && is_without_text());
        if let Some(metadata) = blob.as_deref().filter(|_| has_parts) {
            with_parts(&mut message.text, texts::texts(metadata));
        }
        if !row_type.keeps(&message) {
            self.left_out.add_unknown(type_number);
            return Ok(());
        }
        message.name_mentions(|digits| self.people.mention(digits));
        let quote = blob.as_deref().and_then(metadata::quote);
        let parent = text(row, 19)?.filter(|id| !id.is_empty());
        if parent.is_some() || quote.is_some() {
            let (id, text, by) = quote.map_or((None, None, None), |quote| {
                (Some(quote.id), quote.text, quote.by)
            });
            let group = self.chats[chat].group;
            let foreign = by.as_ref().filter(|jid| {
                let mapped = self.people.jid_of_number(jid);
                is_foreign(&self.chats[chat], jid, &mapped)
            });
            if let Some(jid) = foreign {
                let place = self.chats[chat].messages.len();
                self.foreign_quotes.push((chat, place, jid.clone()));
            }
            message.quoted = Some(NativeQuote {
                elsewhere: foreign.is_some(),
                sender: (by.filter(|_| group)).and_then(|jid| self.participant(chat, &jid, None)),
                ..NativeQuote::in_same_chat(parent.or(id), text)
            });
        }
        message.reactions = receipts.reactions.get(&key).cloned().unwrap_or_default();
        self.chats[chat].messages.push(message);
        Ok(())
    }

    /// Attributes quotations to the owner, whose jid the database does not contain: a quoted sender is the owner if
    /// one of the quotations is of a message that the owner wrote in the same chat. Messages that the owner wrote
    /// in another chat stay quotations of that chat.
    fn attribute_quotes_to_owner(&mut self) {
        let id_of = |chats: &[NativeChat], chat: usize, place: usize| {
            chats[chat].messages[place].quoted.as_ref()?.id.clone()
        };
        let mut quoted: HashMap<String, Vec<usize>> = HashMap::new();
        for (chat, place, _) in &self.foreign_quotes {
            if let Some(id) = id_of(&self.chats, *chat, *place) {
                quoted.entry(id).or_default();
            }
        }
        if quoted.is_empty() {
            return;
        }
        for (number, chat) in self.chats.iter().enumerate() {
            let own = chat
                .messages
                .iter()
                .filter(|message| message.sender == Some(0));
            for id in own.filter_map(|message| message.id.as_ref()) {
                if let Some(chats) = quoted.get_mut(id) {
                    chats.push(number);
                }
            }
        }
        // One person may have two chats, by number and by hidden id.
        let is_one = |one: usize, other: usize| {
            one == other
                || (self.chats[one].phone.is_some()
                    && self.chats[one].phone == self.chats[other].phone)
        };
        let mut owner = HashSet::new();
        for (_, _, jid) in self.foreign_quotes.iter().filter(|(chat, place, _)| {
            id_of(&self.chats, *chat, *place)
                .and_then(|id| quoted.get(&id))
                .is_some_and(|chats| chats.iter().any(|of| is_one(*of, *chat)))
        }) {
            owner.insert(jid.clone());
        }
        let here: Vec<(usize, usize)> = (self.foreign_quotes.iter())
            .filter(|(chat, place, jid)| {
                let written_in = id_of(&self.chats, *chat, *place).and_then(|id| quoted.get(&id));
                owner.contains(jid)
                    && written_in.is_none_or(|chats| {
                        chats.is_empty() || chats.iter().any(|of| is_one(*of, *chat))
                    })
            })
            .map(|(chat, place, _)| (*chat, *place))
            .collect();
        for (chat, place) in here {
            if let Some(quoted) = &mut self.chats[chat].messages[place].quoted {
                quoted.elsewhere = false;
            }
        }
    }

    fn sender(&mut self, chat: usize, row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<u32>> {
        if number(row, 2)? == Some(1) {
            return Ok(Some(0));
        }
        if !self.chats[chat].group {
            return Ok(Some(1));
        }
        let member = text(row, 11)?.filter(|jid| jid_kind(jid) != Jid::Group);
        let from = text(row, 20)?.filter(|jid| jid_kind(jid) != Jid::Group);
        let Some(jid) = member.or(from) else {
            return Ok(None);
        };
        let own = text(row, 12)?.filter(|name| !is_number(name));
        Ok(self.participant(chat, &jid, own))
    }

    /// Index of a person among the participants of a group; `own` is the name that the group shows.
    fn participant(&mut self, chat: usize, jid: &str, own: Option<String>) -> Option<u32> {
        let phone = self.people.number(jid);
        let name = self.people.sender_name(own.as_deref(), jid);
        participant(&mut self.chats[chat].participants, name, phone)
    }

    fn file(
        &mut self,
        message: &mut NativeMessage,
        kind: MediaKind,
        local: Option<String>,
        title: Option<String>,
        mime: Option<String>,
    ) {
        let local = local.filter(|path| !path.is_empty());
        let base = local
            .as_deref()
            .map(|path| media::file_name(path).to_owned());
        let is_document = kind == MediaKind::Document;
        // The title of a document is its name; for other files it is the caption.
        let title = title.filter(|title| !title.trim().is_empty());
        if !is_document && message.text.is_empty() {
            message.text = title.clone().unwrap_or_default();
        }
        let name = title.filter(|_| is_document).or(base);
        let Some(name) = name else {
            message.kind = Kind::MediaOmitted;
            message.omitted = Some(kind);
            return;
        };
        let entry = local.as_deref().and_then(|path| {
            let in_backup = self.files.get(&format!("Message/{path}")).cloned();
            match in_backup {
                Some(real) => self.media.add(path, real),
                None => self.media.find(path),
            }
        });
        let detected = media::kind(mime.as_deref(), &name);
        let media = match kind {
            MediaKind::Audio if detected == MediaKind::Voice => MediaKind::Voice,
            kind => kind,
        };
        message.files.push(NativeFile { name, entry, media });
    }
}

/// Databases of people next to the database of messages.
struct Companions {
    contacts: PathBuf,
    hidden_ids: PathBuf,
}

/// The databases of people, and the paths of files, of a database that may be part of a backup.
fn companions(path: &Path, folder: &Path) -> (Companions, Files) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(which) = BACKUP_NAMES.iter().position(|known| *known == name) else {
        let companions = Companions {
            contacts: folder.join("ContactsV2.sqlite"),
            hidden_ids: folder.join("LID.sqlite"),
        };
        return (companions, Files::new());
    };
    let root = folder.parent().unwrap_or(folder);
    let hashed = |id: &str| root.join(id.get(..2).unwrap_or_default()).join(id);
    let mut files = Files::new();
    if let Ok(manifest) = sqlite::open(&root.join("Manifest.db"))
        && manifest.has_column("Files", "fileID")
    {
        let sql = format!(
            "SELECT fileID, relativePath FROM Files WHERE domain = '{}' AND relativePath LIKE 'Message/Media/%'",
            BACKUP_DOMAINS[which]
        );
        let _ = manifest.each(&sql, |row| {
            if let (Some(id), Some(path)) = (text(row, 0)?, text(row, 1)?)
                && id.len() == 40
                && id.bytes().all(|b| b.is_ascii_hexdigit())
            {
                let real = hashed(&id);
                if real.symlink_metadata().is_ok_and(|found| found.is_file()) {
                    files.insert(path, real);
                }
            }
            Ok(())
        });
    }
    let companions = Companions {
        contacts: hashed(BACKUP_CONTACTS[which]),
        hidden_ids: hashed(BACKUP_HIDDEN_IDS[which]),
    };
    (companions, files)
}

fn query(database: &Database) -> String {
    let m = |column: &str| database.column("ZWAMESSAGE", "m", column);
    let s = |column: &str| database.column("ZWACHATSESSION", "s", column);
    let has_members = database.has_column("ZWAGROUPMEMBER", "Z_PK")
        && database.has_column("ZWAMESSAGE", "ZGROUPMEMBER");
    // A message references its media item, or the item its message: either the column or its value may be
    // missing.
    let by_message = database.has_column("ZWAMESSAGE", "ZMEDIAITEM");
    let by_item = database.has_column("ZWAMEDIAITEM", "ZMESSAGE");
    let has_media = database.has_column("ZWAMEDIAITEM", "Z_PK") && (by_message || by_item);
    let g = |column: &str| match has_members {
        true => database.column("ZWAGROUPMEMBER", "g", column),
        false => "NULL".to_owned(),
    };
    let i = |column: &str| match has_media {
        true => database.column("ZWAMEDIAITEM", "i", column),
        false => "NULL".to_owned(),
    };
    let has_parent = database.has_column("ZWAMESSAGE", "ZPARENTMESSAGE");
    format!(
        "SELECT m.Z_PK, m.ZSTANZAID, {from_me}, m.ZMESSAGEDATE, {kind}, NULL, s.ZCONTACTJID, {identifier}, \
         {session}, {partner}, {words}, {member}, {member_name}, {local}, {title}, {vcard}, {latitude}, {longitude}, \
         {metadata}, {parent}, {from}, {event}, s.Z_PK, {vcard_name} \
         FROM ZWAMESSAGE m LEFT JOIN ZWACHATSESSION s ON s.Z_PK = m.ZCHATSESSION {members} {media} {parents} \
         ORDER BY m.Z_PK",
        from_me = m("ZISFROMME"),
        kind = m("ZMESSAGETYPE"),
        identifier = s("ZCONTACTIDENTIFIER"),
        session = s("ZSESSIONTYPE"),
        partner = s("ZPARTNERNAME"),
        words = m("ZTEXT"),
        member = g("ZMEMBERJID"),
        member_name = g("ZCONTACTNAME"),
        local = i("ZMEDIALOCALPATH"),
        title = i("ZTITLE"),
        vcard = i("ZVCARDSTRING"),
        latitude = i("ZLATITUDE"),
        longitude = i("ZLONGITUDE"),
        metadata = i("ZMETADATA"),
        parent = if has_parent { "p.ZSTANZAID" } else { "NULL" },
        from = m("ZFROMJID"),
        event = m("ZGROUPEVENTTYPE"),
        vcard_name = i("ZVCARDNAME"),
        members = match has_members {
            true => "LEFT JOIN ZWAGROUPMEMBER g ON g.Z_PK = m.ZGROUPMEMBER",
            false => "",
        },
        // Grouped once instead of one look-up per message, since these tables have no index. SQLite builds one
        // for numbers itself.
        media = match (has_media, by_item) {
            (false, _) => String::new(),
            (true, false) => "LEFT JOIN ZWAMEDIAITEM i ON i.Z_PK = m.ZMEDIAITEM".to_owned(),
            (true, true) => format!(
                "LEFT JOIN (SELECT CAST(x.ZMESSAGE AS INTEGER) of, min(x.Z_PK) item FROM ZWAMEDIAITEM x GROUP BY 1) t ON t.of = m.Z_PK \
                 LEFT JOIN ZWAMEDIAITEM i ON i.Z_PK = COALESCE({}, t.item)",
                m("ZMEDIAITEM")
            ),
        },
        parents = match has_parent {
            true => "LEFT JOIN ZWAMESSAGE p ON p.Z_PK = m.ZPARENTMESSAGE",
            false => "",
        },
    )
}

/// What ZRECEIPTINFO contains, by message row.
#[derive(Default)]
struct Receipts {
    reactions: HashMap<i64, Vec<Reaction>>,
    polls: HashMap<i64, texts::Poll>,
}

impl Receipts {
    fn read(database: &Database, reading: &Reading) -> Result<Receipts, Error> {
        let mut all = Receipts::default();
        if !database.has_column("ZWAMESSAGEINFO", "ZRECEIPTINFO")
            || !database.has_column("ZWAMESSAGEINFO", "ZMESSAGE")
        {
            return Ok(all);
        }
        let sql =
            "SELECT ZMESSAGE, ZRECEIPTINFO FROM ZWAMESSAGEINFO WHERE ZRECEIPTINFO IS NOT NULL";
        database.each(sql, |row| {
            if let (Some(message), rusqlite::types::ValueRef::Blob(bytes)) =
                (number(row, 0)?, row.get_ref(1)?)
            {
                let found: Vec<Reaction> = metadata::reactions(bytes)
                    .map(|(jid, sign)| Reaction {
                        by: jid
                            .map_or_else(String::new, |jid| reading.people.reaction_sender(&jid)),
                        sign,
                    })
                    .collect();
                if !found.is_empty() {
                    all.reactions.insert(message, found);
                }
                if let Some(poll) = texts::poll(bytes) {
                    all.polls.insert(message, poll);
                }
            }
            Ok(())
        })?;
        Ok(all)
    }
}

fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    instant_of((seconds + EPOCH) * 1000.0)
}
