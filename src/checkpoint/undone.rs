//! What undo reads beyond single messages: activities that it deleted, updates that it cannot revert, leads that `match`
//! created, and the list of runs. Nothing here writes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::error::Error;
use super::ids::{ChatId, RunId};
use super::operations::{COLUMNS, OperationRow, operation_row};
use super::rows::RunRow;
use super::runs::{RunFacts, RunOutcome};
use super::snapshot::{Inner, Snapshot};
use super::states::State;
use super::steps::{OperationKind, Step};
use crate::ids::ActivityId;

/// A recorded run with its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRun {
    /// The run's times, outcome and counts.
    pub row: RunRow,
    /// The run's command, user and digests.
    pub facts: RunFacts,
}

/// An activity that undo deleted, and the latest date at which that may have been: the end of the run, or the start of
/// the next one after a killed run; `None` if it is not over.
pub(super) type UndoneActivity = (ActivityId, Option<DateTime<Utc>>);

impl Snapshot {
    /// The activities that undo deleted. A list may still contain one for a while.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn undone_activities(&self) -> Result<Vec<UndoneActivity>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare(
                "SELECT o.source_activity, coalesce(r.ended_at, \
                 (SELECT n.started_at FROM run n WHERE n.id > o.updated_run ORDER BY n.id LIMIT 1)) \
                 FROM operation o LEFT JOIN run r ON r.id = o.updated_run \
                 WHERE o.kind = ?1 AND o.step = ?2 AND o.source_activity IS NOT NULL",
            )?;
            let done = params![OperationKind::Undo.number(), Step::Deleted.number()];
            let rows = statement.query_map(done, |row| {
                let at: Option<i64> = row.get(1)?;
                Ok((row.get(0)?, at.and_then(DateTime::from_timestamp_millis)))
            })?;
            rows.collect()
        })
    }

    /// The number of deletions that an undo began and did not finish.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn unfinished_undos(&self) -> Result<u64, Error> {
        self.read(|inner| {
            let open = "SELECT count(*) FROM operation WHERE open = 1 AND kind = ?1";
            let kind = [OperationKind::Undo.number()];
            let number: i64 = (inner.connection).query_row(open, kind, |row| row.get(0))?;
            Ok(number.unsigned_abs())
        })
    }

    /// The runs of `undo`, by number. A message that is not in Close and was last recorded by one of them was deleted by it.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn undo_runs(&self) -> Result<BTreeSet<u32>, Error> {
        self.read(|inner| {
            let mut statement =
                (inner.connection).prepare("SELECT id FROM run WHERE command = 'undo'")?;
            let rows = statement.query_map([], |row| Ok(RunId(row.get(0)?).number()))?;
            rows.collect()
        })
    }

    /// The messages in Close that a run updated last and did not create, by chat.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn updated_by(&self, run: RunId) -> Result<Vec<(ChatId, u64)>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare(
                "SELECT chat, count(*) FROM message WHERE updated_run = ?1 AND state = ?2 \
                 AND created_run IS NOT ?1 GROUP BY chat ORDER BY chat",
            )?;
            let rows = statement.query_map(params![run.0, State::Done.number()], |row| {
                Ok((ChatId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            rows.collect()
        })
    }

    /// The number of messages that a run moved to another lead.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn replaced_by(&self, run: RunId) -> Result<u64, Error> {
        self.read(|inner| {
            let replaced = "SELECT count(*) FROM operation WHERE kind = ?1 AND step = ?2 \
                            AND updated_run = ?3";
            let of_run = params![
                OperationKind::Replace.number(),
                Step::Deleted.number(),
                run.0
            ];
            let number: i64 = (inner.connection).query_row(replaced, of_run, |row| row.get(0))?;
            Ok(number.unsigned_abs())
        })
    }

    /// For each number, the last operation that created a lead for it; those that were given up are left out. The oldest
    /// first.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn created_leads(&self) -> Result<Vec<OperationRow>, Error> {
        self.read(|inner| {
            let sql = format!(
                "{COLUMNS} WHERE o.id IN (SELECT max(id) FROM operation \
                 WHERE number_hash IS NOT NULL GROUP BY number_hash) \
                 AND o.step IN (?1, ?2) ORDER BY o.id"
            );
            let mut statement = inner.connection.prepare(&sql)?;
            let steps = params![Step::Created.number(), Step::Written.number()];
            statement.query_map(steps, operation_row)?.collect()
        })
    }

    /// Every run, the oldest first.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn all_runs(&self) -> Result<Vec<RecordedRun>, Error> {
        self.read(|inner| {
            let Inner { connection, .. } = inner;
            let mut runs: Vec<RecordedRun> = connection
                .prepare(
                    "SELECT id, started_at, program, ended_at, outcome, command, user_id, \
                     plan_digest, folder_digest FROM run ORDER BY id",
                )?
                .query_map([], |row| {
                    let ended: Option<i64> = row.get(3)?;
                    let outcome: Option<RunOutcome> = row.get(4)?;
                    Ok(RecordedRun {
                        row: RunRow {
                            id: RunId(row.get(0)?),
                            started_at: row.get(1)?,
                            program: row.get(2)?,
                            ended: ended.zip(outcome),
                            counts: Default::default(),
                        },
                        facts: RunFacts {
                            command: row.get(5)?,
                            user_id: row.get(6)?,
                            plan: row.get(7)?,
                            folder: row.get(8)?,
                        },
                    })
                })?
                .collect::<Result<_, _>>()?;
            let mut counts =
                connection.prepare("SELECT run, name, value FROM run_count ORDER BY run")?;
            let mut rows = counts.query([])?;
            while let Some(row) = rows.next()? {
                let run = RunId(row.get(0)?);
                if let Ok(at) = runs.binary_search_by_key(&run, |one| one.row.id) {
                    let value: i64 = row.get(2)?;
                    runs[at]
                        .row
                        .counts
                        .insert(row.get(1)?, value.unsigned_abs());
                }
            }
            Ok(runs)
        })
    }

    /// The messages in Close that each run posted, by their rows.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn posted_by_runs(&self) -> Result<Vec<(RunId, u64)>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare(
                "SELECT created_run, sum(state = ?1) FROM message \
                 WHERE created_run IS NOT NULL GROUP BY created_run ORDER BY created_run",
            )?;
            let rows = statement.query_map([State::Done.number()], |row| {
                Ok((RunId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            rows.collect()
        })
    }

    /// The messages in Close that no run of this checkpoint posted, by the run that last changed their rows: that which
    /// found them, as `recover` does.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn found_by_runs(&self) -> Result<Vec<(RunId, u64)>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare(
                "SELECT run, count(*) FROM message \
                 WHERE created_run IS NULL AND state = ?1 GROUP BY run ORDER BY run",
            )?;
            let rows = statement.query_map([State::Done.number()], |row| {
                Ok((RunId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            rows.collect()
        })
    }
}
