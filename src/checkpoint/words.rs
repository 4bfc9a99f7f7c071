//! The words under which states, origins, operations and steps appear in output.
//!
//! Scripts read them, so a released word does not change. Never here: the numbers in the file.

use super::rows::Origin;
use super::states::State;
use super::steps::{OperationKind, Step};

impl State {
    /// The state's stable word in output.
    pub fn word(self) -> &'static str {
        match self {
            State::Intent => "intent",
            State::Unknown => "unknown",
            State::Done => "done",
            State::Failed => "failed",
            State::Absent => "absent",
            State::Gone => "removed",
        }
    }
}

impl Origin {
    /// The origin's stable word in output.
    pub fn word(self) -> &'static str {
        match self {
            Origin::Created => "created",
            Origin::Adopted => "adopted",
            Origin::Foreign => "foreign",
        }
    }
}

impl OperationKind {
    /// The operation kind's stable word in output.
    pub fn word(self) -> &'static str {
        match self {
            OperationKind::Replace => "replace",
            OperationKind::Restore => "restore",
            OperationKind::Relink => "relink",
            OperationKind::CreateLead => "create_lead",
            OperationKind::Undo => "undo",
            OperationKind::Remove => "remove",
        }
    }
}

impl Step {
    /// The step's stable word in output.
    pub fn word(self) -> &'static str {
        match self {
            Step::Planned => "planned",
            Step::Posted => "posted",
            Step::Deleted => "deleted",
            Step::Cleared => "cleared",
            Step::Linked => "linked",
            Step::Created => "created",
            Step::Written => "written",
            Step::GivenUp => "given_up",
        }
    }
}
