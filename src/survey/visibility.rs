//! Whether Close's list of a lead shows everything that is there.
//!
//! In scope: recorded activities that the list lacks and that Close has nevertheless. Such a list lacks
//! others too, so nothing may be concluded from an absence in it. Out of scope: what became of activities
//! that Close has no more ([`super::unlisted`]).

use std::time::Duration;

use crate::close::{Client, Failure};
use crate::ids::{ActivityId, LeadId};

/// The number of activities that are looked up: a list that lacks one at random lacks more.
const SAMPLE: usize = 3;

/// Why the list of a lead cannot be trusted, given the recorded activities that it lacks. An activity
/// younger than `settle` may be late in lists; it proves nothing.
///
/// # Errors
///
/// The failure of a look-up.
pub(super) async fn incomplete(
    client: &Client,
    lead: &LeadId,
    missing: &[ActivityId],
    settle: Duration,
) -> Result<Option<String>, Failure> {
    for activity in sample(missing) {
        let found = match client.get_message(activity).await {
            Ok(found) => found,
            Err(Failure::Rejected { .. }) => None,
            Err(failure) => return Err(failure),
        };
        let Some(message) = found else { continue };
        // It may have been moved with a merge.
        let is_here = message.lead_id.as_ref() == Some(lead);
        if is_here && client.age(message.date_created) > settle {
            return Ok(Some(format!(
                "it lacks {activity}, which Close has on this lead; check that the key's user sees all leads and activities, then run again"
            )));
        }
    }
    Ok(None)
}

/// The first, the middle and the last.
fn sample(missing: &[ActivityId]) -> impl Iterator<Item = &ActivityId> {
    let last = missing.len().saturating_sub(1);
    let mut indexes = [0, last / 2, last].to_vec();
    indexes.dedup();
    debug_assert!(indexes.len() <= SAMPLE);
    indexes.into_iter().filter_map(|index| missing.get(index))
}
