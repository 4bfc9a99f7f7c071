//! Looks at a message again right before the first request of an operation that repairs it.
//!
//! A person agrees to a repair some time after the comparison that found the difference. In scope: which operations are
//! checked, and what becomes of one whose reason no longer holds: nothing is sent, and its outcome is
//! [`Outcome::Found`]. Out of scope: the comparison itself, which the caller of the run provides.

use super::job::{Job, Outcome, Task, Tools};
use super::settle;
use crate::checkpoint::MessageKey;
use crate::close::Failure;
use crate::ids::ActivityId;
use crate::stop_reason::stops;

/// Checks a message before anything of it is uploaded or sent. `Some` when nothing is to be sent.
pub(super) async fn before(tools: &Tools, job: &Job) -> Option<Outcome> {
    let recheck = tools.recheck.as_ref()?;
    let key = job.key();
    let found = match &job.task {
        Task::Change(edit) => {
            let differs = recheck.differs(&key, &edit.activity_id).await;
            differs.map(|differs| (!differs).then(|| edit.activity_id.clone()))
        }
        // Its message is not in Close on any lead.
        Task::Post if job.is_on_way() => Ok(None),
        Task::Post | Task::Restore(_) => {
            let former = match &job.task {
                Task::Restore(activity) => Some(activity),
                _ => None,
            };
            match there(tools, &key, former).await {
                // It would be in Close twice: it is not posted.
                Ok(None) => match recheck.is_elsewhere(&key).await {
                    Ok(true) => return Some(Outcome::ChatClosed),
                    Ok(false) => Ok(None),
                    Err(failure) => Err(failure),
                },
                found => found,
            }
        }
        // Read on its previous lead anyway.
        Task::Replace(_) => Ok(None),
    };
    match found {
        Ok(None) => None,
        Ok(Some(activity)) => Some(Outcome::Found(activity)),
        Err(failure) => Some(undecided(failure)),
    }
}

/// The activity of a message on its lead; another than `former`, which is looked up by its id.
async fn there(
    tools: &Tools,
    key: &MessageKey,
    former: Option<&ActivityId>,
) -> Result<Option<ActivityId>, Failure> {
    let found = settle::find(tools, key).await?;
    let found = found.into_iter().filter(|found| Some(&found.id) != former);
    let found: Vec<_> = found.collect();
    Ok(settle::first(&found).map(|first| first.id.clone()))
}

/// The outcome of an operation whose reason could not be checked: it is not carried out.
pub(super) fn undecided(failure: Failure) -> Outcome {
    match stops(&failure) {
        Some(reason) => Outcome::Stop(reason),
        None => Outcome::ChatClosed,
    }
}
