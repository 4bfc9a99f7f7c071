//! The first page: leads with what they have, users, and whether anything is there twice.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use super::super::shared::Shared;
use super::super::store::{Lead, Message, Store};
use super::super::uploads::percent;
use super::frame::respond;
use super::paging::{self, Pages};
use crate::quantity::{count, number};

/// The leads of a page.
const LEADS: usize = 500;

#[derive(Template)]
#[template(path = "sandbox/index.html")]
struct Index {
    title: &'static str,
    grade: &'static str,
    verdict: String,
    base: String,
    leads: Vec<LeadRow>,
    pages: Option<Pages>,
    without_messages: Option<String>,
    users: Vec<UserRow>,
}

struct LeadRow {
    url: String,
    name: String,
    contacts: Vec<String>,
    conversations: String,
    messages: String,
    files: String,
    duplicates: String,
    has_duplicates: bool,
    dates: String,
}

struct UserRow {
    name: String,
    id: String,
    messages: String,
}

/// `GET /`.
pub(in crate::sandbox) async fn index(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let page = {
        let store = shared.store();
        view(&store, &shared.base, paging::requested(&query))
    };
    respond(&page)
}

fn view(store: &Store, base: &str, page: usize) -> Index {
    let has_messages = |lead: &&Lead| store.messages.indexes_of_lead(&lead.id).is_some();
    let leads: Vec<&Lead> = store.leads.iter().filter(has_messages).collect();
    let (range, pages) = paging::part("/", "Leads", leads.len(), LEADS, page);
    let empty = store.leads.len() - leads.len();
    let (grade, verdict) = verdict(store, leads.len());
    let shown = leads.get(range).unwrap_or_default();
    Index {
        title: "WhatsApp messages in the sandbox",
        grade,
        verdict,
        base: base.to_owned(),
        leads: shown.iter().map(|lead| row(store, lead)).collect(),
        pages,
        without_messages: (empty > 0)
            .then(|| format!("Without a message: {}.", count(empty as u64, "lead"))),
        users: users(store),
    }
}

fn verdict(store: &Store, leads: usize) -> (&'static str, String) {
    let arrived = format!(
        "{} on {}",
        count(store.messages.len() as u64, "message"),
        count(leads as u64, "lead")
    );
    match store.messages.duplicates() {
        0 => ("", format!("{arrived}; none is there twice.")),
        surplus => (
            "bad",
            format!(
                "{arrived}, of which {} too many.",
                match surplus {
                    1 => "1 is".to_owned(),
                    surplus => format!("{} are", number(surplus as u64)),
                }
            ),
        ),
    }
}

fn row(store: &Store, lead: &Lead) -> LeadRow {
    let (mut messages, mut files) = (0, 0);
    let (mut ids, mut conversations) = (HashSet::new(), HashSet::new());
    let mut ends = None;
    for message in store.messages.of_lead(&lead.id) {
        messages += 1;
        files += message.attachments.len() as u64;
        ids.insert(message.external_id.as_str());
        conversations.insert(conversation(message));
        let at = message.activity_at;
        let (first, last) = ends.unwrap_or((at, at));
        ends = Some((at.min(first), at.max(last)));
    }
    let duplicates = messages - ids.len() as u64;
    let contacts = store.contacts_of(&lead.id).map(|contact| {
        let numbers = contact.phones.iter().map(|(phone, _)| phone.e164.as_str());
        let parts: Vec<&str> = contact.name.as_deref().into_iter().chain(numbers).collect();
        parts.join(", ")
    });
    LeadRow {
        url: format!("/_sandbox/lead/{}", percent(&lead.id)),
        name: name(lead).to_owned(),
        contacts: contacts.collect(),
        conversations: number(conversations.len() as u64),
        messages: number(messages),
        files: number(files),
        duplicates: number(duplicates),
        has_duplicates: duplicates > 0,
        dates: ends.map_or_else(String::new, |(first, last)| {
            format!(
                "{} to {}",
                first.format("%Y-%m-%d"),
                last.format("%Y-%m-%d")
            )
        }),
    }
}

/// The name of a lead; its id where it has none.
pub(super) fn name(lead: &Lead) -> &str {
    match lead.name.as_str() {
        "" => &lead.id,
        name => name,
    }
}

/// What distinguishes a conversation on a lead: the user's number, the contact's, and the contact.
pub(super) fn conversation(message: &Message) -> (&str, &str, Option<&str>) {
    let Message { local, remote, .. } = message;
    (&local.e164, &remote.e164, message.contact_id.as_deref())
}

fn users(store: &Store) -> Vec<UserRow> {
    let mut owned: HashMap<&str, u64> = HashMap::new();
    for message in store.messages.iter() {
        let user = message.user_id.as_deref().unwrap_or_default();
        *owned.entry(user).or_default() += 1;
    }
    let row = |name: String, id: &str| UserRow {
        name,
        messages: number(owned.get(id).copied().unwrap_or_default()),
        id: id.to_owned(),
    };
    let known = store.users.iter().map(|user| row(user.name(), &user.id));
    let without = owned
        .contains_key("")
        .then(|| row("No user".to_owned(), ""));
    known.chain(without).collect()
}
