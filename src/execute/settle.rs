//! Settles a request without an answer: look up, wait, look up again, decide.

use std::time::Duration;

use super::job::Tools;
use super::replace::step;
use crate::checkpoint::{Change, MessageKey, OperationKey, Step};
use crate::close::{Failure, FoundMessage};
use crate::ids::ActivityId;
use crate::policy::IdForm;
use crate::stop_reason::StopReason;
use crate::transform::id_form::read;

/// The result of looking up an unknown message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// Carried out: the activity id of the first copy, and the number of copies.
    Found(ActivityId, usize),
    /// Not carried out; recorded as such.
    NotFound,
    /// Close refuses the look-up or answers it with invalid data: this message stays unknown, and the
    /// others continue.
    Undecided,
}

/// Settles one message whose state is unknown. `until` is the instant, on
/// [`crate::clock::SharedClock`]'s `elapsed`, from which a look-up without a result is conclusive:
/// Close documents no bound on the delay between a write and its visibility to reads, and up to a
/// minute was observed. Where the request is part of an `operation`, its step is recorded in the same
/// transaction.
///
/// # Errors
///
/// The reason to stop; the message stays unknown.
pub(super) async fn settle(
    tools: &Tools,
    key: &MessageKey,
    linked: bool,
    until: Duration,
    operation: Option<&OperationKey>,
) -> Result<Settled, StopReason> {
    let Tools {
        recorder, clock, ..
    } = tools;
    loop {
        // Taken before the look-up: only a look-up that starts late enough is conclusive.
        let asked_at = clock.elapsed();
        let hits = match find(tools, key).await {
            Ok(hits) => hits,
            Err(Failure::Rejected { .. } | Failure::UnexpectedAnswer { .. }) => {
                return Ok(Settled::Undecided);
            }
            Err(failure) => return Err(StopReason::of(failure)),
        };
        if let Some(first) = first(&hits) {
            let activity_id = first.id.clone();
            let change = Change::Found {
                key: key.clone(),
                activity_id: activity_id.clone(),
                linked,
            };
            let posted = operation.map(|row| step(row, Step::Posted, Some(&activity_id)));
            recorder
                .record_all(std::iter::once(change).chain(posted).collect())
                .await
                .map_err(StopReason::Checkpoint)?;
            return Ok(Settled::Found(activity_id, hits.len()));
        }
        if asked_at >= until {
            let change = Change::NotCarriedOut { key: key.clone() };
            let given_up = operation.map(|row| step(row, Step::GivenUp, None));
            recorder
                .record_all(std::iter::once(change).chain(given_up).collect())
                .await
                .map_err(StopReason::Checkpoint)?;
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
