//! Requests of imports whose outcome is unknown: looked up before anything is deleted.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::prepare::{Prepared, Verdict};
use super::result::HIDDEN;
use super::select::Message;
use crate::app::error::Result;
use crate::checkpoint::{Change, Recorder, State};
use crate::clock::SharedClock;
use crate::close::{Client, Failure};
use crate::execute::Stop;
use crate::ids::ActivityId;
use crate::stop_reason::stops;
use crate::transform::id_form::read as read_id;

/// What became of a message whose outcome was unknown.
#[derive(Debug, Clone)]
pub(super) enum Settled {
    /// It is in Close.
    Found(ActivityId),
    /// It is not in Close.
    NotCarriedOut,
    /// Close rejects the look-up, for this reason: it stays unknown.
    Unread(String),
}

/// Looks up every unsettled message of the selection, and records what became of it; by the index of the message. `until`:
/// from when on an absence is conclusive.
///
/// # Errors
///
/// Close cannot be read; the checkpoint cannot be written; a person stops it.
pub(super) async fn settle(
    prepared: &Prepared<'_>,
    (client, clock): (&Client, &SharedClock),
    recorder: &Recorder,
    until: Duration,
    stop: &Stop,
) -> Result<HashMap<usize, Settled>> {
    let messages = prepared.selected.messages.iter().enumerate();
    let mut open: Vec<(usize, &Arc<Message>)> = messages
        .filter(|(_, message)| matches!(message.state, State::Intent | State::Unknown))
        .filter(|(index, _)| !matches!(prepared.verdicts[*index], Verdict::OfOther))
        .collect();
    let mut settled = HashMap::new();
    while !open.is_empty() {
        let asked_at = clock.elapsed();
        let mut missing = Vec::new();
        for (index, message) in open {
            let found = match find(client, message).await {
                Ok(found) => found,
                Err(failure) => match stops(&failure) {
                    Some(reason) => return Err(reason.into()),
                    None => {
                        settled.insert(index, Settled::Unread(failure.reason()));
                        continue;
                    }
                },
            };
            match found {
                Some(activity_id) => {
                    let found = Change::Found {
                        key: message.key.clone(),
                        activity_id: activity_id.clone(),
                        linked: message.linked,
                    };
                    recorder.record(found).await?;
                    settled.insert(index, Settled::Found(activity_id));
                }
                None if asked_at >= until => {
                    let one = match client.shows_lead(&message.lead).await {
                        Ok(true) => {
                            let key = message.key.clone();
                            recorder.record(Change::NotCarriedOut { key }).await?;
                            Settled::NotCarriedOut
                        }
                        Ok(false) => Settled::Unread(HIDDEN.to_owned()),
                        Err(failure) => match stops(&failure) {
                            Some(reason) => return Err(reason.into()),
                            None => Settled::Unread(failure.reason()),
                        },
                    };
                    settled.insert(index, one);
                }
                None => missing.push((index, message)),
            }
        }
        open = missing;
        if !open.is_empty() {
            let wait = clock.sleep(until.saturating_sub(asked_at));
            crate::app::unless_stopped(stop, wait).await?;
        }
    }
    Ok(settled)
}

/// The activity of a message, by its external id on its lead. An id in the form `wamid` cannot be looked up, so the list of
/// the lead is read.
async fn find(
    client: &Client,
    message: &Message,
) -> std::result::Result<Option<ActivityId>, Failure> {
    let (id, lead) = (&message.key.external_id, &message.lead);
    let found = client.find_message(id, lead).await?;
    if let Some(first) = found.into_iter().map(|found| found.id).min() {
        return Ok(Some(first));
    }
    if id.is_derived() {
        return Ok(None);
    }
    let listed = client.list_lead_messages(lead).await?;
    let own = listed
        .into_iter()
        .filter(|one| read_id(&one.external_id) == *id);
    Ok(own.map(|one| one.id).min())
}
