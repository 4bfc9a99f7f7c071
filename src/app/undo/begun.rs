//! Deletions that an earlier undo began: finished before anything else is read or sent.
//!
//! What is in Close is compared again, since days may have passed: a message that was changed meanwhile stays, and its
//! deletion is given up.

use std::collections::HashMap;
use std::sync::Arc;

use super::examine::Examiner;
use super::select::{Message, message_of};
use crate::app::error::Result;
use crate::app::verify::Record;
use crate::checkpoint::{
    ChatId, Checkpoint, Hash, MessageKey, OperationKind, OperationRow, State, Subject,
};
use crate::close::Client;
use crate::execute::undo::{self, Undoing, Undone};
use crate::ids::{ActivityId, LeadId};
use crate::policy::Policy;
use crate::stop_reason::{StopReason, stops};

/// The command that erases a person.
pub(super) const FORGET: &str = "forget";

/// How the deletions ended that were begun.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Finished {
    /// Messages that were deleted.
    pub(crate) deleted: u64,
    /// Their activities, with the leads of their records.
    pub(crate) activities: Vec<(ActivityId, LeadId)>,
    /// Messages that stay, since they were changed in Close meanwhile or Close rejects the deletion.
    pub(crate) kept: u64,
}

/// Finishes the deletions that an earlier undo began.
///
/// # Errors
///
/// Close cannot be reached; the checkpoint cannot be read or written.
pub(crate) async fn finish_begun(
    checkpoint: &Checkpoint,
    client: &Client,
    policy: &Policy,
) -> Result<Finished> {
    let reader = checkpoint.reader();
    let mut finished = Finished::default();
    let mut open = reader.open_operations()?;
    open.retain(|row| row.operation.kind == OperationKind::Undo);
    if open.is_empty() {
        return Ok(finished);
    }
    let chats: HashMap<ChatId, Hash> = (reader.all_chats()?.into_iter())
        .map(|chat| (chat.id, chat.chat))
        .collect();
    let examiner = Examiner::new(client, reader.key(), policy);
    let recorder = checkpoint.recorder();
    for row in open {
        let (Subject::Message(key), Some(activity)) =
            (&row.operation.subject, &row.source_activity)
        else {
            continue;
        };
        let message = recorded(checkpoint, &row, key, &chats)?;
        let command = reader
            .run_facts(row.created_run)?
            .and_then(|facts| facts.command);
        let is_erasure = command.as_deref() == Some(FORGET);
        let changed = match &message {
            // Erasure outweighs a change.
            _ if is_erasure => false,
            Some(message) => is_changed(&examiner, message, activity).await?,
            // Its record is elsewhere by now, as after a merge: nothing is known that could be compared.
            None => true,
        };
        if changed {
            undo::give_up(&recorder, key).await?;
            finished.kept += 1;
            continue;
        }
        let undoing = Undoing {
            key: key.clone(),
            chat: row
                .chat
                .and_then(|id| chats.get(&id).copied())
                .unwrap_or_default(),
            activity_id: activity.clone(),
            purges: is_erasure,
        };
        match undo::finish(client, &recorder, &undoing).await? {
            Undone::Deleted | Undone::AlreadyGone => {
                finished.deleted += 1;
                let lead = key.lead_id.clone();
                finished.activities.push((activity.clone(), lead));
            }
            Undone::Refused(_) | Undone::Unknown(_) => finished.kept += 1,
        }
    }
    Ok(finished)
}

/// The record of a message whose deletion was begun.
fn recorded(
    checkpoint: &Checkpoint,
    row: &OperationRow,
    key: &MessageKey,
    chats: &HashMap<ChatId, Hash>,
) -> Result<Option<Arc<Message>>> {
    let reader = checkpoint.reader();
    let Some((chat, handle)) = row.chat.and_then(|id| Some((id, *chats.get(&id)?))) else {
        return Ok(None);
    };
    let mut found = None;
    Record::each_of(reader, chat, |record| {
        let is_own = record.row.external_id == key.external_id && record.row.lead_id == key.lead_id;
        if is_own && record.row.state == State::Done {
            found = Some(record);
        }
    })?;
    Ok(found.map(|record| {
        let lead = record.row.lead_id.clone();
        Arc::new(message_of(&record, lead, (0, handle)))
    }))
}

async fn is_changed(examiner: &Examiner, message: &Message, activity: &ActivityId) -> Result<bool> {
    match examiner.read(message, activity).await {
        Ok(seen) => Ok(seen.is_some_and(|seen| !seen.fields.is_empty())),
        Err(failure) => match stops(&failure) {
            Some(reason) => Err(reason.into()),
            None => Err(StopReason::Network(failure).into()),
        },
    }
}
