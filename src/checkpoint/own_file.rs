//! What a checkpoint's file must be before it is opened: one file, under one name, readable by its owner alone.
//!
//! A symbolic link in its place, or in that of its lock, would let a run write to a file of another user's choice; two hard
//! links would be two names, each with a lock of its own. Never here: what the file contains.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::lock::side_path;

/// The files of one checkpoint: itself, its lock and its logs.
const SUFFIXES: [&str; 5] = ["", ".lock", "-wal", "-shm", "-journal"];
/// Those that contain what is recorded.
#[cfg(unix)]
const RECORDS: [&str; 4] = ["", "-wal", "-shm", "-journal"];
/// The mode of all of them.
#[cfg(unix)]
const MODE: u32 = 0o600;

/// The path of the checkpoint, without symbolic links in its folder. It need not exist.
///
/// # Errors
/// [`Error::SymbolicLink`] and [`Error::HardLinks`]; [`Error::Io`], also if its folder does not exist.
pub(super) fn own_path(path: &Path) -> Result<PathBuf, Error> {
    let io = |error| Error::io(path, error);
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .ok_or_else(|| io(io::ErrorKind::InvalidInput.into()))?;
    let path = folder.canonicalize().map_err(io)?.join(name);
    for suffix in SUFFIXES {
        let file = side_path(&path, suffix);
        match fs::symlink_metadata(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io(&path, error)),
            Ok(found) if found.is_symlink() => return Err(Error::SymbolicLink { path: file }),
            // A pipe would be waited for, and a folder cannot be opened.
            Ok(found) if !found.is_file() => return Err(Error::NotOurs { path: file }),
            Ok(found) if ["", ".lock"].contains(&suffix) && has_other_names(&found) => {
                return Err(Error::HardLinks { path: file });
            }
            Ok(_) => {}
        }
    }
    Ok(path)
}

#[cfg(unix)]
fn has_other_names(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.is_file() && found.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_found: &Metadata) -> bool {
    false
}

/// What became of the mode of a checkpoint that others could read or change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormerMode {
    /// The permission bits before.
    pub mode: u32,
    /// Whether only the owner can read it now; some file systems have no modes.
    pub is_changed: bool,
}

/// Makes the checkpoint and its logs readable by their owner alone; `None` if the checkpoint was so already.
#[cfg(unix)]
pub(super) fn restrict(path: &Path) -> Result<Option<FormerMode>, Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode_of =
        |file: &Path| fs::symlink_metadata(file).map(|found| found.permissions().mode() & 0o777);
    let mode = mode_of(path).map_err(|error| Error::io(path, error))?;
    for file in RECORDS.map(|suffix| side_path(path, suffix)) {
        if mode_of(&file).is_ok_and(|mode| mode != MODE) {
            // Whether it worked is looked at.
            fs::set_permissions(&file, fs::Permissions::from_mode(MODE)).ok();
        }
    }
    Ok((mode != MODE).then(|| FormerMode {
        mode,
        is_changed: mode_of(path).is_ok_and(|mode| mode == MODE),
    }))
}

#[cfg(not(unix))]
pub(super) fn restrict(_path: &Path) -> Result<Option<FormerMode>, Error> {
    Ok(None)
}
