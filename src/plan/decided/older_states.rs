//! Texts of older archives as they were before an edit, and replies to them.

use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::plan::Known;
use crate::plan::reconciled::Reconciled;
use crate::transform::desired::DesiredMessage;

/// Finds texts of older archives as they were before an edit, where the archives alone do not show which
/// message was edited and a record does: a person settled the edit, or it was imported without the older
/// archive. A record with the id of the older text proves it. Otherwise the text may be another message, and it
/// is an older state only where the order of both archives leaves it no other place.
pub(super) fn supersede_recorded(wanted: &[DesiredMessage], found: &mut Reconciled, known: &Known) {
    let is_free = |found: &Reconciled, message: &DesiredMessage| {
        let id = message.external_id.as_str();
        !found.matched.contains_key(id)
            && (!known.recorded.contains(id) || found.reused_ids.contains(id))
    };
    for (index, message) in wanted.iter().enumerate() {
        if !message.undecided || !message.edited {
            continue;
        }
        let Some(record) = found.matched.get(&message.external_id) else {
            continue;
        };
        let older: Vec<usize> = near_indexes(wanted, index)
            .filter(|other| is_earlier_state(&wanted[*other], message))
            .filter(|other| is_free(found, &wanted[*other]))
            .collect();
        // The record has the id that is derived from the text as first sent.
        let by_id = (older.iter()).find(|other| wanted[**other].external_id == record.external_id);
        let only = || match older.as_slice() {
            [only] if is_in_place(wanted, *only, index) => Some(only),
            _ => None,
        };
        if let Some(other) = by_id.or_else(only) {
            found.superseded.insert(*other, index);
        }
    }
}

/// Indexes of desired messages near enough in time to be states of the one at `index`.
fn near_indexes(wanted: &[DesiredMessage], index: usize) -> impl Iterator<Item = usize> {
    let at = wanted[index].activity_at;
    let is_near = move |other: &usize| {
        (wanted[*other].activity_at - at).num_milliseconds().abs() <= MAX_DIFFERENCE + MINUTE
    };
    let before = (0..index).rev().take_while(is_near);
    before.chain((index + 1..wanted.len()).take_while(is_near))
}

/// Whether `other` may be `message` before it was edited.
pub(super) fn is_earlier_state(other: &DesiredMessage, message: &DesiredMessage) -> bool {
    other.archive != message.archive
        && other.direction == message.direction
        && other.kind == message.kind
        && !other.edited
}

/// Whether the text at `other` has the place of the one at `index`: its neighbours in its own archive are in the
/// archive of the latter too, one on each side of it as far as there are any.
fn is_in_place(wanted: &[DesiredMessage], other: usize, index: usize) -> bool {
    let (own, newer) = (wanted[other].archive, wanted[index].archive);
    let is_neighbour = |at: &usize| *at != other && wanted[*at].seen_in.has(own);
    let before = (0..other).rev().find(is_neighbour);
    let after = (other + 1..wanted.len()).find(is_neighbour);
    let is_shared = |at: Option<usize>| at.is_none_or(|at| wanted[at].seen_in.has(newer));
    (before.is_some() || after.is_some())
        && is_shared(before)
        && is_shared(after)
        && before.is_none_or(|before| before < index)
        && after.is_none_or(|after| index < after)
}

/// A reply to an older state of a message is a reply to the message.
pub(super) fn redirect_replies(wanted: &mut [DesiredMessage], found: &Reconciled) {
    if found.superseded.is_empty() {
        return;
    }
    for index in 0..wanted.len() {
        let target = wanted[index].reply_to.map(|target| target as usize);
        let Some(newer) = target.and_then(|target| found.superseded.get(&target)) else {
            continue;
        };
        // A message without a reply target can be waited for.
        let is_end = wanted[*newer].reply_to.is_none() && *newer != index;
        wanted[index].reply_to = u32::try_from(*newer).ok().filter(|_| is_end);
    }
}
