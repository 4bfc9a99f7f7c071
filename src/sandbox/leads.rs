//! `/lead/`: create, read, update, delete, merge.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Map, Value, json};

use super::contacts::{self, Change};
use super::dates;
use super::events::{Action, Kind};
use super::lists::{self, Fields, Page};
use super::params::{Body, Params};
use super::query::Query;
use super::refusal::Refusal;
use super::schema::{NO_OBJECT, Reader};
use super::server::Shared;
use super::store::{Contact, Lead, Merge, STATUSES, Store, status_id};

/// `GET /lead/`: a search if `query` is given, else all leads, the newest first.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = Page::read(&params, lists::LEADS)?;
    let fields = Fields::read(&params);
    let query = params.get("query").map(Query::read);
    let store = shared.store();
    let ids = params.list("id__in");
    let found = query.as_ref().map(|query| query.leads(&store));
    let rows: Vec<&Lead> = store
        .leads
        .iter()
        .rev()
        .filter(|lead| {
            ids.as_ref()
                .is_none_or(|ids| ids.contains(&lead.id.as_str()))
        })
        .filter(|lead| match &found {
            None => true,
            Some(found) => {
                store.is_listed(&lead.made, shared.options.list_lag)
                    && found.contains(lead.id.as_str())
            }
        })
        .collect();
    let total = rows.len();
    let mut answer = page.answer(rows.into_iter(), &fields, |lead| render(&store, lead));
    answer["total_results"] = json!(total);
    Ok(Json(answer))
}

/// `GET /lead/{id}/`. Assumed: a lead that was merged into another is a 404.
pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let store = shared.store();
    let lead = store
        .leads
        .get(&id)
        .ok_or_else(|| Refusal::missing("Lead", &id))?;
    Ok(Json(Fields::read(&params).pick(render(&store, lead))))
}

/// `POST /lead/`, optionally with contacts. Unknown fields are accepted and ignored (observed).
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    let mut reader = Reader::new(&body);
    let change = read(&mut reader);
    let nested = nested_contacts(&mut reader);
    reader.finish()?;
    let (id, made) = (store.ids.long("lead"), store.made());
    let mut lead = Lead::new(id.clone(), String::new(), made);
    change.apply(&mut lead);
    store.leads.insert(id.clone(), lead);
    store.log(Kind::Lead, Action::Created, &id, &id);
    for change in nested {
        let (contact_id, made) = (store.ids.long("cont"), store.made());
        let mut contact = Contact::new(contact_id.clone(), id.clone(), None, made);
        change.apply(&mut contact);
        store.contacts.insert(contact_id.clone(), contact);
        store.log(Kind::Contact, Action::Created, &contact_id, &id);
    }
    let lead = store
        .leads
        .get(&id)
        .ok_or_else(|| Refusal::missing("Lead", &id))?;
    Ok(Json(render(&store, lead)))
}

/// `PUT /lead/{id}/`: cannot change the contacts of the lead.
pub(super) async fn update(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    let mut lead = store
        .leads
        .get(&id)
        .cloned()
        .ok_or_else(|| Refusal::missing("Lead", &id))?;
    let mut reader = Reader::new(&body);
    if reader.raw("contacts").is_some() {
        reader.errors.add("contacts", "Value cannot be changed.");
    }
    let change = read(&mut reader);
    reader.finish()?;
    change.apply(&mut lead);
    store.touched(&mut lead.made);
    let answer = render(&store, &lead);
    store.log(Kind::Lead, Action::Updated, &id, &id);
    if let Some(row) = store.leads.get_mut(&id) {
        *row = lead;
    }
    Ok(Json(answer))
}

/// `DELETE /lead/{id}/`. Assumed: deletes its contacts and messages.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    store
        .leads
        .remove(&id)
        .ok_or_else(|| Refusal::missing("Lead", &id))?;
    for message in store.messages.remove_of_lead(&id) {
        store.log_deletion(&message);
    }
    store.lead_items.retain(|item| !item.is_on(&id));
    let contacts: Vec<String> = store
        .contacts_of(&id)
        .map(|contact| contact.id.clone())
        .collect();
    for contact in contacts {
        store.contacts.remove(&contact);
        store.messages.clear_contact(&contact);
        store.log(Kind::Contact, Action::Deleted, &contact, &id);
    }
    store.log(Kind::Lead, Action::Deleted, &id, &id);
    Ok(Json(json!({})))
}

/// `POST /lead/merge/`: moves contacts and messages to the destination and removes the source (assumption A50:
/// later requests with the source's id are those with an unknown id).
pub(super) async fn merge(
    State(shared): State<Arc<Shared>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    let mut reader = Reader::new(&body);
    let (source, destination) = (reader.required("source"), reader.required("destination"));
    for (name, id) in [("source", source), ("destination", destination)] {
        if id.is_some_and(|id| !store.leads.contains(id)) {
            reader.errors.add(name, NO_OBJECT);
        }
    }
    if source.is_some() && source == destination {
        reader
            .errors
            .add("destination", "A lead cannot be merged into itself.");
    }
    reader.finish()?;
    let (Some(source), Some(destination)) = (source, destination) else {
        return Err(Refusal::protocol("The merge is incomplete."));
    };
    let Some((_, lead)) = store.leads.remove(source) else {
        return Err(Refusal::missing("Lead", source));
    };
    for id in store.messages.move_lead(source, destination) {
        store.log_merge(
            Kind::Message,
            Action::Updated,
            &id,
            destination,
            Some(source),
        );
    }
    let moved: Vec<String> = store
        .contacts_of(source)
        .map(|contact| contact.id.clone())
        .collect();
    for id in moved {
        if let Some(contact) = store.contacts.get_mut(&id) {
            destination.clone_into(&mut contact.lead_id);
        }
        store.log_merge(
            Kind::Contact,
            Action::Updated,
            &id,
            destination,
            Some(source),
        );
    }
    let (id, created) = (store.ids.long("acti"), store.next_date());
    store.merges.push(Merge {
        id,
        source_id: source.to_owned(),
        source_name: lead.name,
        destination_id: destination.to_owned(),
        created,
    });
    store.log(Kind::Lead, Action::Deleted, source, source);
    store.log_merge(
        Kind::Lead,
        Action::Merged,
        destination,
        destination,
        Some(source),
    );
    Ok(Json(json!({})))
}

/// The writable fields of a lead.
#[derive(Default)]
struct Fill {
    name: Option<String>,
    status: Option<usize>,
    description: Option<String>,
    url: Option<String>,
    addresses: Option<Value>,
    custom: Map<String, Value>,
}

fn read(reader: &mut Reader<'_>) -> Fill {
    let status_by_id = reader.nullable("status_id").into_option();
    let status_by_label = reader.nullable("status").into_option();
    let status = match (status_by_id, status_by_label) {
        (Some(id), _) => {
            let found = (0..STATUSES.len()).find(|status| status_id(*status) == id);
            if found.is_none() {
                reader.errors.add("status_id", NO_OBJECT);
            }
            found
        }
        (None, Some(label)) => {
            let found = STATUSES
                .iter()
                .position(|known| known.eq_ignore_ascii_case(&label));
            if found.is_none() {
                reader.errors.add("status", NO_OBJECT);
            }
            found
        }
        (None, None) => None,
    };
    Fill {
        name: reader.nullable("name").into_option(),
        status,
        description: reader.nullable("description").into_option(),
        url: reader.nullable("url").into_option(),
        addresses: reader
            .raw("addresses")
            .filter(|value| value.is_array())
            .cloned(),
        custom: reader
            .entries()
            .filter(|(key, _)| key.starts_with("custom."))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    }
}

impl Fill {
    fn apply(self, lead: &mut Lead) {
        if let Some(name) = self.name {
            lead.name = name;
        }
        if let Some(status) = self.status {
            lead.status = status;
        }
        if let Some(description) = self.description {
            lead.description = description;
        }
        if let Some(addresses) = self.addresses {
            lead.addresses = addresses;
        }
        lead.url = self.url.or(lead.url.take());
        lead.custom.extend(self.custom);
    }
}

/// Assumed: errors inside a contact are nested by its index.
fn nested_contacts(reader: &mut Reader<'_>) -> Vec<Change> {
    let mut nested = Vec::new();
    for (index, body) in reader
        .objects("contacts")
        .into_option()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let mut inner = Reader::new(body);
        nested.push(Change::read(&mut inner, &[]));
        if let Some(errors) = inner.errors.into_value() {
            reader.errors.add(
                "contacts",
                json!({ "errors": { index.to_string(): errors } }),
            );
        }
    }
    nested
}

/// The lead with its contacts, as all responses contain it.
pub(super) fn render(store: &Store, lead: &Lead) -> Value {
    let contacts: Vec<Value> = store
        .contacts_of(&lead.id)
        .map(|contact| contacts::render(store, contact))
        .collect();
    let contact_ids: Vec<&str> = store
        .contacts_of(&lead.id)
        .map(|contact| contact.id.as_str())
        .collect();
    let mut value = json!({
        "id": lead.id,
        "organization_id": store.organization_id,
        "name": lead.name,
        "display_name": if lead.name.is_empty() { "Untitled" } else { lead.name.as_str() },
        "description": lead.description,
        "url": lead.url,
        "addresses": lead.addresses,
        "status_id": status_id(lead.status),
        "status_label": STATUSES.get(lead.status),
        "contacts": contacts,
        "contact_ids": contact_ids,
        "opportunities": [],
        "tasks": [],
        "integration_links": [],
        "source": "api",
        "html_url": format!("https://app.close.com/lead/{}/", lead.id),
        "created_by": lead.made.created_by,
        "created_by_name": store.user_name(lead.made.created_by.as_deref()),
        "updated_by": lead.made.updated_by,
        "updated_by_name": store.user_name(lead.made.updated_by.as_deref()),
        "date_created": dates::write(lead.made.created),
        "date_updated": dates::write(lead.made.updated),
    });
    if let Value::Object(object) = &mut value {
        object.extend(lead.custom.clone());
    }
    value
}
