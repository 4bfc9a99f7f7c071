//! What became of a request without an answer: ask, wait, ask again, decide.

use std::time::Duration;

use crate::checkpoint::{Change, MessageKey, Recorder};
use crate::clock::SharedClock;
use crate::close::{Client, Failure, Found};

use super::StopReason;

/// What Close says about an unknown message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// It was carried out: the activity id of the first copy, and how many copies there are.
    Found(String, usize),
    /// It was not carried out; recorded as such.
    NotThere,
    /// Close answers the question with a refusal or with nonsense: the message stays unknown, and
    /// it alone.
    Undecided,
}

/// Settles one message whose state is unknown. `until` is the moment (of [`SharedClock`]'s
/// `elapsed`) from which a look-up that finds nothing is believed: reads lag writes by up to a
/// minute (`close-api.md` 5.6).
///
/// # Errors
///
/// The reason to stop; the message stays unknown.
pub(super) async fn settle(
    client: &Client,
    recorder: &Recorder,
    clock: &SharedClock,
    key: &MessageKey,
    linked: bool,
    until: Duration,
) -> Result<Settled, StopReason> {
    loop {
        // Taken before the question: only what was asked late enough counts.
        let asked_at = clock.elapsed();
        let hits = match client.find_message(&key.external_id, &key.lead_id).await {
            Ok(hits) => hits,
            Err(Failure::Rejected { .. } | Failure::UnexpectedAnswer { .. }) => {
                return Ok(Settled::Undecided);
            }
            Err(failure) => return Err(super::run::stop_reason(failure)),
        };
        if let Some(first) = first(&hits) {
            let activity_id = first.id.clone();
            let change = Change::Found {
                key: key.clone(),
                activity_id: activity_id.clone().into(),
                linked,
            };
            recorder
                .record(change)
                .await
                .map_err(StopReason::Checkpoint)?;
            return Ok(Settled::Found(activity_id, hits.len()));
        }
        if asked_at >= until {
            let change = Change::NotCarriedOut { key: key.clone() };
            recorder
                .record(change)
                .await
                .map_err(StopReason::Checkpoint)?;
            return Ok(Settled::NotThere);
        }
        clock.sleep(until.saturating_sub(asked_at)).await;
    }
}

/// Of several copies always the same one, whatever the order of the list.
fn first(hits: &[Found]) -> Option<&Found> {
    hits.iter().min_by(|a, b| a.id.cmp(&b.id))
}
