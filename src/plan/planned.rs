//! Planned chats: the messages of a chat with their actions, and every other change to what Close has of it.
//!
//! Belongs here: the values that are printed, counted and carried out. Never here: how they are found (`build`).

use serde::{Deserialize, Serialize};

use super::action::Action;
use super::counts::Counts;
use super::record::{Answer, Followed, Record};
use crate::chat::Kind;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::packed_vec::PackedVec;
use crate::transform::desired::{Content, DesiredChat, DesiredMessage, Destination};
use crate::transform::observe::Evidence;

/// A chat with the planned actions for its messages.
#[derive(Debug, Clone)]
pub struct PlannedChat {
    /// The desired chat; its messages have moved to `messages`.
    pub chat: DesiredChat,
    /// The digest of the inputs of its plan; `None` if it was not computed.
    pub inputs: Option<[u8; 32]>,
    /// The destination of the chat; `None` if the chat is held or left out.
    pub destination: Option<Destination>,
    /// Its desired messages in posting order. Reply targets are indexes into this list.
    pub messages: PackedVec<Planned>,
    /// The counts of `messages` by action.
    pub(super) counts: Counts,
    /// The number of recorded messages that no archive has any more; they stay in Close.
    pub kept: u32,
    /// Deletions in Close of messages that their senders deleted.
    pub removals: Vec<Removal>,
    /// Relinks of messages that no archive has any more.
    pub relinks: Vec<Relink>,
    /// Activities to delete that repeat another one of their lead; of a repair only.
    pub copies: Vec<RedundantCopy>,
    /// Messages whose update Close rejected and which need no update any more: indexes into `messages`.
    pub resolved: Vec<u32>,
    /// Messages that were deleted before import and are not recorded yet: indexes into
    /// [`DesiredChat::deleted`].
    pub tombstones: Vec<usize>,
    /// Facts from these archives that records of messages in Close lack.
    pub learned: Vec<Learned>,
    /// Records of removed messages that get the lead, the key or the time that their chat has now.
    pub followed: Vec<Followed>,
    /// Activities, as Close lists them, of messages that their senders deleted after import, to be
    /// recorded; each with its index into [`DesiredChat::deleted`].
    pub adopted_deletions: Vec<(usize, Record)>,
    /// The number of activities of ours on the lead that repeat another one. They stay.
    pub duplicates: u32,
    /// The number of activities of ours on other leads that repeat one on the lead. They stay.
    pub repeated_elsewhere: u32,
    /// External ids of recorded messages that were removed from Close and are not restored.
    pub removed: Vec<ExternalId>,
    /// The number of operations that exist only because this version reads the inputs of the chat's last
    /// complete import differently.
    pub read_differently: u32,
    /// The undecided messages, each with the values for its row in decisions.csv.
    pub questions: Vec<Question>,
    /// The number of messages deleted by their senders whose counterpart in Close could not be determined.
    pub undecided_deletions: u32,
    /// Messages that their senders deleted and that stay on another lead, since no archive has their
    /// content: archive and line of each deletion.
    pub deleted_on_other_leads: Vec<(u32, u32)>,
    /// The number of messages that another integration also created in Close, whatever `existing`
    /// is set to.
    pub existing: u32,
    /// The zone shift in milliseconds by which the archives' times are later than the imported
    /// ones; `None` if there is none.
    pub shift: Option<i64>,
    /// Whether the zone of the device differs from the recorded zone.
    pub zone_corrected: bool,
}

impl PlannedChat {
    /// The numbers of the chat's messages by action.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The number of deletions and relinks, which are not among the operations on messages.
    pub fn follow_ups(&self) -> usize {
        self.removals.len() + self.relinks.len() + self.copies.len()
    }

    /// Whether something is sent for the chat.
    pub fn has_operations(&self) -> bool {
        self.counts.sends() || self.follow_ups() > 0
    }

    /// Updates the counts after a message was changed.
    pub(super) fn recount(&mut self) {
        self.counts = self.messages.with(Counts::of);
    }

    /// The number of messages whose time is corrected.
    pub fn times_to_correct(&self) -> usize {
        // The time of an unsettled message in Close is known only after its look-up; the next run
        // corrects it.
        let unsettled = match self.zone_corrected {
            true => usize::try_from(self.counts.settle).unwrap_or(usize::MAX),
            false => 0,
        };
        self.counts.times + unsettled
    }
}

/// A message with its planned action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Planned {
    /// The message. If nothing is sent for it, its text and files are dropped to save memory.
    pub message: DesiredMessage,
    /// What is planned for it.
    pub action: Action,
    /// For a message that is adopted: whether Close links it to its reply target.
    pub linked: bool,
    /// For a message that is adopted: whether it was created with another user's key.
    pub foreign: bool,
    /// The activity of the message as Close lists it, to be recorded before any other operation on
    /// the message; `None` if it is recorded.
    pub adoption: Option<Box<Adoption>>,
    /// For a message that stays removed: the checkpoint has no record of it, and one is needed once Close's
    /// event log no longer shows the removal.
    pub is_unrecorded: bool,
}

impl Planned {
    /// A message with its action.
    pub(crate) fn new(message: DesiredMessage, action: Action) -> Self {
        Planned {
            message,
            action,
            linked: false,
            foreign: false,
            adoption: None,
            is_unrecorded: false,
        }
    }

    /// A message for which nothing is sent, without its text and files, to save memory.
    pub(super) fn idle(mut message: DesiredMessage, action: Action) -> Self {
        message.markdown = Content::default();
        message.files = Vec::new();
        message.link = None;
        Planned::new(message, action)
    }
}

/// An activity that Close lists and the checkpoint does not record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// The activity, recorded as it was sent except for its text.
    pub record: Record,
    /// The keyed hash of the text that was sent, if a user changed it in Close since; else `None`.
    pub sent_body: Option<[u8; 16]>,
}

/// The deletion of a message that its sender deleted after import (`deleted_since = "delete"`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// The id of the activity that is deleted.
    pub activity_id: ActivityId,
    /// The lead of the activity; `None` for the lead of the chat.
    pub lead_id: Option<LeadId>,
    /// The index of the archive that shows the deletion, as [`DesiredMessage::archive`].
    pub archive: u32,
    /// The line in that archive, from 1.
    pub line: u32,
}

/// An activity to delete, since another one of its lead is the same message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedundantCopy {
    /// The message: index into [`PlannedChat::messages`].
    pub message: u32,
    /// The external id that both have.
    pub external_id: ExternalId,
    /// The activity that is deleted.
    pub activity_id: ActivityId,
    /// The activity that stays.
    pub kept: ActivityId,
    /// What the checkpoint has of the message.
    pub record: CopyRecord,
}

/// What the checkpoint records of a message with several activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyRecord {
    /// It has no record of the message.
    Absent,
    /// It records the activity that stays, or a third one.
    Kept,
    /// It records the activity that is deleted; the one that stays takes its place.
    Deleted {
        /// Whether the one that stays is linked to a reply target.
        linked: bool,
    },
}

/// A recorded reply that no archive has any more and whose link is set again, because its reply target
/// gets a new activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relink {
    /// The reply that is linked again.
    pub answer: Answer,
    /// The reply target: index into [`PlannedChat::messages`].
    pub target: u32,
}

/// Facts from archives about a message that is, or was, in Close and whose record lacks them. They are
/// recorded; nothing is sent to Close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// The lead on which it is recorded; `None` for the lead of the chat.
    pub lead_id: Option<LeadId>,
    /// The kind that the archives give it.
    pub kind: Kind,
    /// Whether its sender edited it.
    pub edited: bool,
    /// The evidence of the archives about content and time.
    pub evidence: Evidence,
}

/// An undecided message, with the values for its row in decisions.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The message: index into [`PlannedChat::messages`].
    pub index: u32,
    /// The external id that identifies it in every later plan; `None` if archive and line do.
    pub id: Option<ExternalId>,
    /// Messages that may be the same one, the likeliest first.
    pub candidates: Vec<Candidate>,
}

/// A message that may be the same as an undecided one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The activity id of a record, or the external id of a message of another archive.
    pub id: String,
    /// The time of the candidate, in Unix milliseconds.
    pub at: i64,
    /// Whether the owner of the device sent it; `None` if not known.
    pub outgoing: Option<bool>,
    /// The archive and line of a message of another archive, as in [`DesiredMessage`]; `None` for a
    /// recorded message.
    pub source: Option<(u32, u32)>,
}
