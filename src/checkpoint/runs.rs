//! Facts about runs.
//!
//! In scope: the users whose keys were used by the runs of this checkpoint, and erased persons. A person is recorded as the keyed hash of the phone number.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::error::{Error, Fault};
use super::hash::Hash;
use super::ids::RunId;
use super::key::{close_id, word};
use super::snapshot::Snapshot;
use super::states::State;
use crate::ids::UserId;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunOutcome {
    /// Every operation of the plan is done.
    Complete,
    /// Every operation has ended, and some failed.
    Partial,
    /// Stopped before its end; the next run resumes.
    Stopped,
    /// Stopped by a cause that running again does not remove.
    Aborted,
}

impl RunOutcome {
    /// Every outcome.
    pub const ALL: [RunOutcome; 4] = [
        RunOutcome::Complete,
        RunOutcome::Partial,
        RunOutcome::Stopped,
        RunOutcome::Aborted,
    ];

    /// The word recorded in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            RunOutcome::Complete => "complete",
            RunOutcome::Partial => "partial",
            RunOutcome::Stopped => "stopped",
            RunOutcome::Aborted => "aborted",
        }
    }
}

impl fmt::Display for RunOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a run has done with one message, counted in the commit that records it, so that the figures of a killed run are
/// those of its last commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counted {
    /// The run posted the message, which was not in Close.
    Created,
    /// The run changed the message in Close.
    Updated,
    /// The run posted the message on another lead, and deleted it on the former one.
    Replaced,
    /// The run deleted the message in Close.
    Deleted,
    /// Close rejected the request.
    Failed,
}

impl Counted {
    /// The name of the count in the table of counts.
    pub fn as_str(self) -> &'static str {
        match self {
            Counted::Created => CREATED,
            Counted::Updated => "updated",
            Counted::Replaced => "replaced",
            Counted::Deleted => "deleted",
            Counted::Failed => "failed",
        }
    }
}

/// The count of created messages. A run has it from its start; a killed run without it was made by a version that
/// counted at the end only.
pub const CREATED: &str = "created";

/// The counts of a run by name: lower-case ASCII letters, digits, `_` and `.`.
pub type Counts = BTreeMap<String, u64>;

/// The count of a run of `match` that created leads: it imports no messages.
pub const LEADS_MADE: &str = "leads_made";

/// The count of an import that ended before it sent anything: declined, stopped or refused. It is no step of the migration.
pub const NOTHING_SENT: &str = "nothing_sent";

/// The count of a run of `recover`: it imports no messages.
pub const RECOVERED: &str = "recovered";

/// The facts about a run; `None` keeps the recorded value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFacts {
    /// The name of the run's command, such as `import`.
    pub command: Option<Box<str>>,
    /// The Close user of the run's key (`user_…`).
    pub user_id: Option<UserId>,
    /// The keyed hash of the plan that the run carried out.
    pub plan: Option<Hash>,
    /// The keyed hash of the folder of the migration.
    pub folder: Option<Hash>,
}

impl RunFacts {
    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some(command) = &self.command {
            word("command", command)?;
        }
        self.user_id
            .iter()
            .try_for_each(|id| close_id("user_id", id.as_str()))
    }
}

/// Begins a run of this version of the program; `now` in Unix milliseconds.
pub(super) fn begin_run(
    connection: &Connection,
    now: i64,
    program: &str,
) -> rusqlite::Result<RunId> {
    connection.execute(
        "INSERT INTO run (started_at, program) VALUES (?1, ?2)",
        params![now, program],
    )?;
    let run = RunId(connection.last_insert_rowid());
    // Their `run` is kept: the attempt belongs to that run and ended before this one began.
    connection.execute(
        "UPDATE message SET state = ?1 WHERE state = ?2",
        params![State::Unknown.number(), State::Intent.number()],
    )?;
    Ok(run)
}

/// Records the facts about `run`.
pub(super) fn run_is(connection: &Connection, run: RunId, facts: &RunFacts) -> Result<(), Fault> {
    connection.execute(
        "UPDATE run SET command = coalesce(?2, command), user_id = coalesce(?3, user_id), \
         plan_digest = coalesce(?4, plan_digest), \
         folder_digest = coalesce(?5, folder_digest) WHERE id = ?1",
        params![
            run.0,
            facts.command,
            facts.user_id,
            facts.plan,
            facts.folder
        ],
    )?;
    connection
        .prepare_cached(
            "INSERT INTO run_count (run, name, value) VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING",
        )?
        .execute(params![run.0, CREATED])?;
    Ok(())
}

/// Counts one more message.
pub(super) fn counted(connection: &Connection, run: RunId, what: Counted) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO run_count (run, name, value) VALUES (?1, ?2, 1) \
             ON CONFLICT DO UPDATE SET value = value + 1",
        )?
        .execute(params![run.0, what.as_str()])?;
    Ok(())
}

/// Marks `run` as ended; what it counted stays.
pub(super) fn stop_run(
    connection: &Connection,
    run: RunId,
    now: i64,
    outcome: RunOutcome,
) -> Result<(), rusqlite::Error> {
    connection.execute(
        "UPDATE run SET ended_at = ?2, outcome = ?3 WHERE id = ?1",
        params![run.0, now, outcome.as_str()],
    )?;
    Ok(())
}

/// Sets the end of `run`, replacing an earlier one.
pub(super) fn end_run(
    connection: &Connection,
    run: RunId,
    now: i64,
    outcome: RunOutcome,
    counts: &Counts,
) -> Result<(), rusqlite::Error> {
    stop_run(connection, run, now, outcome)?;
    connection.execute("DELETE FROM run_count WHERE run = ?1", [run.0])?;
    let mut insert = connection
        .prepare_cached("INSERT INTO run_count (run, name, value) VALUES (?1, ?2, ?3)")?;
    for (name, value) in counts {
        insert.execute(params![
            run.0,
            name,
            i64::try_from(*value).unwrap_or(i64::MAX)
        ])?;
    }
    Ok(())
}

/// Records that a person was erased; the first time is kept.
pub(super) fn erased(
    connection: &Connection,
    run: RunId,
    now: i64,
    number: &Hash,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO erasure (number_hash, run, erased_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![number, run.0, now])?;
    Ok(())
}

impl Snapshot {
    /// The recorded facts about a run; `None` where there is no such run.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn run_facts(&self, run: RunId) -> Result<Option<RunFacts>, Error> {
        self.read(|inner| {
            inner
                .connection
                .prepare_cached(
                    "SELECT command, user_id, plan_digest, folder_digest FROM run WHERE id = ?1",
                )?
                .query_row([run.0], |row| {
                    Ok(RunFacts {
                        command: row.get(0)?,
                        user_id: row.get(1)?,
                        plan: row.get(2)?,
                        folder: row.get(3)?,
                    })
                })
                .optional()
        })
    }

    /// The messages in Close that a run created, by their rows.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn created_by(&self, run: RunId) -> Result<u64, Error> {
        self.read(|inner| {
            let created = "SELECT count(*) FROM message WHERE created_run = ?1 AND state = ?2";
            let of_run = params![run.0, State::Done.number()];
            let number: i64 = (inner.connection).query_row(created, of_run, |row| row.get(0))?;
            Ok(number.unsigned_abs())
        })
    }

    /// The Close users of the keys of this checkpoint's runs. Runs of older formats have none.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn users_of_runs(&self) -> Result<BTreeSet<UserId>, Error> {
        self.read(|inner| {
            let mut statement = inner
                .connection
                .prepare("SELECT DISTINCT user_id FROM run WHERE user_id IS NOT NULL")?;
            statement.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// The keyed hashes of the numbers of erased persons, in byte order.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn erasures(&self) -> Result<Vec<Hash>, Error> {
        self.read(|inner| {
            let all = "SELECT number_hash FROM erasure ORDER BY number_hash";
            let mut statement = inner.connection.prepare(all)?;
            statement.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// True when the person with this phone number, given by its keyed hash, was erased.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn erased(&self, number: &Hash) -> Result<bool, Error> {
        self.read(|inner| {
            inner
                .connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM erasure WHERE number_hash = ?1)")?
                .query_row([number], |row| row.get(0))
        })
    }
}
