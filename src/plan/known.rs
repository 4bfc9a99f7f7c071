//! Known messages of one chat: what the checkpoint records of it and what Close lists.
//!
//! Belongs here: the survey's result, as the plan reads it. Never here: how it is obtained.

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;

use super::record::{Answer, Fingerprint, Record, RecordFacts, Tombstone};
use super::records::Records;
use super::steady;
use crate::ids::{ActivityId, ExternalId, LeadId};
use crate::transform::age::Age;
use crate::transform::desired::Direction;

/// The recorded and listed messages of one chat, from the checkpoint and from Close. Keys are external
/// ids; unless stated otherwise, all entries are on the chat's lead, since external ids are unique per lead
/// only.
#[derive(Debug, Default)]
pub struct Known {
    /// The messages that the checkpoint records, by external id.
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
    /// The activity ids of recorded messages whose deletion is in Close's event log.
    pub removed: HashSet<ActivityId>,
    /// Deletions on the lead of activities without a record.
    pub deletions: Deletions,
    /// Whether recorded messages were found in Close that a run outside of this checkpoint created.
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
    /// The recorded replies of the chat.
    pub answers: Vec<Answer>,
    /// The recorded messages that their senders deleted before import.
    pub tombstones: Vec<Tombstone>,
    /// Alternate ids, each with the external id of its record.
    pub aliases: HashMap<ExternalId, ExternalId>,
    /// The age of each archive that a record names as its source.
    pub sources: Vec<Age>,
    /// How the chat's inputs compare with those of its last complete import.
    pub inputs: steady::Inputs,
    /// The zone in which the recorded times were read; `None` if not known.
    pub zone: Option<Tz>,
    /// Whether the chat is recorded under other numbers, which were corrected after the import.
    pub renumbered: bool,
    /// Whether the zone was corrected after the chat was recorded.
    pub zone_corrected: bool,
    /// Whether archives of different devices that an earlier run read at different zone shifts
    /// agree in this one: the zone of a device was corrected.
    pub archives_agree: bool,
    /// Zone shifts, in milliseconds, of archives of the chat relative to the archive that its times come
    /// from.
    pub archive_shifts: Vec<i64>,
    /// The current zone of the device; `None` without a checkpoint.
    pub current_zone: Option<Tz>,
    /// Whether records of an older format were completed from Close's list, so that the evidence of
    /// archives about each is recorded too.
    pub learns_content: bool,
    /// Desired messages that are lines of another message's text: indexes into
    /// [`crate::transform::desired::DesiredChat::messages`].
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
    pub(super) fn is_of_former_key(&self, id: &ExternalId, lead: &LeadId) -> bool {
        let keys = &self.of_former_keys;
        !keys.is_empty() && keys.contains(&(id.clone(), lead.clone()))
    }
}

/// The properties by which a message of another integration is recognised.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Present {
    /// Whether the contact or the user sent it.
    pub direction: Direction,
    /// The time in whole Unix minutes.
    pub minute: i64,
    /// The text without white space at both ends.
    pub text: String,
}

impl std::fmt::Debug for Present {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Present")
            .field("minute", &self.minute)
            .finish_non_exhaustive()
    }
}

/// Deletions of a lead's activities in Close's event log, where the checkpoint has no record of the
/// activity.
#[derive(Debug, Default)]
pub struct Deletions {
    /// The external ids of deleted messages, as far as the log has them.
    pub of: HashSet<ExternalId>,
    /// The number of deletions whose external id the log lacks.
    pub unnamed: usize,
}

/// A replacement that an earlier run began, as the checkpoint records it: everything that is needed to
/// finish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The external id that the message has on the old lead.
    pub external_id: ExternalId,
    /// The lead that the message leaves.
    pub from: LeadId,
    /// The activity id on the lead that it leaves.
    pub activity_id: ActivityId,
    /// The external id that the message gets on the new lead.
    pub target_id: ExternalId,
    /// The lead that the message goes to.
    pub to: LeadId,
    /// The activity id on the new lead; `None` if the outcome of the post is unknown.
    pub on_new_lead: Option<ActivityId>,
    /// Whether the message is deleted on the old lead before it is posted on the new one.
    pub is_clearing: bool,
    /// Whether Close rejected the deletion on the old lead.
    pub refused: bool,
    /// The record of the message on the old lead; `None` if there is none.
    pub source: Option<RecordFacts>,
}

/// The link of a reply that an earlier run began to set, as the checkpoint records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedLink {
    /// The external id of the reply.
    pub external_id: ExternalId,
    /// The lead that the reply is on.
    pub lead_id: LeadId,
    /// The activity id of the reply.
    pub activity_id: ActivityId,
}
