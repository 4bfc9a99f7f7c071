//! Archives that hold WhatsApp's own ids: databases of phones and the Mac, files of exporting
//! programs, logs of the business platform (`native-sources.md`).
//!
//! Each is read whole into [`NativeChat`]s, which give the same [`Chat`](crate::chat::Chat) as a
//! transcript does, so that nothing above knows the difference. Databases are opened read-only and
//! never changed, columns and tables that a version lacks are tolerated, and nothing here makes up
//! an id: what a source cuts short serves to resolve replies within it and for nothing else.

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
pub use chat::{Ids, NativeChat, NativeFile, NativeMessage, NativeQuote, Party, Quality, Reaction};
pub use error::Error;
pub use keys::{Asked, Keys, NoTerminal};
pub use media::Media;
pub use wamid::{of_stanza as wamid_of, stanza as stanza_of};

/// Which program wrote an archive with native ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `msgstore.db` of an Android phone.
    Msgstore,
    /// The same as an encrypted backup.
    Crypt15,
    /// `ChatStorage.sqlite` of an iPhone or the Mac app.
    ChatStorage,
    /// JSON of WhatsApp-Chat-Exporter.
    Exporter,
    /// Webhooks of the Cloud API.
    Cloud,
}

impl Kind {
    /// What it is, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Msgstore => "the database of an Android phone",
            Kind::Crypt15 => "an encrypted backup of an Android phone",
            Kind::ChatStorage => "the database of an iPhone or of the Mac app",
            Kind::Exporter => "JSON of WhatsApp-Chat-Exporter",
            Kind::Cloud => "a log of the Cloud API's webhooks",
        }
    }

    /// A stable word for machines.
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

/// A file with chats in it, read whole.
#[derive(Debug)]
pub struct Store {
    /// Its chats, in the order of their titles.
    pub chats: Vec<NativeChat>,
    /// What of it was left out: what, how many. Words that go on from "left out: 3 ".
    pub left_out: Vec<(&'static str, u64)>,
    /// Where its media are.
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

/// How much of a file is looked at to tell what it is.
const HEAD: usize = 64 * 1024;

/// What a file is by name and first bytes; `None` for everything that is none of these.
///
/// A database is told by its name where it lies in a folder, since phones hold many: `named` is
/// true for one that a person named.
pub fn kind_of(path: &Path, named: bool) -> Option<Kind> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let crypted = [".crypt12", ".crypt14", ".crypt15"];
    if crypted.iter().any(|ending| name.ends_with(ending)) {
        // Parts of a backup that are useless alone lie beside it.
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
    // Called like one it is told what it is instead.
    if apple || (is_database && named && !android && apple::is_one(path)) {
        return Some(Kind::ChatStorage);
    }
    if android || is_database {
        return Some(Kind::Msgstore);
    }
    match json::shape(&head)? {
        json::Shape::Exporter | json::Shape::TelegramLike => Some(Kind::Exporter),
        // Whoever names it is told what it is.
        json::Shape::Telegram => named.then_some(Kind::Exporter),
        json::Shape::Cloud => Some(Kind::Cloud),
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

/// Reads a file of this kind; `keys` are asked for that of a backup.
///
/// # Errors
///
/// [`Error`]: nothing of it is used then.
pub fn open(path: &Path, kind: Kind, keys: &dyn Keys) -> Result<Store, Error> {
    if kind == Kind::Cloud {
        let mut stores = open_logs(&[path.to_owned()]);
        return stores.remove(0);
    }
    let mut store = match kind {
        Kind::Crypt15 => {
            let bytes = crypt::decrypt(path, keys)?;
            android::read(&sqlite::of_bytes(bytes, path)?, path)?
        }
        Kind::ChatStorage => apple::read(path)?,
        Kind::Exporter => exporter::read(path)?,
        Kind::Msgstore | Kind::Cloud => android::read(&sqlite::open(path)?, path)?,
    };
    people::tell_apart(&mut store.chats);
    Ok(store)
}

/// Reads all logs of the Cloud API that a device has, each into a store of its own: what happened
/// to a message may be in another file than the message.
pub fn open_logs(paths: &[PathBuf]) -> Vec<Result<Store, Error>> {
    let mut stores = cloud::read(paths);
    for store in stores.iter_mut().flatten() {
        people::tell_apart(&mut store.chats);
    }
    stores
}
