//! One message: its files, the intent, the request and the answer.

use std::sync::atomic::Ordering;

use tokio::sync::SemaphorePermit;

use super::answered;
use super::delete_first;
use super::job::{Job, LostLink, Outcome, Report, Task, Tools};
use super::long_text::{Posted, is_long, posted};
use super::recheck;
use super::replace;
use super::settle;
use super::update::{change, code, lost_link, refused};
use super::upload::{UploadError, Uploaded, is_intact, upload};
use super::uploaded::UPLOAD_LIFETIME;
use crate::checkpoint::{Change, Counted, DAMAGED, Facts, OperationKind, Step};
use crate::clock::Moment;
use crate::close::{Failure, FileLink, NewMessage};
use crate::ids::ActivityId;
use crate::organization::{Fact, UniqueIds};
use crate::plan::Replacement;
use crate::stop_reason::{StopReason, stops};
use crate::transform::desired::File;
use crate::transform::markdown;

/// Posts one message. Every state change is on disk before the step that depends on it.
pub(super) async fn post(tools: &Tools, job: &Job) -> Report {
    if let Some(outcome) = recheck::before(tools, job).await {
        return Report::of(outcome);
    }
    let ended = match &job.task {
        Task::Restore(activity) => replace::before_restore(tools, job, activity).await,
        Task::Replace(replacement) if job.clearing.is_none() => {
            replace::before_replace(tools, job, replacement).await
        }
        Task::Post | Task::Change(_) | Task::Replace(_) => None,
    };
    if let Some(outcome) = ended {
        return Report::of(outcome);
    }
    let mut report = Report::of(Outcome::ChatClosed);
    report.outcome = match &job.task {
        Task::Replace(replacement) => post_moved(tools, job, replacement, &mut report).await,
        _ if job.is_source_deleted.load(Ordering::SeqCst) => {
            delete_first::post_deleted(tools, job, &mut report).await
        }
        _ => upload_and_send(tools, job, &mut report).await,
    };
    if !matches!(report.outcome, Outcome::Unknown(_)) {
        tools.uploaded.forget(&job.key(), &job.message.files);
    }
    if let (Outcome::Created(activity), Task::Replace(replacement)) = (&report.outcome, &job.task) {
        report.posted_id = Some(activity.clone());
        let leftover = replace::leftover(job, replacement, activity.clone());
        report.outcome = replace::delete(tools, &leftover, &job.refusals).await;
    }
    report
}

/// Posts a message that moves; where Close keeps its id unique in the organisation, after its deletion.
async fn post_moved(
    tools: &Tools,
    job: &Job,
    replacement: &Replacement,
    report: &mut Report,
) -> Outcome {
    if job.clearing.is_some() {
        return delete_first::resume(tools, job, replacement, report).await;
    }
    if let Some(outcome) = delete_first::without_post(tools, job, replacement, report).await {
        return outcome;
    }
    match upload_and_send(tools, job, report).await {
        Outcome::IdTaken(refusal) => {
            delete_first::carry_out(tools, job, replacement, report, refusal).await
        }
        outcome => outcome,
    }
}

/// Uploads the files and the whole of a long text ahead of the request; the facts to record.
pub(super) async fn ready(tools: &Tools, job: &Job, report: &mut Report) -> Result<Facts, Outcome> {
    let mut began = Moment::now(&tools.clock);
    let (files, text) = prepare(tools, job, report, &mut began).await?;
    match posted(tools, job, &text, &mut began).await {
        Ok(posted) => report.uploads += u64::from(posted.is_uploaded),
        Err(failure) => return Err(refused_before_intent(tools, job, failure).await),
    }
    Ok(job.facts_of(&tools.key, &text, files.len()))
}

/// Uploads and sends; uploads again when the uploaded files expire before the request's turn.
pub(super) async fn upload_and_send(tools: &Tools, job: &Job, report: &mut Report) -> Outcome {
    let mut link = job.response_to.clone();
    let mut rejected: Option<Box<str>> = None;
    match has_nothing_new(tools, job).await {
        Ok(false) => {}
        Ok(true) => {
            report.damaged = true;
            return record_missing_file(tools, job, Outcome::Updated).await;
        }
        Err(outcome) => return outcome,
    }
    loop {
        let mut began = Moment::now(&tools.clock);
        let ready = match &job.task {
            // Files that Close already has are not uploaded again, unless the whole text joins them.
            Task::Change(edit)
                if !(edit.files || edit.text && is_long(tools, job.message.markdown.reveal())) =>
            {
                Ok((Vec::new(), job.message.markdown.reveal().to_owned()))
            }
            _ => prepare(tools, job, report, &mut began).await,
        };
        let (files, text) = match ready {
            Ok(ready) => ready,
            Err(outcome) => return outcome,
        };
        let sends_text = match &job.task {
            Task::Change(edit) => edit.text || edit.files,
            _ => true,
        };
        let posted = match sends_text {
            true => match posted(tools, job, &text, &mut began).await {
                Ok(posted) => posted,
                Err(failure) => return refused_before_intent(tools, job, failure).await,
            },
            false => Posted::uncut(text.clone()),
        };
        report.uploads += u64::from(posted.is_uploaded);
        let Ok(post_permit) = tools.posts.acquire().await else {
            return Outcome::Stop(StopReason::Interrupted);
        };
        // A message that was deleted on its previous lead is in Close only after its post.
        if job.refusals.is_stopped() && !job.is_source_deleted.load(Ordering::SeqCst) {
            return Outcome::ChatClosed;
        }
        let has_files = !files.is_empty() || posted.whole.is_some();
        if has_files && began.age(&tools.clock) > UPLOAD_LIFETIME {
            continue;
        }
        let sent = match &job.task {
            Task::Change(edit) => {
                change(tools, job, edit, (files, text), posted, link.clone()).await
            }
            _ => {
                let facts = job.facts_of(&tools.key, &text, files.len());
                let files = files.into_iter().chain(posted.whole).collect();
                let request = job.request(files, posted.text, tools, link.clone());
                let counted = counted(job, report.damaged);
                send(tools, job, (request, facts, counted), post_permit).await
            }
        };
        if let Outcome::NoTarget(lost, code) = sent {
            link = None;
            report.unlinked = true;
            rejected = (lost == LostLink::Rejected).then_some(code);
            continue;
        }
        if matches!(sent, Outcome::TooLong) {
            continue;
        }
        let sent = match rejected.take() {
            Some(code) => record_rejected_link(tools, job, sent, code).await,
            None => sent,
        };
        return match sent {
            Outcome::Created(_) | Outcome::Updated if report.damaged => {
                record_missing_file(tools, job, sent).await
            }
            sent => sent,
        };
    }
}

/// What a post counts as in the run. A message that moves is counted when it is on its new lead only; one without a damaged
/// file has failed.
pub(super) fn counted(job: &Job, is_damaged: bool) -> Option<Counted> {
    match &job.task {
        _ if is_damaged => None,
        Task::Replace(_) => {
            let is_moved = job.is_source_deleted.load(Ordering::SeqCst);
            is_moved.then_some(Counted::Replaced)
        }
        _ => Some(Counted::Created),
    }
}

/// A message is in Close without a link that Close rejected although the target is there: recorded, so that the next run
/// does not ask for the link again.
async fn record_rejected_link(tools: &Tools, job: &Job, sent: Outcome, code: Box<str>) -> Outcome {
    if !matches!(
        sent,
        Outcome::Created(_) | Outcome::Updated | Outcome::Found(_)
    ) {
        return sent;
    }
    let refused = Change::Refused {
        key: job.key(),
        code,
    };
    match tools.recorder.record(refused).await {
        Ok(()) => sent,
        Err(error) => Outcome::Unrecorded(StopReason::Checkpoint(error)),
    }
}

/// Whether the archives have no more files of a message than Close, since the same ones are still damaged, and no other
/// text: nothing is sent.
async fn has_nothing_new(tools: &Tools, job: &Job) -> Result<bool, Outcome> {
    let Task::Change(edit) = &job.task else {
        return Ok(false);
    };
    let Some(in_close) = edit
        .lacks_damaged
        .as_ref()
        .filter(|_| edit.is_of_damaged_files())
    else {
        return Ok(false);
    };
    let mut intact = 0;
    let mut text = job.message.markdown.reveal().to_owned();
    for file in &job.message.files {
        let Some(container) = tools.containers.get(file.container as usize) else {
            return Ok(false);
        };
        match is_intact(container, file).await {
            Ok(true) => intact += 1,
            Ok(false) => text = with_damaged_line(&text, file),
            Err(UploadError::Archive(error)) => {
                return Err(Outcome::Stop(StopReason::Archive(error)));
            }
            Err(_) => {
                return Err(Outcome::Stop(StopReason::Internal(
                    "a file could not be read".to_owned(),
                )));
            }
        }
    }
    let has_same_text = || job.facts_of(&tools.key, &text, intact).body_hash == in_close.body;
    Ok(intact <= in_close.files as usize && has_same_text())
}

/// The text of a message in Close, without a file that is damaged in its archive.
fn with_damaged_line(text: &str, file: &File) -> String {
    markdown::add_line(text, markdown::damaged_line(file.media, file.name.reveal()))
}

/// A message is in Close without one of its files: recorded, so that the next run checks for an intact copy.
async fn record_missing_file(tools: &Tools, job: &Job, sent: Outcome) -> Outcome {
    let refused = Change::Refused {
        key: job.key(),
        code: DAMAGED.into(),
    };
    let changes = vec![refused, Change::Counted(Counted::Failed)];
    match tools.recorder.record_all(changes).await {
        Ok(()) => sent,
        Err(error) => Outcome::Unrecorded(StopReason::Checkpoint(error)),
    }
}

/// Uploads the files that an earlier attempt did not upload; `oldest` becomes the beginning of the earliest
/// upload. A file that turns out to be damaged is replaced by a line of text.
async fn prepare(
    tools: &Tools,
    job: &Job,
    report: &mut Report,
    oldest: &mut Moment,
) -> Result<(Vec<FileLink>, String), Outcome> {
    let mut text = job.message.markdown.reveal().to_owned();
    let mut links = Vec::with_capacity(job.message.files.len());
    for file in &job.message.files {
        if let Some((began, link)) = tools.uploaded.get(&job.key(), file, &tools.clock) {
            if began.age(&tools.clock) > oldest.age(&tools.clock) {
                *oldest = began;
            }
            links.push(link);
            continue;
        }
        let Some(container) = tools.containers.get(file.container as usize) else {
            return Err(Outcome::Stop(StopReason::Internal(
                "a file of an archive that is not in the plan".to_owned(),
            )));
        };
        let Ok(_permit) = tools.uploads.acquire().await else {
            return Err(Outcome::Stop(StopReason::Interrupted));
        };
        let began = Moment::now(&tools.clock);
        match upload(&tools.client, container, file, &tools.clock).await {
            Ok(Uploaded::File(link)) => {
                report.uploads += 1;
                report.upload_bytes += file.size;
                tools.uploaded.keep(&job.key(), file, began, &link);
                links.push(link);
            }
            Ok(Uploaded::Damaged) => {
                report.damaged = true;
                text = with_damaged_line(&text, file);
            }
            Err(UploadError::Close(failure)) => {
                return Err(refused_before_intent(tools, job, failure).await);
            }
            Err(UploadError::Archive(error)) => {
                return Err(Outcome::Stop(StopReason::Archive(error)));
            }
            Err(UploadError::Internal) => {
                return Err(Outcome::Stop(StopReason::Internal(
                    "a file could not be streamed".to_owned(),
                )));
            }
        }
    }
    Ok((links, text))
}

/// A file that Close rejects fails its message; a file that cannot be sent at all stops the run. Close
/// has nothing of the message, so the failure is recorded over an intent of its own.
async fn refused_before_intent(tools: &Tools, job: &Job, failure: Failure) -> Outcome {
    if let (Some(reason), false) = (stops(&failure), failure.is_specific_to_file()) {
        return Outcome::Stop(reason);
    }
    // The record of a message that is in Close stays as it is.
    if matches!(job.task, Task::Change(_)) {
        return refused(tools, job.key(), &job.refusals, failure).await;
    }
    let mut changes = vec![
        Change::Intent {
            key: job.key(),
            facts: job.facts(&tools.key),
        },
        Change::Failed {
            key: job.key(),
            code: code(&failure),
        },
    ];
    // A move has not begun yet, and a restore is given up.
    let restores = job
        .operation()
        .filter(|row| row.kind == OperationKind::Restore);
    changes.extend(restores.map(|row| replace::step(&row, Step::GivenUp, None)));
    match tools.recorder.record_all(changes).await {
        Ok(()) => {
            job.refusals.refused(&failure);
            Outcome::Failed(failure)
        }
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// Creates the message, with its permit to send a create request.
async fn send(
    tools: &Tools,
    job: &Job,
    (request, facts, counted): (NewMessage, Facts, Option<Counted>),
    post_permit: SemaphorePermit<'_>,
) -> Outcome {
    // Waiting for the permit and for the end of an outage precedes the intent: a request that was never
    // sent needs no look-up.
    let permit = match tools.client.permit_to_create().await {
        Ok(permit) => permit,
        Err(failure) => return Outcome::Stop(StopReason::of(failure)),
    };
    let characters = request.message_markdown.chars().count();
    let key = job.key();
    job.sent.store(true, Ordering::SeqCst);
    let intent = Change::Intent {
        key: key.clone(),
        facts,
    };
    let changes = std::iter::once(intent).chain(job.begins()).collect();
    if let Err(error) = tools.recorder.record_all(changes).await {
        return Outcome::Stop(StopReason::Checkpoint(error));
    }
    let mut answer = None;
    let (change, outcome) = match tools
        .client
        .create_message_on(permit, &request, tools.policy.send_to_inbox)
        .await
    {
        Ok(created) => {
            answer = answered::to_create(&tools.key, &request, created.stored.as_deref());
            let change = Change::Done {
                key,
                activity_id: created.id.clone(),
                linked: request.response_to_id.is_some(),
            };
            (change, Outcome::Created(created.id))
        }
        Err(failure @ Failure::Unknown { .. }) => {
            (Change::Unknown { key }, Outcome::Unknown(failure))
        }
        Err(failure) => match (
            stops(&failure),
            lost_link(tools, job, request.response_to_id.is_some(), &failure).await,
        ) {
            // Refused before it was carried out: the next run may send it again.
            (Some(reason), _) => (Change::NotSent { key }, Outcome::Stop(reason)),
            (None, Some(lost)) => {
                let code = code(&failure);
                (Change::NotSent { key }, Outcome::NoTarget(lost, code))
            }
            (None, None) if tools.text_limit.lower(&failure, characters) => {
                (Change::NotSent { key }, Outcome::TooLong)
            }
            (None, None) => match holder_of_taken_id(tools, job, &failure).await {
                Some(activity) => (Change::Unknown { key }, Outcome::Found(activity)),
                None if job.is_moved_to_taken_id(&failure) => {
                    let code = code(&failure);
                    (Change::Failed { key, code }, Outcome::IdTaken(failure))
                }
                None => (
                    Change::Failed {
                        key,
                        code: code(&failure),
                    },
                    Outcome::Failed(failure),
                ),
            },
        },
    };
    // Counted before the next message gets a permit.
    match &outcome {
        Outcome::Failed(failure) => job.refusals.refused(failure),
        Outcome::Created(_) | Outcome::Found(_) => job.refusals.accepted(),
        _ => {}
    }
    let step_taken = match &outcome {
        Outcome::Created(activity) => Some((Step::Posted, Some(activity))),
        // A look-up determines whether the message is posted, a deletion whether it can be.
        Outcome::Unknown(_) | Outcome::IdTaken(_) => None,
        _ => Some((Step::GivenUp, None)),
    };
    let step_taken = (job.operation().zip(step_taken))
        .map(|(operation, (to, target))| replace::step(&operation, to, target));
    // The next request is sent while this result is written to disk.
    drop(post_permit);
    let found = match &outcome {
        Outcome::Found(activity) => Some(Change::Found {
            key: job.key(),
            activity_id: activity.clone(),
            // The look-up does not show the link.
            linked: false,
        }),
        _ => None,
    };
    let learned = match &outcome {
        Outcome::TooLong => Some(tools.text_limit.learned()),
        Outcome::Failed(failure) | Outcome::IdTaken(failure) => {
            unique_ids(tools, job, failure).await
        }
        _ => None,
    };
    let answer = answer.map(|answer| Change::Answered {
        key: job.key(),
        answer,
    });
    let counted = match &outcome {
        Outcome::Created(_) => counted,
        Outcome::Failed(_) => Some(Counted::Failed),
        _ => None,
    };
    let alias = (job.message.ids.as_ref())
        .and_then(|ids| ids.alias.clone())
        .filter(|_| matches!(outcome, Outcome::Created(_)))
        .map(|native_id| Change::Alias {
            key: job.key(),
            native_id,
        });
    let changes = std::iter::once(change)
        .chain(alias)
        .chain(answer)
        .chain(found)
        .chain(step_taken)
        .chain(learned)
        .chain(counted.map(Change::Counted));
    match tools.recorder.record_all(changes.collect()).await {
        Ok(()) => outcome,
        // The intent is on disk: the next run looks up its outcome.
        Err(error) => Outcome::Unrecorded(StopReason::Checkpoint(error)),
    }
}

impl Job {
    /// Whether Close rejects the external id of a message that moves to this lead, and the archives have it in full.
    fn is_moved_to_taken_id(&self, failure: &Failure) -> bool {
        let is_moved = match &self.task {
            Task::Replace(replacement) => replacement.in_full,
            _ => self.is_source_deleted.load(Ordering::SeqCst),
        };
        is_moved && failure.is_id_taken()
    }
}

/// The activity that has the external id of a message already, where Close rejects the id as taken: on the
/// message's own lead that is the message itself. Another lead may have it only where Close keeps ids
/// unique in the organisation; then the message fails.
async fn holder_of_taken_id(tools: &Tools, job: &Job, failure: &Failure) -> Option<ActivityId> {
    if !failure.is_id_taken() || job.operation().is_some() {
        return None;
    }
    let hits = settle::find(tools, &job.key()).await.ok()?;
    settle::first(&hits).map(|hit| hit.id.clone())
}

/// The change that records that ids are unique in the organisation: Close rejects an id on a lead that does not have
/// it, while the message is still on its previous one.
async fn unique_ids(tools: &Tools, job: &Job, failure: &Failure) -> Option<Change> {
    let is_on_previous =
        matches!(job.task, Task::Replace(_)) && !job.is_source_deleted.load(Ordering::SeqCst);
    let is_known = tools.ids_are_unique.load(Ordering::SeqCst);
    if is_known || !is_on_previous || !failure.is_id_taken() {
        return None;
    }
    let hits = settle::find(tools, &job.key()).await.ok()?;
    hits.is_empty().then(|| {
        tools.ids_are_unique.store(true, Ordering::SeqCst);
        Change::Fact(Fact::UniqueIds(UniqueIds::InOrganization))
    })
}
