//! Records of deleted messages of a group whose derived id shows their author.
//!
//! Records have no author, so another member's equal text of the same minute would take such a record. Here belongs only
//! that both sides know the message under that id; never pairing.

use std::collections::HashMap;

use super::evidence::Records;
use crate::canonical;
use crate::ids::ExternalId;
use crate::matching::{Id, Timeline};
use crate::transform::desired::{Deleted, DesiredMessage};

/// Adds the id of each record that is a deleted message's by its text to both sides. `new` are the messages `wanted` and
/// `deleted`, in this order.
pub(super) fn add_ids(
    (new, wanted, deleted): (&mut Timeline, &[DesiredMessage], &[Deleted]),
    (old, records): (&mut Timeline, &Records<'_>),
) {
    let of_wanted = (wanted.iter()).map(|message| match &message.ids {
        Some(ids) => ids.by_text.as_slice(),
        None => &[],
    });
    let of_deleted = deleted.iter().map(|message| message.by_text.as_slice());
    let by_text: HashMap<&str, u32> = (0u32..)
        .zip(of_wanted.chain(of_deleted))
        .flat_map(|(index, ids)| ids.iter().map(move |id: &ExternalId| (id.as_str(), index)))
        .collect();
    if by_text.is_empty() {
        return;
    }
    for (index, record) in (0u32..).zip(records.iter()) {
        if let Some(of) = by_text.get(record.external_id) {
            let id = |index| Id {
                key: canonical::key(record.external_id),
                index,
                is_own: false,
            };
            new.ids.push(id(*of));
            old.ids.push(id(index));
        }
    }
}
