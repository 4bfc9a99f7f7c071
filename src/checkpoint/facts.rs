//! What is recorded of a message and of a chat.
//!
//! For: the values that [`super::Change`] carries. None of them has a shape that could hold text, a
//! name or a number.

use super::class::Class;
use super::error::Error;
use super::hash::Hash;
use super::key::{close_id, external_id, zone_name};
use crate::ids::{ContactId, ExternalId, LeadId};

/// What a message was when it was sent or adopted; a later attempt replaces it, since nothing was
/// in Close before.
///
/// `None` is not known. An instant that is known to be exact stays, and so does what is known of
/// class, precision, edit, deletion and author; `content` goes with the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The hash of the chat's own key, as recorded by [`super::Change::Chat`] before.
    pub chat: Hash,
    /// `activity_at` in Unix milliseconds.
    pub activity_at: i64,
    /// The keyed hash of what Close shows as the text.
    pub body_hash: Hash,
    /// How many attachments.
    pub media_count: u32,
    /// Their bytes, together.
    pub media_bytes: u64,
    /// The keyed hash of the sizes and CRCs of the files.
    pub media_hash: Option<Hash>,
    /// The keyed hash of contact, user and numbers.
    pub people_hash: Option<Hash>,
    /// The external id of the message answered to, linked or not.
    pub response_to: Option<ExternalId>,
    /// 0: a native id; n: derived by version n (design.md, "External ids").
    pub identity: u16,
    /// Sent by the phone's owner.
    pub outgoing: bool,
    /// It is a file, or the line that stands for one.
    pub media: bool,
    /// The keyed hash of the canonical body: equal content, equal hash.
    pub content: Option<Hash>,
    /// What kind of message it is.
    pub class: Option<Class>,
    /// Its sender edited it.
    pub edited: Option<bool>,
    /// Its sender deleted it, whatever an older archive holds of it.
    pub deleted: Option<bool>,
    /// `activity_at` comes from a source that holds instants.
    pub exact: Option<bool>,
    /// `activity_at` has seconds.
    pub seconds: Option<bool>,
    /// In groups: the keyed hash of who wrote it.
    pub author: Option<Hash>,
    /// The digest of the archive that gave the text, as recorded by [`super::Change::Archive`] for
    /// this chat before.
    pub source: Option<Hash>,
    /// Its files in their order; empty: none, or not known, which leaves what is recorded.
    pub files: Vec<FileFact>,
}

impl Facts {
    pub(super) fn check(&self) -> Result<(), Error> {
        self.response_to
            .iter()
            .try_for_each(|id| external_id("response_to", id))
    }
}

/// A file of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFact {
    /// The keyed hash of size and CRC.
    pub hash: Hash,
    /// Its bytes.
    pub size: u64,
}

/// Which parts of a message a change replaced in Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentParts {
    /// The text.
    pub text: bool,
    /// The files.
    pub files: bool,
    /// Contact, user and numbers.
    pub people: bool,
    /// The link to what it answers.
    pub link: bool,
}

/// A chat to be recorded, or recorded anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatFacts {
    /// The keyed hash of the chat's own key: the handle under which it stays, whatever the chat
    /// is called in a later export.
    pub chat: Hash,
    /// Keyed hashes of its number pairs and of its names on their devices; added to those known, none
    /// is ever taken away. Empty for a group.
    pub pairs: Vec<Hash>,
    /// Close's lead; replaces the one known.
    pub lead_id: LeadId,
    /// Close's contact; replaces the one known, `None` leaves it.
    pub contact_id: Option<ContactId>,
    /// The zone in which its times were read (`Europe/Berlin`); replaces the one known, `None`
    /// leaves it.
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
