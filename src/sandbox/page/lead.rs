//! The page of a lead: its conversations, one after the other, each in sections of a day.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::super::refusal::Refusal;
use super::super::shared::Shared;
use super::super::store::{Lead, Message, Store};
use super::super::uploads::percent;
use super::bubble::{Bubble, Originals};
use super::frame::respond;
use super::index::{conversation, name};
use super::paging::{self, Pages};
use crate::quantity::{count, number};

/// The messages of a page.
const MESSAGES: usize = 5_000;
/// The most messages of one section: browsers lay out a section as a whole.
const SECTION: usize = 200;

#[derive(Template)]
#[template(path = "sandbox/lead.html")]
struct Page<'s> {
    title: String,
    name: &'s str,
    id: &'s str,
    grade: &'static str,
    verdict: String,
    pages: Option<Pages>,
    conversations: Vec<Conversation<'s>>,
}

struct Conversation<'s> {
    contact: &'s str,
    remote: &'s str,
    local: &'s str,
    sections: Vec<Section<'s>>,
}

struct Section<'s> {
    title: String,
    bubbles: Vec<Bubble<'s>>,
}

/// `GET /_sandbox/lead/{id}?page=`.
pub(in crate::sandbox) async fn lead(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let store = shared.store();
    match store.leads.get(&id) {
        Some(lead) => respond(&view(&store, lead, paging::requested(&query))),
        None => Refusal::missing("Lead", &id).into_response(),
    }
}

/// `GET /_sandbox/message/{id}`: leads to the message on the page that it is on.
pub(in crate::sandbox) async fn message(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    let location = {
        let store = shared.store();
        let lead_id = store.messages.get(&id).map(|message| &message.lead_id);
        lead_id.and_then(|lead_id| {
            let all = ordered(&store, lead_id);
            let index = all.iter().position(|message| message.id == id)?;
            let page = index / MESSAGES + 1;
            let url = format!("/_sandbox/lead/{}?page={page}#{id}", percent(lead_id));
            HeaderValue::from_str(&url).ok()
        })
    };
    match location {
        Some(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        None => Refusal::missing("WhatsAppMessage", &id).into_response(),
    }
}

/// The messages of a lead: conversations in the order of their first message, and each by time, then creation.
fn ordered<'s>(store: &'s Store, lead_id: &'s str) -> Vec<&'s Message> {
    let mut messages: Vec<&Message> = store.messages.of_lead(lead_id).collect();
    let mut first: HashMap<_, DateTime<Utc>> = HashMap::new();
    for message in &messages {
        let at = first
            .entry(conversation(message))
            .or_insert(message.activity_at);
        *at = message.activity_at.min(*at);
    }
    messages.sort_by_key(|message| {
        let key = conversation(message);
        (first.get(&key).copied(), key, message.activity_at)
    });
    messages
}

fn view<'s>(store: &'s Store, lead: &'s Lead, page: usize) -> Page<'s> {
    let all = ordered(store, &lead.id);
    let path = format!("/_sandbox/lead/{}", percent(&lead.id));
    let (range, pages) = paging::part(&path, "Messages", all.len(), MESSAGES, page);
    let shown = all.get(range).unwrap_or_default();
    let originals = Originals::of(store.messages.of_lead(&lead.id));
    let conversations = shown
        .chunk_by(|a, b| conversation(a) == conversation(b))
        .filter_map(|messages| {
            let first = messages.first()?;
            let contact = first.contact_id.as_deref();
            let contact = contact.and_then(|id| store.contacts.get(id));
            Some(Conversation {
                contact: contact
                    .and_then(|contact| contact.name.as_deref())
                    .unwrap_or("No contact"),
                remote: &first.remote.e164,
                local: &first.local.e164,
                sections: sections(store, messages, &originals),
            })
        })
        .collect();
    let arrived = count(all.len() as u64, "message");
    let surplus = originals.surplus();
    Page {
        title: format!("{}: WhatsApp messages in the sandbox", name(lead)),
        name: name(lead),
        id: &lead.id,
        grade: if surplus == 0 { "" } else { "bad" },
        verdict: match surplus {
            0 => format!("{arrived}; none is there twice."),
            1 => format!("{arrived}, of which 1 is too many."),
            surplus => format!("{arrived}, of which {} are too many.", number(surplus)),
        },
        pages,
        conversations,
    }
}

fn sections<'s>(
    store: &'s Store,
    messages: &[&'s Message],
    originals: &Originals<'s>,
) -> Vec<Section<'s>> {
    let day = |message: &Message| message.activity_at.date_naive();
    let mut sections = Vec::new();
    for of_day in messages.chunk_by(|a, b| day(a) == day(b)) {
        for (index, part) in of_day.chunks(SECTION).enumerate() {
            let day = part.first().map(|message| day(message)).unwrap_or_default();
            let bubbles = part.iter();
            sections.push(Section {
                title: title(day, index > 0),
                bubbles: bubbles
                    .map(|message| Bubble::of(store, message, originals))
                    .collect(),
            });
        }
    }
    sections
}

fn title(day: NaiveDate, is_continued: bool) -> String {
    let continued = if is_continued { ", continued" } else { "" };
    format!("{}, {}{continued}", day.weekday(), day.format("%Y-%m-%d"))
}
