//! A store's checkpoint as a private file: the opening and reading of what `remote` loads.
//!
//! In scope: the folder of the file, which only this user can read and which is deleted with the snapshot or run that
//! reads it. All errors name the store. Never here: connections.

use std::path::{Path, PathBuf};

use rusqlite::OpenFlags;
use tempfile::TempDir;

use super::connection::{connect, unsynced};
use super::error::Error;
use super::ids::RunId;
use super::meta::{Binding, Meta};
use super::open::Checkpoint;
use super::recorder::Writer;
use super::remote::{self, Session};
use super::schema::STEPS;
use super::snapshot::Snapshot;
use crate::checkpoint_location::StoreLocation;
use crate::clock::{SharedClock, System};

/// The name of the private file in its folder.
pub(super) const FILE: &str = "checkpoint.db";

/// Opens the checkpoint of a store for a run.
///
/// # Errors
/// [`Error::Store`], [`Error::OtherBaseUrl`]; those of the private file.
pub(super) fn open(
    store: &StoreLocation,
    binding: &Binding,
    clock: &SharedClock,
) -> Result<Checkpoint, Error> {
    require_organization(store, binding.organization_id())?;
    let shown = store.shown();
    let mut session = Session::begin(store, binding, clock)?;
    let folder = folder(shown)?;
    let path = folder.path().join(FILE);
    session.load(&path).map_err(|error| error.named(shown))?;
    let fence = session.fence();
    let started = start(session, &path, shown, clock);
    let (reader, writer, run) = started.map_err(|error| error.named(shown))?;
    Ok(Checkpoint {
        reader,
        writer,
        run,
        former_mode: None,
        fence: Some(fence),
        lock: None,
        folder: Some(folder),
    })
}

/// Begins a run in the loaded file.
fn start(
    mut session: Session,
    path: &Path,
    shown: &Path,
    clock: &SharedClock,
) -> Result<(Snapshot, Writer, RunId), Error> {
    let sqlite = |error| Error::sqlite(shown, error);
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    unsynced(&connection).map_err(sqlite)?;
    let mode = "PRAGMA journal_mode = WAL";
    let mode: String = (connection.query_row(mode, [], |row| row.get(0))).map_err(sqlite)?;
    if mode != "wal" {
        let path = shown.to_owned();
        return Err(Error::FileSystem { path });
    }
    let run = session.begin_run(&mut connection, clock.now().timestamp_millis())?;
    let meta = Meta::read(&connection).map_err(|fault| fault.at(shown))?;
    meta.check_identity(shown)?;
    let reading = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let reader = Snapshot::new(reading, meta.key, shown, Some(run), None);
    let log = (SharedClock::clone(clock), Some(session));
    let writer = Writer::start(connection, run, shown.to_owned(), log)?;
    Ok((reader, writer, run))
}

/// Reads the checkpoint of a store; `None` if nothing was ever recorded.
///
/// # Errors
/// [`Error::Store`]; those of `check`.
pub(super) fn peek(
    store: &StoreLocation,
    check: impl Fn(&Meta, &Path) -> Result<(), Error>,
) -> Result<Option<Snapshot>, Error> {
    let shown = store.shown();
    let Some((path, folder)) = load(store)? else {
        return Ok(None);
    };
    let read = Checkpoint::read_file(&path, true, STEPS, |meta, _| check(meta, shown));
    let snapshot = read.map_err(|error| error.named(shown))?;
    Ok(snapshot.map(|snapshot| snapshot.of_store(shown, folder)))
}

/// The private file of a store, and its folder; `None` if nothing was ever recorded.
///
/// # Errors
/// [`Error::Store`]; those of the private file.
pub(super) fn load(store: &StoreLocation) -> Result<Option<(PathBuf, TempDir)>, Error> {
    let shown = store.shown();
    let folder = folder(shown)?;
    let path = folder.path().join(FILE);
    let is_recorded = remote::load(store, &path).map_err(|error| error.named(shown))?;
    Ok(is_recorded.then_some((path, folder)))
}

/// Changes what a store has recorded by `change`, which gets its private file, and stores that if there is a result.
///
/// # Errors
/// [`Error::Store`]; those of `change`.
pub(super) fn rewrite<T>(
    store: &StoreLocation,
    change: impl FnOnce(&Path) -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let shown = store.shown();
    let named = |error: Error| error.named(shown);
    let Some(snapshot) = peek(store, |meta, path| meta.check_identity(path))? else {
        return Ok(None);
    };
    let binding = snapshot.binding()?;
    drop(snapshot);
    // Nothing is sent to Close.
    let mut session = Session::begin(store, &binding, &System::shared())?;
    let folder = folder(shown)?;
    let path = folder.path().join(FILE);
    session.load(&path).map_err(named)?;
    let changed = change(&path).map_err(named)?;
    if changed.is_some() {
        session.replace(&path).map_err(named)?;
    }
    session.release();
    Ok(changed)
}

/// A folder that only this user can read.
fn folder(shown: &Path) -> Result<TempDir, Error> {
    tempfile::tempdir().map_err(|error| Error::io(shown, error))
}

/// A store has the checkpoint of each organisation under its own id: a run for another one than the configuration names
/// has another key.
pub(super) fn require_organization(store: &StoreLocation, wanted: &str) -> Result<(), Error> {
    match store.organization_id == wanted {
        true => Ok(()),
        false => Err(Error::OtherOrganization {
            path: store.shown().to_owned(),
            found: store.organization_id.clone(),
            wanted: wanted.to_owned(),
        }),
    }
}
