//! A record: one message that is, or was, in Close, as the checkpoint describes it.
//!
//! Belongs here: state, times and keyed hashes. Never here: content of a message.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::unrecorded::ListedPeople;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::matching::Class;

/// A message that is, or was, in Close, as the checkpoint records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// The activity id under which it is recorded.
    pub activity_id: ActivityId,
    /// The lead on which it is recorded; `None` for the lead of the chat.
    pub lead_id: Option<LeadId>,
    /// The recorded properties of the message.
    pub facts: RecordFacts,
    /// Its contact, user and numbers as Close lists them, if the checkpoint does not record it; else `None`.
    pub listed: Option<Arc<ListedPeople>>,
}

/// The recorded properties of a message: state, times and keyed hashes, no content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFacts {
    /// The time in Close, `activity_at`, in Unix milliseconds.
    pub at: i64,
    /// The time at the first recording, in Unix milliseconds: determines the order among records.
    pub first_at: i64,
    /// The keyed hash of the text.
    pub body: [u8; 16],
    /// The number of files.
    pub files: u32,
    /// The keyed hash of the files' sizes and CRCs; `None` if not known.
    pub media: Option<[u8; 16]>,
    /// The size of its file in bytes; `None` unless it has exactly one, of a known size below 4 GiB.
    pub file_bytes: Option<u32>,
    /// The keyed hash of contact, user and numbers; `None` if not known.
    pub people: Option<[u8; 16]>,
    /// Whether the outcome of an update is unknown: Close may have the recorded values or those
    /// that were sent.
    pub changing: bool,
    /// Whether the owner of the device sent it; `None` if not known.
    pub outgoing: Option<bool>,
    /// Whether it is a file or a placeholder of one; `None` if not known.
    pub is_media: Option<bool>,
    /// Whether Close links it to its reply target.
    pub linked: bool,
    /// Whether it was found in Close and not created by chatferry: it is not deleted.
    pub adopted: bool,
    /// Whether it was created with another user's key: it is never changed.
    pub foreign: bool,
    /// Whether it was removed in Close.
    pub gone: bool,
    /// Whether the outcome of a request to create it is unknown: it may be in Close.
    pub unsettled: bool,
    /// Whether Close rejected an update or a deletion of it, and the rejection is not resolved.
    pub refused: bool,
    /// Whether what Close rejected is its link to its reply target, which is set again only on
    /// request.
    pub link_refused: bool,
    /// Whether some of its files were damaged in their archive and were not uploaded.
    pub damaged: bool,
    /// The keyed hash of the canonical body; `None` if not known.
    pub content: Option<[u8; 16]>,
    /// The coarse kind that matching compares; `None` if not known.
    pub class: Option<Class>,
    /// Whether its sender edited it; `None` if not known.
    pub edited: Option<bool>,
    /// Whether its sender is known to have deleted it.
    pub deleted: bool,
    /// Whether its time comes from a source with instants; `None` if not known.
    pub exact: Option<bool>,
    /// Whether its time has seconds; `None` if not known.
    pub seconds: Option<bool>,
    /// The archive that the text comes from: index into [`super::Known::sources`]; `None` if not
    /// known.
    pub source: Option<u16>,
    /// The run that last changed the record, numbered from 1; 0 if the message is not recorded.
    pub run: u32,
}

/// A recorded reply, whose link may have to be set again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// The activity id of the reply.
    pub activity_id: ActivityId,
    /// The lead that the reply is on.
    pub lead_id: LeadId,
    /// The external id of its reply target.
    pub to: ExternalId,
    /// The time of the reply, in Unix milliseconds.
    pub at: i64,
    /// Whether Close links it to the current activity of the reply target.
    pub linked: bool,
    /// Whether Close rejected an attempt to set that link, and the rejection is not resolved.
    pub refused: bool,
}

/// A message that its sender deleted before it could be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// The time of the message, in Unix milliseconds.
    pub at: i64,
    /// Whether the owner of the device sent it; `None` if not known.
    pub outgoing: Option<bool>,
}

/// Computes the keyed hash of a text, given the kind of text: `body`, `media`, `people` or `content`.
pub type Hasher = dyn Fn(&'static str, &str) -> [u8; 16] + Send + Sync;

/// The keyed hash function of a checkpoint.
#[derive(Clone)]
pub struct Fingerprint(pub Arc<Hasher>);

impl Fingerprint {
    /// The keyed hash of a canonical body, from its unkeyed one.
    pub fn content(&self, body: &[u8; 16]) -> [u8; 16] {
        (self.0)("content", &data_encoding::HEXLOWER.encode(body))
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprint")
    }
}

/// A record of a removed message that is to follow its chat: the lead and the time that the message
/// has by the present tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// The lead on which it is recorded; `None` for the lead of the chat.
    pub lead_id: Option<LeadId>,
    /// The present time of the message, in Unix milliseconds.
    pub activity_at: i64,
}
