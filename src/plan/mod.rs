//! The comparison: what should be in Close against what is there.
//!
//! Pure. Desired chats and what is known of each go in, a [`Plan`] comes out: a value that is
//! shown, counted and then carried out as it is. The dry run is not a flag somewhere else; it is
//! this value, printed (design.md, "Decisions").

mod aliases;
mod build;
mod checksums;
mod contested;
mod counts;
mod decide;
mod decided;
mod edit;
mod equal_records;
mod estimate;
mod evidence;
mod group_owner;
mod known_deletions;
mod links;
mod missing;
mod packed;
mod pasted;
pub mod pilot;
mod reconcile;
mod records;
mod repeated_hour;
pub mod steady;
mod totals;
mod undecided_files;
mod unfinished;
mod unmarked_edits;
mod unrecorded;
mod vacant_stamps;
mod zone_correction;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::archive::Container;
use crate::chat::Kind;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::matching::Class;
use crate::packed_vec::PackedVec;
use crate::transform::age::Age;
use crate::transform::desired::{
    Answers, DesiredChat, DesiredMessage, Destination, Direction, Rule,
};
use crate::transform::observe::Evidence;
use crate::transform::settings::Problem;

pub use aliases::recognize;
pub use build::{Selection, build, is_whole};
pub use counts::Counts;
pub use edit::{Edit, files_text, people_text};
pub use estimate::Estimate;
pub use missing::{has_unrecorded_gap, is_never_posted, unlisted};
pub use pasted::join_pasted;
pub use reconcile::unmatched;
pub use records::{Recorded, Records};
pub use totals::{NotAddingUp, Totals};
pub use unrecorded::ListedPeople;

/// What is known of one chat's messages, from the checkpoint and from Close. Keys are external
/// ids; everything is of the chat's lead, since in Close the key is (external id, lead).
#[derive(Debug, Default)]
pub struct Known {
    /// What the checkpoint has.
    pub recorded: Records,
    /// What Close's list of the lead holds: external id to activity id. Asked for where the
    /// checkpoint does not have all of the chat's messages.
    pub listed: HashMap<ExternalId, ActivityId>,
    /// The same list by side, Unix minute and text, each with the external ids that have it: tells
    /// what another program has put there.
    pub present: HashMap<Present, Vec<ExternalId>>,
    /// The external ids of the list whose messages are linked to what they answer.
    pub linked: HashSet<ExternalId>,
    /// The external ids of the list whose messages another user's key created.
    pub foreign: HashSet<ExternalId>,
    /// Activities of ours that Close lists, on this lead or a former one, and that the checkpoint
    /// does not record.
    pub unrecorded: Vec<Record>,
    /// Activities of ours on this lead whose external id another activity there has as well.
    pub copies: Vec<Record>,
    /// The activity ids of the list; `None` where the lead was not listed.
    pub activities: Option<HashSet<ActivityId>>,
    /// Activity ids of recorded messages whose deletion is in Close's event log.
    pub removed: HashSet<ActivityId>,
    /// Deletions on the lead of what is not recorded.
    pub deletions: Deletions,
    /// Some of what is recorded was found in Close: a run that this checkpoint does not know posted it.
    pub has_found: bool,
    /// Messages of the same contact on this lead that were imported under other numbers.
    pub former: Vec<Record>,
    /// Messages, with their leads, that are recorded in other chats than this one: those of its former
    /// keys.
    pub of_former_keys: HashSet<(ExternalId, LeadId)>,
    /// External ids on this lead under which other chats are recorded.
    pub taken: HashSet<ExternalId>,
    /// Messages of the chat that were imported onto other leads.
    pub elsewhere: Vec<Record>,
    /// Activities of [`Known::elsewhere`] that the list of their lead shows, while this lead has one of
    /// the same external id that is not recorded: a move began after the copy of the checkpoint.
    pub left_behind: HashSet<ActivityId>,
    /// Activities of ours on other leads that no record has and that repeat one of the chat on this
    /// lead.
    pub repeated_elsewhere: u32,
    /// Recorded messages that answer others.
    pub answers: Vec<Answer>,
    /// Messages that were deleted before they could be imported, as far as they are known.
    pub tombstones: Vec<Tombstone>,
    /// The ids by which later archives know messages that are recorded under others, each with the
    /// external id of the record.
    pub aliases: HashMap<ExternalId, ExternalId>,
    /// The age of each archive that is recorded as a source.
    pub sources: Vec<Age>,
    /// How the chat's inputs compare with those of its last complete import.
    pub inputs: steady::Inputs,
    /// The zone that the recorded times were read in; `None` where that is not known.
    pub zone: Option<Tz>,
    /// Records of it are kept under other numbers: its own were corrected since.
    pub renumbered: bool,
    /// The zone was corrected since the chat was recorded.
    pub zone_corrected: bool,
    /// By how many milliseconds archives of the chat are later than the one that its times are from,
    /// where they were made in other zones.
    pub archive_shifts: Vec<i64>,
    /// The zone that times are read in now; `None` without a checkpoint.
    pub current_zone: Option<Tz>,
    /// Records of an older format were completed with what Close lists: what archives tell of each
    /// is worth recording.
    pub learns_content: bool,
    /// Desired messages that are lines of the text of another one: places in
    /// [`DesiredChat::messages`].
    pub parts: HashSet<u32>,
    /// How the checkpoint fingerprints a text; `None` without a checkpoint.
    pub fingerprint: Option<Fingerprint>,
    /// Moves of messages of the chat that an earlier run began. What is recorded where they began
    /// is in none of the lists above, unless that is the lead of the chat.
    pub unfinished: Vec<Unfinished>,
    /// Links that an earlier run began to set. Their answers count as linked.
    pub unfinished_links: Vec<UnfinishedLink>,
    /// The external ids of messages on this lead that an earlier run began to post again
    /// (`gone = "restore"`).
    pub restoring: HashSet<ExternalId>,
}

impl Known {
    /// Whether the message on this lead is recorded in another chat than this one.
    fn is_of_former_key(&self, id: &ExternalId, lead: &LeadId) -> bool {
        let keys = &self.of_former_keys;
        !keys.is_empty() && keys.contains(&(id.clone(), lead.clone()))
    }
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

/// A message that is, or was, in Close, as the checkpoint has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// Its activity id.
    pub activity_id: ActivityId,
    /// The lead that it is on, where that is not the one that the chat goes to.
    pub lead_id: Option<LeadId>,
    /// What is left to compare it by.
    pub trace: Trace,
    /// Whom it is between, as Close lists it, where the checkpoint does not record it; else `None`.
    pub listed: Option<Arc<ListedPeople>>,
}

/// Deletions of a lead's activities in Close's event log, of which the checkpoint has no record.
#[derive(Debug, Default)]
pub struct Deletions {
    /// The external ids, where the log has them.
    pub of: HashSet<ExternalId>,
    /// The number of the others.
    pub unnamed: usize,
}

/// A message that its sender had deleted before it could be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// Sent by the phone's owner, where it is known.
    pub outgoing: Option<bool>,
}

/// A recorded message that answers another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// Its activity id.
    pub activity_id: ActivityId,
    /// The lead that it is on.
    pub lead_id: LeadId,
    /// The external id of the message that it answers.
    pub to: ExternalId,
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// Close links it to that message, as it is now.
    pub linked: bool,
    /// Close refused to set that link, and nothing was done about that since.
    pub refused: bool,
}

/// What the checkpoint keeps of a message's content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The size of its file in bytes; `None` unless it has exactly one, of a known size below 4 GiB.
    pub file_bytes: Option<u32>,
    /// The keyed hash of its contact, user and numbers, where it is known.
    pub people: Option<[u8; 16]>,
    /// A change was sent and its answer lost: Close may have what is recorded or what was sent.
    pub changing: bool,
    /// Sent by the phone's owner, where it is known.
    pub outgoing: Option<bool>,
    /// It is a file or the line that stands for one, where it is known.
    pub is_media: Option<bool>,
    /// Close links it to what it answers.
    pub linked: bool,
    /// It was found in Close and not posted by us: it is not taken away.
    pub adopted: bool,
    /// Another user's key has put it into Close: it is never changed.
    pub foreign: bool,
    /// It was removed in Close.
    pub gone: bool,
    /// A request for it left, and its outcome is not known: it may be in Close.
    pub unsettled: bool,
    /// Close refused to change it or to take it away, and nothing was done about that since.
    pub refused: bool,
    /// Some of its files were damaged in their archive and did not come with it.
    pub damaged: bool,
    /// The keyed hash of its canonical body, where it is known.
    pub content: Option<[u8; 16]>,
    /// Its class, where it is known.
    pub class: Option<Class>,
    /// Its sender edited it, where it is known.
    pub edited: Option<bool>,
    /// Its sender deleted it, as far as is known.
    pub deleted: bool,
    /// Its time is from a source that holds instants, where it is known.
    pub exact: Option<bool>,
    /// Its time has seconds, where it is known.
    pub seconds: Option<bool>,
    /// The archive that gave the text: place in [`Known::sources`].
    pub source: Option<u16>,
    /// The run that last changed the record, numbered from 1; 0 for what is not recorded.
    pub run: u32,
}

/// A keyed hash of a text of some kind: `body`, `media`, `people`.
pub type Hasher = dyn Fn(&'static str, &str) -> [u8; 16] + Send + Sync;

/// The keyed hash of a checkpoint, lent to the plan.
#[derive(Clone)]
pub struct Fingerprint(pub Arc<Hasher>);

impl Fingerprint {
    /// The keyed hash of a canonical body, from its unkeyed one.
    pub fn content(&self, body: &[u8; 16]) -> [u8; 16] {
        (self.0)("content", &data_encoding::HEXLOWER.encode(body))
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprint")
    }
}

/// What is to be done with one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It is not in Close: post it.
    Create,
    /// An earlier run may have posted it: ask first, then post it if it is not there.
    Settle,
    /// Close holds it and the checkpoint does not: record this activity id.
    Adopt(ActivityId),
    /// It was in Close under this activity id and is not in its list any more: make sure, then
    /// post it again (`gone = "restore"`).
    Restore(ActivityId),
    /// It is in Close under this activity id, and was recorded on this other lead: a merge, or a
    /// person, has moved it. Only that is recorded.
    Moved(ActivityId, LeadId),
    /// It is in Close, and this is to be changed of it.
    Update(Box<Edit>),
    /// It is in Close on another lead: post it on this one and take it away from there.
    Replace(Box<Replacement>),
    /// It is in Close under this activity id.
    Unchanged(ActivityId),
    /// It was in Close and was removed there; it stays away (`gone = "respect"`).
    Gone,
    /// Whether it is in Close could not be determined: it is left alone.
    Undecided(Undecided),
    /// It is not in Close, and a rule leaves it out of this run.
    LeftOut(Rule),
}

impl Action {
    /// True when a request has to leave for it.
    pub fn is_sent(&self) -> bool {
        matches!(
            self,
            Action::Create
                | Action::Settle
                | Action::Restore(_)
                | Action::Update(_)
                | Action::Replace(_)
        )
    }
}

/// A message that moves to another lead. Close cannot move one (`close-api.md` 1.6), so it is
/// posted anew, and then the old one is taken away: nothing is missing at any moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The lead that it is on.
    pub lead_id: LeadId,
    /// Its activity id there.
    pub activity_id: ActivityId,
    /// Its activity id on the new lead, where it is there already and only has to be deleted on the
    /// old one.
    pub there: Option<ActivityId>,
    /// An earlier run began the move: it is finished from its row. Where nothing is [`there`], an
    /// answer was lost, and Close is asked first.
    ///
    /// [`there`]: Replacement::there
    pub begun: bool,
    /// Close refused an earlier run to look at it or to take it away.
    pub refused: bool,
}

/// A move to another lead that an earlier run began, as the checkpoint has it. This is all that is
/// necessary to finish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The external id where the message was.
    pub external_id: ExternalId,
    /// The lead where it was.
    pub from: LeadId,
    /// Its activity id there.
    pub activity_id: ActivityId,
    /// The external id where it goes.
    pub target_id: ExternalId,
    /// The lead where it goes.
    pub to: LeadId,
    /// Its activity id there; `None` where no answer told whether it is there.
    pub there: Option<ActivityId>,
    /// Close refused to delete it where it was.
    pub refused: bool,
}

/// The link of an answer that an earlier run began to set, as the checkpoint has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedLink {
    /// The external id of the answer.
    pub external_id: ExternalId,
    /// Its lead.
    pub lead_id: LeadId,
    /// Its activity id.
    pub activity_id: ActivityId,
}

/// Why nothing is done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Undecided {
    /// It was edited, and may be any of several messages.
    Edited,
    /// A file that this export left out, which may be any of several messages.
    Omitted,
    /// It is on another lead, and these archives lack files that it has there.
    NotRebuildable,
    /// It is on another lead, and nothing says that we put it there.
    NotOurs,
    /// An earlier request of it has no known outcome, and it is on another lead or was deleted
    /// since.
    Unsettled,
    /// Its line runs back in time under the owner's name: a contact may have pasted it.
    Pasted,
    /// It is recorded, Close's list of the lead lacks it, and nothing shows why.
    Missing,
}

impl Undecided {
    /// A stable word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Undecided::Edited => "edited",
            Undecided::Omitted => "omitted",
            Undecided::NotRebuildable => "not_rebuildable",
            Undecided::NotOurs => "not_ours",
            Undecided::Unsettled => "unsettled",
            Undecided::Pasted => "pasted",
            Undecided::Missing => "missing",
        }
    }

    /// What it means.
    pub fn describe(self) -> &'static str {
        match self {
            Undecided::Edited => "edited, and its message in Close could not be determined",
            Undecided::Omitted => {
                "a file that this export left out, and its message in Close could not be determined"
            }
            Undecided::NotRebuildable => {
                "on another lead, with files that these archives lack; left there"
            }
            Undecided::NotOurs => {
                "on another lead, and nothing says that chatferry put it there; left there"
            }
            Undecided::Unsettled => {
                "an earlier request of it was not answered; this run asks, the next one goes on"
            }
            Undecided::Pasted => {
                "a line that runs back in time under the owner's name; it may be pasted text"
            }
            Undecided::Missing => {
                "missing in Close, cause unknown; `--gone respect` leaves it removed, `--gone restore` posts it again"
            }
        }
    }
}

/// A message in Close that its sender deleted since (`deleted_since = "delete"`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// Its activity id.
    pub activity_id: ActivityId,
    /// The lead that it is on, where that is not the one that the chat goes to.
    pub lead_id: Option<LeadId>,
    /// The archive that says that it was deleted, as [`DesiredMessage::archive`].
    pub archive: u32,
    /// The line there.
    pub line: u32,
}

/// A message in Close whose link has to be set again, since what it answers gets a new activity;
/// the archives do not hold it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relink {
    /// The message.
    pub answer: Answer,
    /// The message that it answers: place in [`PlannedChat::messages`].
    pub target: u32,
}

/// A message and what is to be done with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Planned {
    /// The message. Where nothing is sent, its text and files are dropped to save memory.
    pub message: DesiredMessage,
    /// What is to be done.
    pub action: Action,
    /// For a message that is to be adopted: Close links it to what it answers.
    pub linked: bool,
    /// For a message that is to be adopted: another user's key created it.
    pub foreign: bool,
    /// The activity that Close lists of it and that is to be recorded as it is there, before
    /// anything else is done about it.
    pub adoption: Option<Box<Record>>,
    /// For a message that stays removed: the checkpoint has no record of it, which would be needed
    /// when Close's log no longer shows the removal.
    pub is_unrecorded: bool,
}

impl Planned {
    /// A message with what is to be done.
    pub(crate) fn new(message: DesiredMessage, action: Action) -> Self {
        Planned {
            message,
            action,
            linked: false,
            foreign: false,
            adoption: None,
            is_unrecorded: false,
        }
    }
}

/// What archives show of a message that is, or was, in Close: its chat, and what its record lacks.
/// Nothing is sent of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// The lead on which it is recorded, where that is not the chat's.
    pub lead_id: Option<LeadId>,
    /// What it is.
    pub kind: Kind,
    /// Its sender edited it.
    pub edited: bool,
    /// What else the archives tell of it.
    pub evidence: Evidence,
}

/// An undecided message, and what a row of decisions.csv can say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Index in [`PlannedChat::messages`].
    pub place: u32,
    /// The external id that stands for it in every later plan; `None`: archive and line do.
    pub id: Option<ExternalId>,
    /// What it may be the same as, the likeliest first.
    pub candidates: Vec<Candidate>,
}

/// What an undecided message may be the same as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The activity id of a record, or the external id of a message of another archive.
    pub id: String,
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// Sent by the phone's owner, where that is known.
    pub outgoing: Option<bool>,
    /// Archive and line of a message of another archive, as in [`DesiredMessage`].
    pub place: Option<(u32, u32)>,
}

/// A chat and what is to be done with its messages.
#[derive(Debug, Clone)]
pub struct PlannedChat {
    /// The chat; its messages have moved to `messages`.
    pub chat: DesiredChat,
    /// Where it goes; `None` when it is held or left out.
    pub destination: Option<Destination>,
    /// Its desired messages in posting order. Reply targets are places in this list.
    pub messages: PackedVec<Planned>,
    /// The numbers of `messages`.
    counts: Counts,
    /// Recorded messages that the archives no longer hold; they stay in Close.
    pub kept: u32,
    /// Messages in Close that are taken away there.
    pub removals: Vec<Removal>,
    /// Links to be set again of messages that the archives no longer hold.
    pub relinks: Vec<Relink>,
    /// Messages that Close refused to change and that are not to be changed any more: places in
    /// `messages`.
    pub mended: Vec<u32>,
    /// Messages that were deleted before they could be imported and are not recorded yet: places
    /// in [`DesiredChat::deleted`].
    pub tombstones: Vec<usize>,
    /// What these archives tell of messages that are in Close and whose records lack it.
    pub learned: Vec<Learned>,
    /// Activities that Close lists of messages which their senders deleted since, to be recorded:
    /// places in [`DesiredChat::deleted`].
    pub adopted_deletions: Vec<(usize, Record)>,
    /// Activities of ours on the lead that repeat another one. They stay.
    pub duplicates: u32,
    /// Activities of ours on other leads that repeat one on the lead. They stay.
    pub repeated_elsewhere: u32,
    /// External ids of recorded messages that are no longer in Close and stay removed.
    pub removed: Vec<ExternalId>,
    /// Operations on a chat whose inputs are those of its last complete import, because this version
    /// reads them differently.
    pub read_differently: u32,
    /// Undecided messages, as a row of decisions.csv settles them.
    pub questions: Vec<Question>,
    /// Deletions whose message in Close could not be determined.
    pub unassigned: u32,
    /// Messages that their senders deleted and that stay on another lead, since no archive has their
    /// content: archive and line of each deletion.
    pub stranded: Vec<(u32, u32)>,
    /// Messages that Close holds from elsewhere too, whatever is done about it (`existing`).
    pub existing: u32,
    /// Milliseconds by which the export's times are later than those that were imported.
    pub shift: Option<i64>,
    /// The zone is another one than that which is recorded.
    pub zone_corrected: bool,
}

impl PlannedChat {
    /// The numbers of its messages.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Counts the messages again, after one of them was changed.
    fn recount(&mut self) {
        self.counts = self.messages.with(Counts::of);
    }

    /// How many messages have a time to be corrected.
    pub fn times_to_correct(&self) -> usize {
        // Under which time an unsettled one is in Close turns out only now: the next run looks again.
        let unsettled = match self.zone_corrected {
            true => usize::try_from(self.counts.settle).unwrap_or(usize::MAX),
            false => 0,
        };
        self.counts.times + unsettled
    }
}

/// Where the message that `message` of chat number `chat` answers is in a plan, if it is there:
/// chat, and place in [`PlannedChat::messages`].
pub fn target_of(chat: usize, message: &DesiredMessage) -> Option<(usize, usize)> {
    match (message.reply_to, message.answers.as_deref()) {
        (Some(target), _) => Some((chat, target as usize)),
        (None, Some(Answers::Planned { chat, message, .. })) => {
            Some((*chat as usize, *message as usize))
        }
        (None, _) => None,
    }
}

/// The external id of the message that `message` of chat number `chat` answers, in the plan or in
/// Close.
pub fn answered_id<'p>(
    chats: &'p [PlannedChat],
    chat: usize,
    message: &'p DesiredMessage,
) -> Option<&'p ExternalId> {
    let planned = target_of(chat, message)
        .and_then(|(chat, place)| chats.get(chat)?.messages.get(place))
        .map(|target| &target.message.external_id);
    planned.or_else(|| message.answers.as_deref()?.external_id())
}

/// The plan of a run.
#[derive(Debug, Default)]
pub struct Plan {
    /// The chats, in the order in which they are carried out.
    pub chats: Vec<PlannedChat>,
    /// Where the files lie; [`crate::transform::desired::File::container`] is an index into this.
    pub containers: Vec<Arc<Container>>,
    /// It is a pilot's: what is not selected comes after it.
    pub is_pilot: bool,
    /// Moves that an earlier run began, of messages that are nowhere above as [`Action::Replace`].
    pub unfinished: Vec<Unfinished>,
    /// Links that an earlier run began to set.
    pub unfinished_links: Vec<UnfinishedLink>,
    /// Rows of decisions.csv that cannot be followed: nothing is sent.
    pub problems: Vec<Problem>,
    /// Rows of decisions.csv with an id that no message of the plan has: line and id.
    pub unused: Vec<(u32, ExternalId)>,
}
