//! What a person gets to see of an undo, before and after: plain values.
//!
//! Never here: layout of output.

use super::estimate::Estimate;
use crate::app::error::{Error, Exit};
use crate::app::lead_names::NamedLead;
use crate::close::Stats;
use crate::ids::{ActivityId, LeadId};
use crate::plan::compare::Field;

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
        let why = "Close shows neither the message nor its lead to this key";
        KeptWhy::NotRead(why.to_owned())
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
    /// Its chat, as output shows it.
    pub(crate) chat: String,
    /// Its lead.
    pub(crate) lead_id: LeadId,
    /// Its activity, if known.
    pub(crate) activity_id: Option<ActivityId>,
    /// Why.
    pub(crate) why: KeptWhy,
}

/// A chat before an undo; numbers of messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChatPreview {
    /// Its device and name, as output shows it in a sentence.
    pub(crate) chat: String,
    /// Its device, if known.
    pub(crate) device: Option<String>,
    /// Its name, as output shows it in a table.
    pub(crate) name: String,
    /// The leads with its messages.
    pub(crate) leads: Vec<LeadId>,
    /// To delete.
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
    /// With unknown outcome; looked up first.
    pub(crate) unsettled: u64,
    /// Updated by the run and not created by it: an update cannot be reverted.
    pub(crate) updated: u64,
}

/// A lead that `match` created.
#[derive(Debug, Clone)]
pub(crate) struct LeadPreview {
    /// The lead.
    pub(crate) lead: NamedLead,
    /// Why it stays; `None`: it is deleted.
    pub(crate) kept: Option<String>,
    /// The line of contacts.csv that names it.
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
    /// Messages that were deleted; before an undo, that would be.
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
    /// Leads that were deleted, and those that stay.
    pub(crate) leads_deleted: u64,
    pub(crate) leads_kept: u64,
    /// Always 0.
    pub(crate) uploads: u64,
    /// Requests; of a preview, the expected ones.
    pub(crate) requests: u64,
    /// Requests sent again.
    pub(crate) retries: u64,
    /// Duration in seconds; of a preview, the expected one.
    pub(crate) seconds: f64,
    /// The expected requests and seconds.
    pub(crate) estimated_requests: u64,
    pub(crate) estimated_seconds: f64,
    /// Why there is nothing to do.
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
    /// The activity.
    pub(crate) activity_id: ActivityId,
    /// Its lead.
    pub(crate) lead_id: LeadId,
    /// When Close deleted it.
    pub(crate) at: String,
}

/// The result of an undo.
pub(crate) struct UndoOutcome {
    /// The exit status.
    pub(crate) exit: Exit,
    /// The totals.
    pub(crate) numbers: UndoNumbers,
    /// The messages that stay.
    pub(crate) kept: Vec<Kept>,
    /// The leads of `match`.
    pub(crate) leads: Vec<LeadPreview>,
    /// The activities that were deleted.
    pub(crate) removed: Vec<Removed>,
    /// The deleted messages with files.
    pub(crate) with_files: u64,
    /// The run that deleted them.
    pub(crate) run: u32,
    /// Why it ended early.
    pub(crate) stopped: Option<Error>,
}
