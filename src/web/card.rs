//! The chat of the queue that a person looks at: what is known of it, and what can be chosen.

use super::people::{Shown, dates, state_word};
use super::reading::Reading;
use super::site::Site;
use super::text::{address, clean, counted, device, minute};
use super::words::of_pages;
use crate::app::{CandidateContact, ChatState, Excerpt, ListedChat};
use crate::phone::Phone;
use crate::quantity;

/// The number of candidates that have a key.
const KEYS: usize = 9;

/// The chat.
pub(super) struct Card {
    pub(super) id: String,
    /// The digest of contacts.csv.
    pub(super) seen: String,
    pub(super) name: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) is_group: bool,
    pub(super) is_decided: bool,
    /// Why it is not ready.
    pub(super) why: Option<String>,
    /// The number, to be corrected or filled in.
    pub(super) phone: String,
    pub(super) candidates: Vec<CandidateView>,
    /// The other chats of its number, each with its state.
    pub(super) same_number: Vec<String>,
    /// The number of them that a decision may include: those that are undecided.
    pub(super) with_others: Option<String>,
    /// First and last messages; none unless they are requested.
    pub(super) lines: Vec<LineView>,
    pub(super) lines_address: Option<String>,
    pub(super) timeline: String,
}

/// A contact that can be chosen.
pub(super) struct CandidateView {
    /// The value of its button.
    pub(super) value: String,
    pub(super) key: Option<usize>,
    pub(super) name: String,
    pub(super) why: String,
    pub(super) details: String,
    pub(super) url: String,
    pub(super) is_number: bool,
}

/// A message.
pub(super) struct LineView {
    pub(super) at: String,
    pub(super) sender: String,
    pub(super) text: String,
    /// Messages are left out before it.
    pub(super) is_after_gap: bool,
}

impl Card {
    pub(super) fn of(
        site: &Site,
        reading: &Reading,
        (chat, id): (&ListedChat, &str),
        wanted: &Shown,
        candidates: Vec<CandidateView>,
    ) -> Card {
        let with_device = reading.settings.devices.len() > 1;
        let others = undecided_of_number(reading, chat).count() as u64;
        let phone = chat.phone.as_ref().map_or("", Phone::e164).to_owned();
        let has_lines = !wanted.lines.is_empty();
        Card {
            id: id.to_owned(),
            seen: site.seen(&reading.contacts),
            name: clean(&chat.name),
            facts: facts(chat, with_device),
            is_group: chat.participant.is_none(),
            is_decided: !matches!(chat.state, ChatState::ToDecide(_) | ChatState::Held(_)),
            why: why(&chat.state),
            phone,
            candidates,
            same_number: same_number(reading, chat)
                .map(|other| described(other, with_device))
                .collect(),
            with_others: (others > 0).then(|| {
                let others = counted(others, "other undecided chat");
                format!("Also the {others} of this number (not if you correct the number)")
            }),
            lines: if has_lines { lines(chat) } else { Vec::new() },
            lines_address: (!has_lines).then(|| format!("{}&lines=1", wanted.with_chat(id))),
            timeline: address("/chat", &[("chat", id)]),
        }
    }
}

/// A chat with its state.
fn described(chat: &ListedChat, with_device: bool) -> String {
    let of = match with_device {
        true => format!(" ({})", device(&chat.device)),
        false => String::new(),
    };
    let state = match (&chat.state, chat.has_decision) {
        (ChatState::ToDecide(_), true) => "decided",
        (state, _) => state_word(state),
    };
    format!("{}{of}, {state}", clean(&chat.name))
}

/// The other chats of the number of this one that have no decision.
pub(super) fn undecided_of_number<'r>(
    reading: &'r Reading,
    chat: &'r ListedChat,
) -> impl Iterator<Item = &'r ListedChat> {
    let is_open =
        |other: &&ListedChat| matches!(other.state, ChatState::ToDecide(_)) && !other.has_decision;
    same_number(reading, chat).filter(is_open)
}

/// The other chats of the number of this one.
fn same_number<'r>(
    reading: &'r Reading,
    chat: &'r ListedChat,
) -> impl Iterator<Item = &'r ListedChat> {
    let is_same = |other: &&ListedChat| {
        let is_other = (&other.device, &other.name) != (&chat.device, &chat.name);
        let numbers = other.phone.as_ref().zip(chat.phone.as_ref());
        let is_person = other.participant.is_some() && chat.participant.is_some();
        is_other && is_person && numbers.is_some_and(|(other, own)| other.is_same_as(own))
    };
    reading.list.chats.iter().filter(is_same)
}

fn facts(chat: &ListedChat, with_device: bool) -> Vec<(&'static str, String)> {
    let senders: Vec<String> = (chat.senders.iter().take(6))
        .map(|(name, messages)| format!("{} ({})", clean(name), quantity::number(*messages)))
        .collect();
    let more = match chat.senders.len().saturating_sub(6) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut facts = Vec::new();
    if with_device {
        facts.push(("Phone", device(&chat.device)));
    }
    facts.push((
        "Messages",
        format!("{}, {}", counted(chat.messages, "message"), dates(chat)),
    ));
    if !senders.is_empty() {
        facts.push(("Written by", format!("{}{more}", senders.join(", "))));
    }
    if let Some(phone) = &chat.phone {
        facts.push(("Number", phone.e164().to_owned()));
    }
    if let ChatState::Ready(lead, contact) = &chat.state {
        facts.push(("In Close", format!("lead {lead}, contact {contact}")));
    }
    facts
}

fn why(state: &ChatState) -> Option<String> {
    match state {
        ChatState::ToDecide(why) | ChatState::Held(why) => Some(of_pages(&clean(why))),
        ChatState::LeftOut(rule) => Some(format!("left out: {}", rule.describe())),
        ChatState::No => Some("not imported".to_owned()),
        ChatState::Create => Some(
            "its lead and contact are created in Close by the button \"Create the leads\" on this page"
                .to_owned(),
        ),
        ChatState::Ready(..) => None,
    }
}

fn lines(chat: &ListedChat) -> Vec<LineView> {
    let shown = chat.beginning.len() + chat.end.len();
    let has_gap = (shown as u64) < chat.messages;
    let view = |(index, one): (usize, &Excerpt)| LineView {
        at: minute(one.at),
        sender: one.sender.as_deref().map_or_else(String::new, clean),
        text: clean(&one.text),
        is_after_gap: has_gap && index == chat.beginning.len(),
    };
    chat.beginning
        .iter()
        .chain(&chat.end)
        .enumerate()
        .map(view)
        .collect()
}

/// What can be chosen for a chat: contacts that `match` found, and those of other chats with its number.
pub(super) fn candidates(
    reading: &Reading,
    chat: &ListedChat,
    found: &[CandidateContact],
) -> Vec<CandidateView> {
    let mut views: Vec<CandidateView> = Vec::new();
    for other in same_number(reading, chat) {
        let ChatState::Ready(lead, contact) = &other.state else {
            continue;
        };
        let value = format!("contact {lead} {contact}");
        if views.iter().all(|view| view.value != value) {
            views.push(CandidateView {
                value,
                key: None,
                name: clean(&other.name),
                why: format!(
                    "the same number: chosen for this contact on the phone {}",
                    device(&other.device)
                ),
                details: format!("lead {lead}"),
                url: lead_url(lead.as_str()),
                is_number: false,
            });
        }
    }
    let own = found
        .iter()
        .filter(|one| one.is_of(&chat.device, &chat.name));
    for one in own {
        let ids = one.ids.as_ref();
        let value = ids.map(|(lead, contact)| format!("contact {lead} {contact}"));
        // The contact of another chat of the number is one candidate, also where the look-up found it.
        let is_shown = |value: &String| views.iter().any(|view| view.value.starts_with(value));
        if !value.as_ref().is_some_and(is_shown) {
            views.push(view(chat, one));
        }
    }
    for (index, view) in views.iter_mut().enumerate() {
        view.key = (index < KEYS).then_some(index + 1);
    }
    views
}

fn lead_url(lead: &str) -> String {
    format!("https://app.close.com/lead/{lead}/")
}

fn view(chat: &ListedChat, one: &CandidateContact) -> CandidateView {
    let numbers: Vec<&str> = one.phones.iter().map(Phone::e164).collect();
    let only = match (&chat.phone, one.phones.as_slice()) {
        (None, [only]) => format!(" {}", only.e164()),
        _ => String::new(),
    };
    let value = match &one.ids {
        Some((lead, contact)) => format!("contact {lead} {contact}{only}"),
        None => format!("number {}", numbers.first().copied().unwrap_or_default()),
    };
    let lead = match one.lead.as_str() {
        "" => one
            .ids
            .as_ref()
            .map(|(lead, _)| lead.to_string())
            .unwrap_or_default(),
        lead => clean(lead),
    };
    let active = match one.last_activity.as_str() {
        "" => None,
        day => Some(format!("last activity {}", clean(day))),
    };
    let details = [
        (!lead.is_empty()).then(|| format!("lead {lead}")),
        (!numbers.is_empty()).then(|| numbers.join(", ")),
        active,
    ];
    let details: Vec<String> = details.into_iter().flatten().collect();
    CandidateView {
        value,
        key: None,
        name: match (one.name.as_str(), &one.ids) {
            ("", None) => "This number".to_owned(),
            ("", Some(_)) => "Contact without a name".to_owned(),
            (name, _) => clean(name),
        },
        why: reason(chat, one),
        details: details.join("; "),
        url: match one.url.starts_with("https://app.close.com/lead/") {
            true => one.url.clone(),
            false => String::new(),
        },
        is_number: one.ids.is_none(),
    }
}

/// Why a contact is a candidate, in words.
fn reason(chat: &ListedChat, one: &CandidateContact) -> String {
    let equals = |phone: &Phone| chat.phone.as_ref() == Some(phone);
    let is_twin = |phone: &Phone| chat.phone.as_ref().is_some_and(|own| own.is_same_as(phone));
    match one.why.as_str() {
        _ if one.phones.iter().any(equals) => "the same number".to_owned(),
        _ if one.phones.iter().any(is_twin) => {
            "the same number, with or without the mobile digit".to_owned()
        }
        "the number" => "the same number".to_owned(),
        "the name alone" if chat.phone.is_none() => {
            "the same name; the number of the chat is not known".to_owned()
        }
        "the name alone" => "the same name; no contact in Close has the number".to_owned(),
        "the address book" => "a number of this name in the address book".to_owned(),
        other => clean(other),
    }
}
