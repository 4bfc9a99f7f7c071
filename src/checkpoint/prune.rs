//! Removal of history that no command needs.
//!
//! In scope: rows that neither a plan, an import, `verify`, `undo` nor `status` reads. Never removed: messages, their files,
//! answers and alternate ids; chats and their hashes; archives, whose digests and zone shifts recognise an archive that is
//! read again; erasures; facts; unfinished operations.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::connection::connect;
use super::error::{Error, Fault};
use super::lock::{Lock, Watch};
use super::meta::Meta;
use super::open::{check_pages, copied, migrate_file};
use super::own_file::{own_path, restrict};
use super::schema::{self, FileFormat, STEPS};
use super::shared;
use crate::checkpoint_location::CheckpointLocation;

/// What a removal of history removes, or would remove.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The number of rows of finished operations. Of each number for which a lead was created, the
    /// last one stays.
    pub operations: u64,
    /// The number of rows of runs that no other row refers to.
    pub runs: u64,
    /// The number of rows with counts of these runs.
    pub run_counts: u64,
    /// The number of rows of leads that no other row refers to.
    pub leads: u64,
    /// The size of the file before, in bytes.
    pub bytes_before: u64,
    /// The size of the file afterwards, in bytes; `None`: it was not changed.
    pub bytes_after: Option<u64>,
}

impl Pruned {
    /// The number of rows of all kinds.
    pub fn rows(&self) -> u64 {
        self.operations + self.runs + self.run_counts + self.leads
    }
}

/// Finished operations of runs up to `?1`, but the last one of each number.
const OPERATIONS: &str = "open = 0 \
    AND updated_run <= ?1 \
    AND (number_hash IS NULL OR EXISTS (SELECT 1 FROM operation later \
         WHERE later.number_hash = operation.number_hash AND later.id > operation.id))";

/// Runs up to `?1` that no row refers to. A user whose key only such runs used keeps the last of
/// them: which activities are ours is known by the users of runs.
const RUNS: &str = "id <= ?1 AND ended_at IS NOT NULL \
    AND id NOT IN (SELECT run FROM message) \
    AND id NOT IN (SELECT created_run FROM message WHERE created_run IS NOT NULL) \
    AND id NOT IN (SELECT updated_run FROM message WHERE updated_run IS NOT NULL) \
    AND id NOT IN (SELECT created_run FROM operation UNION SELECT updated_run FROM operation) \
    AND id NOT IN (SELECT first_run FROM archive) \
    AND id NOT IN (SELECT run FROM archive_file) \
    AND id NOT IN (SELECT run FROM chat_digest) \
    AND id NOT IN (SELECT run FROM erasure) \
    AND (user_id IS NULL OR EXISTS (SELECT 1 FROM run later \
         WHERE later.user_id = run.user_id AND later.id > run.id))";

/// Leads that no row refers to.
const LEADS: &str = "merged_into IS NULL \
    AND id NOT IN (SELECT lead FROM message) \
    AND id NOT IN (SELECT lead FROM chat) \
    AND id NOT IN (SELECT merged_into FROM lead WHERE merged_into IS NOT NULL) \
    AND id NOT IN (SELECT source_lead FROM operation WHERE source_lead IS NOT NULL) \
    AND id NOT IN (SELECT target_lead FROM operation WHERE target_lead IS NOT NULL)";

/// Removes history that is older than the last `kept_runs` runs from a checkpoint, and returns its pages to the
/// disk. With `dry_run` it changes a copy. `None` where nothing was ever recorded.
///
/// # Errors
/// As [`Checkpoint::open`](super::Checkpoint::open), except those of organisation and base URL.
pub fn prune(
    at: impl Into<CheckpointLocation>,
    kept_runs: u32,
    dry_run: bool,
) -> Result<Option<Pruned>, Error> {
    match at.into() {
        CheckpointLocation::File(path) => prune_file(&path, kept_runs, dry_run),
        CheckpointLocation::Store(store) => match dry_run {
            true => match shared::load(&store)? {
                Some((path, _folder)) => look(&path, kept_runs),
                None => Ok(None),
            },
            false => shared::rewrite(&store, |path| prune_file(path, kept_runs, false)),
        },
    }
}

fn prune_file(path: &Path, kept_runs: u32, dry_run: bool) -> Result<Option<Pruned>, Error> {
    let path = own_path(path)?;
    if !path.try_exists().map_err(|error| Error::io(&path, error))? {
        return Ok(None);
    }
    match dry_run {
        true => look(&path, kept_runs),
        false => {
            let _lock = Lock::take(&path)?;
            let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            let found = schema::detect(&connection, &path, STEPS)?;
            if found == FileFormat::Empty {
                return Ok(None);
            }
            let pruned = write(&mut connection, &path, found, kept_runs);
            pruned.map(Some).map_err(|fault| fault.at(&path))
        }
    }
}

/// Removes from a copy, so that the counts are those of the removal.
fn look(path: &Path, kept_runs: u32) -> Result<Option<Pruned>, Error> {
    let watch = Watch::look(path)?;
    if matches!(watch, Watch::Running) {
        let path = path.to_owned();
        return Err(Error::Locked { path, pid: None });
    }
    let (mut connection, _copy) = copied(path)?;
    drop(watch);
    let remove = |connection: &mut Connection| -> Result<Option<Pruned>, Fault> {
        let found = schema::detect(connection, path, STEPS)?;
        if found == FileFormat::Empty {
            return Ok(None);
        }
        prepare(connection, path, found)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Some(remove(&transaction, kept_runs)?))
    };
    let pruned = remove(&mut connection).map_err(|fault| fault.at(path))?;
    let bytes_before = size(path)?;
    Ok(pruned.map(|pruned| Pruned {
        bytes_before,
        ..pruned
    }))
}

/// Checks the file and brings it to the newest format.
fn prepare(connection: &mut Connection, path: &Path, found: FileFormat) -> Result<(), Fault> {
    Meta::read(connection)?.check_identity(path)?;
    check_pages(connection)?;
    if let FileFormat::Format(format) = found
        && format < STEPS.len()
    {
        migrate_file(connection, path, format, STEPS, None)?;
    }
    Ok(())
}

fn write(
    connection: &mut Connection,
    path: &Path,
    found: FileFormat,
    kept_runs: u32,
) -> Result<Pruned, Fault> {
    restrict(path)?;
    prepare(connection, path, found)?;
    // As at the end of a run: the log of a killed run is merged, and the file is complete by itself.
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    let bytes_before = size(path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut pruned = remove(&transaction, kept_runs)?;
    transaction.commit()?;
    connection.execute_batch("VACUUM")?;
    pruned.bytes_before = bytes_before;
    pruned.bytes_after = Some(size(path)?);
    Ok(pruned)
}

fn remove(transaction: &Transaction<'_>, kept_runs: u32) -> rusqlite::Result<Pruned> {
    let newest: Option<i64> =
        transaction.query_row("SELECT max(id) FROM run", [], |row| row.get(0))?;
    let last = newest.unwrap_or(0) - i64::from(kept_runs);
    let remove = |table: &str, condition: &str| -> rusqlite::Result<u64> {
        let sql = format!("DELETE FROM {table} WHERE {condition}");
        let removed = transaction.execute(&sql.replace("?1", &last.to_string()), [])?;
        Ok(removed as u64)
    };
    let operations = remove("operation", OPERATIONS)?;
    let counts_of_runs = format!("run IN (SELECT id FROM run WHERE {RUNS})");
    let run_counts = remove("run_count", &counts_of_runs)?;
    Ok(Pruned {
        operations,
        run_counts,
        runs: remove("run", RUNS)?,
        leads: remove("lead", LEADS)?,
        ..Pruned::default()
    })
}

fn size(path: &Path) -> Result<u64, Error> {
    let found = std::fs::metadata(path).map_err(|error| Error::io(path, error))?;
    Ok(found.len())
}
