//! Messages that are, or were, somewhere else in Close: looked at before they are posted anew, and
//! taken away where they were.
//!
//! For: `Replace` and `Restore` of a plan. Close is read first, since a merge may have moved the
//! message already and a person may have removed it. It must never take away what is not posted
//! anew.

use super::post::{Job, Outcome, Tools, refused};
use crate::checkpoint::{Change, MessageKey};
use crate::close::Failure;
use crate::plan::Replacement;
use crate::stop_reason::{StopReason, stops};

/// Looks at what is there. `Some` when nothing is to be posted.
pub(super) async fn before_restore(tools: &Tools, job: &Job, activity: &str) -> Option<Outcome> {
    match tools.client.get_message(activity).await {
        // A list that was behind, or a message that was moved.
        Ok(Some(_)) => Some(Outcome::There(activity.to_owned())),
        Ok(None) => record(tools, Change::Gone { key: job.key() }).await.err(),
        Err(failure) => Some(ended(tools, job, job.key(), failure).await),
    }
}

/// Looks at the message on its old lead. `Some` when nothing is to be posted.
pub(super) async fn before_replace(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
) -> Option<Outcome> {
    if let Some(there) = &replacement.there {
        let outcome = take_away(tools, job, replacement, there.clone()).await;
        return Some(outcome);
    }
    let key = old_key(job, replacement);
    let message = match tools.client.get_message(&replacement.activity_id).await {
        Ok(message) => message,
        Err(failure) => return Some(ended(tools, job, key, failure).await),
    };
    if let Some(message) = message {
        if message.lead_id.as_deref() != Some(&*job.to.lead_id) {
            return None;
        }
        // A merge, or a person, has moved it already.
        let to = job.to.lead_id.as_str().into();
        return Some(match record(tools, Change::Moved { key, to }).await {
            Ok(()) => Outcome::There(replacement.activity_id.clone()),
            Err(outcome) => outcome,
        });
    }
    let lead_is_there = match tools.client.lead(&replacement.lead_id).await {
        Ok(lead) => lead.is_some(),
        Err(failure) => return Some(ended(tools, job, key, failure).await),
    };
    // With its lead went everything on it (A48); else somebody removed this one message.
    if lead_is_there && !tools.restores {
        return Some(match record(tools, Change::Gone { key }).await {
            Ok(()) => Outcome::Gone,
            Err(outcome) => outcome,
        });
    }
    record(tools, Change::Withdrawn { key }).await.err()
}

/// Takes the message away from its old lead; on the new one it is there under `activity`.
pub(super) async fn take_away(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
    activity: String,
) -> Outcome {
    if activity == replacement.activity_id {
        // Two records of one activity: it stays.
        let key = old_key(job, replacement);
        return match record(tools, Change::Withdrawn { key }).await {
            Ok(()) => Outcome::There(activity),
            Err(outcome) => outcome,
        };
    }
    match tools.client.delete_message(&replacement.activity_id).await {
        Ok(_) => {
            let key = old_key(job, replacement);
            match record(tools, Change::Withdrawn { key }).await {
                Ok(()) => Outcome::Replaced(activity),
                Err(outcome) => outcome,
            }
        }
        Err(failure) => ended(tools, job, old_key(job, replacement), failure).await,
    }
}

fn old_key(job: &Job, replacement: &Replacement) -> MessageKey {
    MessageKey::new(job.message.external_id.as_str(), &*replacement.lead_id)
}

async fn record(tools: &Tools, change: Change) -> Result<(), Outcome> {
    let recorded = tools.recorder.record(change).await;
    recorded.map_err(|error| Outcome::Stop(StopReason::Checkpoint(error)))
}

/// A request about the message recorded under `key` did not succeed.
async fn ended(tools: &Tools, job: &Job, key: MessageKey, failure: Failure) -> Outcome {
    match stops(&failure) {
        Some(reason) => Outcome::Stop(reason),
        None => refused(tools, key, &job.refusals, failure).await,
    }
}
