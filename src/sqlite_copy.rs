//! Copies of SQLite databases that have no name on disk, with what the logs of the original add.
//!
//! A database with a write-ahead log, or with the journal of a writer that died, cannot be read without changing it or a
//! file next to it. So it is copied and the log applied to the copy ([`image`]). On Unix the copy has no name: SQLite opens
//! an empty file, its name and its folder are removed, and only then is it filled. So no way of ending the program leaves
//! anything of a database behind. Elsewhere the folder is removed when the copy is closed.
//!
//! Never here: what a database contains.

mod image;
mod journal;
mod wal;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

pub(crate) use image::Logs;

/// Why a database with its logs could not be copied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path of the database or of one of its logs.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A log is damaged.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The path of the log.
        path: PathBuf,
        /// The defect, without content.
        reason: String,
    },
    /// SQLite could not open the copy.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The path of the database.
        path: PathBuf,
        /// The error of SQLite.
        source: rusqlite::Error,
    },
}

impl Error {
    fn io(path: &Path, source: io::Error) -> Error {
        let path = path.to_owned();
        Error::Io { path, source }
    }
}

/// A copy of a database, merged with its logs, and the connection that reads it.
pub(crate) struct Copy {
    /// A connection to the copy that has read nothing yet.
    pub(crate) connection: Connection,
    /// The temporary folder of the copy; `None` if the copy has no name. Dropped after the
    /// connection.
    pub(crate) folder: Option<TempDir>,
}

/// Copies the database at `path` with its logs; the copy is created under `temporary`, if given.
/// The caller ensures that no other program writes meanwhile. A connection that may write has no
/// journal, which would need a name: after an error the copy is of no use.
///
/// # Errors
///
/// A file cannot be read or written, a log is damaged, or SQLite cannot open the copy.
pub(crate) fn open(
    path: &Path,
    logs: &Logs,
    may_write: bool,
    temporary: Option<&Path>,
) -> Result<Copy, Error> {
    let failed = |error| Error::io(path, error);
    let sqlite = |source| Error::Sqlite {
        path: path.to_owned(),
        source,
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix("chatferry-");
    let folder = match temporary {
        Some(temporary) => builder.tempdir_in(temporary),
        None => builder.tempdir(),
    };
    // Declared before the connection, so that it is dropped after it.
    let folder = folder.map_err(failed)?;
    let name = folder.path().join("copy.db");
    let mut folder = Some(folder);
    let mut file = File::create_new(&name).map_err(failed)?;
    let mode = match may_write {
        true => OpenFlags::SQLITE_OPEN_READ_WRITE,
        false => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let connection = Connection::open_with_flags(&name, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(sqlite)?;
    if cfg!(unix)
        && let Some(folder) = folder.take()
    {
        folder.close().map_err(failed)?;
    }
    image::write(path, logs, &mut file)?;
    if may_write {
        connection
            .execute_batch("PRAGMA journal_mode = OFF")
            .map_err(sqlite)?;
    }
    Ok(Copy { connection, folder })
}

/// The first bytes of a file, up to `count`.
fn head(path: &Path, count: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(count).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests;
