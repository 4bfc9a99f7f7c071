//! Follow-up operations of a plan: deletions and links of messages that are no longer in the archives.

use std::sync::Arc;

use super::copies;
use super::current;
use super::job::{LostLink, Outcome, Report, Tools, lost_link};
use super::refusals::Refusals;
use super::update::refused;
use crate::checkpoint::{Change, Counted, MessageKey};
use crate::close::{Failure, Patch, Removal};
use crate::ids::ActivityId;
use crate::plan::CopyRecord;
use crate::stop_reason::{StopReason, stops};

/// The action of a follow-up.
pub(super) enum FollowUpAction {
    /// Delete the activity, since the sender deleted the message.
    Delete,
    /// Set the link to the activity that the message replies to.
    Relink {
        /// The activity to link to.
        to: ActivityId,
        /// The key under which that activity is recorded.
        target: MessageKey,
    },
    /// Delete the activity, since another one is the same message.
    DeleteCopy {
        /// The activity that stays.
        kept: ActivityId,
        /// What the checkpoint has of the message.
        record: CopyRecord,
    },
}

/// A follow-up operation.
pub(super) struct FollowUp {
    pub(super) key: MessageKey,
    pub(super) activity_id: ActivityId,
    pub(super) action: FollowUpAction,
    /// The refusal counter of its chat.
    pub(super) refusals: Arc<Refusals>,
}

/// Carries out one follow-up. Both requests are idempotent, so a lost answer needs no look-up: the next
/// run repeats the request.
pub(super) async fn carry_out(tools: &Tools, follow_up: &FollowUp) -> Report {
    Report::of(outcome(tools, follow_up).await)
}

async fn outcome(tools: &Tools, follow_up: &FollowUp) -> Outcome {
    let Ok(_permit) = tools.posts.acquire().await else {
        return Outcome::Stop(StopReason::Interrupted);
    };
    if follow_up.refusals.is_stopped() {
        return Outcome::ChatClosed;
    }
    if let FollowUpAction::DeleteCopy { kept, record } = &follow_up.action {
        return copies::delete(tools, follow_up, kept, *record).await;
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
    let (change, outcome) = match (result, &follow_up.action) {
        (Ok(_), FollowUpAction::Relink { .. }) => (Some(Change::Linked { key }), Outcome::Updated),
        (Ok(_), _) => (Some(Change::Gone { key }), Outcome::Deleted),
        (Err(failure), FollowUpAction::Relink { .. }) if failure.status() == Some(404) => {
            (Some(Change::Gone { key }), Outcome::Gone)
        }
        // The target of the reply was removed in Close: the reply stays without a link, and that is
        // recorded.
        (Err(failure), FollowUpAction::Relink { to, target })
            if lost_link(tools, Some(to), Some(target), &failure).await
                == Some(LostLink::Removed) =>
        {
            (None, Outcome::Found(follow_up.activity_id.clone()))
        }
        (Err(failure), _) => {
            return match stops(&failure) {
                Some(reason) => Outcome::Stop(reason),
                None => refused(tools, key, &follow_up.refusals, failure).await,
            };
        }
    };
    follow_up.refusals.accepted();
    let counted = match &outcome {
        Outcome::Updated => Some(Counted::Updated),
        Outcome::Deleted => Some(Counted::Deleted),
        _ => None,
    };
    let changes = change.into_iter().chain(counted.map(Change::Counted));
    match tools.recorder.record_all(changes.collect()).await {
        Ok(()) => outcome,
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// Sends the request for this activity.
async fn send(
    tools: &Tools,
    follow_up: &FollowUp,
    activity: &ActivityId,
) -> Result<Option<Removal>, Failure> {
    match &follow_up.action {
        FollowUpAction::Delete | FollowUpAction::DeleteCopy { .. } => {
            tools.client.delete_message(activity).await.map(Some)
        }
        FollowUpAction::Relink { to, .. } => {
            let patch = Patch {
                response_to_id: Some(Some(to.clone())),
                ..Patch::default()
            };
            let sent = tools.client.update_message(activity, &patch).await;
            sent.map(|_| None)
        }
    }
}

/// True when Close does not have the activity.
fn is_missing(result: &Result<Option<Removal>, Failure>) -> bool {
    match result {
        Ok(removal) => *removal == Some(Removal::AlreadyGone),
        Err(failure) => failure.status() == Some(404),
    }
}
