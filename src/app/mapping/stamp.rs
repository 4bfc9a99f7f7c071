//! A stamp of the files of a migration: another one as soon as one of them changes.
//!
//! Archives and the checkpoint by name, size and time of change; tables by their bytes.

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

/// The stamp of the files that the configuration names, and of itself.
///
/// # Errors
///
/// The configuration cannot be used.
pub(crate) fn stamp(file: &Path, overrides: &Overrides) -> Result<String> {
    let mut settings = config::load(file)?;
    config::overlay(&mut settings, overrides)?;
    let mut digest = Digest::default();
    for path in [file, &settings.import.contacts] {
        digest.add(regular_file::read(path).unwrap_or_default());
    }
    digest.add(tables::digested(&settings.dir)?);
    let mut wal = settings.import.checkpoint.clone().into_os_string();
    wal.push("-wal");
    add_file(&mut digest, &settings.import.checkpoint);
    add_file(&mut digest, Path::new(&wal));
    for path in archive_folders(&settings, &settings.dir) {
        add(&mut digest, &path, DEPTH);
    }
    Ok(HEXLOWER.encode(&digest.finish()[..16]))
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
