//! The log of a worker: one JSON object a line, without names, numbers and texts.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::approval::Reason;
use super::job::Counts;

/// A line of the log.
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

/// What happened.
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
        job: i32,
        command: &'static str,
        exit: Option<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        counts: Option<Counts>,
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<&'e str>,
    },
    /// A plan waits for approval.
    NeedsApproval {
        job: i32,
        reason: Reason,
        plan: Counts,
    },
}
