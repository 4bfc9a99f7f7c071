//! What every source yields: a chat, its participants, its messages.
//!
//! Plain data without behaviour. A [`Chat`] borrows from its transcript, so that a million messages cost
//! their positions and not their text. Time zones, contacts and Close do not belong here, nor reading or
//! printing.

mod format;
mod kind;
mod message;
mod oddity;
mod platform;

use std::borrow::Cow;

use chrono_tz::Tz;

pub use format::{DateOrder, Evidence, Form, Format};
pub use kind::{Kind, MediaKind};
pub use message::{Attachment, Copies, Extra, Message, Quoted};
pub use oddity::{LineCount, Oddity, OddityKind};
pub use platform::{NativePlatform, Platform};

/// The largest transcript, in bytes: 2 GiB, about twenty times a million messages. Positions in a
/// transcript are numbers of 31 bits.
pub const MAX_TRANSCRIPT_BYTES: usize = i32::MAX as usize;

/// One conversation in one archive.
#[derive(Debug, Clone)]
pub struct Chat<'t> {
    /// The program that wrote the archive.
    pub platform: Platform,
    /// The format of the timestamps, and how it was determined.
    pub format: Format,
    /// The senders of at least one message, in order of appearance. [`Message::sender`] is an index into
    /// this list.
    pub participants: Vec<Participant<'t>>,
    /// The messages in file order. Never sorted: file order is the only order that an export has.
    pub messages: Vec<Message<'t>>,
    /// The index of the participant that the archive identifies as the phone's owner ("You deleted
    /// this message"); `None` if it does not.
    pub owner: Option<u32>,
    /// The name in notices that only the phone's owner gets ("You added …"); `None` without such a
    /// notice, or if they have several names. The owner may have written nothing.
    pub named_by_notices: Option<Cow<'t, str>>,
    /// The number of notices that only groups have, such as an added participant.
    pub group_notices: u32,
    /// The lines that may have been misread, in file order.
    pub oddities: Vec<Oddity>,
    /// The numbers of lines of the transcript, by use.
    pub lines: LineCount,
}

impl Chat<'_> {
    /// The number of oddities that may be misread messages: all but the harmless ones
    /// ([`OddityKind::is_harmless`]).
    pub fn odd_lines(&self) -> u32 {
        let odd = self.oddities.iter().filter(|o| !o.kind.is_harmless());
        u32::try_from(odd.count()).unwrap_or(u32::MAX)
    }

    /// Whether the chat is a group: it has notices that only groups have, or more senders than a one-to-one chat
    /// can have.
    ///
    /// A chat with two senders is not treated as a group, even if neither is the known owner: older exports show
    /// an owner under a former profile name, and the chat would be left out silently. Such a chat is held
    /// unless one sender has its name.
    pub fn is_group(&self) -> bool {
        self.group_notices > 0 || self.participants.len() > 2
    }

    /// Whether the export states that it lacks the oldest messages of the chat.
    pub fn is_cut(&self) -> bool {
        let mut odd = self.oddities.iter();
        odd.any(|o| o.kind == OddityKind::EarlierMissing)
    }

    /// Converts each [`Message::local_time`] of a message with an instant to `zone`, that of the
    /// phone. Text exports are already in it and do not change.
    pub fn in_zone(&mut self, zone: Tz) {
        for message in &mut self.messages {
            if let Some(instant) = message.instant() {
                message.local_time = instant.with_timezone(&zone).naive_local();
            }
        }
    }

    /// The evidence for the order of day and month, in words for a person.
    pub fn date_order_evidence(&self) -> String {
        match self.platform.is_native() {
            true => "the archive contains instants".to_owned(),
            false => self.format.evidence.describe(),
        }
    }

    /// The sender of a message of this chat; `None` for a notice.
    pub fn sender_of(&self, message: &Message<'_>) -> Option<&Participant<'_>> {
        message
            .sender
            .and_then(|index| self.participants.get(index as usize))
    }
}

/// A sender in a chat.
#[derive(Debug, Clone)]
pub struct Participant<'t> {
    /// The name or number in the export, without direction marks and without the leading `~ ` of a person
    /// who is not in the address book.
    pub name: Cow<'t, str>,
    /// Whether the export has `~ ` before it: a profile name, chosen by the person.
    pub unsaved: bool,
    /// The number in E.164; `None` if the source has none. A text export has a name or a number,
    /// never both.
    pub number: Option<Cow<'t, str>>,
    /// The number of messages that the participant sent, without notices.
    pub messages: u32,
}
