//! Before the plan: what the checkpoint and Close know of each chat.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::StopReason;
use crate::checkpoint::{self, Hash, HashKey, MessageRow, Snapshot, State};
use crate::close::{self, Client, Failure};
use crate::plan::{Fingerprint, Known, Present, Record, Recorded, Selection, Trace};
use crate::transform::desired::{Desired, DesiredChat, Direction, Held, Standing};

/// What is known, by the chat's key and lead.
#[derive(Debug, Default)]
pub struct Survey {
    known: HashMap<(String, String), Known>,
    /// Leads that were listed.
    pub listed_leads: u64,
}

impl Survey {
    /// Takes what is known of a chat.
    pub fn take(&mut self, chat: &DesiredChat) -> Known {
        key_of(chat)
            .and_then(|key| self.known.remove(&key))
            .unwrap_or_default()
    }
}

/// The handle of a chat in the checkpoint: a keyed hash of its key. `None` for a chat without
/// numbers, which is never imported.
pub(super) fn handle(key: &HashKey, chat: &DesiredChat) -> Option<Hash> {
    chat.key
        .as_ref()
        .map(|chat| key.hash(format!("chat:{}", chat.reveal()).as_bytes()))
}

fn key_of(chat: &DesiredChat) -> Option<(String, String)> {
    match (&chat.key, &chat.standing) {
        (Some(key), Standing::Ready(destination)) => {
            Some((key.reveal().to_owned(), destination.lead_id.clone()))
        }
        _ => None,
    }
}

/// Reads what is known of the chats that are ready and selected: from the checkpoint, and for
/// chats that it does not have all of, from Close's list of their lead. A chat whose lead cannot be
/// listed becomes held. Writes nothing.
///
/// # Errors
///
/// The reason to stop: no network, no permission, an unreadable checkpoint.
pub async fn survey(
    desired: &mut Desired,
    selection: &Selection,
    checkpoint: Option<&Snapshot>,
    client: Option<&Client>,
) -> Result<Survey, StopReason> {
    let mut survey = Survey::default();
    let mut lists: HashMap<String, List> = HashMap::new();
    let handles: HashSet<Hash> = match checkpoint {
        Some(snapshot) => desired
            .chats
            .iter()
            .filter_map(|chat| handle(&snapshot.key(), chat))
            .collect(),
        None => HashSet::new(),
    };
    for chat in desired
        .chats
        .iter_mut()
        .filter(|chat| selection.takes(chat))
    {
        let Some(key) = key_of(chat) else { continue };
        let lead = key.1.clone();
        let mut known = Known::default();
        if let Some(snapshot) = checkpoint {
            known.recorded = recorded(snapshot, chat, &lead).map_err(StopReason::Checkpoint)?;
            let contact = contact_of(chat);
            elsewhere(snapshot, &handles, chat, &lead, contact, &mut known)
                .map_err(StopReason::Checkpoint)?;
            let key = snapshot.key();
            known.fingerprint = Some(Fingerprint(Arc::new(move |kind, text| {
                keyed(&key, kind, text)
            })));
        }
        // A checkpoint can be older than what is in Close (a copy that was put back, a second
        // machine), so whatever is not recorded is looked for before it is posted.
        let all_recorded = chat.messages.iter().all(|m| {
            matches!(
                known.recorded.get(&m.external_id),
                Some(Recorded::Done { .. })
            )
        });
        if !all_recorded && let Some(client) = client {
            if !lists.contains_key(&lead) {
                match list(client, &lead).await {
                    Ok(listed) => {
                        survey.listed_leads += 1;
                        lists.insert(lead.clone(), listed);
                    }
                    Err(failure) => match stop_for(failure)? {
                        // A lead that is not there has no messages; the check before the first
                        // write says so in better words. One that is there and cannot be listed
                        // may hold everything already.
                        Failure::Rejected {
                            status: 400 | 404, ..
                        } if is_gone(client, &lead).await? => {
                            lists.insert(lead.clone(), List::default());
                        }
                        failure => {
                            chat.standing = Standing::Held(Held::Unlisted(failure.to_string()));
                            chat.messages.clear();
                            chat.left_out.clear();
                            continue;
                        }
                    },
                }
            }
            if let Some(list) = lists.get(&lead) {
                known.listed.clone_from(&list.ids);
                known.present.clone_from(&list.present);
            }
        }
        survey.known.insert(key, known);
    }
    Ok(survey)
}

/// Tells a failure that stops the run from one of this lead alone.
fn stop_for(failure: Failure) -> Result<Failure, StopReason> {
    match failure {
        denied @ Failure::Denied { .. } => Err(StopReason::Denied(denied)),
        network if network.is_network() => Err(StopReason::Network(network)),
        other => Ok(other),
    }
}

async fn is_gone(client: &Client, lead: &str) -> Result<bool, StopReason> {
    match client.lead(lead).await {
        Ok(found) => Ok(found.is_none()),
        Err(failure) => stop_for(failure).map(|_| false),
    }
}

/// What a lead holds.
#[derive(Default)]
struct List {
    ids: HashMap<String, String>,
    present: HashMap<Present, Vec<String>>,
}

async fn list(client: &Client, lead: &str) -> Result<List, Failure> {
    let mut list = List::default();
    for message in client.list_lead_messages(lead).await? {
        if let (Some(at), Some(direction)) = (message.activity_at, message.direction) {
            let present = Present {
                direction: match direction {
                    close::Direction::Incoming => Direction::Incoming,
                    close::Direction::Outgoing => Direction::Outgoing,
                },
                minute: at.timestamp().div_euclid(60),
                text: message.message_markdown.trim().to_owned(),
            };
            list.present
                .entry(present)
                .or_default()
                .push(message.external_id.clone());
        }
        list.ids.insert(message.external_id, message.id);
    }
    Ok(list)
}

fn contact_of(chat: &DesiredChat) -> Option<&str> {
    match &chat.standing {
        Standing::Ready(destination) => Some(&destination.contact_id),
        _ => None,
    }
}

/// What was imported of this chat onto another lead, and of this contact under numbers that no
/// chat of this run has; and whether the zone was corrected since.
fn elsewhere(
    snapshot: &Snapshot,
    handles: &HashSet<Hash>,
    chat: &DesiredChat,
    lead: &str,
    contact: Option<&str>,
    known: &mut Known,
) -> Result<(), checkpoint::Error> {
    let own = handle(&snapshot.key(), chat);
    let mut rows = Vec::new();
    if let Some(row) = own.map(|own| snapshot.chat(&own)).transpose()?.flatten() {
        let zone = row.zone.as_deref();
        known.zone_corrected = zone.is_some_and(|zone| zone != chat.zone.name());
        rows.extend(
            snapshot
                .messages_of(row.id)?
                .into_iter()
                .filter(|row| &*row.lead_id != lead),
        );
    }
    for row in contact
        .map(|contact| snapshot.chats_by_contact(contact))
        .transpose()?
        .into_iter()
        .flatten()
    {
        if !handles.contains(&row.chat) {
            rows.extend(snapshot.messages_of(row.id)?);
        }
    }
    for row in rows.into_iter().filter(|row| row.state == State::Done) {
        let trace = trace(&row);
        match row.activity_id {
            Some(activity) if &*row.lead_id == lead => known.former.push(Record {
                external_id: row.external_id.into(),
                activity_id: activity.into(),
                trace,
            }),
            _ => known.elsewhere.push(trace),
        }
    }
    Ok(())
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
    }
}

/// The keyed hash of a text of some kind, as it is recorded.
pub(super) fn keyed(key: &HashKey, kind: &'static str, text: &str) -> Hash {
    key.hash(format!("{kind}:{text}").as_bytes())
}

fn recorded(
    snapshot: &Snapshot,
    chat: &DesiredChat,
    lead: &str,
) -> Result<HashMap<String, Recorded>, checkpoint::Error> {
    let Some(handle) = handle(&snapshot.key(), chat) else {
        return Ok(HashMap::new());
    };
    let Some(row) = snapshot.chat(&handle)? else {
        return Ok(HashMap::new());
    };
    let rows = snapshot.messages_of(row.id)?;
    let of_lead = rows.into_iter().filter(|row| &*row.lead_id == lead);
    Ok(of_lead
        .map(|row| {
            let trace = trace(&row);
            let recorded = match (row.state, row.activity_id) {
                (State::Done, Some(activity)) => Recorded::Done {
                    activity_id: activity.into(),
                    trace,
                },
                (State::Intent | State::Unknown | State::Done, _) => Recorded::Unsettled,
                (State::Failed | State::Absent, _) => Recorded::NotThere,
            };
            (row.external_id.into(), recorded)
        })
        .collect())
}
