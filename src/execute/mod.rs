//! Carries out a plan: uploads, posts, links, settles.
//!
//! The order of things for one message: its files go up; the intent is on disk; the request
//! leaves; the answer is on disk. An answer that did not come is *unknown*, and unknown is asked,
//! never sent again (design.md, invariant 4). The room emits [`Event`]s and prints nothing; time,
//! sleep and chance are passed in.
//!
//! | file       | holds                                                              |
//! |------------|--------------------------------------------------------------------|
//! | `run`      | the loop that starts work and takes results                        |
//! | `queue`    | which message is next; a reply waits for its target and nothing else |
//! | `replace`  | a message that is somewhere else: the steps of a move and of a restore |
//! | `follow_ups` | deletions and links of messages that archives no longer contain   |
//! | `check`    | lead, contact and user of a chat, read back before its first write |
//! | `job`      | a message on its way: what is decided, what is sent, how it ends   |
//! | `post`     | one message: files, intent, request, answer                        |
//! | `update`   | changes to a message that Close holds                              |
//! | `upload`   | one file, streamed from its archive                                |
//! | `refusals` | when a chat is stopped                                             |
//! | `current`  | the activity that a message has by now, where the recorded one is missing |
//! | `settle`   | asking Close what became of an unknown request                     |
//! | `leads`    | leads that are missing in Close, made once                           |
//! | `event`    | what happened, for whoever watches                                 |
//! | `summary`  | the numbers of a run, which add up                                 |

mod chat;
mod check;
mod content_type;
mod current;
mod event;
mod follow_ups;
mod job;
mod knowledge;
mod leads;
mod post;
mod queue;
mod refusals;
mod replace;
mod run;
mod settle;
mod stop;
mod summary;
mod update;
mod upload;

use std::time::Duration;

pub use check::Checks;
pub use event::{Event, Events, FollowUpEnd, Found};
pub use leads::{LeadMaker, LeadOutcome, MissingLead, creation, lead_hash};
pub use run::{Executor, run};
pub use stop::{Stop, Stopper};
pub use summary::{FailedMessage, HeldChat, Summary};

/// How hard the executor works.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Posts under way at once.
    pub concurrency: usize,
    /// Uploads under way at once.
    pub upload_concurrency: usize,
    /// How long a look-up may miss a write that did happen (`close-api.md` 5.6).
    pub settle: Duration,
    /// How long work under way may go on after the first request to stop.
    pub drain: Duration,
    /// So many refusals of one kind in a row stop a chat.
    pub refusals: u32,
}

impl Limits {
    /// What is under way after the first Ctrl-C gets this long (issue "the main job").
    pub const DRAIN: Duration = Duration::from_secs(10);
    /// A run of equal 4xx in one chat has one cause, and going on only wastes the allowance.
    pub const REFUSALS: u32 = 20;
}
