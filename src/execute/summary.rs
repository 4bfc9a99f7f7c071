//! The numbers of a run, which add up: every operation ends done, failed, unknown or not reached
//! (contract.md, "Words").

use crate::ids::{ExternalId, LeadId};
use crate::stop_reason::StopReason;
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

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Everything in the plan was seen to.
    Complete,
    /// It stopped before the end.
    Stopped(StopReason),
}

/// The numbers of a run.
#[derive(Debug)]
pub struct Summary {
    /// How it ended.
    pub ended: Ended,
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
    /// An empty summary of a plan that asks for `planned` operations, `follow_ups` of them on messages
    /// that the archives do not hold any more.
    pub(super) fn new(planned: u64, follow_ups: u64) -> Self {
        Summary {
            ended: Ended::Complete,
            planned,
            follow_ups,
            replaced: 0,
            deleted: 0,
            created: 0,
            updated: 0,
            gone: 0,
            found: 0,
            failed: Vec::new(),
            unknown: 0,
            held: Vec::new(),
            not_reached: 0,
            adopted: 0,
            uploads: 0,
            upload_bytes: 0,
            damaged: Vec::new(),
            copies: Vec::new(),
            unlinked: 0,
            stopped_chats: Vec::new(),
        }
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
