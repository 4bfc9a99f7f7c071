//! Observations of archive messages for [`crate::matching`]: the properties of a message that all sources
//! have alike. Never here: a comparison.

use std::borrow::Cow;

pub use super::evidence::Evidence;
use super::message::{self, Item};
use super::printable;
use super::resolved::Resolved;
use super::senders::Sender;
use crate::canonical;
use crate::chat::{Kind, Message};
use crate::matching::sequence::Key;
use crate::matching::{Class, Files, Observation, Precision, Program, Repeat, State, Wording};

/// The class of a kind; `None` for a deletion, which may have been of any kind.
pub(super) fn class(kind: Kind) -> Option<Class> {
    match kind {
        Kind::Text => Some(Class::Text),
        Kind::Media | Kind::MediaOmitted | Kind::ViewOnce => Some(Class::File),
        Kind::Location | Kind::LiveLocation => Some(Class::Location),
        Kind::Contact => Some(Class::Card),
        Kind::Poll => Some(Class::Poll),
        Kind::Event | Kind::Call | Kind::Waiting | Kind::Unsupported => Some(Class::Other),
        Kind::System => Some(Class::Notice),
        Kind::Deleted => None,
    }
}

/// The hash of the canonical body; `None` for content without one. `body` is the canonical body of derived
/// ids.
pub(super) fn content(message: &Message<'_>, body: &str) -> Option<Key> {
    match class(message.kind)? {
        // A caption is no body: exports with and without files place it differently.
        Class::File => None,
        Class::Card => message.card().or_else(|| card_of_text(message)),
        Class::Location => location(&message.text),
        Class::Text | Class::Poll | Class::Notice => Some(canonical::key(&as_sent(body))),
        Class::Other | Class::NoFile => {
            let text = canonical::text(&printable::text(&message.text));
            let word = message.kind.word();
            Some(canonical::key(&format!("{word}:{text}")))
        }
    }
}

/// The hash of the names and numbers in a contact card that a source has as text alone, which may lack a number.
fn card_of_text(message: &Message<'_>) -> Option<Key> {
    let is_text = message.instant().is_some() && message.attachments().is_empty();
    let body = is_text.then(|| canonical::card(&message.text, false))??;
    Some(canonical::key(&body))
}

/// A canonical body as Close has it: without control characters.
fn as_sent(body: &str) -> Cow<'_, str> {
    match printable::text(body) {
        Cow::Borrowed(body) => body.into(),
        Cow::Owned(clean) => canonical::text(&clean).into(),
    }
}

/// The number of decimals of a coordinate that all exports agree in: about ten metres. iPhones write up to
/// fourteen, Android phones seven (observed).
const DECIMALS: usize = 4;

/// A hash of the coordinates of a location, to the precision that all programs agree in. Programs omit
/// trailing zeros; a number of fewer decimals counts only within a pair of coordinates.
pub(super) fn location(text: &str) -> Option<Key> {
    let link = text.split_once("?q=").map(|(_, pair)| pair);
    if let Some((latitude, longitude)) = link.and_then(|pair| pair.split_once(',')) {
        let end = longitude.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
        let longitude = &longitude[..end.unwrap_or(longitude.len())];
        if let (Some(latitude), Some(longitude)) = (coordinate(latitude), coordinate(longitude)) {
            return Some(canonical::key(&format!("place:{latitude},{longitude}")));
        }
    }
    let mut numbers = text
        .split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .filter_map(|part| {
            let (whole, decimals) = part.split_once('.')?;
            let is_number = whole
                .trim_start_matches('-')
                .bytes()
                .all(|b| b.is_ascii_digit())
                && !whole.is_empty()
                && decimals.len() >= DECIMALS
                && decimals.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| format!("{whole}.{}", &decimals[..DECIMALS]))
        });
    let (latitude, longitude) = (numbers.next()?, numbers.next()?);
    Some(canonical::key(&format!("place:{latitude},{longitude}")))
}

/// A decimal number, truncated or padded to [`DECIMALS`] decimals.
fn coordinate(text: &str) -> Option<String> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let is_number = !digits.is_empty()
        && (digits.bytes().chain(decimals.bytes())).all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{whole}.{decimals:0<DECIMALS$.DECIMALS$}"))
}

/// Whether other programs render the message differently.
pub(super) fn wording(message: &Message<'_>, text: Option<&str>) -> Wording {
    let text = text.unwrap_or(message.text.as_ref());
    match message.kind {
        Kind::Text if text.contains('@') => {
            let text = canonical::text(text);
            let before = text.split('@').next().unwrap_or_default();
            Wording::Varies(canonical::key(before))
        }
        _ => Wording::Fixed,
    }
}

/// The evidence of an item.
pub(super) fn evidence(
    item: &Item<'_>,
    archive: &Resolved<'_>,
    sender: Option<&Sender>,
) -> Evidence {
    Evidence {
        content: item.content,
        class: class(item.message.kind),
        precision: precision(item, archive),
        repeats: repeats(item, item.is_exact()),
        varies: wording(item.message, item.text) != Wording::Fixed,
        program: program(item),
        marks_edits: marks_edits(archive),
        two_sided: sender.is_some_and(|sender| sender.is_two_sided),
    }
}

/// By how much an item may be later; zero for an instant.
fn repeats(item: &Item<'_>, is_exact: bool) -> Repeat {
    match is_exact {
        true => Repeat::NEVER,
        false => item.repeats,
    }
}

fn program(item: &Item<'_>) -> Program {
    match item.message.instant() {
        Some(_) => Program::Database,
        None => Program::Export,
    }
}

/// Whether the program of an archive marks edited messages.
pub(super) fn marks_edits(archive: &Resolved<'_>) -> bool {
    archive.source.chat.platform.marks_edits()
}

fn precision(item: &Item<'_>, archive: &Resolved<'_>) -> Precision {
    if item.is_exact_time {
        Precision::Exact
    } else if archive.source.chat.format.seconds {
        Precision::Second
    } else {
        Precision::Minute
    }
}

/// An item as an observation. `author` is the number of its author, in a group.
pub(super) fn observation(
    item: &Item<'_>,
    archives: &[Resolved<'_>],
    author: Option<u32>,
) -> Option<Observation> {
    let archive = archives.get(item.archive as usize)?;
    let is_sent = item.message.sender.is_some();
    let class = match is_sent {
        true => class(item.message.kind),
        false => Some(Class::Notice),
    };
    let first = item.message.attachments().first();
    Some(Observation {
        at: item.activity_at.timestamp_millis(),
        precision: precision(item, archive),
        repeats: repeats(item, item.is_exact_time),
        outgoing: is_sent.then_some(item.direction == super::desired::Direction::Outgoing),
        author,
        class,
        body: item.content,
        wording: wording(item.message, item.text),
        files: files(item, archive),
        name: first.map(|file| canonical::key(file.name.as_ref())),
        state: match () {
            () if item.message.kind == Kind::Deleted => State::Deleted,
            () if item.edited => State::Edited,
            () if marks_edits(archive) => State::Plain,
            () => State::Unmarked,
        },
        program: Some(program(item)),
        is_named: item.native_id.is_some(),
        hint: None,
    })
}

/// The hash of the sizes and CRCs of its files; `None` if the archive lacks one of them.
fn files(item: &Item<'_>, archive: &Resolved<'_>) -> Option<Key> {
    if !item.has_bytes {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    for attachment in item.message.attachments() {
        let (size, crc) = message::size_and_crc(attachment, archive.source)?;
        hasher.update(&size.to_le_bytes());
        hasher.update(&crc?.to_le_bytes());
    }
    let mut key = Key::default();
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Some(key)
}

/// The sizes of its files, which every source has: folders and databases have no checksums. `None` if the
/// archive lacks one of them.
pub(super) fn sizes(index: u32, item: &Item<'_>, archives: &[Resolved<'_>]) -> Option<Files> {
    let attachments = item.message.attachments();
    if !item.has_bytes || attachments.is_empty() {
        return None;
    }
    let archive = archives.get(item.archive as usize)?;
    let mut hasher = blake3::Hasher::new();
    for attachment in attachments {
        let (size, _) = message::size_and_crc(attachment, archive.source)?;
        hasher.update(&size.to_le_bytes());
    }
    let mut sizes = Key::default();
    sizes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Some(Files {
        index,
        kind: None,
        sizes: Some(sizes),
        caption: None,
    })
}

#[cfg(test)]
mod tests {
    use super::location;

    #[test]
    fn location_is_identified_by_coordinates_of_any_precision() {
        let android = location("location: https://maps.google.com/?q=51.5021456,-0.1277583");
        let iphone = location("Standort: https://maps.google.com/?q=51.50214569326172,-0.12775830");
        assert!(android.is_some());
        assert_eq!(android, iphone);
        let other = location("location: https://maps.google.com/?q=51.5031456,-0.1277583");
        assert_ne!(android, other);
        let short = location("location: https://maps.google.com/?q=52.51,13.405");
        assert_eq!(
            short,
            location("Location: https://maps.google.com/?q=52.510000001,13.40500")
        );
        assert_ne!(
            short,
            location("location: https://maps.google.com/?q=52.51,13.406")
        );
        assert_eq!(location("live location shared"), None);
        assert_eq!(location("Caf\u{e9} 12.5, 3"), None);
    }
}
