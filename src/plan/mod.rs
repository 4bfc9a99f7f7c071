//! The comparison: what should be in Close against what is there.
//!
//! Pure. Desired chats and what is known of each go in, a [`Plan`] comes out: a value that is
//! shown, counted and then carried out as it is. The dry run is not a flag somewhere else; it is
//! this value, printed (design.md, "Decisions").

mod build;
mod drift;
mod edit;
mod estimate;
mod places;
mod totals;

use std::collections::HashMap;
use std::sync::Arc;

use crate::archive::Container;
use crate::transform::desired::{DesiredChat, DesiredMessage, Destination, Direction, Rule};

pub use build::{Selection, build};
pub use edit::{Edit, files_text, people_text};
pub use estimate::Estimate;
pub use totals::{NotAddingUp, Totals};

/// What is known of one chat's messages, from the checkpoint and from Close. Keys are external
/// ids; everything is of the chat's lead, since in Close the key is (external id, lead).
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What the checkpoint has.
    pub recorded: HashMap<String, Recorded>,
    /// What Close's list of the lead holds: external id to activity id. Asked for where the
    /// checkpoint does not have all of the chat's messages.
    pub listed: HashMap<String, String>,
    /// The same list by side, Unix minute and text, each with the external ids that have it: tells
    /// what another program has put there.
    pub present: HashMap<Present, Vec<String>>,
    /// Messages of the same contact on this lead that were imported under other numbers.
    pub former: Vec<Record>,
    /// Messages that were imported onto another lead.
    pub elsewhere: Vec<Trace>,
    /// The zone was corrected since the chat was recorded.
    pub zone_corrected: bool,
    /// How the checkpoint fingerprints a text; `None` without a checkpoint.
    pub fingerprint: Option<Fingerprint>,
}

/// What two programs that bring one message to Close agree on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Present {
    /// The side.
    pub direction: Direction,
    /// Unix time in whole minutes.
    pub minute: i64,
    /// The text, trimmed.
    pub text: String,
}

impl std::fmt::Debug for Present {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Present")
            .field("minute", &self.minute)
            .finish_non_exhaustive()
    }
}

/// A message that the checkpoint has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is in Close.
    Done {
        /// Its activity id.
        activity_id: String,
        /// What is left to compare it by.
        trace: Trace,
    },
    /// A request left and its outcome is not known.
    Unsettled,
    /// It is known not to be in Close: refused, or never sent.
    NotThere,
}

/// A message that is in Close, as the checkpoint has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The external id under which it is recorded.
    pub external_id: String,
    /// Its activity id.
    pub activity_id: String,
    /// What is left to compare it by.
    pub trace: Trace,
}

/// What the checkpoint keeps of a message's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// `activity_at` in Unix milliseconds.
    pub at: i64,
    /// The same when it was first recorded: its order among the others.
    pub first_at: i64,
    /// The keyed hash of its text.
    pub body: [u8; 16],
    /// How many files it has.
    pub files: u32,
    /// The keyed hash of its files, where it is known.
    pub media: Option<[u8; 16]>,
    /// The keyed hash of its contact, user and numbers, where it is known.
    pub people: Option<[u8; 16]>,
    /// A change was sent and its answer lost: Close may have what is recorded or what was sent.
    pub changing: bool,
}

/// A keyed hash of a text of some kind: `body`, `media`, `people`.
pub type Hasher = dyn Fn(&'static str, &str) -> [u8; 16] + Send + Sync;

/// The keyed hash of a checkpoint, lent to the plan.
#[derive(Clone)]
pub struct Fingerprint(pub Arc<Hasher>);

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprint")
    }
}

/// What is to be done with one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is not in Close: post it.
    Create,
    /// An earlier run may have posted it: ask first, then post it if it is not there.
    Settle,
    /// Close holds it and the checkpoint does not: record this activity id.
    Adopt(String),
    /// It is in Close, and this is to be changed of it.
    Update(Box<Edit>),
    /// It is in Close under this activity id.
    Unchanged(String),
    /// It is not in Close, and a rule leaves it out of this run.
    LeftOut(Rule),
}

/// A message and what is to be done with it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The message. Where nothing is sent, its text and files are dropped to save memory.
    pub message: DesiredMessage,
    /// What is to be done.
    pub action: Action,
}

/// A chat and what is to be done with its messages.
#[derive(Debug, Clone)]
pub struct PlannedChat {
    /// The chat; its messages have moved to `messages`.
    pub chat: DesiredChat,
    /// Where it goes; `None` when it is held or left out.
    pub destination: Option<Destination>,
    /// Its desired messages in posting order. Reply targets are places in this list.
    pub messages: Vec<Planned>,
    /// Recorded messages that the archives no longer hold; they stay in Close.
    pub kept: u32,
    /// The zone is another one than that which is recorded.
    pub zone_corrected: bool,
}

impl PlannedChat {
    /// How many messages have a time to be corrected.
    pub fn times_to_correct(&self) -> usize {
        self.messages
            .iter()
            .filter(|planned| matches!(&planned.action, Action::Update(edit) if edit.time))
            .count()
    }
}

/// The plan of a run.
#[derive(Debug, Default)]
pub struct Plan {
    /// The chats, in the order in which they are carried out.
    pub chats: Vec<PlannedChat>,
    /// Where the files lie; [`crate::transform::desired::File::container`] is an index into this.
    pub containers: Vec<Arc<Container>>,
}
