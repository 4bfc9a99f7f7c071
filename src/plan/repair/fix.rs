//! A planned correction: of which message, how, and when it is carried out.

use super::wish::OnLead;
use crate::ids::ActivityId;
use crate::plan::compare::Field;

/// Stages of a repair, in the order in which they are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Links of replies, and records of messages that Close has moved.
    Link,
    /// Updates.
    Update,
    /// Posts; a message on another lead is deleted there after its post.
    Post,
    /// Deletions of repeated activities.
    Delete,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; 4] = [Stage::Link, Stage::Update, Stage::Post, Stage::Delete];
}

/// How a finding is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixKind {
    /// The checkpoint follows what Close did; nothing is sent.
    Record,
    /// The link of a reply is set or removed.
    Link,
    /// Fields are updated.
    Update,
    /// The message is posted.
    Post,
    /// The message is posted on its lead, and deleted on the other one.
    Move,
    /// A repeated activity is deleted.
    Delete,
}

impl FixKind {
    /// Every kind, in the order in which they are carried out.
    pub const ALL: [FixKind; 6] = [
        FixKind::Record,
        FixKind::Link,
        FixKind::Update,
        FixKind::Post,
        FixKind::Move,
        FixKind::Delete,
    ];

    /// The stable word for reports.
    pub fn word(self) -> &'static str {
        match self {
            FixKind::Record => "record",
            FixKind::Link => "link",
            FixKind::Update => "update",
            FixKind::Post => "post",
            FixKind::Move => "move",
            FixKind::Delete => "delete",
        }
    }
}

/// A planned correction.
#[derive(Debug, Clone)]
pub struct Fix {
    /// When it is carried out.
    pub stage: Stage,
    /// How.
    pub kind: FixKind,
    /// Its chat: index into the chats of the plan.
    pub chat: usize,
    /// The message: index into the messages of the chat.
    pub message: usize,
    /// Archive, as an index into the chat's archives, and line.
    pub location: (u32, u32),
    /// The message and its lead.
    pub on_lead: OnLead,
    /// The activity that is changed or deleted.
    pub activity_id: Option<ActivityId>,
    /// Of an update: the fields.
    pub fields: Vec<Field>,
    /// An earlier run began it.
    pub is_begun: bool,
}

/// A wish without a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfixed {
    /// The message and its lead.
    pub on_lead: OnLead,
    /// Why.
    pub why: String,
    /// The finding no longer holds.
    pub is_over: bool,
}
