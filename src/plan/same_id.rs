//! Unrecorded activities whose derived id alone shows which message they are.
//!
//! A user may have changed text, time and direction of an activity, so that nothing else of it agrees with its message.
//! The derivation covers sender, minute and text: an id of a text that both have free is that of one message. Never here:
//! ids of messages without content, which are those of any other one of their minute.

use std::collections::HashMap;

use super::evidence::Records;
use crate::chat::Kind;
use crate::matching::{Match, Pairing};
use crate::transform::desired::DesiredMessage;

/// Pairs each text that pairing found nothing for with the free activity that has its derived id.
pub(super) fn pair(pairing: &mut Pairing, wanted: &[DesiredMessage], records: &Records<'_>) {
    let mut free: HashMap<&str, u32> = (0u32..)
        .zip(records.iter())
        .filter(|(_, record)| record.listed.is_some() && record.lead_id.is_none())
        .map(|(index, record)| (record.external_id, index))
        .collect();
    if free.is_empty() {
        return;
    }
    let paired = pairing.of.iter().filter_map(|answer| match answer {
        Match::Known(index) => Some(*index),
        Match::New | Match::Ambiguous => None,
    });
    for index in paired.chain(pairing.contested.iter().copied()) {
        if let Some(record) = records.get(index)
            && free.get(record.external_id) == Some(&index)
        {
            free.remove(record.external_id);
        }
    }
    for (message, answer) in wanted.iter().zip(&mut pairing.of) {
        let id = &message.external_id;
        if *answer == Match::New
            && message.kind == Kind::Text
            && id.is_derived()
            && let Some(index) = free.remove(id.as_str())
        {
            *answer = Match::Known(index);
        }
    }
}
