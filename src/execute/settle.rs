//! Settles a request without an answer: look up, wait, look up again, decide.

use std::time::Duration;

use super::job::Tools;
use super::replace::step;
use crate::checkpoint::{Change, Counted, DAMAGED, Facts, MessageKey, OperationKey, Step};
use crate::close::{Failure, FoundMessage};
use crate::ids::ActivityId;
use crate::policy::IdForm;
use crate::stop_reason::{StopReason, stops};
use crate::transform::id_form::read;

/// The result of looking up an unknown message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// Carried out: the activity id of the first copy, and the number of copies.
    Found(ActivityId, usize),
    /// Not carried out; recorded as such.
    NotFound,
    /// Close rejects the look-up or answers it with invalid data: this message stays unknown, and the
    /// others continue.
    Undecided,
}

/// A request whose outcome is unknown.
pub(super) struct Unanswered {
    /// Its message.
    pub(super) key: MessageKey,
    /// Whether it linked the message to its reply target.
    pub(super) linked: bool,
    /// The multi-step operation that it is part of; its step is recorded in the same transaction.
    pub(super) operation: Option<OperationKey>,
    /// Whether it lacked a file that is damaged in its archive.
    pub(super) is_damaged: bool,
    /// What it counts as in this run, if Close has it and this run sent it.
    pub(super) counted: Option<Counted>,
    /// Of the last attempt: what to record of the message if Close does not have it, and the code.
    pub(super) fails: Option<Box<(Facts, Box<str>)>>,
}

/// Settles one message whose state is unknown. `until` is the instant, on
/// [`crate::clock::SharedClock`]'s `elapsed`, from which a look-up without a result is conclusive:
/// Close documents no bound on the delay between a write and its visibility to reads, and up to a
/// minute was observed.
///
/// # Errors
///
/// The reason to stop; the message stays unknown.
pub(super) async fn settle(
    tools: &Tools,
    request: &Unanswered,
    until: Duration,
) -> Result<Settled, StopReason> {
    let Tools {
        recorder, clock, ..
    } = tools;
    let Unanswered { key, operation, .. } = request;
    loop {
        // Taken before the look-up: only a look-up that starts late enough is conclusive.
        let asked_at = clock.elapsed();
        let hits = match find(tools, key).await {
            Ok(hits) => hits,
            Err(failure) if stops(&failure).is_none() => return Ok(Settled::Undecided),
            Err(failure) => return Err(StopReason::of(failure)),
        };
        if let Some(first) = first(&hits) {
            let activity_id = first.id.clone();
            let mut changes = vec![Change::Found {
                key: key.clone(),
                activity_id: activity_id.clone(),
                linked: request.linked,
            }];
            if request.is_damaged {
                changes.push(Change::Refused {
                    key: key.clone(),
                    code: DAMAGED.into(),
                });
            }
            changes.extend(request.counted.map(Change::Counted));
            let posted = operation.as_ref();
            changes.extend(posted.map(|row| step(row, Step::Posted, Some(&activity_id))));
            let recorded = recorder.record_all(changes).await;
            recorded.map_err(StopReason::Checkpoint)?;
            return Ok(Settled::Found(activity_id, hits.len()));
        }
        if asked_at >= until {
            let mut changes = vec![Change::NotCarriedOut { key: key.clone() }];
            if let Some((facts, code)) = request.fails.as_deref() {
                changes.push(Change::Intent {
                    key: key.clone(),
                    facts: facts.clone(),
                });
                changes.push(Change::Failed {
                    key: key.clone(),
                    code: code.clone(),
                });
                changes.push(Change::Counted(Counted::Failed));
            }
            let given_up = operation.as_ref();
            changes.extend(given_up.map(|row| step(row, Step::GivenUp, None)));
            let recorded = recorder.record_all(changes).await;
            recorded.map_err(StopReason::Checkpoint)?;
            return Ok(Settled::NotFound);
        }
        clock.sleep(until.saturating_sub(asked_at)).await;
    }
}

/// The messages with this id on this lead. The written form of WhatsApp's own id contains the phone
/// number, which the checkpoint does not hold, so for such ids the list of the lead is searched.
pub(super) async fn find(tools: &Tools, key: &MessageKey) -> Result<Vec<FoundMessage>, Failure> {
    let is_derived = key.external_id.is_derived();
    if tools.policy.id_form == IdForm::Stanza || is_derived {
        return (tools.client)
            .find_message(&key.external_id, &key.lead_id)
            .await;
    }
    let listed = tools.client.list_lead_messages(&key.lead_id).await?;
    let own = listed
        .into_iter()
        .filter(|message| read(&message.external_id) == key.external_id);
    Ok(own
        .map(|message| FoundMessage {
            id: message.id,
            lead_id: key.lead_id.clone(),
            external_id: message.external_id,
        })
        .collect())
}

/// Always the same one of several copies, independent of the order of the list.
pub(super) fn first(hits: &[FoundMessage]) -> Option<&FoundMessage> {
    hits.iter().min_by(|a, b| a.id.cmp(&b.id))
}
