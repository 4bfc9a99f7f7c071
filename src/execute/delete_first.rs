//! A move where Close keeps external ids unique in the organisation: the message is deleted on its previous lead
//! before it is posted on the new one.
//!
//! In scope: the checks before the deletion and the order of the steps. Out of scope:
//! whether the archives have a message in full (`plan`), and what a later run finishes (`run::unfinished`).
//!
//! The row of the move records that the deletion is about to be sent, and the message is recorded as failed on the new
//! lead until it is posted there: wherever the run ends, the next one deletes first if that is open, and posts the
//! message from its archives.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::check;
use super::job::{Job, Outcome, Report, Tools};
use super::leftover::Leftover;
use super::post::{ready, upload_and_send};
use super::replace::{self, step};
use super::trial::Verdict;
use super::update::code;
use crate::checkpoint::{Change, Step};
use crate::close::{Failure, backoff};
use crate::ids::ActivityId;
use crate::plan::Replacement;
use crate::stop_reason::{StopReason, stops};

/// How often a message is posted after its deletion while Close still refuses its id: lists and checks of Close may
/// be behind its writes.
const MAX_ATTEMPTS: u32 = 8;

/// Moves a message where Close is known to keep ids unique in the organisation: its post on the new lead would be
/// refused, and is not sent. `None`: no other activity than its own has the id, or another one has it, so that the
/// answer to the post decides.
pub(super) async fn without_post(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
    report: &mut Report,
) -> Option<Outcome> {
    let is_known = tools.ids_are_unique.load(Ordering::SeqCst);
    if !is_known || !replacement.in_full || !is_only_holder(tools, job, replacement).await.ok()? {
        return None;
    }
    let facts = match ready(tools, job, report).await {
        Ok(facts) => facts,
        Err(outcome) => return Some(outcome),
    };
    if job.refusals.is_stopped() {
        return Some(Outcome::ChatClosed);
    }
    let refusal = Failure::id_in_use();
    let (key, code) = (job.key(), code(&refusal));
    let intent = Change::Intent {
        key: key.clone(),
        facts,
    };
    let failed = Change::Failed { key, code };
    let changes = std::iter::once(intent).chain(job.begins()).chain([failed]);
    if let Err(error) = tools.recorder.record_all(changes.collect()).await {
        return Some(Outcome::Stop(StopReason::Checkpoint(error)));
    }
    Some(carry_out(tools, job, replacement, report, refusal).await)
}

/// Finishes a move whose row records that the deletion was about to be sent. Whether Close carried the deletion out
/// is looked up; if not, it is sent again after the same checks. Otherwise the row stays open.
pub(super) async fn resume(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
    report: &mut Report,
) -> Outcome {
    let leftover = leftover(job, replacement);
    match tools.client.get_message(&leftover.activity_id).await {
        Ok(None) => match tools.recorder.record_all(deleted(&leftover)).await {
            Ok(()) => post_deleted(tools, job, report).await,
            Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
        },
        // A merge or a user has moved it.
        Ok(Some(message)) if message.lead_id.as_ref() == Some(&job.to.lead_id) => {
            let given_up = step(&leftover.operation, Step::GivenUp, None);
            match tools.recorder.record(given_up).await {
                Ok(()) => Outcome::Found(leftover.activity_id.clone()),
                Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
            }
        }
        Ok(Some(_)) => match ready(tools, job, report).await {
            Ok(_) => carry_out(tools, job, replacement, report, Failure::id_in_use()).await,
            Err(outcome) => outcome,
        },
        Err(failure) => match stops(&failure) {
            Some(reason) => Outcome::Stop(reason),
            None => {
                job.refusals.refused(&failure);
                Outcome::Failed(failure)
            }
        },
    }
}

/// Gives up a deletion that an earlier run was about to send, since nothing in the plan posts the message: `Found`
/// on its previous lead, or `Gone` where Close has carried the deletion out.
pub(super) async fn abandon(tools: &Tools, leftover: &Leftover) -> Outcome {
    let (changes, outcome) = match tools.client.get_message(&leftover.activity_id).await {
        Ok(None) => (deleted(leftover), Outcome::Gone),
        Ok(Some(_)) => {
            let given_up = step(&leftover.operation, Step::GivenUp, None);
            let activity_id = leftover.activity_id.clone();
            (vec![given_up], Outcome::Found(activity_id))
        }
        Err(failure) => return stops(&failure).map_or(Outcome::Failed(failure), Outcome::Stop),
    };
    match tools.recorder.record_all(changes).await {
        Ok(()) => outcome,
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// Moves a message whose id Close rejects since the message's own activity on the previous lead has it. Without a
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
            let ended = delete_and_post(tools, job, replacement, report, refusal).await;
            ended.unwrap_or_else(|outcome| outcome)
        }
        Verdict::Open => match delete_and_post(tools, job, replacement, report, refusal).await {
            Ok(outcome) => {
                *verdict = match &outcome {
                    Outcome::Replaced(activity) | Outcome::Found(activity)
                        if is_there(tools, job, activity).await =>
                    {
                        Verdict::Passed
                    }
                    _ => Verdict::Failed,
                };
                outcome
            }
            Err(outcome) => outcome,
        },
    }
}

/// `Err`: the message is known to be where it was.
async fn delete_and_post(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
    report: &mut Report,
    refusal: Failure,
) -> Result<Outcome, Outcome> {
    match may_delete(tools, job, replacement, report).await {
        Ok(true) => {}
        Ok(false) => return Err(give_up(tools, job, replacement, refusal).await),
        Err(failure) => {
            let given_up = give_up(tools, job, replacement, refusal).await;
            return Err(stops(&failure).map_or(given_up, Outcome::Stop));
        }
    }
    let leftover = leftover(job, replacement);
    // The row of a resumed move has this step.
    if job.clearing.is_none() {
        let cleared = step(&leftover.operation, Step::Cleared, None);
        if let Err(error) = tools.recorder.record(cleared).await {
            return Err(Outcome::Stop(StopReason::Checkpoint(error)));
        }
    }
    match clear(tools, &leftover).await {
        Outcome::Deleted => Ok(post_deleted(tools, job, report).await),
        Outcome::Failed(failure) => {
            job.refusals.refused(&failure);
            let is_rejected = matches!(failure, Failure::Rejected { .. });
            let outcome = Outcome::Failed(failure);
            if is_rejected {
                Err(outcome)
            } else {
                Ok(outcome)
            }
        }
        outcome => Ok(outcome),
    }
}

/// Posts a message that was deleted on its previous lead.
pub(super) async fn post_deleted(tools: &Tools, job: &Job, report: &mut Report) -> Outcome {
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
    if !is_only_holder(tools, job, replacement).await? {
        return Ok(false);
    }
    let paired = check::pair(&tools.client, &tools.users, &job.to, &tools.policy).await?;
    Ok(paired.is_ok())
}

/// Whether the message's own activity on the previous lead has its id, and no other activity.
async fn is_only_holder(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
) -> Result<bool, Failure> {
    let holders = tools.client.find_anywhere(&job.written_id).await?;
    let is_own = |id: &ActivityId| *id == replacement.activity_id;
    Ok(!holders.is_empty() && holders.iter().all(|holder| is_own(&holder.id)))
}

/// The message on its previous lead, with the row of its move.
fn leftover(job: &Job, replacement: &Replacement) -> Arc<Leftover> {
    let begun = job.clearing.clone();
    begun.unwrap_or_else(|| Arc::new(replace::leftover(job, replacement, ActivityId::from(""))))
}

/// The changes that record the deletion.
fn deleted(leftover: &Leftover) -> Vec<Change> {
    let source = leftover.source.as_ref();
    let withdrawn = source.map(|source| Change::Withdrawn {
        key: source.key.clone(),
    });
    let deleted = step(&leftover.operation, Step::Deleted, None);
    withdrawn.into_iter().chain([deleted]).collect()
}

/// Deletes a message at its previous location, where the row records that this comes before the post.
async fn clear(tools: &Tools, leftover: &Leftover) -> Outcome {
    let deletion = tools.client.delete_message(&leftover.activity_id).await;
    let (changes, outcome) = match deletion {
        Ok(_) => (deleted(leftover), Outcome::Deleted),
        Err(failure) => match stops(&failure) {
            Some(reason) => return Outcome::Stop(reason),
            // The message is where it was.
            None if matches!(failure, Failure::Rejected { .. }) => {
                let given_up = step(&leftover.operation, Step::GivenUp, None);
                (vec![given_up], Outcome::Failed(failure))
            }
            // The next run sends the deletion again.
            None => return Outcome::Failed(failure),
        },
    };
    match tools.recorder.record_all(changes).await {
        Ok(()) => outcome,
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// The message stays where it is, and its refusal is the outcome. The row of a resumed move stays open: its deletion
/// may have been carried out.
async fn give_up(tools: &Tools, job: &Job, replacement: &Replacement, refusal: Failure) -> Outcome {
    job.refusals.refused(&refusal);
    if job.clearing.is_some() {
        return Outcome::Failed(refusal);
    }
    let leftover = leftover(job, replacement);
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
