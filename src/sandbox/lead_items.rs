//! `/opportunity/` and `/task/`: what a lead has besides messages. Only their lead is kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::lists::{self, Fields, Page};
use super::params::{Body, Params};
use super::refusal::Refusal;
use super::schema::{NO_OBJECT, Reader};
use super::server::Shared;
use super::store::{Item, LeadItem};

pub(super) async fn opportunities(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    list(&shared, &params, Item::Opportunity)
}

pub(super) async fn tasks(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    list(&shared, &params, Item::Task)
}

pub(super) async fn create_opportunity(
    State(shared): State<Arc<Shared>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    create(&shared, &body, (Item::Opportunity, "oppo"))
}

pub(super) async fn create_task(
    State(shared): State<Arc<Shared>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    create(&shared, &body, (Item::Task, "task"))
}

fn list(shared: &Shared, params: &Params, kind: Item) -> Result<Json<Value>, Refusal> {
    let page = Page::read(params, lists::OTHERS)?;
    let fields = Fields::read(params);
    let lead = params.get("lead_id");
    let store = shared.store();
    let rows: Vec<&LeadItem> = (store.lead_items.iter())
        .filter(|item| item.kind == kind && lead.is_none_or(|lead| item.is_on(lead)))
        .collect();
    Ok(Json(page.answer(rows.into_iter(), &fields, render)))
}

fn create(
    shared: &Shared,
    body: &serde_json::Map<String, Value>,
    (kind, prefix): (Item, &str),
) -> Result<Json<Value>, Refusal> {
    let mut store = shared.store();
    let mut reader = Reader::new(body);
    let lead_id = reader.required("lead_id");
    if lead_id.is_some_and(|id| !store.leads.contains(id)) {
        reader.errors.add("lead_id", NO_OBJECT);
    }
    let lead_id = lead_id.unwrap_or_default().to_owned();
    reader.finish()?;
    let id = store.ids.long(prefix);
    let item = LeadItem { kind, id, lead_id };
    let answer = render(&item);
    store.lead_items.push(item);
    Ok(Json(answer))
}

fn render(item: &LeadItem) -> Value {
    json!({ "id": item.id, "lead_id": item.lead_id })
}
