//! What a trace of the transformation records: the copies of a message, why they are one message, and what its id is made
//! of.
//!
//! Values only; they are filled in by `traced`. A traced message contains content: names and numbers. Never here: what a plan
//! does with a message, or text for output.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::desired::Direction;
use crate::chat::Message;
use crate::ids::ExternalId;
use crate::phone::Phone;
use crate::routing::Rule;

/// The messages to trace: at one of these lines, or with an id that begins with `id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Archives and lines, as reports print them; a line may be any line of the message.
    pub lines: Vec<(String, u32)>,
    /// The beginning of an external or native id; `None` if lines are given only.
    pub id: Option<String>,
}

/// Records what the transformation does with the messages to trace.
#[derive(Debug, Default)]
pub struct Trace {
    wanted: Wanted,
    found: Mutex<Vec<Traced>>,
}

/// A traced message of a chat that is imported, with how its id and copies came about.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The id that the archives give it; the checkpoint may record it under another one.
    pub external_id: ExternalId,
    /// The ids of WhatsApp under which archives know it.
    pub native_ids: Vec<ExternalId>,
    /// Its copies, the one that gives the text first.
    pub copies: Vec<TracedCopy>,
    /// The rule that leaves the message out; `None` if none does.
    pub rule: Option<Rule>,
    /// Whether the contact or the user sent it.
    pub direction: Direction,
    /// The instant of the message.
    pub activity_at: DateTime<Utc>,
    /// Whether the time is an instant that an archive contains.
    pub is_exact: bool,
    /// The participant who sent it; `None` for a notice.
    pub sender: Option<TracedSender>,
    /// The fields of its derived id; `None` if it has an id of WhatsApp.
    pub ingredients: Option<Ingredients>,
    /// The evidence does not show whether another archive has it under another id.
    pub is_ambiguous: bool,
}

/// A copy of a message in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedCopy {
    /// The archive's path as it is printed.
    pub path: String,
    /// The line of its header, or its position in a native archive.
    pub line: u32,
    /// How it was recognised as the same message; `None` for the one that gives the text.
    pub pairing: Option<CopyPairing>,
}

/// The evidence for a pairing of two copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyPairing {
    /// What the two copies have in common.
    pub by: PairedBy,
    /// How much later the copy is than the known one, in milliseconds.
    pub difference_ms: i64,
}

/// What two copies of a message have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairedBy {
    /// An id of WhatsApp.
    Id,
    /// The canonical body, direction and time.
    Content,
    /// The position between paired neighbours, where content may differ: edits, deletions, files.
    Position,
}

impl PairedBy {
    /// Its word in output.
    pub fn word(self) -> &'static str {
        match self {
            PairedBy::Id => "id",
            PairedBy::Content => "content",
            PairedBy::Position => "position",
        }
    }
}

/// The participant of a message.
#[derive(Debug, Clone)]
pub struct TracedSender {
    /// The name in the archive.
    pub name: String,
    /// Whether it is an owner.
    pub is_owner: bool,
    /// Whether the participant's messages are left out.
    pub is_ignored: bool,
    /// The number by which ids identify the participant; `None`: by the name.
    pub number: Option<Phone>,
}

/// The fields of a derived id ([`super::identity`]).
#[derive(Debug, Clone)]
pub struct Ingredients {
    /// The numbers of the owner and the contact; `None` for a group.
    pub numbers: Option<(Phone, Phone)>,
    /// The key of the group; `None` for a one-to-one chat.
    pub group_key: Option<String>,
    /// The number of the sender; `None` for a notice, or a participant who is identified by name.
    pub sender: Option<Phone>,
    /// Whether the sender is identified by name.
    pub is_named: bool,
    /// The Unix time in whole minutes.
    pub minute: i64,
    /// The first word of the canonical body, which states its class.
    pub class: String,
    /// The ordinal among messages with equal fields; `None` if it was not found.
    pub ordinal: Option<u32>,
    /// The copy that they are taken from: the archive's path and the line.
    pub origin: (String, u32),
}

/// Two copies of one message: archive and line of each, and the evidence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) one: (u32, u32),
    pub(super) other: (u32, u32),
    pub(super) pairing: CopyPairing,
}

impl Trace {
    /// A trace of these messages.
    pub fn new(wanted: Wanted) -> Trace {
        Trace {
            wanted,
            found: Mutex::default(),
        }
    }

    /// Passes what was traced so far to `look`.
    pub fn with_found<R>(&self, look: impl FnOnce(&[Traced]) -> R) -> R {
        look(&self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the messages that were traced.
    pub fn into_found(self) -> Vec<Traced> {
        (self.found.into_inner()).unwrap_or_else(PoisonError::into_inner)
    }

    /// The wanted messages.
    pub(super) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Adds messages that were found.
    pub(super) fn add(&self, mut found: Vec<Traced>) {
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        all.append(&mut found);
    }
}

/// The message that has this line: in a native archive the record at this position, else the
/// message whose header is the last one up to it. `None` if the line precedes all of them.
pub fn message_at<'m, 't>(
    messages: &'m [Message<'t>],
    line: u32,
    is_native: bool,
) -> Option<&'m Message<'t>> {
    match is_native {
        true => messages.iter().find(|message| message.line == line),
        false => {
            let next = messages.partition_point(|message| message.line <= line);
            messages.get(next.checked_sub(1)?)
        }
    }
}
