//! [`Snapshot`]: a checkpoint for reading. Nothing here writes.
//!
//! Belongs here: the connection and its read transactions. Queries of messages, chats and runs are in the files below; those
//! about one concept are with that concept, such as `archives` and `operations`.

mod chats;
mod messages;
mod runs;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tempfile::TempDir;

use super::error::Error;
use super::hash::HashKey;
use super::ids::RunId;
use super::schema::FileFormat;
use crate::ids::LeadId;

/// A checkpoint for reading. Each call sees everything committed before it.
///
/// The calls block on the disk: for blocking threads, or where a few milliseconds are acceptable.
#[derive(Debug)]
pub struct Snapshot {
    inner: Mutex<Inner>,
    key: HashKey,
    path: PathBuf,
    run: Option<RunId>,
    /// The format of the file, where it was read without a run.
    stored_format: Option<u32>,
    /// The folder of a private copy, or of the private file of a store; after the connection, so dropped after it.
    folder: Option<TempDir>,
    /// The private file of a store.
    private: Option<PathBuf>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) connection: Connection,
    /// Ids of leads by the numbers of their rows.
    leads: HashMap<i64, LeadId>,
}

impl Snapshot {
    /// Reads through `connection`; errors name `path`, and `run` is the current run.
    pub(super) fn new(
        connection: Connection,
        key: HashKey,
        path: &Path,
        run: Option<RunId>,
        copy: Option<TempDir>,
    ) -> Snapshot {
        let inner = Mutex::new(Inner {
            connection,
            leads: HashMap::new(),
        });
        Snapshot {
            inner,
            key,
            path: path.to_owned(),
            run,
            stored_format: None,
            folder: copy,
            private: None,
        }
    }

    /// The same snapshot, of a file that has this format on disk.
    pub(super) fn stored_as(mut self, found: FileFormat) -> Snapshot {
        self.stored_format = match found {
            FileFormat::Empty => None,
            FileFormat::Format(format) => u32::try_from(format).ok(),
        };
        self
    }

    /// The same snapshot, of the private file of a store, whose folder is deleted with it.
    pub(super) fn of_store(mut self, shown: &Path, folder: TempDir) -> Snapshot {
        self.private = Some(std::mem::replace(&mut self.path, shown.to_owned()));
        self.folder = Some(folder);
        self
    }

    /// The format of the file on disk; `None` if a run of this program has it open.
    pub(super) fn stored_format(&self) -> Option<u32> {
        self.stored_format
    }

    /// The key of all hashes in this checkpoint.
    pub fn key(&self) -> HashKey {
        self.key.clone()
    }

    /// The file that is read: of a store, its private one.
    pub(super) fn file(&self) -> &Path {
        self.private.as_deref().unwrap_or(&self.path)
    }

    /// The path of the file, or the address of a store without secrets.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `ask` in one read transaction.
    pub(super) fn read<T>(
        &self,
        ask: impl FnOnce(&mut Inner) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        // A panic in another thread leaves no partial state: readers change only the cache of lead names.
        let mut inner: MutexGuard<'_, Inner> =
            self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&mut inner).map_err(|error| Error::sqlite(&self.path, error))
    }
}
