//! What a checkpoint contains: format, owner, counts, runs, unfinished operations.

use std::path::Path;

use serde::Serialize;

use super::{path_of, peek};
use crate::app::error::Result;
use crate::app::output_time;
use crate::checkpoint::{Checkpoint, OperationRow, State, Subject};
use crate::config::Overrides;

/// The contents of a checkpoint. The fields are the keys of `checkpoint info --json`.
#[derive(Debug, Serialize)]
pub(crate) struct CheckpointInfo {
    /// The path of the checkpoint, or the address of a store without secrets.
    pub checkpoint: String,
    /// Its size with its logs, in bytes.
    pub bytes: u64,
    /// The format of the file.
    pub format: u32,
    /// The format that this version writes.
    pub newest_format: u32,
    /// The version of the program that created it.
    pub created_by: String,
    /// When the checkpoint was created, in UTC, RFC 3339.
    pub created_at: String,
    /// The organisation that the checkpoint belongs to, `orga_…`.
    pub organization_id: String,
    /// The base URL of the API that the checkpoint belongs to.
    pub base_url: String,
    /// Whether a run is using it now.
    pub in_use: bool,
    /// The number of messages by state.
    pub messages: MessageStates,
    /// The number of chats.
    pub chats: u64,
    /// The number of leads.
    pub leads: u64,
    /// The number of archives that were matched with a chat.
    pub archives: u64,
    /// The number of alternate ids of messages.
    pub aliases: u64,
    /// The number of erased persons.
    pub erasures: u64,
    /// The number of runs of all commands that the checkpoint records.
    pub runs: u64,
    /// The last run, of any command; `None` before the first one.
    pub last_run: Option<LastRunInfo>,
    /// The number of finished operations of several steps.
    pub finished_operations: u64,
    /// The unfinished ones, which the next import finishes.
    pub open_operations: Vec<OpenOperation>,
}

/// The number of messages in each state.
#[derive(Debug, Default, Serialize)]
pub(crate) struct MessageStates {
    /// In Close, as a response or a list proved.
    pub done: u64,
    /// Rejected by Close for good; nothing of them is in Close.
    pub failed: u64,
    /// Not in Close: never posted, or deleted by an undo. The next import posts them.
    pub absent: u64,
    /// Deleted in Close by a user; not posted again.
    pub removed: u64,
    /// Sent without a response that shows the outcome; the next run looks them up.
    pub unknown: u64,
    /// About to be sent when the program ended; the next run looks them up.
    pub intent: u64,
}

impl MessageStates {
    fn of(states: &[(State, u64)]) -> MessageStates {
        let mut counts = MessageStates::default();
        for (state, number) in states {
            *match state {
                State::Intent => &mut counts.intent,
                State::Unknown => &mut counts.unknown,
                State::Done => &mut counts.done,
                State::Failed => &mut counts.failed,
                State::Absent => &mut counts.absent,
                State::Gone => &mut counts.removed,
            } = *number;
        }
        counts
    }

    /// The number of messages.
    pub(crate) fn all(&self) -> u64 {
        let MessageStates {
            done,
            failed,
            absent,
            removed,
            unknown,
            intent,
        } = self;
        done + failed + absent + removed + unknown + intent
    }
}

/// The last run of a checkpoint.
#[derive(Debug, Serialize)]
pub(crate) struct LastRunInfo {
    /// The run's number in the checkpoint, from 1.
    pub run: u32,
    /// The run's command; `None` for a run of a version that did not record it.
    pub command: Option<String>,
    /// The version of the program that made the run.
    pub program: String,
    /// The start of the run, in UTC, RFC 3339.
    pub started_at: String,
    /// The end of the run, in UTC, RFC 3339; `None`: interrupted or running.
    pub ended_at: Option<String>,
    /// How it ended: `complete`, `partial`, `stopped`, `aborted`, `interrupted` or `running`.
    pub outcome: String,
}

/// An unfinished operation.
#[derive(Debug, Serialize)]
pub(crate) struct OpenOperation {
    /// The stable word of the operation's kind, such as `replace` or `undo`.
    pub kind: &'static str,
    /// The stable word of the last completed step.
    pub step: &'static str,
    /// The external id of the message; `None` for an operation that creates a lead.
    pub external_id: Option<String>,
    /// The lead of the message, `lead_…`; `None` for an operation that creates a lead.
    pub lead_id: Option<String>,
    /// The number of the run that began the operation.
    pub run: u32,
}

impl OpenOperation {
    /// The operation of a row.
    pub(crate) fn of(row: &OperationRow) -> OpenOperation {
        let key = match &row.operation.subject {
            Subject::Message(key) => Some(key),
            Subject::Number(_) => None,
        };
        OpenOperation {
            kind: row.operation.kind.word(),
            step: row.step.word(),
            external_id: key.map(|key| key.external_id.as_str().to_owned()),
            lead_id: key.map(|key| key.lead_id.as_str().to_owned()),
            run: row.created_run.number(),
        }
    }
}

/// Reads what the checkpoint of this configuration contains. Changes nothing.
///
/// # Errors
///
/// Mistakes in the configuration; no checkpoint, or one that cannot be read.
pub(crate) fn checkpoint_info(file: &Path, overrides: &Overrides) -> Result<CheckpointInfo> {
    let path = path_of(file, overrides)?;
    let snapshot = peek(&path)?;
    let in_use = Checkpoint::is_in_use(&path)?;
    let (contents, binding) = (snapshot.contents()?, snapshot.binding()?);
    let last_run = contents.newest_run.as_ref().map(|run| LastRunInfo {
        run: run.number,
        command: run.command.as_deref().map(str::to_owned),
        program: run.program.to_string(),
        started_at: output_time(run.started_at),
        ended_at: run.ended_at.map(output_time),
        outcome: match (&run.outcome, in_use) {
            (Some(outcome), _) => outcome.to_string(),
            (None, true) => "running".to_owned(),
            (None, false) => "interrupted".to_owned(),
        },
    });
    Ok(CheckpointInfo {
        checkpoint: path.to_string(),
        bytes: contents.bytes,
        format: contents.format,
        newest_format: contents.newest_format,
        created_by: contents.created_by.to_string(),
        created_at: output_time(contents.created_at),
        organization_id: binding.organization_id().to_owned(),
        base_url: binding.base_url().to_owned(),
        in_use,
        messages: MessageStates::of(&contents.states),
        chats: contents.chats,
        leads: contents.leads,
        archives: contents.archives,
        aliases: contents.aliases,
        erasures: contents.erasures,
        runs: contents.runs,
        last_run,
        finished_operations: contents.finished_operations,
        open_operations: contents
            .open_operations
            .iter()
            .map(OpenOperation::of)
            .collect(),
    })
}
