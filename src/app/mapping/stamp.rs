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
use crate::config::{self, Overrides};
use crate::digest::Digest;
use crate::regular_file;

/// The depth to which folders with archives are looked at: exports, a folder for each phone, an unpacked export, its files.
const DEPTH: u32 = 5;

/// What the files of a migration were like at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    contacts: String,
    /// Configuration, other tables and archives.
    files: String,
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
        self.files == other.files
    }
}

/// The same text for the same files.
impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stamp {
            contacts,
            files,
            checkpoint,
        } = self;
        write!(formatter, "{contacts} {files} {checkpoint}")
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
    let [mut contacts, mut files, mut checkpoint] = [(); 3].map(|()| Digest::default());
    contacts.add(regular_file::read(&settings.import.contacts).unwrap_or_default());
    files.add(regular_file::read(file).unwrap_or_default());
    files.add(tables::digested(&settings.dir)?);
    for path in archive_folders(&settings, &settings.dir) {
        add(&mut files, &path, DEPTH);
    }
    if let Some(path) = settings.import.checkpoint.file() {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        add_file(&mut checkpoint, path);
        add_file(&mut checkpoint, Path::new(&wal));
    }
    let [contacts, files, checkpoint] =
        [contacts, files, checkpoint].map(|digest| HEXLOWER.encode(&digest.finish()[..16]));
    Ok(Stamp {
        contacts,
        files,
        checkpoint,
    })
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
