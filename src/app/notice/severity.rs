//! How much a notice matters.

use super::{Notice, PilotMessage};

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// For information.
    Note,
    /// Something is missing or doubtful; work continues.
    Warning,
    /// Something failed.
    Error,
    /// A warning that must be seen before going on.
    Alarm,
}

impl Notice {
    /// How much the notice matters.
    pub fn severity(&self) -> Severity {
        match self {
            Notice::Archive(_)
            | Notice::OtherServer(_)
            | Notice::CheckpointMode {
                is_changed: true, ..
            }
            | Notice::LookingIn(_)
            | Notice::Into(_)
            | Notice::Unpaced
            | Notice::AddressBook { .. }
            | Notice::RowNote(_)
            | Notice::LeadsToMake { .. }
            | Notice::NoLeadMade
            | Notice::NoNumberAdded
            | Notice::Outage { .. }
            | Notice::Waiting(_)
            | Notice::ListenersUnknown { .. }
            | Notice::ListsLate { .. }
            | Notice::ListsUnsettledWait { .. }
            | Notice::SeveralDevices(_)
            | Notice::Declined
            | Notice::FailuresWritten { .. }
            | Notice::PilotAbsent(_)
            | Notice::PilotResult { .. }
            | Notice::PilotLacks(_)
            | Notice::ProbePlanned(_)
            | Notice::Probed(_)
            | Notice::ProbeCleared(_)
            | Notice::UndoUnfinished(_)
            | Notice::UndoFinished { .. }
            | Notice::UndoCommand { .. } => Severity::Note,
            Notice::Ignored(_)
            | Notice::IgnoredPrivate { .. }
            | Notice::Unnamed(_)
            | Notice::Row(_)
            | Notice::Reply { .. }
            | Notice::Decision { .. }
            | Notice::NeverUnmatched { .. }
            | Notice::NeverDevice { .. }
            | Notice::Credential(_)
            | Notice::CheckpointMode {
                is_changed: false, ..
            }
            | Notice::ProbeFailed(_)
            | Notice::KeysUser { .. }
            | Notice::Listeners(_)
            | Notice::TokenExpires { .. }
            | Notice::NoArchives(_)
            | Notice::Unrecorded(_)
            | Notice::ListsUnsettled(_)
            | Notice::FailuresNotOurs(_)
            | Notice::FailuresNotWritten(..) => Severity::Warning,
            Notice::Unreadable(_) | Notice::RowFailed(_) | Notice::Misread { .. } => {
                Severity::Error
            }
            Notice::Workflows { active, .. } => match active {
                None => Severity::Warning,
                Some(active) if active.is_empty() => Severity::Note,
                Some(_) => Severity::Alarm,
            },
            Notice::PilotCompared(all) => match all.iter().all(PilotMessage::is_correct) {
                true => Severity::Note,
                false => Severity::Alarm,
            },
            Notice::Inbox => Severity::Alarm,
        }
    }
}
