//! The summary of a run, folded from its events. It adds up: every operation ends done, failed, unknown or not reached.
//!
//! Never here: anything that is not in an event.

use super::event::{Event, FollowUpEnd, Found};
use crate::ids::{ExternalId, LeadId};
use crate::transform::desired::Held;

/// A message that was refused for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedMessage {
    /// Which chat of the plan.
    pub chat: usize,
    /// Which message of it.
    pub message: usize,
    /// Its external id.
    pub external_id: ExternalId,
    /// The lead that it is on, or goes to.
    pub lead_id: LeadId,
    /// A stable code.
    pub code: String,
    /// What happened and what to do, without content.
    pub text: String,
}

/// A chat that turned out not to be importable as it is mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldChat {
    /// Which chat of the plan.
    pub chat: usize,
    /// Why.
    pub why: Held,
    /// Its messages that were to be posted.
    pub messages: u64,
}

/// The numbers of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether it stopped before its end.
    pub is_stopped: bool,
    /// Operations that the plan asked for.
    pub planned: u64,
    /// Of those, the ones on messages that the archives do not hold any more.
    pub follow_ups: u64,
    /// Posted in this run.
    pub created: u64,
    /// Changed in this run.
    pub updated: u64,
    /// Posted on another lead and taken away where they were.
    pub replaced: u64,
    /// Taken away in Close, since their senders deleted them.
    pub deleted: u64,
    /// To be changed, but no longer in Close; left alone.
    pub gone: u64,
    /// Posted by an earlier run, or moved by a merge, as a look-up showed.
    pub found: u64,
    /// Refused for good.
    pub failed: Vec<FailedMessage>,
    /// Asked about without an answer that decides.
    pub unknown: u64,
    /// In chats that turned out to be held.
    pub held: Vec<HeldChat>,
    /// Never begun, or not sent after all: in stopped chats, or after the run stopped.
    pub not_reached: u64,
    /// Recorded as being in Close already.
    pub adopted: u64,
    /// Files uploaded.
    pub uploads: u64,
    /// Their bytes.
    pub upload_bytes: u64,
    /// Messages that went without a file, whose bytes turned out to be damaged.
    pub damaged: Vec<FailedMessage>,
    /// Messages of which Close holds several copies: chat, message, copies.
    pub copies: Vec<(usize, usize, usize)>,
    /// Messages posted without the link to what they answer, because that is not in Close.
    pub unlinked: u64,
    /// Chats that were stopped: chat and the code of the refusals.
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
            Event::FileDamaged(message) => self.damaged.push(message.clone()),
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
            Event::Ended { unknown } => {
                self.unknown = *unknown;
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
        self.damaged.sort_by_key(place);
        self.copies.sort_unstable();
    }

    /// Messages in chats that turned out to be held.
    pub fn held_messages(&self) -> u64 {
        self.held.iter().map(|held| held.messages).sum()
    }

    /// True when every planned message has ended in exactly one way.
    pub fn adds_up(&self) -> bool {
        let failed = self.failed.len() as u64;
        self.planned
            == self.created
                + self.updated
                + self.replaced
                + self.deleted
                + self.gone
                + self.found
                + failed
                + self.unknown
                + self.held_messages()
                + self.not_reached
    }
}
