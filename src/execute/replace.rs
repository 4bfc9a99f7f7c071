//! Messages that are, or were, elsewhere in Close: looked up before they are posted again, and deleted
//! at their previous location.
//!
//! In scope: `Replace` and `Restore` of a plan. Each is an operation row in the checkpoint from its
//! first step to its last. Close is read first, since a merge may have moved the message already and a
//! user may have removed it. Nothing is deleted that is not posted at its new location, except by
//! `delete_first`.

use std::sync::atomic::Ordering;

use super::job::{Job, Outcome, Task, Tools};
use super::leftover::{Leftover, Source};
use super::refusals::Refusals;
use super::update::refused;
use crate::checkpoint::{
    Begun, Change, Counted, MessageKey, OperationKey, OperationKind, Reached, Step, Subject,
};
use crate::close::Failure;
use crate::ids::ActivityId;
use crate::plan::Replacement;
use crate::policy::Gone;
use crate::stop_reason::{StopReason, stops};

/// The key of a message's operation of this kind.
pub(super) fn operation(kind: OperationKind, message: MessageKey) -> OperationKey {
    OperationKey {
        kind,
        subject: Subject::Message(message),
    }
}

/// The change that records a step.
pub(super) fn step(operation: &OperationKey, step: Step, target: Option<&ActivityId>) -> Change {
    Change::OperationStep {
        operation: operation.clone(),
        step,
        target: target.map(|activity| Reached::Activity(activity.clone())),
    }
}

impl Job {
    /// The multi-step operation that posting this message is part of.
    pub(super) fn operation(&self) -> Option<OperationKey> {
        match &self.task {
            Task::Replace(_) if self.is_source_deleted.load(Ordering::SeqCst) => None,
            Task::Replace(replacement) => {
                let source = old_key(self, replacement);
                Some(operation(OperationKind::Replace, source))
            }
            Task::Restore(_) => Some(operation(OperationKind::Restore, self.key())),
            Task::Post if self.is_restored => Some(operation(OperationKind::Restore, self.key())),
            Task::Post | Task::Change(_) => None,
        }
    }

    /// The change that begins a move, recorded with the intent before the first request.
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

/// Looks the activity up. `Some` when nothing is to be posted.
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
        // A list that lags, a message that was moved, or an answer that does not decide.
        answer => {
            let given_up = step(&row, Step::GivenUp, None);
            if let Err(outcome) = record(tools, vec![given_up]).await {
                return Some(outcome);
            }
            Some(match answer {
                Ok(_) => Outcome::Found(activity.clone()),
                Err(failure) => ended(tools, &job.refusals, job.key(), failure).await,
            })
        }
    }
}

/// Looks the message up on its previous lead. `Some` when nothing is to be posted.
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
        // A merge or a user has moved it already.
        let to = job.to.lead_id.clone();
        return Some(match record(tools, vec![Change::Moved { key, to }]).await {
            Ok(()) => Outcome::Found(replacement.activity_id.clone()),
            Err(outcome) => outcome,
        });
    }
    let lead_exists = match tools.client.lead(&replacement.lead_id).await {
        Ok(lead) => lead.is_some(),
        Err(failure) => return Some(ended(tools, &job.refusals, key, failure).await),
    };
    // Close deletes the activities of a deleted lead (documented); otherwise a user removed this message only.
    if lead_exists && tools.policy.gone != Gone::Restore {
        let gone = Change::Gone { key: key.clone() };
        let followed = job.followed(key, job.message.activity_at.timestamp_millis());
        return Some(match record(tools, vec![gone, followed]).await {
            Ok(()) => Outcome::Gone,
            Err(outcome) => outcome,
        });
    }
    record(tools, vec![Change::Withdrawn { key }]).await.err()
}

/// The leftover of a move whose message is posted.
pub(super) fn leftover(job: &Job, replacement: &Replacement, posted_id: ActivityId) -> Leftover {
    let source = old_key(job, replacement);
    Leftover {
        operation: operation(OperationKind::Replace, source.clone()),
        source: Some(Source::done(source)),
        activity_id: replacement.activity_id.clone(),
        posted_id,
    }
}

/// Deletes a message at its previous location, the last step of a move. Where Close no longer has it,
/// the step is done already; where Close rejects, the row stays open for the next run.
pub(super) async fn delete(tools: &Tools, leftover: &Leftover, refusals: &Refusals) -> Outcome {
    // Two records of one activity: it is not deleted.
    let is_one = leftover.posted_id == leftover.activity_id;
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
    let counted = (!is_one).then_some(Change::Counted(Counted::Replaced));
    let changes = withdrawn.into_iter().chain([deleted]).chain(counted);
    let changes = changes.collect();
    match record(tools, changes).await {
        Ok(()) if is_one => Outcome::Found(leftover.posted_id.clone()),
        Ok(()) => Outcome::Replaced(leftover.posted_id.clone()),
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

/// Handles a failed request for the message recorded under `key`.
async fn ended(tools: &Tools, refusals: &Refusals, key: MessageKey, failure: Failure) -> Outcome {
    match stops(&failure) {
        Some(reason) => Outcome::Stop(reason),
        None => refused(tools, key, refusals, failure).await,
    }
}
