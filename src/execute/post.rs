//! One message: its files, the intent, the request, the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::chat::ChatRecord;
use super::check::Users;
use super::knowledge;
use super::refusals::Refusals;
use super::replace;
use super::upload::{Sent, Trouble, upload};
use crate::archive::Container;
use crate::chat::Kind;
use crate::checkpoint::fingerprint::keyed;
use crate::checkpoint::{
    Change, DAMAGED, Facts, FileFact, HashKey, MessageKey, OperationKind, Recorder, SentParts, Step,
};
use crate::clock::{Moment, SharedClock};
use crate::close::{self, Client, Failure, FileLink, NewMessage, Patch};
use crate::ids::{ActivityId, ExternalId};
use crate::plan::{Edit, Replacement, files_text, people_text};
use crate::stop_reason::{StopReason, stops};
use crate::transform::desired::{DesiredMessage, Destination, Direction};
use crate::transform::settings::IdForm;
use crate::transform::{identity, markdown};

/// An uploaded file that no message refers to is gone after a day (`close-api.md` 2.4); the hour is
/// for the request's own waiting.
const FRESH: Duration = Duration::from_secs(23 * 3600);

/// What all posts of a run share.
pub(super) struct Tools {
    pub(super) client: Client,
    pub(super) recorder: Recorder,
    pub(super) key: HashKey,
    pub(super) clock: SharedClock,
    pub(super) containers: Vec<Arc<Container>>,
    pub(super) send_to_inbox: bool,
    /// The form of WhatsApp's own ids in Close.
    pub(super) id_form: IdForm,
    /// What somebody removed in Close is brought back.
    pub(super) restores: bool,
    /// Chats go where their leads were merged into.
    pub(super) follows_merges: bool,
    /// Who is active in the organisation.
    pub(super) users: Users,
    /// Leave to have an upload under way.
    pub(super) uploads: Semaphore,
    /// Leave to have a post under way.
    pub(super) posts: Semaphore,
}

/// A message on its way, with all that is decided about it.
pub(super) struct Job {
    pub(super) message: DesiredMessage,
    pub(super) to: Destination,
    /// The record of its chat.
    pub(super) chat: Arc<ChatRecord>,
    /// Its external id as it is written to Close.
    pub(super) written_id: ExternalId,
    /// The external id of the message that it answers, linked or not.
    pub(super) answers: Option<ExternalId>,
    /// The key of that message, where it was in Close before this run.
    pub(super) target: Option<MessageKey>,
    /// Close's id of that message, where it is there.
    pub(super) response_to: Option<ActivityId>,
    /// What is to be done with it.
    pub(super) task: Task,
    /// An earlier run found that it is not in Close any more and began to post it again.
    pub(super) is_restored: bool,
    /// Set before the intent is recorded: from then on its outcome may be unknown.
    pub(super) sent: Arc<AtomicBool>,
    /// The refusals of its chat.
    pub(super) refusals: Arc<Refusals>,
}

/// What is to be done with a message.
pub(super) enum Task {
    /// It is posted.
    Post,
    /// It is posted again, if it is gone.
    Restore(ActivityId),
    /// It is posted here and taken away there.
    Replace(Replacement),
    /// It is changed.
    Change(Edit),
}

/// How it ended.
pub(super) enum Outcome {
    /// It is in Close under this activity id.
    Created(ActivityId),
    /// It is in Close under this activity id, and not on its former lead any more.
    Replaced(ActivityId),
    /// It was in Close under this activity id, as it turned out.
    There(ActivityId),
    /// It was taken away in Close.
    Deleted,
    /// Close took the change.
    Updated,
    /// What was to be changed is no longer in Close.
    Gone,
    /// It was refused for good; recorded.
    Failed(Failure),
    /// What it answers is no longer in Close: it goes again without the link.
    NoTarget,
    /// Its chat was closed before it was sent.
    ChatClosed,
    /// No answer came; recorded as unknown.
    Unknown,
    /// It is not in Close, and the run has to stop.
    Stop(StopReason),
    /// It was sent, how it ended could not be recorded, and the run has to stop.
    Unrecorded(StopReason),
}

/// What happened on the way.
pub(super) struct Report {
    pub(super) outcome: Outcome,
    pub(super) uploads: u64,
    pub(super) upload_bytes: u64,
    pub(super) damaged: bool,
    /// It is in Close under this activity id, however the rest of the operation ended.
    pub(super) there: Option<ActivityId>,
}

impl Report {
    /// A report of something that uploads nothing.
    pub(super) fn of(outcome: Outcome) -> Self {
        Report {
            outcome,
            uploads: 0,
            upload_bytes: 0,
            damaged: false,
            there: None,
        }
    }
}

impl Job {
    /// The key of the message in Close and in the checkpoint.
    pub(super) fn key(&self) -> MessageKey {
        MessageKey::new(&self.message.external_id, &self.to.lead_id)
    }

    /// What is recorded of it, as planned.
    pub(super) fn facts(&self, key: &HashKey) -> Facts {
        self.facts_of(key, self.message.markdown.reveal(), usize::MAX)
    }

    /// What is recorded of it, as it is sent: with this text and so many files.
    fn facts_of(&self, key: &HashKey, text: &str, files: usize) -> Facts {
        let message = &self.message;
        let derived = message.external_id.is_derived();
        Facts {
            chat: self.chat.handle(),
            activity_at: message.activity_at.timestamp_millis(),
            body_hash: keyed(key, "body", message.said(text)),
            media_count: u32::try_from(message.files.len().min(files)).unwrap_or(u32::MAX),
            media_bytes: message.files.iter().take(files).map(|file| file.size).sum(),
            // Of all its files, those that turned out to be damaged too: they are not tried again.
            media_hash: Some(keyed(key, "media", &files_text(&message.files))),
            people_hash: Some(keyed(key, "people", &people_text(&self.to))),
            response_to: self.answers.clone(),
            identity: if derived { identity::VERSION } else { 0 },
            outgoing: message.direction == Direction::Outgoing,
            media: matches!(
                message.kind,
                Kind::Media | Kind::MediaOmitted | Kind::ViewOnce
            ),
            author: None,
            source: self.chat.archive(message.archive),
            files: (message.files.iter().take(files))
                .map(|file| FileFact {
                    hash: keyed(key, "file", &files_text(std::slice::from_ref(file))),
                    size: file.size,
                })
                .collect(),
            ..knowledge::of(key, message.kind, message.edited, &message.evidence)
        }
    }

    fn direction(&self) -> close::Direction {
        match self.message.direction {
            Direction::Incoming => close::Direction::Incoming,
            Direction::Outgoing => close::Direction::Outgoing,
        }
    }

    fn request(
        &self,
        files: Vec<FileLink>,
        text: String,
        tools: &Tools,
        link: Option<ActivityId>,
    ) -> NewMessage {
        let message = &self.message;
        NewMessage {
            activity_at: message.activity_at,
            contact_id: self.to.contact_id.clone(),
            lead_id: self.to.lead_id.clone(),
            direction: self.direction(),
            external_whatsapp_message_id: self.written_id.clone(),
            local_phone: self.to.local_phone.e164().to_owned(),
            remote_phone: self.to.remote_phone.e164().to_owned(),
            message_markdown: text,
            attachments: files,
            integration_link: message.link.clone(),
            response_to_id: link,
            user_id: tools.users.poster(self.to.user_id.as_ref()),
        }
    }
}

/// Brings one message to Close. Every state change is on disk before what depends on it.
pub(super) async fn post(tools: &Tools, job: &Job) -> Report {
    let ended = match &job.task {
        Task::Post | Task::Change(_) => None,
        Task::Restore(activity) => replace::before_restore(tools, job, activity).await,
        Task::Replace(replacement) => replace::before_replace(tools, job, replacement).await,
    };
    if let Some(outcome) = ended {
        return Report::of(outcome);
    }
    let mut report = Report::of(Outcome::Unknown);
    report.outcome = bring(tools, job, &mut report).await;
    if let (Outcome::Created(activity), Task::Replace(replacement)) = (&report.outcome, &job.task) {
        report.there = Some(activity.clone());
        let leftover = replace::leftover(job, replacement, activity.clone());
        report.outcome = replace::delete(tools, &leftover, &job.refusals).await;
    }
    report
}

/// Uploads and sends, until what was uploaded is fresh when its turn comes.
async fn bring(tools: &Tools, job: &Job, report: &mut Report) -> Outcome {
    let mut link = job.response_to.clone();
    loop {
        let began = Moment::now(&tools.clock);
        let ready = match &job.task {
            // Nothing is uploaded again that Close has.
            Task::Change(edit) if !edit.files => {
                Ok((Vec::new(), job.message.markdown.reveal().to_owned()))
            }
            _ => prepare(tools, job, report).await,
        };
        let (files, text) = match ready {
            Ok(ready) => ready,
            Err(outcome) => return outcome,
        };
        let Ok(turn) = tools.posts.acquire().await else {
            return Outcome::Stop(StopReason::Interrupted);
        };
        if job.refusals.closed() {
            return Outcome::ChatClosed;
        }
        if !files.is_empty() && began.age(&tools.clock) > FRESH {
            continue;
        }
        let sent = match &job.task {
            Task::Change(edit) => change(tools, job, edit, files, text, link.clone()).await,
            _ => {
                let request = job.request(files, text, tools, link.clone());
                send(tools, job, request, turn).await
            }
        };
        if matches!(sent, Outcome::NoTarget) {
            link = None;
            continue;
        }
        return match sent {
            Outcome::Created(_) | Outcome::Updated if report.damaged => {
                without_a_file(tools, job, sent).await
            }
            sent => sent,
        };
    }
}

/// A message is in Close, and lacks a file: `--retry-failed` looks whether a better copy is there.
async fn without_a_file(tools: &Tools, job: &Job, sent: Outcome) -> Outcome {
    let refused = Change::Refused {
        key: job.key(),
        code: DAMAGED.into(),
    };
    match tools.recorder.record(refused).await {
        Ok(()) => sent,
        Err(error) => Outcome::Unrecorded(StopReason::Checkpoint(error)),
    }
}

/// Changes a message that Close holds. That a change is on its way is on disk before it leaves. It
/// may be sent again, so where no answer comes nothing has to be asked: the next run puts
/// everything as the archives have it by then.
async fn change(
    tools: &Tools,
    job: &Job,
    edit: &Edit,
    files: Vec<FileLink>,
    text: String,
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
        patch.message_markdown = Some(text);
    }
    if edit.files {
        patch.attachments = Some(files);
    }
    if edit.time {
        patch.activity_at = Some(job.message.activity_at);
    }
    if edit.people {
        patch.contact_id = Some(job.to.contact_id.clone());
        patch.local_phone = Some(job.to.local_phone.e164().to_owned());
        patch.remote_phone = Some(job.to.remote_phone.e164().to_owned());
        // Cannot be cleared (1.6).
        patch.user_id = tools.users.poster(job.to.user_id.as_ref());
    }
    if edit.side {
        patch.direction = Some(job.direction());
    }
    let link = link.filter(|_| edit.link);
    let linked = link.is_some();
    if let Some(target) = link {
        patch.response_to_id = Some(Some(target));
    }
    if patch.fields().is_empty() && job.response_to.is_some() {
        return unlinked(tools, job, edit, facts).await;
    }
    if patch.fields().is_empty() {
        // What it answers did not get there.
        return Outcome::ChatClosed;
    }
    let updating = Change::Updating { key: job.key() };
    if let Err(error) = tools.recorder.record(updating).await {
        return Outcome::Stop(StopReason::Checkpoint(error));
    }
    match tools.client.update_message(&edit.activity_id, &patch).await {
        Ok(()) => {
            job.refusals.taken();
            let mut changes = vec![Change::Updated {
                key: job.key(),
                facts,
                sent: SentParts {
                    text: edit.text,
                    files: edit.files,
                    people: edit.people,
                    link: linked,
                },
            }];
            changes.extend(zone(job, edit));
            match tools.recorder.record_all(changes).await {
                Ok(()) => Outcome::Updated,
                Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
            }
        }
        // Somebody removed it, so nothing of it is to be corrected any more.
        Err(failure) if failure.status() == Some(404) => {
            let gone = Change::Gone { key: job.key() };
            let changes = std::iter::once(gone).chain(zone(job, edit)).collect();
            match tools.recorder.record_all(changes).await {
                Ok(()) => Outcome::Gone,
                Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
            }
        }
        Err(failure) => match stops(&failure) {
            Some(reason) => Outcome::Stop(reason),
            None if linked
                && lost_target(
                    tools,
                    job.response_to.as_ref(),
                    job.target.as_ref(),
                    &failure,
                )
                .await =>
            {
                Outcome::NoTarget
            }
            None => refused(tools, job.key(), &job.refusals, failure).await,
        },
    }
}

/// Nothing of a change is left: what the message was to be linked to is not in Close.
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
        Ok(()) => Outcome::There(edit.activity_id.clone()),
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// True where Close rejects a link since its target was removed; that is recorded, so that no later
/// run asks for the link again.
pub(super) async fn lost_target(
    tools: &Tools,
    response_to: Option<&ActivityId>,
    target: Option<&MessageKey>,
    failure: &Failure,
) -> bool {
    let Some(activity) = response_to else {
        return false;
    };
    if !failure.is_about("response_to_id")
        || !matches!(tools.client.get_message(activity).await, Ok(None))
    {
        return false;
    }
    match target {
        Some(key) => {
            let gone = Change::Gone { key: key.clone() };
            tools.recorder.record(gone).await.is_ok()
        }
        None => true,
    }
}

/// Close refused something about a message that it holds. That is recorded, so that it can be tried
/// again alone once the cause is mended.
pub(super) async fn refused(
    tools: &Tools,
    key: MessageKey,
    refusals: &Refusals,
    failure: Failure,
) -> Outcome {
    refusals.refused(&failure);
    let code = code(&failure);
    match tools.recorder.record(Change::Refused { key, code }).await {
        Ok(()) => Outcome::Failed(failure),
        Err(error) => Outcome::Stop(StopReason::Checkpoint(error)),
    }
}

/// Uploads the files. A file whose bytes turn out to be damaged leaves a line in the text.
async fn prepare(
    tools: &Tools,
    job: &Job,
    report: &mut Report,
) -> Result<(Vec<FileLink>, String), Outcome> {
    let mut text = job.message.markdown.reveal().to_owned();
    let mut links = Vec::with_capacity(job.message.files.len());
    for file in &job.message.files {
        let Some(container) = tools.containers.get(file.container as usize) else {
            return Err(Outcome::Stop(StopReason::Internal(
                "a file of an archive that is not in the plan".to_owned(),
            )));
        };
        let Ok(_leave) = tools.uploads.acquire().await else {
            return Err(Outcome::Stop(StopReason::Interrupted));
        };
        match upload(&tools.client, container, file, &tools.clock).await {
            Ok(Sent::Up(link)) => {
                report.uploads += 1;
                report.upload_bytes += file.size;
                links.push(link);
            }
            Ok(Sent::Damaged) => {
                report.damaged = true;
                let line = markdown::damaged_line(file.media, file.name.reveal());
                text = markdown::add_line(&text, line);
            }
            Err(Trouble::Close(failure)) => {
                return Err(refused_before_intent(tools, job, failure).await);
            }
            Err(Trouble::Archive(error)) => return Err(Outcome::Stop(StopReason::Archive(error))),
            Err(Trouble::Internal) => {
                return Err(Outcome::Stop(StopReason::Internal(
                    "a file could not be streamed".to_owned(),
                )));
            }
        }
    }
    Ok((links, text))
}

/// A file that Close refuses fails its message; one that cannot be sent at all stops the run.
/// Nothing of the message is in Close, so the failure is recorded over an intent of its own.
async fn refused_before_intent(tools: &Tools, job: &Job, failure: Failure) -> Outcome {
    if let (Some(reason), false) = (stops(&failure), failure.is_of_this_file()) {
        return Outcome::Stop(reason);
    }
    // What Close holds stays as it is recorded.
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
    // A move has not begun yet, and posting again comes to nothing.
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

/// Creates the message. `turn` is its leave to have a post under way.
async fn send(tools: &Tools, job: &Job, request: NewMessage, turn: SemaphorePermit<'_>) -> Outcome {
    // Its turn, and the end of an outage, come before the intent: what never left need not be asked
    // for.
    let leave = match tools.client.leave_to_create().await {
        Ok(leave) => leave,
        Err(failure) => return Outcome::Stop(StopReason::of(failure)),
    };
    let key = job.key();
    job.sent.store(true, Ordering::SeqCst);
    let intent = Change::Intent {
        key: key.clone(),
        facts: job.facts_of(
            &tools.key,
            &request.message_markdown,
            request.attachments.len(),
        ),
    };
    let changes = std::iter::once(intent).chain(job.begins()).collect();
    if let Err(error) = tools.recorder.record_all(changes).await {
        return Outcome::Stop(StopReason::Checkpoint(error));
    }
    let (change, outcome) = match tools
        .client
        .create_message_on(leave, &request, tools.send_to_inbox)
        .await
    {
        Ok(created) => {
            let change = Change::Done {
                key,
                activity_id: created.id.clone(),
                linked: request.response_to_id.is_some(),
            };
            (change, Outcome::Created(created.id))
        }
        Err(Failure::Unknown { .. }) => (Change::Unknown { key }, Outcome::Unknown),
        Err(failure) => match stops(&failure) {
            // Refused before it was carried out: it may be sent again by the next run.
            Some(reason) => (Change::NotSent { key }, Outcome::Stop(reason)),
            None if request.response_to_id.is_some()
                && lost_target(
                    tools,
                    job.response_to.as_ref(),
                    job.target.as_ref(),
                    &failure,
                )
                .await =>
            {
                (Change::NotSent { key }, Outcome::NoTarget)
            }
            None => (
                Change::Failed {
                    key,
                    code: code(&failure),
                },
                Outcome::Failed(failure),
            ),
        },
    };
    // Counted before the next one gets its turn.
    match &outcome {
        Outcome::Failed(failure) => job.refusals.refused(failure),
        Outcome::Created(_) => job.refusals.taken(),
        _ => {}
    }
    let taken = match &outcome {
        Outcome::Created(activity) => Some((Step::Posted, Some(activity))),
        // Whether it is posted a look-up decides.
        Outcome::Unknown => None,
        _ => Some((Step::GivenUp, None)),
    };
    let taken = (job.operation().zip(taken))
        .map(|(operation, (to, target))| replace::step(&operation, to, target));
    // The next one leaves while the disk is waited for.
    drop(turn);
    let changes = std::iter::once(change).chain(taken).collect();
    match tools.recorder.record_all(changes).await {
        Ok(()) => outcome,
        // The intent stands on disk: the next run asks Close what became of it.
        Err(error) => Outcome::Unrecorded(StopReason::Checkpoint(error)),
    }
}

/// With the last time of a chat its zone is the one that is configured.
fn zone(job: &Job, edit: &Edit) -> Option<Change> {
    let corrected = if edit.time {
        job.chat.time_corrected()
    } else {
        None
    };
    corrected.map(Change::Chat)
}

/// The code of a failure, as the checkpoint takes it.
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
