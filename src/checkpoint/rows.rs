//! The rows of the file as plain values.
//!
//! Belongs here: what a row contains, and how its words and numbers are read from a column. Never here: a query
//! ([`Snapshot`](super::Snapshot)).

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};

use super::archives::ArchiveId;
use super::class::Class;
use super::hash::Hash;
use super::ids::{ChatId, RunId};
use super::runs::{Counts, NOTHING_SENT, RunOutcome};
use super::states::State;
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId};

/// The origin of a message in Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Sent by a run of this checkpoint, or about to be sent.
    Created = 1,
    /// Found in Close and recorded; `undo` does not delete it.
    Adopted = 2,
    /// Found in Close and created with another user's key: it is never changed or deleted.
    Foreign = 3,
}

impl Origin {
    /// The number stored in the file.
    pub(super) fn number(self) -> i64 {
        self as i64
    }
}

/// A recorded chat: its key, destination and zone, without names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRow {
    /// The chat's number in this checkpoint.
    pub id: ChatId,
    /// The keyed hash of the chat's key.
    pub chat: Hash,
    /// The keyed hashes of its number pairs and of its names by device, in byte order; empty for a group.
    pub pairs: Vec<Hash>,
    /// The lead in Close that the chat was last imported to.
    pub lead_id: LeadId,
    /// The contact in Close; `None` if none was recorded.
    pub contact_id: Option<ContactId>,
    /// The time zone in which its times were read; `None` in rows of format 1.
    pub zone: Option<Box<str>>,
}

/// A recorded message. Takes about 270 bytes and its ids; messages of one lead share its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// The message's number in this checkpoint.
    pub id: i64,
    /// The external id of the message; unique with the lead.
    pub external_id: ExternalId,
    /// The lead in Close that the message is on, was on or is to be posted to.
    pub lead_id: LeadId,
    /// The number of the message's chat in this checkpoint.
    pub chat: ChatId,
    /// What is known of the message in Close.
    pub state: State,
    /// How the message came into Close.
    pub origin: Origin,
    /// The activity id in Close; `None` unless the state is [`State::Done`].
    pub activity_id: Option<ActivityId>,
    /// The message's time in Close, `activity_at`, in Unix milliseconds.
    pub activity_at: i64,
    /// The instant with which it was first recorded, in Unix milliseconds: its position in the order,
    /// unaffected by corrections.
    pub first_at: i64,
    /// The keyed hash of the text as Close displays it.
    pub body_hash: Hash,
    /// The number of attachments.
    pub media_count: u32,
    /// Their total size in bytes.
    pub media_bytes: u64,
    /// The keyed hash of the sizes and CRCs of its files; `None` in rows of format 1.
    pub media_hash: Option<Hash>,
    /// The keyed hash of contact, user and numbers; `None` in rows of format 1.
    pub people_hash: Option<Hash>,
    /// Whether a change was about to be sent whose outcome is unknown.
    pub changing: bool,
    /// The external id of the reply target; `None` if it is no reply.
    pub response_to: Option<ExternalId>,
    /// Whether Close links it to that target.
    pub linked: bool,
    /// The code of the rejection; `None` unless the state is [`State::Failed`].
    pub failure: Option<Box<str>>,
    /// The code with which Close rejected its change or deletion; `None` if there is none, or it is
    /// resolved.
    pub refused: Option<Box<str>>,
    /// The number of attempts to send it.
    pub attempts: u32,
    /// 0: a native id; n: an id derived by version n of the derivation.
    pub identity: u16,
    /// The run that last changed it.
    pub run: RunId,
    /// Whether the phone's owner sent it; `None` in rows of formats 1 and 2.
    pub outgoing: Option<bool>,
    /// Whether it is a file, or the placeholder line of one; `None` in rows of formats 1 and 2.
    pub media: Option<bool>,
    /// The keyed hash of the canonical body. `None`, as for all following fields, if it is unknown:
    /// the row has a format before 7, and no later run has filled it in.
    pub content: Option<Hash>,
    /// The coarse kind that matching compares.
    pub class: Option<Class>,
    /// Whether its sender edited it.
    pub edited: Option<bool>,
    /// Whether its sender deleted it, even if an older archive has its text.
    pub deleted: Option<bool>,
    /// Whether `activity_at` comes from a source that records instants.
    pub exact: Option<bool>,
    /// Whether `activity_at` has seconds.
    pub seconds: Option<bool>,
    /// The keyed hash of the author; in groups only.
    pub author: Option<Hash>,
    /// The archive with the message's text.
    pub source: Option<ArchiveId>,
    /// The run that created it in Close, or that recorded it on a person's word that chatferry did;
    /// `None` also for a message that was found there.
    pub created_run: Option<RunId>,
}

/// A message that is in Close: external id, lead and activity id.
pub type DoneAs = (ExternalId, LeadId, ActivityId);

/// A message whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// The message's number in this checkpoint.
    pub id: i64,
    /// The external id of the message.
    pub external_id: ExternalId,
    /// The lead in Close that the message was sent to.
    pub lead_id: LeadId,
    /// Whether this run made the attempt; otherwise the attempt ended before this run began. This
    /// determines
    /// the instant from which a look-up without a result is conclusive.
    pub since_this_run: bool,
}

/// The numbers of messages by state, for `status`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The number of chats with at least one message in Close.
    pub chats: u64,
    /// The number of messages in Close.
    pub done: u64,
    /// The number of messages that Close rejected for good, so that they are not there.
    pub failed: u64,
    /// The number of messages in Close whose change or deletion Close rejected.
    pub refused: u64,
    /// The number of messages whose request has an unknown outcome.
    pub unknown: u64,
    /// The number of messages that were removed in Close.
    pub gone: u64,
}

/// A recorded run: its times, outcome and counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// The run's number in this checkpoint.
    pub id: RunId,
    /// The start of the run, in Unix milliseconds.
    pub started_at: i64,
    /// The version of the program that made the run.
    pub program: Box<str>,
    /// The end of the run in Unix milliseconds, and its outcome; `None`: killed or running.
    pub ended: Option<(i64, RunOutcome)>,
    /// The counts of the run, recorded at its end.
    pub counts: Counts,
}

impl RunRow {
    /// Whether it is an import that ended before it sent anything.
    pub fn sent_nothing(&self) -> bool {
        self.counts.contains_key(NOTHING_SENT)
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<State> {
        let number = value.as_i64()?;
        State::from_number(number).ok_or(FromSqlError::OutOfRange(number))
    }
}

impl FromSql for Origin {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Origin> {
        match value.as_i64()? {
            1 => Ok(Origin::Created),
            2 => Ok(Origin::Adopted),
            3 => Ok(Origin::Foreign),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

impl FromSql for RunOutcome {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<RunOutcome> {
        let word = value.as_str()?;
        RunOutcome::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
            .ok_or(FromSqlError::InvalidType)
    }
}
