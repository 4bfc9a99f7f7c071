//! The recorded facts about a message and a chat.
//!
//! In scope: the values that [`super::Change`] carries. None of them has a shape that could hold text, a
//! name or a phone number.

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::error::Error;
use super::hash::Hash;
use super::key::{close_id, external_id, zone_name};
use crate::ids::{ContactId, ExternalId, LeadId};

/// The facts about a message when it was sent or adopted. A later attempt replaces them, since an
/// earlier unsuccessful one left nothing in Close.
///
/// `None` means unknown. An exact instant is kept, and so are class, precision, edit, deletion and author
/// once known; `content` changes with the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The hash of the chat's key, recorded by [`super::Change::Chat`] before.
    pub chat: Hash,
    /// `activity_at` in Unix milliseconds.
    pub activity_at: i64,
    /// The keyed hash of the text as Close displays it.
    pub body_hash: Hash,
    /// The number of attachments.
    pub media_count: u32,
    /// Their total size in bytes.
    pub media_bytes: u64,
    /// The keyed hash of the sizes and CRCs of the files.
    pub media_hash: Option<Hash>,
    /// The keyed hash of contact, user and numbers.
    pub people_hash: Option<Hash>,
    /// The external id of the message that this one replies to, linked or not.
    pub response_to: Option<ExternalId>,
    /// 0: a native id; n: an id derived by version n of the derivation.
    pub identity: u16,
    /// Whether the phone's owner sent it.
    pub outgoing: bool,
    /// Whether the message is a file, or the placeholder line of one.
    pub media: bool,
    /// The keyed hash of the canonical body: equal content, equal hash.
    pub content: Option<Hash>,
    /// The class of the message.
    pub class: Option<Class>,
    /// Its sender edited it.
    pub edited: Option<bool>,
    /// Its sender deleted it, even if an older archive has its text.
    pub deleted: Option<bool>,
    /// `activity_at` comes from a source that records instants.
    pub exact: Option<bool>,
    /// `activity_at` has seconds.
    pub seconds: Option<bool>,
    /// In groups: the keyed hash of the author.
    pub author: Option<Hash>,
    /// The digest of the archive with the text, recorded by [`super::Change::Archive`] for this chat
    /// before.
    pub source: Option<Hash>,
    /// Its files in order; empty: none or unknown, which keeps the recorded ones.
    pub files: Vec<FileFact>,
}

impl Facts {
    pub(super) fn check(&self) -> Result<(), Error> {
        self.response_to
            .iter()
            .try_for_each(|id| external_id("response_to", id))
    }
}

/// What is recorded of one file of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    /// The keyed hash of the file's size and CRC-32.
    pub hash: Hash,
    /// The file's size in bytes.
    pub size: u64,
}

/// The parts of a message that a change replaced in Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentParts {
    /// The text.
    pub text: bool,
    /// The files.
    pub files: bool,
    /// Contact, user and numbers.
    pub people: bool,
    /// The link to the message that it replies to.
    pub link: bool,
}

/// What is recorded of a chat: its key, destination and zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatFacts {
    /// The keyed hash of the chat's key: its identity in the file, whatever the chat's name in a later
    /// export.
    pub chat: Hash,
    /// Keyed hashes of its number pairs and of its names by device; added to the recorded ones, which are
    /// never deleted. Empty for a group.
    pub pairs: Vec<Hash>,
    /// The lead in Close; replaces the recorded one.
    pub lead_id: LeadId,
    /// The contact in Close; replaces the recorded one, `None` keeps it.
    pub contact_id: Option<ContactId>,
    /// The time zone in which its times were read (`Europe/Berlin`); replaces the recorded one, `None`
    /// keeps
    /// it.
    pub zone: Option<Box<str>>,
}

impl ChatFacts {
    pub(super) fn check(&self) -> Result<(), Error> {
        close_id("lead_id", self.lead_id.as_str())?;
        self.contact_id
            .iter()
            .try_for_each(|id| close_id("contact_id", id.as_str()))?;
        self.zone.iter().try_for_each(|zone| zone_name(zone))
    }
}
