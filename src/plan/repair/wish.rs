//! What is to be corrected about one message.

use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::CopyRecord;
use crate::plan::compare::Field;

/// The lead on which a message should be, and its external id.
pub type OnLead = (LeadId, ExternalId);

/// What is to be corrected about one message.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The chat: index into [`Plan::chats`](crate::plan::Plan::chats); `None` if it is in no chat
    /// of the plan.
    pub chat: Option<usize>,
    /// Whether to post it, since Close does not have it.
    pub post: bool,
    /// Whether to move it to its lead, or to record where it is.
    pub elsewhere: bool,
    /// The fields that drifted.
    pub fields: Vec<Field>,
    /// With `fields`: the compared activity; else `None`.
    pub activity_id: Option<ActivityId>,
    /// With `fields`: what the checkpoint records of the message; else `None`.
    pub sent: Option<SentFacts>,
    /// With [`Field::Link`]: the activity to link to; `None` removes the link.
    pub link: Option<(ExternalId, ActivityId)>,
    /// The repeated activities to delete.
    pub copies: Vec<Copy>,
}

/// What was sent of a message, as far as a correction depends on it.
#[derive(Debug, Clone, Copy)]
pub struct SentFacts {
    /// The time that was sent, in Unix milliseconds.
    pub at: i64,
    /// The number of files that were sent.
    pub files: usize,
}

/// An activity that repeats another one.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The activity to delete.
    pub activity_id: ActivityId,
    /// The activity that stays.
    pub kept: ActivityId,
    /// What the checkpoint has of the message.
    pub record: CopyRecord,
}
