//! Validates and normalises the output of every native reader: ids, times, empty texts, and participants whose name
//! equals that of the owner.
//!
//! Never here: what only one format contains.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::people::{OWNER, placeholder_text, user_of};
use super::{NativeChat, NativeMessage};
use crate::chat::Kind;
use crate::digest::Digest;
use crate::parser::text::marks;

/// Label for messages with an impossible time.
pub(super) const NO_TIME: &str = "with an impossible time";

/// Earliest valid time: 2009-01-01, the year of the first WhatsApp, in milliseconds since the epoch.
const MIN_MILLIS: i64 = 1_230_768_000_000;
/// Latest valid time: 2100-01-01, exclusive. A clock may be wrong by a decade, but a year of five digits means damage,
/// and no zone can be applied to the largest of them.
const MAX_MILLIS: i64 = 4_102_444_800_000;

/// The instant at `millis` milliseconds since the epoch, if a message can have it.
pub(super) fn instant(millis: i64) -> Option<DateTime<Utc>> {
    (MIN_MILLIS..MAX_MILLIS)
        .contains(&millis)
        .then(|| DateTime::from_timestamp_millis(millis))?
}

/// The same for a fractional number.
pub(super) fn instant_of(millis: f64) -> Option<DateTime<Utc>> {
    let millis = millis.round();
    // Every integer of this size is exact in both types; NaN is in no range.
    (MIN_MILLIS as f64..MAX_MILLIS as f64)
        .contains(&millis)
        .then(|| instant(millis as i64))?
}

/// Whether a text can be a native id: 1 to 128 visible ASCII characters without `@`, which Close and the checkpoint
/// accept. Other values count as absent, and the message gets a derived id. The prefix of an id has no meaning
/// (observed), except for the known non-ids: the seed row and calls.
pub(super) fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'@')
        && text != "-1"
        && !text.starts_with("call:")
}

/// Establishes the invariants that all readers guarantee. Returns the number of messages that it dropped because they
/// are another delivery of a message of the chat.
pub(super) fn normalize(chat: &mut NativeChat) -> usize {
    for message in &mut chat.messages {
        normalize_ids(message);
        fill_empty_text(message);
    }
    drop_shared_ids(chat);
    drop_repeated_ids(chat);
    let dropped = drop_deliveries(chat);
    rename_namesakes_of_owner(chat);
    dropped
}

fn normalize_ids(message: &mut NativeMessage) {
    message.id.take_if(|id| !is_id(id));
    let own = message.id.as_deref();
    message
        .aliases
        .retain(|id| is_id(id) && own != Some(id.as_str()));
    if let Some(quoted) = &mut message.quoted {
        quoted.id.take_if(|id| !is_id(id));
        quoted.text.take_if(|text| text.trim().is_empty());
        if quoted.id.is_none() && quoted.text.is_none() {
            message.quoted = None;
        }
    }
}

/// Ids are unique per sender only (observed). A message that has the id of another sender's message loses it, so
/// that it is not mistaken for that message.
fn drop_shared_ids(chat: &mut NativeChat) {
    let mut senders: HashMap<&str, Option<u32>> = HashMap::with_capacity(chat.messages.len());
    let mut others = Vec::new();
    for (place, message) in chat.messages.iter().enumerate() {
        if let Some(id) = message.id.as_deref()
            && *senders.entry(id).or_insert(message.sender) != message.sender
        {
            others.push(place);
        }
    }
    drop_ids(chat, &others);
}

/// A message that has the id of an earlier one of the same sender and a different text is another message: it loses the
/// id. An edit, a deletion, or a message that was decrypted later is the same message.
fn drop_repeated_ids(chat: &mut NativeChat) {
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(chat.messages.len());
    let mut others = Vec::new();
    for (place, message) in chat.messages.iter().enumerate() {
        if let Some(id) = message.id.as_deref() {
            let known = *first.entry(id).or_insert(place);
            if is_other(&chat.messages[known], message) {
                others.push(place);
            }
        }
    }
    drop_ids(chat, &others);
    for place in others {
        chat.messages[place].has_lost_id = true;
    }
}

/// Removes the ids of messages that share them with earlier ones, and notes the shared ids.
fn drop_ids(chat: &mut NativeChat, others: &[usize]) {
    if others.is_empty() {
        return;
    }
    let mut shared: HashSet<String> = HashSet::new();
    for place in others {
        let message = &mut chat.messages[*place];
        message.aliases.clear();
        message.shared_id = message.id.take();
        shared.extend(message.shared_id.clone());
    }
    for message in &mut chat.messages {
        if message.id.as_ref().is_some_and(|id| shared.contains(id)) {
            message.shared_id.clone_from(&message.id);
        }
    }
}

/// Drops each message that lost an id which an earlier one with the same content has lost too. Without an id the two
/// would be two messages, although an archive that has one text under one id twice has one message. Returns their
/// number.
fn drop_deliveries(chat: &mut NativeChat) -> usize {
    let has_lost_one =
        |message: &NativeMessage| message.id.is_none() && message.shared_id.is_some();
    if !chat.messages.iter().any(has_lost_one) {
        return 0;
    }
    let before = chat.messages.len();
    let mut known: HashSet<(String, ContentHash)> = HashSet::new();
    chat.messages.retain(|message| {
        let Some(id) = message.shared_id.as_ref().filter(|_| has_lost_one(message)) else {
            return true;
        };
        known.insert((id.clone(), content_hash(message)))
    });
    before - chat.messages.len()
}

/// The hash of what two deliveries of one message have in common: sender, kind, text and names of files.
pub(super) type ContentHash = [u8; 32];

/// The content of a message. An id may have thousands of texts, so they are not compared with each other.
pub(super) fn content_hash(message: &NativeMessage) -> ContentHash {
    let mut digest = Digest::default();
    digest.add(format!("{:?} {:?}", message.sender, message.kind));
    digest.add(message.text.trim());
    for file in &message.files {
        digest.add(&file.name);
    }
    digest.finish()
}

fn is_other(one: &NativeMessage, other: &NativeMessage) -> bool {
    let is_final = |message: &NativeMessage| {
        let has_content = matches!(
            message.kind,
            Kind::Text
                | Kind::Media
                | Kind::Contact
                | Kind::Location
                | Kind::LiveLocation
                | Kind::Poll
                | Kind::Event
        );
        has_content && !message.edited && has_visible_text(&message.text)
    };
    is_final(one) && is_final(other) && one.text.trim() != other.text.trim()
}

/// Whether a text contains more than whitespace and direction marks.
pub(super) fn has_visible_text(text: &str) -> bool {
    text.chars()
        .any(|c| !c.is_whitespace() && !marks::is_mark(c))
}

/// Gives a message without text a placeholder: Close rejects empty messages.
fn fill_empty_text(message: &mut NativeMessage) {
    if has_visible_text(&message.text) {
        return;
    }
    message.text.clear();
    message.mentions.clear();
    if !message.files.is_empty() {
        return;
    }
    match message.kind {
        // Placeholders for these kinds are added where bodies are rendered.
        Kind::MediaOmitted | Kind::ViewOnce | Kind::Contact | Kind::LiveLocation => return,
        Kind::Media => {
            message.kind = Kind::MediaOmitted;
            return;
        }
        Kind::Text | Kind::Location | Kind::Poll | Kind::Event => message.kind = Kind::Unsupported,
        _ => {}
    }
    message.text.push_str(placeholder_text(message.kind));
}

/// Whether a name equals the one that readers give to the owner.
fn is_you(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !marks::is_mark(*c)).collect();
    plain.trim().eq_ignore_ascii_case(OWNER)
}

/// Renames other participants that are called "You", the readers' name of the owner, since directions are determined
/// by names from here on.
fn rename_namesakes_of_owner(chat: &mut NativeChat) {
    if !chat.participants.iter().any(|participant| participant.me) {
        return;
    }
    for participant in chat
        .participants
        .iter_mut()
        .filter(|participant| !participant.me)
    {
        if is_you(&participant.name) {
            let number = match (&participant.phone, chat.group) {
                (Some(phone), _) => phone,
                (None, false) => user_of(&chat.jid),
                (None, true) => "somebody else",
            };
            let name = format!("{} ({number})", participant.name);
            if !chat.group && chat.title == participant.name {
                chat.title.clone_from(&name);
            }
            participant.name = name;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chat::tests::{chat, text_at};
    use super::super::{NativeFile, NativeParticipant, NativeQuote};
    use super::*;

    #[test]
    fn impossible_id_counts_as_absent() {
        for id in ["3A147ACFD8475480CC39", "1415214213-42", &"x".repeat(128)] {
            assert!(is_id(id), "{id}");
        }
        let long = "x".repeat(129);
        for id in [
            "", " ", "a b", "a@c", "3A\n00", "ünï", "3A\u{7f}", "-1", "call:AB", &long,
        ] {
            assert!(!is_id(id), "{id:?}");
        }
        let mut message = text_at(1);
        message.id = Some("a b@c".to_owned());
        message.aliases = vec!["a@c".to_owned(), "3EB0AA".to_owned()];
        message.quoted = Some(NativeQuote::in_same_chat(Some("a\n".to_owned()), None));
        let mut normalized = chat(vec![message]);
        normalize(&mut normalized);
        let message = &normalized.messages[0];
        assert_eq!((&message.id, message.quoted.is_none()), (&None, true));
        assert_eq!(message.aliases, ["3EB0AA"]);
    }

    #[test]
    fn impossible_time_counts_as_absent() {
        let year = |millis: i64| instant(millis).map(|at| at.format("%Y").to_string());
        assert_eq!(year(MIN_MILLIS).as_deref(), Some("2009"));
        assert_eq!(year(MAX_MILLIS - 1).as_deref(), Some("2099"));
        for millis in [
            0,
            MIN_MILLIS - 1,
            MAX_MILLIS,
            8_210_266_876_799_000,
            i64::MIN,
            i64::MAX,
        ] {
            assert_eq!(year(millis), None, "{millis}");
            assert_eq!(instant_of(millis as f64), None, "{millis}");
        }
        for none in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(instant_of(none), None);
        }
    }

    #[test]
    fn same_id_of_two_senders_is_two_messages() {
        let mut of = [text_at(1), text_at(2), text_at(3)];
        for (message, sender) in of.iter_mut().zip([0, 1, 1]) {
            message.sender = Some(sender);
            message.id = Some("3AAA".to_owned());
            message.text = format!("at minute {}", message.place);
        }
        let mut normalized = chat(of.to_vec());
        normalize(&mut normalized);
        let ids: Vec<_> = normalized
            .messages
            .iter()
            .map(|m| m.id.as_deref())
            .collect();
        assert_eq!(ids, [Some("3AAA"), None, None]);
    }

    /// Three texts under one id, two of them delivered again at another time.
    #[test]
    fn further_text_of_an_id_delivered_again_is_one_message() {
        let of = ["first", "second", "second", "third", "first", "third"].map(str::to_owned);
        let messages = (1u32..).zip(of).map(|(minute, text)| NativeMessage {
            id: Some("3AAA".to_owned()),
            sender: Some(1),
            text,
            ..text_at(minute)
        });
        let mut normalized = chat(messages.collect());
        assert_eq!(normalize(&mut normalized), 2);
        let kept: Vec<_> = (normalized.messages.iter())
            .map(|m| (m.text.as_str(), m.id.as_deref(), m.place))
            .collect();
        assert_eq!(
            kept,
            [
                ("first", Some("3AAA"), 1),
                ("second", None, 2),
                ("third", None, 4),
                // Merged with the first, by its id.
                ("first", Some("3AAA"), 5),
            ]
        );
    }

    #[test]
    fn same_text_of_two_senders_or_under_two_ids_is_not_another_delivery() {
        let message = |minute: u32, sender: u32, id: &str, text: &str| NativeMessage {
            id: Some(id.to_owned()),
            sender: Some(sender),
            text: text.to_owned(),
            ..text_at(minute)
        };
        let mut normalized = chat(vec![
            message(1, 0, "3AAA", "yes"),
            message(2, 1, "3AAA", "ok"),
            message(3, 2, "3AAA", "ok"),
            message(4, 0, "3ABB", "no"),
            message(5, 1, "3ABB", "ok"),
        ]);
        assert_eq!(normalize(&mut normalized), 0);
        assert_eq!(normalized.messages.len(), 5);
    }

    #[test]
    fn every_kind_has_a_text() {
        for kind in Kind::ALL {
            let mut message = text_at(1);
            message.kind = kind;
            message.text = " \u{200e}\n".to_owned();
            let mut normalized = chat(vec![message]);
            normalize(&mut normalized);
            let read = normalized.chat();
            let text = crate::transform::markdown::markdown(&read.messages[0], &[]);
            assert!(text.len() > 4 && !text.contains("[]"), "{kind:?}: {text}");
        }
    }

    #[test]
    fn text_without_visible_characters_is_no_caption() {
        let mut message = text_at(1);
        (message.kind, message.text) = (Kind::Media, " \u{200e}".to_owned());
        message.files.push(NativeFile {
            name: "a.jpg".to_owned(),
            entry: None,
            media: crate::chat::MediaKind::Image,
        });
        let mut normalized = chat(vec![message]);
        normalize(&mut normalized);
        assert_eq!(normalized.messages[0].text, "");
    }

    #[test]
    fn namesake_of_owner_is_renamed() {
        let mut normalized = chat(vec![text_at(1)]);
        normalized.group = true;
        for phone in [None, Some("+353861234502".to_owned())] {
            normalized.participants.push(NativeParticipant {
                name: "You".to_owned(),
                phone,
                me: false,
            });
        }
        normalize(&mut normalized);
        let names: Vec<&str> = normalized
            .participants
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        assert_eq!(names[0], "You");
        assert!(names[1..].iter().all(|name| !is_you(name)), "{names:?}");
    }
}
