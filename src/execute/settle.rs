//! What became of a request without an answer: ask, wait, ask again, decide.

use std::time::Duration;

use super::job::Tools;
use super::replace::step;
use crate::checkpoint::{Change, MessageKey, OperationKey, Step};
use crate::close::{Failure, FoundMessage};
use crate::ids::ActivityId;
use crate::stop_reason::StopReason;
use crate::transform::id_form::read;
use crate::transform::settings::IdForm;

/// What Close says about an unknown message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// It was carried out: the activity id of the first copy, and how many copies there are.
    Found(ActivityId, usize),
    /// It was not carried out; recorded as such.
    NotThere,
    /// Close answers the question with a refusal or with nonsense: the message stays unknown, and
    /// it alone.
    Undecided,
}

/// Settles one message whose state is unknown. `until` is the moment (of [`crate::clock::SharedClock`]'s
/// `elapsed`) from which a look-up that finds nothing is believed: reads lag writes by up to a
/// minute (`close-api.md` 5.6). `operation`, where the request was a part of one, takes its step
/// in the same commit.
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
        // Taken before the question: only what was asked late enough counts.
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
            return Ok(Settled::NotThere);
        }
        clock.sleep(until.saturating_sub(asked_at)).await;
    }
}

/// The messages of this id on this lead. A wamid has a number in it that the checkpoint does not
/// hold, so there the lead's list is looked through.
pub(super) async fn find(tools: &Tools, key: &MessageKey) -> Result<Vec<FoundMessage>, Failure> {
    let is_derived = key.external_id.is_derived();
    if tools.id_form == IdForm::Stanza || is_derived {
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

/// Of several copies always the same one, whatever the order of the list.
pub(super) fn first(hits: &[FoundMessage]) -> Option<&FoundMessage> {
    hits.iter().min_by(|a, b| a.id.cmp(&b.id))
}
