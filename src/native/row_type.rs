//! What a row of a message table is, by its type number; each platform has its own table of numbers.
//!
//! Belongs here: the types, and what becomes of each: the kind of the message, or how the row is counted if there is no
//! message in it. Never here: the numbers of a platform ([`super::android`], [`super::apple`]) and columns.

use std::collections::{BTreeMap, HashMap};

use super::NativeMessage;
use super::normalize::has_visible_text;
use crate::chat::{Kind, MediaKind};

/// Label of rows whose chat the database does not contain.
pub(super) const CHAT_GONE: &str = "of chats that are gone from the database";

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowType {
    Text,
    File(MediaKind),
    /// A file that can be opened once. It is never attached.
    ViewOnce(MediaKind),
    Contact,
    Location,
    LiveLocation,
    Poll,
    Event,
    /// A business message made from a template.
    Template,
    /// A list or buttons to choose from.
    List,
    /// What was chosen from a template, from a list or from buttons; its text is that of the choice.
    Choice,
    Order,
    Product,
    /// An invitation to a group.
    Invite,
    /// A reply whose file, if it has one, determines its kind.
    Reply,
    Deleted,
    Call,
    /// A notice by WhatsApp, or a setting that it records.
    Notice,
    /// A message that the phone had not yet decrypted.
    Waiting,
    /// The container of pictures that have rows of their own.
    Album,
    /// A vote in a poll, or another addition to a message.
    Vote,
    /// A number that the table does not contain.
    Unknown,
}

impl RowType {
    /// The kind of the message, and that of its file if it always has one.
    pub(super) fn kind(self) -> (Kind, Option<MediaKind>) {
        match self {
            RowType::Text
            | RowType::Template
            | RowType::List
            | RowType::Choice
            | RowType::Order
            | RowType::Product
            | RowType::Invite
            | RowType::Reply
            | RowType::Unknown => (Kind::Text, None),
            RowType::File(media) => (Kind::Media, Some(media)),
            RowType::ViewOnce(media) => (Kind::ViewOnce, Some(media)),
            RowType::Contact => (Kind::Contact, None),
            RowType::Location => (Kind::Location, None),
            RowType::LiveLocation => (Kind::LiveLocation, None),
            RowType::Poll => (Kind::Poll, None),
            RowType::Event => (Kind::Event, None),
            RowType::Deleted => (Kind::Deleted, None),
            RowType::Call => (Kind::Call, None),
            RowType::Notice | RowType::Album | RowType::Vote => (Kind::System, None),
            RowType::Waiting => (Kind::Waiting, None),
        }
    }

    /// Whether a row of this type may have a file although the type does not determine its kind.
    pub(super) fn may_have_file(self) -> bool {
        self != RowType::Text && self.kind().0 == Kind::Text
    }

    /// Whether the row only belongs to other messages, so that it is never posted, whatever the settings.
    pub(super) fn is_auxiliary(self) -> bool {
        matches!(self, RowType::Album | RowType::Vote)
    }

    /// Whether a message of this type is kept: one of an unknown type needs a text or a file.
    pub(super) fn keeps(self, message: &NativeMessage) -> bool {
        self != RowType::Unknown
            || has_visible_text(&message.text)
            || !message.files.is_empty()
            || message.omitted.is_some()
            || message.kind == Kind::MediaOmitted
    }
}

/// Rows that are not in any chat of the result, by name.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    by_label: HashMap<&'static str, u64>,
    unknown_types: BTreeMap<i64, u64>,
}

impl LeftOut {
    /// Counts rows; labels continue "left out: 3 ".
    pub(super) fn add(&mut self, label: &'static str, rows: u64) {
        if rows > 0 {
            *self.by_label.entry(label).or_default() += rows;
        }
    }

    /// Counts a row of an unknown type without text and file.
    pub(super) fn add_unknown(&mut self, number: i64) {
        *self.unknown_types.entry(number).or_default() += 1;
    }

    /// The counts: those by label, and those of unknown types by their number.
    pub(super) fn into_counts(self) -> (HashMap<&'static str, u64>, BTreeMap<i64, u64>) {
        (self.by_label, self.unknown_types)
    }
}
