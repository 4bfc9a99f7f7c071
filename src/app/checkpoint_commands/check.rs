//! Whether a checkpoint is sound: SQLite's check and the invariants, with the next command for each finding.
//!
//! Never here: a correction. What is left to finish is no finding: every import finishes it first.

use std::path::Path;

use serde::Serialize;

use super::{absent_checkpoint, path_of, peek};
use crate::app::error::{Exit, Result};
use crate::checkpoint::{Checkpoint, Invariant, State, Violation};
use crate::config::Overrides;

/// The result of a check. The fields are the keys of `checkpoint check --json`.
#[derive(Debug, Serialize)]
pub(crate) struct CheckpointCheck {
    /// The path of the checkpoint, or the address of a store without secrets.
    pub checkpoint: String,
    /// Whether there is no finding.
    pub sound: bool,
    /// The invariants that were checked.
    pub checked: Vec<&'static str>,
    /// The invariants that are violated.
    pub findings: Vec<CheckpointFinding>,
    /// Messages whose request has no known outcome; the next import looks them up.
    pub unknown: u64,
    /// Unfinished operations of several steps; the next import finishes them.
    pub open_operations: u64,
}

/// A violated invariant.
#[derive(Debug, Serialize)]
pub(crate) struct CheckpointFinding {
    /// The stable word of the invariant.
    pub invariant: &'static str,
    /// What the invariant requires, in words.
    pub requires: &'static str,
    /// The number of rows that violate it.
    pub rows: u64,
    /// The first of these rows: ids or row numbers, no content.
    pub examples: Vec<String>,
    /// What to do about it, in words, usually a command.
    pub next: String,
}

impl CheckpointCheck {
    /// The exit status.
    pub(crate) fn exit(&self) -> Exit {
        match self.sound {
            true => Exit::Done,
            false => Exit::Partial,
        }
    }
}

/// Checks the checkpoint of this configuration. Changes nothing.
///
/// # Errors
///
/// Mistakes in the configuration; no checkpoint, or a file of another program or a newer version.
pub(crate) fn check_checkpoint(file: &Path, overrides: &Overrides) -> Result<CheckpointCheck> {
    let path = path_of(file, overrides)?;
    let violations = Checkpoint::audit(&path)?.ok_or_else(|| absent_checkpoint::error(&path))?;
    let (mut unknown, mut open_operations) = (0, 0);
    // The counts of a damaged file mean nothing.
    if violations.is_empty() {
        let contents = peek(&path)?.contents()?;
        let is_unknown = |state: State| matches!(state, State::Intent | State::Unknown);
        let states = contents.states.iter();
        unknown = (states.filter(|(state, _)| is_unknown(*state)))
            .map(|(_, number)| number)
            .sum();
        open_operations = contents.open_operations.len() as u64;
    }
    let findings: Vec<CheckpointFinding> = violations.into_iter().map(finding).collect();
    Ok(CheckpointCheck {
        checkpoint: path.to_string(),
        sound: findings.is_empty(),
        checked: Invariant::ALL.map(Invariant::word).to_vec(),
        findings,
        unknown,
        open_operations,
    })
}

fn finding(violation: Violation) -> CheckpointFinding {
    let invariant = violation.invariant;
    CheckpointFinding {
        invariant: invariant.word(),
        requires: requires(invariant),
        rows: violation.rows,
        examples: violation.examples,
        next: next(invariant).to_owned(),
    }
}

/// The invariant as a sentence without its full stop.
fn requires(invariant: Invariant) -> &'static str {
    match invariant {
        Invariant::Integrity => "every page and index can be read",
        Invariant::Schema => "the tables and indexes are those of the format",
        Invariant::References => "every row that another row refers to is there",
        Invariant::States => {
            "a message has an activity id exactly when it is in Close, and a failure code exactly when it failed"
        }
        Invariant::Activities => "an activity is recorded once",
        Invariant::Messages => "a message of a one-to-one chat is in Close on one lead",
        Invariant::Operations => {
            "a message has one unfinished operation of a kind, and a finished one is closed"
        }
        Invariant::Aliases => "an alternate id belongs to a recorded message",
        Invariant::Hashes => "every hash has its length",
        Invariant::Ids => "every id has the form of its kind",
        Invariant::Files => "the recorded files are those of their message, each once",
        Invariant::Leads => "a chain of merged leads ends",
        Invariant::Runs => "a run that has ended has an outcome",
    }
}

/// What to do about a violation: the whole file is built again where its rows cannot be believed; alternate ids, files and
/// runs are filled in by an import.
fn next(invariant: Invariant) -> &'static str {
    match invariant {
        Invariant::Integrity | Invariant::Schema => {
            "put the checkpoint back from a backup, or run `chatferry recover`"
        }
        Invariant::References
        | Invariant::States
        | Invariant::Activities
        | Invariant::Operations
        | Invariant::Hashes
        | Invariant::Ids
        | Invariant::Leads => "run `chatferry recover`",
        Invariant::Messages => {
            "in Close, delete each message on the lead that it does not belong to, then run `chatferry verify`"
        }
        Invariant::Aliases | Invariant::Files | Invariant::Runs => {
            "run `chatferry plan`; if it shows no operation that you do not expect, `chatferry import`, else `chatferry recover`"
        }
    }
}
