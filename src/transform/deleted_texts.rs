//! Ids under which a deleted message of a group may be recorded: those of texts that other members wrote in its minute.
//!
//! A notice of a deletion does not show the text, and a record does not show its author. If Ben wrote "ok" and deleted it,
//! and Cleo wrote "ok" in the same minute, one record of "ok" may be of either. A derived id covers the sender, so the id of
//! Ben's "ok" shows that the record is Ben's. Never here: pairing.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::identity::{self, Identity};
use super::message::Item;
use super::senders::Sender;
use crate::canonical;
use crate::chat::Kind;
use crate::ids::ExternalId;
use crate::routing::Numbers;

/// The time within which messages may be of one minute in some source.
const REACH: TimeDelta = TimeDelta::minutes(1);

/// The maximum number of messages on either side of a deleted one that are considered.
const MAX_NEAR: usize = 32;

/// The ids of each deleted message of a group by its index in `items`, derived from the texts of other members near it. Empty
/// for a one-to-one chat, whose records show the sender by the direction.
pub(super) fn possible_ids(
    items: &[Item<'_>],
    senders: &[Vec<Sender>],
    numbers: &Numbers,
) -> HashMap<usize, Vec<ExternalId>> {
    let mut possible = HashMap::new();
    if numbers.group.is_none() {
        return possible;
    }
    let chat = identity::chat(numbers);
    for (index, item) in items.iter().enumerate() {
        if item.message.kind != Kind::Deleted {
            continue;
        }
        let author = field(item, senders);
        let minute = item.origin().at.timestamp().div_euclid(60);
        let near: Vec<&Item<'_>> = near(items, index).collect();
        let mut ids: Vec<ExternalId> = (near.iter())
            .filter(|other| other.message.kind == Kind::Text && field(other, senders) != author)
            .map(|other| {
                let body = canonical::body(other.origin().message);
                Identity::new(&chat).id(author, minute, &body)
            })
            // The author wrote the text and did not delete it.
            .filter(|id| !near.iter().any(|other| other.external_id == *id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            possible.insert(index, ids);
        }
    }
    possible
}

/// The messages near the one at `index`, in any order.
fn near<'i, 's>(
    items: &'i [Item<'s>],
    index: usize,
) -> impl Iterator<Item = &'i Item<'s>> + use<'i, 's> {
    let at = items[index].activity_at;
    let before = items[..index].iter().rev().take(MAX_NEAR);
    let after = items[index + 1..].iter().take(MAX_NEAR);
    (before.chain(after)).filter(move |other| (other.activity_at - at).abs() <= REACH)
}

/// The sender as derived ids have it.
fn field<'m>(item: &Item<'_>, senders: &'m [Vec<Sender>]) -> &'m str {
    let origin = item.origin();
    let sender = (origin.message.sender)
        .and_then(|number| senders.get(origin.archive as usize)?.get(number as usize));
    sender.map_or("", |sender| sender.field.as_str())
}
