//! Inspection of a sandbox: the [`State`] handle for tests, and its contents as JSON at `GET /_sandbox/…`.
//!
//! None of it is part of Close's API. Only [`State::deactivate_user`] changes anything.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract;

use serde_json::{Value, json};

use super::files::Upload;
use super::lists::{Caps, Page};
use super::params::Params;
use super::refusal::Refusal;
use super::seed::{Seed, SeedContact, SeedLead};
use super::server::Shared;
use super::store::{Contact, Lead, Message, STATUSES, Store};
pub use super::stored::{
    RequestLine, StoredAttachment, StoredContact, StoredFile, StoredLead, StoredMessage,
};

/// A handle on the contents of a sandbox. Every call reads the present state.
#[derive(Clone)]
pub struct State {
    shared: Arc<Shared>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl Seed {
    /// The leads, contacts and messages of a sandbox, so that another one can start with the same
    /// ones. Without users, which [`State`] does not list.
    pub fn from_state(state: &State) -> Seed {
        let mut seed = Seed {
            messages: state.messages(),
            ..Seed::default()
        };
        for lead in state.leads() {
            for contact in lead.contacts {
                // `+353861234567 mobile`: the type comes after the number.
                let number = |phone: String| match phone.split_once(' ') {
                    Some((number, _)) => number.to_owned(),
                    None => phone,
                };
                seed.contacts.push(SeedContact {
                    id: contact.id,
                    lead_id: lead.id.clone(),
                    name: contact.name,
                    phones: contact.phones.into_iter().map(number).collect(),
                });
            }
            seed.leads.push(SeedLead {
                id: lead.id,
                name: lead.name,
            });
        }
        seed
    }
}

impl State {
    pub(super) fn new(shared: Arc<Shared>) -> State {
        State { shared }
    }

    /// Blocks until every client has closed its connections and what it had sent is carried out. False if
    /// that takes longer than `limit`.
    pub fn wait_until_idle(&self, limit: Duration) -> bool {
        self.shared.work.wait_until_idle(limit)
    }

    /// All messages, in order of creation.
    pub fn messages(&self) -> Vec<StoredMessage> {
        let store = self.shared.store();
        store
            .messages
            .iter()
            .map(|message| stored(&store, message))
            .collect()
    }

    /// All leads, in order of creation.
    pub fn leads(&self) -> Vec<StoredLead> {
        let store = self.shared.store();
        let contact = |contact: &Contact| StoredContact {
            id: contact.id.clone(),
            name: contact.name.clone().unwrap_or_default(),
            phones: (contact.phones.iter())
                .map(|(phone, kind)| format!("{} {kind}", phone.e164))
                .collect(),
        };
        let lead = |lead: &Lead| StoredLead {
            id: lead.id.clone(),
            name: lead.name.clone(),
            status: STATUSES
                .get(lead.status)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            contacts: store.contacts_of(&lead.id).map(contact).collect(),
        };
        store.leads.iter().map(lead).collect()
    }

    /// Makes a user inactive: no longer listed, still found by id, and not accepted as the owner
    /// of a message (assumption A16).
    pub fn deactivate_user(&self, id: &str) {
        self.shared.store().inactive.insert(id.to_owned());
    }

    /// The number of messages that the sandbox has.
    pub fn message_count(&self) -> usize {
        self.shared.store().messages.len()
    }

    /// The number of surplus messages: for each (external id, lead), all but one.
    pub fn duplicates(&self) -> usize {
        self.shared.store().messages.duplicates()
    }

    /// All observed requests, in order of completion; none with [`super::Options::discard`].
    pub fn requests(&self) -> Vec<RequestLine> {
        self.shared.store().requests.lines().to_vec()
    }

    /// The number of observed requests.
    pub fn request_count(&self) -> u64 {
        self.shared.store().requests.total()
    }

    /// Total size of the kept uploads, in bytes.
    #[cfg(test)]
    pub(super) fn files_kept(&self) -> u64 {
        self.shared.store().files.kept()
    }

    /// All upload tickets in order of issue, each with what was uploaded for it.
    pub fn files(&self) -> Vec<StoredFile> {
        let store = self.shared.store();
        let describe = |upload: &Upload| (upload.size, upload.hash.to_hex().to_string());
        let files = store.files.iter().map(|file| {
            let (size, blake3) = file.upload.as_ref().map(describe).unzip();
            StoredFile {
                url: file.url.clone(),
                size,
                blake3,
            }
        });
        files.collect()
    }
}

fn stored(store: &Store, message: &Message) -> StoredMessage {
    let attachments = message.attachments.iter().map(|attached| {
        let upload = store
            .files
            .get(attached.file)
            .and_then(|file| file.upload.as_ref());
        StoredAttachment {
            filename: attached.filename.clone(),
            content_type: attached.content_type.clone(),
            size: upload.map_or(0, |upload| upload.size),
            blake3: upload
                .map(|upload| upload.hash.to_hex().to_string())
                .unwrap_or_default(),
            url: attached.url.clone(),
        }
    });
    StoredMessage {
        id: message.id.clone(),
        external_id: message.external_id.clone(),
        lead_id: message.lead_id.clone(),
        contact_id: message.contact_id.clone(),
        user_id: message.user_id.clone(),
        direction: message.direction.word().to_owned(),
        activity_at: message.activity_at,
        local_phone: message.local.e164.clone(),
        remote_phone: message.remote.e164.clone(),
        markdown: message.markdown.clone(),
        attachments: attachments.collect(),
        integration_link: message.integration_link.clone(),
        response_to_id: message.response_to_id.clone(),
        inbox: message.inbox,
        date_created: message.made.created,
    }
}

/// `GET /_sandbox/state`: counts of all objects.
pub(super) async fn counts(extract::State(shared): extract::State<Arc<Shared>>) -> Json<Value> {
    let store = shared.store();
    let uploaded = store
        .files
        .iter()
        .filter(|file| file.upload.is_some())
        .count();
    Json(json!({
        "messages": store.messages.len(),
        "leads": store.leads.len(),
        "contacts": store.contacts.len(),
        "users": store.users.len(),
        "files": { "tickets": store.files.iter().count(), "uploaded": uploaded },
        "inbox_notifications": store.messages.iter().filter(|message| message.inbox).count(),
        "events": store.events.len(),
        "duplicates": store.messages.duplicates(),
        "requests": store.requests.counts(),
    }))
}

/// `GET /_sandbox/messages?lead_id=&_skip=&_limit=`: the messages as [`StoredMessage`], in order
/// of creation.
pub(super) async fn messages(
    extract::State(shared): extract::State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let caps = Caps {
        default_limit: 100,
        max_limit: 100_000,
        max_skip: usize::MAX,
    };
    let page = Page::read(&params, caps)?;
    let store = shared.store();
    let lead = params.get("lead_id").filter(|id| !id.is_empty());
    let rows: Box<dyn Iterator<Item = &Message>> = match lead {
        Some(lead) => Box::new(store.messages.of_lead(lead)),
        None => Box::new(store.messages.iter()),
    };
    let total = match lead {
        Some(lead) => store.messages.of_lead(lead).count(),
        None => store.messages.len(),
    };
    let (rows, has_more) = page.cut(rows);
    let data: Vec<StoredMessage> = rows
        .into_iter()
        .map(|message| stored(&store, message))
        .collect();
    Ok(Json(
        json!({ "data": data, "has_more": has_more, "total": total }),
    ))
}
