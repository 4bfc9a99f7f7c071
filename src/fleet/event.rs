//! The log of a worker: one JSON object a line, without names, numbers and texts.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::approval::Reason;
use super::job::Counts;

/// A line of the worker's log, as a JSON object.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'e> {
    at: DateTime<Utc>,
    worker: &'e str,
    #[serde(flatten)]
    event: Event<'e>,
}

impl<'e> Line<'e> {
    pub(super) fn new(at: DateTime<Utc>, worker: &'e str, event: Event<'e>) -> Line<'e> {
        Line { at, worker, event }
    }
}

/// What a worker logs; the variant is the key `event`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'e> {
    /// The worker waits for jobs.
    Began { health: Option<u16> },
    /// The worker has ended: nothing of it runs.
    Ended,
    /// The store cannot be used now; the worker tries again.
    StoreFailed { code: &'e str, problem: &'e str },
    /// The worker has taken a job.
    Taken { job: i32, folder: &'e str },
    /// The worker leaves a job to others, since it cannot read the folder.
    Unreadable { job: i32, problem: &'e str },
    /// A turn has ended before an import.
    NotRun { job: i32, problem: &'e str },
    /// A child process has ended.
    Ran {
        /// The id of the job.
        job: i32,
        /// The command that the child process ran, such as `plan`.
        command: &'static str,
        /// The exit status of the process; `None` if it crashed or was ended.
        exit: Option<i32>,
        /// The counts of the plan or import; `None` if it printed none.
        #[serde(skip_serializing_if = "Option::is_none")]
        counts: Option<Counts>,
        /// What prevented it, in words; `None` if nothing did.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<&'e str>,
    },
    /// A plan waits for approval.
    NeedsApproval {
        /// The id of the job.
        job: i32,
        /// Why the plan needs approval.
        reason: Reason,
        /// The counts of the plan.
        plan: Counts,
    },
}
