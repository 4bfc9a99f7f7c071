//! What a worker reads of a folder before it runs: the settings that matter here, and the digest of what people write.
//!
//! A folder is a path that every worker mounts, or an `s3://` place, whose files are copied into a folder of the turn. Never here: the
//! archives, which the child process reads where they are.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::archive::{check_place, is_remote, read_small};
use crate::checkpoint_location::{CheckpointLocation, StoreKey};
use crate::config::{self, DEFAULT_FILE};
use crate::regular_file;

/// The tables of a migration, next to chatferry.toml.
const TABLES: [&str; 5] = [
    "contacts.csv",
    "decisions.csv",
    "replies.csv",
    "exclude.csv",
    "never.txt",
];

/// The largest table that is copied from object storage, in bytes.
const LARGEST: u64 = 64 << 20;

/// A folder that was read.
pub(super) struct Folder {
    /// The path of chatferry.toml.
    pub(super) file: PathBuf,
    pub(super) organization_id: String,
    pub(super) digest: String,
    /// The copy, which is removed with this value.
    _copy: Option<TempDir>,
}

/// Why a folder cannot be run.
pub(super) enum FolderProblem {
    /// This worker cannot read it; another one may.
    Unreadable(String),
    /// No worker can run it as it is.
    Wrong(String),
}

/// The folder of a migration as the store has it: a place, or an absolute path.
///
/// # Errors
///
/// A place that chatferry does not read; a path that cannot be stored as text.
pub(crate) fn place(folder: &str) -> Result<String, String> {
    if is_remote(Path::new(folder)) {
        check_place(folder).map_err(|problem| format!("{folder}: {problem}"))?;
        return Ok(folder.to_owned());
    }
    let path = Path::new(folder);
    let absolute = std::path::absolute(path).map_err(|error| format!("{folder}: {error}"))?;
    let shown = absolute
        .to_str()
        .ok_or_else(|| format!("{folder}: not a UTF-8 path"))?;
    Ok(shown.to_owned())
}

/// Reads a folder. `key` is that of the store.
///
/// # Errors
///
/// chatferry.toml cannot be read, is wrong, or names no organisation or no shared checkpoint.
pub(super) fn read(folder: &str, key: &StoreKey) -> Result<Folder, FolderProblem> {
    let (dir, copy) = match is_remote(Path::new(folder)) {
        true => {
            let copy = copied(folder)?;
            (copy.path().to_owned(), Some(copy))
        }
        false => (PathBuf::from(folder), None),
    };
    let file = dir.join(DEFAULT_FILE);
    let bytes = regular_file::read(&file).map_err(|error| {
        FolderProblem::Unreadable(format!("{}: cannot be read: {error}", shown(folder)))
    })?;
    let settings = config::from_bytes(&bytes, &file).map_err(|problems| {
        let first = problems
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        FolderProblem::Wrong(format!("{}: {first}", shown(folder)))
    })?;
    let CheckpointLocation::Store(store) = &settings.import.checkpoint else {
        return Err(FolderProblem::Wrong(format!(
            "{}: checkpoint is a file of one machine; a fleet needs the address of a store, postgres://…",
            shown(folder)
        )));
    };
    Ok(Folder {
        organization_id: store.organization_id.clone(),
        digest: digest(&dir, &bytes, key),
        file,
        _copy: copy,
    })
}

fn shown(folder: &str) -> String {
    format!("{}/{DEFAULT_FILE}", folder.trim_end_matches('/'))
}

/// Copies what people write from object storage.
fn copied(place: &str) -> Result<TempDir, FolderProblem> {
    let copy = tempfile::tempdir()
        .map_err(|error| FolderProblem::Unreadable(format!("no temporary folder: {error}")))?;
    for name in [DEFAULT_FILE].iter().chain(&TABLES) {
        let bytes = read_small(
            Path::new(&format!("{}/{name}", place.trim_end_matches('/'))),
            LARGEST,
        )
        .map_err(|problem| FolderProblem::Unreadable(problem.to_string()))?;
        if let Some(bytes) = bytes {
            std::fs::write(copy.path().join(name), bytes).map_err(|error| {
                FolderProblem::Unreadable(format!("{name} could not be copied: {error}"))
            })?;
        }
    }
    Ok(copy)
}

/// The keyed digest of the configuration and the tables: contacts.csv is data of people.
fn digest(dir: &Path, configuration: &[u8], key: &StoreKey) -> String {
    let mut hasher = blake3::Hasher::new_keyed(key.bytes());
    hasher.update(configuration);
    for name in TABLES {
        let bytes = regular_file::read(&dir.join(name)).unwrap_or_default();
        hasher.update(name.as_bytes());
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    data_encoding::HEXLOWER.encode(&hasher.finalize().as_bytes()[..16])
}
