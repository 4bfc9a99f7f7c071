//! Connections to the file of a checkpoint, and its creation.
//!
//! Belongs here: the settings of every connection, and what makes a new file durable and private. Never here: what is in
//! the file.

#[cfg(unix)]
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::Error;
use super::lock::private;

/// The time for which a statement waits for another process: `plan` holds its locks for milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The capacity of the statement cache, larger than the number of different statements.
const STATEMENT_CACHE: usize = 64;

/// A connection with the settings of this module.
pub(super) fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, Error> {
    let open = || {
        let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        configure(&connection)?;
        Ok(connection)
    };
    open().map_err(|error| Error::sqlite(path, error))
}

/// A private file is loaded again after a crash: nothing of it has to be durable.
pub(super) fn unsynced(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA synchronous = OFF;")
}

pub(super) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; \
         PRAGMA checkpoint_fullfsync = ON; PRAGMA trusted_schema = OFF; \
         PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 8000;",
    )
}

/// Creates an empty file that only this user can read, and makes its directory entry durable.
pub(super) fn make(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    match options.open(path) {
        Ok(_) => sync_folder(path).map_err(|error| Error::io(path, error)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io(path, error)),
    }
}

#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
