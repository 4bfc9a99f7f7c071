//! Before the plan: what the checkpoint and Close know of each chat.

use std::collections::HashMap;

use super::StopReason;
use crate::checkpoint::{self, Hash, HashKey, Snapshot, State};
use crate::close::{Client, Failure};
use crate::plan::{Known, Recorded, Selection};
use crate::transform::desired::{Desired, DesiredChat, Held, Standing};

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
/// chats that it has no rows of, from Close's list of their lead. A chat whose lead cannot be
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
    let mut lists: HashMap<String, HashMap<String, String>> = HashMap::new();
    for chat in desired
        .chats
        .iter_mut()
        .filter(|chat| selection.takes(chat))
    {
        let Some(key) = key_of(chat) else { continue };
        let lead = key.1.clone();
        let recorded = match checkpoint {
            Some(snapshot) => recorded(snapshot, chat, &lead).map_err(StopReason::Checkpoint)?,
            None => HashMap::new(),
        };
        let mut known = Known {
            recorded,
            listed: HashMap::new(),
        };
        if known.recorded.is_empty()
            && let Some(client) = client
        {
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
                            lists.insert(lead.clone(), HashMap::new());
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
            known.listed = lists.get(&lead).cloned().unwrap_or_default();
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

async fn list(client: &Client, lead: &str) -> Result<HashMap<String, String>, Failure> {
    let listed = client.list_lead_messages(lead).await?;
    Ok(listed
        .into_iter()
        .map(|message| (message.external_id, message.id))
        .collect())
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
            let recorded = match (row.state, row.activity_id) {
                (State::Done, Some(activity)) => Recorded::Done(activity.into()),
                (State::Intent | State::Unknown | State::Done, _) => Recorded::Unsettled,
                (State::Failed | State::Absent, _) => Recorded::NotThere,
            };
            (row.external_id.into(), recorded)
        })
        .collect())
}
