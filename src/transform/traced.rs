//! Records the wanted messages of a chat in a [`Trace`].
//!
//! It changes no result. Never here: the pairing of copies (`merge`).

use super::identity::{self, Identity};
use super::merge::Merged;
use super::message::Item;
use super::message_name::MessageName;
use super::resolved::Resolved;
use super::senders::Sender;
use super::trace::{
    CopyPairing, Ingredients, Pair, Trace, Traced, TracedCopy, TracedSender, Wanted, message_at,
};
use crate::canonical;
use crate::ids::{self, ExternalId};
use crate::phone::Phone;
use crate::routing::Numbers;

/// The messages of a chat that are recorded by the beginning of an id; further ones make it ambiguous anyway.
const MAX_BEGINNINGS: usize = 50;

/// The largest ordinal that is looked for.
const MAX_ORDINAL: u32 = 100_000;

/// Records the wanted messages of a chat.
pub(super) fn record(
    trace: &Trace,
    archives: &[Resolved<'_>],
    numbers: &Numbers,
    merged: &Merged<'_>,
) {
    let wanted = trace.wanted();
    let headers = headers(wanted, archives);
    if headers.is_empty() && wanted.id.is_none() {
        return;
    }
    let mut found = Vec::new();
    // A place that is a copy leads to the message with the text.
    let places: Vec<(u32, u32)> = (headers.iter())
        .flat_map(|place| connected(*place, &merged.copies))
        .map(|(place, _)| place)
        .collect();
    for item in &merged.list {
        let is_wanted = match wanted_id(wanted, item) {
            Some(is_exact) => is_exact || found.len() < MAX_BEGINNINGS,
            None => places.contains(&place(item)),
        };
        if is_wanted {
            found.push(traced(item, archives, numbers, merged));
        }
    }
    trace.add(found);
}

/// The headers of the wanted lines in these archives: archive and line.
fn headers(wanted: &Wanted, archives: &[Resolved<'_>]) -> Vec<(u32, u32)> {
    let mut headers = Vec::new();
    for (archive, resolved) in (0u32..).zip(archives) {
        let path = resolved.source.opened.place();
        for (file, line) in &wanted.lines {
            if !MessageName::is_of(file, &path) {
                continue;
            }
            let is_native = resolved.source.chat.platform.is_native();
            let message = message_at(&resolved.source.chat.messages, *line, is_native);
            headers.extend(message.map(|message| (archive, message.line)));
        }
    }
    headers
}

/// Whether an id of the message is the wanted one; `None` if none begins so.
fn wanted_id(wanted: &Wanted, item: &Item<'_>) -> Option<bool> {
    let wanted = wanted.id.as_deref()?;
    let ids = std::iter::once(item.external_id.as_str()).chain(item.ids.iter().copied());
    let mut begin = ids.filter(|id| id.starts_with(wanted)).peekable();
    begin.peek()?;
    Some(begin.any(|id| id == wanted))
}

fn place(item: &Item<'_>) -> (u32, u32) {
    (item.archive, item.message.line)
}

/// The places that are copies of the message at `place`, each with the evidence that connects it with another one.
fn connected(place: (u32, u32), pairs: &[Pair]) -> Vec<((u32, u32), Option<CopyPairing>)> {
    let mut places = vec![(place, None)];
    loop {
        let before = places.len();
        for pair in pairs {
            let has = |one: (u32, u32)| places.iter().any(|(known, _)| *known == one);
            let (one, other) = (has(pair.one), has(pair.other));
            if one && !other {
                places.push((pair.other, Some(pair.pairing)));
            } else if other && !one {
                places.push((pair.one, Some(pair.pairing)));
            }
        }
        if places.len() == before {
            return places;
        }
    }
}

fn traced(
    item: &Item<'_>,
    archives: &[Resolved<'_>],
    numbers: &Numbers,
    merged: &Merged<'_>,
) -> Traced {
    let path = |archive: u32| {
        let resolved = archives.get(archive as usize);
        resolved.map_or_else(String::new, |resolved| resolved.source.opened.place())
    };
    let copies = connected(place(item), &merged.copies);
    let sender = item.said_by.and_then(|(archive, number)| {
        let sender = sender(merged, archive, number)?;
        let chat = archives.get(archive as usize)?.source.chat;
        let participant = chat.participants.get(number as usize)?;
        Some(TracedSender {
            name: participant.name.to_string(),
            is_owner: sender.outgoing,
            is_ignored: sender.ignored,
            number: Phone::parse(&sender.field),
        })
    });
    Traced {
        external_id: item.external_id.clone(),
        native_ids: item.ids.iter().map(|id| ExternalId::from(*id)).collect(),
        copies: (copies.into_iter())
            .map(|((archive, line), pairing)| TracedCopy {
                path: path(archive),
                line,
                pairing,
            })
            .collect(),
        rule: item.rule,
        direction: item.direction,
        activity_at: item.activity_at,
        is_exact: item.is_exact_time,
        sender,
        ingredients: (!ids::is_native(item.external_id.as_str()))
            .then(|| ingredients(item, numbers, merged, path)),
        is_ambiguous: item.is_undecided || item.is_contested,
    }
}

fn sender<'m>(merged: &'m Merged<'_>, archive: u32, number: u32) -> Option<&'m Sender> {
    merged.senders.get(archive as usize)?.get(number as usize)
}

fn ingredients(
    item: &Item<'_>,
    numbers: &Numbers,
    merged: &Merged<'_>,
    path: impl Fn(u32) -> String,
) -> Ingredients {
    let origin = item.origin();
    let of_sender = origin.message.sender;
    let field = (of_sender.and_then(|number| sender(merged, origin.archive, number)))
        .map_or("", |sender| sender.field.as_str());
    let minute = origin.at.timestamp().div_euclid(60);
    let body = canonical::body(origin.message);
    let chat = identity::chat(numbers);
    let mut ids = Identity::new(&chat);
    let ordinal = (0..MAX_ORDINAL).find(|_| ids.id(field, minute, &body) == item.external_id);
    let is_group = numbers.group.is_some();
    Ingredients {
        numbers: (!is_group).then(|| (numbers.owner.clone(), numbers.other.clone())),
        group_key: numbers.group.clone(),
        sender: Phone::parse(field),
        is_named: Phone::parse(field).is_none() && !field.is_empty(),
        minute,
        class: body.split(':').next().unwrap_or_default().to_owned(),
        ordinal,
        origin: (path(origin.archive), origin.message.line),
    }
}
