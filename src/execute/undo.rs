//! Deletes a message that a run created: intent on disk, DELETE, result on disk.
//!
//! The operation row is what a later run works from, so that a deletion that was begun is finished whichever command comes
//! next. The final state of the message is *absent*: a later import posts it again. Never here: which messages are deleted,
//! and the comparison before it.

use crate::checkpoint::{
    Begun, Change, Counted, Hash, MessageKey, OperationKey, OperationKind, Recorder, Step, Subject,
};
use crate::close::{Client, Failure, Removal};
use crate::ids::{ActivityId, LeadId};
use crate::stop_reason::{StopReason, stops};

/// A message that an undo deletes.
#[derive(Debug, Clone)]
pub(crate) struct Undoing {
    /// The key of its record: external id and lead.
    pub(crate) key: MessageKey,
    /// The keyed hash of its chat's key.
    pub(crate) chat: Hash,
    /// The lead that it is on, which after a merge is not that of the key.
    pub(crate) lead: LeadId,
    /// The id of the activity that is deleted.
    pub(crate) activity_id: ActivityId,
    /// Whether its record is deleted as well, because its sender is erased.
    pub(crate) purges: bool,
}

/// How a deletion ended.
#[derive(Debug, Clone)]
pub(crate) enum Undone {
    /// Close deleted it.
    Deleted,
    /// Close no longer had the activity.
    AlreadyGone,
    /// Close shows neither the activity nor its lead to this key, so that it may be there. The operation stays open, and the
    /// next run finishes it.
    Hidden,
    /// Close rejected the deletion, with this failure; nothing was changed.
    Refused(Failure),
    /// Close did not respond to this request in all its attempts. The operation stays open, and the next run finishes it.
    Unknown(Failure),
}

/// Records a deletion as begun, and carries it out.
///
/// # Errors
///
/// The reason to stop the run. A deletion whose request may have been sent stays open, and the next
/// run finishes it.
pub(crate) async fn delete(
    client: &Client,
    recorder: &Recorder,
    message: &Undoing,
) -> Result<Undone, StopReason> {
    let begun = Begun {
        operation: operation(&message.key),
        chat: Some(message.chat),
        source_activity: Some(message.activity_id.clone()),
        target_id: None,
        target_lead: None,
        target_activity: None,
    };
    let changes = vec![
        // Its chat is not complete any more, so that a later import of the same archives is no contradiction.
        Change::ChatDigest {
            chat: message.chat,
            digest: None,
        },
        Change::OperationBegun(Box::new(begun)),
    ];
    record(recorder, changes).await?;
    finish(client, recorder, message).await
}

/// Carries out a deletion that was begun.
///
/// # Errors
///
/// As [`delete`].
pub(crate) async fn finish(
    client: &Client,
    recorder: &Recorder,
    message: &Undoing,
) -> Result<Undone, StopReason> {
    let Undoing {
        key, activity_id, ..
    } = message;
    let failure = match client.delete_message(activity_id).await {
        Ok(Removal::Deleted) => {
            record_ended(client, recorder, message, true).await?;
            return Ok(Undone::Deleted);
        }
        Ok(Removal::AlreadyGone) => return already_gone(client, recorder, message).await,
        Err(failure) => failure,
    };
    // Anything but an answer that refuses leaves the outcome open.
    let is_refused = failure.is_denied() || matches!(failure, Failure::Rejected { .. });
    if is_refused {
        give_up(recorder, key).await?;
    }
    match stops(&failure) {
        Some(reason) => Err(reason),
        None if is_refused => Ok(Undone::Refused(failure)),
        None => Ok(Undone::Unknown(failure)),
    }
}

/// The end of a deletion for which Close has no such activity: proof that it is gone only where the key sees its lead.
async fn already_gone(
    client: &Client,
    recorder: &Recorder,
    message: &Undoing,
) -> Result<Undone, StopReason> {
    match client.shows_lead(&message.lead).await {
        Ok(true) => {
            record_ended(client, recorder, message, false).await?;
            Ok(Undone::AlreadyGone)
        }
        Ok(false) => Ok(Undone::Hidden),
        Err(failure) => match stops(&failure) {
            Some(reason) => Err(reason),
            None => Ok(Undone::Unknown(failure)),
        },
    }
}

/// Records that a message is deleted whose deletion was begun, and counts it.
///
/// # Errors
///
/// The checkpoint cannot be written.
pub(crate) async fn record_deleted(
    client: &Client,
    recorder: &Recorder,
    message: &Undoing,
) -> Result<(), StopReason> {
    record_ended(client, recorder, message, true).await
}

async fn record_ended(
    client: &Client,
    recorder: &Recorder,
    message: &Undoing,
    is_counted: bool,
) -> Result<(), StopReason> {
    let key = &message.key;
    client.know_deleted([(message.activity_id.clone(), None)]);
    let mut changes = vec![
        Change::Withdrawn { key: key.clone() },
        step(key, Step::Deleted),
    ];
    changes.extend(is_counted.then_some(Change::Counted(Counted::Deleted)));
    changes.extend(purged(message));
    record(recorder, changes).await
}

/// Records that a deletion which was begun is not carried out: the message stays in Close.
///
/// # Errors
///
/// The checkpoint cannot be written.
pub(crate) async fn give_up(recorder: &Recorder, key: &MessageKey) -> Result<(), StopReason> {
    record(recorder, vec![step(key, Step::GivenUp)]).await
}

/// Records that a message is not in Close any more, without a request.
///
/// # Errors
///
/// The checkpoint cannot be written.
pub(crate) async fn withdraw(recorder: &Recorder, message: &Undoing) -> Result<(), StopReason> {
    let mut changes = vec![
        Change::ChatDigest {
            chat: message.chat,
            digest: None,
        },
        Change::Withdrawn {
            key: message.key.clone(),
        },
    ];
    changes.extend(purged(message));
    record(recorder, changes).await
}

fn purged(message: &Undoing) -> Option<Change> {
    let key = message.key.clone();
    message.purges.then_some(Change::Purged { key })
}

/// The key of the operation that deletes a message.
pub(crate) fn operation(key: &MessageKey) -> OperationKey {
    OperationKey {
        kind: OperationKind::Undo,
        subject: Subject::Message(key.clone()),
    }
}

fn step(key: &MessageKey, step: Step) -> Change {
    Change::OperationStep {
        operation: operation(key),
        step,
        target: None,
    }
}

async fn record(recorder: &Recorder, changes: Vec<Change>) -> Result<(), StopReason> {
    let recorded = recorder.record_all(changes).await;
    recorded.map_err(StopReason::Checkpoint)
}
