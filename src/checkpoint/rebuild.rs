//! Rebuilding: a new checkpoint next to a lost or outdated one, and the rename that puts it in its place.
//!
//! In scope: the files, and what the new one takes over from the former one: the key of its hashes, runs, facts, erasures
//! and created leads at once, records of messages one by one ([`Carried`]). The former file is copied before the rename and
//! never overwritten. Out of scope: which records are valid, and Close.

mod carried;
mod erasures;
mod swap;

pub use carried::{Carried, Carry};
pub use erasures::Erasures;

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;
use tempfile::TempDir;

use self::carried::{seed, take_over};
use self::swap::{LOGS, named, remove};
use super::audit::lost_reference;
use super::connection::{connect, make};
use super::error::{Error, Fault};
use super::lock::{Lock, side_path};
use super::meta::{Binding, plain_url};
use super::open::{Checkpoint, check_pages, migrate_file, needs_recovery};
use super::own_file::own_path;
use super::remote::Session;
use super::schema::{self, STEPS};
use super::shared;
use super::snapshot::Snapshot;
use crate::checkpoint_location::{CheckpointLocation, StoreLocation};
use crate::clock::SharedClock;
use crate::fault_point::reach;

/// The checkpoint before recovery.
#[derive(Debug)]
pub enum Former {
    /// There is no file, or nothing was ever recorded in it.
    Absent,
    /// It can be read.
    Readable(Box<Snapshot>),
    /// It is damaged, or not a checkpoint. Its erased persons, if they can be read all the same.
    Unreadable(Error, Option<Erasures>),
}

/// A checkpoint that is being rebuilt. If it is dropped without [`Rebuild::swap`], the new file is deleted and the former
/// one is unchanged.
#[derive(Debug)]
pub struct Rebuild {
    path: PathBuf,
    built: PathBuf,
    is_swapped: bool,
    /// The folder of a trial or of a store, which is deleted with what is in it.
    folder: Option<TempDir>,
    store: Option<StoreLocation>,
    /// Of a store that is replaced.
    session: Option<Session>,
    _lock: Option<Lock>,
}

impl Rebuild {
    /// Prepares to rebuild a checkpoint: a file as `NAME.recovered.db` in its folder, where what an interrupted recovery left
    /// is deleted; that of a store in a temporary folder. For a trial the new file is in a temporary folder, and nothing
    /// else changes.
    ///
    /// # Errors
    /// [`Error::Locked`] if a run is using the checkpoint; [`Error::NotOurs`] if another file has the name of the new one;
    /// [`Error::SymbolicLink`], [`Error::HardLinks`], [`Error::Io`]; [`Error::Store`].
    pub fn begin(
        at: impl Into<CheckpointLocation>,
        is_trial: bool,
        (binding, clock): (&Binding, &SharedClock),
    ) -> Result<Rebuild, Error> {
        match at.into() {
            CheckpointLocation::File(path) => Rebuild::begin_file(&path, is_trial),
            CheckpointLocation::Store(store) => {
                Rebuild::begin_store(store, is_trial, (binding, clock))
            }
        }
    }

    fn begin_store(
        store: StoreLocation,
        is_trial: bool,
        (binding, clock): (&Binding, &SharedClock),
    ) -> Result<Rebuild, Error> {
        shared::require_organization(&store, binding.organization_id())?;
        let path = store.shown().to_owned();
        let session = match is_trial {
            true if Checkpoint::is_in_use(CheckpointLocation::Store(store.clone()))? => {
                return Err(Error::Locked { path, pid: None });
            }
            true => None,
            false => Some(Session::begin_to_replace(&store, binding, clock)?),
        };
        let folder = tempfile::tempdir().map_err(|error| Error::io(&path, error))?;
        Ok(Rebuild {
            built: folder.path().join("recovered.db"),
            path,
            is_swapped: false,
            folder: Some(folder),
            store: Some(store),
            session,
            _lock: None,
        })
    }

    fn begin_file(path: &Path, is_trial: bool) -> Result<Rebuild, Error> {
        let path = own_path(path)?;
        let (folder, built, lock) = if is_trial {
            if Checkpoint::is_in_use(&path)? {
                return Err(Error::Locked { path, pid: None });
            }
            let folder = tempfile::tempdir().map_err(|error| Error::io(&path, error))?;
            let built = folder.path().join("recovered.db");
            (Some(folder), built, None)
        } else {
            let lock = Lock::take(&path)?;
            (None, named(&path, "recovered"), Some(lock))
        };
        let built = own_path(&built)?;
        require_free(&built)?;
        Ok(Rebuild {
            path,
            built,
            is_swapped: false,
            folder,
            store: None,
            session: None,
            _lock: lock,
        })
    }

    /// Reads the former checkpoint and verifies all its pages, and that its rows refer to rows that are there. The organisation and base URL are those of this run.
    ///
    /// # Errors
    /// [`Error::OtherOrganization`], [`Error::OtherBaseUrl`], [`Error::Newer`], [`Error::Io`].
    pub fn former(&self, organization_id: &str, base_url: &str) -> Result<Former, Error> {
        let path = &self.path;
        if let Some(store) = &self.store {
            let url = plain_url(base_url);
            let read = shared::peek(store, |meta, path| {
                meta.check(path, Some(organization_id), &url)
            });
            return match read {
                Ok(Some(snapshot)) => Ok(Former::Readable(Box::new(snapshot))),
                Ok(None) => Ok(Former::Absent),
                Err(error) if error.code() == "checkpoint.damaged" => {
                    Ok(Former::Unreadable(error, None))
                }
                Err(error) => Err(error),
            };
        }
        if !(path.try_exists()).map_err(|error| Error::io(path, error))? {
            return Ok(Former::Absent);
        }
        let url = plain_url(base_url);
        // No other process writes it: this one holds its lock, or looked at it before.
        let read = needs_recovery(path).and_then(|needs| {
            Checkpoint::read_file(path, !needs, STEPS, |meta, path| {
                meta.check(path, Some(organization_id), &url)
            })
        });
        let snapshot = match read {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return Ok(Former::Absent),
            Err(error @ (Error::Damaged { .. } | Error::NotOurs { .. } | Error::Sqlite { .. })) => {
                return Ok(Former::Unreadable(error, None));
            }
            Err(error) => return Err(error),
        };
        let verified = snapshot.read(|inner| {
            let pages = check_pages(&inner.connection);
            let lost = lost_reference(&inner.connection)?;
            Ok(pages.and_then(|()| lost.map_or(Ok(()), |row| Err(Fault::Damaged(row)))))
        });
        match verified.and_then(|pages| pages.map_err(|fault| fault.at(path))) {
            Ok(()) => Ok(Former::Readable(Box::new(snapshot))),
            Err(error) => Ok(Former::Unreadable(error, Erasures::of(&snapshot))),
        }
    }

    /// Creates the new checkpoint and opens it for a run. Of a former one it has the key, the runs, the facts, the erasures
    /// and the leads that `match` created. Of one that cannot be read it has the key of the erased persons, if they can be,
    /// so that this run can record them.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn create(
        &self,
        binding: &Binding,
        clock: SharedClock,
        (former, erasures): (Option<&Snapshot>, Option<&Erasures>),
    ) -> Result<Checkpoint, Error> {
        self.delete_built()?;
        make(&self.built)?;
        let mut connection = connect(&self.built, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let now = clock.now().timestamp_millis();
        migrate_file(&mut connection, &self.built, 0, STEPS, Some((binding, now)))
            .map_err(|fault| fault.at(&self.built))?;
        if let Some(former) = former {
            seed(&mut connection, former)?;
        }
        if let Some(erasures) = erasures {
            let key = erasures.key().bytes();
            (connection.execute("UPDATE meta SET hash_key = ?1", [key]))
                .map_err(|error| Error::sqlite(&self.built, error))?;
        }
        drop(connection);
        Checkpoint::open(&self.built, binding, clock)
    }

    /// Takes records over from the former checkpoint. The new one is not open for a run any more.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Sqlite`] and similar.
    pub fn carry(&self, former: &Snapshot, carried: &[Carried]) -> Result<(), Error> {
        if carried.is_empty() {
            return Ok(());
        }
        let mut connection = connect(&self.built, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        former.read(|inner| {
            let transaction = connection.transaction()?;
            for one in carried {
                take_over(&inner.connection, &transaction, *one)?;
            }
            reach("checkpoint: before a commit");
            transaction.commit()
        })
    }

    /// Reads the new checkpoint between its run and the swap.
    ///
    /// # Errors
    /// As [`Checkpoint::peek`].
    pub fn read(&self) -> Result<Snapshot, Error> {
        let read = Checkpoint::read_file(&self.built, true, STEPS, |_, _| Ok(()))?;
        read.ok_or_else(|| Error::Damaged {
            path: self.built.clone(),
            detail: "it is empty".to_owned(),
        })
    }

    /// Whether the server of a store is not the one of the last run, so that its last records may be lost.
    pub fn has_failed_over(&self) -> bool {
        self.session.as_ref().is_some_and(Session::has_failed_over)
    }

    /// Ends without a replacement: the former checkpoint records what Close has, and stays. In a
    /// store, runs are permitted again, although its server may have changed since the last run.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached or refuses the statement.
    pub fn keep_former(mut self) -> Result<(), Error> {
        if let Some(mut session) = self.session.take() {
            session.accept_server()?;
            session.release();
        }
        Ok(())
    }

    /// The checkpoint that is replaced.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn delete_built(&self) -> Result<(), Error> {
        let files = LOGS.iter().chain(&["", ".lock"]);
        for suffix in files {
            let file = side_path(&self.built, suffix);
            remove(&file).map_err(|error| Error::io(&file, error))?;
        }
        Ok(())
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        if !self.is_swapped {
            // The next recovery deletes what could not be deleted now.
            self.delete_built().ok();
        }
    }
}

/// Refuses to delete a file that has the name of the new checkpoint and is none.
fn require_free(built: &Path) -> Result<(), Error> {
    if !(built.try_exists()).map_err(|error| Error::io(built, error))? {
        return Ok(());
    }
    let connection = connect(built, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::detect(&connection, built, STEPS).map(drop)
}
