//! A message on its way to Close: what is decided about it, what is sent, and how it ends.
//!
//! Here belong the values that a post and an update have in common. The requests are in `post` and
//! `update`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Semaphore;

use super::chat::ChatRecord;
use super::check::Users;
use super::knowledge;
use super::refusals::Refusals;
use crate::archive::Container;
use crate::chat::Kind;
use crate::checkpoint::fingerprint::keyed;
use crate::checkpoint::{Change, Facts, FileFact, HashKey, MessageKey, Recorder};
use crate::clock::SharedClock;
use crate::close::{self, Client, Failure, FileLink, NewMessage};
use crate::ids::{ActivityId, ExternalId};
use crate::plan::{Edit, Replacement, files_text, people_text};
use crate::stop_reason::StopReason;
use crate::transform::desired::{DesiredMessage, Destination, Direction};
use crate::transform::identity;
use crate::transform::settings::IdForm;

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
    pub(super) fn facts_of(&self, key: &HashKey, text: &str, files: usize) -> Facts {
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

    pub(super) fn direction(&self) -> close::Direction {
        match self.message.direction {
            Direction::Incoming => close::Direction::Incoming,
            Direction::Outgoing => close::Direction::Outgoing,
        }
    }

    /// The message as it is posted.
    pub(super) fn request(
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

    /// True where Close rejects the link to what this message answers ([`lost_target`]).
    pub(super) async fn lost_target(&self, tools: &Tools, failure: &Failure) -> bool {
        let (activity, target) = (self.response_to.as_ref(), self.target.as_ref());
        lost_target(tools, activity, target, failure).await
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
    if !failure.concerns_field("response_to_id")
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
