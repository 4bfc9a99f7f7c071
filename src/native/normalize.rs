//! Validates and normalises what every native reader gives: ids, times, empty texts, and participants
//! with the name that stands for the owner.
//!
//! Never here: what one format alone writes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::people::{OWNER, user_of, words_of};
use super::{NativeChat, NativeMessage};
use crate::chat::Kind;
use crate::parser::text::marks;

/// What messages are counted as whose time no message can have.
pub(super) const NO_TIME: &str = "without a time that can be";

/// From the year of the first WhatsApp (2009-01-01), in milliseconds since the epoch.
const FIRST: i64 = 1_230_768_000_000;
/// To a year that no clock shows (2100-01-01), exclusive. A clock that is off by a decade is a
/// clock; a year of five digits is damage, and no zone can be applied to the last of them.
const END: i64 = 4_102_444_800_000;

/// The instant of this many milliseconds, where a message can be of it.
pub(super) fn instant(millis: i64) -> Option<DateTime<Utc>> {
    (FIRST..END)
        .contains(&millis)
        .then(|| DateTime::from_timestamp_millis(millis))?
}

/// The same for a number with a fraction.
pub(super) fn instant_of(millis: f64) -> Option<DateTime<Utc>> {
    let millis = millis.round();
    // Every whole number of this size is one of both types; what is no number is in no range.
    (FIRST as f64..END as f64)
        .contains(&millis)
        .then(|| instant(millis as i64))?
}

/// True for what can be an id of WhatsApp's: 1 to 128 visible ASCII characters without `@`, as
/// Close and the checkpoint take them. What else stands in an id's place is none, and the message
/// gets a derived one. Nothing is judged by how an id begins (`native-sources.md` 6.1), but for what
/// is known to be none: the seed row, and calls.
pub(super) fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'@')
        && text != "-1"
        && !text.starts_with("call:")
}

/// Makes a chat what all readers promise.
pub(super) fn normalize(chat: &mut NativeChat) {
    for message in &mut chat.messages {
        ids(message);
        words(message);
    }
    once(chat);
    owner(chat);
}

fn ids(message: &mut NativeMessage) {
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

/// An id is one of its sender's (`native-sources.md` 2.2): what another sender has under the same one
/// is another message, and must not vanish behind the first.
fn once(chat: &mut NativeChat) {
    let mut senders: HashMap<&str, Option<u32>> = HashMap::with_capacity(chat.messages.len());
    let mut others = Vec::new();
    for (place, message) in chat.messages.iter().enumerate() {
        if let Some(id) = message.id.as_deref()
            && *senders.entry(id).or_insert(message.sender) != message.sender
        {
            others.push(place);
        }
    }
    for place in others {
        chat.messages[place].id = None;
        chat.messages[place].aliases.clear();
    }
}

/// A message without words says what it is: Close takes no empty one.
fn words(message: &mut NativeMessage) {
    let says = |c: char| !c.is_whitespace() && !marks::is_mark(c);
    if !message.files.is_empty() || message.text.chars().any(says) {
        return;
    }
    message.text.clear();
    match message.kind {
        // What stands for these is known where texts are made.
        Kind::MediaOmitted | Kind::ViewOnce | Kind::Contact | Kind::LiveLocation => return,
        Kind::Media => {
            message.kind = Kind::MediaOmitted;
            return;
        }
        Kind::Text | Kind::Location | Kind::Poll | Kind::Event => message.kind = Kind::Unsupported,
        _ => {}
    }
    message.text.push_str(words_of(message.kind));
}

/// True for a name that reads like the owner's.
fn is_you(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !marks::is_mark(*c)).collect();
    plain.trim().eq_ignore_ascii_case(OWNER)
}

/// Readers call the owner "You", and whoever else is called so gets their number, since sides are
/// told by names from here on.
fn owner(chat: &mut NativeChat) {
    if !chat.parties.iter().any(|party| party.me) {
        return;
    }
    for party in chat.parties.iter_mut().filter(|party| !party.me) {
        if is_you(&party.name) {
            let number = match (&party.phone, chat.group) {
                (Some(phone), _) => phone,
                (None, false) => user_of(&chat.jid),
                (None, true) => "somebody else",
            };
            let name = format!("{} ({number})", party.name);
            if !chat.group && chat.title == party.name {
                chat.title.clone_from(&name);
            }
            party.name = name;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chat::tests::{chat, told};
    use super::super::{NativeQuote, Party};
    use super::*;

    #[test]
    fn what_no_id_can_be_is_none() {
        for id in ["3A147ACFD8475480CC39", "1415214213-42", &"x".repeat(128)] {
            assert!(is_id(id), "{id}");
        }
        let long = "x".repeat(129);
        for id in [
            "", " ", "a b", "a@c", "3A\n00", "ünï", "3A\u{7f}", "-1", "call:AB", &long,
        ] {
            assert!(!is_id(id), "{id:?}");
        }
        let mut message = told(1);
        message.id = Some("a b@c".to_owned());
        message.aliases = vec!["a@c".to_owned(), "3EB0AA".to_owned()];
        message.quoted = Some(NativeQuote::of(Some("a\n".to_owned()), None));
        let mut tidied = chat(vec![message]);
        normalize(&mut tidied);
        let message = &tidied.messages[0];
        assert_eq!((&message.id, message.quoted.is_none()), (&None, true));
        assert_eq!(message.aliases, ["3EB0AA"]);
    }

    #[test]
    fn times_are_those_of_messages() {
        let year = |millis: i64| instant(millis).map(|at| at.format("%Y").to_string());
        assert_eq!(year(FIRST).as_deref(), Some("2009"));
        assert_eq!(year(END - 1).as_deref(), Some("2099"));
        for millis in [0, FIRST - 1, END, 8_210_266_876_799_000, i64::MIN, i64::MAX] {
            assert_eq!(year(millis), None, "{millis}");
            assert_eq!(instant_of(millis as f64), None, "{millis}");
        }
        for none in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(instant_of(none), None);
        }
    }

    #[test]
    fn one_id_of_two_senders_is_two_messages() {
        let mut of = [told(1), told(2), told(3)];
        for (message, sender) in of.iter_mut().zip([0, 1, 1]) {
            message.sender = Some(sender);
            message.id = Some("3AAA".to_owned());
        }
        let mut tidied = chat(of.to_vec());
        normalize(&mut tidied);
        let ids: Vec<_> = tidied.messages.iter().map(|m| m.id.as_deref()).collect();
        assert_eq!(ids, [Some("3AAA"), None, None]);
    }

    #[test]
    fn nothing_is_without_words() {
        for kind in Kind::ALL {
            let mut message = told(1);
            message.kind = kind;
            message.text = " \u{200e}\n".to_owned();
            let mut tidied = chat(vec![message]);
            normalize(&mut tidied);
            let read = tidied.chat();
            let said = crate::transform::markdown::markdown(&read.messages[0], &[]);
            assert!(said.len() > 4 && !said.contains("[]"), "{kind:?}: {said}");
        }
    }

    #[test]
    fn nobody_else_is_called_like_the_owner() {
        let mut tidied = chat(vec![told(1)]);
        tidied.group = true;
        for phone in [None, Some("+353861234502".to_owned())] {
            tidied.parties.push(Party {
                name: "You".to_owned(),
                phone,
                me: false,
            });
        }
        normalize(&mut tidied);
        let names: Vec<&str> = tidied.parties.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names[0], "You");
        assert!(names[1..].iter().all(|name| !is_you(name)), "{names:?}");
    }
}
