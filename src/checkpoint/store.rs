//! The interface of a checkpoint: what the survey reads, and what the executor reads and records.
//!
//! Two implementations: [`Checkpoint`], a SQLite file, and an in-memory one for tests. A property test
//! (`tests/model.rs`) compares them. Never here: how either keeps its state, and reports that only one command reads
//! ([`Snapshot`]).

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::archives::{ArchiveRow, InputDigest};
use super::change::Change;
use super::error::Error;
use super::hash::{Hash, HashKey};
use super::ids::{ChatId, RunId};
use super::open::Checkpoint;
use super::operations::OperationRow;
use super::rows::{ChatRow, DoneAs, MessageRow, RunRow, Standing, Unsettled};
use super::snapshot::Snapshot;
use super::states::State;
use crate::ids::{ContactId, ExternalId, LeadId, UserId};
use crate::organization::Facts;

/// A checkpoint that is open for a run.
///
/// Every implementation keeps these promises; a run that relies on one that does not loses or duplicates messages:
///
/// - A recording returns `Ok` only when all its changes are durable and every later read sees them. It applies all of
///   them in their order, or none. Concurrent callers do not affect each other.
/// - Each change of a message is a transition of the table of [`next`](super::next); any other is refused with
///   [`Error::IllegalTransition`]. Each step of an operation is one of the table of [`next_step`](super::next_step); any
///   other is refused with [`Error::IllegalStep`].
/// - A key (external id, lead) has at most one row.
/// - An intent of a run that has ended is [`State::Unknown`] to the next run.
/// - No text, name or number is kept: only what a [`Change`] can carry.
pub trait Store: Send + Sync {
    /// What is recorded so far.
    fn reader(&self) -> &dyn ReadStore;

    /// A handle that records changes; each worker has its own.
    fn recorder(&self) -> Recorder;
}

/// What is recorded, for reading. Each call sees everything that was recorded before it.
///
/// Every method fails only if the checkpoint cannot be read ([`Error::Damaged`], [`Error::Sqlite`]).
pub trait ReadStore: Send + Sync {
    /// The key of all hashes.
    fn key(&self) -> HashKey;

    /// The chat with this keyed hash of its key; `None` if it is not recorded.
    fn chat(&self, chat: &Hash) -> Result<Option<ChatRow>, Error>;

    /// The chats recorded with this contact, the oldest first.
    fn chats_by_contact(&self, contact_id: &ContactId) -> Result<Vec<ChatRow>, Error>;

    /// All chats, the oldest first.
    fn all_chats(&self) -> Result<Vec<ChatRow>, Error>;

    /// Passes each message of a chat to `row`, on all leads that the chat was on, in the order of first recording.
    /// `row` must not read records.
    fn each_message_of(&self, chat: ChatId, row: &mut dyn FnMut(MessageRow)) -> Result<(), Error>;

    /// Passes external id, state and `activity_at` (Unix milliseconds) of each message of a chat to `take`, in the order
    /// of first recording. `take` must not read records.
    fn each_id_of(&self, chat: ChatId, take: &mut dyn FnMut(&str, State, i64))
    -> Result<(), Error>;

    /// The number of recorded messages of a chat, in any state.
    fn messages_in(&self, chat: ChatId) -> Result<u64, Error>;

    /// The message with this external id on this lead; `None` if it is not recorded.
    fn lookup(
        &self,
        external_id: &ExternalId,
        lead_id: &LeadId,
    ) -> Result<Option<MessageRow>, Error>;

    /// Alternate ids of messages of a chat, each with the external id of the record. An id of several records is
    /// omitted.
    fn aliases_of(&self, chat: ChatId) -> Result<HashMap<ExternalId, ExternalId>, Error>;

    /// The messages in Close, on any lead, with this external or alternate id.
    fn done_as(&self, id: &ExternalId) -> Result<Vec<DoneAs>, Error>;

    /// The number of messages by state.
    fn standing(&self) -> Result<Standing, Error>;

    /// The messages whose outcome is unknown, in the order of first recording.
    fn unsettled(&self) -> Result<Vec<Unsettled>, Error>;

    /// Whether a chat is recorded on this lead.
    fn knows_lead(&self, lead_id: &LeadId) -> Result<bool, Error>;

    /// The lead into which an earlier run found this one merged; `None` if no run did.
    fn merged_into(&self, lead_id: &LeadId) -> Result<Option<LeadId>, Error>;

    /// The archives of a chat, the first recorded first.
    fn archives_of(&self, chat: ChatId) -> Result<Vec<ArchiveRow>, Error>;

    /// The archives of all chats with this digest.
    fn archives_by_digest(&self, digest: &Hash) -> Result<Vec<ArchiveRow>, Error>;

    /// The inputs of a chat at its last complete import, and the run of that import; `None` if it
    /// was never complete, or a change removed them.
    fn digest_of(&self, chat: ChatId) -> Result<Option<(InputDigest, RunId)>, Error>;

    /// The Close users of the recorded runs.
    fn users_of_runs(&self) -> Result<BTreeSet<UserId>, Error>;

    /// The last import before the current run; `None` if there was none.
    fn last_run(&self) -> Result<Option<RunRow>, Error>;

    /// The last operation that created, or may have created, a lead for the number with this keyed
    /// hash; `None` if none did.
    fn lead_created_for(&self, number: &Hash) -> Result<Option<OperationRow>, Error>;

    /// The facts about the organisation, by name.
    fn facts(&self) -> Result<Facts, Error>;

    /// The unfinished operations, the oldest first.
    fn open_operations(&self) -> Result<Vec<OperationRow>, Error>;

    /// The messages of a chat, as by [`ReadStore::each_message_of`].
    fn messages_of(&self, chat: ChatId) -> Result<Vec<MessageRow>, Error> {
        let mut rows = Vec::new();
        self.each_message_of(chat, &mut |row| rows.push(row))?;
        Ok(rows)
    }
}

/// The result of a recording, once it is durable.
pub(super) type Recording<'r> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'r>>;

/// Records changes durably, all or none; see [`Recorder::record_all`].
pub(super) trait Record: fmt::Debug + Send + Sync {
    fn record(&self, changes: Vec<Change>) -> Recording<'_>;
}

/// Records changes; cheap to clone, one for each worker.
#[derive(Debug, Clone)]
pub struct Recorder(Arc<dyn Record>);

impl Recorder {
    pub(super) fn new(record: Arc<dyn Record>) -> Recorder {
        Recorder(record)
    }

    /// Records one change; returns once it is durable.
    ///
    /// If the future is dropped while it waits, the change may still be recorded.
    ///
    /// # Errors
    /// [`Error::IllegalTransition`], [`Error::IllegalStep`], [`Error::Malformed`] and [`Error::NoChat`] are bugs of the
    /// caller: nothing of the change was recorded, changes of other callers were; the run must stop.
    /// [`Error::Full`], [`Error::ReadOnly`], [`Error::Damaged`], [`Error::Sqlite`]: nothing was
    /// recorded, and the step that depends on it must not be taken. [`Error::Closed`] after the
    /// checkpoint is closed.
    pub async fn record(&self, change: Change) -> Result<(), Error> {
        self.record_all(vec![change]).await
    }

    /// Records changes in order, all or none; returns once they are durable.
    ///
    /// # Errors
    /// As [`Recorder::record`], for the first change that is rejected.
    pub async fn record_all(&self, changes: Vec<Change>) -> Result<(), Error> {
        match changes.is_empty() {
            true => Ok(()),
            false => self.0.record(changes).await,
        }
    }
}

impl Store for Checkpoint {
    fn reader(&self) -> &dyn ReadStore {
        Checkpoint::reader(self)
    }

    fn recorder(&self) -> Recorder {
        Checkpoint::recorder(self)
    }
}

impl ReadStore for Snapshot {
    fn key(&self) -> HashKey {
        self.key()
    }

    fn chat(&self, chat: &Hash) -> Result<Option<ChatRow>, Error> {
        self.chat(chat)
    }

    fn chats_by_contact(&self, contact_id: &ContactId) -> Result<Vec<ChatRow>, Error> {
        self.chats_by_contact(contact_id)
    }

    fn all_chats(&self) -> Result<Vec<ChatRow>, Error> {
        self.all_chats()
    }

    fn each_message_of(&self, chat: ChatId, row: &mut dyn FnMut(MessageRow)) -> Result<(), Error> {
        self.each_message_of(chat, row)
    }

    fn each_id_of(
        &self,
        chat: ChatId,
        take: &mut dyn FnMut(&str, State, i64),
    ) -> Result<(), Error> {
        self.each_id_of(chat, take)
    }

    fn messages_in(&self, chat: ChatId) -> Result<u64, Error> {
        self.messages_in(chat)
    }

    fn lookup(
        &self,
        external_id: &ExternalId,
        lead_id: &LeadId,
    ) -> Result<Option<MessageRow>, Error> {
        self.lookup(external_id, lead_id)
    }

    fn aliases_of(&self, chat: ChatId) -> Result<HashMap<ExternalId, ExternalId>, Error> {
        self.aliases_of(chat)
    }

    fn done_as(&self, id: &ExternalId) -> Result<Vec<DoneAs>, Error> {
        self.done_as(id)
    }

    fn standing(&self) -> Result<Standing, Error> {
        self.standing()
    }

    fn unsettled(&self) -> Result<Vec<Unsettled>, Error> {
        self.unsettled()
    }

    fn knows_lead(&self, lead_id: &LeadId) -> Result<bool, Error> {
        self.knows_lead(lead_id)
    }

    fn merged_into(&self, lead_id: &LeadId) -> Result<Option<LeadId>, Error> {
        self.merged_into(lead_id)
    }

    fn archives_of(&self, chat: ChatId) -> Result<Vec<ArchiveRow>, Error> {
        self.archives_of(chat)
    }

    fn archives_by_digest(&self, digest: &Hash) -> Result<Vec<ArchiveRow>, Error> {
        self.archives_by_digest(digest)
    }

    fn digest_of(&self, chat: ChatId) -> Result<Option<(InputDigest, RunId)>, Error> {
        self.digest_of(chat)
    }

    fn users_of_runs(&self) -> Result<BTreeSet<UserId>, Error> {
        self.users_of_runs()
    }

    fn last_run(&self) -> Result<Option<RunRow>, Error> {
        self.last_run()
    }

    fn lead_created_for(&self, number: &Hash) -> Result<Option<OperationRow>, Error> {
        self.lead_created_for(number)
    }

    fn facts(&self) -> Result<Facts, Error> {
        self.facts()
    }

    fn open_operations(&self) -> Result<Vec<OperationRow>, Error> {
        self.open_operations()
    }
}
