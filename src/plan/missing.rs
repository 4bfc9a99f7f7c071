//! Recorded messages that Close's list of the lead lacks: removed there, never posted, or unknown.
//!
//! Belongs here: the rule that distinguishes the three. The evidence is read by the survey: a list
//! that was read to its end, Close's deletions of the last 30 days, and single look-ups. Never here:
//! what is done about it (`gone`, decisions.csv).

use super::reconcile::{Reconciled, reconcile};
use super::{Known, Recorded, Trace};
use crate::ids::ActivityId;
use crate::transform::desired::{DesiredChat, DesiredMessage};

/// Of so many paired messages one may be missing and have been removed. Where more are missing, the
/// chat was never posted as a whole, or the checkpoint is a copy of another Close.
const ONE_IN: usize = 20;

/// Why the list of the lead lacks a recorded message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Close's event log has its deletion.
    Removed,
    /// Too many are missing for each to have been removed.
    NeverPosted,
    /// Nothing distinguishes the two.
    Unknown,
}

/// The recorded messages of a chat that Close's list lacks.
#[derive(Debug, Default)]
pub(super) struct Missing {
    never_posted: bool,
}

impl Missing {
    /// What is missing among the records that `wanted` stands for.
    pub(super) fn of(wanted: &[DesiredMessage], found: &Reconciled, known: &Known) -> Missing {
        if !has_unlisted_record(known) {
            return Missing::default();
        }
        let (mut paired, mut missing) = (0usize, 0usize);
        for activity in activities(wanted, found, known) {
            paired += 1;
            let is_open = !is_listed(activity, known) && !known.removed.contains(activity);
            missing += usize::from(is_open);
        }
        Missing {
            never_posted: missing * ONE_IN > paired,
        }
    }

    /// Why the activity of a message is missing; `None` where it is listed, or no list was read.
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

/// The activity ids of recorded messages that desired ones stand for and that the list of the lead
/// lacks; none where no list was read.
pub fn unlisted(chat: &DesiredChat, known: &Known) -> Vec<ActivityId> {
    if !has_unlisted_record(known) {
        return Vec::new();
    }
    let found = reconcile(&chat.messages, &chat.deleted, known);
    activities(&chat.messages, &found, known)
        .filter(|activity| !is_listed(activity, known))
        .map(ActivityId::from)
        .collect()
}

/// Whether so many of a chat's messages are missing that they were never posted. The others are
/// worth a look-up each.
pub fn is_never_posted(chat: &DesiredChat, known: &Known) -> bool {
    let found = reconcile(&chat.messages, &chat.deleted, known);
    Missing::of(&chat.messages, &found, known).never_posted
}

fn is_listed(activity: &str, known: &Known) -> bool {
    (known.activities.as_ref()).is_none_or(|listed| listed.contains(activity))
}

fn has_unlisted_record(known: &Known) -> bool {
    let done = known
        .recorded
        .iter()
        .filter_map(|(_, recorded)| match recorded {
            Recorded::Done { activity_id, trace } => Some((activity_id, trace)),
            _ => None,
        });
    let former = (known.former.iter()).map(|record| (record.activity_id.as_str(), record.trace));
    (done.chain(former)).any(|(id, trace)| is_in_close(&trace) && !is_listed(id, known))
}

/// Recorded as in Close, and not by another user's key, whose messages are never changed.
fn is_in_close(trace: &Trace) -> bool {
    !trace.gone && !trace.unsettled && !trace.foreign
}

/// The activity ids on this lead that desired messages stand for.
fn activities<'k>(
    wanted: &'k [DesiredMessage],
    found: &'k Reconciled,
    known: &'k Known,
) -> impl Iterator<Item = &'k str> {
    wanted.iter().filter_map(|message| {
        let id = message.external_id.as_str();
        let (activity, trace) = match found.matched.get(id) {
            Some(record) if record.lead_id.is_some() => return None,
            Some(record) => (record.activity_id.as_str(), record.trace),
            None if found.reused_ids.contains(id) => return None,
            None => match known.recorded.get(id)? {
                Recorded::Done { activity_id, trace } => (activity_id, trace),
                _ => return None,
            },
        };
        is_in_close(&trace).then_some(activity)
    })
}
