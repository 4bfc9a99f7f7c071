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
    /// The link of a reply to its target is set or removed.
    Link,
    /// Fields of the activity are updated.
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

    /// The kind's stable word for reports.
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
    /// The stage in which it is carried out.
    pub stage: Stage,
    /// How the finding is corrected.
    pub kind: FixKind,
    /// The chat: index into [`Plan::chats`](crate::plan::Plan::chats).
    pub chat: usize,
    /// The message: index into the messages of that chat's plan.
    pub message: usize,
    /// Archive, as an index into the chat's archives, and line.
    pub location: (u32, u32),
    /// The external id of the message, and the lead on which it should be.
    pub on_lead: OnLead,
    /// The activity that is changed or deleted; `None` if the correction only posts.
    pub activity_id: Option<ActivityId>,
    /// The fields that an update changes; empty for other kinds.
    pub fields: Vec<Field>,
    /// Whether an earlier run began it.
    pub is_begun: bool,
}

/// A wish that no correction fulfils, or that no longer applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfixed {
    /// The external id of the message, and the lead on which it should be.
    pub on_lead: OnLead,
    /// Why there is no correction, in words for a person.
    pub why: String,
    /// Whether the finding no longer holds.
    pub is_over: bool,
}
