//! Opening, peeking and closing.
//!
//! In scope: the sequence of steps at both ends of a run. `import` [opens](Checkpoint::open) the file
//! under a lock, verifies it before changing it, and settles the intents of a killed run; `plan`
//! [peeks](Checkpoint::peek) without a trace. Between runs the file is self-contained (`journal_mode`
//! DELETE); during a run it has a write-ahead log.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tempfile::TempDir;

use super::connection::{configure, connect, make};
use super::error::{Error, Fault};
use super::hash::HashKey;
use super::ids::RunId;
use super::lock::{Lock, Watch, side_path};
use super::meta::{Binding, Meta, plain_url};
use super::own_file::{FormerMode, own_path, restrict};
use super::recorder::Writer;
use super::remote;
use super::runs::begin_run;
use super::schema::{self, FileFormat, STEPS, Step};
use super::shared;
use super::snapshot::Snapshot;
use super::store::Recorder;
use crate::checkpoint_location::CheckpointLocation;
use crate::clock::SharedClock;
use crate::fault_point::reach;
use crate::fence::Fence;
use crate::sqlite_copy::{self, Logs};

/// A checkpoint open for one run: the only writer of state.
///
/// If it is dropped without [`Checkpoint::close`], or the process is killed, everything recorded is kept;
/// the run counts as unfinished, and its open intents are unknown to the next run.
#[derive(Debug)]
pub struct Checkpoint {
    // In the order in which the fields are dropped.
    pub(super) reader: Snapshot,
    pub(super) writer: Writer,
    pub(super) run: RunId,
    pub(super) former_mode: Option<FormerMode>,
    /// Of a store: whether writes to Close may be sent.
    pub(super) fence: Option<Fence>,
    /// Of a file.
    pub(super) lock: Option<Lock>,
    /// The folder of a private file.
    pub(super) folder: Option<TempDir>,
}

impl Checkpoint {
    /// Opens the checkpoint for a run, creating it if missing; an older format is migrated. Only this user can
    /// read it afterwards ([`Checkpoint::former_mode`]). Begins the run: its row is the first write, so that a full or
    /// read-only disk is detected before anything is sent. Intents of a killed run become [`State::Unknown`](super::State::Unknown).
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotOurs`], [`Error::Newer`], [`Error::OtherOrganization`],
    /// [`Error::OtherBaseUrl`], [`Error::SymbolicLink`], [`Error::HardLinks`] and [`Error::Damaged`] leave the file
    /// unchanged; also [`Error::Full`],
    /// [`Error::ReadOnly`], [`Error::FileSystem`], [`Error::Io`], [`Error::Sqlite`].
    pub fn open(
        at: impl Into<CheckpointLocation>,
        binding: &Binding,
        clock: SharedClock,
    ) -> Result<Checkpoint, Error> {
        match at.into() {
            CheckpointLocation::File(path) => Checkpoint::open_with(&path, binding, clock, STEPS),
            CheckpointLocation::Store(store) => shared::open(&store, binding, &clock),
        }
    }

    /// [`Checkpoint::open`] for a program with these formats.
    pub(super) fn open_with(
        path: &Path,
        binding: &Binding,
        clock: SharedClock,
        steps: &[Step],
    ) -> Result<Checkpoint, Error> {
        let path = own_path(path)?;
        let lock = Lock::take(&path)?;
        make(&path)?;
        let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let found = schema::detect(&connection, &path, steps)?;
        let now = clock.now().timestamp_millis();
        let (key, run, former_mode) = prepare(&mut connection, &path, binding, found, steps, now)
            .map_err(|fault| fault.at(&path))?;
        let reading = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let reader = Snapshot::new(reading, key, &path, Some(run), None);
        let writer = Writer::start(connection, run, path, (clock, None))?;
        Ok(Checkpoint {
            reader,
            writer,
            run,
            former_mode,
            fence: None,
            lock: Some(lock),
            folder: None,
        })
    }

    /// Ensures, before anything is sent, that the disk has space for the records of `messages` more: a disk
    /// that fills up during a run leaves requests whose outcome must be looked up.
    ///
    /// # Errors
    /// [`Error::Full`]. A file system that does not report its free space passes the check.
    pub fn require_space(&self, messages: u64) -> Result<(), Error> {
        let path = self.reader.path();
        let file = match &self.folder {
            Some(folder) => &folder.path().join(shared::FILE),
            None => path,
        };
        match Checkpoint::free_bytes(file) {
            Ok(free) if free < Checkpoint::bytes_for(messages) => Err(Error::Full {
                path: path.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Whether a run is using the checkpoint now. Changes nothing.
    ///
    /// # Errors
    /// As [`Checkpoint::peek`].
    pub fn is_in_use(at: impl Into<CheckpointLocation>) -> Result<bool, Error> {
        match at.into() {
            CheckpointLocation::File(path) => {
                Ok(matches!(Watch::look(&own_path(&path)?)?, Watch::Running))
            }
            CheckpointLocation::Store(store) => remote::is_in_use(&store),
        }
    }

    /// Checks whether a run could begin with the checkpoint, without changing anything: it is not
    /// locked, it is writable, and one can be created in its place.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn try_out(at: impl Into<CheckpointLocation>) -> Result<(), Error> {
        match at.into() {
            CheckpointLocation::File(path) => Checkpoint::try_out_file(&path),
            CheckpointLocation::Store(store) => remote::try_out(&store),
        }
    }

    fn try_out_file(path: &Path) -> Result<(), Error> {
        let path = own_path(path)?;
        let io = |error| Error::io(&path, error);
        if side_path(&path, ".lock").try_exists().map_err(io)? {
            drop(Lock::take(&path)?);
        }
        if path.try_exists().map_err(io)? {
            OpenOptions::new().write(true).open(&path).map_err(io)?;
        }
        // A trial checkpoint in a temporary folder, which is deleted with its locks and logs.
        let folder = path.parent().unwrap_or(Path::new("."));
        let aside = tempfile::Builder::new()
            .prefix(".chatferry-")
            .tempdir_in(folder)
            .map_err(io)?;
        let file = aside.path().join("try.db");
        let at = |error: rusqlite::Error| Error::sqlite(&path, error);
        let lock = Lock::take(&file)?;
        make(&file)?;
        let connection = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mode: String = connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(at)?;
        if mode != "wal" {
            return Err(Error::FileSystem { path: path.clone() });
        }
        connection
            .execute_batch("CREATE TABLE try (id)")
            .map_err(at)?;
        drop(connection);
        drop(lock);
        aside.close().map_err(io)
    }

    /// The free bytes on the disk of the checkpoint at `path`.
    ///
    /// # Errors
    /// Those of the file system, which may not report its free space.
    pub fn free_bytes(path: &Path) -> std::io::Result<u64> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        fs4::available_space(folder.unwrap_or(Path::new(".")))
    }

    /// An upper bound of the bytes that `messages` more take on the disk.
    pub fn bytes_for(messages: u64) -> u64 {
        LOG_BYTES.saturating_add(messages.saturating_mul(BYTES_PER_MESSAGE))
    }

    /// Reads the checkpoint without creating or changing any file; `None` where nothing was ever
    /// recorded. A running import does not prevent it. A file that a killed run left, or one of an older
    /// format, is read from a copy without a name, since reading it in place would change it.
    ///
    /// `organization_id` is compared where it is known already.
    ///
    /// # Errors
    /// As [`Checkpoint::open`], except those of writing.
    pub fn peek(
        at: impl Into<CheckpointLocation>,
        organization_id: Option<&str>,
        base_url: &str,
    ) -> Result<Option<Snapshot>, Error> {
        match at.into() {
            CheckpointLocation::File(path) => {
                Checkpoint::peek_with(&path, organization_id, base_url, STEPS)
            }
            CheckpointLocation::Store(store) => shared::peek(&store, |meta, path| {
                meta.check(path, organization_id, &plain_url(base_url))
            }),
        }
    }

    /// [`Checkpoint::peek`] for a report of what is recorded, whichever organisation and base URL the
    /// checkpoint belongs to ([`Snapshot::binding`]).
    ///
    /// # Errors
    /// As [`Checkpoint::peek`], except those of the organisation and the base URL.
    pub fn peek_at_any(at: impl Into<CheckpointLocation>) -> Result<Option<Snapshot>, Error> {
        let check = |meta: &Meta, path: &Path| meta.check_identity(path);
        match at.into() {
            CheckpointLocation::File(path) => Checkpoint::peek_checked(&path, STEPS, check),
            CheckpointLocation::Store(store) => shared::peek(&store, check),
        }
    }

    /// [`Checkpoint::peek`] for a program with these formats.
    pub(super) fn peek_with(
        path: &Path,
        organization_id: Option<&str>,
        base_url: &str,
        steps: &[Step],
    ) -> Result<Option<Snapshot>, Error> {
        Checkpoint::peek_checked(path, steps, |meta, path| {
            meta.check(path, organization_id, &plain_url(base_url))
        })
    }

    /// [`Checkpoint::peek_at_any`] of a checkpoint whose lock this process has.
    pub(super) fn peek_held(at: &CheckpointLocation) -> Result<Option<Snapshot>, Error> {
        let CheckpointLocation::File(path) = at else {
            return Checkpoint::peek_at_any(at);
        };
        let path = own_path(path)?;
        let in_place = !needs_recovery(&path)?;
        Checkpoint::read_file(&path, in_place, STEPS, |meta, path| {
            meta.check_identity(path)
        })
    }

    fn peek_checked(
        path: &Path,
        steps: &[Step],
        check: impl Fn(&Meta, &Path) -> Result<(), Error>,
    ) -> Result<Option<Snapshot>, Error> {
        let path = match own_path(path) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            path => path?,
        };
        if !path.try_exists().map_err(|error| Error::io(&path, error))? {
            return Ok(None);
        }
        let watch = Watch::look(&path)?;
        let in_place = matches!(watch, Watch::Running) || !needs_recovery(&path)?;
        let read = Checkpoint::read_file(&path, in_place, steps, check)?;
        drop(watch);
        Ok(read)
    }

    /// Reads the file at `path`, which exists: in place, or from a copy. `None` if nothing was ever recorded.
    pub(super) fn read_file(
        path: &Path,
        in_place: bool,
        steps: &[Step],
        check: impl Fn(&Meta, &Path) -> Result<(), Error>,
    ) -> Result<Option<Snapshot>, Error> {
        let (mut connection, mut aside) = if in_place {
            (connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?, None)
        } else {
            copied(path)?
        };
        let found = schema::detect(&connection, path, steps)?;
        match found {
            FileFormat::Empty => return Ok(None),
            FileFormat::Format(format) if format < steps.len() => {
                if aside.is_none() {
                    (connection, aside) = copied(path)?;
                }
                migrate_file(&mut connection, path, format, steps, None)
                    .map_err(|fault| fault.at(path))?;
            }
            FileFormat::Format(_) => {}
        }
        let meta = Meta::read(&connection).map_err(|fault| fault.at(path))?;
        check(&meta, path)?;
        let snapshot = Snapshot::new(connection, meta.key, path, None, aside);
        Ok(Some(snapshot.stored_as(found)))
    }

    /// The reader. It sees each change as soon as the call that records it has returned.
    pub fn reader(&self) -> &Snapshot {
        &self.reader
    }

    /// A handle for recording; one for each worker.
    pub fn recorder(&self) -> Recorder {
        self.writer.recorder()
    }

    /// Whether writes to Close may be sent; `None`: always, since no other machine can have the file.
    pub fn fence(&self) -> Option<Fence> {
        self.fence.clone()
    }

    /// What became of the mode of the file, if others could read or change it.
    pub fn former_mode(&self) -> Option<FormerMode> {
        self.former_mode
    }

    /// The current run.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// Ends the run (as stopped, unless [`super::Change::RunEnded`] gave an outcome), merges the log into
    /// the
    /// file and releases the lock. Blocks on the disk. Remaining recorders return [`Error::Closed`]
    /// afterwards.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Sqlite`] and similar; everything recorded is kept.
    pub fn close(self) -> Result<(), Error> {
        let Checkpoint {
            reader,
            writer,
            lock: _lock,
            folder: _folder,
            ..
        } = self;
        drop(reader);
        writer.finish()
    }
}

/// Verifies the file, migrates it and begins a run.
fn prepare(
    connection: &mut Connection,
    path: &Path,
    binding: &Binding,
    found: FileFormat,
    steps: &[Step],
    now: i64,
) -> Result<(HashKey, RunId, Option<FormerMode>), Fault> {
    let format = match found {
        FileFormat::Empty => 0,
        FileFormat::Format(format) => {
            let meta = Meta::read(connection)?;
            meta.check(path, Some(binding.organization_id()), binding.base_url())?;
            check_pages(connection)?;
            format
        }
    };
    // Now that it is known to be a checkpoint of this program, and before a log gets the same mode.
    let former_mode = restrict(path)?;
    if format < steps.len() {
        migrate_file(connection, path, format, steps, Some((binding, now)))?;
    }
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(Error::FileSystem {
            path: path.to_owned(),
        }
        .into());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let run = begin_run(&transaction, now, env!("CARGO_PKG_VERSION"))?;
    reach("checkpoint: before a run");
    transaction.commit()?;
    reach("checkpoint: after a run");
    Ok((Meta::read(connection)?.key, run, former_mode))
}

/// A message takes about 360 bytes with its files and Close's answer (measured on 100,000 messages), and
/// the same in the log before it is merged; intent and answer are written separately.
const BYTES_PER_MESSAGE: u64 = 1200;
/// The maximum size of the log before it is merged.
const LOG_BYTES: u64 = 8 * 1024 * 1024;

/// Migrates the file from `format` to the newest in one transaction; an empty file (0) becomes the
/// checkpoint of `new`, created at that Unix millisecond.
pub(super) fn migrate_file(
    connection: &mut Connection,
    path: &Path,
    format: usize,
    steps: &[Step],
    new: Option<(&Binding, i64)>,
) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    schema::migrate(&transaction, format, steps)?;
    if let (0, Some((binding, now))) = (format, new) {
        Meta::create(&transaction, path, binding, now)?;
    }
    reach("checkpoint: before its format");
    transaction.commit()?;
    reach("checkpoint: after its format");
    Ok(())
}

/// Reads every page at each start of a run: half a second for a million messages, and cheaper than
/// finding a torn page during the run.
pub(super) fn check_pages(connection: &Connection) -> Result<(), Fault> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(Fault::Damaged(verdict))
    }
}

/// Whether opening the file, with no import running, would change it: it has a log or a journal, as after
/// a killed run. Not called while this process writes the file: closing any handle of it would release
/// SQLite's POSIX locks (the side lock prevents that).
pub(super) fn needs_recovery(path: &Path) -> Result<bool, Error> {
    let io = |error| Error::io(path, error);
    let mut head = Vec::new();
    File::open(path)
        .map_err(io)?
        .take(20)
        .read_to_end(&mut head)
        .map_err(io)?;
    // Byte 18 of an SQLite file is 2 in write-ahead mode.
    let wal = head.get(18) == Some(&2);
    Ok(wal || side_path(path, "-journal").try_exists().map_err(io)?)
}

/// A connection to a copy of the file and its logs, and the folder of the copy, if it has one; the caller ensures that
/// nothing is written meanwhile.
pub(super) fn copied(path: &Path) -> Result<(Connection, Option<TempDir>), Error> {
    let refused = |error| match error {
        sqlite_copy::Error::Io { source, .. } => Error::io(path, source),
        sqlite_copy::Error::Damaged { reason, .. } => Error::Damaged {
            path: path.to_owned(),
            detail: reason,
        },
        sqlite_copy::Error::Sqlite { source, .. } => Error::sqlite(path, source),
    };
    let logs = Logs::find(path).map_err(refused)?.unwrap_or_default();
    let copy = sqlite_copy::open(path, &logs, true, None).map_err(refused)?;
    configure(&copy.connection).map_err(|error| Error::sqlite(path, error))?;
    Ok((copy.connection, copy.folder))
}
