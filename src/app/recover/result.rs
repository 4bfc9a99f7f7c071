//! The result of a recovery, as data.
//!
//! Never here: wording of the whole, which is a report's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::app::account::Account;
use crate::app::error::Exit;
use crate::checkpoint_location::CheckpointLocation;
use crate::plan::{Action, Locations, Plan, Totals};

/// Why there is nothing to recover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// The checkpoint records every activity of ours once.
    AllRecorded {
        /// The number of operations of the next import.
        operations: u64,
    },
    /// The checkpoint records this number of moves or deletions that a run began: the next run finishes them first.
    Begun(u64),
    /// Close has no activity of ours on these leads, and nothing is recorded.
    NoneInClose,
    /// No archive and no row names a lead.
    NoLead,
}

/// How a recovery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// There was nothing to recover, for this reason.
    Nothing(Nothing),
    /// The new checkpoint was not put in place: it would not agree with Close, or an import with it would change messages.
    Refused,
    /// `--dry-run`: the new checkpoint was built in a temporary folder and discarded.
    Trial,
    /// A person declined the replacement.
    Declined,
    /// The new checkpoint is in place; the former one is kept under this name, if there was one.
    Swapped(Option<PathBuf>),
}

/// What could not be recovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Activities of ours that match no message of the archives: recorded from Close's list alone.
    FromList(u64),
    /// Further activities with the external id of another one on their lead.
    Copies(u64),
    /// Rows of failures.csv, whose refusals only the former checkpoint had.
    Refusals(u64),
    /// Archives that cannot be read.
    Archives(u64),
    /// Messages whose counterpart in Close could not be determined.
    Undecided(u64),
    /// Recorded messages that are on a lead of which no archive or row shows that it belongs to the migration.
    Moved(u64),
    /// Activities of ours that are not recorded.
    Unrecorded(u64),
    /// The erased persons of a checkpoint that cannot be read: whether there were any is not known.
    Erasures,
}

impl Lost {
    /// The number of messages, rows, archives or lists that are lost.
    pub(crate) fn number(&self) -> u64 {
        match self {
            Lost::FromList(number)
            | Lost::Copies(number)
            | Lost::Refusals(number)
            | Lost::Archives(number)
            | Lost::Undecided(number)
            | Lost::Moved(number)
            | Lost::Unrecorded(number) => *number,
            Lost::Erasures => 1,
        }
    }
}

/// Lines of archives, from 1, by the archive's name.
pub(crate) type Lines = BTreeMap<String, Vec<u32>>;

/// What an import with the new checkpoint would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NextImport {
    /// The messages that it would post.
    pub(crate) creates: Lines,
    /// The messages that it would update.
    pub(crate) updates: Lines,
    /// The messages to which it would add a file or a reply link, and change nothing: a file that was damaged, or a link that
    /// Close rejected.
    pub(crate) additions: Lines,
    /// The messages that it would move to another lead.
    pub(crate) replaces: Lines,
    /// The number of messages that it would delete in Close.
    pub(crate) deletes: u64,
    /// The number of links to reply targets that it would set again.
    pub(crate) links: u64,
    /// The number of interrupted moves to another lead that it would finish.
    pub(crate) moves: u64,
}

impl NextImport {
    /// The operations of a plan.
    pub(super) fn of(plan: &Plan, totals: &Totals) -> NextImport {
        let locations = Locations::of(&plan.chats);
        let mut next = NextImport {
            deletes: totals.delete,
            links: totals.relink + totals.unfinished_links,
            moves: totals.unfinished,
            ..NextImport::default()
        };
        for (chat, planned) in plan.chats.iter().enumerate() {
            if planned.counts().sent() == 0 {
                continue;
            }
            for (index, message) in planned.messages.iter().enumerate() {
                let lines = match &message.action {
                    Action::Create | Action::Restore(_) | Action::Settle => &mut next.creates,
                    Action::Update(edit) if edit.only_adds() => &mut next.additions,
                    Action::Update(_) => &mut next.updates,
                    Action::Replace(_) => &mut next.replaces,
                    _ => continue,
                };
                let (archive, line) = locations.location(chat, index);
                lines.entry(archive.to_owned()).or_default().push(line);
            }
        }
        next
    }

    /// Whether it would only post messages, or add files and links to them.
    pub(super) fn is_clean(&self) -> bool {
        let others = self.deletes + self.links + self.moves;
        self.updates.is_empty() && self.replaces.is_empty() && others == 0
    }

    /// The number of messages that it would post.
    pub(crate) fn posts(&self) -> u64 {
        number(&self.creates)
    }
}

/// The number of lines of all archives.
pub(crate) fn number(lines: &Lines) -> u64 {
    lines.values().map(|lines| lines.len() as u64).sum()
}

/// The recorded messages in Close by their origin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Origins {
    /// Created by chatferry: `undo` may delete them.
    pub(crate) created: u64,
    /// Found in Close: `undo` leaves them.
    pub(crate) adopted: u64,
    /// Created with another user's key: never changed.
    pub(crate) foreign: u64,
}

/// The result of a recovery.
#[derive(Debug)]
pub(crate) struct Recovery {
    /// The account whose Close was read.
    pub(crate) account: Account,
    /// The location of the checkpoint.
    pub(crate) checkpoint: CheckpointLocation,
    /// Why the former checkpoint could not be read; `None` if it was read, or absent.
    pub(crate) unreadable: Option<String>,
    /// Whether the former checkpoint was a source.
    pub(crate) has_former: bool,
    /// The number of leads that were read.
    pub(crate) leads: u64,
    /// The number of activities of ours on these leads.
    pub(crate) activities: u64,
    /// The number of them that the former checkpoint lacked.
    pub(crate) unrecorded_before: u64,
    /// The numbers of recorded messages in Close, by origin.
    pub(crate) origins: Origins,
    /// Recorded messages in Close that are in none of the lists: on leads that Close does not show, or not listed. So
    /// `activities` and these are the recorded messages in Close and the copies among `lost`.
    pub(crate) unlisted: u64,
    /// The number of records of messages that are not in Close, taken over or found removed.
    pub(crate) removed: u64,
    /// The number of erased persons that the new checkpoint records.
    pub(crate) erased: u64,
    /// What the next import would do with the new checkpoint.
    pub(crate) next: NextImport,
    /// What could not be recovered; empty if everything was.
    pub(crate) lost: Vec<Lost>,
    /// How it ended; `None` before the question.
    pub(crate) ending: Option<Ending>,
}

impl Recovery {
    /// The exit status of `recover`.
    pub(crate) fn exit(&self) -> Exit {
        match &self.ending {
            Some(Ending::Nothing(_)) => Exit::Done,
            Some(Ending::Refused) => Exit::Partial,
            _ if self.lost.is_empty() && self.next.additions.is_empty() => Exit::Done,
            _ => Exit::Partial,
        }
    }
}
