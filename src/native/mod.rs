//! Native archives: databases of phones and the Mac app, JSON of exporting programs, webhook logs of the business
//! platform.
//!
//! Each is read completely into [`NativeChat`]s, which convert to the same [`Chat`](crate::chat::Chat) as a transcript,
//! so that no other module depends on the format. Databases are opened read-only and never changed. Columns and tables
//! that a version lacks are tolerated. No id is invented here: a truncated id links replies within its archive and
//! has no other use.

mod android;
mod apple;
mod backup;
mod chat;
mod cloud;
mod crypt;
mod error;
mod exporter;
mod json;
mod keys;
mod media;
mod mentions;
mod normalize;
mod people;
mod sniff;
mod sqlite;
mod wamid;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use apple::any_metadata;
pub use backup::{Backup, databases as databases_of_backup, folder_of as backup_at};
pub use chat::{
    IdCounts, IdQuality, NativeChat, NativeFile, NativeMessage, NativeParticipant, NativeQuote,
    Reaction,
};
pub use error::Error;
pub use keys::{KeyPrompt, Keys, NoKeys};
pub use media::Media;
pub use wamid::{of_stanza as wamid_of, stanza as stanza_of};

/// Format of a native archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `msgstore.db` of an Android phone.
    Msgstore,
    /// The same database as an encrypted backup.
    Crypt15,
    /// `ChatStorage.sqlite` of an iPhone or the Mac app.
    ChatStorage,
    /// JSON of WhatsApp-Chat-Exporter.
    Exporter,
    /// Webhooks of the Cloud API.
    Cloud,
}

impl Kind {
    /// Description for people.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Msgstore => "the database of an Android phone",
            Kind::Crypt15 => "an encrypted backup of an Android phone",
            Kind::ChatStorage => "the database of an iPhone or of the Mac app",
            Kind::Exporter => "JSON of WhatsApp-Chat-Exporter",
            Kind::Cloud => "a log of the Cloud API's webhooks",
        }
    }

    /// Stable identifier for machines.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Msgstore => "msgstore",
            Kind::Crypt15 => "crypt15",
            Kind::ChatStorage => "chatstorage",
            Kind::Exporter => "exporter",
            Kind::Cloud => "cloud",
        }
    }
}

/// The content of a native archive.
#[derive(Debug)]
pub struct Store {
    /// Its chats, in the order of their titles.
    pub chats: Vec<NativeChat>,
    /// What was left out: label and number. Labels continue "left out: 3 ".
    pub left_out: Vec<(&'static str, u64)>,
    /// Its attachments.
    pub media: Media,
}

impl Store {
    fn new(chats: Vec<NativeChat>, left_out: HashMap<&'static str, u64>, media: Media) -> Store {
        let mut left_out: Vec<_> = left_out.into_iter().collect();
        left_out.sort_unstable();
        Store {
            chats,
            left_out,
            media,
        }
    }
}

/// Bytes that are examined to detect a format.
const HEAD: usize = 64 * 1024;

/// Detects the format of a file by its name and first bytes; `None` if it is not a native archive.
///
/// In a folder, a database is recognised by its name only, since phones contain many others. `named`: a person
/// named this file.
pub fn kind_of(path: &Path, named: bool) -> Option<Kind> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let crypted = [".crypt12", ".crypt14", ".crypt15"];
    if crypted.iter().any(|ending| name.ends_with(ending)) {
        // A backup may be accompanied by further encrypted files, which are useless alone.
        return (named || name.starts_with("msgstore.db")).then_some(Kind::Crypt15);
    }
    let is = |ending: &str| name.ends_with(ending);
    let json = [".json", ".jsonl", ".ndjson", ".log"].into_iter().any(is);
    let apple = name == "chatstorage.sqlite" || apple::BACKUP_NAMES.contains(&name.as_str());
    let android = name.starts_with("msgstore") && is(".db");
    if !(named || apple || android || json) {
        return None;
    }
    let head = head(path, HEAD as u64).ok()?;
    let is_database = head.starts_with(sqlite::MAGIC);
    // A file with the name of a database is opened as one, so that the error describes what it is instead.
    if apple || (is_database && named && !android && apple::has_tables(path)) {
        return Some(Kind::ChatStorage);
    }
    if android || is_database {
        return Some(Kind::Msgstore);
    }
    match json::detect(&head)? {
        json::JsonFormat::Exporter | json::JsonFormat::TelegramLike => Some(Kind::Exporter),
        // Reported as unsupported if a person named it.
        json::JsonFormat::Telegram => named.then_some(Kind::Exporter),
        json::JsonFormat::Cloud => Some(Kind::Cloud),
    }
}

/// The first bytes of a file.
fn head(path: &Path, count: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len().min(count);
    let mut head = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(count).read_to_end(&mut head)?;
    Ok(head)
}

/// Reads a file of this format; `keys` provides the key of a backup.
///
/// # Errors
///
/// [`Error`]; then nothing of the file is used.
pub fn open(path: &Path, kind: Kind, keys: &dyn Keys) -> Result<Store, Error> {
    if kind == Kind::Cloud {
        let mut stores = open_logs(&[path.to_owned()]);
        return stores.remove(0);
    }
    let mut store = match kind {
        Kind::Crypt15 => {
            let bytes = crypt::decrypt(path, keys)?;
            android::read(&sqlite::from_bytes(bytes, path)?, path)?
        }
        Kind::ChatStorage => apple::read(path)?,
        Kind::Exporter => exporter::read(path)?,
        Kind::Msgstore | Kind::Cloud => android::read(&sqlite::open(path)?, path)?,
    };
    people::finalize(&mut store.chats);
    Ok(store)
}

/// Reads all Cloud API logs of a device, each into its own store: an edit or a reaction may be in another file than
/// its message.
pub fn open_logs(paths: &[PathBuf]) -> Vec<Result<Store, Error>> {
    let mut stores = cloud::read(paths);
    for store in stores.iter_mut().flatten() {
        people::finalize(&mut store.chats);
    }
    stores
}
