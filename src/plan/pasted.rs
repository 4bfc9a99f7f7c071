//! Pasted text: lines of a text export that a record of an exact source shows to be no messages.
//!
//! Here belongs the record of a text that continues in the messages after it; never which messages may be
//! lines of a text ([`DesiredChat::pasted`]), or archives of one run.

use std::collections::HashMap;

use super::{Known, RecordFacts, Recorded};
use crate::matching::tolerance::{MAX_DIFFERENCE, MINUTE};
use crate::transform::desired::{DesiredChat, Direction};

/// Gives texts the content that they were recorded with, and marks the messages that are lines of them. The
/// longest recorded text is used.
pub(super) fn join_pasted(chat: &mut DesiredChat, known: &mut Known) {
    let Some(fingerprint) = known
        .fingerprint
        .clone()
        .filter(|_| !chat.pasted.is_empty())
    else {
        return;
    };
    let mut exact: HashMap<[u8; 16], Vec<RecordFacts>> = HashMap::new();
    let here = known
        .recorded
        .iter()
        .filter_map(|(_, recorded)| match recorded {
            Recorded::Done { facts, .. } | Recorded::Gone { facts } => Some(facts),
            Recorded::Unsettled { .. } | Recorded::NotThere => None,
        });
    let others = known.former.iter().chain(&known.elsewhere);
    for facts in here.chain(others.map(|record| record.facts)) {
        if let (Some(true), Some(content)) = (facts.exact, facts.content) {
            exact.entry(content).or_default().push(facts);
        }
    }
    let mut parts = std::mem::take(&mut known.parts);
    let messages = chat.messages.open();
    for text in &chat.pasted {
        let Some(message) = messages.get_mut(text.message as usize) else {
            continue;
        };
        let at = message.activity_at.timestamp_millis();
        let outgoing = message.direction == Direction::Outgoing;
        let is_it = |content: &[u8; 16]| {
            let facts = exact.get(&fingerprint.content(content));
            facts.is_some_and(|facts| {
                facts.iter().any(|facts| {
                    facts.outgoing.is_none_or(|known| known == outgoing)
                        && (facts.at - at).abs() <= MAX_DIFFERENCE + MINUTE
                })
            })
        };
        let last = text
            .following
            .iter()
            .rposition(|(_, content)| is_it(content));
        let Some(last) = last else { continue };
        message.evidence.content = Some(text.following[last].1);
        parts.extend(
            text.following[..=last]
                .iter()
                .filter_map(|(index, _)| *index),
        );
    }
    known.parts = parts;
}
