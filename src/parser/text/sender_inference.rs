//! Inference from the whole chat: which senders are notices, and which one is the owner.
//!
//! Runs once, after all messages have been read. A text that a person wrote must stay a message. Every rule therefore
//! requires that the line has the form of a notice *and* that its "sender" writes nothing else, and every decision
//! becomes an oddity that people see.

use std::borrow::Cow;

use super::fold::is_double_quote;
use super::marked;
use super::marks;
use super::notices;
use super::words::is_you;
use crate::chat::{Kind, Message, Participant};

/// Maximum number of names (the largest group has 1,024 members, and many leave). A file with more is not a chat, and
/// comparing all pairs of names would take hours.
const MOST_PEOPLE: usize = 5_000;

/// Turns marked texts that are in no word list, at the indices `marked`, into notices if their sender is the chat
/// itself and wrote nothing else: since 2023 the subject of a group is the sender of its notices (observed). All
/// others stay messages.
pub(super) fn by_the_chat(
    chat: Option<&str>,
    is_group: bool,
    marked: &[u32],
    participants: &mut [Participant<'_>],
    messages: &mut [Message<'_>],
) {
    let Some(chat) = chat.map(marks::name) else {
        return;
    };
    let Some(number) = participants.iter().position(|p| p.name == chat) else {
        return;
    };
    let is_own = |at: &u32| {
        let sender = messages[*at as usize].sender;
        sender.is_some_and(|sender| sender as usize == number)
    };
    let own: Vec<u32> = marked.iter().copied().filter(is_own).collect();
    let others = (participants.iter().enumerate())
        .filter(|(at, p)| *at != number && p.messages > 0)
        .count();
    if own.len() != participants[number].messages as usize || (others < 2 && !is_group) {
        return;
    }
    // A bot that the archive is named after.
    let is_from_a_person = |at: &u32| marked::is_from_a_person(&messages[*at as usize].text);
    if own.iter().any(is_from_a_person) {
        return;
    }
    for at in own {
        let message = &mut messages[at as usize];
        message.sender = None;
        message.kind = Kind::System;
    }
    participants[number].messages = 0;
}

/// Recognises notices that are in no word list by their form. Android writes notices without a sender, and one that
/// contains `: ` (a subject, a contact named `ACME: Support`) looks like a message (observed). Returns the lines of
/// these notices.
pub(super) fn guess_notices(
    chat: Option<&str>,
    is_group: bool,
    participants: &mut [Participant<'_>],
    messages: &mut [Message<'_>],
) -> Vec<u32> {
    let once = |p: &Participant<'_>| p.messages == 1;
    if !(2..=MOST_PEOPLE).contains(&participants.len()) || !participants.iter().any(once) {
        return Vec::new();
    }
    let chat = chat.map(marks::name);
    let writers: Vec<String> = participants
        .iter()
        .filter(|p| p.messages > 1)
        .map(|p| p.name.to_string())
        .collect();
    // Two established senders, and the chat has the name of one of them: there can be no others. A group may have the name
    // of a member.
    let one_to_one = !is_group
        && writers.len() == 2
        && writers.iter().any(|w| Some(w.as_str()) == chat.as_deref());
    let mut lines = Vec::new();
    for message in messages {
        let Some(sender) = message.sender.map(|at| at as usize) else {
            continue;
        };
        if message.kind != Kind::Text || !once(&participants[sender]) {
            continue;
        }
        let name = &participants[sender].name;
        if Some(name.as_ref()) == chat.as_deref() || participants[sender].unsaved {
            continue;
        }
        let people = || writers.iter().map(String::as_str).chain(chat.as_deref());
        let is_notice = quotes_around_colon(name, &message.text, people())
            || people().any(|long| holds_long_name(name, &message.text, long))
            || (one_to_one && is_sentence(name, people()));
        if is_notice {
            message.text = Cow::Owned(format!("{name}: {}", message.text));
            message.sender = None;
            message.kind = Kind::System;
            participants[sender].messages = 0;
            lines.push(message.line);
        }
    }
    lines
}

/// `Anna hat den Betreff zu "Haus: Garten" geändert`: begins with a participant, or with "you", and the colon is
/// between quotation marks.
fn quotes_around_colon<'n>(name: &str, text: &str, people: impl Iterator<Item = &'n str>) -> bool {
    let quotes = |text: &str| text.chars().filter(|c| is_double_quote(*c)).count();
    if quotes(name).is_multiple_of(2) || quotes(text) == 0 {
        return false;
    }
    let first_word = name.split(' ').next().unwrap_or(name);
    is_you(first_word)
        || people.into_iter().any(|person| {
            let rest = name.strip_prefix(person);
            !person.is_empty() && rest.is_some_and(|rest| rest.starts_with(' '))
        })
}

/// Whether the line is about a participant whose name contains a colon, and not a message of that participant.
fn holds_long_name(name: &str, text: &str, long: &str) -> bool {
    let Some((before, after)) = long.split_once(": ") else {
        return false;
    };
    // At the start of the line, only a phrase of WhatsApp shows that the participant did not write it.
    if name == before
        && text
            .strip_prefix(after)
            .is_some_and(|rest| rest.starts_with(' '))
    {
        return notices::notice(&format!("{name}: {text}")).is_some();
    }
    name.strip_suffix(before)
        .is_some_and(|verb| verb.ends_with(' '))
        && text
            .strip_prefix(after)
            .is_some_and(|rest| rest.starts_with(' '))
}

/// Whether words cannot be a name: two of three lower-case letters or more in a sentence about a participant, three
/// in any other sentence. `Maria von der Au` has two and is a name.
fn is_sentence<'n>(name: &str, mut people: impl Iterator<Item = &'n str>) -> bool {
    let small = name
        .split_whitespace()
        .filter(|word| word.chars().count() > 2 && word.starts_with(char::is_lowercase))
        .count();
    small > 2 || (small == 2 && people.any(|person| person != name && name.contains(person)))
}

/// The participant who is named "You", in any language, which is how a few phones and the Web export write the owner
/// (observed). Not the one that the chat is named after, since `Ty` and `Du` are names too, and not if there would be
/// two owners.
pub(super) fn called_you(chat: Option<&str>, participants: &[Participant<'_>]) -> Option<u32> {
    let chat = chat.map(marks::name);
    let mut found = (0u32..).zip(participants).filter(|(_, p)| {
        p.messages > 0 && !p.unsaved && Some(&p.name) != chat.as_ref() && is_you(&p.name)
    });
    let (at, _) = found.next()?;
    found.next().is_none().then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colon_in_quotation_marks_after_participant_is_a_notice() {
        let people = ["Anna", "Ben K"];
        let is = |name: &str, text: &str| quotes_around_colon(name, text, people.into_iter());
        assert!(is("Anna fece \u{201c}Casa", "giardino\u{201d}"));
        assert!(is("Ben K a \u{ab} Casa", "giardino \u{bb}"));
        assert!(is("Du hast \u{201e}Haus", "Garten\u{201c}"));
        assert!(!is("Annabel \u{201c}Casa", "giardino\u{201d}"));
        assert!(!is("Anna", "she said \u{201c}no\u{201d}"));
        assert!(!is(
            "Anna \u{201c}Nanna\u{201d} K",
            "she said \u{201c}no\u{201d}"
        ));
    }

    #[test]
    fn sentence_is_not_a_name() {
        let is = |name: &str| is_sentence(name, ["Anna", "Ben K"].into_iter());
        assert!(is("Codice di sicurezza con Anna cambiato"));
        assert!(is("Questa chat adesso usa un servizio sicuro"));
        for name in [
            "Maria von der Au",
            "Anna Maria Example",
            "Anna",
            "Anna (new number)",
        ] {
            assert!(!is(name), "{name}");
        }
    }

    #[test]
    fn line_about_name_with_colon_is_not_from_that_sender() {
        assert!(holds_long_name(
            "Codice di ACME",
            "Support cambiato",
            "ACME: Support"
        ));
        assert!(!holds_long_name("ACME", "Support is here", "ACME: Support"));
        let moved = "Support changed their phone number. Tap to message";
        assert!(holds_long_name("ACME", moved, "ACME: Support"));
        assert!(!holds_long_name("Codice di ACME", "cambiato", "ACME"));
    }
}
