//! Actions: what is planned for one message, and why a message is left undecided.
//!
//! Belongs here: the values. Never here: which one a message gets (`decide`).

use serde::{Deserialize, Serialize};

use super::edit::Edit;
use crate::ids::{ActivityId, LeadId};
use crate::routing::Rule;

/// The planned action for one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It is not in Close: post it.
    Create,
    /// An earlier run may have posted it: look it up, and post it only if it is absent.
    Settle,
    /// It is in Close and not in the checkpoint: record this activity id.
    Adopt(ActivityId),
    /// It was in Close under this activity id and is no longer listed: confirm that it is absent, then
    /// post it again (`gone = "restore"`).
    Restore(ActivityId),
    /// It is in Close under this activity id and recorded on this other lead: a lead merge or a user
    /// moved it. Only the new lead is recorded.
    Moved(ActivityId, LeadId),
    /// It is in Close and differs from the desired message; the edit contains what is sent.
    Update(Box<Edit>),
    /// It is in Close on another lead: post it on this lead, then delete it on the other.
    Replace(Box<Replacement>),
    /// It is in Close under this activity id.
    Unchanged(ActivityId),
    /// It was removed in Close and is not restored (`gone = "respect"`).
    Gone,
    /// Its counterpart in Close could not be determined: it is not imported.
    Undecided(Undecided),
    /// It is not in Close, and this rule leaves it out of this run.
    LeftOut(Rule),
}

impl Action {
    /// Whether carrying out this action sends at least one request to Close.
    pub fn is_sent(&self) -> bool {
        matches!(
            self,
            Action::Create
                | Action::Settle
                | Action::Restore(_)
                | Action::Update(_)
                | Action::Replace(_)
        )
    }
}

/// The replacement of a message on another lead. Close's API cannot move an activity between leads
/// (documented), so the message is posted on the new lead before its activity on the old lead is deleted:
/// it is never absent from Close, unless Close rejects its id as taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The lead that the message is on now, and where it is deleted.
    pub lead_id: LeadId,
    /// The activity id on that lead.
    pub activity_id: ActivityId,
    /// Its activity id on the new lead, if an earlier run posted it there and it only remains to be
    /// deleted on the old lead; else `None`.
    pub on_new_lead: Option<ActivityId>,
    /// Whether an earlier run began the replacement; it is finished from its recorded operation. If
    /// [`on_new_lead`](Replacement::on_new_lead) is `None`, the outcome of the post is unknown and
    /// is looked up first.
    pub begun: bool,
    /// Whether Close rejected the look-up or the deletion on the old lead in an earlier run.
    pub refused: bool,
    /// Whether the archives have all of it that Close has, so that it can be posted after its
    /// deletion where Close keeps external ids unique in the organisation.
    pub in_full: bool,
}

/// Why a message is undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Undecided {
    /// It was edited, and several messages in Close may be its counterpart.
    Edited,
    /// A placeholder of a file that the export left out; several messages in Close may be its counterpart.
    Omitted,
    /// It is on another lead with files that these archives lack.
    NotRebuildable,
    /// It is on another lead, and no record shows that chatferry created it.
    NotOurs,
    /// The outcome of an earlier request for it is unknown, and it is on another lead or was deleted by
    /// its sender after that request.
    Unsettled,
    /// It has no id and equals one message of another log of the device: the two may be one.
    Repeated,
    /// Its line goes back in time under the owner's name: it may be text that a contact pasted.
    Pasted,
    /// It is recorded and missing in Close's list of the lead, for an unknown reason.
    Missing,
}

impl Undecided {
    /// The reason's stable word for reports (docs/reference/rules.md).
    pub fn word(self) -> &'static str {
        match self {
            Undecided::Edited => "edited",
            Undecided::Omitted => "omitted",
            Undecided::NotRebuildable => "not_rebuildable",
            Undecided::NotOurs => "not_ours",
            Undecided::Unsettled => "unsettled",
            Undecided::Repeated => "repeated",
            Undecided::Pasted => "pasted",
            Undecided::Missing => "missing",
        }
    }

    /// An explanation for the user.
    pub fn describe(self) -> &'static str {
        match self {
            Undecided::Edited => "edited; the matching message in Close could not be determined",
            Undecided::Omitted => {
                "a file that this export left out; the matching message in Close could not be determined"
            }
            Undecided::NotRebuildable => {
                "on another lead, with files that these archives lack; not replaced"
            }
            Undecided::NotOurs => {
                "on another lead, and not recorded as created by chatferry; not replaced"
            }
            Undecided::Unsettled => {
                "the outcome of an earlier request for it is unknown; this run looks it up, the next run continues"
            }
            Undecided::Repeated => {
                "without an id, and equal to one message of another log; it may be the same message"
            }
            Undecided::Pasted => {
                "a line that goes back in time under the owner's name; it may be pasted text"
            }
            Undecided::Missing => {
                "missing in Close, cause unknown; `--gone respect` leaves it removed, `--gone restore` posts it again"
            }
        }
    }
}
