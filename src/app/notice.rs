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

/// The text of the notice about an address book whose encoding is not declared.
pub(crate) const ENCODING_ASSUMED: &str = "The encoding of the address book is not declared; Windows-1252 was assumed. If names with other letters are not found, export it as UTF-8 or as vCard";

/// Something that a use case reports. Names in it are redacted where it is printed.
#[derive(Debug)]
pub enum Notice {
    /// A path that contains nothing to read, with the reason and the remedy, as it may be named.
    Ignored(String),
    /// As [`Notice::Ignored`], for a file with the name of a private chat, which is not named.
    IgnoredPrivate {
        /// The stable code of the reason.
        code: String,
    },
    /// Archives next to others that a device names one by one, and that no device has: a sentence
    /// for a person.
    Unnamed(String),
    /// An archive that could not be read, as it may be named.
    Unreadable(String),
    /// A property of a native archive that a person should know.
    Archive(String),
    /// A row of a table that has no effect or needs a look, with file and line.
    Row(String),
    /// A row of replies.csv that sets no link.
    Reply {
        /// The row's line in replies.csv, from 1.
        line: u32,
        /// Why the row sets no link, in words.
        reason: String,
    },
    /// A row of decisions.csv whose message is not planned.
    Decision {
        /// The row's line in decisions.csv, from 1.
        line: u32,
        /// Whether an archive of this run has the message, which is then left out, held, or read from
        /// another archive.
        is_read: bool,
    },
    /// Lines of never.txt that match no chat or number.
    NeverUnmatched {
        /// The lines of never.txt, from 1.
        lines: Vec<u32>,
    },
    /// A line of never.txt with a colon and no device before it.
    NeverDevice {
        /// The line of never.txt, from 1.
        line: u32,
        /// The names of the devices; empty without `[[device]]` blocks.
        devices: Vec<String>,
    },
    /// A problem of the key file, with the remedy: others can read it.
    Credential(String),
    /// The key goes to this base URL, which is not that of Close.
    OtherServer(String),
    /// Others could read or change the checkpoint.
    CheckpointMode {
        /// The path of the checkpoint.
        path: PathBuf,
        /// Its Unix permission bits before, such as `0o644`.
        mode: u32,
        /// Whether only its owner can read it now; false if its mode could not be changed.
        is_changed: bool,
    },
    /// `send_to_inbox` is set, so that every incoming message creates an Inbox notification.
    Inbox,
    /// A device without `user_id`, while others have one: the key's user will own its messages.
    KeysUser {
        /// The number of its messages to post.
        messages: u64,
        /// The name of the device.
        device: String,
        /// The name of the key's user; `None` offline.
        user: Option<String>,
    },
    /// The server is the sandbox, and requests to it are not paced.
    Unpaced,
    /// Close has become unreachable, or reachable again; a run waits meanwhile.
    Outage {
        /// Whether Close is unreachable now.
        is_out: bool,
    },
    /// Webhooks that will be notified of what is written: each host with the number of events that
    /// it receives.
    Listeners(Vec<(String, u64)>),
    /// Webhooks could not be listed.
    ListenersUnknown {
        /// Why their list could not be read, in words; `None`: the key is not permitted to list
        /// them.
        unreadable: Option<String>,
    },
    /// The access token expires before the estimated end of the run.
    TokenExpires {
        /// The time until it expires, in seconds.
        left: f64,
        /// Whether the token contains its expiry; if not, `left` is the longest life of a token.
        is_known: bool,
        /// The estimated duration of the run, in seconds.
        seconds: f64,
    },
    /// A request has had no usable response for some time, and is still retried.
    Waiting(SlowRequest),
    /// `--strict` is given, and lines or dates may have been misread.
    Misread {
        /// The numbers of lines and archives that may have been misread.
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
        /// The number of its cards.
        cards: u64,
        /// Whether its encoding is not declared, so that Windows-1252 was assumed.
        is_encoding_assumed: bool,
        /// The number of telephone numbers that could not be parsed.
        unread: u64,
        /// Whether the device's own number gives the country of numbers without one.
        has_country: bool,
    },
    /// Something about a row of contacts.csv, with file and line.
    RowNote(String),
    /// A row of contacts.csv that failed, with file and line.
    RowFailed(String),
    /// Leads are about to be created for marked rows of contacts.csv.
    LeadsToMake {
        /// The number of leads to create.
        leads: u64,
        /// The number of leads among them that an earlier run may have created: they are looked up
        /// first.
        unsettled: u64,
    },
    /// Workflows in Close that may start for new leads.
    Workflows {
        /// The number of leads to create.
        leads: u64,
        /// The name of the status that the leads get; `None`: not chosen yet.
        status: Option<String>,
        /// The names of the workflows that are active; `None`: the key is not permitted to read
        /// them.
        active: Option<Vec<String>>,
    },
    /// A person declined to create leads, so that none was created.
    NoLeadMade,
    /// A person declined to add numbers to contacts, so that none was added.
    NoNumberAdded,
    /// A person declined the question before a run, so that nothing was sent.
    Declined,
    /// The table of failures was written: what a run could not process.
    FailuresWritten {
        /// The number of its rows.
        failures: usize,
        /// The path of the table.
        path: PathBuf,
        /// Whether messages are among the failures.
        messages: bool,
        /// Whether archives are among the failures.
        archives: bool,
    },
    /// A file at the path of failures.csv is no such table, so that it was not replaced.
    FailuresNotOurs(PathBuf),
    /// failures.csv could not be written at this path, for this reason.
    FailuresNotWritten(PathBuf, std::io::Error),
    /// No archive could be opened, for this reason; the checkpoint alone is compared with Close.
    NoArchives(String),
    /// `--chat` names a chat on each of these devices, which are all selected.
    SeveralDevices(BTreeSet<String>),
    /// The number of activities of ours in Close that the checkpoint does not record.
    Unrecorded(u64),
    /// The lists of leads may lack the newest messages: they are read again after a wait.
    ListsLate {
        /// The number of leads whose lists are read again.
        leads: u64,
        /// How long the command waits before it reads them again.
        wait: Duration,
    },
    /// Messages of ours without a record were posted a moment ago, so that the lists of this number of leads may lack
    /// others; nothing waits for them.
    ListsUnsettled(u64),
    /// As [`Notice::ListsUnsettled`], in a run: it waits, and reads the lists again.
    ListsUnsettledWait {
        /// The number of leads whose lists are read again.
        leads: u64,
        /// How long the command waits before it reads them again.
        wait: Duration,
    },
    /// A message that a pilot posted to this lead is not recorded.
    PilotAbsent(LeadId),
    /// The messages of a pilot that are recorded, each compared with Close.
    PilotCompared(Vec<PilotMessage>),
    /// The result of a pilot, in messages.
    PilotResult {
        /// Messages that Close has as they were planned.
        same: u64,
        /// All messages of the pilot.
        all: u64,
        /// Messages that were posted and are not in Close any more.
        removed: u64,
        /// Messages that are in Close.
        in_close: u64,
    },
    /// The kinds of messages that a pilot could not try on a device, which has none.
    PilotLacks(MissingKinds),
    /// `--probe` is about to post messages of its own to these leads, and to delete them.
    ProbePlanned(Vec<LeadId>),
    /// Where a probe found external ids to be unique; `None`: a second message was rejected on its
    /// lead, and no other lead was tried.
    Probed(Option<UniqueIds>),
    /// A probe ended without a finding, for this reason.
    ProbeFailed(String),
    /// The number of messages that an earlier probe had left in Close and that were deleted.
    ProbeCleared(u64),
    /// The number of deletions that an interrupted undo began, and that an import finishes first.
    UndoUnfinished(u64),
    /// Deletions that an interrupted undo had begun were finished.
    UndoFinished {
        /// The number of messages that were deleted.
        deleted: u64,
        /// The number of messages that stay, since they changed in Close or Close rejects the
        /// deletion.
        kept: u64,
    },
    /// The command that undoes a run.
    UndoCommand {
        /// The run's number, for `chatferry undo`.
        run: u32,
        /// The number of messages that it created.
        created: u64,
    },
}

/// A message of a pilot, as a person recognises it, and how Close has it.
#[derive(Debug)]
pub struct PilotMessage {
    /// The name of the message's device.
    pub device: String,
    /// The name of the message's chat.
    pub chat: String,
    /// The local time of the message on the phone, as `2024-03-13 10:10`.
    pub at: String,
    /// The first words of its text; `None` if output is kept, where content must not appear.
    pub words: Option<Content>,
    /// What kind of message it is.
    pub kind: PilotKind,
    /// Where a person finds it in Close: the address of its lead, or the lead's id.
    pub place: String,
    /// The id of its activity in Close.
    pub id: ActivityId,
    /// The names of the fields that differ in Close; empty: it is as it should be.
    pub differing: Vec<&'static str>,
    /// Whether files of it could not be read back, so that they were not compared.
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
