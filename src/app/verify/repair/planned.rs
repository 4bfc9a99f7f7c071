//! The plan of a repair as it is shown, without content.
//!
//! Never here: how it is made ([`super::shown`]), wording and layout.

use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::plan::compare::Field;
use crate::plan::repair::FixKind;

/// Where a message is in the archives; empty or 0 if that is unknown or the chat is private.
#[derive(Debug, Clone, Default)]
pub struct MessagePlace {
    /// The name of the device.
    pub device: String,
    /// The name of the chat.
    pub chat: String,
    /// The name of the archive.
    pub archive: String,
    /// The line in the archive's transcript, from 1.
    pub line: u32,
}

/// What a repair is going to do.
#[derive(Debug, Default)]
pub struct PlannedRepair {
    /// The operations, in the order in which they are carried out.
    pub operations: Vec<RepairOperation>,
    /// Findings that cannot be repaired.
    pub unfixed: Vec<Unrepaired>,
    /// Findings that no longer hold when the repair is planned.
    pub over: Vec<Unrepaired>,
    /// The number of activities that the repair deletes in Close.
    pub deletions: u64,
    /// The number of replies to link to messages that an earlier run posted again.
    pub open_links: u64,
}

impl PlannedRepair {
    /// Whether there are findings, and none of them is corrected.
    pub(super) fn corrects_nothing(&self) -> bool {
        self.operations.is_empty() && !self.unfixed.is_empty()
    }
}

/// An operation of a repair: one finding and how it is corrected.
#[derive(Debug, Clone)]
pub struct RepairOperation {
    /// How the finding is corrected.
    pub kind: FixKind,
    /// The fields that an update changes; empty for other kinds.
    pub fields: Vec<Field>,
    /// Where the message is in the archives.
    pub place: MessagePlace,
    /// The external id of the message.
    pub external_id: ExternalId,
    /// The lead on which the message should be.
    pub lead_id: LeadId,
    /// The activity that is changed or deleted; `None` if the operation posts one, or none is
    /// known.
    pub activity_id: Option<ActivityId>,
}

/// A finding without an operation.
#[derive(Debug, Clone)]
pub struct Unrepaired {
    /// The external id of its message.
    pub external_id: ExternalId,
    /// The lead on which the message should be.
    pub lead_id: LeadId,
    /// Why no operation corrects the finding, in words for a person.
    pub why: String,
}
