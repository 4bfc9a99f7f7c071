//! What a use case reports to a person while it works.
//!
//! Belongs here: the data of each notice, and its wording in `Display`. Never here: message text, or
//! how a notice is printed.

mod lookup;
mod pilot;
mod undo;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::strict::Misread;
use crate::close::SlowRequest;
use crate::ids::{ActivityId, LeadId};
use crate::organization::UniqueIds;
use crate::people::never;
use crate::plan::pilot::MissingKinds;
use crate::quantity::{count, duration};
use crate::transform::desired::Content;
use crate::transform::{decision_table, reply_table};

/// The notice about an address book that is not UTF-8.
pub(crate) const ENCODING_ASSUMED: &str = "The encoding of the address book is not declared; Windows-1252 was assumed. If names with other letters are not found, export it as UTF-8 or as vCard";

/// Undelivered events at which Close pauses a webhook (Close's documentation of webhooks).
const QUEUE: &str = "100,000";

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// For information.
    Note,
    /// Something is missing or doubtful; work continues.
    Warning,
    /// Something failed.
    Error,
    /// A warning that must be seen before going on.
    Alarm,
}

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
    LookingIn(String),
    /// The account into which something goes.
    Into(String),
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
    /// A message of a pilot is in Close as it should be.
    PilotSame {
        /// The message.
        message: PilotMessage,
        /// Where a person looks at it.
        place: String,
        /// What kind of message it is.
        what: &'static str,
        /// The activity.
        id: ActivityId,
        /// Its files could not be read back.
        has_unread_files: bool,
    },
    /// A message of a pilot differs in Close.
    PilotDiffers {
        /// The message.
        message: PilotMessage,
        /// Where a person looks at it.
        place: String,
        /// What kind of message it is.
        what: &'static str,
        /// The activity.
        id: ActivityId,
        /// The names of the fields.
        fields: Vec<&'static str>,
    },
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

/// A message of a pilot, as a person recognises it.
#[derive(Debug)]
pub struct PilotMessage {
    /// The name of its chat.
    pub chat: String,
    /// Its local time.
    pub at: String,
    /// Its first words; `None` where output is kept.
    pub words: Option<Content>,
}

impl Notice {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            Notice::Archive(_)
            | Notice::OtherServer(_)
            | Notice::CheckpointMode {
                is_changed: true, ..
            }
            | Notice::LookingIn(_)
            | Notice::Into(_)
            | Notice::Unpaced
            | Notice::AddressBook { .. }
            | Notice::RowNote(_)
            | Notice::LeadsToMake { .. }
            | Notice::NoLeadMade
            | Notice::NoNumberAdded
            | Notice::Outage { .. }
            | Notice::Waiting(_)
            | Notice::ListenersUnknown { .. }
            | Notice::ListsLate { .. }
            | Notice::ListsUnsettledWait { .. }
            | Notice::SeveralDevices(_)
            | Notice::Declined
            | Notice::FailuresWritten { .. }
            | Notice::PilotAbsent(_)
            | Notice::PilotSame { .. }
            | Notice::PilotResult { .. }
            | Notice::PilotLacks(_)
            | Notice::ProbePlanned(_)
            | Notice::Probed(_)
            | Notice::ProbeCleared(_)
            | Notice::UndoUnfinished(_)
            | Notice::UndoFinished { .. }
            | Notice::UndoCommand { .. } => Severity::Note,
            Notice::Ignored(_)
            | Notice::IgnoredPrivate { .. }
            | Notice::Unnamed(_)
            | Notice::Row(_)
            | Notice::Reply { .. }
            | Notice::Decision { .. }
            | Notice::NeverUnmatched { .. }
            | Notice::NeverDevice { .. }
            | Notice::Credential(_)
            | Notice::CheckpointMode {
                is_changed: false, ..
            }
            | Notice::ProbeFailed(_)
            | Notice::Listeners(_)
            | Notice::TokenExpires { .. }
            | Notice::NoArchives(_)
            | Notice::Unrecorded(_)
            | Notice::ListsUnsettled(_)
            | Notice::FailuresNotOurs(_)
            | Notice::FailuresNotWritten(..) => Severity::Warning,
            Notice::Unreadable(_) | Notice::RowFailed(_) | Notice::Misread { .. } => {
                Severity::Error
            }
            Notice::Workflows { active, .. } => match active {
                None => Severity::Warning,
                Some(active) if active.is_empty() => Severity::Note,
                Some(_) => Severity::Alarm,
            },
            Notice::Inbox | Notice::PilotDiffers { .. } => Severity::Alarm,
        }
    }
}

/// The message when Close becomes unreachable (`true`) or responds again.
pub(crate) fn outage_message(is_out: bool) -> &'static str {
    match is_out {
        true => {
            "Close does not respond. The run waits and retries from time to time; Ctrl-C stops it, and nothing is lost."
        }
        false => "Close responds again. The run continues.",
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Ignored(text) => f.write_str(text),
            Notice::IgnoredPrivate { code } => write!(
                f,
                "a file with the name of a private chat is ignored ({code})"
            ),
            Notice::Unnamed(text)
            | Notice::Unreadable(text)
            | Notice::Archive(text)
            | Notice::Row(text)
            | Notice::RowNote(text)
            | Notice::RowFailed(text)
            | Notice::Credential(text) => f.write_str(text),
            Notice::LookingIn(account) => write!(f, "Searching {account}"),
            Notice::Into(account) => write!(f, "Into {account}"),
            Notice::AddressBook { .. }
            | Notice::LeadsToMake { .. }
            | Notice::Workflows { .. }
            | Notice::NoNumberAdded
            | Notice::NoLeadMade => self.lookup(f),
            Notice::Reply { .. } | Notice::Decision { .. } => self.row(f),
            Notice::NeverUnmatched { .. } | Notice::NeverDevice { .. } => self.never(f),
            Notice::Inbox => f.write_str(
                "send_to_inbox = true: every incoming message will create an Inbox notification in Close",
            ),
            Notice::Unpaced => f.write_str(
                "Rehearsal in the sandbox: not paced (set `requests_per_second` to pace it)",
            ),
            Notice::Outage { is_out } => f.write_str(outage_message(*is_out)),
            Notice::OtherServer(_)
            | Notice::CheckpointMode { .. }
            | Notice::Listeners(_)
            | Notice::ListenersUnknown { .. }
            | Notice::TokenExpires { .. } => self.before_writes(f),
            Notice::Waiting(SlowRequest {
                endpoint,
                waited,
                last,
            }) => {
                write!(f, "Waiting for the response to {endpoint} ({} s", waited.as_secs())?;
                match last {
                    None => f.write_str(")"),
                    Some(last) => write!(f, "; the last attempt ended with {last})"),
                }
            }
            Notice::Unrecorded(_)
            | Notice::NoArchives(_)
            | Notice::ListsLate { .. }
            | Notice::ListsUnsettled(_)
            | Notice::ListsUnsettledWait { .. } => self.compared(f),
            Notice::SeveralDevices(devices) => {
                let devices: Vec<&str> = devices.iter().map(String::as_str).collect();
                write!(
                    f,
                    "`--chat` names a chat on each of the devices {}; all of them are selected: `--device NAME` selects one",
                    devices.join(", ")
                )
            }
            Notice::Misread { misread, outcome } => write!(
                f,
                "--strict: {misread}; `chatferry inspect --details` lists them{outcome}"
            ),
            Notice::Declined => f.write_str("Nothing was sent."),
            Notice::FailuresWritten { .. }
            | Notice::FailuresNotOurs(_)
            | Notice::FailuresNotWritten(..) => self.failures(f),
            Notice::PilotAbsent(_)
            | Notice::PilotSame { .. }
            | Notice::PilotDiffers { .. }
            | Notice::PilotResult { .. }
            | Notice::PilotLacks(_)
            | Notice::ProbePlanned(_)
            | Notice::Probed(_)
            | Notice::ProbeFailed(_)
            | Notice::ProbeCleared(_) => self.pilot(f),
            Notice::UndoUnfinished(_)
            | Notice::UndoFinished { .. }
            | Notice::UndoCommand { .. } => self.undo(f),
        }
    }
}

impl Notice {
    fn before_writes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::OtherServer(url) => {
                write!(f, "The key is sent to {url}, which is not Close.")
            }
            Notice::CheckpointMode {
                path,
                mode,
                is_changed,
            } => {
                let path = path.display();
                match is_changed {
                    true => write!(
                        f,
                        "The mode of {path} was {mode:o} and is now 600: only you can read it."
                    ),
                    false => write!(
                        f,
                        "the mode of {path} is {mode:o} and could not be changed to 600; others may read it: put it on a disk that has modes, or make it your own file"
                    ),
                }
            }
            Notice::Listeners(hosts) => {
                let hosts = hosts.iter().map(|(host, events)| format!("{host} of {}", count(*events, "event")));
                let hosts: Vec<String> = hosts.collect();
                write!(
                    f,
                    "webhooks will be notified of what this import writes: {}. If old messages must not trigger anything, pause them in Close first. Close pauses a webhook itself once {QUEUE} of its events are not delivered; it stays paused until it is resumed through the API, and missed events are not sent again",
                    hosts.join(", ")
                )
            }
            Notice::TokenExpires {
                left,
                is_known,
                seconds,
            } => {
                let needs = duration(*seconds);
                match is_known {
                    true => write!(f, "the access token expires in {}", duration(*left))?,
                    false => write!(
                        f,
                        "an access token of Close expires {} after it was issued",
                        duration(*left)
                    )?,
                }
                write!(
                    f,
                    ", and this import takes about {needs}: it will stop with status 5, and the same command with a new token resumes it; an API key does not expire"
                )
            }
            Notice::ListenersUnknown {
                unreadable: Some(why),
            } => write!(
                f,
                "Whether webhooks will be notified of what this import writes is not known, since their list could not be read ({why}); ask an administrator."
            ),
            _ => f.write_str(
                "Whether webhooks will be notified of what this import writes is not known, since this key is not permitted to list them; ask an administrator.",
            ),
        }
    }

    fn row(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Reply { line, reason } => {
                write!(
                    f,
                    "{}:{line}: {reason}; the row is ignored",
                    reply_table::FILE
                )
            }
            Notice::Decision { line, is_read } => {
                let why = match is_read {
                    true => "this message is left out, held, or read from another archive",
                    false => "no message of the chats of this plan has this id",
                };
                let file = decision_table::FILE;
                write!(f, "{file}:{line}: {why}; the row has no effect")
            }
            _ => Ok(()),
        }
    }

    fn never(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = never::FILE;
        match self {
            Notice::NeverUnmatched { lines } => {
                let verb = match lines.len() {
                    1 => "matches",
                    _ => "match",
                };
                let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
                write!(
                    f,
                    "{file}:{}: {verb} no participant in the archives or contacts.csv; copy the name from `chatferry inspect --details`",
                    lines.join(",")
                )
            }
            Notice::NeverDevice { line, devices } => {
                write!(
                    f,
                    "{file}:{line}: no device before the colon, so the line is treated as a name; "
                )?;
                match devices.as_slice() {
                    [] => f.write_str(
                        "the `device:` prefix needs [[device]] blocks in chatferry.toml",
                    ),
                    devices => write!(f, "the devices are {}", devices.join(", ")),
                }
            }
            _ => Ok(()),
        }
    }

    fn compared(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Unrecorded(messages) => write!(
                f,
                "{} of ours are in Close without a record: the checkpoint is lost or older than the last import. An import records them and posts none again; `chatferry recover` also records what no archive has",
                count(*messages, "message")
            ),
            Notice::NoArchives(why) => write!(
                f,
                "{why}; Close is compared with the checkpoint alone, which has no names of archives"
            ),
            Notice::ListsLate { leads, wait } => write!(
                f,
                "{} may lack messages that were posted a moment ago; reading again for up to {}",
                count(*leads, "list"),
                duration(wait.as_secs_f64())
            ),
            Notice::ListsUnsettled(leads) => write!(
                f,
                "messages of ours that the checkpoint does not record were posted a moment ago, so that the lists of {} may lack others; an import waits until they are complete: it may find messages that are listed here as new",
                count(*leads, "lead")
            ),
            Notice::ListsUnsettledWait { leads, wait } => write!(
                f,
                "Messages of ours that the checkpoint does not record were posted a moment ago; the lists of {} are read again in {}",
                count(*leads, "lead"),
                duration(wait.as_secs_f64())
            ),
            _ => Ok(()),
        }
    }

    fn failures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::FailuresWritten {
                failures,
                path,
                messages,
                archives,
            } => {
                let command = match (messages, archives) {
                    (true, false) => "`chatferry import --retry-failed` tries them again",
                    (true, true) => {
                        "`chatferry import --retry-failed` tries the messages again, and `chatferry import` the archives"
                    }
                    _ => "`chatferry import` reads them again",
                };
                write!(
                    f,
                    "{} in {}; correct the causes, then {command}",
                    count(*failures as u64, "failure"),
                    path.display()
                )
            }
            Notice::FailuresNotOurs(path) => write!(
                f,
                "{} is not a failure table of chatferry, or cannot be read, and was not changed; the failures are listed above and recorded in the checkpoint: move the file away",
                path.display()
            ),
            Notice::FailuresNotWritten(path, error) => write!(
                f,
                "{} could not be written: {error}; the failures are listed above",
                path.display()
            ),
            _ => Ok(()),
        }
    }
}
