//! Replay of the log into a private file, by the same functions that recorded it.

use std::path::Path;

use rusqlite::Transaction;

use super::super::apply::apply;
use super::super::error::Fault;
use super::super::hash::HashKey;
use super::super::ids::RunId;
use super::super::meta::{Binding, Meta};
use super::super::runs::{RunOutcome, begin_run, stop_run};
use super::super::schema::{self, FileFormat, STEPS};
use super::entry::Entry;

/// What the file of an organisation is made of besides the log.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) binding: Binding,
    pub(super) key: HashKey,
}

/// Brings a file that has something to the newest format, and gives it its hash key, which no snapshot has.
pub(super) fn prepare(
    transaction: &Transaction<'_>,
    path: &Path,
    owner: &Owner,
) -> Result<(), Fault> {
    if let FileFormat::Format(format) = schema::detect(transaction, path, STEPS)? {
        if format < STEPS.len() {
            schema::migrate(transaction, format, STEPS)?;
        }
        Meta::set_key(transaction, &owner.key)?;
    }
    Ok(())
}

/// Begins a run, in the log or again from it; creates the tables of an empty file.
pub(super) fn begin(
    transaction: &Transaction<'_>,
    path: &Path,
    owner: &Owner,
    (at, program): (i64, &str),
) -> Result<RunId, Fault> {
    if schema::detect(transaction, path, STEPS)? == FileFormat::Empty {
        schema::migrate(transaction, 0, STEPS)?;
        Meta::insert(transaction, &owner.binding, &owner.key, (at, program))?;
    }
    Ok(begin_run(transaction, at, program)?)
}

/// Applies one entry; `at` in Unix milliseconds.
pub(super) fn replay(
    transaction: &Transaction<'_>,
    path: &Path,
    owner: &Owner,
    (at, entry): (i64, &Entry),
) -> Result<(), Fault> {
    match entry {
        Entry::Begun { program } => begin(transaction, path, owner, (at, program)).map(drop),
        Entry::Changes(changes) => {
            let run = current_run(transaction)?;
            changes
                .iter()
                .try_for_each(|change| apply(transaction, run, at, change))
        }
        Entry::Stopped => {
            let run = current_run(transaction)?;
            Ok(stop_run(transaction, run, at, RunOutcome::Stopped)?)
        }
    }
}

/// The run that the entries belong to: the last one that began.
fn current_run(transaction: &Transaction<'_>) -> Result<RunId, Fault> {
    let last = "SELECT max(id) FROM run";
    let run: Option<i64> = transaction.query_row(last, [], |row| row.get(0))?;
    run.map(RunId)
        .ok_or_else(|| Fault::Damaged("its log has changes before the first run".to_owned()))
}
