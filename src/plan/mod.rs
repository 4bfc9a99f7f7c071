//! The plan: the difference between the desired messages and those known to be in Close.
//!
//! Pure: [`build()`] turns desired chats and the [`Known`] messages of each into a [`Plan`], a value that is
//! printed, counted and carried out unchanged. The command `plan` prints the same value that `import`
//! carries out. Out of scope: reading the checkpoint or Close (the survey), and sending requests (the
//! executor).

mod aliases;
mod build;
mod checksums;
mod contested;
mod counts;
mod decide;
mod decided;
mod draft;
mod edit;
mod equal_records;
mod estimate;
mod evidence;
mod group_owner;
mod known_deletions;
mod links;
mod locations;
mod missing;
mod packed;
mod pasted;
pub mod pilot;
mod reconcile;
mod records;
mod removed;
mod repeated_hour;
mod reply_targets;
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

pub use build::{Selection, build, is_fully_recorded};
pub use counts::Counts;
pub use draft::{Draft, Drafts};
pub use edit::{Edit, files_text, people_text};
pub use estimate::Estimate;
pub use locations::Locations;
pub use missing::{has_unrecorded_gap, is_never_posted, unlisted};
pub use reconcile::unmatched;
pub use records::{Recorded, Records};
pub use removed::Followed;
pub use reply_targets::{ReplyTarget, ReplyTargets};
pub use totals::{NotAddingUp, Totals};
pub use unrecorded::ListedPeople;

/// The recorded and listed messages of one chat, from the checkpoint and from Close. Keys are external
/// ids; unless stated otherwise, all entries are on the chat's lead, since external ids are unique per lead
/// only.
#[derive(Debug, Default)]
pub struct Known {
    /// The records of the checkpoint.
    pub recorded: Records,
    /// The activities of the lead as Close lists them: external id to activity id. The lead is listed if
    /// the checkpoint does not have all messages of the chat.
    pub listed: HashMap<ExternalId, ActivityId>,
    /// The same list by direction, Unix minute and text, with the external ids of each: shows messages
    /// that another integration created.
    pub present: HashMap<Present, Vec<ExternalId>>,
    /// The external ids of the list whose messages are linked to their reply targets.
    pub linked: HashSet<ExternalId>,
    /// The external ids of the list whose messages were created with another user's key.
    pub foreign: HashSet<ExternalId>,
    /// Activities of ours that Close lists, on this lead or a former one, without a record in the
    /// checkpoint.
    pub unrecorded: Vec<Record>,
    /// Activities of ours on this lead whose external id another activity of the lead also has.
    pub copies: Vec<Record>,
    /// The activity ids of the list; `None` if the lead was not listed.
    pub activities: Option<HashSet<ActivityId>>,
    /// Activity ids of recorded messages whose deletion is in Close's event log.
    pub removed: HashSet<ActivityId>,
    /// Deletions on the lead of activities without a record.
    pub deletions: Deletions,
    /// Some recorded messages were found in Close: a run that is not in this checkpoint created them.
    pub has_found: bool,
    /// Messages of the same contact on this lead that were imported under other numbers.
    pub former: Vec<Record>,
    /// Messages, with their leads, that are recorded under former keys of this chat.
    pub of_former_keys: HashSet<(ExternalId, LeadId)>,
    /// External ids on this lead under which messages of other chats are recorded.
    pub taken: HashSet<ExternalId>,
    /// Messages of the chat that were imported onto other leads.
    pub elsewhere: Vec<Record>,
    /// Activities of [`Known::elsewhere`] that are still listed on their lead, while this lead has an
    /// unrecorded activity with the same external id: a replacement that began after the checkpoint was copied.
    pub left_behind: HashSet<ActivityId>,
    /// The number of unrecorded activities of ours on other leads that repeat an activity of the chat on
    /// this lead.
    pub repeated_elsewhere: u32,
    /// Recorded replies.
    pub answers: Vec<Answer>,
    /// Recorded messages that their senders deleted before import.
    pub tombstones: Vec<Tombstone>,
    /// Alternate ids, each with the external id of its record.
    pub aliases: HashMap<ExternalId, ExternalId>,
    /// The age of each archive that is recorded as a source.
    pub sources: Vec<Age>,
    /// How the chat's inputs compare with those of its last complete import.
    pub inputs: steady::Inputs,
    /// The zone in which the recorded times were read; `None` if not known.
    pub zone: Option<Tz>,
    /// The chat is recorded under other numbers, which were corrected after the import.
    pub renumbered: bool,
    /// The zone was corrected after the chat was recorded.
    pub zone_corrected: bool,
    /// Zone shifts, in milliseconds, of archives of the chat relative to the archive that its times come
    /// from.
    pub archive_shifts: Vec<i64>,
    /// The current zone of the device; `None` without a checkpoint.
    pub current_zone: Option<Tz>,
    /// Records of an older format were completed from Close's list, so that the evidence of archives about
    /// each is recorded too.
    pub learns_content: bool,
    /// Desired messages that are lines of another message's text: indexes into
    /// [`DesiredChat::messages`].
    pub parts: HashSet<u32>,
    /// The keyed hash function of the checkpoint; `None` without a checkpoint.
    pub fingerprint: Option<Fingerprint>,
    /// Replacements of messages of the chat that an earlier run began. Their records on the old lead are
    /// in none of the lists above, unless it is the lead of the chat.
    pub unfinished: Vec<Unfinished>,
    /// Links that an earlier run began to set. Their replies count as linked.
    pub unfinished_links: Vec<UnfinishedLink>,
    /// The external ids of messages on this lead that an earlier run began to restore
    /// (`gone = "restore"`).
    pub restoring: HashSet<ExternalId>,
}

impl Known {
    /// Whether the message on `lead` is recorded under a former key of this chat.
    fn is_of_former_key(&self, id: &ExternalId, lead: &LeadId) -> bool {
        let keys = &self.of_former_keys;
        !keys.is_empty() && keys.contains(&(id.clone(), lead.clone()))
    }
}

/// The properties by which a message of another integration is recognised.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Present {
    /// The direction.
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

/// A message that is, or was, in Close, as the checkpoint records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// Its activity id.
    pub activity_id: ActivityId,
    /// Its lead, if that is not the lead of the chat.
    pub lead_id: Option<LeadId>,
    /// Its recorded properties.
    pub facts: RecordFacts,
    /// Its contact, user and numbers as Close lists them, if the checkpoint does not record it; else `None`.
    pub listed: Option<Arc<ListedPeople>>,
}

/// Deletions of a lead's activities in Close's event log, where the checkpoint has no record of the
/// activity.
#[derive(Debug, Default)]
pub struct Deletions {
    /// The external ids, if the log has them.
    pub of: HashSet<ExternalId>,
    /// The number of deletions whose external id the log lacks.
    pub unnamed: usize,
    /// The last of these, Unix milliseconds; `None` if the log does not show the time of each.
    pub last_unnamed: Option<i64>,
}

/// A message that its sender deleted before it could be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// Whether the owner of the device sent it, if known.
    pub outgoing: Option<bool>,
}

/// A recorded reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// Its activity id.
    pub activity_id: ActivityId,
    /// Its lead.
    pub lead_id: LeadId,
    /// The external id of its reply target.
    pub to: ExternalId,
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// Close links it to the current activity of the reply target.
    pub linked: bool,
    /// Close rejected an attempt to set that link, and the rejection is not resolved.
    pub refused: bool,
}

/// The recorded properties of a message: state, times and keyed hashes, no content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFacts {
    /// `activity_at` in Unix milliseconds.
    pub at: i64,
    /// The same at the first recording: determines its order among the records.
    pub first_at: i64,
    /// The keyed hash of its text.
    pub body: [u8; 16],
    /// The number of its files.
    pub files: u32,
    /// The keyed hash of its files, if known.
    pub media: Option<[u8; 16]>,
    /// The size of its file in bytes; `None` unless it has exactly one, of a known size below 4 GiB.
    pub file_bytes: Option<u32>,
    /// The keyed hash of its contact, user and numbers, if known.
    pub people: Option<[u8; 16]>,
    /// The outcome of an update is unknown: Close may have the recorded values or those that were sent.
    pub changing: bool,
    /// Whether the owner of the device sent it, if known.
    pub outgoing: Option<bool>,
    /// Whether it is a file or a placeholder of one, if known.
    pub is_media: Option<bool>,
    /// Close links it to its reply target.
    pub linked: bool,
    /// It was found in Close and not created by chatferry: it is not deleted.
    pub adopted: bool,
    /// It was created with another user's key: it is never changed.
    pub foreign: bool,
    /// It was removed in Close.
    pub gone: bool,
    /// The outcome of a request to create it is unknown: it may be in Close.
    pub unsettled: bool,
    /// Close rejected an update or a deletion of it, and the rejection is not resolved.
    pub refused: bool,
    /// Some of its files were damaged in their archive and were not uploaded.
    pub damaged: bool,
    /// The keyed hash of its canonical body, if known.
    pub content: Option<[u8; 16]>,
    /// Its class, if known.
    pub class: Option<Class>,
    /// Whether its sender edited it, if known.
    pub edited: Option<bool>,
    /// It is known that its sender deleted it.
    pub deleted: bool,
    /// Whether its time comes from a source with instants, if known.
    pub exact: Option<bool>,
    /// Whether its time has seconds, if known.
    pub seconds: Option<bool>,
    /// The archive that the text comes from: index into [`Known::sources`].
    pub source: Option<u16>,
    /// The run that last changed the record, numbered from 1; 0 if the message is not recorded.
    pub run: u32,
}

/// Computes the keyed hash of a text, given the kind of text: `body`, `media`, `people` or `content`.
pub type Hasher = dyn Fn(&'static str, &str) -> [u8; 16] + Send + Sync;

/// The keyed hash function of a checkpoint.
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

/// The planned action for one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// It is not in Close: post it.
    Create,
    /// An earlier run may have posted it: look it up, and post it only if it is absent.
    Settle,
    /// It is in Close and not in the checkpoint: record this activity id.
    Adopt(ActivityId),
    /// It was in Close under this activity id and is no longer listed: confirm that it is absent, then
    /// post it again (`gone = "restore"`).
    Restore(ActivityId),
    /// It is in Close under this activity id and recorded on this other lead: a lead merge or a user
    /// moved it. Only the new lead is recorded.
    Moved(ActivityId, LeadId),
    /// It is in Close and differs from the desired message in these fields.
    Update(Box<Edit>),
    /// It is in Close on another lead: post it on this lead, then delete it on the other.
    Replace(Box<Replacement>),
    /// It is in Close under this activity id.
    Unchanged(ActivityId),
    /// It was removed in Close and is not restored (`gone = "respect"`).
    Gone,
    /// Its counterpart in Close could not be determined: it is not imported.
    Undecided(Undecided),
    /// It is not in Close, and this rule leaves it out of this run.
    LeftOut(Rule),
}

impl Action {
    /// Whether carrying out this action sends at least one request to Close.
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

/// The replacement of a message on another lead. Close's API cannot move an activity between leads
/// (documented), so the message is posted on the new lead before its activity on the old lead is deleted:
/// it is never absent from Close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The old lead.
    pub lead_id: LeadId,
    /// Its activity id on the old lead.
    pub activity_id: ActivityId,
    /// Its activity id on the new lead, if it has been posted there and only remains to be deleted on the
    /// old lead.
    pub on_new_lead: Option<ActivityId>,
    /// An earlier run began the replacement; it is finished from its recorded operation. If
    /// [`on_new_lead`] is `None`, the outcome of the post is unknown and is looked up first.
    ///
    /// [`on_new_lead`]: Replacement::on_new_lead
    pub begun: bool,
    /// Close rejected the look-up or the deletion on the old lead in an earlier run.
    pub refused: bool,
}

/// A replacement that an earlier run began, as the checkpoint records it: everything that is needed to
/// finish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The external id on the old lead.
    pub external_id: ExternalId,
    /// The old lead.
    pub from: LeadId,
    /// The activity id on the old lead.
    pub activity_id: ActivityId,
    /// The external id on the new lead.
    pub target_id: ExternalId,
    /// The new lead.
    pub to: LeadId,
    /// The activity id on the new lead; `None` if the outcome of the post is unknown.
    pub on_new_lead: Option<ActivityId>,
    /// Close rejected the deletion on the old lead.
    pub refused: bool,
}

/// The link of a reply that an earlier run began to set, as the checkpoint records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedLink {
    /// The external id of the reply.
    pub external_id: ExternalId,
    /// Its lead.
    pub lead_id: LeadId,
    /// Its activity id.
    pub activity_id: ActivityId,
}

/// Why a message is undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Undecided {
    /// It was edited, and several messages in Close may be its counterpart.
    Edited,
    /// A placeholder of a file that the export left out; several messages in Close may be its counterpart.
    Omitted,
    /// It is on another lead with files that these archives lack.
    NotRebuildable,
    /// It is on another lead, and no record shows that chatferry created it.
    NotOurs,
    /// The outcome of an earlier request for it is unknown, and it is on another lead or was deleted by
    /// its sender after that request.
    Unsettled,
    /// Its line goes back in time under the owner's name: it may be text that a contact pasted.
    Pasted,
    /// It is recorded and missing in Close's list of the lead, for an unknown reason.
    Missing,
}

impl Undecided {
    /// The stable word for reports.
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

    /// An explanation for the user.
    pub fn describe(self) -> &'static str {
        match self {
            Undecided::Edited => "edited; the matching message in Close could not be determined",
            Undecided::Omitted => {
                "a file that this export left out; the matching message in Close could not be determined"
            }
            Undecided::NotRebuildable => {
                "on another lead, with files that these archives lack; not moved"
            }
            Undecided::NotOurs => {
                "on another lead, and not recorded as created by chatferry; not moved"
            }
            Undecided::Unsettled => {
                "the outcome of an earlier request for it is unknown; this run looks it up, the next run continues"
            }
            Undecided::Pasted => {
                "a line that goes back in time under the owner's name; it may be pasted text"
            }
            Undecided::Missing => {
                "missing in Close, cause unknown; `--gone respect` leaves it removed, `--gone restore` posts it again"
            }
        }
    }
}

/// The deletion of a message that its sender deleted after import (`deleted_since = "delete"`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// Its activity id.
    pub activity_id: ActivityId,
    /// Its lead, if that is not the lead of the chat.
    pub lead_id: Option<LeadId>,
    /// The archive that shows the deletion, as [`DesiredMessage::archive`].
    pub archive: u32,
    /// The line in that archive.
    pub line: u32,
}

/// A recorded reply that no archive has any more and whose link is set again, because its reply target
/// gets a new activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relink {
    /// The reply.
    pub answer: Answer,
    /// Its reply target: index into [`PlannedChat::messages`].
    pub target: u32,
}

/// A message with its planned action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Planned {
    /// The message. If nothing is sent for it, its text and files are dropped to save memory.
    pub message: DesiredMessage,
    /// The action.
    pub action: Action,
    /// For a message that is adopted: Close links it to its reply target.
    pub linked: bool,
    /// For a message that is adopted: it was created with another user's key.
    pub foreign: bool,
    /// Its activity as Close lists it, recorded before any other operation on the message.
    pub adoption: Option<Box<Record>>,
    /// For a message that stays removed: the checkpoint has no record of it, and one is needed once Close's
    /// event log no longer shows the removal.
    pub is_unrecorded: bool,
}

impl Planned {
    /// A message with its action.
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

/// Facts from archives about a message that is, or was, in Close and whose record lacks them. They are
/// recorded; nothing is sent to Close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// The external id under which it is recorded.
    pub external_id: ExternalId,
    /// The lead on which it is recorded, if that is not the lead of the chat.
    pub lead_id: Option<LeadId>,
    /// Its kind.
    pub kind: Kind,
    /// Its sender edited it.
    pub edited: bool,
    /// Further evidence of the archives.
    pub evidence: Evidence,
}

/// An undecided message, with the values for its row in decisions.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Index into [`PlannedChat::messages`].
    pub index: u32,
    /// The external id that identifies it in every later plan; `None` if archive and line do.
    pub id: Option<ExternalId>,
    /// Messages that may be the same one, the likeliest first.
    pub candidates: Vec<Candidate>,
}

/// A message that may be the same as an undecided one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The activity id of a record, or the external id of a message of another archive.
    pub id: String,
    /// Its time, Unix milliseconds.
    pub at: i64,
    /// Whether the owner of the device sent it, if known.
    pub outgoing: Option<bool>,
    /// Archive and line of a message of another archive, as in [`DesiredMessage`].
    pub source: Option<(u32, u32)>,
}

/// A chat with the planned actions for its messages.
#[derive(Debug, Clone)]
pub struct PlannedChat {
    /// The chat; its messages have moved to `messages`.
    pub chat: DesiredChat,
    /// The digest of the inputs of its plan, if computed.
    pub inputs: Option<[u8; 32]>,
    /// Its destination; `None` if it is held or left out.
    pub destination: Option<Destination>,
    /// Its desired messages in posting order. Reply targets are indexes into this list.
    pub messages: PackedVec<Planned>,
    /// The counts of `messages` by action.
    counts: Counts,
    /// The number of recorded messages that no archive has any more; they stay in Close.
    pub kept: u32,
    /// Deletions in Close.
    pub removals: Vec<Removal>,
    /// Relinks of messages that no archive has any more.
    pub relinks: Vec<Relink>,
    /// Messages whose update Close rejected and which need no update any more: indexes into `messages`.
    pub resolved: Vec<u32>,
    /// Messages that were deleted before import and are not recorded yet: indexes into
    /// [`DesiredChat::deleted`].
    pub tombstones: Vec<usize>,
    /// Facts from these archives that records of messages in Close lack.
    pub learned: Vec<Learned>,
    /// Records of removed messages that get the lead, the key or the time that their chat has now.
    pub followed: Vec<Followed>,
    /// Activities, as Close lists them, of messages that their senders deleted after import, to be
    /// recorded; each with its index into [`DesiredChat::deleted`].
    pub adopted_deletions: Vec<(usize, Record)>,
    /// The number of activities of ours on the lead that repeat another one. They stay.
    pub duplicates: u32,
    /// The number of activities of ours on other leads that repeat one on the lead. They stay.
    pub repeated_elsewhere: u32,
    /// External ids of recorded messages that were removed from Close and are not restored.
    pub removed: Vec<ExternalId>,
    /// The number of operations that exist only because this version reads the inputs of the chat's last
    /// complete import differently.
    pub read_differently: u32,
    /// The undecided messages, each with the values for its row in decisions.csv.
    pub questions: Vec<Question>,
    /// The number of messages deleted by their senders whose counterpart in Close could not be determined.
    pub undecided_deletions: u32,
    /// Messages that their senders deleted and that stay on another lead, since no archive has their
    /// content: archive and line of each deletion.
    pub deleted_on_other_leads: Vec<(u32, u32)>,
    /// The number of messages that another integration also created in Close, whatever `existing` is set to.
    pub existing: u32,
    /// Milliseconds by which the times of the archives are later than the imported ones.
    pub shift: Option<i64>,
    /// The zone differs from the recorded zone.
    pub zone_corrected: bool,
}

impl PlannedChat {
    /// The counts of its messages by action.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Updates the counts after a message was changed.
    fn recount(&mut self) {
        self.counts = self.messages.with(Counts::of);
    }

    /// The number of messages whose time is corrected.
    pub fn times_to_correct(&self) -> usize {
        // The time of an unsettled message in Close is known only after its look-up; the next run
        // corrects it.
        let unsettled = match self.zone_corrected {
            true => usize::try_from(self.counts.settle).unwrap_or(usize::MAX),
            false => 0,
        };
        self.counts.times + unsettled
    }
}

/// The reply target of `message` of chat number `chat`, if the plan contains it: chat, and index into
/// [`PlannedChat::messages`].
pub fn target_of(chat: usize, message: &DesiredMessage) -> Option<(usize, usize)> {
    match (message.reply_to, message.answers.as_deref()) {
        (Some(target), _) => Some((chat, target as usize)),
        (None, Some(Answers::Planned { chat, message, .. })) => {
            Some((*chat as usize, *message as usize))
        }
        (None, _) => None,
    }
}

/// The external id of the reply target of `message` of chat number `chat`, in the plan or in Close.
pub fn answered_id<'p>(
    chats: &'p [PlannedChat],
    chat: usize,
    message: &'p DesiredMessage,
) -> Option<&'p ExternalId> {
    let planned = target_of(chat, message)
        .and_then(|(chat, index)| chats.get(chat)?.messages.get(index))
        .map(|target| &target.message.external_id);
    planned.or_else(|| message.answers.as_deref()?.external_id())
}

/// The plan of a run.
#[derive(Debug, Default)]
pub struct Plan {
    /// The chats, in the order in which they are carried out.
    pub chats: Vec<PlannedChat>,
    /// The containers of the files; [`crate::transform::desired::File::container`] is an index into this
    /// list.
    pub containers: Vec<Arc<Container>>,
    /// It is the plan of a pilot: messages that are not selected are imported after it.
    pub is_pilot: bool,
    /// Replacements that an earlier run began and that no [`Action::Replace`] of this plan finishes.
    pub unfinished: Vec<Unfinished>,
    /// Links that an earlier run began to set.
    pub unfinished_links: Vec<UnfinishedLink>,
    /// Rows of decisions.csv that cannot be applied; if there are any, nothing is sent.
    pub problems: Vec<Problem>,
    /// Rows of decisions.csv whose id no message of the plan has: line and id.
    pub unused: Vec<(u32, ExternalId)>,
}
