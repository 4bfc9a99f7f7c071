//! The plan and the result of a repair, as plain data without content.
//!
//! Never here: wording and layout ([`crate::report`]).

use super::planned::{PlannedRepair, RepairOperation, Unrepaired};
use super::wishes::Wishes;
use crate::app::error::{Error, Exit};
use crate::app::verify::Verification;
use crate::ids::{ExternalId, LeadId};
use crate::plan::repair::{Fix, Repair, Unfixed};

impl PlannedRepair {
    /// A repair of nothing.
    pub(super) fn without(wishes: Wishes) -> PlannedRepair {
        let mut planned = PlannedRepair::default();
        planned.add(wishes.unfixed.iter());
        planned
    }

    /// A repair. `result`: the comparison that it corrects.
    pub(super) fn of(repair: &Repair, wishes: &Wishes, result: &Verification) -> PlannedRepair {
        let operation = |fix: &Fix| RepairOperation {
            kind: fix.kind,
            fields: fix.fields.clone(),
            place: result.place_of(Some(fix.chat), Some(fix.location)).owned(),
            external_id: fix.on_lead.1.clone(),
            lead_id: fix.on_lead.0.clone(),
            activity_id: fix.activity_id.clone(),
        };
        let mut planned = PlannedRepair {
            operations: repair.fixes.iter().map(operation).collect(),
            deletions: repair.deletions(),
            ..PlannedRepair::default()
        };
        planned.add(wishes.unfixed.iter().chain(&repair.unfixed));
        planned
    }

    /// Whether nothing is to be done.
    pub(super) fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.open_links == 0
    }

    fn add<'u>(&mut self, unfixed: impl Iterator<Item = &'u Unfixed>) {
        for one in unfixed {
            let view = Unrepaired {
                external_id: one.on_lead.1.clone(),
                lead_id: one.on_lead.0.clone(),
                why: one.why.clone(),
            };
            match one.is_over {
                true => self.over.push(view),
                false => self.unfixed.push(view),
            }
        }
    }
}

/// What a repair has done. Every planned operation is done, skipped, failed, unknown or not reached.
#[derive(Debug, Default)]
pub(crate) struct RepairResult {
    /// The number of operations that were carried out.
    pub(crate) done: u64,
    /// Operations whose finding no longer held right before them.
    pub(crate) skipped: Vec<RepairOperation>,
    /// Operations that Close rejected, each with the reason.
    pub(crate) failed: Vec<(ExternalId, LeadId, String)>,
    /// The number of operations whose outcome is unknown; the next run looks them up.
    pub(crate) unknown: u64,
    /// The number of operations that were not started.
    pub(crate) not_reached: u64,
    /// The number of replies that were linked to messages which were posted again.
    pub(crate) relinked: u64,
    /// Chats that were held: their operations are among those not reached.
    pub(crate) held: Vec<Blocked>,
    /// Chats that were stopped after too many refusals of one kind.
    pub(crate) stopped_chats: Vec<Blocked>,
    /// Messages that were not posted; among those not reached.
    pub(crate) not_posted: Vec<NotPosted>,
}

/// A chat whose operations were not all carried out.
#[derive(Debug)]
pub(crate) struct Blocked {
    /// The names of device and chat, or `a chat` for a private one.
    pub(crate) chat: String,
    /// The number of its operations that were not carried out; 0 if unknown.
    pub(crate) messages: u64,
    /// The stable code of the reason.
    pub(crate) code: String,
    /// The reason, in words.
    pub(crate) why: String,
}

/// A message that was not posted, since an activity on another lead has its external id.
#[derive(Debug, Clone)]
pub(crate) struct NotPosted {
    /// The external id of the message.
    pub(crate) external_id: ExternalId,
    /// The lead on which the message should be.
    pub(crate) lead_id: LeadId,
    /// The lead that has the other activity.
    pub(crate) on: LeadId,
}

impl RepairResult {
    /// Whether every operation was carried out or was not necessary any more.
    fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.unknown + self.not_reached == 0
    }
}

/// A repair that has ended.
pub(crate) struct Repaired {
    /// The last comparison.
    pub(crate) verification: Verification,
    /// What was planned; `None` if Close could not be compared.
    pub(crate) planned: Option<PlannedRepair>,
    /// What was done; `None` if nothing was sent.
    pub(crate) result: Option<RepairResult>,
    /// Whether it was a dry run, in which nothing is sent.
    pub(crate) is_dry_run: bool,
    /// Why the repair ended early; `None` if it came to its end.
    pub(crate) stopped: Option<Error>,
    /// The exit status of the command.
    pub(crate) exit: Exit,
}

impl Repaired {
    /// Close could not be compared.
    pub(super) fn unplanned(verification: Verification) -> Repaired {
        Repaired {
            exit: verification.exit,
            verification,
            planned: None,
            result: None,
            is_dry_run: false,
            stopped: None,
        }
    }

    /// Nothing was sent.
    pub(super) fn planned(
        verification: Verification,
        planned: PlannedRepair,
        is_dry_run: bool,
    ) -> Repaired {
        let exit = match planned.corrects_nothing() {
            false => verification.exit,
            true => verification.exit.max(Exit::Partial),
        };
        Repaired {
            planned: Some(planned),
            is_dry_run,
            exit,
            ..Repaired::unplanned(verification)
        }
    }

    /// The repair was carried out, and compared.
    pub(super) fn done(
        verification: Verification,
        planned: PlannedRepair,
        result: RepairResult,
    ) -> Repaired {
        let exit = match result.is_complete() && !planned.corrects_nothing() {
            true => verification.exit,
            false => verification.exit.max(Exit::Partial),
        };
        Repaired {
            result: Some(result),
            exit,
            ..Repaired::planned(verification, planned, false)
        }
    }

    /// The repair stopped before its end. `before`: the comparison before it.
    pub(super) fn stopped(
        before: &Verification,
        planned: PlannedRepair,
        result: RepairResult,
        stopped: Error,
    ) -> Repaired {
        let verification = Verification {
            is_sandbox: before.is_sandbox,
            stopped: Some(Error::coded(
                stopped.exit,
                stopped.code.clone(),
                stopped.message.clone(),
            )),
            ..Verification::default()
        };
        Repaired {
            result: Some(result),
            exit: stopped.exit,
            stopped: Some(stopped),
            ..Repaired::planned(verification, planned, false)
        }
    }
}
