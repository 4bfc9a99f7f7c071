//! Finds the present activity of a recorded message when Close lacks the recorded activity.
//!
//! In scope: messages that a run unknown to this checkpoint posted again, when the checkpoint was
//! restored from an older copy and the message was moved to another lead and back in the meantime. Out
//! of scope: requests without an answer ([`super::settle`]).

use super::job::Tools;
use super::settle;
use crate::checkpoint::{Change, MessageKey};
use crate::close::Failure;
use crate::ids::ActivityId;
use crate::stop_reason::StopReason;

/// Looks up a message whose recorded activity Close lacks, and records its present activity. `None`
/// where Close has no other activity: the message was removed. The outer error is the reason to stop,
/// the inner one the failure of the look-up.
pub(super) async fn find(
    tools: &Tools,
    key: &MessageKey,
    recorded: &ActivityId,
) -> Result<Result<Option<ActivityId>, Failure>, StopReason> {
    // Another program may have used WhatsApp's own id; an activity of another program is never changed.
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
        // The look-up does not show the link.
        linked: false,
    };
    let recorded = tools.recorder.record(found).await;
    recorded.map_err(StopReason::Checkpoint)?;
    Ok(Ok(Some(first.id.clone())))
}
