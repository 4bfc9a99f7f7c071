//! `POST /data/search/`: advanced filtering of contacts and leads.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::lists::Fields;
use super::params::Body;
use super::refusal::Refusal;
use super::server::Shared;
use super::store::{Contact, Lead, Made, Store};
use super::walk::{Type, Walk};
use super::{contacts, leads, phones};

/// The maximum page size (assumption A53).
const MAX_LIMIT: usize = 200;
/// The maximum number of objects that one search returns.
const MAX_WALK: usize = 10_000;
/// The lifetime of a cursor (observed).
const CURSOR_LIFE: Duration = Duration::from_secs(30);

impl Type {
    fn read(value: Option<&Value>) -> Result<Type, Refusal> {
        match value.and_then(Value::as_str) {
            Some("contact") => Ok(Type::Contact),
            Some("lead") => Ok(Type::Lead),
            Some("contact_phone") => Ok(Type::ContactPhone),
            Some("contact_email") => Ok(Type::ContactEmail),
            other => Err(bad(&format!(
                "Unknown object type {}.",
                other.unwrap_or("null")
            ))),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Type::Contact => "contact",
            Type::Lead => "lead",
            Type::ContactPhone => "contact_phone",
            Type::ContactEmail => "contact_email",
        }
    }
}

fn bad(text: &str) -> Refusal {
    Refusal::field("query", text)
}

/// An object that a node of the query is applied to.
#[derive(Clone, Copy)]
enum Object<'s> {
    Contact(&'s Contact),
    Lead(&'s Lead),
    Phone(&'s str),
    Email(&'s str),
}

impl Object<'_> {
    fn kind(&self) -> Type {
        match self {
            Object::Contact(_) => Type::Contact,
            Object::Lead(_) => Type::Lead,
            Object::Phone(_) => Type::ContactPhone,
            Object::Email(_) => Type::ContactEmail,
        }
    }
}

/// `POST /data/search/`.
pub(super) async fn search(
    State(shared): State<Arc<Shared>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let limit = match body.get("_limit") {
        None | Some(Value::Null) => 100,
        Some(value) => value
            .as_u64()
            .and_then(|limit| usize::try_from(limit).ok())
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or_else(|| {
                Refusal::field(
                    "_limit",
                    &format!("Input should be less than or equal to {MAX_LIMIT}"),
                )
            })?,
    };
    let mut store = shared.store();
    let mut results = match body.get("cursor") {
        None | Some(Value::Null) => run(
            &store,
            body.get("query")
                .ok_or_else(|| Refusal::field("query", "Field required"))?,
            shared.options.list_lag,
        )?,
        Some(cursor) => {
            let now = store.elapsed();
            let walk = cursor
                .as_str()
                .and_then(|cursor| store.cursors.remove(cursor));
            walk.filter(|walk| now.saturating_sub(walk.at) < CURSOR_LIFE)
                .ok_or_else(|| Refusal::field("cursor", "Expired cursor"))?
                .rest
        }
    };
    let total = results.len();
    let results_limit = body
        .get("results_limit")
        .and_then(Value::as_u64)
        .filter(|limit| *limit > 0);
    results.truncate(
        results_limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(MAX_WALK)
            .min(MAX_WALK),
    );
    let rest = results.split_off(limit.min(results.len()));
    let mut cursor = Value::Null;
    if !rest.is_empty() {
        let (token, at) = (store.ids.token(22), store.elapsed());
        store.cursors.insert(token.clone(), Walk { rest, at });
        cursor = json!(token);
    }
    let data: Vec<Value> = results
        .iter()
        .filter_map(|(kind, id)| row(&store, *kind, id, body.get("_fields")))
        .collect();
    let mut answer = json!({ "data": data, "cursor": cursor });
    if body.get("include_counts") == Some(&Value::Bool(true)) {
        answer["count"] = json!({ "total": total });
    }
    Ok(Json(answer))
}

/// Without `_fields` for its type a row has only its type and id.
fn row(store: &Store, kind: Type, id: &str, fields: Option<&Value>) -> Option<Value> {
    let full = match kind {
        Type::Contact => contacts::render(store, store.contacts.get(id)?),
        Type::Lead => leads::render(store, store.leads.get(id)?),
        Type::ContactPhone | Type::ContactEmail => return None,
    };
    let names = fields
        .and_then(|fields| fields.get(kind.word()))
        .and_then(Value::as_array);
    let names = names.map(|names| {
        names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    });
    let mut row = Fields::of(names.unwrap_or_else(|| vec!["id".to_owned()])).pick(full);
    row["__object_type"] = json!(kind.word());
    Some(row)
}

/// All matching objects, the newest first.
fn run(store: &Store, query: &Value, lag: Duration) -> Result<Vec<(Type, String)>, Refusal> {
    let mut results = Vec::new();
    // A query without an object type would return everything; Close requires one.
    let kind = object_type(query).ok_or_else(|| bad("The query names no object type."))?;
    let blank = Blank::new();
    match Type::read(Some(kind))? {
        Type::Contact => {
            matches(store, query, Object::Contact(&blank.contact))?;
            for contact in store
                .contacts
                .iter()
                .rev()
                .filter(|contact| store.is_listed(&contact.made, lag))
            {
                if matches(store, query, Object::Contact(contact))? {
                    results.push((Type::Contact, contact.id.clone()));
                }
            }
        }
        Type::Lead => {
            matches(store, query, Object::Lead(&blank.lead))?;
            for lead in store
                .leads
                .iter()
                .rev()
                .filter(|lead| store.is_listed(&lead.made, lag))
            {
                if matches(store, query, Object::Lead(lead))? {
                    results.push((Type::Lead, lead.id.clone()));
                }
            }
        }
        Type::ContactPhone | Type::ContactEmail => {
            return Err(bad("This object type cannot be searched for."));
        }
    }
    Ok(results)
}

/// An empty contact or lead: evaluating a query against it rejects an invalid query also where there is no
/// data.
struct Blank {
    contact: Contact,
    lead: Lead,
}

impl Blank {
    fn new() -> Blank {
        let date = chrono::DateTime::UNIX_EPOCH;
        let made = Made {
            created: date,
            updated: date,
            created_by: None,
            updated_by: None,
            at: None,
        };
        Blank {
            contact: Contact::new(String::new(), String::new(), None, made.clone()),
            lead: Lead::new(String::new(), String::new(), made),
        }
    }

    fn object(&self, kind: Type) -> Object<'_> {
        match kind {
            Type::Contact => Object::Contact(&self.contact),
            Type::Lead => Object::Lead(&self.lead),
            Type::ContactPhone => Object::Phone(""),
            Type::ContactEmail => Object::Email(""),
        }
    }
}

fn object_type(query: &Value) -> Option<&Value> {
    if query.get("type")?.as_str()? == "object_type" {
        return query.get("object_type");
    }
    query
        .get("queries")?
        .as_array()?
        .iter()
        .find_map(object_type)
}

/// Whether an object matches a node. All branches are evaluated, so that an invalid one is rejected
/// whatever the data.
fn matches(store: &Store, node: &Value, object: Object<'_>) -> Result<bool, Refusal> {
    let holds = match node.get("type").and_then(Value::as_str) {
        Some("object_type") => Type::read(node.get("object_type"))? == object.kind(),
        Some(kind @ ("and" | "or")) => {
            let queries = node
                .get("queries")
                .and_then(Value::as_array)
                .ok_or_else(|| bad("queries: Field required"))?;
            let held = queries
                .iter()
                .map(|query| matches(store, query, object))
                .collect::<Result<Vec<_>, _>>()?;
            if kind == "and" {
                held.iter().all(|held| *held)
            } else {
                held.iter().any(|held| *held)
            }
        }
        Some("has_related") => has_related(store, node, object)?,
        Some("field_condition") => field_condition(node, object)?,
        other => {
            return Err(bad(&format!(
                "Unknown query type {}.",
                other.unwrap_or("null")
            )));
        }
    };
    Ok(holds != (node.get("negate") == Some(&Value::Bool(true))))
}

fn has_related(store: &Store, node: &Value, object: Object<'_>) -> Result<bool, Refusal> {
    if Type::read(node.get("this_object_type"))? != object.kind() {
        return Err(bad("this_object_type does not fit."));
    }
    let query = node
        .get("related_query")
        .ok_or_else(|| bad("related_query: Field required"))?;
    let kind = Type::read(node.get("related_object_type"))?;
    let related: Vec<Object<'_>> = match (object, kind) {
        (Object::Contact(contact), Type::ContactPhone) => contact
            .phones
            .iter()
            .map(|(phone, _)| Object::Phone(phone.e164.as_str()))
            .collect(),
        (Object::Contact(contact), Type::ContactEmail) => contact
            .emails
            .iter()
            .filter_map(|email| email.get("email")?.as_str())
            .map(Object::Email)
            .collect(),
        (Object::Contact(contact), Type::Lead) => store
            .leads
            .get(&contact.lead_id)
            .map(Object::Lead)
            .into_iter()
            .collect(),
        (Object::Lead(lead), Type::Contact) => {
            store.contacts_of(&lead.id).map(Object::Contact).collect()
        }
        (object, related) => {
            return Err(bad(&format!(
                "{} is not related to {}.",
                related.word(),
                object.kind().word()
            )));
        }
    };
    if related.is_empty() {
        matches(store, query, Blank::new().object(kind))?;
    }
    let held = related
        .into_iter()
        .map(|object| matches(store, query, object))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(held.contains(&true))
}

fn field_condition(node: &Value, object: Object<'_>) -> Result<bool, Refusal> {
    let field = node
        .get("field")
        .ok_or_else(|| bad("field: Field required"))?;
    if field.get("type").and_then(Value::as_str) != Some("regular_field") {
        return Err(bad("Only regular fields can be searched in the sandbox."));
    }
    let name = field
        .get("field_name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let kind = Type::read(field.get("object_type"))?;
    let stranger = || {
        bad(&format!(
            "Field '{name}' does not belong to type '{}'",
            kind.word()
        ))
    };
    if kind != object.kind() {
        return Err(stranger());
    }
    let value = match (object, name) {
        (Object::Contact(contact), "id") => Some(contact.id.as_str()),
        (Object::Contact(contact), "lead_id") => Some(contact.lead_id.as_str()),
        (Object::Contact(contact), "name" | "display_name") => contact.name.as_deref(),
        (Object::Contact(contact), "title") => contact.title.as_deref(),
        (Object::Lead(lead), "id") => Some(lead.id.as_str()),
        (Object::Lead(lead), "name" | "display_name") => Some(lead.name.as_str()),
        (Object::Phone(number), "phone") => Some(number),
        (Object::Email(address), "email") => Some(address),
        _ => return Err(stranger()),
    };
    let is_phone = matches!(object, Object::Phone(_));
    condition(
        node.get("condition")
            .ok_or_else(|| bad("condition: Field required"))?,
        value,
        is_phone,
    )
}

fn condition(condition: &Value, value: Option<&str>, is_phone: bool) -> Result<bool, Refusal> {
    let wanted = condition.get("value").and_then(Value::as_str);
    let fold = |text: &str| text.to_lowercase();
    match (
        condition.get("type").and_then(Value::as_str),
        condition.get("mode").and_then(Value::as_str),
    ) {
        (Some("text"), Some(mode @ ("exact_value" | "phrase" | "full_words"))) => {
            let wanted =
                wanted.ok_or_else(|| bad("condition.value: Input should be a valid string"))?;
            let Some(value) = value else { return Ok(false) };
            Ok(match mode {
                // Assumed: E.164 after normalising the value.
                "exact_value" if is_phone => value == phones::of_search(wanted),
                "exact_value" => fold(value) == fold(wanted),
                // Assumed: whole tokens, `+` ignored.
                "full_words" if is_phone => {
                    value.trim_start_matches('+') == wanted.trim_start_matches('+')
                }
                "full_words" => {
                    let value = fold(value);
                    let words: Vec<&str> = value.split(|c: char| !c.is_alphanumeric()).collect();
                    fold(wanted)
                        .split_whitespace()
                        .all(|word| words.contains(&word))
                }
                _ => fold(value).contains(&fold(wanted)),
            })
        }
        (Some("term"), _) => {
            let values = condition.get("values").and_then(Value::as_array);
            let values = values.ok_or_else(|| bad("condition.values: Field required"))?;
            Ok(value
                .is_some_and(|value| values.iter().any(|wanted| wanted.as_str() == Some(value))))
        }
        (Some("exists"), _) => Ok(value.is_some()),
        _ => Err(bad("This condition is not supported.")),
    }
}
