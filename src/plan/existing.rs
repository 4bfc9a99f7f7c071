//! Existing messages: those that another integration created in Close.

use std::collections::{HashMap, HashSet};

use super::known::{Known, Present};
use super::reconciled::Reconciled;
use super::records::Recorded;
use crate::ids::ExternalId;
use crate::transform::desired::DesiredMessage;

/// The messages to be posted that another integration has already created in Close: same direction, minute
/// and text under an external id that is not ours.
pub(super) fn existing_ids(
    wanted: &[DesiredMessage],
    known: &Known,
    found: &Reconciled,
) -> HashSet<ExternalId> {
    if known.present.is_empty() {
        return HashSet::new();
    }
    let ids: HashSet<&ExternalId> = wanted.iter().map(|m| &m.external_id).collect();
    // Another imported chat with the same contact may be on the same lead.
    let ours = |id: &ExternalId| id.is_derived() || ids.contains(id) || known.recorded.contains(id);
    let to_post = |m: &&DesiredMessage| {
        !known.listed.contains_key(&m.external_id)
            && !found.matched.contains_key(&m.external_id)
            && matches!(
                known.recorded.get(&m.external_id),
                None | Some(Recorded::NotThere)
            )
    };
    // Each activity in Close is the counterpart of one message only.
    let mut left: HashMap<Present, usize> = HashMap::new();
    let exists = |m: &&DesiredMessage| {
        let present = Present {
            direction: m.direction,
            minute: m.activity_at.timestamp().div_euclid(60),
            text: m.markdown.reveal().trim().to_owned(),
        };
        let Some(ids) = known.present.get(&present) else {
            return false;
        };
        let left = left
            .entry(present)
            .or_insert_with(|| ids.iter().filter(|id| !ours(id)).count());
        let is_left = *left > 0;
        *left = left.saturating_sub(1);
        is_left
    };
    wanted
        .iter()
        .filter(to_post)
        .filter(exists)
        .map(|m| m.external_id.clone())
        .collect()
}
