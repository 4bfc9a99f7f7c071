//! The queue of chats that a person maps: who, when, which contact of Close.
//!
//! The only page that shows a chat before it is known whether it is private; a chat that was made private is on no page any
//! more.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::card::{Card, candidates};
use super::failure::failed;
use super::form::Query;
use super::frame::{Frame, shown};
use super::reading::{self, Read, Reading};
use super::site::Site;
use super::text::{address, clean, counted, days, device};
use super::work::apart;
use crate::app::{self, CandidateContact, ChatState, FoundContacts, ListedChat};
use crate::quantity;

/// The number of chats of a page.
const PAGE: usize = 100;

/// The filter of a link, for all chats that a plan holds: to decide, to create, held.
const WAITING: &str = "waiting";

/// The filters, with the states that they let pass.
const FILTERS: [(&str, &str); 8] = [
    ("undecided", "To decide"),
    ("ready", "Ready"),
    ("create", "To create in Close"),
    ("no", "Not imported"),
    ("left_out", "Left out by a rule"),
    ("held", "Held"),
    (WAITING, "Waiting for you"),
    ("all", "All"),
];

/// What the address of the page selects.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    pub(super) state: String,
    pub(super) q: String,
    pub(super) page: String,
    pub(super) chat: String,
    /// Not empty: with the first and last messages.
    pub(super) lines: String,
    /// A contact that is looked for in Close.
    pub(super) find: String,
}

impl Shown {
    fn filter(&self) -> &str {
        let known = FILTERS.iter().find(|(word, _)| *word == self.state);
        known.map_or("undecided", |(word, _)| word)
    }

    /// Whether the list is the queue of undecided chats, or of all chats.
    pub(super) fn is_of_undecided(&self) -> bool {
        matches!(self.filter(), "undecided" | WAITING | "all")
    }

    /// The address with another chat, and without what belongs to the chat alone.
    pub(super) fn with_chat(&self, chat: &str) -> String {
        address(
            "/people",
            &[
                ("state", self.filter()),
                ("q", &self.q),
                ("page", &self.page),
                ("chat", chat),
            ],
        )
    }
}

#[derive(Template)]
#[template(path = "review/people.html")]
struct Page {
    frame: Frame,
    filters: Vec<Filter>,
    shown: Shown,
    filter: String,
    number: String,
    rows: Vec<Row>,
    pages: Vec<Filter>,
    card: Option<Card>,
    last: Option<(u64, String)>,
    private: Option<String>,
    has_key: bool,
    /// No chat is left to decide or to create.
    is_done: bool,
    /// No chat is left to decide, but some are to be created.
    is_decided: bool,
    /// The chats that are marked to be created, counted.
    to_create: Option<String>,
    /// The chats without a row of contacts.csv, counted.
    without_row: Option<String>,
    /// How many contacts fit beyond those that are shown.
    found_more: Option<String>,
}

/// A link with its number.
struct Filter {
    name: String,
    address: String,
    is_current: bool,
}

/// A chat of the list.
struct Row {
    name: String,
    device: String,
    dates: String,
    messages: String,
    state: &'static str,
    address: String,
    is_current: bool,
}

/// The page.
pub(super) async fn page(State(site): State<Arc<Site>>, Query(wanted): Query<Shown>) -> Response {
    let reading = match reading::read_with_decisions(&site).await {
        Read::Now(reading) | Read::Before(reading) => reading,
        Read::Pending => return super::waiting::page(&site, "People"),
        Read::Failed(error) => return failed(&site, &error),
    };
    let table = reading.contacts.path.clone();
    let mut found = FoundContacts {
        shown: app::candidates_of(&table),
        more: 0,
    };
    let chats = selected(&site, &reading, &wanted);
    let current = current(&site, &reading, &chats, &wanted);
    if let (Some(auth), Some(chat), false) = (site.auth(), current, wanted.find.trim().is_empty()) {
        let (settings, text) = (Arc::clone(&reading.settings), wanted.find.trim().to_owned());
        let (clock, place) = (site.clock.clone(), site.place.clone());
        let of = (chat.device.clone(), chat.name.clone());
        let looked = apart(move || async move {
            let (_, contacts) = app::settings_and_contacts(&place.file, &place.overrides)?;
            let client = app::client_for_checks(&settings, auth, &clock)?;
            app::find_contacts(&client, &contacts, (&of.0, &of.1), &text).await
        });
        match looked.await {
            Ok(looked) => found = looked,
            Err(error) => return failed(&site, &error),
        }
    }
    let mut page = view(&site, &reading, &wanted, (&chats, current, &found.shown));
    page.found_more = (found.more > 0).then(|| {
        format!(
            "Not shown: {} in Close. Add a further name, or look for the number or the address of the lead.",
            counted(found.more, "more contact")
        )
    });
    shown(&page)
}

/// The chats that the filter lets pass, those that were put off last.
pub(super) fn selected<'r>(
    site: &Site,
    reading: &'r Reading,
    wanted: &Shown,
) -> Vec<&'r ListedChat> {
    let words = wanted.q.trim().to_lowercase();
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    let is_found = |chat: &&ListedChat| {
        let has_number = || {
            digits.len() > 3
                && chat
                    .phone
                    .as_ref()
                    .is_some_and(|phone| phone.e164().contains(&digits))
        };
        words.is_empty() || chat.name.to_lowercase().contains(&words) || has_number()
    };
    let mut chats: Vec<&ListedChat> = (reading.list.chats.iter())
        .filter(|chat| passes(wanted.filter(), &chat.state))
        .filter(is_found)
        .collect();
    if !site.later.is_empty() {
        chats.sort_by_cached_key(|chat| site.later.has(&site.id_of(chat)));
    }
    chats
}

fn passes(filter: &str, state: &ChatState) -> bool {
    let is_waiting = matches!(
        state,
        ChatState::ToDecide(_) | ChatState::Create | ChatState::Held(_)
    );
    filter == "all" || filter == word(state) || (filter == WAITING && is_waiting)
}

fn word(state: &ChatState) -> &'static str {
    match state {
        ChatState::ToDecide(_) => "undecided",
        ChatState::Ready(..) => "ready",
        ChatState::Create => "create",
        ChatState::No => "no",
        ChatState::LeftOut(_) => "left_out",
        ChatState::Held(_) => "held",
    }
}

/// The chat that is looked at: the one of the address, whether it is in the list or not; without one, the first of the page.
/// Another chat in place of the one of the address could be mistaken for it.
fn current<'r>(
    site: &Site,
    reading: &'r Reading,
    chats: &[&'r ListedChat],
    wanted: &Shown,
) -> Option<&'r ListedChat> {
    if !wanted.chat.is_empty() {
        let mut all = reading.list.chats.iter();
        return all.find(|chat| site.id_of(chat) == wanted.chat);
    }
    let first = chats.get(from(wanted, chats.len())).or(chats.first());
    first.copied()
}

/// The index of the first chat of the page.
fn from(wanted: &Shown, chats: usize) -> usize {
    let page = wanted.page.parse::<usize>().unwrap_or(1).max(1);
    let last = chats.div_ceil(PAGE).max(1);
    (page.min(last) - 1) * PAGE
}

fn view(
    site: &Site,
    reading: &Reading,
    wanted: &Shown,
    (chats, current, found): (&[&ListedChat], Option<&ListedChat>, &[CandidateContact]),
) -> Page {
    let from = from(wanted, chats.len());
    let with_device = reading.settings.devices.len() > 1;
    let id = current.map(|chat| site.id_of(chat)).unwrap_or_default();
    let rows = chats.iter().skip(from).take(PAGE).map(|chat| {
        let own = site.id_of(chat);
        Row {
            name: clean(&chat.name),
            device: if with_device {
                device(&chat.device)
            } else {
                String::new()
            },
            dates: dates(chat),
            messages: counted(chat.messages, "message"),
            state: state_word(&chat.state),
            address: wanted.with_chat(&own),
            is_current: own == id,
        }
    });
    let pages = (1..=chats.len().div_ceil(PAGE)).map(|page| Filter {
        name: page.to_string(),
        address: address(
            "/people",
            &[
                ("state", wanted.filter()),
                ("q", &wanted.q),
                ("page", &page.to_string()),
            ],
        ),
        is_current: (page - 1) * PAGE == from,
    });
    let pages: Vec<Filter> = pages.collect();
    let is_decided = number(reading, "undecided") == 0
        && wanted.filter() == "undecided"
        && wanted.q.trim().is_empty();
    Page {
        frame: Frame::of(site, "People"),
        filters: filters(reading, wanted),
        filter: wanted.filter().to_owned(),
        number: counted(chats.len() as u64, "chat"),
        rows: rows.collect(),
        pages: if pages.len() > 1 { pages } else { Vec::new() },
        card: current.map(|chat| {
            let found = candidates(reading, chat, found);
            Card::of(site, reading, (chat, &id), wanted, found)
        }),
        last: site.last_decision(&reading.list.chats),
        private: (reading.list.private > 0).then(|| {
            format!(
                "{} left out as private and named on no page. To see one again, change its row in contacts.csv.",
                counted(reading.list.private, "chat")
            )
        }),
        has_key: site.auth().is_some(),
        is_done: is_decided && number(reading, "create") == 0,
        is_decided,
        to_create: Some(number(reading, "create"))
            .filter(|chats| *chats > 0)
            .map(|chats| counted(chats, "chat")),
        without_row: without_row(reading),
        found_more: None,
        shown: wanted.clone(),
    }
}

/// The chats that a look-up leaves out since no row of contacts.csv names them, counted.
pub(super) fn without_row(reading: &Reading) -> Option<String> {
    let is_open = |chat: &&ListedChat| {
        !chat.has_row && !matches!(chat.state, ChatState::No | ChatState::LeftOut(_))
    };
    let chats = reading.list.chats.iter().filter(is_open).count() as u64;
    (chats > 0).then(|| counted(chats, "chat"))
}

/// The number of chats that a filter lets pass.
pub(super) fn number(reading: &Reading, filter: &str) -> u64 {
    let chats = reading.list.chats.iter();
    chats.filter(|chat| passes(filter, &chat.state)).count() as u64
}

fn filters(reading: &Reading, wanted: &Shown) -> Vec<Filter> {
    let all = FILTERS
        .iter()
        .map(|(word, name)| (number(reading, word), word, name));
    all.filter(|(number, word, _)| {
        let is_wanted = **word == wanted.filter() || **word == "undecided";
        is_wanted || (*number > 0 && **word != WAITING)
    })
    .map(|(number, word, name)| Filter {
        name: format!("{name} ({})", quantity::number(number)),
        address: address("/people", &[("state", word), ("q", &wanted.q)]),
        is_current: *word == wanted.filter(),
    })
    .collect()
}

/// The state of a chat in the list.
pub(super) fn state_word(state: &ChatState) -> &'static str {
    match state {
        ChatState::ToDecide(_) => "to decide",
        ChatState::Ready(..) => "ready",
        ChatState::Create => "to create in Close",
        ChatState::No => "not imported",
        ChatState::LeftOut(_) => "left out",
        ChatState::Held(_) => "held",
    }
}

/// First and last day of a chat.
pub(super) fn dates(chat: &ListedChat) -> String {
    match (chat.first, chat.last) {
        (Some(first), Some(last)) => days(first, last),
        _ => "no message".to_owned(),
    }
}
