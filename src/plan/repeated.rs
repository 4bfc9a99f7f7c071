//! Messages without an id that may be in two logs of a device, of which one was imported before the other.
//!
//! The archives leave one of two equal messages undecided, without knowing which one has a record. Here belongs leaving the
//! other one undecided if it is the former that has it. Never here: which messages are repeated
//! ([`crate::native`]), and pairing.

use std::collections::HashMap;

use super::reconciled::Reconciled;
use super::{Known, Undecided};
use crate::transform::desired::{DesiredMessage, Direction};

/// What two copies of a message have in common: direction, second and text.
type Content<'m> = (Direction, i64, &'m str);

fn content(message: &DesiredMessage) -> Content<'_> {
    (
        message.direction,
        message.activity_at.timestamp(),
        message.markdown.reveal(),
    )
}

/// Leaves as many equal messages without a record undecided as there are repeated ones with a record: created as new
/// messages, they would be duplicates.
pub(super) fn undecide(wanted: &[DesiredMessage], found: &mut Reconciled, known: &Known) {
    let has_record = |message: &DesiredMessage, found: &Reconciled| {
        let id = &message.external_id;
        found.matched.contains_key(id)
            || (known.recorded.contains(id) && !found.reused_ids.contains(id))
    };
    let mut recorded: HashMap<Content<'_>, u32> = HashMap::new();
    for message in wanted.iter().filter(|message| message.repeated) {
        if has_record(message, found) {
            *recorded.entry(content(message)).or_default() += 1;
        }
    }
    if recorded.is_empty() {
        return;
    }
    for message in wanted.iter().filter(|message| !message.repeated) {
        let Some(count) = recorded.get_mut(&content(message)) else {
            continue;
        };
        if *count > 0 && !has_record(message, found) {
            *count -= 1;
            found
                .undecided
                .insert(message.external_id.clone(), Undecided::Repeated);
        }
    }
}
