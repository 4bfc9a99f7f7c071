//! A message being imported: the decisions about it, the request and the outcome.
//!
//! In scope: the values that a post and an update have in common. The requests are in `post` and
//! `update`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use super::chat::ChatRecord;
use super::check::Users;
use super::knowledge;
use super::leftover::Leftover;
use super::long_text::TextLimit;
use super::reason::Recheck;
use super::refusals::Refusals;
use super::trial::Trial;
use super::uploaded::UploadedFiles;
use crate::archive::Container;
use crate::chat::Kind;
use crate::checkpoint::fingerprint::keyed;
use crate::checkpoint::{Change, Facts, FileFact, HashKey, MessageKey, Recorder};
use crate::clock::SharedClock;
use crate::close::{self, Client, Failure, FileLink, NewMessage};
use crate::ids::{ActivityId, ExternalId};
use crate::plan::{Edit, Replacement, files_text, people_text};
use crate::policy::Policy;
use crate::stop_reason::StopReason;
use crate::transform::desired::{DesiredMessage, Destination, Direction};
use crate::transform::identity;

/// The resources that all posts of a run share.
pub(super) struct Tools {
    pub(super) client: Client,
    pub(super) recorder: Recorder,
    pub(super) key: HashKey,
    pub(super) clock: SharedClock,
    pub(super) containers: Vec<Arc<Container>>,
    /// The policy that the plan was made with.
    pub(super) policy: Policy,
    /// The users of the organisation.
    pub(super) users: Arc<Users>,
    /// Permits for concurrent uploads.
    pub(super) uploads: Semaphore,
    /// Uploads of messages that Close has not confirmed.
    pub(super) uploaded: UploadedFiles,
    /// The longest text that Close takes.
    pub(super) text_limit: TextLimit,
    /// Set when external ids are known to be unique in the organisation: a second activity with the id of one on
    /// another lead is refused.
    pub(super) ids_are_unique: AtomicBool,
    /// Permits for concurrent posts.
    pub(super) posts: Semaphore,
    /// The trial of moves that delete first.
    pub(super) trial: Trial,
    /// Whether the reason for an operation still holds; `None`: not asked.
    pub(super) recheck: Option<Arc<dyn Recheck>>,
}

/// A message being imported, with every decision about it.
pub(super) struct Job {
    pub(super) message: DesiredMessage,
    pub(super) to: Destination,
    /// The checkpoint record of its chat.
    pub(super) chat: Arc<ChatRecord>,
    /// Its external id in the form written to Close.
    pub(super) written_id: ExternalId,
    /// The external id of the message it replies to, linked or not.
    pub(super) answers: Option<ExternalId>,
    /// The key of that message, where it is in Close.
    pub(super) target: Option<MessageKey>,
    /// Close's id of that message, where it is in Close.
    pub(super) response_to: Option<ActivityId>,
    /// The task.
    pub(super) task: Task,
    /// An earlier run found the message missing in Close and began to restore it.
    pub(super) is_restored: bool,
    /// Set before the intent is recorded: from then on the outcome may be unknown.
    pub(super) sent: Arc<AtomicBool>,
    /// Set when a message that moves was deleted on its previous lead: it is posted as a new one.
    pub(super) is_source_deleted: AtomicBool,
    /// An earlier run recorded that it was about to delete the message on its previous lead, before it posts it.
    pub(super) clearing: Option<Arc<Leftover>>,
    /// The refusal counter of its chat.
    pub(super) refusals: Arc<Refusals>,
}

/// The task for one message.
pub(super) enum Task {
    /// Post it.
    Post,
    /// Post it again if this activity no longer exists.
    Restore(ActivityId),
    /// Post it on this lead and delete it on the previous one.
    Replace(Replacement),
    /// Change it.
    Change(Edit),
}

/// The outcome of a job.
pub(super) enum Outcome {
    /// Created in Close with this activity id.
    Created(ActivityId),
    /// Created in Close with this activity id, and deleted on its previous lead.
    Replaced(ActivityId),
    /// A look-up found it in Close with this activity id.
    Found(ActivityId),
    /// Deleted in Close.
    Deleted,
    /// Close applied the change.
    Updated,
    /// The message to change no longer exists in Close.
    Gone,
    /// Refused permanently; recorded.
    Failed(Failure),
    /// Close does not take the link to the target of the reply: the message is sent again without it. With the code of
    /// the rejection.
    NoTarget(LostLink, Box<str>),
    /// Close takes only shorter texts: the message is sent again with less of its text.
    TooLong,
    /// Close rejects only the external id of a message that moves, as one that another activity has; recorded as
    /// failed, while its operation stays open.
    IdTaken(Failure),
    /// Its chat was stopped before the message was sent.
    ChatClosed,
    /// No response, or one that does not show the outcome; recorded as unknown.
    Unknown(Failure),
    /// Not in Close, and the run must stop.
    Stop(StopReason),
    /// Sent, but the outcome could not be recorded; the run must stop.
    Unrecorded(StopReason),
}

/// Why Close does not take a link to a reply target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LostLink {
    /// The target was removed in Close.
    Removed,
    /// The target is in Close, and the link is rejected nevertheless.
    Rejected,
}

/// The outcome of a job and the events on the way.
pub(super) struct Report {
    pub(super) outcome: Outcome,
    pub(super) uploads: u64,
    pub(super) upload_bytes: u64,
    pub(super) damaged: bool,
    /// Whether Close rejected its link.
    pub(super) unlinked: bool,
    /// The activity id of the message in Close, whatever the outcome of the rest of the operation.
    pub(super) posted_id: Option<ActivityId>,
    /// Whether the message was deleted on its previous lead before it was posted.
    pub(super) is_source_deleted: bool,
}

impl Report {
    /// A report without uploads.
    pub(super) fn of(outcome: Outcome) -> Self {
        Report {
            outcome,
            uploads: 0,
            upload_bytes: 0,
            damaged: false,
            unlinked: false,
            posted_id: None,
            is_source_deleted: false,
        }
    }
}

impl Job {
    /// The key of the message in Close and in the checkpoint.
    pub(super) fn key(&self) -> MessageKey {
        MessageKey::new(&self.message.external_id, &self.to.lead_id)
    }

    /// Whether an operation that has begun already deleted the message on another lead.
    pub(super) fn is_on_way(&self) -> bool {
        self.is_source_deleted.load(Ordering::SeqCst)
    }

    /// The change after which the record of a removed message, now under `key`, has lead and chat of this
    /// job and this time.
    pub(super) fn followed(&self, key: MessageKey, activity_at: i64) -> Change {
        Change::Followed {
            key,
            to: self.to.lead_id.clone(),
            chat: self.chat.handle(),
            activity_at,
        }
    }

    /// The facts to record, as planned.
    pub(super) fn facts(&self, key: &HashKey) -> Facts {
        self.facts_of(key, self.message.markdown.reveal(), usize::MAX)
    }

    /// The facts to record for this text and this number of files.
    pub(super) fn facts_of(&self, key: &HashKey, text: &str, files: usize) -> Facts {
        let message = &self.message;
        let derived = message.external_id.is_derived();
        Facts {
            chat: self.chat.handle(),
            activity_at: message.activity_at.timestamp_millis(),
            body_hash: keyed(key, "body", message.body(text)),
            media_count: u32::try_from(message.files.len().min(files)).unwrap_or(u32::MAX),
            media_bytes: message.files.iter().take(files).map(|file| file.size).sum(),
            // All files count, including those that turn out to be damaged, so that none is tried again.
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

    /// The request that posts the message.
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

    /// Why Close rejects the link to the message that this one replies to ([`lost_link`]).
    pub(super) async fn lost_link(&self, tools: &Tools, failure: &Failure) -> Option<LostLink> {
        let (activity, target) = (self.response_to.as_ref(), self.target.as_ref());
        lost_link(tools, activity, target, failure).await
    }
}

/// Why Close rejects a link; `None` where it rejects something else. A target that was removed is recorded so, so that
/// no later run asks for the link again.
pub(super) async fn lost_link(
    tools: &Tools,
    response_to: Option<&ActivityId>,
    target: Option<&MessageKey>,
    failure: &Failure,
) -> Option<LostLink> {
    let activity = response_to?;
    if !failure.concerns_field("response_to_id") {
        return None;
    }
    match (tools.client.get_message(activity).await, target) {
        (Ok(None), Some(key)) => {
            let gone = Change::Gone { key: key.clone() };
            let recorded = tools.recorder.record(gone).await;
            recorded.is_ok().then_some(LostLink::Removed)
        }
        (Ok(None), None) => Some(LostLink::Removed),
        (Ok(Some(_)), _) => Some(LostLink::Rejected),
        (Err(_), _) => None,
    }
}
