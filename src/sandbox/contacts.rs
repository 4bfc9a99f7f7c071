//! `/contact/`: create, read, update, delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Map, Value, json};

use super::dates;
use super::events::{Action, Kind};
use super::lists::{self, Fields, Page};
use super::params::{Body, Params};
use super::phones::{self, Phone};
use super::refusal::Refusal;
use super::schema::{EXTRA, NO_OBJECT, Reader, STRING, Sent};
use super::server::Shared;
use super::store::{Contact, Lead, Store};

/// The maximum length of a name or title, in characters, and the maximum number of phones of a contact.
const MAX_NAME: usize = 1000;
const MAX_ITEMS: usize = 100;

/// `GET /contact/`: filtered by `lead_id` only.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = Page::read(&params, lists::OTHERS)?;
    let fields = Fields::read(&params);
    let leads = params.list("lead_id");
    let store = shared.store();
    let rows = store.contacts.iter().rev();
    let rows = rows.filter(|row| {
        leads
            .as_ref()
            .is_none_or(|leads| leads.contains(&row.lead_id.as_str()))
    });
    Ok(Json(page.answer(rows, &fields, |row| render(&store, row))))
}

/// `GET /contact/{id}/`.
pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let store = shared.store();
    let contact = store
        .contacts
        .get(&id)
        .ok_or_else(|| Refusal::missing("Contact", &id))?;
    Ok(Json(Fields::read(&params).pick(render(&store, contact))))
}

/// `POST /contact/`. Without `lead_id` it creates a lead of the same name, as Close does.
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    let mut reader = Reader::new(&body);
    let change = Change::read(&mut reader, &["created_by", "date_created"]);
    let created_by = reader.nullable("created_by");
    let date_created = match reader.nullable("date_created") {
        Sent::Value(text) => {
            let at = dates::read(&text);
            if at.is_none() {
                reader
                    .errors
                    .add("date_created", "Input should be a valid datetime");
            }
            at
        }
        Sent::Absent | Sent::Null => None,
    };
    if matches!(&change.lead_id, Sent::Value(id) if !store.leads.contains(id)) {
        reader.errors.add("lead_id", NO_OBJECT);
    }
    reader.finish()?;
    let lead_id = match &change.lead_id {
        Sent::Value(id) => id.clone(),
        Sent::Absent | Sent::Null => {
            let (id, made) = (store.ids.long("lead"), store.made());
            let name = change.name.clone().into_option().unwrap_or_default();
            store
                .leads
                .insert(id.clone(), Lead::new(id.clone(), name, made));
            store.log(Kind::Lead, Action::Created, &id, &id);
            id
        }
    };
    let id = store.ids.long("cont");
    let mut made = store.made();
    created_by.store(&mut made.created_by);
    made.created = date_created.unwrap_or(made.created);
    let mut contact = Contact::new(id.clone(), lead_id.clone(), None, made);
    change.apply(&mut contact);
    let answer = render(&store, &contact);
    store.contacts.insert(id.clone(), contact);
    store.log(Kind::Contact, Action::Created, &id, &lead_id);
    Ok(Json(answer))
}

/// `PUT /contact/{id}/`: lists are replaced as a whole; `lead_id` moves the contact.
pub(super) async fn update(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    let mut contact = store
        .contacts
        .get(&id)
        .cloned()
        .ok_or_else(|| Refusal::missing("Contact", &id))?;
    let mut reader = Reader::new(&body);
    let change = Change::read(&mut reader, &[]);
    match &change.lead_id {
        Sent::Value(lead) if store.leads.contains(lead) => lead.clone_into(&mut contact.lead_id),
        Sent::Value(_) | Sent::Null => reader.errors.add("lead_id", NO_OBJECT),
        Sent::Absent => {}
    }
    reader.finish()?;
    change.apply(&mut contact);
    store.touched(&mut contact.made);
    let answer = render(&store, &contact);
    store.log(Kind::Contact, Action::Updated, &id, &contact.lead_id);
    if let Some(row) = store.contacts.get_mut(&id) {
        *row = contact;
    }
    Ok(Json(answer))
}

/// `DELETE /contact/{id}/`. Assumed: its messages stay, without a contact.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    let (_, contact) = store
        .contacts
        .remove(&id)
        .ok_or_else(|| Refusal::missing("Contact", &id))?;
    store.messages.clear_contact(&id);
    store.log(Kind::Contact, Action::Deleted, &id, &contact.lead_id);
    Ok(Json(json!({})))
}

/// The fields that create and update share, and that a lead's nested contact has too.
pub(super) struct Change {
    lead_id: Sent<String>,
    name: Sent<String>,
    title: Sent<String>,
    phones: Sent<Vec<(Phone, String)>>,
    emails: Sent<Vec<Value>>,
    urls: Sent<Vec<Value>>,
    timezone: Sent<String>,
    custom: Map<String, Value>,
}

impl Change {
    pub(super) fn read(reader: &mut Reader<'_>, also: &[&str]) -> Change {
        const KNOWN: [&str; 7] = [
            "lead_id", "name", "title", "phones", "emails", "urls", "timezone",
        ];
        let custom = reader.unknown(&[&KNOWN[..], also].concat(), "custom.");
        Change {
            lead_id: reader.nullable("lead_id"),
            name: short(reader, "name"),
            title: short(reader, "title"),
            phones: phones_of(reader),
            emails: items(reader, "emails", "email"),
            urls: items(reader, "urls", "url"),
            timezone: reader.nullable("timezone"),
            custom,
        }
    }

    pub(super) fn apply(self, contact: &mut Contact) {
        self.name.store(&mut contact.name);
        self.title.store(&mut contact.title);
        self.timezone.store(&mut contact.timezone);
        set(&mut contact.phones, self.phones);
        set(&mut contact.emails, self.emails);
        set(&mut contact.urls, self.urls);
        contact.custom.extend(self.custom);
    }
}

fn set<T>(target: &mut Vec<T>, sent: Sent<Vec<T>>) {
    match sent {
        Sent::Absent => {}
        Sent::Null => target.clear(),
        Sent::Value(items) => *target = items,
    }
}

fn short(reader: &mut Reader<'_>, name: &str) -> Sent<String> {
    let sent = reader.nullable(name);
    if matches!(&sent, Sent::Value(text) if text.chars().count() > MAX_NAME) {
        reader.errors.add(
            name,
            format!("String should have at most {MAX_NAME} characters"),
        );
    }
    sent
}

fn phones_of(reader: &mut Reader<'_>) -> Sent<Vec<(Phone, String)>> {
    let items = match reader.objects("phones") {
        Sent::Value(items) => items,
        Sent::Null => return Sent::Null,
        Sent::Absent => return Sent::Absent,
    };
    if items.len() > MAX_ITEMS {
        reader.errors.add("phones", "List is too long.");
    }
    let mut phones = Vec::with_capacity(items.len());
    let mut refuse = |index: usize, field: &str, text: &str| {
        // Assumed: the errors of a list are nested by index.
        let errors = json!({ "errors": { index.to_string(): { "errors": [], "field-errors": { field: text } } } });
        reader.errors.add("phones", errors);
    };
    for (index, item) in items.into_iter().enumerate() {
        if item.get("type").is_some_and(|kind| !kind.is_string()) {
            refuse(index, "type", STRING);
        }
        let kind = item.get("type").and_then(Value::as_str).unwrap_or("office");
        match item
            .get("phone")
            .and_then(Value::as_str)
            .and_then(phones::of_contact)
        {
            Some(phone) => phones.push((phone, kind.to_owned())),
            None => refuse(index, "phone", "Invalid phone number."),
        }
    }
    Sent::Value(phones)
}

fn items(reader: &mut Reader<'_>, name: &str, key: &str) -> Sent<Vec<Value>> {
    let items = match reader.objects(name) {
        Sent::Value(items) => items,
        Sent::Null => return Sent::Null,
        Sent::Absent => return Sent::Absent,
    };
    if items.len() > MAX_ITEMS {
        reader.errors.add(name, "List is too long.");
    }
    for item in &items {
        if item.get(key).and_then(Value::as_str).is_none() {
            reader.errors.add(name, "This field is required.");
        }
    }
    Sent::Value(items.into_iter().cloned().map(Value::Object).collect())
}

impl Reader<'_> {
    /// Takes the keys with a prefix and rejects all other unknown ones.
    fn unknown(&mut self, known: &[&str], prefix: &str) -> Map<String, Value> {
        let mut taken = Map::new();
        for (key, value) in self.entries() {
            if key.starts_with(prefix) {
                taken.insert(key.clone(), value.clone());
            } else if !known.contains(&key.as_str()) {
                self.errors.add(key, EXTRA);
            }
        }
        taken
    }
}

/// The contact as all responses contain it.
pub(super) fn render(store: &Store, contact: &Contact) -> Value {
    let phones: Vec<Value> = contact
        .phones
        .iter()
        .map(|(phone, kind)| {
            json!({ "phone": phone.e164, "phone_formatted": phone.formatted, "type": kind, "country": phone.country })
        })
        .collect();
    let first_phone = contact
        .phones
        .first()
        .map(|(phone, _)| phone.formatted.clone());
    let mut value = json!({
        "id": contact.id,
        "lead_id": contact.lead_id,
        "organization_id": store.organization_id,
        "name": contact.name,
        "display_name": contact.name.clone().filter(|name| !name.is_empty()).or(first_phone),
        "title": contact.title,
        "phones": phones,
        "emails": contact.emails,
        "urls": contact.urls,
        "timezone": contact.timezone,
        "timezone_source": null,
        "integration_links": [],
        "recent_calls": [],
        "subscriptions": [],
        "created_by": contact.made.created_by,
        "updated_by": contact.made.updated_by,
        "date_created": dates::write(contact.made.created),
        "date_updated": dates::write(contact.made.updated),
    });
    if let Value::Object(object) = &mut value {
        object.extend(contact.custom.clone());
    }
    value
}
