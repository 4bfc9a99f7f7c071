//! Carries out a plan: uploads, posts, links, settles.
//!
//! The sequence for one message: its files are uploaded; the intent is on disk; the request is sent;
//! the answer is on disk. A request without an answer is *unknown*: its outcome is looked up, and it is
//! never repeated blindly. The module emits [`Event`]s and prints nothing; time, sleep and randomness
//! are injected.
//!
//! | file         | holds                                                               |
//! |--------------|---------------------------------------------------------------------|
//! | `run`        | the loop that starts work and processes results                     |
//! | `queue`      | the next message to start; a reply waits for its target only        |
//! | `replace`    | the steps of a move to another lead and of a restore                |
//! | `delete_first` | a move where an id is unique in the organisation                    |
//! | `follow_ups` | deletions and links of messages that are no longer in the archives  |
//! | `copies`     | the deletion of an activity that repeats another one                |
//! | `reason`     | the interface of the caller that knows the reason for an operation   |
//! | `recheck`    | whether the reason for an operation of a repair still holds         |
//! | `check`      | lead, contact and user of a chat, read back before its first write  |
//! | `job`        | a message being imported: decisions, request, outcome               |
//! | `post`       | one message: files, intent, request, answer                         |
//! | `answered`   | keyed hashes of Close's answer, for a later comparison              |
//! | `posted`     | Close's ids of posted messages that replies need                    |
//! | `update`     | changes to a message in Close                                       |
//! | `upload`     | one file, streamed from its archive                                 |
//! | `long_text`  | a text over Close's limit, cut and attached as a file                |
//! | `uploaded`   | uploads that the next attempt of their message uses again           |
//! | `refusals`   | when a chat is stopped                                              |
//! | `current`    | the present activity of a message whose recorded activity is missing |
//! | `settle`     | the look-up of an unknown request                                   |
//! | `leads`      | leads that are missing in Close, each created once                  |
//! | `leftover`   | a message of a move on its previous lead                            |
//! | `trial`      | the first message of moves that delete first goes alone              |
//! | `undo`       | deletes what a run created, one message at a time                    |
//! | `event`      | the events of a run                                                 |
//! | `summary`    | the counts of a run, which add up                                   |
//!
//! See docs/design/execution.md, "Outcomes".

mod answered;
mod chat;
mod check;
mod content_type;
mod copies;
mod current;
mod delete_first;
mod event;
mod follow_ups;
mod job;
mod knowledge;
mod leads;
mod leftover;
mod long_text;
mod post;
mod posted;
mod queue;
mod reason;
mod recheck;
mod refusals;
mod replace;
mod run;
mod settle;
mod stop;
mod summary;
mod trial;
pub(crate) mod undo;
mod update;
mod upload;
mod uploaded;

use std::time::Duration;

pub use check::Checks;
pub use event::{Event, Events, FollowUpEnd, Found};
pub use leads::{LeadMaker, LeadOutcome, MissingLead, creation, lead_hash};
pub use reason::{Recheck, Rechecked};
pub(crate) use refusals::Refusals;
pub use run::{Executor, record, run, run_checked};
pub use stop::{Stop, Stopper};
pub use summary::{FailedMessage, HeldChat, Summary};

/// Limits of the executor's concurrency, waits and rejections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum number of concurrent posts.
    pub concurrency: usize,
    /// The maximum number of concurrent uploads.
    pub upload_concurrency: usize,
    /// The time for which a look-up may miss a completed write. Close documents no bound; up to a minute
    /// was observed.
    pub settle: Duration,
    /// The time that requests in flight get to finish after the first request to stop.
    pub drain: Duration,
    /// The number of consecutive rejections of one kind after which a chat is stopped.
    pub refusals: u32,
}

impl Limits {
    /// The time that requests in flight get after the first Ctrl-C.
    pub const DRAIN: Duration = Duration::from_secs(10);
    /// Consecutive equal 4xx answers in one chat have one cause; going on only consumes the rate limit.
    pub const REFUSALS: u32 = 20;
}
