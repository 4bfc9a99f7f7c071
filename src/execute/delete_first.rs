//! A move where Close keeps external ids unique in the organisation: the message is deleted on its previous lead
//! before it is posted on the new one.
//!
//! In scope: the checks before the deletion and the order of the steps. Out of scope:
//! whether the archives have a message in full (`plan`), and what a later run finishes (`run::unfinished`).
//!
//! The row of the move records that the deletion is about to be sent, and the message is recorded as failed on the new
//! lead until it is posted there: wherever the run ends, the next one deletes first if that is open, and posts the
//! message from its archives.

use std::sync::atomic::Ordering;

use super::check;
use super::job::{Job, Outcome, Report, Tools};
use super::post::upload_and_send;
use super::replace::{self, Leftover, step};
use super::trial::Verdict;
use crate::checkpoint::{Change, Step};
use crate::close::{Failure, backoff};
use crate::ids::ActivityId;
use crate::plan::Replacement;
use crate::stop_reason::{StopReason, stops};

/// How often a message is posted after its deletion while Close still refuses its id: lists and checks of Close may
/// be behind its writes.
const MAX_ATTEMPTS: u32 = 8;

/// Moves a message whose id Close refuses since the message's own activity on the previous lead has it. Without a
/// deletion the refusal is the outcome.
pub(super) async fn carry_out(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
    report: &mut Report,
    refusal: Failure,
) -> Outcome {
    let mut verdict = tools.trial.verdict().await;
    match *verdict {
        Verdict::Failed => give_up(tools, job, replacement, refusal).await,
        Verdict::Passed => {
            drop(verdict);
            delete_and_post(tools, job, replacement, report, refusal).await
        }
        Verdict::Open => {
            let outcome = delete_and_post(tools, job, replacement, report, refusal).await;
            if report.is_source_deleted {
                *verdict = match &outcome {
                    Outcome::Replaced(activity) if is_there(tools, job, activity).await => {
                        Verdict::Passed
                    }
                    _ => Verdict::Failed,
                };
            }
            outcome
        }
    }
}

async fn delete_and_post(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
    report: &mut Report,
    refusal: Failure,
) -> Outcome {
    match may_delete(tools, job, replacement, report).await {
        Ok(true) => {}
        Ok(false) => return give_up(tools, job, replacement, refusal).await,
        Err(failure) => {
            let given_up = give_up(tools, job, replacement, refusal).await;
            return stops(&failure).map_or(given_up, Outcome::Stop);
        }
    }
    let leftover = replace::leftover(job, replacement, ActivityId::from(""));
    let cleared = step(&leftover.operation, Step::Cleared, None);
    if let Err(error) = tools.recorder.record(cleared).await {
        return Outcome::Stop(StopReason::Checkpoint(error));
    }
    match clear(tools, &leftover).await {
        Outcome::Deleted => {}
        Outcome::Failed(failure) => {
            job.refusals.refused(&failure);
            return Outcome::Failed(failure);
        }
        outcome => return outcome,
    }
    report.is_source_deleted = true;
    job.is_source_deleted.store(true, Ordering::SeqCst);
    let mut attempt = 0;
    loop {
        attempt += 1;
        match upload_and_send(tools, job, report).await {
            Outcome::IdTaken(_) if attempt < MAX_ATTEMPTS => {
                let chance = tools.clock.chance();
                tools.clock.sleep(backoff(attempt, chance)).await;
            }
            Outcome::IdTaken(failure) => {
                job.refusals.refused(&failure);
                return Outcome::Failed(failure);
            }
            Outcome::Created(activity) => {
                report.posted_id = Some(activity.clone());
                return Outcome::Replaced(activity);
            }
            outcome => return outcome,
        }
    }
}

/// Whether the deletion is followed by a post that rebuilds the message: the archives have it in full, all files are
/// uploaded, only its own activity has the id, and lead, contact and user of the new place fit together.
async fn may_delete(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
    report: &Report,
) -> Result<bool, Failure> {
    if report.damaged || !replacement.in_full || job.refusals.is_stopped() {
        return Ok(false);
    }
    let holders = tools.client.find_anywhere(&job.written_id).await?;
    let is_own = |id: &ActivityId| *id == replacement.activity_id;
    if holders.is_empty() || !holders.iter().all(|holder| is_own(&holder.id)) {
        return Ok(false);
    }
    let why_not = check::pair(&tools.client, &tools.users, &job.to, &tools.policy).await?;
    Ok(why_not.is_none())
}

/// Deletes a message at its previous location, where the row records that this comes before the post.
pub(super) async fn clear(tools: &Tools, leftover: &Leftover) -> Outcome {
    let deleted = tools.client.delete_message(&leftover.activity_id).await;
    let source = leftover.source.as_ref().map(|source| &source.key);
    let (changes, outcome) = match deleted {
        Ok(_) => {
            let withdrawn = source.map(|key| Change::Withdrawn { key: key.clone() });
            let deleted = step(&leftover.operation, Step::Deleted, None);
            (withdrawn.into_iter().chain([deleted]), Outcome::Deleted)
        }
        Err(failure) => match stops(&failure) {
            Some(reason) => return Outcome::Stop(reason),
            // The message is where it was.
            None if matches!(failure, Failure::Rejected { .. }) => {
                let given_up = step(&leftover.operation, Step::GivenUp, None);
                (None.into_iter().chain([given_up]), Outcome::Failed(failure))
            }
            // The next run sends the deletion again.
            None => return Outcome::Failed(failure),
        },
    };
    match tools.recorder.record_all(changes.collect()).await {
        Ok(()) => outcome,
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// The message stays where it is, and its refusal is the outcome.
async fn give_up(tools: &Tools, job: &Job, replacement: &Replacement, refusal: Failure) -> Outcome {
    job.refusals.refused(&refusal);
    let leftover = replace::leftover(job, replacement, ActivityId::from(""));
    let given_up = step(&leftover.operation, Step::GivenUp, None);
    match tools.recorder.record(given_up).await {
        Ok(()) => Outcome::Failed(refusal),
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// Whether Close shows the posted message on its new lead.
async fn is_there(tools: &Tools, job: &Job, activity: &ActivityId) -> bool {
    let message = tools.client.get_message(activity).await;
    matches!(message, Ok(Some(message)) if message.lead_id.as_ref() == Some(&job.to.lead_id))
}
