//! Whether a message of Close is what the ledger expects of a true message.
//!
//! Bytes are compared by hash, places by their coordinates, all else by its words. Where messages are
//! compared with each other is in `compare`.

use chatferry::sandbox::StoredMessage;

use super::folder::LEADS;
use super::ledger::{Entry, Held};
use crate::kit::chat::{OWNER_PHONE, OWNER_USER};
use crate::truth::conversation::{Content, Conversation, Event, MINUTE, Message};

/// An Android phone cuts up to a minute off; an iPhone may show the next second, and equal stamps
/// are numbered by milliseconds.
const EARLIER: i64 = MINUTE + 1000;
const LATER: i64 = 2100;
/// Milliseconds number equal instants.
const EXACT: i64 = 999;

/// Whether `found` is this message.
pub(super) fn fits(
    truth: &Conversation,
    message: &Message,
    entry: &Entry,
    found: &StoredMessage,
) -> bool {
    let is_private = truth.subject.is_none();
    let direction = if message.author == 0 {
        "outgoing"
    } else {
        "incoming"
    };
    let lead = LEADS.iter().position(|lead| *lead == found.lead_id);
    let contact = found.contact_id.as_deref().unwrap_or_default();
    entry.held != Held::No
        && found.direction == direction
        && found.user_id.as_deref() == Some(OWNER_USER)
        && found.local_phone == OWNER_PHONE
        && lead.is_some_and(|lead| entry.leads.contains(&lead))
        && entry.contacts.contains(contact)
        // In a group the number is that of the sender, where it is known.
        && (!is_private || entry.numbers.contains(found.remote_phone.as_str()))
        && is_near(message, entry, found)
        && is_content(is_private, message, entry, found)
}

fn is_near(message: &Message, entry: &Entry, found: &StoredMessage) -> bool {
    let off = found.activity_at.timestamp_millis() - message.at;
    if entry.exact {
        return off.abs() <= EXACT;
    }
    let hours: &[i64] = match entry.repeated && !entry.hour {
        true => &[0, -60 * MINUTE, 60 * MINUTE],
        false => &[0],
    };
    let near = |shift: &i64| {
        let is = |hour: &i64| (-EARLIER..=LATER).contains(&(off - shift - hour));
        hours.iter().any(is)
    };
    entry.shifts.iter().any(near)
}

fn is_content(is_private: bool, message: &Message, entry: &Entry, found: &StoredMessage) -> bool {
    let text = &found.markdown;
    let files = &found.attachments;
    match &message.content {
        Content::Text(_) => {
            let is = |version: &usize| {
                let wanted = words(message, *version);
                match is_private {
                    true => text == wanted,
                    // The sender's name comes before it.
                    false => text.ends_with(wanted),
                }
            };
            files.is_empty() && entry.versions.iter().any(is)
        }
        Content::File(media) => {
            let has = |caption: &String| text.contains(caption.as_str());
            let hash = blake3::hash(&media.bytes()).to_hex();
            let are_files = match files.as_slice() {
                [] => entry.bytes.contains(&false),
                [file] => entry.bytes.contains(&true) && file.blake3 == hash.as_str(),
                _ => false,
            };
            are_files && media.caption.as_ref().is_none_or(has)
        }
        Content::Place {
            latitude,
            longitude,
        } => {
            let is_place = |(north, east): (f64, f64)| {
                (north - latitude).abs() < 1e-6 && (east - longitude).abs() < 1e-6
            };
            files.is_empty() && place(text).is_some_and(is_place)
        }
        Content::Card { name } => {
            let is_named = text.contains(name.as_str())
                || files
                    .iter()
                    .any(|file| file.filename.contains(name.as_str()));
            let is_omitted = !is_named && files.is_empty() && text.contains('[');
            files.len() <= 1
                && ((entry.words.contains(&true) && is_named)
                    || (entry.words.contains(&false) && is_omitted))
        }
        Content::Poll { question, .. } => files.is_empty() && text.contains(question.as_str()),
    }
}

/// The text after so many edits.
pub(super) fn words(message: &Message, version: usize) -> &str {
    let mut edits = message.history.iter().filter_map(|event| match event {
        Event::Edited { text, .. } => Some(text.as_str()),
        _ => None,
    });
    match (version, &message.content) {
        (0, Content::Text(text)) => text,
        (0, _) => "",
        (version, _) => edits.nth(version - 1).unwrap_or_default(),
    }
}

/// The first two numbers with a decimal point that a comma separates.
fn place(text: &str) -> Option<(f64, f64)> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-');
    let mut parts = text.split(|c: char| !is_part(c));
    parts.find_map(|part| {
        let (north, east) = part.split_once(',')?;
        let pair = (north.parse().ok()?, east.parse().ok()?);
        north.contains('.').then_some(pair)
    })
}
