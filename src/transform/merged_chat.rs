//! One chat from all its archives: routing, counts, sources and doubts.
//!
//! Belongs here: what is true of the chat as a whole. Never here: its messages (`chat_messages`), or which archives belong
//! to it (`chats`).

use std::collections::BTreeMap;

use super::age::Age;
use super::chat_messages::ready;
use super::desired::{Content, Decision, DesiredChat, Destination, Held, SourceArchive};
use super::device_zones::DeviceZone;
use super::doubts;
use super::identity;
use super::resolved::Resolved;
use super::rules::Rules;
use super::same_number;
use crate::chat::Chat;
use crate::intake::Reread;
use crate::name::name_key;
use crate::packed_vec::PackedVec;
use crate::routing::Numbers;

/// The chat of these archives, with those that were released read again. A chat that is not imported is
/// only counted, for which outlines are enough.
pub(super) fn chat_with_released(
    archives: &[Resolved<'_>],
    containers: &[u32],
    rules: &Rules<'_>,
) -> DesiredChat {
    let is_released = archives.iter().any(|r| r.source.outline.is_some());
    let is_ready = (archives.iter()).all(|r| matches!(r.standing, Decision::Ready(_)));
    if !(is_released && is_ready) {
        return chat(archives, containers, rules);
    }
    let texts: Vec<Option<Reread>> = archives.iter().map(|r| r.source.reread()).collect();
    let chats: Vec<Option<Chat<'_>>> = (archives.iter().zip(&texts))
        .map(|(r, text)| r.source.parse_again(text.as_ref()?))
        .collect();
    let archives = with_texts(archives.to_vec(), &texts, &chats);
    chat(&archives, containers, rules)
}

/// The archives with the chats that were read again.
pub(super) fn with_texts<'t>(
    archives: Vec<Resolved<'t>>,
    texts: &'t [Option<Reread>],
    chats: &'t [Option<Chat<'t>>],
) -> Vec<Resolved<'t>> {
    (archives.into_iter().zip(texts.iter().zip(chats)))
        .map(|(r, texts)| match texts {
            (Some(text), Some(chat)) => r.with_text(&text.transcript, chat),
            _ => r,
        })
        .collect()
}

fn chat(archives: &[Resolved<'_>], containers: &[u32], rules: &Rules<'_>) -> DesiredChat {
    // Name and mapping come from the newest archive, since names follow the address book.
    let is_group = archives.iter().any(Resolved::is_group);
    let newest = match is_group {
        // Several devices may have the group: always use the same one, whichever exported last.
        true => {
            let first = archives.iter().map(|r| r.source.device.name.as_str()).min();
            let of_first = archives.iter().rev();
            of_first
                .clone()
                .find(|r| Some(r.source.device.name.as_str()) == first)
                .unwrap_or(&archives[archives.len() - 1])
        }
        false => &archives[archives.len() - 1],
    };
    let mut chat = DesiredChat {
        is_group,
        device: newest.source.device.name.clone(),
        name: newest.source.name().to_owned(),
        zone: newest.source.device.timezone,
        private: archives.iter().any(|r| r.private),
        key: newest
            .numbers
            .as_ref()
            .map(|numbers| Content::new(identity::chat(numbers))),
        imported_as: (newest.imported_as.as_ref())
            .map(|numbers| Content::new(identity::chat(numbers))),
        keys_of_colleagues: match &newest.numbers {
            Some(Numbers { other, .. }) => {
                rules.keys_of_colleagues(&newest.source.device.name, other)
            }
            None => Vec::new(),
        },
        keys_of_other_numbers: match (&newest.numbers, &newest.standing) {
            (Some(numbers), Decision::Ready(to)) => {
                let names = archives.iter().map(|r| name_key(r.source.name()));
                rules.keys_of_other_numbers(numbers, to, &names.collect())
            }
            _ => Vec::new(),
        },
        archives: archives
            .iter()
            .map(|r| r.source.opened.label.clone())
            .collect(),
        paths: archives.iter().map(|r| r.source.opened.place()).collect(),
        sources: (archives.iter())
            .map(|r| SourceArchive {
                digest: r
                    .source
                    .opened
                    .digest()
                    .first_chunk()
                    .copied()
                    .unwrap_or_default(),
                age: Age::of(
                    r.source.last_time(),
                    r.source.opened.exported,
                    rules.policy.today,
                ),
                shift: 0,
            })
            .collect(),
        zones: (archives.iter())
            .map(|r| {
                let device = r.source.device;
                DeviceZone::new(&device.name, device.timezone, r.source.chat.platform)
            })
            .collect(),
        shared_number: match is_group {
            true => None,
            false => same_number::shared(archives, rules.contacts),
        },
        standing: standing(archives, newest),
        read: archives.iter().map(|r| r.source.count()).sum(),
        seen_again: 0,
        left_out: BTreeMap::new(),
        left_out_places: Vec::new(),
        kinds: BTreeMap::new(),
        messages: PackedVec::default(),
        answers_by_id: false,
        deleted: Vec::new(),
        left_out_ids: Vec::new(),
        pasted: Vec::new(),
        merged_from: Vec::new(),
        notes: Vec::new(),
        ambiguous_times: 0,
        doubts: (0u32..)
            .zip(archives)
            .flat_map(|(at, r)| {
                let doubts = doubts::of(r.source.title(), r.source.chat, r.source.extent());
                doubts.into_iter().map(move |doubt| (at, doubt))
            })
            .collect(),
        odd_lines: archives.iter().map(|r| r.source.chat.odd_lines()).sum(),
    };
    if let (Decision::Ready(_), Some(numbers)) = (&chat.standing, &newest.numbers) {
        match ready(archives, containers, numbers, rules, &mut chat) {
            Ok(()) => return chat,
            Err(why) => chat.standing = Decision::Held(why),
        }
    }
    not_ready(archives, &mut chat);
    chat
}

fn standing(archives: &[Resolved<'_>], newest: &Resolved<'_>) -> Decision {
    let newest = &newest.standing;
    let lead = |s: &Decision| match s {
        Decision::Ready(Destination {
            lead_id,
            contact_id,
            ..
        }) => Some((lead_id.clone(), contact_id.clone())),
        _ => None,
    };
    // If one archive is left out or held, the whole chat is: an incomplete chat in Close is worse than
    // none.
    let blocked = archives
        .iter()
        .map(|r| &r.standing)
        .find(|s| !matches!(s, Decision::Ready(_)));
    if let Some(blocked) = blocked {
        return blocked.clone();
    }
    if archives.iter().any(|r| lead(&r.standing) != lead(newest)) {
        return Decision::Held(Held::SeveralLeads);
    }
    newest.clone()
}

/// Counts the messages of a chat that is left out or held. The messages of its archives count as distinct,
/// since pairing them requires ids, and ids require numbers.
fn not_ready(archives: &[Resolved<'_>], chat: &mut DesiredChat) {
    for message in archives.iter().flat_map(|r| &r.source.chat.messages) {
        *chat.kinds.entry(message.kind).or_insert(0) += 1;
    }
    for outline in archives.iter().filter_map(|r| r.source.outline) {
        for (kind, number) in &outline.kinds {
            *chat.kinds.entry(*kind).or_insert(0) += number;
        }
    }
    if let Decision::LeftOut(rule) = chat.standing {
        chat.left_out.insert(rule, chat.read);
    }
}
