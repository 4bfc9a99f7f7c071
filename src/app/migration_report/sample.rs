//! Messages in Close for a person to compare with the phone.
//!
//! Chosen by a hash of seed and id, so that the same seed gives the same messages, whatever the order of archives.

use std::collections::BinaryHeap;

use chrono::{DateTime, FixedOffset, Offset};

use super::address::lead_url;
use super::months::is_in_close;
use crate::plan::{Plan, Planned, PlannedChat};

/// The number of messages.
const SAMPLED: usize = 20;
/// The number of characters that are shown of a text.
const FIRST: usize = 80;

/// A message that a person compares with the phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SampledMessage {
    /// The name of the message's device.
    pub(crate) device: String,
    /// The name of the message's chat.
    pub(crate) chat: String,
    /// The time of the message on the phone, with the offset of its zone.
    pub(crate) at: DateTime<FixedOffset>,
    /// Whether the owner of the device sent it.
    pub(crate) outgoing: bool,
    /// The beginning of the text, which is content.
    pub(crate) words: String,
    /// The number of files of the message.
    pub(crate) files: usize,
    /// The address of its lead in Close, for a browser; `None` for a lead of the sandbox.
    pub(crate) lead_url: Option<String>,
}

/// The messages to check, in order of device, chat and time. `is_close`: whether leads have a page in Close.
pub(super) fn of(plan: &Plan, seed: u64, is_close: bool) -> Vec<SampledMessage> {
    let mut chosen: BinaryHeap<([u8; 16], usize, usize)> = BinaryHeap::new();
    for (number, chat) in plan.chats.iter().enumerate() {
        chat.messages.with(|messages| {
            for (index, planned) in messages.iter().enumerate() {
                if !is_in_close(&planned.action) {
                    continue;
                }
                chosen.push((rank(seed, planned), number, index));
                if chosen.len() > SAMPLED {
                    chosen.pop();
                }
            }
        });
    }
    let mut places: Vec<(usize, usize)> = (chosen.into_iter())
        .map(|(_, chat, index)| (chat, index))
        .collect();
    places.sort_unstable();
    let sampled = places.into_iter().filter_map(|(number, index)| {
        let chat = plan.chats.get(number)?;
        (chat.messages).with(|messages| Some(sampled(chat, messages.get(index)?, is_close)))
    });
    sampled.collect()
}

fn rank(seed: u64, planned: &Planned) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(planned.message.external_id.as_str().as_bytes());
    let mut rank = [0; 16];
    rank.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    rank
}

fn sampled(chat: &PlannedChat, planned: &Planned, is_close: bool) -> SampledMessage {
    let message = &planned.message;
    let local = message.activity_at.with_timezone(&chat.chat.zone);
    let lead = chat.destination.as_ref().map(|to| &to.lead_id);
    SampledMessage {
        device: chat.chat.device.clone(),
        chat: chat.chat.name.clone(),
        at: local.with_timezone(&local.offset().fix()),
        outgoing: message.direction == crate::transform::desired::Direction::Outgoing,
        words: first_words(message.body(message.markdown.reveal())),
        files: message.files.len(),
        lead_url: lead.and_then(|lead| lead_url(lead, is_close)),
    }
}

/// The beginning of a text, on one line.
pub(super) fn first_words(text: &str) -> String {
    let mut words: String = String::new();
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().take(FIRST));
        if words.chars().count() >= FIRST {
            let cut: String = words.chars().take(FIRST).collect();
            return format!("{cut}…");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_words_are_one_short_line() {
        assert_eq!(first_words("one\n\n two"), "one two");
        let long = first_words(&"x".repeat(10_000));
        assert_eq!(long.chars().count(), FIRST + 1);
        assert!(first_words(&"word ".repeat(1_000)).ends_with('…'));
    }
}
