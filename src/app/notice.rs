//! What a use case reports to a person while it works.
//!
//! Belongs here: the data of each notice, and, in the files below, its severity and wording. Never here: message text, or
//! how a notice is printed.

mod before_writes;
mod compared;
mod lookup;
mod pilot;
mod severity;
mod tables;
mod undo;
mod wording;

pub use severity::Severity;
pub(crate) use wording::outage_message;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::Account;
use super::strict::Misread;
use crate::close::SlowRequest;
use crate::ids::{ActivityId, LeadId};
use crate::organization::UniqueIds;
use crate::plan::pilot::MissingKinds;
use crate::transform::desired::Content;

/// The notice about an address book that is not UTF-8.
pub(crate) const ENCODING_ASSUMED: &str = "The encoding of the address book is not declared; Windows-1252 was assumed. If names with other letters are not found, export it as UTF-8 or as vCard";

/// Something that a use case reports. Names in it are redacted where it is printed.
#[derive(Debug)]
pub enum Notice {
    /// A path that was looked at and contains nothing to read.
    Ignored(String),
    /// The same, with the name of a private chat.
    IgnoredPrivate {
        /// The code of the reason.
        code: String,
    },
    /// Archives that no device has, as they may be named.
    Unnamed(String),
    /// An archive that could not be read, as it may be named.
    Unreadable(String),
    /// A property of a native archive that a person should know.
    Archive(String),
    /// A row of a table that has no effect or needs a look, with file and line.
    Row(String),
    /// A row of replies.csv that sets no link.
    Reply {
        /// Its line.
        line: u32,
        /// Why.
        reason: String,
    },
    /// A row of decisions.csv whose message is not planned.
    Decision {
        /// Its line.
        line: u32,
        /// The message is of an archive of this run.
        is_read: bool,
    },
    /// Lines of never.txt that match no chat or number.
    NeverUnmatched {
        /// The lines.
        lines: Vec<u32>,
    },
    /// A line of never.txt with a colon and no device before it.
    NeverDevice {
        /// The line.
        line: u32,
        /// The names of the devices; empty without `[[device]]` blocks.
        devices: Vec<String>,
    },
    /// A problem of the credential's file.
    Credential(String),
    /// The key goes to another server than Close.
    OtherServer(String),
    /// Others could read or change the checkpoint.
    CheckpointMode {
        /// The checkpoint.
        path: PathBuf,
        /// Its permission bits before.
        mode: u32,
        /// Whether only its owner can read it now.
        is_changed: bool,
    },
    /// `send_to_inbox` is set.
    Inbox,
    /// A device without a user, while others have one.
    KeysUser {
        /// Its messages to post.
        messages: u64,
        /// Its name.
        device: String,
        /// The user of the key; `None` offline.
        user: Option<String>,
    },
    /// The server is the sandbox, and requests to it are not paced.
    Unpaced,
    /// Close is unreachable, or reachable again.
    Outage {
        /// It is out of reach.
        is_out: bool,
    },
    /// Webhooks that will be notified of what is written: each host with the number of its events.
    Listeners(Vec<(String, u64)>),
    /// Webhooks could not be listed.
    ListenersUnknown {
        /// Why their list could not be read; `None`: the key is not permitted to list them.
        unreadable: Option<String>,
    },
    /// The access token expires before the estimated end of the run.
    TokenExpires {
        /// Its life from now, in seconds.
        left: f64,
        /// The token contains its expiry; else `left` is the longest life of a token.
        is_known: bool,
        /// The estimated duration of the run, in seconds.
        seconds: f64,
    },
    /// A request has had no usable response for some time.
    Waiting(SlowRequest),
    /// `--strict` and something that may have been misread.
    Misread {
        /// What.
        misread: Misread,
        /// What becomes of the command, as the end of the sentence.
        outcome: &'static str,
    },
    /// The account in which rows are looked up.
    LookingIn(Box<Account>),
    /// The account into which something goes.
    Into(Box<Account>),
    /// An address book was read.
    AddressBook {
        /// Its cards.
        cards: u64,
        /// Its encoding is not known.
        is_encoding_assumed: bool,
        /// Numbers that cannot be understood.
        unread: u64,
        /// The device's own number gives the country of numbers without one.
        has_country: bool,
    },
    /// Something about a row of contacts.csv, with file and line.
    RowNote(String),
    /// A row of contacts.csv that failed, with file and line.
    RowFailed(String),
    /// Leads are to be created.
    LeadsToMake {
        /// The number of leads.
        leads: u64,
        /// Those among them that an earlier run may have created.
        unsettled: u64,
    },
    /// Workflows in Close that may start for new leads.
    Workflows {
        /// The number of leads.
        leads: u64,
        /// The name of their status; `None`: not chosen yet.
        status: Option<String>,
        /// The names of the active ones; `None`: the key may not read them.
        active: Option<Vec<String>>,
    },
    /// A person declined to create leads.
    NoLeadMade,
    /// A person declined to add numbers.
    NoNumberAdded,
    /// A person declined.
    Declined,
    /// failures.csv was written.
    FailuresWritten {
        /// The number of failures.
        failures: usize,
        /// The file.
        path: PathBuf,
        /// Among them are messages.
        messages: bool,
        /// Among them are archives.
        archives: bool,
    },
    /// A file in the place of failures.csv is not one.
    FailuresNotOurs(PathBuf),
    /// failures.csv could not be written.
    FailuresNotWritten(PathBuf, std::io::Error),
    /// No archive is there, and the checkpoint alone is compared with Close.
    NoArchives(String),
    /// `--chat` names a chat on each of these devices.
    SeveralDevices(BTreeSet<String>),
    /// Messages of ours are in Close and not recorded.
    Unrecorded(u64),
    /// Lists of leads may be late: they are read again.
    ListsLate {
        /// The number of leads.
        leads: u64,
        /// The time until then.
        wait: Duration,
    },
    /// Messages of ours without a record were posted a moment ago, so that the lists of this number of leads may lack
    /// others; nothing waits for them.
    ListsUnsettled(u64),
    /// The same; the lists are read again when they are complete.
    ListsUnsettledWait {
        /// The number of leads.
        leads: u64,
        /// The time until then.
        wait: Duration,
    },
    /// A message of a pilot is not recorded.
    PilotAbsent(LeadId),
    /// The messages of a pilot that are recorded, each compared with Close.
    PilotCompared(Vec<PilotMessage>),
    /// The result of a pilot.
    PilotResult {
        /// Messages as they should be.
        same: u64,
        /// Messages in all.
        all: u64,
        /// Messages that were posted and are not in Close any more.
        removed: u64,
        /// Messages that are in Close.
        in_close: u64,
    },
    /// What a pilot could not try on a device.
    PilotLacks(MissingKinds),
    /// What `--probe` is about to do on these leads.
    ProbePlanned(Vec<LeadId>),
    /// What a probe found; `None`: a second message was refused on its lead, and no other lead was tried.
    Probed(Option<UniqueIds>),
    /// A probe found nothing, and why.
    ProbeFailed(String),
    /// Messages that an earlier probe had left were deleted.
    ProbeCleared(u64),
    /// The number of deletions that an interrupted undo began, and that an import finishes first.
    UndoUnfinished(u64),
    /// Deletions that an interrupted undo had begun were finished.
    UndoFinished {
        /// Messages that were deleted.
        deleted: u64,
        /// Messages that stay, since they changed in Close or Close rejects the deletion.
        kept: u64,
    },
    /// The command that undoes a run.
    UndoCommand {
        /// The run.
        run: u32,
        /// The number of messages that it created.
        created: u64,
    },
}

/// A message of a pilot, as a person recognises it, and how Close has it.
#[derive(Debug)]
pub struct PilotMessage {
    /// Its device.
    pub device: String,
    /// The name of its chat.
    pub chat: String,
    /// Its local time, as `2024-03-13 10:10`.
    pub at: String,
    /// Its first words; `None` where output is kept.
    pub words: Option<Content>,
    /// What kind of message it is.
    pub kind: PilotKind,
    /// Where a person looks at it.
    pub place: String,
    /// The activity.
    pub id: ActivityId,
    /// The names of the fields that differ in Close; empty: it is as it should be.
    pub differing: Vec<&'static str>,
    /// Its files could not be read back.
    pub has_unread_files: bool,
}

/// The kinds of messages that a pilot tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PilotKind {
    /// A text that replies to nothing.
    Text,
    /// A reply.
    Reply,
    /// A message with files.
    Files,
}

impl PilotKind {
    /// A noun with its article.
    fn describe(self) -> &'static str {
        match self {
            PilotKind::Text => "a text",
            PilotKind::Reply => "a reply",
            PilotKind::Files => "a message with files",
        }
    }
}

impl PilotMessage {
    /// Whether Close has it as it should be.
    pub fn is_correct(&self) -> bool {
        self.differing.is_empty()
    }
}
