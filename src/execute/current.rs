//! The activity that a recorded message has by now, where Close lacks the recorded one.
//!
//! Belongs here: messages that a run which the checkpoint does not know of posted again: the
//! checkpoint is an older copy, and the message was moved to another lead and back since. Never
//! here: requests without an answer ([`super::settle`]).

use super::job::Tools;
use super::settle;
use crate::checkpoint::{Change, MessageKey};
use crate::close::Failure;
use crate::ids::ActivityId;
use crate::stop_reason::StopReason;

/// Looks a message up whose recorded activity Close lacks, and records the activity that it has.
/// `None` where Close has no other one: somebody removed the message. The outer error is the reason
/// to stop, the inner one that of the look-up.
pub(super) async fn find(
    tools: &Tools,
    key: &MessageKey,
    recorded: &ActivityId,
) -> Result<Result<Option<ActivityId>, Failure>, StopReason> {
    // Another program may have used an id of WhatsApp's own: what it posted is never changed.
    if !key.external_id.is_derived() {
        return Ok(Ok(None));
    }
    let hits = match settle::find(tools, key).await {
        Ok(hits) => hits,
        Err(failure) => return Ok(Err(failure)),
    };
    let others: Vec<_> = hits.into_iter().filter(|hit| hit.id != *recorded).collect();
    let Some(first) = settle::first(&others) else {
        return Ok(Ok(None));
    };
    let found = Change::Found {
        key: key.clone(),
        activity_id: first.id.clone(),
        // The look-up does not show that.
        linked: false,
    };
    let recorded = tools.recorder.record(found).await;
    recorded.map_err(StopReason::Checkpoint)?;
    Ok(Ok(Some(first.id.clone())))
}
