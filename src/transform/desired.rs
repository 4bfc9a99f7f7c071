//! The desired messages: what should be in Close, by chat.
//!
//! The transformer produces these values, and the plan compares them with the known messages. Out of scope:
//! reading archives, and any state of Close.

mod content;
mod destination;
mod message;
mod note;
mod seen_in;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::age::Age;
use super::decisions::Decisions;
use super::device_zones::DeviceZone;
use super::doubts::Doubt;
use super::evidence::Evidence;
use crate::archive::Container;
use crate::chat::Kind;
use crate::ids::{ExternalId, LeadId};
use crate::packed_vec::PackedVec;
use crate::routing::Rule;

pub use crate::routing::{Decision, Destination, Held};
pub use content::Content;
pub use destination::Between;
pub use message::{Answers, DesiredMessage, Direction, File, OtherIds};
pub use note::Note;
pub use seen_in::SeenIn;

/// A message that its sender deleted and that a rule leaves out. It may have been imported before the
/// deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// WhatsApp's ids of the message.
    pub native_ids: Vec<ExternalId>,
    /// Derived ids under which it may be recorded, as [`OtherIds::by_text`].
    pub by_text: Vec<ExternalId>,
    /// The evidence of its archive, for [`crate::matching`].
    pub evidence: Evidence,
    /// The external id of the message; if another archive still has it, the id of that copy.
    pub external_id: ExternalId,
    /// Whether the contact or the user sent it.
    pub direction: Direction,
    /// The instant of the message.
    pub activity_at: DateTime<Utc>,
    /// The index of its archive, as [`DesiredMessage::archive`].
    pub archive: u32,
    /// The line in that archive, as [`DesiredMessage::line`].
    pub line: u32,
}

/// An archive as a source of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceArchive {
    /// The hash of its transcript, or of the chat's rows in a database. Not keyed, so it is kept in memory
    /// only.
    pub digest: [u8; 16],
    /// When the archive was made.
    pub age: Age,
    /// The zone shift in milliseconds by which its times are later than in the zone of the device.
    pub shift: i64,
}

/// A number that rows of contacts.csv give to several names, whose archives are taken as one chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedNumber {
    /// The number, abbreviated.
    pub number: String,
    /// The names with the lines of their rows.
    pub names: Vec<(String, u32)>,
}

impl SharedNumber {
    /// `"Ben Cooper" and "Cleo"`.
    fn quoted(&self) -> String {
        let names: Vec<String> = self
            .names
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        names.join(" and ")
    }

    /// The names and the number.
    pub fn brief(&self) -> String {
        format!("{} ({})", self.quoted(), self.number)
    }

    /// What was decided, and what to do if it is wrong.
    pub fn describe(&self) -> String {
        let lines: Vec<String> = self
            .names
            .iter()
            .map(|(_, line)| line.to_string())
            .collect();
        format!(
            "{} are one chat, since lines {} of contacts.csv have one phone ({}); if they are several people, correct these \
             lines, else give them one chat_key",
            self.quoted(),
            lines.join(" and "),
            self.number
        )
    }
}

/// A text and the messages after it in its archive whose times go back: they may be lines of the text, which
/// a record from a native archive shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedLines {
    /// The text: index into [`DesiredChat::messages`].
    pub message: u32,
    /// Each message after the text: its index if it is desired, and the hash of the canonical body of the
    /// text with all lines up to and including that message.
    pub following: Vec<(Option<u32>, [u8; 16])>,
}

/// A chat with its desired messages.
#[derive(Debug, Clone)]
pub struct DesiredChat {
    /// The name of the device that it was exported from; the first one if several have it.
    pub device: String,
    /// The chat's name as `inspect` prints it, which is content.
    pub name: String,
    /// The zone in which its times were read.
    pub zone: Tz,
    /// Whether it is a group.
    pub is_group: bool,
    /// Whether it is private, so that its name and texts appear in no output.
    pub private: bool,
    /// The chat's part of its external ids; `None` if its numbers are not known. Contains numbers,
    /// so it is content.
    pub key: Option<Content>,
    /// For a chat that is left out as a whole: the same part, under which it may have been imported
    /// before; else `None`.
    pub imported_as: Option<Content>,
    /// The same part for the chats of the other devices with this contact.
    pub keys_of_colleagues: Vec<Content>,
    /// The same part for the chats of this contact, or of other contacts of its lead, under other numbers
    /// that have rows of their own.
    pub keys_of_other_numbers: Vec<Content>,
    /// The labels of its archives, oldest first.
    pub archives: Vec<String>,
    /// The labels with their folders, in the same order.
    pub paths: Vec<String>,
    /// The archives as sources, in the same order.
    pub sources: Vec<SourceArchive>,
    /// The devices of the archives with their zones, in the same order.
    pub zones: Vec<DeviceZone>,
    /// The names to which contacts.csv gives its number; `None` unless there are several.
    pub shared_number: Option<SharedNumber>,
    /// Whether the chat is ready, held or left out.
    pub standing: Decision,
    /// The number of messages in all its archives.
    pub read: u32,
    /// The number of these that another archive of the chat also has.
    pub seen_again: u32,
    /// The number of distinct messages that each rule leaves out.
    pub left_out: BTreeMap<Rule, u32>,
    /// Archive and line of each message of a ready chat that a rule leaves out.
    pub left_out_places: Vec<(u32, u32, Rule)>,
    /// The number of distinct messages of each kind.
    pub kinds: BTreeMap<Kind, u32>,
    /// The desired messages: those of a ready chat, except those that rules leave out. Reply targets come
    /// before their replies.
    pub messages: PackedVec<DesiredMessage>,
    /// Whether some of `messages` reply to a message outside this chat
    /// ([`DesiredMessage::answers`]).
    pub answers_by_id: bool,
    /// Messages deleted by their senders that a rule leaves out, in order of time.
    pub deleted: Vec<Deleted>,
    /// External ids of the distinct messages that rules leave out, except those deleted by their senders, each with its
    /// rule. A message that was deleted too may have several.
    pub left_out_ids: Vec<(ExternalId, Rule)>,
    /// Texts that may continue in the messages after them.
    pub pasted: Vec<PastedLines>,
    /// If leads were merged: the lead in contacts.csv and those between it and the lead of the chat, each
    /// merged into the next.
    pub merged_from: Vec<LeadId>,
    /// Remarks for the report: the index of the archive, the line, and the remark.
    pub notes: Vec<(u32, u32, Note)>,
    /// The number of messages whose local time occurs twice, read as the first for lack of evidence.
    pub ambiguous_times: u32,
    /// Doubts about its archives: index into [`DesiredChat::archives`], and the doubt.
    pub doubts: Vec<(u32, Doubt)>,
    /// Oddities of its archives that may mean a misread message ([`Chat::odd_lines`]).
    ///
    /// [`Chat::odd_lines`]: crate::chat::Chat::odd_lines
    pub odd_lines: u32,
}

impl DesiredChat {
    /// The number of held messages: all distinct messages of a held chat.
    pub fn held(&self) -> u32 {
        match self.standing {
            Decision::Held(_) => self.distinct() - self.left_out.values().sum::<u32>(),
            _ => 0,
        }
    }

    /// The number of distinct messages.
    pub fn distinct(&self) -> u32 {
        self.read - self.seen_again
    }
}

/// Everything that should be in Close, complete when the transformation returns it. Other modules read it, or take it
/// over as a whole.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The chats, ordered by device and name.
    pub chats: Vec<DesiredChat>,
    /// The containers of the files.
    pub containers: Vec<Arc<Container>>,
    /// The decisions of decisions.csv.
    pub decisions: Decisions,
    /// The rows of replies.csv that could not be applied: the line, from 1, and the reason.
    pub unused_replies: Vec<(u32, &'static str)>,
    /// [`DesiredChat::key`] of each one-to-one chat that a row of contacts.csv names, whether it has archives
    /// or not.
    pub rows: Vec<Content>,
}
