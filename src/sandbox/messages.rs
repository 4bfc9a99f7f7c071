//! `/activity/whatsapp_message/`: create, get, update, delete.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::attachments::{self, Wanted};
use super::auth::Caller;
use super::events::{Action, Kind};
use super::lists::Fields;
use super::options::{Options, Scope};
use super::params::{Body, Params};
use super::phones::{self, Phone};
use super::refusal::Refusal;
use super::schema::{NO_OBJECT, REQUIRED, Reader, STRING, Sent, url_error};
use super::server::Shared;
use super::store::{Direction, Message, Store};
use super::{dates, markdown};

/// The fields that an update accepts.
const UPDATABLE: [&str; 10] = [
    "activity_at",
    "attachments",
    "contact_id",
    "direction",
    "integration_link",
    "local_phone",
    "message_markdown",
    "remote_phone",
    "response_to_id",
    "user_id",
];
/// The fields that only a create accepts.
const FIXED: [&str; 2] = ["external_whatsapp_message_id", "lead_id"];

/// `POST`: responds 200 with the message.
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    params: Params,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let inbox = params.flag("send_to_inbox")?;
    let options = &shared.options;
    let mut store = shared.store();
    let mut reader = Reader::new(&body);
    if !options.extra_keys_allowed {
        reader.only(&[&UPDATABLE[..], &FIXED[..]].concat());
    }
    for name in ["activity_at", "direction", "message_markdown"] {
        if reader.raw(name).is_none() {
            reader.errors.add(name, REQUIRED);
        }
    }
    let external_id = reader.required("external_whatsapp_message_id");
    let lead_id = reader.required("lead_id");
    for name in ["contact_id", "local_phone", "remote_phone"] {
        reader.required(name);
    }
    if lead_id.is_some_and(|id| !store.leads.contains(id)) {
        // Assumptions A6 and A50: also for the source of a merge.
        reader.errors.add("lead_id", NO_OBJECT);
    }
    let change = Change::read(&mut reader, &store, options, lead_id, None);
    let attached = matches!(&change.attachments, Sent::Value(files) if !files.is_empty());
    if change.markdown.as_deref() == Some("") && !attached && !options.empty_markdown_allowed {
        // See assumption A11.
        reader.errors.add(
            "message_markdown",
            "String should have at least 1 character",
        );
    }
    if let (Some(external_id), Some(lead_id)) = (external_id, lead_id) {
        // Assumed: unique only if the option is set.
        let mut same = store.messages.of_external(external_id);
        let taken = match options.strict_unique {
            None => false,
            Some(Scope::Organization) => same.next().is_some(),
            Some(Scope::Lead) => same.any(|message| message.lead_id == lead_id),
        };
        if taken {
            reader.errors.add(
                "external_whatsapp_message_id",
                "A message with this ID exists already.",
            );
        }
    }
    reader.finish()?;
    let (Some(external_id), Some(lead_id)) = (external_id, lead_id) else {
        return Err(incomplete());
    };
    let (Some(activity_at), Some(direction), Some(markdown)) =
        (change.activity_at, change.direction, change.markdown)
    else {
        return Err(incomplete());
    };
    let (Some(local), Some(remote)) = (change.local, change.remote) else {
        return Err(incomplete());
    };
    let id = store.ids.long("acti");
    let attachments = match change.attachments {
        Sent::Value(wanted) => attachments::persist(&mut store, &id, wanted),
        Sent::Absent | Sent::Null => Vec::new(),
    };
    let user_id = match change.user_id {
        // An absent id is the key's user (documented by example), null stays null (assumption A15).
        Sent::Absent => Some(store.me.clone()),
        Sent::Null => None,
        Sent::Value(id) => Some(id),
    };
    let mut message = Message {
        id: id.clone(),
        lead_id: lead_id.to_owned(),
        contact_id: change.contact_id,
        user_id,
        direction,
        activity_at,
        external_id: external_id.to_owned(),
        local,
        remote,
        markdown,
        attachments,
        integration_link: change.integration_link.into_option(),
        integration_name: caller.integration_name(),
        response_to_id: change.response_to_id.into_option(),
        // Assumed: an outgoing message makes no notification.
        inbox: inbox && direction == Direction::Incoming,
        made: store.made(),
    };
    let answer = render(&store, &message);
    store.log(Kind::Message, Action::Created, &id, lead_id);
    if options.discard {
        message.discard();
    }
    store.messages.insert(message);
    Ok(Json(answer))
}

/// Unreachable: all fields were validated before. An error in place of a panic.
fn incomplete() -> Refusal {
    Refusal::protocol("The message is incomplete.")
}

/// `GET …/{id}/`. Assumed: the id of an activity of another type is a 404.
pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let store = shared.store();
    let message = store
        .messages
        .get(&id)
        .ok_or_else(|| Refusal::missing("WhatsAppMessage", &id))?;
    Ok(Json(Fields::read(&params).pick(render(&store, message))))
}

/// `PUT …/{id}/`: a partial update.
pub(super) async fn update(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let options = &shared.options;
    let mut store = shared.store();
    let mut message = store
        .messages
        .get(&id)
        .cloned()
        .ok_or_else(|| Refusal::missing("WhatsAppMessage", &id))?;
    let mut reader = Reader::new(&body);
    if options.extra_keys_allowed {
        for name in FIXED.into_iter().filter(|name| body.contains_key(*name)) {
            reader.errors.add(name, "Value cannot be changed.");
        }
    } else {
        reader.only(&UPDATABLE);
    }
    if matches!(body.get("user_id"), Some(Value::Null)) {
        // Not nullable on update.
        reader.errors.add("user_id", STRING);
    }
    let change = Change::read(
        &mut reader,
        &store,
        options,
        Some(&message.lead_id),
        Some(&id),
    );
    let empty = match &change.markdown {
        Some(text) => text.is_empty(),
        // A text that was discarded was not empty.
        None => message.markdown.is_empty() && !options.discard,
    };
    let bare = match &change.attachments {
        Sent::Value(files) => files.is_empty(),
        Sent::Absent | Sent::Null => message.attachments.is_empty(),
    };
    if empty && bare && !options.empty_markdown_allowed {
        reader.errors.add(
            "message_markdown",
            "String should have at least 1 character",
        );
    }
    reader.finish()?;
    if let Sent::Value(wanted) = change.attachments {
        // Assumed: the new list replaces the old one.
        message.attachments = attachments::persist(&mut store, &id, wanted);
    }
    replace(&mut message.activity_at, change.activity_at);
    replace(&mut message.direction, change.direction);
    replace(&mut message.markdown, change.markdown);
    replace(&mut message.local, change.local);
    replace(&mut message.remote, change.remote);
    if change.contact_id.is_some() {
        message.contact_id = change.contact_id;
    }
    change.user_id.store(&mut message.user_id);
    change.integration_link.store(&mut message.integration_link);
    change.response_to_id.store(&mut message.response_to_id);
    store.touched(&mut message.made);
    let answer = render(&store, &message);
    store.log(Kind::Message, Action::Updated, &id, &message.lead_id);
    if options.discard {
        message.discard();
    }
    if let Some(row) = store.messages.get_mut(&id) {
        *row = message;
    }
    Ok(Json(answer))
}

fn replace<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// `DELETE …/{id}/`: 200 with `{}`. Assumed: replies to the message keep their `response_to_id`.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    let message = store
        .messages
        .remove(&id)
        .ok_or_else(|| Refusal::missing("WhatsAppMessage", &id))?;
    store.log_deletion(&message);
    Ok(Json(json!({})))
}

/// The validated fields that create and update share.
struct Change {
    activity_at: Option<DateTime<Utc>>,
    direction: Option<Direction>,
    markdown: Option<String>,
    local: Option<Phone>,
    remote: Option<Phone>,
    contact_id: Option<String>,
    user_id: Sent<String>,
    integration_link: Sent<String>,
    response_to_id: Sent<String>,
    attachments: Sent<Vec<Wanted>>,
}

impl Change {
    fn read(
        reader: &mut Reader<'_>,
        store: &Store,
        options: &Options,
        lead: Option<&str>,
        message: Option<&str>,
    ) -> Change {
        Change {
            activity_at: activity_at(reader),
            direction: direction(reader),
            markdown: markdown_of(reader, options.max_text),
            local: phone(reader, "local_phone"),
            remote: phone(reader, "remote_phone"),
            contact_id: contact(reader, store, lead),
            user_id: existing_id(reader, "user_id", NO_OBJECT, |id| {
                store.users.contains(id) && !store.inactive.contains(id)
            }),
            integration_link: link(reader),
            // Assumed: any WhatsApp message, also on another lead.
            response_to_id: existing_id(reader, "response_to_id", NO_OBJECT, |id| {
                store.messages.get(id).is_some()
            }),
            attachments: attachments::read(reader, store, options, message),
        }
    }
}

fn activity_at(reader: &mut Reader<'_>) -> Option<DateTime<Utc>> {
    let value = reader.raw("activity_at")?;
    let at = value.as_str().and_then(dates::read);
    if at.is_none() {
        // Assumed: past and future are accepted, a date alone and a number are not.
        reader
            .errors
            .add("activity_at", "Input should be a valid datetime");
    }
    at
}

fn direction(reader: &mut Reader<'_>) -> Option<Direction> {
    match reader.raw("direction")?.as_str() {
        Some("incoming") => Some(Direction::Incoming),
        Some("outgoing") => Some(Direction::Outgoing),
        _ => {
            reader
                .errors
                .add("direction", "Input should be 'incoming' or 'outgoing'");
            None
        }
    }
}

fn markdown_of(reader: &mut Reader<'_>, max_text: usize) -> Option<String> {
    let text = reader.string("message_markdown")?;
    if text.chars().count() > max_text {
        reader.errors.add(
            "message_markdown",
            format!("String should have at most {max_text} characters"),
        );
    }
    Some(text.to_owned())
}

/// Reads a phone number. Assumed: it need not be one of the contact's; an empty one is rejected.
fn phone(reader: &mut Reader<'_>, name: &str) -> Option<Phone> {
    let phone = phones::of_message(reader.string(name)?);
    if phone.is_none() {
        // Assumed wording.
        reader.errors.add(name, "Invalid phone number.");
    }
    phone
}

fn contact(reader: &mut Reader<'_>, store: &Store, lead: Option<&str>) -> Option<String> {
    let id = reader.string("contact_id")?;
    match store.contacts.get(id) {
        None => reader.errors.add("contact_id", NO_OBJECT),
        Some(contact) if lead.is_some_and(|lead| lead != contact.lead_id) => {
            // Assumed: the contact must be on the lead.
            reader
                .errors
                .add("contact_id", "The contact does not belong to the lead.");
        }
        Some(_) => {}
    }
    Some(id.to_owned())
}

/// Reads an id of an existing object. Assumed: 400 for any other.
fn existing_id(
    reader: &mut Reader<'_>,
    name: &str,
    text: &str,
    exists: impl Fn(&str) -> bool,
) -> Sent<String> {
    let sent = reader.nullable(name);
    if matches!(&sent, Sent::Value(id) if !exists(id)) {
        reader.errors.add(name, text);
    }
    sent
}

fn link(reader: &mut Reader<'_>) -> Sent<String> {
    let sent = reader.nullable("integration_link");
    if let Sent::Value(url) = &sent
        && let Some(text) = url_error(url)
    {
        reader.errors.add("integration_link", text);
    }
    sent
}

/// The message as all responses contain it.
pub(super) fn render(store: &Store, message: &Message) -> Value {
    let rendered = markdown::render(&message.markdown);
    let attachments: Vec<Value> = message
        .attachments
        .iter()
        .map(|file| attachments::render(store, file))
        .collect();
    json!({
        "_type": "WhatsAppMessage",
        "id": message.id,
        "organization_id": store.organization_id,
        "lead_id": message.lead_id,
        "contact_id": message.contact_id,
        "user_id": message.user_id,
        "user_name": store.user_name(message.user_id.as_deref()),
        "users": [],
        "direction": message.direction.word(),
        "activity_at": dates::write(message.activity_at),
        "date_created": dates::write(message.made.created),
        "date_updated": dates::write(message.made.updated),
        "created_by": message.made.created_by,
        "created_by_name": store.user_name(message.made.created_by.as_deref()),
        "updated_by": message.made.updated_by,
        "updated_by_name": store.user_name(message.made.updated_by.as_deref()),
        "external_whatsapp_message_id": message.external_id,
        "local_phone": message.local.e164,
        "local_phone_formatted": message.local.formatted,
        "remote_phone": message.remote.e164,
        "remote_phone_formatted": message.remote.formatted,
        "message_markdown": message.markdown,
        "message_html": rendered.html,
        "text": rendered.text,
        "attachments": attachments,
        "integration_link": message.integration_link,
        "integration_name": message.integration_name,
        "response_to_id": message.response_to_id,
        "source": "api",
        "sequence_id": null,
        "sequence_name": null,
        "sequence_subscription_id": null,
    })
}
