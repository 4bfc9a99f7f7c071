//! The rename that puts a new checkpoint in the place of the former one, of which a copy stays.
//!
//! Belongs here: the files of a checkpoint, with their logs. Never here: what is in them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;

use super::Rebuild;
use crate::checkpoint::connection::{connect, sync_folder};
use crate::checkpoint::error::Error;
use crate::checkpoint::lock::{private, side_path};
use crate::fault_point::reach;

/// The logs of a checkpoint, which belong to its contents.
pub(super) const LOGS: [&str; 3] = ["-wal", "-journal", "-shm"];

impl Rebuild {
    /// Puts the new checkpoint in the place of the former one, of which a copy stays under the returned name; `None` if
    /// there was no file. No snapshot of either may be open.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::ReadOnly`], [`Error::Io`]. The former file is in its place with all its transactions, or
    /// the new one is. A former file that SQLite cannot read may be under the name of its copy alone.
    pub fn swap(mut self) -> Result<Option<PathBuf>, Error> {
        let path = self.path.clone();
        let io = |error| Error::io(&path, error);
        if let Some(mut session) = self.session.take() {
            // Of a store no former checkpoint stays.
            session
                .replace(&self.built)
                .map_err(|error| error.named(&path))?;
            session.release();
            return Ok(None);
        }
        if self.folder.is_some() {
            return Ok(None);
        }
        reach("recover: before the copy");
        let kept = self.keep()?;
        reach("recover: before the swap");
        self.clear_logs(kept.as_deref()).map_err(io)?;
        reach("recover: before the rename");
        fs::rename(&self.built, &path).map_err(io)?;
        self.is_swapped = true;
        sync_folder(&path).map_err(io)?;
        reach("recover: after the swap");
        remove(&side_path(&self.built, ".lock")).map_err(io)?;
        Ok(kept)
    }

    /// Copies the former checkpoint and its logs to a free name.
    fn keep(&self) -> Result<Option<PathBuf>, Error> {
        let io = |error| Error::io(&self.path, error);
        let parts: Vec<&str> = std::iter::once("")
            .chain(LOGS)
            .filter(|suffix| {
                fs::metadata(side_path(&self.path, suffix)).is_ok_and(|file| file.len() > 0)
            })
            .collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let kept = self.free_name().map_err(io)?;
        for suffix in parts {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            private(&mut options);
            let mut to = options.open(side_path(&kept, suffix)).map_err(io)?;
            let mut from = File::open(side_path(&self.path, suffix)).map_err(io)?;
            io::copy(&mut from, &mut to).map_err(io)?;
            to.sync_all().map_err(io)?;
        }
        sync_folder(&kept).map_err(io)?;
        Ok(Some(kept))
    }

    /// Deletes the logs of the former file, which would be applied to the new one. Their transactions are merged into the
    /// file before that. A file that does not permit it is moved to `kept`, the name of its copy: without its log it could
    /// pass for an older checkpoint.
    fn clear_logs(&self, kept: Option<&Path>) -> io::Result<()> {
        let has_log = LOGS
            .iter()
            .any(|log| fs::metadata(side_path(&self.path, log)).is_ok_and(|file| file.len() > 0));
        if let (true, Some(kept)) = (has_log && self.path.try_exists()?, kept)
            && merge_logs(&self.path).is_err()
        {
            fs::rename(&self.path, kept)?;
        }
        for log in LOGS {
            remove(&side_path(&self.path, log))?;
        }
        Ok(())
    }

    /// A name for the former checkpoint that no file has: `NAME.former.db`, `NAME.former-2.db`, ...
    fn free_name(&self) -> io::Result<PathBuf> {
        for number in 1..u32::MAX {
            let word = match number {
                1 => "former".to_owned(),
                number => format!("former-{number}"),
            };
            let name = named(&self.path, &word);
            let mut is_free = true;
            for suffix in std::iter::once("").chain(LOGS) {
                is_free &= !side_path(&name, suffix).try_exists()?;
            }
            if is_free {
                return Ok(name);
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

/// `DIR/NAME.WORD.db` for `DIR/NAME.db`.
pub(super) fn named(path: &Path, word: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{word}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Writes the transactions of a file's logs to the file.
fn merge_logs(path: &Path) -> Result<(), Error> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let at = |error| Error::sqlite(path, error);
    // The first statement that reads rolls back what a journal contains.
    let merge = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = connection
        .query_row(merge, [], |row| row.get(0))
        .map_err(at)?;
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(at)?;
    match busy {
        0 => Ok(()),
        _ => Err(Error::Locked {
            path: path.to_owned(),
            pid: None,
        }),
    }
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
