//! What a person gets to see of an undo, before and after: plain values.
//!
//! Never here: layout of output.

use super::estimate::Estimate;
use crate::app::error::{Error, Exit};
use crate::app::lead_names::NamedLead;
use crate::close::Stats;
use crate::ids::{ActivityId, LeadId};
use crate::plan::compare::Field;

/// Why nothing is concluded from the absence of a message: it may have been deleted with its lead, or be there.
pub(super) const HIDDEN: &str = "Close shows neither the message nor its lead to this key";

/// Why a message or lead stays in Close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeptWhy {
    /// Close has other values than were sent and than it returned then.
    Changed(Vec<Field>),
    /// An update of it was begun and its outcome is unknown.
    UpdateUnfinished,
    /// An activity that stays replies to it.
    Replied,
    /// An import that was interrupted is moving it to another lead.
    Moving,
    /// Close rejected the request, for this reason.
    Refused(String),
    /// Close did not respond to the deletion; the next run finishes it.
    Unknown(String),
    /// Not tried: Close did not carry out the deletions of other messages of its chat, for one reason.
    ChatStopped,
    /// Its lead could not be read, for this reason.
    NotRead(String),
    /// It is on this lead, whose list was not read, as after a merge.
    OnOtherLead(LeadId),
}

impl KeptWhy {
    /// Of a message that Close shows as little as its lead: it may have been deleted with the lead.
    pub(crate) fn hidden() -> KeptWhy {
        KeptWhy::NotRead(HIDDEN.to_owned())
    }

    /// The stable word for reports.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            KeptWhy::Changed(_) => "changed",
            KeptWhy::UpdateUnfinished => "update_unfinished",
            KeptWhy::Replied => "replied",
            KeptWhy::Moving => "moving",
            KeptWhy::Refused(_) => "refused",
            KeptWhy::Unknown(_) => "unknown",
            KeptWhy::ChatStopped => "chat_stopped",
            KeptWhy::NotRead(_) => "not_read",
            KeptWhy::OnOtherLead(_) => "on_other_lead",
        }
    }
}

/// A message that stays.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// The chat's name, as output may show it.
    pub(crate) chat: String,
    /// The lead that the message is on.
    pub(crate) lead_id: LeadId,
    /// The activity id of the message; `None` if it is not known.
    pub(crate) activity_id: Option<ActivityId>,
    /// Why the message stays.
    pub(crate) why: KeptWhy,
}

/// A chat before an undo; numbers of messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChatPreview {
    /// Its device and name, as output shows it in a sentence.
    pub(crate) chat: String,
    /// The name of the chat's device; `None` if it is not known.
    pub(crate) device: Option<String>,
    /// Its name, as output shows it in a table.
    pub(crate) name: String,
    /// The leads with its messages.
    pub(crate) leads: Vec<LeadId>,
    /// Messages that would be deleted.
    pub(crate) delete: u64,
    /// Kept: changed in Close since. Of an erasure: to delete although changed.
    pub(crate) changed: u64,
    /// Kept: an activity that stays replies to them.
    pub(crate) replied: u64,
    /// Kept: an interrupted import is not done with them, or their lead cannot be read.
    pub(crate) unfinished: u64,
    /// No longer in Close.
    pub(crate) gone: u64,
    /// Not in the list of their lead, and read before their deletion.
    pub(crate) unread: u64,
    /// Messages with an unknown outcome, which are looked up first.
    pub(crate) unsettled: u64,
    /// Updated by the run and not created by it: an update cannot be reverted.
    pub(crate) updated: u64,
}

/// A lead that `match` created.
#[derive(Debug, Clone)]
pub(crate) struct LeadPreview {
    /// The lead, with its name where that is known.
    pub(crate) lead: NamedLead,
    /// Why the lead stays, in words; `None`: it is deleted, or would be.
    pub(crate) kept: Option<String>,
    /// The line of contacts.csv that names the lead, from 1; `None` if no row does.
    pub(crate) line: Option<u32>,
}

/// The summary object of `--json`. The first keys are those of every command.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct UndoNumbers {
    /// Always 0.
    pub(crate) created: u64,
    /// Messages of others from which an erasure removed a quotation or a reaction; of an undo always 0.
    pub(crate) updated: u64,
    /// Always 0.
    pub(crate) replaced: u64,
    /// Messages that were deleted; before an undo, those that would be.
    pub(crate) deleted: u64,
    /// Messages that an update changed, which stays.
    pub(crate) unchanged: u64,
    /// Always 0.
    pub(crate) skipped: u64,
    /// Always 0.
    pub(crate) held: u64,
    /// Always 0.
    pub(crate) undecided: u64,
    /// Messages whose deletion Close rejected.
    pub(crate) failed: u64,
    /// Messages whose deletion has no known outcome.
    pub(crate) unknown: u64,
    /// Messages that were not reached before the end.
    pub(crate) not_reached: u64,
    /// Messages that stay, for any reason but the three above.
    pub(crate) kept: u64,
    /// Those of them that were changed in Close since.
    pub(crate) kept_changed: u64,
    /// Those of them that an activity that stays replies to.
    pub(crate) kept_replied: u64,
    /// Messages that were no longer in Close.
    pub(crate) already_gone: u64,
    /// Messages of ours without a record: the checkpoint is older than the last import.
    pub(crate) unrecorded: u64,
    /// Leads that `match` created and that were deleted.
    pub(crate) leads_deleted: u64,
    /// Leads that `match` created and that stay.
    pub(crate) leads_kept: u64,
    /// Always 0.
    pub(crate) uploads: u64,
    /// Requests that were sent; before an undo, the expected ones.
    pub(crate) requests: u64,
    /// Requests sent again.
    pub(crate) retries: u64,
    /// The duration in seconds, to a tenth; before an undo, the expected one.
    pub(crate) seconds: f64,
    /// The requests that were expected before the undo.
    pub(crate) estimated_requests: u64,
    /// The duration that was expected before the undo, in seconds, to a tenth.
    pub(crate) estimated_seconds: f64,
    /// Why there is nothing to do, in words; `None`: there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nothing: Option<String>,
}

impl UndoNumbers {
    /// Counts a message that stays.
    pub(super) fn keep(&mut self, why: &KeptWhy) {
        match why {
            KeptWhy::Refused(_) => self.failed += 1,
            KeptWhy::Unknown(_) => self.unknown += 1,
            KeptWhy::ChatStopped => self.not_reached += 1,
            KeptWhy::Changed(_) => {
                self.kept += 1;
                self.kept_changed += 1;
            }
            KeptWhy::Replied => {
                self.kept += 1;
                self.kept_replied += 1;
            }
            KeptWhy::UpdateUnfinished
            | KeptWhy::Moving
            | KeptWhy::NotRead(_)
            | KeptWhy::OnOtherLead(_) => self.kept += 1,
        }
    }

    /// Sets cost and estimate.
    pub(super) fn cost(&mut self, stats: Stats, seconds: f64, estimate: Estimate) {
        self.requests = stats.requests;
        self.retries = stats.retries;
        self.seconds = round(seconds);
        self.estimated_requests = estimate.requests;
        self.estimated_seconds = round(estimate.seconds);
    }
}

/// To tenths.
pub(super) fn round(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// An activity that was deleted.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Removed {
    /// The id that the activity had in Close.
    pub(crate) activity_id: ActivityId,
    /// The lead that the activity was on.
    pub(crate) lead_id: LeadId,
    /// When it was deleted, by the clock of this machine, in UTC, RFC 3339.
    pub(crate) at: String,
}

/// The result of an undo.
pub(crate) struct UndoOutcome {
    /// The exit status of the command.
    pub(crate) exit: Exit,
    /// The totals of the undo, as in `--json`.
    pub(crate) numbers: UndoNumbers,
    /// The messages that stay.
    pub(crate) kept: Vec<Kept>,
    /// The leads that `match` created, deleted or kept.
    pub(crate) leads: Vec<LeadPreview>,
    /// The activities that were deleted.
    pub(crate) removed: Vec<Removed>,
    /// The number of deleted messages with files, which Close may keep in its storage.
    pub(crate) with_files: u64,
    /// The number of the run that deleted them: the undo itself.
    pub(crate) run: u32,
    /// Why the undo ended early; `None` if it came to its end.
    pub(crate) stopped: Option<Error>,
}
