//! Deletions that an earlier undo began: finished before anything else is read or sent.
//!
//! What is in Close is compared again, since days may have passed: a message that was changed meanwhile stays, and its
//! deletion is given up. The record decides as well: a message that was posted again as another activity keeps its record.

use std::collections::{HashMap, HashSet};

use super::examine::Examiner;
use super::result::KeptWhy;
use super::select::{Message, message_of};
use crate::app::error::Result;
use crate::app::verify::Record;
use crate::checkpoint::{
    ChatId, Checkpoint, Hash, MessageKey, OperationKind, Recorder, RunId, Snapshot, State, Subject,
};
use crate::close::{Client, Failure};
use crate::execute::undo::{self, Undoing, Undone};
use crate::execute::{Limits, Refusals};
use crate::ids::ActivityId;
use crate::policy::Policy;
use crate::stop_reason::stops;

/// The command that erases a person.
pub(super) const FORGET: &str = "forget";

/// How the deletions ended that were begun.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// Messages that were deleted, with their activities.
    pub(crate) deleted: Vec<(MessageKey, ActivityId)>,
    /// Messages that stay.
    pub(crate) kept: Vec<Stays>,
    /// The failure of the first deletion that stays open, of those whose outcome can still change;
    /// `None` if none does.
    pub(crate) unanswered: Option<Failure>,
}

/// A message whose deletion was begun and that stays.
#[derive(Debug)]
pub(crate) struct Stays {
    /// The key of its record.
    pub(crate) key: MessageKey,
    /// The id of its activity in Close.
    pub(crate) activity_id: ActivityId,
    /// Why the deletion is given up or stays open.
    pub(crate) why: KeptWhy,
}

/// Finishes the deletions that an earlier undo began.
///
/// # Errors
///
/// Close cannot be reached; the checkpoint cannot be read or written.
pub(crate) async fn finish_begun(
    checkpoint: &Checkpoint,
    client: &Client,
    policy: &Policy,
) -> Result<Finished> {
    let reader = checkpoint.reader();
    let begun = begun(reader)?;
    if begun.is_empty() {
        return Ok(Finished::default());
    }
    let mut run = Finishing {
        records: records(reader, &begun)?,
        examiner: Examiner::new(client, reader.key(), policy),
        recorder: checkpoint.recorder(),
        chat: None,
        refusals: HashMap::new(),
        finished: Finished::default(),
    };
    for one in begun {
        run.finish(one).await?;
    }
    Ok(run.finished)
}

/// A deletion that was begun.
struct Begun {
    key: MessageKey,
    activity: ActivityId,
    chat: Option<ChatId>,
    /// Its sender is erased: that outweighs a change.
    is_erasure: bool,
}

fn begun(snapshot: &Snapshot) -> Result<Vec<Begun>> {
    let open = snapshot.open_operations()?.into_iter();
    let undone = open.filter(|row| row.operation.kind == OperationKind::Undo);
    let mut erasures: HashMap<RunId, bool> = HashMap::new();
    let mut begun = Vec::new();
    for row in undone {
        let (Subject::Message(key), Some(activity)) = (row.operation.subject, row.source_activity)
        else {
            continue;
        };
        let is_erasure = match erasures.get(&row.created_run) {
            Some(known) => *known,
            None => {
                let facts = snapshot.run_facts(row.created_run)?;
                let command = facts.and_then(|facts| facts.command);
                let is_erasure = command.as_deref() == Some(FORGET);
                erasures.insert(row.created_run, is_erasure);
                is_erasure
            }
        };
        begun.push(Begun {
            key,
            activity,
            chat: row.chat,
            is_erasure,
        });
    }
    Ok(begun)
}

/// The records of the messages, each chat read once.
fn records(snapshot: &Snapshot, begun: &[Begun]) -> Result<HashMap<MessageKey, Message>> {
    let wanted: HashSet<&MessageKey> = begun.iter().map(|one| &one.key).collect();
    let chats: HashSet<ChatId> = begun.iter().filter_map(|one| one.chat).collect();
    let handles: Vec<(ChatId, Hash)> = (snapshot.all_chats()?.into_iter())
        .filter(|chat| chats.contains(&chat.id))
        .map(|chat| (chat.id, chat.chat))
        .collect();
    let mut found = HashMap::new();
    for (chat, handle) in handles {
        Record::each_of(snapshot, chat, |record| {
            let lead = record.row.lead_id.clone();
            let key = MessageKey::new(&record.row.external_id, &lead);
            if wanted.contains(&key) {
                found.insert(key, message_of(&record, lead, (0, handle)));
            }
        })?;
    }
    Ok(found)
}

struct Finishing {
    records: HashMap<MessageKey, Message>,
    examiner: Examiner,
    recorder: Recorder,
    /// The chat of the deletion that is being finished.
    chat: Option<ChatId>,
    /// The consecutive failures of each chat, and the first of them.
    refusals: HashMap<Option<ChatId>, (Refusals, Failure)>,
    finished: Finished,
}

impl Finishing {
    async fn finish(&mut self, begun: Begun) -> Result<()> {
        let Begun {
            key,
            activity,
            chat,
            is_erasure,
        } = begun;
        self.chat = chat;
        // Without its record, as after a merge, or with one of another activity, as after a repair, the operation concerns
        // nothing that is recorded: only it ends.
        let message = self.records.remove(&key);
        let Some(message) = message.filter(|message| is_of(message, &activity)) else {
            return Ok(undo::give_up(&self.recorder, &key).await?);
        };
        if let Some((_, failure)) = (self.refusals.get(&chat)).filter(|(of, _)| of.is_stopped()) {
            self.finished.unanswered.get_or_insert(failure.clone());
            self.keep(key, activity, KeptWhy::ChatStopped);
            return Ok(());
        }
        let seen = match self.examiner.read(&message, &activity).await {
            Ok(seen) => seen,
            Err(failure) => return self.unread(key, activity, failure),
        };
        let undoing = Undoing {
            key: key.clone(),
            chat: message.handle,
            lead: message.lead.clone(),
            activity_id: activity.clone(),
            purges: is_erasure,
        };
        let Some(seen) = seen else {
            return self.absent(undoing).await;
        };
        if !seen.fields.is_empty() && !is_erasure {
            undo::give_up(&self.recorder, &key).await?;
            self.keep(key, activity, KeptWhy::Changed(seen.fields));
            return Ok(());
        }
        let client = &self.examiner.client;
        match undo::finish(client, &self.recorder, &undoing).await? {
            Undone::Deleted | Undone::AlreadyGone => {
                if let Some((of_chat, _)) = self.refusals.get(&chat) {
                    of_chat.accepted();
                }
                self.finished.deleted.push((key, activity));
            }
            Undone::Hidden => self.keep(key, activity, KeptWhy::hidden()),
            Undone::Refused(failure) => {
                self.keep(key, activity, KeptWhy::Refused(failure.reason()));
                self.refused(failure);
            }
            Undone::Unknown(failure) => {
                self.keep(key, activity, KeptWhy::Unknown(failure.reason()));
                self.finished.unanswered.get_or_insert(failure.clone());
                self.refused(failure);
            }
        }
        Ok(())
    }

    /// Close does not have the message. That is proof of its deletion only where the key sees the lead.
    async fn absent(&mut self, undoing: Undoing) -> Result<()> {
        let (key, activity) = (undoing.key.clone(), undoing.activity_id.clone());
        let client = &self.examiner.client;
        match client.shows_lead(&undoing.lead).await {
            Ok(true) => {
                undo::record_deleted(client, &self.recorder, &undoing).await?;
                self.finished.deleted.push((key, activity));
            }
            Ok(false) => self.keep(key, activity, KeptWhy::hidden()),
            Err(failure) => return self.unread(key, activity, failure),
        }
        Ok(())
    }

    /// The message could not be read: its deletion stays open.
    fn unread(&mut self, key: MessageKey, activity: ActivityId, failure: Failure) -> Result<()> {
        if let Some(reason) = stops(&failure) {
            return Err(reason.into());
        }
        self.keep(key, activity, KeptWhy::NotRead(failure.reason()));
        self.finished.unanswered.get_or_insert(failure.clone());
        self.refused(failure);
        Ok(())
    }

    /// After equal failures of one message after the other, the rest of a chat is not tried.
    fn refused(&mut self, failure: Failure) {
        let new = || (Refusals::new(Limits::REFUSALS), failure.clone());
        let (of_chat, _) = self.refusals.entry(self.chat).or_insert_with(new);
        of_chat.refused(&failure);
    }

    fn keep(&mut self, key: MessageKey, activity_id: ActivityId, why: KeptWhy) {
        self.finished.kept.push(Stays {
            key,
            activity_id,
            why,
        });
    }
}

/// Whether a record is one of this activity: in Close, or removed there after its deletion had begun.
fn is_of(message: &Message, activity: &ActivityId) -> bool {
    match message.state {
        State::Done => message.activity_id.as_ref() == Some(activity),
        State::Gone => true,
        State::Intent | State::Unknown | State::Failed | State::Absent => false,
    }
}
