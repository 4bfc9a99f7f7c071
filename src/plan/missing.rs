//! Recorded messages that Close's list of the lead lacks: removed there, never posted, or unknown.
//!
//! Here belongs the rule that distinguishes the three. The survey reads the evidence: a complete list,
//! Close's deletions of the last 30 days, and single look-ups. The checkpoint may have been lost, or
//! restored from an older copy: then a message without a record, among others of its chat that Close lists,
//! may have been removed too, if the log has deletions on its lead. One that the log names was removed, wherever it is and
//! however many there are. Never here: the action (`gone`, decisions.csv).

use super::reconcile::reconcile;
use super::reconciled::Reconciled;
use super::{Known, RecordFacts, Recorded};
use crate::ids::ActivityId;
use crate::transform::desired::{DesiredChat, DesiredMessage};

/// At most one in this number of paired messages may have been removed. If more are missing, the chat was
/// never posted completely, or the checkpoint is a copy of another Close's.
const ONE_IN: usize = 20;

/// Why the list of the lead lacks a recorded message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Close's event log has its deletion.
    Removed,
    /// Too many are missing for each to have been removed.
    NeverPosted,
    /// No evidence distinguishes the two.
    Unknown,
}

/// The recorded messages of a chat that Close's list lacks.
#[derive(Debug, Default)]
pub(super) struct Missing {
    never_posted: bool,
    unrecorded: Option<Gap>,
}

impl Missing {
    /// The missing messages among the records that `wanted` stands for.
    pub(super) fn of(wanted: &[DesiredMessage], found: &Reconciled, known: &Known) -> Missing {
        let unrecorded = match known.deletions.of.is_empty() && known.deletions.unnamed == 0 {
            true => None,
            false => gap(wanted, found, known),
        };
        if !has_unlisted_record(known) {
            return Missing {
                unrecorded,
                ..Missing::default()
            };
        }
        let (mut paired, mut missing) = (0usize, 0usize);
        for activity in activities(wanted, found, known) {
            paired += 1;
            let is_open = !is_listed(activity, known) && !known.removed.contains(activity);
            missing += usize::from(is_open);
        }
        Missing {
            never_posted: missing * ONE_IN > paired,
            unrecorded,
        }
    }

    /// Why a message without a record is missing; `None` without evidence that it was imported.
    pub(super) fn unrecorded(&self, message: &DesiredMessage, known: &Known) -> Option<Fate> {
        let gap = self.unrecorded.as_ref()?;
        if is_named(message, known) {
            return Some(Fate::Removed);
        }
        // Messages that the log explains do not count as never posted.
        let unexplained = gap.lacking.saturating_sub(known.deletions.unnamed);
        if unexplained * ONE_IN > gap.paired {
            return None;
        }
        // What is before the first or after the last message in Close is new, unless the log names it.
        let is_among = gap.holds(message.activity_at.timestamp_millis());
        (is_among && known.deletions.unnamed > 0).then_some(Fate::Unknown)
    }

    /// Why the activity of a message is missing; `None` if it is listed, or no list was read.
    pub(super) fn fate(&self, activity: &ActivityId, known: &Known) -> Option<Fate> {
        if is_listed(activity.as_str(), known) {
            None
        } else if known.removed.contains(activity) {
            Some(Fate::Removed)
        } else if self.never_posted {
            Some(Fate::NeverPosted)
        } else {
            Some(Fate::Unknown)
        }
    }
}

/// The activity ids of recorded messages that desired ones stand for and that the list of the lead lacks;
/// none if no list was read.
pub fn unlisted(chat: &DesiredChat, known: &Known) -> Vec<ActivityId> {
    if !has_unlisted_record(known) {
        return Vec::new();
    }
    let found = reconcile(&chat.messages, chat, known);
    activities(&chat.messages, &found, known)
        .filter(|activity| !is_listed(activity, known))
        .map(ActivityId::from)
        .collect()
}

/// Whether too many of a chat's messages are missing for them ever to have been posted. If not, each is worth a look-up.
pub fn is_never_posted(chat: &DesiredChat, known: &Known) -> bool {
    let found = reconcile(&chat.messages, chat, known);
    Missing::of(&chat.messages, &found, known).never_posted
}

/// The messages of a chat that Close lists or the checkpoint records, some of them without the checkpoint,
/// and those that it lacks.
#[derive(Debug)]
struct Gap {
    /// The first and the last instant of a message in Close.
    span: (i64, i64),
    /// The number of messages in Close.
    paired: usize,
    /// The number of messages in that time without a record, and without a deletion in Close's log.
    lacking: usize,
    /// The number of messages without a record whose deletion is in Close's log.
    named: usize,
    /// The number of other messages before and after that time without a record.
    outside: usize,
}

impl Gap {
    fn holds(&self, at: i64) -> bool {
        (self.span.0..=self.span.1).contains(&at)
    }
}

/// Whether Close's log has the deletion of this message. The derived id of a file or location is that of any other one of
/// its minute.
fn is_named(message: &DesiredMessage, known: &Known) -> bool {
    let proves = message.external_id.is_native() || message.evidence.is_known_by_id();
    proves && known.deletions.of.contains(&message.external_id)
}

/// Whether messages of a chat were posted without this checkpoint, so that more may have been.
fn has_unknown_past(known: &Known) -> bool {
    !known.unrecorded.is_empty() || known.has_found
}

/// Which messages of a chat are in Close and which are not; `None` if none are.
fn gap(wanted: &[DesiredMessage], found: &Reconciled, known: &Known) -> Option<Gap> {
    let (mut there, mut lacking, mut named) = (Vec::new(), Vec::new(), 0);
    for (index, message) in (0u32..).zip(wanted) {
        let id = &message.external_id;
        let is_reused = found.reused_ids.contains(id);
        let is_there = match found.matched.get(id) {
            Some(record) => record.lead_id.is_none(),
            None if is_reused => false,
            None => known.listed.contains_key(id) || known.recorded.contains(id),
        };
        let is_open = !found.matched.contains_key(id)
            && !found.known_deleted.contains(id)
            && !found.undecided.contains_key(id)
            && !known.parts.contains(&index);
        if is_there {
            there.push(message.activity_at.timestamp_millis());
        } else if is_open && is_named(message, known) {
            named += 1;
        } else if is_open {
            lacking.push(message.activity_at.timestamp_millis());
        }
    }
    let mut gap = Gap {
        span: (*there.iter().min()?, *there.iter().max()?),
        paired: there.len(),
        lacking: 0,
        named,
        outside: 0,
    };
    gap.lacking = lacking.iter().filter(|at| gap.holds(**at)).count();
    gap.outside = lacking.len() - gap.lacking;
    Some(gap)
}

/// Whether a chat that the checkpoint does not record completely lacks messages which a deletion in Close's
/// log may explain.
pub fn has_unrecorded_gap(chat: &DesiredChat, known: &Known) -> bool {
    if !has_unknown_past(known) {
        return false;
    }
    let found = reconcile(&chat.messages, chat, known);
    let gap = gap(&chat.messages, &found, known);
    gap.is_some_and(|gap| gap.lacking + gap.named + gap.outside > 0)
}

fn is_listed(activity: &str, known: &Known) -> bool {
    (known.activities.as_ref()).is_none_or(|listed| listed.contains(activity))
}

fn has_unlisted_record(known: &Known) -> bool {
    let done = known
        .recorded
        .iter()
        .filter_map(|(_, recorded)| match recorded {
            Recorded::Done { activity_id, facts } => Some((activity_id, facts)),
            _ => None,
        });
    let former = (known.former.iter()).map(|record| (record.activity_id.as_str(), record.facts));
    (done.chain(former)).any(|(id, facts)| is_in_close(&facts) && !is_listed(id, known))
}

/// Whether a message is recorded as in Close, and not created by another user's key, whose messages are
/// never changed.
fn is_in_close(facts: &RecordFacts) -> bool {
    !facts.gone && !facts.unsettled && !facts.foreign
}

/// The activity ids on this lead that desired messages stand for.
fn activities<'k>(
    wanted: &'k [DesiredMessage],
    found: &'k Reconciled,
    known: &'k Known,
) -> impl Iterator<Item = &'k str> {
    wanted.iter().filter_map(|message| {
        let id = message.external_id.as_str();
        let (activity, facts) = match found.matched.get(id) {
            Some(record) if record.lead_id.is_some() => return None,
            Some(record) => (record.activity_id.as_str(), record.facts),
            None if found.reused_ids.contains(id) => return None,
            None => match known.recorded.get(id)? {
                Recorded::Done { activity_id, facts } => (activity_id, facts),
                _ => return None,
            },
        };
        is_in_close(&facts).then_some(activity)
    })
}
