//! Operations of a plan on messages that the archives do not hold any more: one that its sender
//! deleted is taken away, and the link of one whose target got a new activity is set again.

use std::sync::Arc;

use super::job::{Outcome, Report, Tools};
use super::refusals::Refusals;
use super::update::{lost_target, refused};
use crate::checkpoint::{Change, MessageKey};
use crate::close::Patch;
use crate::ids::ActivityId;
use crate::stop_reason::{StopReason, stops};

/// What is to be done.
pub(super) enum What {
    /// The message is taken away.
    Remove,
    /// The message answers this activity.
    Link {
        /// The activity.
        to: ActivityId,
        /// What it is recorded as.
        target: MessageKey,
    },
}

/// One such operation.
pub(super) struct Beside {
    pub(super) key: MessageKey,
    pub(super) activity_id: ActivityId,
    pub(super) what: What,
    /// The refusals of its chat.
    pub(super) refusals: Arc<Refusals>,
}

/// Carries one out. Both can be sent twice, so a lost answer needs no look-up: the next run does
/// it again.
pub(super) async fn carry_out(tools: &Tools, beside: &Beside) -> Report {
    Report::of(outcome(tools, beside).await)
}

async fn outcome(tools: &Tools, beside: &Beside) -> Outcome {
    let Ok(_leave) = tools.posts.acquire().await else {
        return Outcome::Stop(StopReason::Interrupted);
    };
    if beside.refusals.closed() {
        return Outcome::ChatClosed;
    }
    let key = beside.key.clone();
    let (result, done) = match &beside.what {
        What::Remove => {
            let result = tools.client.delete_message(&beside.activity_id).await;
            (result.map(|_| ()), Outcome::Deleted)
        }
        What::Link { to, .. } => {
            let patch = Patch {
                response_to_id: Some(Some(to.clone())),
                ..Patch::default()
            };
            let result = tools
                .client
                .update_message(&beside.activity_id, &patch)
                .await;
            (result, Outcome::Updated)
        }
    };
    let (change, outcome) = match (result, &beside.what) {
        (Ok(()), What::Remove) => (Some(Change::Gone { key }), done),
        (Ok(()), What::Link { .. }) => (Some(Change::Linked { key }), done),
        (Err(failure), What::Link { .. }) if failure.status() == Some(404) => {
            (Some(Change::Gone { key }), Outcome::Gone)
        }
        // Somebody removed what it answers: it stays without a link, and that is recorded.
        (Err(failure), What::Link { to, target })
            if lost_target(tools, Some(to), Some(target), &failure).await =>
        {
            (None, Outcome::There(beside.activity_id.clone()))
        }
        (Err(failure), _) => {
            return match stops(&failure) {
                Some(reason) => Outcome::Stop(reason),
                None => refused(tools, key, &beside.refusals, failure).await,
            };
        }
    };
    beside.refusals.taken();
    match tools
        .recorder
        .record_all(change.into_iter().collect())
        .await
    {
        Ok(()) => outcome,
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}
