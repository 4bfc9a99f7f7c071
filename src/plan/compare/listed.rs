//! Which activity of a lead's list is which message.

use std::collections::HashMap;

use crate::ids::{ActivityId, ExternalId};

/// The activity of a message in the list of its lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// It is listed: its index in the list, and those of further activities with its external id.
    Listed(usize, Vec<usize>),
    /// The list of its lead does not contain it.
    Unlisted,
}

/// A list, matched with messages.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// The activity of each message, in the order of the messages.
    pub of: Vec<Match>,
    /// The indexes of the activities that belong to no message, in order.
    pub rest: Vec<usize>,
}

/// Matches messages (external id, recorded activity) with the activities of their lead (external id, activity), newest in
/// Close first. An activity belongs to at most one message: by its recorded activity id, else by the external id. Of
/// several, the recorded one is the message and the others are copies; without a record the oldest is the message.
pub fn match_listed(
    messages: &[(&ExternalId, Option<&ActivityId>)],
    listed: &[(&ExternalId, &ActivityId)],
) -> Matches {
    let mut by_activity: HashMap<&ActivityId, usize> = HashMap::with_capacity(listed.len());
    let mut by_id: HashMap<&ExternalId, Vec<usize>> = HashMap::with_capacity(listed.len());
    for (index, (id, activity)) in listed.iter().enumerate() {
        by_activity.entry(activity).or_insert(index);
        // Another integration's activities may have no external id.
        if !id.as_str().is_empty() {
            by_id.entry(id).or_default().push(index);
        }
    }
    let mut is_taken = vec![false; listed.len()];
    let mut of = vec![Match::Unlisted; messages.len()];
    let recorded = messages.iter().enumerate();
    for (message, (_, activity)) in recorded {
        let index = activity.and_then(|activity| by_activity.get(activity));
        if let Some(index) = index.filter(|index| !is_taken[**index]) {
            is_taken[*index] = true;
            of[message] = Match::Listed(*index, Vec::new());
        }
    }
    for (message, (id, _)) in messages.iter().enumerate() {
        let Some(indexes) = by_id.get_mut(id) else {
            continue;
        };
        indexes.retain(|index| !is_taken[*index]);
        let of = &mut of[message];
        if *of != Match::Unlisted {
            continue;
        }
        if let Some(oldest) = indexes.pop() {
            is_taken[oldest] = true;
            *of = Match::Listed(oldest, Vec::new());
        }
    }
    for (message, (id, _)) in messages.iter().enumerate() {
        let (Some(indexes), Match::Listed(_, copies)) = (by_id.get_mut(id), &mut of[message])
        else {
            continue;
        };
        indexes.retain(|index| !is_taken[*index]);
        for copy in indexes.drain(..) {
            is_taken[copy] = true;
            copies.push(copy);
        }
    }
    let rest = (0..listed.len()).filter(|index| !is_taken[*index]);
    Matches {
        rest: rest.collect(),
        of,
    }
}
