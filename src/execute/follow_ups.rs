//! Follow-up operations of a plan: deletions and links of messages that the archives no longer
//! contain.

use std::sync::Arc;

use super::current;
use super::job::{Outcome, Report, Tools, lost_target};
use super::refusals::Refusals;
use super::update::refused;
use crate::checkpoint::{Change, MessageKey};
use crate::close::{Failure, Patch, Removal};
use crate::ids::ActivityId;
use crate::stop_reason::{StopReason, stops};

/// What a follow-up does.
pub(super) enum What {
    /// Delete the activity: its sender deleted the message.
    Delete,
    /// Set the link to the activity that the message answers.
    Relink {
        /// The activity.
        to: ActivityId,
        /// What it is recorded as.
        target: MessageKey,
    },
}

/// A follow-up operation.
pub(super) struct FollowUp {
    pub(super) key: MessageKey,
    pub(super) activity_id: ActivityId,
    pub(super) what: What,
    /// The refusals of its chat.
    pub(super) refusals: Arc<Refusals>,
}

/// Carries one out. Both can be sent twice, so a lost answer needs no look-up: the next run does
/// it again.
pub(super) async fn carry_out(tools: &Tools, follow_up: &FollowUp) -> Report {
    Report::of(outcome(tools, follow_up).await)
}

async fn outcome(tools: &Tools, follow_up: &FollowUp) -> Outcome {
    let Ok(_leave) = tools.posts.acquire().await else {
        return Outcome::Stop(StopReason::Interrupted);
    };
    if follow_up.refusals.closed() {
        return Outcome::ChatClosed;
    }
    let key = follow_up.key.clone();
    let mut result = send(tools, follow_up, &follow_up.activity_id).await;
    if is_missing(&result) {
        result = match current::find(tools, &key, &follow_up.activity_id).await {
            Ok(Ok(Some(activity))) => send(tools, follow_up, &activity).await,
            Ok(Ok(None)) => result,
            Ok(Err(failure)) => Err(failure),
            Err(reason) => return Outcome::Stop(reason),
        };
    }
    let done = match &follow_up.what {
        What::Delete => Outcome::Deleted,
        What::Relink { .. } => Outcome::Updated,
    };
    let (change, outcome) = match (result, &follow_up.what) {
        (Ok(_), What::Delete) => (Some(Change::Gone { key }), done),
        (Ok(_), What::Relink { .. }) => (Some(Change::Linked { key }), done),
        (Err(failure), What::Relink { .. }) if failure.status() == Some(404) => {
            (Some(Change::Gone { key }), Outcome::Gone)
        }
        // Somebody removed what it answers: it stays without a link, and that is recorded.
        (Err(failure), What::Relink { to, target })
            if lost_target(tools, Some(to), Some(target), &failure).await =>
        {
            (None, Outcome::There(follow_up.activity_id.clone()))
        }
        (Err(failure), _) => {
            return match stops(&failure) {
                Some(reason) => Outcome::Stop(reason),
                None => refused(tools, key, &follow_up.refusals, failure).await,
            };
        }
    };
    follow_up.refusals.taken();
    match tools
        .recorder
        .record_all(change.into_iter().collect())
        .await
    {
        Ok(()) => outcome,
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// Sends the request about this activity.
async fn send(
    tools: &Tools,
    follow_up: &FollowUp,
    activity: &ActivityId,
) -> Result<Option<Removal>, Failure> {
    match &follow_up.what {
        What::Delete => tools.client.delete_message(activity).await.map(Some),
        What::Relink { to, .. } => {
            let patch = Patch {
                response_to_id: Some(Some(to.clone())),
                ..Patch::default()
            };
            let sent = tools.client.update_message(activity, &patch).await;
            sent.map(|()| None)
        }
    }
}

/// Whether Close does not hold the activity.
fn is_missing(result: &Result<Option<Removal>, Failure>) -> bool {
    match result {
        Ok(removal) => *removal == Some(Removal::AlreadyGone),
        Err(failure) => failure.status() == Some(404),
    }
}
