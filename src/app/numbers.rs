//! The summary object of `--json`.

use serde::Serialize;

use crate::close::Stats;
use crate::execute::Summary;
use crate::plan::{Estimate, Totals};

/// Totals of a plan or run, in messages unless stated otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Numbers {
    /// Messages in all archives; one that several archives contain counts several times.
    pub read: u64,
    /// Rows of native archives that their readers left out; none of them is in `read`. Absent in a run, and if
    /// it is 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub rows_left_out: u64,
    /// Distinct messages.
    pub distinct: u64,
    /// Distinct messages that should be in Close: neither left out nor held.
    pub desired: u64,
    /// Created in Close; in a plan, to be created.
    pub created: u64,
    /// Updated in Close, links of replies included; in a plan, to be updated.
    pub updated: u64,
    /// Replaced: created on another lead, then deleted on the former one.
    pub replaced: u64,
    /// Deleted in Close; in a plan, to be deleted.
    pub deleted: u64,
    /// In Close as desired, adopted ones included.
    pub unchanged: u64,
    /// Messages that a rule leaves out.
    pub skipped: u64,
    /// Messages of held chats.
    pub held: u64,
    /// Messages left alone because their counterpart in Close is uncertain.
    pub undecided: u64,
    /// Operations that Close rejected, or that are impossible; 0 in a plan.
    pub failed: u64,
    /// Requests whose outcome is not established; the next run looks them up.
    pub unknown: u64,
    /// Operations that were not started; 0 in a plan.
    pub not_reached: u64,
    /// Number of files: to upload in a plan, uploaded in a run.
    pub uploads: u64,
    /// Size of these files, in bytes.
    pub bytes: u64,
    /// Number of requests that were sent; an estimate in a plan.
    pub requests: u64,
    /// Number of requests that were sent again; 0 in a plan.
    pub retries: u64,
    /// Duration in seconds, to the millisecond; an estimate in a plan.
    pub seconds: f64,
    /// The part of these counts that concerns messages no longer in any archive.
    #[serde(skip)]
    follow_ups: u64,
}

impl Numbers {
    /// The totals of a plan, with its estimate in place of what a run measures.
    pub fn of_plan(totals: &Totals, estimate: &Estimate) -> Self {
        Numbers {
            read: totals.read,
            rows_left_out: totals.rows_left_out,
            distinct: totals.distinct(),
            desired: totals.desired,
            created: totals.create,
            updated: totals.update + totals.relink + totals.unfinished_links,
            replaced: totals.replace + totals.unfinished,
            deleted: totals.delete,
            unchanged: totals.unchanged,
            skipped: totals.skipped(),
            held: totals.held,
            undecided: totals.undecided,
            failed: 0,
            unknown: 0,
            not_reached: 0,
            uploads: estimate.uploads,
            bytes: estimate.bytes,
            requests: estimate.requests,
            retries: 0,
            seconds: round(estimate.seconds),
            follow_ups: totals.relink + totals.unfinished_links + totals.unfinished,
        }
    }

    /// The totals of a run; `totals` are those of its plan, `seconds` is its duration.
    pub fn of_run(totals: &Totals, summary: &Summary, stats: Stats, seconds: f64) -> Self {
        let held = summary.held_messages();
        Numbers {
            read: totals.read,
            rows_left_out: 0,
            distinct: totals.distinct(),
            desired: totals.desired.saturating_sub(held),
            created: summary.created,
            updated: summary.updated,
            replaced: summary.replaced,
            deleted: summary.deleted,
            unchanged: totals.unchanged + summary.found + summary.gone,
            skipped: totals.skipped(),
            held: totals.held + held,
            undecided: totals.undecided,
            failed: summary.failed.len() as u64,
            unknown: summary.unknown,
            not_reached: summary.not_reached,
            uploads: summary.uploads,
            bytes: summary.upload_bytes,
            requests: stats.requests,
            retries: stats.retries,
            seconds: round(seconds),
            follow_ups: summary.follow_ups.saturating_sub(summary.deleted),
        }
    }

    /// The totals of a run that the user declined: nothing was sent, all operations are not reached.
    /// `totals` are those of its plan.
    pub fn of_declined(totals: &Totals, estimate: &Estimate, stats: Stats) -> Self {
        Numbers {
            created: 0,
            updated: 0,
            replaced: 0,
            deleted: 0,
            not_reached: totals.operations(),
            follow_ups: totals.relink + totals.unfinished_links + totals.delete + totals.unfinished,
            uploads: 0,
            bytes: 0,
            requests: stats.requests,
            retries: stats.retries,
            seconds: 0.0,
            ..Self::of_plan(totals, estimate)
        }
    }

    /// The totals of a run that the user declined before its plan: operations of an earlier run are not reached.
    pub fn of_nothing(not_reached: u64, stats: Stats) -> Self {
        let nothing = Estimate {
            requests: 0,
            uploads: 0,
            bytes: 0,
            seconds: 0.0,
        };
        Numbers {
            not_reached,
            ..Self::of_declined(&Totals::default(), &nothing, stats)
        }
    }

    /// Whether each of the `distinct` messages has ended in exactly one way; false is a bug.
    pub fn add_up(&self, distinct: u64) -> bool {
        distinct == self.distinct
            && distinct == self.skipped + self.held + self.desired
            && distinct + self.follow_ups
                == self.created
                    + self.updated
                    + self.replaced
                    + self.unchanged
                    + self.skipped
                    + self.held
                    + self.undecided
                    + self.failed
                    + self.unknown
                    + self.not_reached
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declined_run_reaches_nothing() {
        let totals = Totals {
            read: 12,
            seen_again: 2,
            held: 3,
            desired: 7,
            create: 5,
            unchanged: 2,
            ..Totals::default()
        };
        let estimate = Estimate::of(&crate::plan::Plan::default(), 1.0);
        let numbers = Numbers::of_declined(&totals, &estimate, Stats::default());
        assert_eq!((numbers.created, numbers.not_reached), (0, 5));
        assert!(numbers.add_up(10), "{numbers:?}");
    }
}
