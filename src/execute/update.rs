//! Changes to a message in Close.
//!
//! In scope: the request, its outcome, and the record of a refusal. Which changes are due is decided in
//! the plan.

use super::answered;
use super::current;
use super::job::{Job, LostLink, Outcome, Tools};
use super::long_text::{Posted, without_whole};
use super::refusals::Refusals;
use crate::checkpoint::{Change, Counted, Facts, MessageKey, SentParts};
use crate::close::{Failure, FileLink, Message, Patch};
use crate::ids::ActivityId;
use crate::plan::{Edit, PeopleParts};
use crate::stop_reason::{StopReason, stops};

/// Changes a message in Close. The update is recorded on disk before the request is sent. The request is
/// idempotent, so a lost answer needs no look-up: the next run sends the state of the archives at that
/// time.
pub(super) async fn change(
    tools: &Tools,
    job: &Job,
    edit: &Edit,
    (mut files, text): (Vec<FileLink>, String),
    posted: Posted,
    link: Option<ActivityId>,
) -> Outcome {
    let mut facts = job.facts_of(
        &tools.key,
        &text,
        if edit.files { files.len() } else { usize::MAX },
    );
    facts.activity_at = edit.activity_at;
    let mut patch = Patch::default();
    if edit.text {
        patch.message_markdown = Some(posted.text);
    }
    let characters = patch
        .message_markdown
        .as_ref()
        .map_or(0, |text| text.chars().count());
    let sends_files = edit.files || posted.whole.is_some();
    files.extend(posted.whole);
    if sends_files {
        patch.attachments = Some(files);
    }
    if edit.time {
        patch.activity_at = Some(job.message.activity_at);
    }
    if edit.people {
        let parts = edit.parts.unwrap_or(PeopleParts::ALL);
        let to = &job.to;
        patch.contact_id = parts.contact.then(|| to.contact_id.clone());
        patch.local_phone = (parts.local_phone).then(|| to.local_phone.e164().to_owned());
        patch.remote_phone = (parts.remote_phone).then(|| to.remote_phone.e164().to_owned());
        // In an update Close does not accept null for the user (documented).
        patch.user_id = (tools.users.poster(to.user_id.as_ref())).filter(|_| parts.user);
    }
    if edit.integration_link {
        patch.integration_link = Some(job.message.link.clone());
    }
    if edit.side {
        patch.direction = Some(job.direction());
    }
    let link = link.filter(|_| edit.link);
    let linked = link.is_some();
    if let Some(target) = link {
        patch.response_to_id = Some(Some(target));
    } else if edit.link && job.answers.is_none() {
        patch.response_to_id = Some(None);
    }
    if patch.fields().is_empty() && job.response_to.is_some() {
        return unlinked(tools, job, edit, facts).await;
    }
    if patch.fields().is_empty() {
        // The target of its link was not posted.
        return Outcome::ChatClosed;
    }
    let updating = Change::Updating { key: job.key() };
    if let Err(error) = tools.recorder.record(updating).await {
        return Outcome::Stop(StopReason::Checkpoint(error));
    }
    let mut answer = update(tools, job, &edit.activity_id, &patch).await;
    if matches!(&answer, Err(failure) if failure.status() == Some(404)) {
        answer = match current::find(tools, &job.key(), &edit.activity_id).await {
            Ok(Ok(Some(activity))) => update(tools, job, &activity, &patch).await,
            Ok(Ok(None)) => answer,
            Ok(Err(failure)) => Err(failure),
            Err(reason) => return Outcome::Stop(reason),
        };
    }
    match answer {
        Ok(stored) => {
            job.refusals.accepted();
            let answered = answered::to_update(&tools.key, &patch, stored.as_deref());
            let mut changes = vec![Change::Updated {
                key: job.key(),
                facts,
                sent: SentParts {
                    text: edit.text,
                    files: edit.files,
                    // With some of them, Close has what was recorded before.
                    people: edit.people && edit.parts.is_none(),
                    link: linked,
                },
            }];
            changes.extend(answered.map(|answer| Change::Answered {
                key: job.key(),
                answer,
            }));
            changes.extend(zone(job, edit));
            changes.push(Change::Counted(Counted::Updated));
            match tools.recorder.record_all(changes).await {
                Ok(()) => Outcome::Updated,
                Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
            }
        }
        // The message was removed in Close, so nothing of it remains to be corrected.
        Err(failure) if failure.status() == Some(404) => {
            let gone = Change::Gone { key: job.key() };
            let followed = job.followed(job.key(), edit.activity_at);
            let changes = [gone, followed].into_iter().chain(zone(job, edit));
            let changes = changes.collect();
            match tools.recorder.record_all(changes).await {
                Ok(()) => Outcome::Gone,
                Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
            }
        }
        Err(failure) => match (
            stops(&failure),
            lost_link(tools, job, linked, &failure).await,
        ) {
            (Some(reason), _) => Outcome::Stop(reason),
            (None, Some(lost)) => Outcome::NoTarget(lost, code(&failure)),
            (None, None) if tools.text_limit.lower(&failure, characters) => {
                match tools.recorder.record(tools.text_limit.learned()).await {
                    Ok(()) => Outcome::TooLong,
                    Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
                }
            }
            (None, None) => refused(tools, job.key(), &job.refusals, failure).await,
        },
    }
}

/// Why Close rejects the link of a request, if it has one.
pub(super) async fn lost_link(
    tools: &Tools,
    job: &Job,
    is_linked: bool,
    failure: &Failure,
) -> Option<LostLink> {
    match is_linked {
        true => job.lost_link(tools, failure).await,
        false => None,
    }
}

/// Sends an update; returns the message as Close stores it, if the response contains it. A text that is no longer cut
/// needs no file with the whole: the response shows whether the earlier text had one.
async fn update(
    tools: &Tools,
    job: &Job,
    activity: &ActivityId,
    patch: &Patch,
) -> Result<Option<Box<Message>>, Failure> {
    let changed = tools.client.update_message(activity, patch).await?;
    let is_whole = patch.message_markdown.is_some() && patch.attachments.is_none();
    let kept = (changed.as_ref())
        .filter(|_| is_whole)
        .and_then(|message| without_whole(message.attachments.clone(), &job.message.files));
    let Some(kept) = kept else {
        return Ok(changed);
    };
    let patch = Patch {
        attachments: Some(kept),
        ..Patch::default()
    };
    let without = tools.client.update_message(activity, &patch).await?;
    Ok(without.or(changed))
}

/// Nothing remains of a change: the target of the link is not in Close.
async fn unlinked(tools: &Tools, job: &Job, edit: &Edit, facts: Facts) -> Outcome {
    let updated = Change::Updated {
        key: job.key(),
        facts,
        sent: SentParts {
            text: false,
            files: false,
            people: false,
            link: false,
        },
    };
    match tools.recorder.record(updated).await {
        Ok(()) => Outcome::Found(edit.activity_id.clone()),
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// Close rejected a change of a message that it has. That is recorded, so that it can be tried
/// again alone once the cause is removed.
pub(super) async fn refused(
    tools: &Tools,
    key: MessageKey,
    refusals: &Refusals,
    failure: Failure,
) -> Outcome {
    refusals.refused(&failure);
    let code = code(&failure);
    let refused = Change::Refused { key, code };
    let changes = vec![refused, Change::Counted(Counted::Failed)];
    match tools.recorder.record_all(changes).await {
        Ok(()) => Outcome::Failed(failure),
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// With the last corrected time of a chat, its recorded zone becomes the configured one.
fn zone(job: &Job, edit: &Edit) -> Option<Change> {
    let corrected = if edit.time {
        job.chat.time_corrected()
    } else {
        None
    };
    corrected.map(Change::Chat)
}

/// The code of a failure, in the type of the checkpoint.
pub(super) fn code(failure: &Failure) -> Box<str> {
    let code: String = failure
        .code()
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "_.-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(64)
        .collect();
    code.into()
}
