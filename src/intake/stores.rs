//! Archives with WhatsApp's own ids: each of their chats is opened like a transcript, and what else is
//! in them is counted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::{Error, Failure, Opened, label_of};
use crate::archive::{Container, Limits};
use crate::native::{self, Ids, Keys, Kind, Store};
use crate::parser::MediaIndex;
use crate::parser::text::{ArchiveName, Decoded};

/// What is in an archive with native ids, as a whole.
#[derive(Debug)]
pub struct StoreSeen {
    /// The archive's name in every output.
    pub label: String,
    /// The file on disk, or the folder of a backup.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// How many chats it has; there may be none.
    pub chats: usize,
    /// What its ids are worth.
    pub ids: Ids,
    /// What a person has to know of its ids.
    pub remarks: Vec<&'static str>,
    /// What of it was left out: what, how many.
    pub left_out: Vec<(&'static str, u64)>,
}

/// What came of a path.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) opened: Vec<Result<Opened, Failure>>,
    pub(super) seen: Vec<StoreSeen>,
}

impl From<Vec<Result<Opened, Failure>>> for Read {
    fn from(opened: Vec<Result<Opened, Failure>>) -> Self {
        Read {
            opened,
            seen: Vec::new(),
        }
    }
}

/// The archive with native ids that is at a path, if one is.
pub(super) fn store_at(path: &Path, named: bool) -> Option<PathBuf> {
    if path.is_dir() || named {
        let backup = native::backup_at(path);
        if backup.is_some() || path.is_dir() {
            return backup;
        }
    }
    native::kind_of(path, named).map(|_| path.to_owned())
}

/// True for a log, which is read together with the others.
pub(super) fn is_log(path: &Path) -> bool {
    !path.is_dir() && native::kind_of(path, true) == Some(Kind::Cloud)
}

/// Reads an archive that is no log.
pub(super) fn read(path: &Path, limits: &Limits, keys: &dyn Keys) -> Read {
    let mut read = Read::default();
    let Some(folder) = native::backup_at(path) else {
        if let Some(kind) = native::kind_of(path, true) {
            let store = native::open(path, kind, keys);
            read.add(&Place::file(path), kind, store, limits);
        }
        return read;
    };
    let databases = match native::databases_of_backup(&folder) {
        Ok(databases) => databases,
        Err(error) => {
            read.fail(&label_of(&folder), error);
            return read;
        }
    };
    let several = databases.len() > 1;
    for backup in databases {
        let store = native::open(&backup.database, Kind::ChatStorage, keys);
        // Its own name is a hash.
        let mut label = label_of(&folder);
        if several && backup.is_business {
            label.push_str(" (Business)");
        }
        let place = Place {
            label,
            path: &folder,
            file: &backup.database,
        };
        read.add(&place, Kind::ChatStorage, store, limits);
    }
    read
}

/// Reads all logs of a device.
pub(super) fn read_logs(paths: &[PathBuf], limits: &Limits) -> Vec<Read> {
    let stores = paths.iter().zip(native::open_logs(paths));
    stores
        .map(|(path, store)| {
            let mut read = Read::default();
            read.add(&Place::file(path), Kind::Cloud, store, limits);
            read
        })
        .collect()
}

/// Where a store is.
struct Place<'p> {
    label: String,
    /// As it is shown.
    path: &'p Path,
    /// The file that is read.
    file: &'p Path,
}

impl<'p> Place<'p> {
    fn file(path: &'p Path) -> Self {
        Place {
            label: label_of(path),
            path,
            file: path,
        }
    }
}

impl Read {
    fn fail(&mut self, label: &str, error: native::Error) {
        self.opened.push(Err(Failure {
            label: label.to_owned(),
            error: Error::Native(error),
        }));
    }

    fn add(
        &mut self,
        place: &Place<'_>,
        kind: Kind,
        store: Result<Store, native::Error>,
        limits: &Limits,
    ) {
        let store = match store {
            Ok(store) => store,
            Err(error) => return self.fail(&place.label, error),
        };
        let mut seen = StoreSeen {
            label: place.label.clone(),
            path: place.path.to_owned(),
            kind,
            chats: store.chats.len(),
            ids: Ids::default(),
            remarks: Vec::new(),
            left_out: store.left_out,
        };
        for chat in &store.chats {
            seen.ids.add(chat.ids());
            seen.remarks.extend(chat.quality.remark());
        }
        seen.remarks.sort_unstable();
        seen.remarks.dedup();
        self.seen.push(seen);
        let files = store.media.into_files();
        let container = Arc::new(Container::from_files(place.file, files, limits));
        self.opened.extend(store.chats.into_iter().map(|chat| {
            Ok(Opened {
                label: format!("{}/{}", place.label, chat.title),
                path: place.path.to_owned(),
                entry: chat.jid.clone(),
                name: ArchiveName {
                    chat: chat.title.clone(),
                    certain: true,
                },
                container: Arc::clone(&container),
                media: MediaIndex::default(),
                files: Arc::default(),
                elsewhere: 0,
                exported: None,
                apart: OnceLock::new(),
                renamed: OnceLock::new(),
                transcript: Decoded::default(),
                markdown: None,
                native: Some(chat),
                digest: OnceLock::new(),
            })
        }));
    }
}

/// What all of these say together, each once, for whoever plans an import: no archive is named, since
/// one of a single chat is called like the person.
pub fn remarks(stores: &[StoreSeen]) -> Vec<String> {
    let mut said = Vec::new();
    let mut by_remark: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut left_out: BTreeMap<&str, u64> = BTreeMap::new();
    for store in stores {
        for remark in &store.remarks {
            *by_remark
                .entry((store.kind.describe(), remark))
                .or_default() += 1;
        }
        for (what, count) in &store.left_out {
            *left_out.entry(what).or_default() += count;
        }
    }
    for ((kind, remark), count) in by_remark {
        let files = match count {
            1 => String::new(),
            count => format!(" ({count} files)"),
        };
        said.push(format!("{kind}{files}: {remark}"));
    }
    if !left_out.is_empty() {
        said.push(format!(
            "left out of archives with WhatsApp's own ids: {}",
            listed(left_out.into_iter())
        ));
    }
    said
}

/// `3 of channels, 1 without a time that can be`.
pub fn listed<'w>(counts: impl Iterator<Item = (&'w str, u64)>) -> String {
    let each: Vec<String> = counts
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    each.join(", ")
}
