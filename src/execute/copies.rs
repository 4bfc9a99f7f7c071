//! The deletion of an activity that repeats another one of its lead.
//!
//! In scope: the check, the record and the request. The record names the activity that stays before the other one is
//! deleted, so that a run that is interrupted in between leaves a record of an activity that exists. Out of scope: which
//! of several activities stays.

use super::follow_ups::FollowUp;
use super::job::{Outcome, Tools};
use super::recheck;
use super::update::refused;
use crate::checkpoint::{Change, Counted};
use crate::ids::ActivityId;
use crate::plan::CopyRecord;
use crate::stop_reason::{StopReason, stops};

/// Deletes the activity of `follow_up`. The request is idempotent: where Close no longer has it, it is done.
pub(super) async fn delete(
    tools: &Tools,
    follow_up: &FollowUp,
    kept: &ActivityId,
    record: CopyRecord,
) -> Outcome {
    let (key, copy) = (&follow_up.key, &follow_up.activity_id);
    if let Some(recheck) = &tools.recheck {
        match recheck.is_redundant(key, copy, kept).await {
            Ok(true) => {}
            Ok(false) => return Outcome::Found(kept.clone()),
            Err(failure) => return recheck::undecided(failure),
        }
    }
    if let CopyRecord::Deleted { linked } = record {
        let found = Change::Found {
            key: key.clone(),
            activity_id: kept.clone(),
            linked,
        };
        if let Err(error) = tools.recorder.record(found).await {
            return Outcome::Stop(StopReason::Checkpoint(error));
        }
    }
    match tools.client.delete_message(copy).await {
        Ok(_) => {
            follow_up.refusals.accepted();
            let counted = Change::Counted(Counted::Deleted);
            match tools.recorder.record(counted).await {
                Ok(()) => Outcome::Deleted,
                Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
            }
        }
        Err(failure) => match (stops(&failure), record) {
            (Some(reason), _) => Outcome::Stop(reason),
            (None, CopyRecord::Absent) => {
                follow_up.refusals.refused(&failure);
                Outcome::Failed(failure)
            }
            (None, _) => refused(tools, key.clone(), &follow_up.refusals, failure).await,
        },
    }
}
