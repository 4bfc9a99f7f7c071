//! Opening native archives: each of their chats becomes an [`Opened`] archive, and what is left out is
//! counted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::{Error, Failure, Opened, label_of};
use crate::archive::{Container, Limits};
use crate::native::{self, IdCounts, Keys, Kind, Store};
use crate::parser::MediaIndex;
use crate::parser::text::{ArchiveName, Decoded};

/// A native archive as a whole.
#[derive(Debug)]
pub struct NativeArchive {
    /// The archive's name in every output.
    pub label: String,
    /// The file on disk, or the folder of a backup.
    pub path: PathBuf,
    /// The format of the archive.
    pub kind: Kind,
    /// The number of its chats; may be 0.
    pub chats: usize,
    /// The number of its messages by kind of id.
    pub ids: IdCounts,
    /// Restrictions of its ids that a person should know of.
    pub remarks: Vec<&'static str>,
    /// What was left out: label and number.
    pub left_out: Vec<(&'static str, u64)>,
}

/// The result of opening one path.
#[derive(Debug, Default)]
pub(super) struct Opening {
    pub(super) opened: Vec<Result<Opened, Failure>>,
    pub(super) seen: Vec<NativeArchive>,
}

impl From<Vec<Result<Opened, Failure>>> for Opening {
    fn from(opened: Vec<Result<Opened, Failure>>) -> Self {
        Opening {
            opened,
            seen: Vec::new(),
        }
    }
}

/// The path of the native archive at a path: the path itself or the folder of a backup.
pub(super) fn native_archive_at(path: &Path, named: bool) -> Option<PathBuf> {
    if path.is_dir() || named {
        let backup = native::backup_at(path);
        if backup.is_some() || path.is_dir() {
            return backup;
        }
    }
    native::kind_of(path, named).map(|_| path.to_owned())
}

/// Whether the path is a webhook log; logs of one device are read together.
pub(super) fn is_log(path: &Path) -> bool {
    !path.is_dir() && native::kind_of(path, true) == Some(Kind::Cloud)
}

/// Reads a native archive that is not a webhook log.
pub(super) fn read(path: &Path, limits: &Limits, keys: &dyn Keys) -> Opening {
    let mut read = Opening::default();
    let Some(folder) = native::backup_at(path) else {
        if let Some(kind) = native::kind_of(path, true) {
            let store = native::open(path, kind, keys);
            read.add(&Location::file(path), kind, store, limits);
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
        // The name of the database in a backup is a hash.
        let mut label = label_of(&folder);
        if several && backup.is_business {
            label.push_str(" (Business)");
        }
        let location = Location {
            label,
            path: &folder,
            file: &backup.database,
        };
        read.add(&location, Kind::ChatStorage, store, limits);
    }
    read
}

/// Reads all webhook logs of a device.
pub(super) fn read_logs(paths: &[PathBuf], limits: &Limits) -> Vec<Opening> {
    let stores = paths.iter().zip(native::open_logs(paths));
    stores
        .map(|(path, store)| {
            let mut read = Opening::default();
            read.add(&Location::file(path), Kind::Cloud, store, limits);
            read
        })
        .collect()
}

/// The location of a native archive.
struct Location<'p> {
    label: String,
    /// The path that is shown.
    path: &'p Path,
    /// The file that is read.
    file: &'p Path,
}

impl<'p> Location<'p> {
    fn file(path: &'p Path) -> Self {
        Location {
            label: label_of(path),
            path,
            file: path,
        }
    }
}

impl Opening {
    fn fail(&mut self, label: &str, error: native::Error) {
        self.opened.push(Err(Failure {
            label: label.to_owned(),
            error: Error::Native(error),
        }));
    }

    fn add(
        &mut self,
        location: &Location<'_>,
        kind: Kind,
        store: Result<Store, native::Error>,
        limits: &Limits,
    ) {
        let store = match store {
            Ok(store) => store,
            Err(error) => return self.fail(&location.label, error),
        };
        let mut seen = NativeArchive {
            label: location.label.clone(),
            path: location.path.to_owned(),
            kind,
            chats: store.chats.len(),
            ids: IdCounts::default(),
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
        let container = Arc::new(Container::from_files(location.file, files, limits));
        self.opened.extend(store.chats.into_iter().map(|chat| {
            Ok(Opened {
                label: format!("{}/{}", location.label, chat.title),
                path: location.path.to_owned(),
                entry: chat.jid.clone(),
                name: ArchiveName {
                    chat: chat.title.clone(),
                    certain: true,
                },
                container: Arc::clone(&container),
                media: MediaIndex::default(),
                files: Arc::default(),
                files_without_chat: 0,
                exported: None,
                numbered: OnceLock::new(),
                renamed: OnceLock::new(),
                transcript: Decoded::default(),
                markdown: None,
                native: Some(chat),
                numbers: super::TextNumbers::default(),
                digest: OnceLock::new(),
            })
        }));
    }
}

/// Remarks on all native archives, without duplicates. They name no archive, because an archive of one chat
/// usually has the name of a person.
pub fn remarks(stores: &[NativeArchive]) -> Vec<String> {
    let mut lines = Vec::new();
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
        lines.push(format!("{kind}{files}: {remark}"));
    }
    if !left_out.is_empty() {
        lines.push(format!(
            "left out of native archives: {}",
            describe_counts(left_out.into_iter())
        ));
    }
    lines
}

/// `3 of channels, 1 without a time that can be`.
pub fn describe_counts<'w>(counts: impl Iterator<Item = (&'w str, u64)>) -> String {
    let each: Vec<String> = counts
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    each.join(", ")
}
