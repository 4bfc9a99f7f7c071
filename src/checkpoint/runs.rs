//! What a run is, and what is recorded of the organisation as a whole.
//!
//! For: the users whose keys this checkpoint's runs had, persons that were erased, and what Close
//! was seen to do. A person stands here as a keyed hash of the number.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{Error, Fault};
use super::hash::Hash;
use super::key::{close_id, word};
use super::rows::{RunId, Snapshot};
use crate::ids::UserId;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// All done.
    Complete,
    /// Finished, with failures.
    Partial,
    /// Stopped early; can be resumed.
    Stopped,
    /// Stopped by something that a mere rerun does not cure.
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

    /// The word in the file.
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

/// The counts of a run by their words (contract.md, `--json`): lower-case ASCII, digits, `_`, `.`.
pub type Counts = BTreeMap<String, u64>;

/// The count of a run of `match` that creates leads: it imports no messages.
pub const LEADS_MADE: &str = "leads_made";

/// What a run is; `None` leaves what is recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFacts {
    /// Its command, by a word of ours.
    pub command: Option<Box<str>>,
    /// The Close user whose key it has (`user_…`).
    pub user_id: Option<UserId>,
    /// The keyed hash of its plan.
    pub plan: Option<Hash>,
    /// The keyed hash of the folder that it reads.
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

/// Records what `run` is.
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
    Ok(())
}

/// Records that a person was erased; the first time stays.
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

/// Records what Close was seen to do.
pub(super) fn organization_fact(
    connection: &Connection,
    run: RunId,
    now: i64,
    name: &str,
    value: i64,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO organization_fact (name, value, run, seen_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, run = excluded.run, \
             seen_at = excluded.seen_at",
        )?
        .execute(params![name, value, run.0, now])?;
    Ok(())
}

impl Snapshot {
    /// What was recorded of a run; `None` where there is no such run.
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

    /// The Close users whose keys this checkpoint's runs had. A run of an older format recorded
    /// none.
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

    /// True when the person with this number was erased, by its keyed hash.
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

    /// What the Close of this organisation was seen to do, by a word of ours.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn organization_fact(&self, name: &str) -> Result<Option<i64>, Error> {
        self.read(|inner| {
            inner
                .connection
                .prepare_cached("SELECT value FROM organization_fact WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()
        })
    }
}
