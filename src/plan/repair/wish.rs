//! What is to be corrected about one message.

use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::CopyRecord;
use crate::plan::compare::Field;

/// A message on its lead.
pub type OnLead = (LeadId, ExternalId);

/// What is to be corrected about one message.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Its chat: index into [`Plan::chats`](crate::plan::Plan::chats), as far as known.
    pub chat: Option<usize>,
    /// Post it: Close does not have it.
    pub post: bool,
    /// Move it to its lead, or record where it is.
    pub elsewhere: bool,
    /// The fields that drifted.
    pub fields: Vec<Field>,
    /// With `fields`: the compared activity.
    pub activity_id: Option<ActivityId>,
    /// With `fields`: what the checkpoint has of the message.
    pub sent: Option<SentFacts>,
    /// With [`Field::Link`]: the activity to link to; `None` removes the link.
    pub link: Option<(ExternalId, ActivityId)>,
    /// Activities to delete.
    pub copies: Vec<Copy>,
}

/// What was sent of a message, as far as a correction depends on it.
#[derive(Debug, Clone, Copy)]
pub struct SentFacts {
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// The number of its files.
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
