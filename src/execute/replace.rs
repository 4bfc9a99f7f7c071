//! Messages that are, or were, somewhere else in Close: looked at before they are posted anew, and
//! deleted where they were.
//!
//! For: `Replace` and `Restore` of a plan, each a row of the checkpoint from its beginning to its
//! end (design.md, invariant 5). Close is read first, since a merge may have moved the message
//! already and a person may have removed it. It must never delete what is not posted anew.

use super::job::{Job, Outcome, Task, Tools};
use super::refusals::Refusals;
use super::update::refused;
use crate::checkpoint::{
    Begun, Change, MessageKey, OperationKey, OperationKind, Reached, Step, Subject,
};
use crate::close::Failure;
use crate::ids::ActivityId;
use crate::plan::Replacement;
use crate::stop_reason::{StopReason, stops};

/// A message that is posted where it goes and is still where it was.
pub(super) struct Leftover {
    /// The row of the move.
    pub(super) operation: OperationKey,
    /// Where the message was; `None` where it is not recorded there any more.
    pub(super) source: Option<Source>,
    /// Its activity there.
    pub(super) activity_id: ActivityId,
    /// Its activity where it is by now.
    pub(super) there: ActivityId,
}

/// The record of a message where it was.
pub(super) struct Source {
    pub(super) key: MessageKey,
    /// It is recorded as being in Close.
    pub(super) is_done: bool,
}

impl Source {
    /// A message that is recorded as being in Close.
    pub(super) fn done(key: MessageKey) -> Self {
        Source { key, is_done: true }
    }
}

/// The key of a message's operation of this kind.
pub(super) fn operation(kind: OperationKind, message: MessageKey) -> OperationKey {
    OperationKey {
        kind,
        subject: Subject::Message(message),
    }
}

/// The change that takes a step.
pub(super) fn step(operation: &OperationKey, step: Step, target: Option<&ActivityId>) -> Change {
    Change::OperationStep {
        operation: operation.clone(),
        step,
        target: target.map(|activity| Reached::Activity(activity.clone())),
    }
}

impl Job {
    /// The operation of several steps that posting this message is a part of.
    pub(super) fn operation(&self) -> Option<OperationKey> {
        match &self.task {
            Task::Replace(replacement) => {
                let source = old_key(self, replacement);
                Some(operation(OperationKind::Replace, source))
            }
            Task::Restore(_) => Some(operation(OperationKind::Restore, self.key())),
            Task::Post if self.is_restored => Some(operation(OperationKind::Restore, self.key())),
            Task::Post | Task::Change(_) => None,
        }
    }

    /// What begins with the intent: a move, before its first request.
    pub(super) fn begins(&self) -> Option<Change> {
        let Task::Replace(replacement) = &self.task else {
            return None;
        };
        Some(Change::OperationBegun(Box::new(Begun {
            operation: self.operation()?,
            chat: Some(self.chat.handle()),
            source_activity: Some(replacement.activity_id.clone()),
            target_id: None,
            target_lead: Some(self.to.lead_id.clone()),
            target_activity: None,
        })))
    }
}

/// Looks at what is there. `Some` when nothing is to be posted.
pub(super) async fn before_restore(
    tools: &Tools,
    job: &Job,
    activity: &ActivityId,
) -> Option<Outcome> {
    let row = operation(OperationKind::Restore, job.key());
    let begun = Change::OperationBegun(Box::new(Begun {
        operation: row.clone(),
        chat: Some(job.chat.handle()),
        source_activity: Some(activity.clone()),
        target_id: None,
        target_lead: None,
        target_activity: None,
    }));
    if let Err(outcome) = record(tools, vec![begun]).await {
        return Some(outcome);
    }
    match tools.client.get_message(activity).await {
        Ok(None) => {
            let gone = Change::Gone { key: job.key() };
            let cleared = step(&row, Step::Cleared, None);
            record(tools, vec![gone, cleared]).await.err()
        }
        // A list that was behind, or a message that was moved; or no answer that tells.
        answer => {
            let given_up = step(&row, Step::GivenUp, None);
            if let Err(outcome) = record(tools, vec![given_up]).await {
                return Some(outcome);
            }
            Some(match answer {
                Ok(_) => Outcome::There(activity.clone()),
                Err(failure) => ended(tools, &job.refusals, job.key(), failure).await,
            })
        }
    }
}

/// Looks at the message on its old lead. `Some` when nothing is to be posted.
pub(super) async fn before_replace(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
) -> Option<Outcome> {
    let key = old_key(job, replacement);
    let message = match tools.client.get_message(&replacement.activity_id).await {
        Ok(message) => message,
        Err(failure) => return Some(ended(tools, &job.refusals, key, failure).await),
    };
    if let Some(message) = message {
        if message.lead_id.as_ref() != Some(&job.to.lead_id) {
            return None;
        }
        // A merge, or a person, has moved it already.
        let to = job.to.lead_id.clone();
        return Some(match record(tools, vec![Change::Moved { key, to }]).await {
            Ok(()) => Outcome::There(replacement.activity_id.clone()),
            Err(outcome) => outcome,
        });
    }
    let lead_is_there = match tools.client.lead(&replacement.lead_id).await {
        Ok(lead) => lead.is_some(),
        Err(failure) => return Some(ended(tools, &job.refusals, key, failure).await),
    };
    // With its lead went everything on it (A48); else somebody removed this one message.
    if lead_is_there && !tools.restores {
        return Some(match record(tools, vec![Change::Gone { key }]).await {
            Ok(()) => Outcome::Gone,
            Err(outcome) => outcome,
        });
    }
    record(tools, vec![Change::Withdrawn { key }]).await.err()
}

/// What is left of a move once its message is posted.
pub(super) fn leftover(job: &Job, replacement: &Replacement, there: ActivityId) -> Leftover {
    let source = old_key(job, replacement);
    Leftover {
        operation: operation(OperationKind::Replace, source.clone()),
        source: Some(Source::done(source)),
        activity_id: replacement.activity_id.clone(),
        there,
    }
}

/// Deletes a message where it was, the last step of a move. Where Close does not hold it any more,
/// that is done already; where Close refuses, the row stays open for the next run.
pub(super) async fn delete(tools: &Tools, leftover: &Leftover, refusals: &Refusals) -> Outcome {
    // Two records of one activity: it stays.
    let is_one = leftover.there == leftover.activity_id;
    if !is_one && let Err(failure) = tools.client.delete_message(&leftover.activity_id).await {
        return match (&leftover.source, stops(&failure)) {
            (_, Some(reason)) => Outcome::Stop(reason),
            (Some(Source { key, is_done: true }), None) => {
                refused(tools, key.clone(), refusals, failure).await
            }
            (_, None) => Outcome::Failed(failure),
        };
    }
    let withdrawn = (leftover.source.as_ref()).map(|source| Change::Withdrawn {
        key: source.key.clone(),
    });
    let deleted = step(&leftover.operation, Step::Deleted, None);
    let changes = withdrawn.into_iter().chain([deleted]).collect();
    match record(tools, changes).await {
        Ok(()) if is_one => Outcome::There(leftover.there.clone()),
        Ok(()) => Outcome::Replaced(leftover.there.clone()),
        Err(outcome) => outcome,
    }
}

fn old_key(job: &Job, replacement: &Replacement) -> MessageKey {
    MessageKey::new(&job.message.external_id, &replacement.lead_id)
}

async fn record(tools: &Tools, changes: Vec<Change>) -> Result<(), Outcome> {
    let recorded = tools.recorder.record_all(changes).await;
    recorded.map_err(|error| Outcome::Stop(StopReason::Checkpoint(error)))
}

/// A request about the message recorded under `key` did not succeed.
async fn ended(tools: &Tools, refusals: &Refusals, key: MessageKey, failure: Failure) -> Outcome {
    match stops(&failure) {
        Some(reason) => Outcome::Stop(reason),
        None => refused(tools, key, refusals, failure).await,
    }
}
