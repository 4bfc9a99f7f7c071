//! Jids, numbers and names of participants, and the texts of locations, polls and events.

use std::collections::HashMap;

use rayon::prelude::*;

use super::normalize::{has_visible_text, normalize};
use super::{NativeChat, NativeParticipant};
use crate::chat::Kind;
use crate::phone::Phone;

/// The name that readers give to the owner of an archive.
pub(super) const OWNER: &str = "You";

/// The owner as a participant.
pub(super) fn owner() -> NativeParticipant {
    NativeParticipant {
        name: OWNER.to_owned(),
        phone: None,
        me: true,
    }
}

/// Participants of a new chat: the owner, and in a one-to-one chat the other participant.
pub(super) fn participants(
    title: &str,
    phone: Option<&str>,
    group: bool,
) -> Vec<NativeParticipant> {
    let contact = || NativeParticipant {
        name: title.to_owned(),
        phone: phone.map(str::to_owned),
        me: false,
    };
    match group {
        true => vec![owner()],
        false => vec![owner(), contact()],
    }
}

/// Index of a participant of a group, added if new.
pub(super) fn participant(
    participants: &mut Vec<NativeParticipant>,
    name: String,
    phone: Option<String>,
) -> Option<u32> {
    let known = participants.iter().position(|participant| {
        !participant.me && participant.phone == phone && participant.name == name
    });
    let at = known.unwrap_or_else(|| {
        participants.push(NativeParticipant {
            name,
            phone,
            me: false,
        });
        participants.len() - 1
    });
    u32::try_from(at).ok()
}

/// Kind of a jid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jid {
    /// A person, by telephone number.
    Phone,
    /// A person, by a hidden id (LID), which looks like a number but is not one.
    Hidden,
    Group,
    /// Status updates and broadcast lists.
    Broadcast,
    Channel,
    /// Assistants, WhatsApp itself, calls: not a conversation.
    Other,
}

pub(super) fn jid_kind(jid: &str) -> Jid {
    let Some((user, server)) = jid.rsplit_once('@') else {
        return Jid::Other;
    };
    match server {
        _ if user.is_empty() || user == "0" => Jid::Other,
        "s.whatsapp.net" | "c.us" => Jid::Phone,
        "lid" => Jid::Hidden,
        "g.us" => Jid::Group,
        "broadcast" | "status" => Jid::Broadcast,
        "newsletter" => Jid::Channel,
        _ => Jid::Other,
    }
}

/// The E.164 number of a jid that contains one.
pub(super) fn phone_of(jid: &str) -> Option<String> {
    (jid_kind(jid) == Jid::Phone)
        .then(|| phone_from_digits(user_of(jid)))
        .flatten()
}

/// The E.164 number for digits with or without `+`.
pub(super) fn phone_from_digits(text: &str) -> Option<String> {
    let digits = text.trim().trim_start_matches('+');
    let is_one = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_one.then(|| format!("+{digits}"))
}

/// Whether a jid is neither participant of a one-to-one chat. `mapped` is the jid of the telephone number if `jid` is a
/// hidden id. A hidden id is inconclusive if the chat is known by number only.
pub(super) fn is_foreign(chat: &NativeChat, jid: &str, mapped: &str) -> bool {
    let is_chat = |jid: &str| same_user(jid, &chat.jid);
    if chat.group || is_chat(jid) || is_chat(mapped) {
        return false;
    }
    match (phone_of(mapped), &chat.phone) {
        (Some(phone), Some(own)) => !is_same_number(&phone, own),
        (Some(_), None) => true,
        (None, _) => jid_kind(jid) == Jid::Hidden && jid_kind(&chat.jid) == Jid::Hidden,
    }
}

/// Whether two jids belong to one person, on any device.
pub(super) fn same_user(one: &str, other: &str) -> bool {
    jid_kind(one) == jid_kind(other) && user_of(one) == user_of(other)
}

/// Whether two numbers are the same in any of WhatsApp's spellings.
fn is_same_number(one: &str, other: &str) -> bool {
    one == other
        || (Phone::parse(one).zip(Phone::parse(other)))
            .is_some_and(|(one, other)| one.is_same_as(&other))
}

/// The user part of a jid, without agent and device.
pub(super) fn user_of(jid: &str) -> &str {
    let user = jid.rsplit_once('@').map_or(jid, |(user, _)| user);
    let user = user.split_once(':').map_or(user, |(user, _)| user);
    user.split_once('.').map_or(user, |(user, _)| user)
}

/// Display name of a person: the name, else the number, else the jid.
pub(super) fn display_name(name: Option<&str>, phone: Option<&str>, jid: &str) -> String {
    let name = name.map(one_line).filter(|name| has_visible_text(name));
    name.or_else(|| phone.map(str::to_owned))
        .unwrap_or_else(|| jid.to_owned())
}

/// A name with whitespace and line breaks collapsed.
pub(super) fn one_line(name: &str) -> String {
    name.split(char::is_whitespace)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Merges chats of one person, sorts messages and chats, and gives each chat a unique title: chats of the same name get
/// their numbers as titles, as contacts.csv requires. Returns the number of messages that were delivered again.
pub(super) fn finalize(chats: &mut Vec<NativeChat>) -> u64 {
    merge_chats_of_person(chats);
    chats.retain(|chat| !chat.messages.is_empty());
    let dropped: usize = (chats.par_iter_mut())
        .map(|chat| {
            chat.messages
                .sort_by_key(|message| (message.at, message.place));
            normalize(chat)
        })
        .sum();
    let mut names: HashMap<String, u32> = HashMap::new();
    for chat in chats.iter() {
        *names.entry(chat.title.to_lowercase()).or_default() += 1;
    }
    for chat in chats.iter_mut() {
        if names
            .get(&chat.title.to_lowercase())
            .is_some_and(|&n| n > 1)
        {
            let own = chat.phone.clone().unwrap_or_else(|| chat.jid.clone());
            let title = match chat.group {
                true => format!("{} ({})", chat.title, user_of(&chat.jid)),
                false => own,
            };
            for participant in &mut chat.participants {
                if !chat.group && !participant.me {
                    participant.name.clone_from(&title);
                }
            }
            chat.title = title;
        }
    }
    chats.sort_by_cached_key(|chat| chat.title.to_lowercase());
    dropped as u64
}

/// Merges the two chats that one person may have, by number and by hidden id.
fn merge_chats_of_person(chats: &mut Vec<NativeChat>) {
    let mut by_phone: HashMap<String, usize> = HashMap::new();
    let mut merged: Vec<NativeChat> = Vec::with_capacity(chats.len());
    for chat in std::mem::take(chats) {
        let key = chat.phone.clone().filter(|_| !chat.group);
        match key.as_ref().and_then(|key| by_phone.get(key)) {
            Some(&place) => {
                let into = &mut merged[place];
                let participants: Vec<Option<u32>> = (chat.participants.iter())
                    .map(|participant| {
                        let same = into
                            .participants
                            .iter()
                            .position(|known| known.me == participant.me);
                        same.and_then(|at| u32::try_from(at).ok())
                    })
                    .collect();
                for mut message in chat.messages {
                    message.sender = message
                        .sender
                        .and_then(|at| participants.get(at as usize).copied().flatten());
                    into.messages.push(message);
                }
            }
            None => {
                if let Some(key) = key {
                    by_phone.insert(key, merged.len());
                }
                merged.push(chat);
            }
        }
    }
    *chats = merged;
}

/// Text of a location as in a text export (observed): name and address on lines of their own and the URL, or
/// `location: ` and the URL if there is nothing else.
pub(super) fn location_text(
    parts: &[Option<String>],
    url: Option<String>,
    at: Option<(f64, f64)>,
) -> String {
    let is_there = |part: &&String| !part.trim().is_empty();
    let mut lines: Vec<String> = parts.iter().flatten().filter(is_there).cloned().collect();
    let map =
        at.map(|(latitude, longitude)| map_url(&latitude.to_string(), &longitude.to_string()));
    let url = url.filter(|url| is_there(&url)).or(map);
    match url {
        Some(url) if lines.is_empty() => return format!("location: {url}"),
        url => lines.extend(url),
    }
    lines.join("\n")
}

/// URL of a location on a map.
pub(super) fn map_url(latitude: &str, longitude: &str) -> String {
    format!("https://maps.google.com/?q={latitude},{longitude}")
}

/// Text of a poll as in a text export (observed), without the votes; empty without a question.
pub(super) fn poll_text(question: &str, options: &[String]) -> String {
    let question = one_line(question);
    if question.is_empty() {
        return question;
    }
    let mut text = format!("POLL:\n{question}");
    for option in options {
        text.push_str("\nOPTION: ");
        text.push_str(&one_line(option));
    }
    text
}

/// First line of an event as in a text export (observed).
pub(super) fn event_text(title: &str) -> String {
    let title = title.trim();
    match title.is_empty() {
        true => String::new(),
        false => format!("EVENT: {title}"),
    }
}

/// Placeholder for a message without text.
pub(super) fn placeholder_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Deleted => "This message was deleted",
        Kind::System => "A notice by WhatsApp",
        Kind::Waiting => "Waiting for this message",
        Kind::Call => "Call",
        Kind::Unsupported => "A message that cannot be shown here",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jids() {
        assert_eq!(jid_kind("15550001001@s.whatsapp.net"), Jid::Phone);
        assert_eq!(jid_kind("184069530861739@lid"), Jid::Hidden);
        assert_eq!(jid_kind("15550001001-1577836800@g.us"), Jid::Group);
        assert_eq!(jid_kind("status@broadcast"), Jid::Broadcast);
        assert_eq!(jid_kind("0@s.whatsapp.net"), Jid::Other);
        assert_eq!(jid_kind("000000000000000"), Jid::Other);
        assert_eq!(
            phone_of("15550001001:12@s.whatsapp.net").as_deref(),
            Some("+15550001001")
        );
        // Looks like a number, but is not one.
        assert_eq!(phone_of("184069530861739@lid"), None);
    }

    /// A poll, location or event has the same identity and the same text in Close, whether it comes from a native
    /// archive or a text export.
    #[test]
    fn polls_locations_and_events_equal_those_of_an_export() {
        use crate::canonical;
        use crate::chat::Kind;
        use crate::transform::markdown::markdown;
        let identity_and_text = |kind: Kind, text: &str| {
            let mut message = super::super::chat::tests::text_at(1);
            (message.kind, message.text) = (kind, text.to_owned());
            let chat = super::super::chat::tests::chat(vec![message]);
            let read = chat.chat();
            (
                canonical::body(&read.messages[0]),
                markdown(&read.messages[0], &[]),
            )
        };
        let options = ["Yes".to_owned(), "No: never".to_owned()];
        let own = identity_and_text(Kind::Poll, &poll_text("Lunch:\nor dinner?", &options));
        let export = "POLL:\nLunch: or dinner?\nOPTION: Yes\nOPTION: No: never";
        assert_eq!(own, identity_and_text(Kind::Poll, export));
        assert_eq!(own.0, "poll:Lunch: or dinner?");
        assert_eq!(own.1, "*Poll: Lunch: or dinner?*\n- Yes\n- No: never");
        assert_eq!(poll_text(" ", &options), "");
        assert_eq!(
            identity_and_text(Kind::Event, &event_text("Meeting: Monday")).1,
            "*Event: Meeting: Monday*"
        );
        assert_eq!(
            location_text(&[None], None, Some((52.52, 13.405))),
            "location: https://maps.google.com/?q=52.52,13.405"
        );
        let named = [Some("Cafe".to_owned()), Some("Main St".to_owned())];
        assert_eq!(
            location_text(&named, Some("https://x.y".to_owned()), Some((1.0, 2.0))),
            "Cafe\nMain St\nhttps://x.y"
        );
    }
}
