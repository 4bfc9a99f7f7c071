//! A finding with everything that a person needs to act on it.
//!
//! Belongs here: the values, and the next command. Never here: layout of output, or names of people.

use chrono::{DateTime, Utc};

use super::items::{Item, NotRepairable, Standing};
use crate::ids::{ActivityId, ExternalId, LeadId, UserId};
use crate::plan::Action;
use crate::plan::compare::{Field, Finding};
use crate::routing::Rule;

/// A finding about one message.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// What the comparison found.
    pub(crate) finding: Finding,
    /// The field that differs, for [`Finding::Drifted`]; else `None`.
    pub(crate) field: Option<Field>,
    /// The message: its number in this comparison. A message may have several findings.
    pub(crate) message: u64,
    /// Its chat: index into the chats of the plan.
    pub(super) chat: Option<usize>,
    /// Its archive and line, if an archive has it.
    pub(super) location: Option<(u32, u32)>,
    /// The external id of the message.
    pub(crate) external_id: ExternalId,
    /// The lead on which it should be.
    pub(crate) lead_id: LeadId,
    /// The activity id of the message; `None` if none is known.
    pub(crate) activity_id: Option<ActivityId>,
    /// What happened, as far as known; without content.
    pub(crate) what: String,
    /// The user who changed, repeated or removed it; `None` if Close does not show that.
    pub(crate) changed_by: Option<UserId>,
    /// When that happened; `None` if Close does not show it.
    pub(crate) changed_at: Option<DateTime<Utc>>,
    /// What to do next.
    pub(crate) next: Next,
    /// The deletions that its repair needs.
    pub(super) deletions: u64,
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Next {
    /// Import the chat: the message was never posted, or a run deleted it.
    Import,
    /// Import with `--retry-failed`: Close rejected the message.
    Retry,
    /// Run the repair.
    Repair,
    /// Run the repair with the bytes of files compared again.
    RepairFiles,
    /// Run the repair with `--gone restore`: the message was removed in Close.
    RepairRemoved,
    /// Correct it by hand in Close.
    Correct,
    /// Correct the row of the chat: Close has no such lead any more.
    CorrectRow,
    /// Put its archive back, or complete the row of its chat, then run the repair.
    RestoreArchive,
    /// Do nothing: this rule leaves the message out.
    LeftOut(Rule),
    /// Verify again later.
    Verify,
}

impl Next {
    /// The next step for a message that Close lacks.
    pub(super) fn of_missing(item: &Item) -> Next {
        match (&item.standing, &item.planned) {
            (_, None) => Next::RestoreArchive,
            (Standing::Failed, _) => Next::Retry,
            // Close's event log has a deletion, which an import respects.
            (_, Some((planned, _))) if planned.action == Action::Gone => Next::Repair,
            (
                Standing::NotPosted
                | Standing::Unsettled
                | Standing::RemovedByUs
                | Standing::Undone(_),
                _,
            ) => Next::Import,
            _ => Next::Repair,
        }
    }

    /// The next step for a message that differs from what was sent in this field.
    pub(super) fn of_drifted(item: &Item, field: Field) -> Next {
        match item.is_repairable() {
            Ok(()) if field == Field::FileBytes => Next::RepairFiles,
            Ok(()) => Next::Repair,
            Err(NotRepairable::NoArchive) => Next::RestoreArchive,
            Err(NotRepairable::OfOther) => Next::Correct,
        }
    }

    /// Whether it is a repair.
    pub(super) fn is_repair(&self) -> bool {
        matches!(
            self,
            Next::Repair | Next::RepairFiles | Next::RepairRemoved | Next::RestoreArchive
        )
    }

    /// The command, with what precedes it. `deletions`: those that a repair of this lead needs.
    pub(crate) fn text(&self, lead: &LeadId, deletions: u64) -> String {
        let import = format!("chatferry import --lead {lead}");
        let verify = format!("`chatferry verify --lead {lead}`");
        let deletes = match deletions {
            0 => String::new(),
            deletions => format!(" --allow-deletes {deletions}"),
        };
        let repair = format!("chatferry verify --repair --lead {lead}{deletes}");
        match self {
            Next::Import => format!("`{import}`"),
            Next::Retry => format!("`{import} --retry-failed`"),
            Next::Repair => format!("`{repair}`"),
            Next::RepairFiles => format!("`{repair} --files`"),
            Next::RepairRemoved => format!("`{repair} --gone restore`"),
            Next::Correct => format!("correct it in Close, then {verify}"),
            Next::CorrectRow => {
                "correct lead_id and contact_id of its chat in contacts.csv, then `chatferry plan`"
                    .to_owned()
            }
            Next::RestoreArchive => {
                format!(
                    "put its archive back, or complete the row of its chat in contacts.csv, then `{repair}`"
                )
            }
            Next::LeftOut(rule) => format!("nothing; left out: {}", rule.describe()),
            Next::Verify => verify,
        }
    }
}
