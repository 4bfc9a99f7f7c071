//! The plan of a repair as it is shown, without content.
//!
//! Never here: how it is made ([`super::shown`]), wording and layout.

use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::compare::Field;
use crate::plan::repair::FixKind;

/// Where a message is read; empty or 0 if unknown or private.
#[derive(Debug, Clone, Default)]
pub struct MessagePlace {
    /// The device.
    pub device: String,
    /// The chat's name.
    pub chat: String,
    /// The archive.
    pub archive: String,
    /// The line.
    pub line: u32,
}

/// What a repair is going to do.
#[derive(Debug, Default)]
pub struct PlannedRepair {
    /// The operations, in the order in which they are carried out.
    pub operations: Vec<RepairOperation>,
    /// Findings that cannot be repaired.
    pub unfixed: Vec<Unrepaired>,
    /// Findings that no longer hold.
    pub over: Vec<Unrepaired>,
    /// The number of deletions in Close.
    pub deletions: u64,
    /// Replies to link to messages that an earlier run posted again.
    pub open_links: u64,
}

impl PlannedRepair {
    /// Whether there are findings, and none of them is corrected.
    pub(super) fn corrects_nothing(&self) -> bool {
        self.operations.is_empty() && !self.unfixed.is_empty()
    }
}

/// An operation.
#[derive(Debug, Clone)]
pub struct RepairOperation {
    /// How the finding is corrected.
    pub kind: FixKind,
    /// Of an update: the fields.
    pub fields: Vec<Field>,
    /// Where the message is read.
    pub place: MessagePlace,
    /// Its external id.
    pub external_id: ExternalId,
    /// Its lead.
    pub lead_id: LeadId,
    /// The activity that is changed or deleted.
    pub activity_id: Option<ActivityId>,
}

/// A finding without an operation.
#[derive(Debug, Clone)]
pub struct Unrepaired {
    /// The external id of its message.
    pub external_id: ExternalId,
    /// Its lead.
    pub lead_id: LeadId,
    /// Why no operation corrects it, for people.
    pub why: String,
}
