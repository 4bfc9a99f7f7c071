//! The summary of a run, folded from its events. It adds up: every operation ends done, failed, unknown or not reached.
//!
//! Never here: anything that is not in an event.

use super::event::{Event, FollowUpEnd, Found};
use crate::coded::Explanation;
use crate::ids::{ExternalId, LeadId};
use crate::transform::desired::Held;

/// A message that is not in Close, or not as it should be, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedMessage {
    /// The index of the chat in the plan.
    pub chat: usize,
    /// The index of the message in the chat.
    pub message: usize,
    /// The external id of the message.
    pub external_id: ExternalId,
    /// The lead that it is on or goes to.
    pub lead_id: LeadId,
    /// The stable code of the error.
    pub code: String,
    /// The cause and the remedy, without content.
    pub text: Explanation,
}

/// A chat whose check failed: it cannot be imported as it is mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldChat {
    /// The index of the chat in the plan.
    pub chat: usize,
    /// Why the chat is held.
    pub why: Held,
    /// The number of its messages that were to be posted.
    pub messages: u64,
}

/// The numbers of a run, in messages unless stated otherwise, counted from its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether the run stopped before its end.
    pub is_stopped: bool,
    /// The number of operations that the plan contains.
    pub planned: u64,
    /// The number of these on messages that no archive has any more.
    pub follow_ups: u64,
    /// Messages posted in this run.
    pub created: u64,
    /// Messages changed in this run.
    pub updated: u64,
    /// Messages posted on another lead and deleted on the previous one.
    pub replaced: u64,
    /// Messages deleted in Close, since their senders deleted them.
    pub deleted: u64,
    /// Messages to be changed that were removed in Close; nothing is done about them.
    pub gone: u64,
    /// Messages posted by an earlier run, or moved by a lead merge, as a look-up shows.
    pub found: u64,
    /// Messages rejected for good, carried out by none of their attempts, or posted without a
    /// damaged file.
    pub failed: Vec<FailedMessage>,
    /// Operations whose outcome no look-up established.
    pub unknown: u64,
    /// Chats that were held after their check.
    pub held: Vec<HeldChat>,
    /// Operations that were not started, or not sent: of stopped chats, or after the run stopped.
    pub not_reached: u64,
    /// Messages that were recorded as already in Close.
    pub adopted: u64,
    /// The number of files that were uploaded.
    pub uploads: u64,
    /// The total size of these files, in bytes.
    pub upload_bytes: u64,
    /// Messages of which Close has several copies: indexes of chat and message, and the number of
    /// copies.
    pub copies: Vec<(usize, usize, usize)>,
    /// Messages posted without a link, because the message that they reply to is not in Close.
    pub unlinked: u64,
    /// Chats that were stopped: the index of the chat, and the code of the rejections.
    pub stopped_chats: Vec<(usize, String)>,
}

impl Summary {
    /// The summary of a run with these events.
    pub fn of(events: &[Event]) -> Summary {
        let mut summary = Summary::default();
        events.iter().for_each(|event| summary.apply(event));
        summary
    }

    /// Adds an event of the run.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Planned {
                operations,
                follow_ups,
            } => {
                self.planned += operations;
                self.follow_ups += follow_ups;
            }
            Event::ChatHeld {
                chat,
                why,
                messages,
            } => self.held.push(HeldChat {
                chat: *chat,
                why: why.clone(),
                messages: *messages,
            }),
            Event::ChatStopped { chat, code } => self.stopped_chats.push((*chat, code.clone())),
            Event::Adopted { count, .. } => self.adopted += *count as u64,
            Event::Uploaded { files, bytes } => {
                self.uploads += files;
                self.upload_bytes += bytes;
            }
            Event::Unlinked { .. } => self.unlinked += 1,
            Event::Created { .. } => self.created += 1,
            Event::Replaced { .. } => self.replaced += 1,
            Event::Deleted { .. } => self.deleted += 1,
            Event::Updated { .. } => self.updated += 1,
            Event::Gone { .. } => self.gone += 1,
            Event::Found {
                chat,
                message,
                copies,
                found,
            } => {
                if *copies > 1 {
                    self.copies.push((*chat, *message, *copies));
                }
                match found {
                    Found::Earlier => self.found += 1,
                    Found::Created => self.created += 1,
                    Found::Begun => {}
                }
            }
            Event::Failed(message) => self.failed.push(message.clone()),
            Event::FollowUpEnded(end) => self.end_follow_up(end),
            Event::NotReached { count } => self.not_reached += count,
            Event::Stopping => self.is_stopped = true,
            Event::Ended {
                unknown,
                is_stopped,
            } => {
                self.unknown = *unknown;
                self.is_stopped = *is_stopped;
                self.sort();
            }
            Event::ChatChecked { .. }
            | Event::Unknown { .. }
            | Event::Settling { .. }
            | Event::Outage
            | Event::Back => {}
        }
    }

    fn end_follow_up(&mut self, end: &FollowUpEnd) {
        match end {
            FollowUpEnd::Replaced => self.replaced += 1,
            FollowUpEnd::Found => self.found += 1,
            FollowUpEnd::Updated => self.updated += 1,
            FollowUpEnd::Gone => self.gone += 1,
            FollowUpEnd::Failed(message) => self.failed.push(message.clone()),
        }
    }

    /// Puts the lists into the order of the archives, whatever the order of the responses was.
    fn sort(&mut self) {
        let place = |message: &FailedMessage| (message.chat, message.message);
        self.failed.sort_by_key(place);
        self.copies.sort_unstable();
    }

    /// Messages in chats that turned out to be held.
    pub fn held_messages(&self) -> u64 {
        self.held.iter().map(|held| held.messages).sum()
    }

    /// The number of messages with which nothing is left to do: in Close, or not to be there.
    pub fn done(&self) -> u64 {
        self.created + self.updated + self.replaced + self.deleted + self.gone + self.found
    }

    /// Whether every planned operation has ended in exactly one way; false is a bug.
    pub fn adds_up(&self) -> bool {
        let failed = self.failed.len() as u64;
        self.planned
            == self.done() + failed + self.unknown + self.held_messages() + self.not_reached
    }
}
