//! Archives that hold WhatsApp's own ids: databases of phones and the Mac, files of exporting
//! programs, logs of the business platform (`native-sources.md`).
//!
//! Each is read whole into [`NativeChat`]s, which give the same [`Chat`](crate::chat::Chat) as a
//! transcript does, so that nothing above knows the difference. Databases are opened read-only and
//! never changed, columns and tables that a version lacks are tolerated, and nothing here makes up
//! an id: what a source cuts short serves to resolve replies within it and for nothing else.

mod android;
mod apple;
mod chat;
mod cloud;
mod crypt;
mod error;
mod exporter;
mod json;
mod media;
mod people;
mod sqlite;
mod wamid;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use chat::{NativeChat, NativeFile, NativeMessage, NativeQuote, Party, Quality, Reaction};
pub use error::Error;
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

/// A file with chats in it, read whole.
#[derive(Debug)]
pub struct Store {
    /// What it is.
    pub kind: Kind,
    /// Its chats, in the order of their titles.
    pub chats: Vec<NativeChat>,
    /// What of it is no chat and was left out: what, how many messages.
    pub left_out: Vec<(&'static str, u64)>,
    /// Where its media are.
    pub media: Media,
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
    let json = is(".json") || is(".jsonl") || is(".ndjson");
    let own_name = name == "chatstorage.sqlite"
        || (name.starts_with("msgstore") && is(".db"))
        || apple::BACKUP_NAMES.contains(&name.as_str());
    if !(named || own_name || json) {
        return None;
    }
    let head = head(path)?;
    if head.starts_with(b"SQLite format 3\0") {
        let apple = name == "chatstorage.sqlite" || apple::BACKUP_NAMES.contains(&name.as_str());
        return Some(match apple || (named && apple::is_one(path)) {
            true => Kind::ChatStorage,
            false => Kind::Msgstore,
        });
    }
    if json || named {
        return json::kind_of(&head);
    }
    None
}

fn head(path: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let file = File::open(path).ok()?;
    file.take(HEAD as u64).read_to_end(&mut head).ok()?;
    Some(head)
}

/// Reads a file of this kind.
///
/// # Errors
///
/// [`Error`]: nothing of it is used then.
pub fn open(path: &Path, kind: Kind) -> Result<Store, Error> {
    let mut store = match kind {
        Kind::Msgstore => android::read(&sqlite::open(path)?, path)?,
        Kind::Crypt15 => android::read(&sqlite::of_bytes(crypt::decrypt(path)?, path)?, path)?,
        Kind::ChatStorage => apple::read(path)?,
        Kind::Exporter => exporter::read(path)?,
        Kind::Cloud => cloud::read(path)?,
    };
    store.kind = kind;
    people::tell_apart(&mut store.chats);
    Ok(store)
}
