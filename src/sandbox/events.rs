//! The event log: `/event/` and `/webhook/`.
//!
//! Events hold no copy of the object: `data` is the object in its present state, and empty once it is
//! deleted, so that the log of a large import stays small.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use serde_json::{Value, json};

pub(super) use super::event_log::{Action, Event, Kind};
use super::lists::Fields;
use super::params::Params;
use super::refusal::Refusal;
use super::server::Shared;
use super::store::Store;
use super::{contacts, dates, leads, messages};

/// The maximum number of events on a page.
const MAX_LIMIT: usize = 50;
/// How long events are kept, in days.
const DAYS: i64 = 30;

/// `GET /webhook/`: an empty list; the sandbox has no webhooks.
pub(super) async fn webhooks() -> Json<Value> {
    Json(json!({"data": [], "has_more": false}))
}

/// `GET /event/`: newest first, by cursor, for 30 days.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let limit = params.number("_limit", MAX_LIMIT, MAX_LIMIT)?;
    let dates = params.dates("date_updated")?;
    let fields = Fields::read(&params);
    let get = |name| params.get(name);
    let by_type = get("object_type").is_some();
    if get("action").is_some() && !by_type && get("object_id").is_none() {
        return Err(Refusal::protocol(
            "This combination of filters is not supported.",
        ));
    }
    let store = shared.store();
    let oldest = shared.options.clock.now() - TimeDelta::days(DAYS);
    // The cursor is the id of the last event of the page before.
    let end = match get("_cursor") {
        None => store.events.len(),
        Some(cursor) => store
            .events
            .iter()
            .position(|event| event.id == cursor)
            .ok_or_else(|| Refusal::field("_cursor", "Invalid cursor"))?,
    };
    let mut rows = store.events[..end].iter().rev().filter(|event| {
        event.created >= oldest
            && dates.allows(event.created)
            && get("object_type").is_none_or(|kind| kind == event.kind.word())
            && get("action").is_none_or(|action| action == event.action.word())
            && get("object_id").is_none_or(|id| id == event.object_id)
            && get("lead_id").is_none_or(|id| id == event.lead_id)
            && get("user_id").is_none_or(|id| id == store.me)
    });
    let page: Vec<&Event> = rows.by_ref().take(limit).collect();
    let next = rows
        .next()
        .and_then(|_| page.last())
        .map(|event| event.id.clone());
    let data: Vec<Value> = page
        .into_iter()
        .map(|event| fields.pick(render(&store, event)))
        .collect();
    Ok(Json(
        json!({ "data": data, "cursor_next": next, "cursor_previous": null }),
    ))
}

fn render(store: &Store, event: &Event) -> Value {
    let data = match event.kind {
        Kind::Message => store
            .messages
            .get(&event.object_id)
            .map(|row| messages::render(store, row)),
        Kind::Lead => store
            .leads
            .get(&event.object_id)
            .map(|row| leads::render(store, row)),
        Kind::Contact => store
            .contacts
            .get(&event.object_id)
            .map(|row| contacts::render(store, row)),
    };
    let mut meta = json!({ "request_method": Value::Null, "request_path": Value::Null });
    if let Some(source) = &event.merged_from {
        meta["merge_source_lead_id"] = json!(source);
        meta["merge_destination_lead_id"] = json!(event.lead_id);
    }
    let previous = match &event.external_id {
        Some(id) => json!({ "id": event.object_id, "external_whatsapp_message_id": id }),
        None => json!({}),
    };
    json!({
        "id": event.id,
        "date_created": dates::write_bare(event.created),
        "date_updated": dates::write_bare(event.created),
        "object_type": event.kind.word(),
        "object_id": event.object_id,
        "lead_id": event.lead_id,
        "action": event.action.word(),
        "changed_fields": [],
        "data": data.unwrap_or_else(|| json!({})),
        "previous_data": previous,
        "meta": meta,
        "request_id": Value::Null,
        "user_id": store.me,
        "organization_id": store.organization_id,
    })
}
