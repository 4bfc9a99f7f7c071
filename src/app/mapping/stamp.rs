//! A stamp of the files of a migration: another one as soon as one of them changes.
//!
//! Archives and the checkpoint by name, size and time of change; tables by their bytes.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use data_encoding::HEXLOWER;

use crate::app::error::Result;
use crate::app::{archive_folders, tables};
use crate::checkpoint::Checkpoint;
use crate::config::{self, Overrides};
use crate::digest::Digest;
use crate::regular_file;

/// The depth to which folders with archives are looked at: exports, a folder for each phone, an unpacked export, its files.
const DEPTH: u32 = 5;

/// What the files of a migration were like at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    contacts: String,
    configuration: String,
    /// The other tables.
    tables: String,
    archives: String,
    checkpoint: String,
}

impl Stamp {
    /// Whether archives, tables and configuration were the same. Another process may have written the checkpoint in between:
    /// an import does so for each message.
    pub(crate) fn has_same_files(&self, other: &Stamp) -> bool {
        self.contacts == other.contacts && self.has_same_other_files(other)
    }

    /// Whether archives, configuration and all tables but contacts.csv were the same.
    pub(crate) fn has_same_other_files(&self, other: &Stamp) -> bool {
        self.configuration == other.configuration
            && self.tables == other.tables
            && self.archives == other.archives
    }

    /// The names of the files, other than the checkpoint, that were not the same.
    pub(crate) fn differences(&self, other: &Stamp) -> Vec<&'static str> {
        let all = [
            (self.archives == other.archives, "the archives"),
            (self.contacts == other.contacts, "contacts.csv"),
            (
                self.tables == other.tables,
                "never.txt, exclude.csv, replies.csv or decisions.csv",
            ),
            (self.configuration == other.configuration, "chatferry.toml"),
        ];
        let changed = all.into_iter().filter(|(is_same, _)| !is_same);
        changed.map(|(_, name)| name).collect()
    }
}

/// The same text for the same files.
impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stamp {
            contacts,
            configuration,
            tables,
            archives,
            checkpoint,
        } = self;
        write!(
            formatter,
            "{contacts} {configuration} {tables} {archives} {checkpoint}"
        )
    }
}

/// The stamp of the files that the configuration names, and of itself.
///
/// # Errors
///
/// The configuration cannot be used.
pub(crate) fn stamp(file: &Path, overrides: &Overrides) -> Result<Stamp> {
    let mut settings = config::load(file)?;
    config::overlay(&mut settings, overrides)?;
    let [
        mut contacts,
        mut configuration,
        mut others,
        mut archives,
        mut checkpoint,
    ] = [(); 5].map(|()| Digest::default());
    contacts.add(regular_file::read(&settings.import.contacts).unwrap_or_default());
    configuration.add(regular_file::read(file).unwrap_or_default());
    others.add(tables::digested(&settings.dir)?);
    for path in archive_folders(&settings, &settings.dir) {
        add(&mut archives, &path, DEPTH);
    }
    if let Some(path) = settings.import.checkpoint.file() {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        add_file(&mut checkpoint, path);
        add_file(&mut checkpoint, Path::new(&wal));
    }
    let all = [contacts, configuration, others, archives, checkpoint];
    let [contacts, configuration, tables, archives, checkpoint] =
        all.map(|digest| HEXLOWER.encode(&digest.finish()[..16]));
    Ok(Stamp {
        contacts,
        configuration,
        tables,
        archives,
        checkpoint,
    })
}

/// What the checkpoint records of messages, as a text that is the same for the same; empty without one.
///
/// # Errors
///
/// The configuration or the checkpoint cannot be used.
pub(crate) fn checkpoint_stamp(file: &Path, overrides: &Overrides) -> Result<String> {
    let mut settings = config::load(file)?;
    config::overlay(&mut settings, overrides)?;
    let snapshot = Checkpoint::peek_at_any(&settings.import.checkpoint)?;
    Ok(snapshot
        .map(|snapshot| snapshot.stamp())
        .transpose()?
        .unwrap_or_default())
}

fn add(digest: &mut Digest, path: &Path, depth: u32) {
    if path.is_dir() && depth > 0 {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort_unstable();
        for path in paths {
            add(digest, &path, depth - 1);
        }
    } else {
        add_file(digest, path);
    }
}

fn add_file(digest: &mut Digest, path: &Path) {
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    let since = metadata.modified().ok();
    let since = since.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    digest.add(path.as_os_str().as_encoded_bytes());
    digest.add(metadata.len().to_le_bytes());
    digest.add(since.unwrap_or_default().as_nanos().to_le_bytes());
}
