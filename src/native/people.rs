//! Jids, numbers and names: who somebody is (`native-sources.md` 7).

use std::collections::HashMap;

use rayon::prelude::*;

use super::normalize::normalize;
use super::{NativeChat, Party};
use crate::chat::Kind;
use crate::phone::Phone;

/// What readers call the owner of an archive.
pub(super) const OWNER: &str = "You";

/// The owner among those who write.
pub(super) fn me() -> Party {
    Party {
        name: OWNER.to_owned(),
        phone: None,
        me: true,
    }
}

/// Who writes in a chat: the owner, and in a chat of two the other side.
pub(super) fn parties(title: &str, phone: Option<&str>, group: bool) -> Vec<Party> {
    let mut parties = vec![me()];
    if !group {
        parties.push(Party {
            name: title.to_owned(),
            phone: phone.map(str::to_owned),
            me: false,
        });
    }
    parties
}

/// The number of somebody among those who write in a group, put there where they are new.
pub(super) fn party(parties: &mut Vec<Party>, name: String, phone: Option<String>) -> Option<u32> {
    let known = parties
        .iter()
        .position(|party| !party.me && party.phone == phone && party.name == name);
    let at = known.unwrap_or_else(|| {
        parties.push(Party {
            name,
            phone,
            me: false,
        });
        parties.len() - 1
    });
    u32::try_from(at).ok()
}

/// What a jid stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jid {
    /// A person by number.
    Phone,
    /// A person by a hidden id, which looks like a number and is none.
    Hidden,
    Group,
    /// Status, broadcast lists.
    Broadcast,
    Channel,
    /// Assistants, WhatsApp itself, calls: nobody to write to.
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
        "broadcast" => Jid::Broadcast,
        "newsletter" => Jid::Channel,
        _ => Jid::Other,
    }
}

/// The number of a jid that is one, as E.164.
pub(super) fn phone_of(jid: &str) -> Option<String> {
    (jid_kind(jid) == Jid::Phone)
        .then(|| digits(user_of(jid)))
        .flatten()
}

/// `+` and the digits of a number that is written as digits, with or without `+`.
pub(super) fn digits(text: &str) -> Option<String> {
    let digits = text.trim().trim_start_matches('+');
    let is_one = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_one.then(|| format!("+{digits}"))
}

/// True when a jid is somebody else than the other side of a chat of two. `mapped` is the jid of the
/// number, where the jid hides it. A hidden id says nothing where the chat is known by number alone.
pub(super) fn is_third(chat: &NativeChat, jid: &str, mapped: &str) -> bool {
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

/// True for jids of one person, whatever device.
pub(super) fn same_user(one: &str, other: &str) -> bool {
    jid_kind(one) == jid_kind(other) && user_of(one) == user_of(other)
}

/// True for one number, written in either way that WhatsApp has.
fn is_same_number(one: &str, other: &str) -> bool {
    one == other
        || (Phone::parse(one).zip(Phone::parse(other)))
            .is_some_and(|(one, other)| one.is_same_as(&other))
}

/// The user of a jid, without agent and device.
pub(super) fn user_of(jid: &str) -> &str {
    let user = jid.rsplit_once('@').map_or(jid, |(user, _)| user);
    let user = user.split_once(':').map_or(user, |(user, _)| user);
    user.split_once('.').map_or(user, |(user, _)| user)
}

/// The name that is shown for somebody: theirs, else their number, else the jid.
pub(super) fn shown(name: Option<&str>, phone: Option<&str>, jid: &str) -> String {
    let name = name.map(one_line).filter(|name| !name.is_empty());
    name.or_else(|| phone.map(str::to_owned))
        .unwrap_or_else(|| jid.to_owned())
}

/// A name on one line.
pub(super) fn one_line(name: &str) -> String {
    name.split(char::is_whitespace)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Puts chats of one person together, sorts, and gives each chat a title of its own: where several
/// have one name, their numbers tell them apart, as contacts.csv has to.
pub(super) fn tell_apart(chats: &mut Vec<NativeChat>) {
    join(chats);
    chats.retain(|chat| !chat.messages.is_empty());
    chats.par_iter_mut().for_each(|chat| {
        chat.messages
            .sort_by_key(|message| (message.at, message.place));
        normalize(chat);
    });
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
            for party in &mut chat.parties {
                if !chat.group && !party.me {
                    party.name.clone_from(&title);
                }
            }
            chat.title = title;
        }
    }
    chats.sort_by_cached_key(|chat| chat.title.to_lowercase());
}

/// One person can have two chats, by number and by hidden id.
fn join(chats: &mut Vec<NativeChat>) {
    let mut by_phone: HashMap<String, usize> = HashMap::new();
    let mut joined: Vec<NativeChat> = Vec::with_capacity(chats.len());
    for chat in std::mem::take(chats) {
        let key = chat.phone.clone().filter(|_| !chat.group);
        match key.as_ref().and_then(|key| by_phone.get(key)) {
            Some(&place) => {
                let into = &mut joined[place];
                let parties: Vec<Option<u32>> = (chat.parties.iter())
                    .map(|party| {
                        let same = into.parties.iter().position(|known| known.me == party.me);
                        same.and_then(|at| u32::try_from(at).ok())
                    })
                    .collect();
                for mut message in chat.messages {
                    message.sender = message
                        .sender
                        .and_then(|at| parties.get(at as usize).copied().flatten());
                    into.messages.push(message);
                }
            }
            None => {
                if let Some(key) = key {
                    by_phone.insert(key, joined.len());
                }
                joined.push(chat);
            }
        }
    }
    *chats = joined;
}

/// The names and numbers of a contact card, for the text of a message.
pub(super) fn card(vcard: &str) -> String {
    let mut lines = Vec::new();
    for line in vcard.lines() {
        let Some((head, value)) = line.split_once(':') else {
            continue;
        };
        let name = head.split(';').next().unwrap_or(head);
        let name = name.rsplit('.').next().unwrap_or(name);
        if ["FN", "TEL"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word))
        {
            lines.push(value.trim().to_owned());
        }
    }
    lines.join("\n")
}

/// The text of a place as a phone's export has it: the name and the address, each on a line of its
/// own, and the URL, which stands alone behind `location: ` where there is nothing else
/// (`whatsapp-export-format.md` 4.1).
pub(super) fn place(
    parts: &[Option<String>],
    url: Option<String>,
    at: Option<(f64, f64)>,
) -> String {
    let is_there = |part: &&String| !part.trim().is_empty();
    let mut lines: Vec<String> = parts.iter().flatten().filter(is_there).cloned().collect();
    let map = at.map(|(latitude, longitude)| map(&latitude.to_string(), &longitude.to_string()));
    let url = url.filter(|url| is_there(&url)).or(map);
    match url {
        Some(url) if lines.is_empty() => return format!("location: {url}"),
        url => lines.extend(url),
    }
    lines.join("\n")
}

/// Where a place is on a map.
pub(super) fn map(latitude: &str, longitude: &str) -> String {
    format!("https://maps.google.com/?q={latitude},{longitude}")
}

/// The text of a poll as a phone's export has it, but for the votes (`whatsapp-export-format.md`
/// 4.3); nothing where there is no question.
pub(super) fn poll(question: &str, options: &[String]) -> String {
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

/// The text of an event as a phone's export begins it (`whatsapp-export-format.md` 4.4).
pub(super) fn event(title: &str) -> String {
    let title = title.trim();
    match title.is_empty() {
        true => String::new(),
        false => format!("EVENT: {title}"),
    }
}

/// What stands in place of what has no words.
pub(super) fn words_of(kind: Kind) -> &'static str {
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
        // It looks like a number, and is none.
        assert_eq!(phone_of("184069530861739@lid"), None);
    }

    /// What a store says of a poll, a place, an event is what an export says of it: one identity, and
    /// one text in Close.
    #[test]
    fn polls_places_and_events_are_those_of_an_export() {
        use crate::canonical;
        use crate::chat::Kind;
        use crate::transform::markdown::markdown;
        let said = |kind: Kind, text: &str| {
            let mut message = super::super::chat::tests::told(1);
            (message.kind, message.text) = (kind, text.to_owned());
            let chat = super::super::chat::tests::chat(vec![message]);
            let read = chat.chat();
            (
                canonical::body(&read.messages[0]),
                markdown(&read.messages[0], &[]),
            )
        };
        let options = ["Yes".to_owned(), "No: never".to_owned()];
        let own = said(Kind::Poll, &poll("Lunch:\nor dinner?", &options));
        let export = "POLL:\nLunch: or dinner?\nOPTION: Yes\nOPTION: No: never";
        assert_eq!(own, said(Kind::Poll, export));
        assert_eq!(own.0, "poll:Lunch: or dinner?");
        assert_eq!(own.1, "*Poll: Lunch: or dinner?*\n- Yes\n- No: never");
        assert_eq!(poll(" ", &options), "");
        assert_eq!(
            said(Kind::Event, &event("Meeting: Monday")).1,
            "*Event: Meeting: Monday*"
        );
        assert_eq!(
            place(&[None], None, Some((52.52, 13.405))),
            "location: https://maps.google.com/?q=52.52,13.405"
        );
        let named = [Some("Cafe".to_owned()), Some("Main St".to_owned())];
        assert_eq!(
            place(&named, Some("https://x.y".to_owned()), Some((1.0, 2.0))),
            "Cafe\nMain St\nhttps://x.y"
        );
    }

    #[test]
    fn a_card_becomes_names_and_numbers() {
        let card = card(
            "BEGIN:VCARD\r\nN:Card;Carl;;;\r\nFN:Carl Card\r\nitem1.TEL;waid=1:+1 555\r\nEND:VCARD",
        );
        assert_eq!(card, "Carl Card\n+1 555");
    }
}
