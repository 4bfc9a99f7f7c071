//! The wording of a notice: its own, or that of its group in the files next to this one.

use std::fmt;

use super::Notice;
use crate::close::SlowRequest;

/// The message when Close becomes unreachable (`true`) or responds again.
pub(crate) fn outage_message(is_out: bool) -> &'static str {
    match is_out {
        true => {
            "Close does not respond. The run waits and retries from time to time; Ctrl-C stops it, and nothing is lost."
        }
        false => "Close responds again. The run continues.",
    }
}

impl Notice {
    /// The wording with `--details`; `None` if it is the same as without.
    pub(crate) fn details(&self) -> Option<String> {
        match self {
            Notice::LookingIn(account) => Some(format!("Searching {}", account.label())),
            Notice::Into(account) => Some(format!("Into {}", account.label())),
            _ => None,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Ignored(text) => f.write_str(text),
            Notice::IgnoredPrivate { code } => write!(
                f,
                "a file with the name of a private chat is ignored ({code})"
            ),
            Notice::Unnamed(text)
            | Notice::Unreadable(text)
            | Notice::Archive(text)
            | Notice::Row(text)
            | Notice::RowNote(text)
            | Notice::RowFailed(text)
            | Notice::Credential(text) => f.write_str(text),
            Notice::LookingIn(account) => write!(f, "Searching {}", account.name()),
            Notice::Into(account) => write!(f, "Into {}", account.name()),
            Notice::AddressBook { .. }
            | Notice::LeadsToMake { .. }
            | Notice::Workflows { .. }
            | Notice::NoNumberAdded
            | Notice::NoLeadMade => self.lookup(f),
            Notice::Reply { .. } | Notice::Decision { .. } => self.row(f),
            Notice::NeverUnmatched { .. } | Notice::NeverDevice { .. } => self.never(f),
            Notice::Inbox => f.write_str(
                "send_to_inbox = true: every incoming message will create an Inbox notification in Close",
            ),
            Notice::Unpaced => f.write_str(
                "Rehearsal in the sandbox: not paced (set `requests_per_second` to pace it)",
            ),
            Notice::Outage { is_out } => f.write_str(outage_message(*is_out)),
            Notice::KeysUser { .. }
            | Notice::OtherServer(_)
            | Notice::CheckpointMode { .. }
            | Notice::Listeners(_)
            | Notice::ListenersUnknown { .. }
            | Notice::TokenExpires { .. } => self.before_writes(f),
            Notice::Waiting(SlowRequest {
                endpoint,
                waited,
                last,
            }) => {
                write!(f, "Waiting for the response to {endpoint} ({} s", waited.as_secs())?;
                match last {
                    None => f.write_str(")"),
                    Some(last) => write!(f, "; the last attempt ended with {last})"),
                }
            }
            Notice::Unrecorded(_)
            | Notice::NoArchives(_)
            | Notice::ListsLate { .. }
            | Notice::ListsUnsettled(_)
            | Notice::ListsUnsettledWait { .. } => self.compared(f),
            Notice::SeveralDevices(devices) => {
                let devices: Vec<&str> = devices.iter().map(String::as_str).collect();
                write!(
                    f,
                    "`--chat` names a chat on each of the devices {}; all of them are selected: `--device NAME` selects one",
                    devices.join(", ")
                )
            }
            Notice::Misread { misread, outcome } => write!(
                f,
                "--strict: {misread}; `chatferry inspect --details` lists them{outcome}"
            ),
            Notice::Declined => f.write_str("Nothing was sent."),
            Notice::FailuresWritten { .. }
            | Notice::FailuresNotOurs(_)
            | Notice::FailuresNotWritten(..) => self.failures(f),
            Notice::PilotAbsent(_)
            | Notice::PilotCompared(_)
            | Notice::PilotResult { .. }
            | Notice::PilotLacks(_)
            | Notice::ProbePlanned(_)
            | Notice::Probed(_)
            | Notice::ProbeFailed(_)
            | Notice::ProbeCleared(_) => self.pilot(f),
            Notice::UndoUnfinished(_)
            | Notice::UndoFinished { .. }
            | Notice::UndoCommand { .. } => self.undo(f),
        }
    }
}
