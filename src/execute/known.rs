//! What the checkpoint knows of a chat, in the words of the plan. Reads, and writes nothing.

use std::collections::HashSet;
use std::sync::Arc;

use crate::checkpoint::{self, Hash, HashKey, MessageRow, Origin, Snapshot, State};
use crate::plan::{Answer, Fingerprint, Known, Record, Recorded, Records, Trace};
use crate::transform::desired::{DesiredChat, Standing};

/// The handle of a chat in the checkpoint: a keyed hash of its key. `None` for a chat without
/// numbers, which is never imported.
pub(super) fn handle(key: &HashKey, chat: &DesiredChat) -> Option<Hash> {
    chat.key
        .as_ref()
        .map(|chat| key.hash(format!("chat:{}", chat.reveal()).as_bytes()))
}

/// The keyed hash of a text of some kind, as it is recorded.
pub(super) fn keyed(key: &HashKey, kind: &'static str, text: &str) -> Hash {
    key.hash(format!("{kind}:{text}").as_bytes())
}

/// Everything that is recorded of a chat that goes to `lead`: its messages, and those of the same
/// contact under numbers that no chat of this run has (`handles`). What is recorded on the lead
/// that was merged into `lead` is on `lead`.
///
/// # Errors
///
/// An unreadable checkpoint.
pub(super) fn known(
    snapshot: &Snapshot,
    handles: &HashSet<Hash>,
    chat: &DesiredChat,
    lead: &str,
) -> Result<Known, checkpoint::Error> {
    let key = snapshot.key();
    let mut known = Known {
        fingerprint: Some(Fingerprint(Arc::new(move |kind, text| {
            keyed(&key, kind, text)
        }))),
        ..Known::default()
    };
    let is_here = |row: &MessageRow| {
        &*row.lead_id == lead || chat.merged_from.iter().any(|from| *from == *row.lead_id)
    };
    let own = handle(&snapshot.key(), chat);
    let mut zone: Option<Box<str>> = None;
    if let Some(row) = own.map(|own| snapshot.chat(&own)).transpose()?.flatten() {
        zone = row.zone;
        snapshot.each_message_of(row.id, |row| {
            answer(&row, &mut known.answers);
            if is_here(&row) {
                add(&row, &mut known.recorded);
            } else {
                known.elsewhere.extend(record(row, true));
            }
        })?;
    }
    let contact = match &chat.standing {
        // A group is none of its anchor's former chats.
        Standing::Ready(_) if chat.is_group => None,
        Standing::Ready(destination) => Some(&destination.contact_id),
        _ => None,
    };
    let of_contact = contact.map(|contact| snapshot.chats_by_contact(contact));
    for row in of_contact.transpose()?.into_iter().flatten() {
        // A chat without a pair of numbers is a group.
        if handles.contains(&row.chat) || row.pairs.is_empty() {
            continue;
        }
        // Number and zone were corrected at once.
        zone = zone.or(row.zone);
        for row in snapshot.messages_of(row.id)? {
            answer(&row, &mut known.answers);
            if is_here(&row) {
                known.former.extend(record(row, false));
            } else {
                known.elsewhere.extend(record(row, true));
            }
        }
    }
    known.zone_corrected = zone.is_some_and(|zone| *zone != *chat.zone.name());
    Ok(known)
}

fn add(row: &MessageRow, records: &mut Records) {
    let trace = &trace(row);
    let recorded = match (row.state, &row.activity_id) {
        (State::Gone, _) => Recorded::Gone { trace },
        (State::Done, Some(activity_id)) => Recorded::Done { activity_id, trace },
        (State::Intent | State::Unknown | State::Done, _) => Recorded::Unsettled,
        (State::Failed | State::Absent, _) => Recorded::NotThere,
    };
    records.add(&row.external_id, recorded);
}

/// The record of a message that is, or was, in Close; with its lead where that is another one.
fn record(row: MessageRow, elsewhere: bool) -> Option<Record> {
    let trace = trace(&row);
    let activity = match row.state {
        State::Done => row.activity_id?,
        State::Gone => Box::default(),
        _ => return None,
    };
    Some(Record {
        external_id: row.external_id.into(),
        activity_id: activity.into(),
        lead_id: elsewhere.then_some(row.lead_id),
        trace,
    })
}

fn answer(row: &MessageRow, answers: &mut Vec<Answer>) {
    if let (Some(to), Some(activity), State::Done) = (&row.response_to, &row.activity_id, row.state)
    {
        answers.push(Answer {
            external_id: row.external_id.to_string(),
            activity_id: activity.to_string(),
            lead_id: Arc::clone(&row.lead_id),
            to: to.to_string(),
            at: row.activity_at,
        });
    }
}

fn trace(row: &MessageRow) -> Trace {
    Trace {
        at: row.activity_at,
        first_at: row.first_at,
        body: row.body_hash,
        files: row.media_count,
        media: row.media_hash,
        people: row.people_hash,
        changing: row.changing,
        outgoing: row.outgoing,
        is_media: row.media,
        linked: row.linked,
        adopted: row.origin != Origin::Created,
        foreign: row.origin == Origin::Foreign,
        gone: row.state == State::Gone,
    }
}

/// The handles of all chats.
pub(super) fn handles(snapshot: &Snapshot, chats: &[DesiredChat]) -> HashSet<Hash> {
    let key = snapshot.key();
    chats.iter().filter_map(|chat| handle(&key, chat)).collect()
}
