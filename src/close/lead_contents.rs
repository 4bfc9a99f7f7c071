//! What a lead holds beyond messages, and its deletion: `GET /lead/{id}/` with every field, `GET /activity/`, `GET /opportunity/`, `GET /task/`,
//! `DELETE /lead/{id}/`.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire::{self, Page};
use crate::ids::{ActivityId, LeadId};

/// The page size: the default, and possibly the maximum (assumption A29).
const LIMIT: usize = 100;

/// Maximum number of pages of activities: more are not what an import of one contact leaves.
const PAGES: usize = 1000;

/// The kind of the activity that Close itself adds to every new lead (documented).
const CREATED: &str = "Created";

impl Client {
    /// The kind of an activity of a lead, of any kind, that is neither in `known` nor the one that Close adds to every new
    /// lead; `None` if there is none.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn other_activities(
        &self,
        lead: &LeadId,
        known: &HashSet<ActivityId>,
    ) -> Result<Option<String>, Failure> {
        #[derive(Deserialize)]
        struct Activity {
            id: ActivityId,
            #[serde(default, rename = "_type", deserialize_with = "wire::text")]
            kind: String,
        }
        for page in 0..PAGES {
            let (limit, skip) = (LIMIT.to_string(), (page * LIMIT).to_string());
            let call = Call::new(RequestKind::Read, "GET /activity/")
                .query("lead_id", lead.as_str())
                .query("_fields", "id,_type")
                .query("_limit", &limit)
                .query("_skip", &skip);
            let page: Page<Activity> = self.send_json(&call).await?;
            let is_last = !page.has_more || page.data.is_empty();
            let is_other = |one: &Activity| {
                one.kind != CREATED && !known.contains(&one.id) && !self.may_list_deleted(&one.id)
            };
            if let Some(other) = page.data.into_iter().find(is_other) {
                return Ok(Some(other.kind));
            }
            if is_last {
                return Ok(None);
            }
        }
        Ok(Some("too many to read".to_owned()))
    }

    /// Whether a lead has an opportunity.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn has_opportunity(&self, lead: &LeadId) -> Result<bool, Failure> {
        let call = Call::new(RequestKind::Read, "GET /opportunity/");
        self.has_any(call.query("lead_id", lead.as_str())).await
    }

    /// Whether a lead has a task of any kind, completed or not.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn has_task(&self, lead: &LeadId) -> Result<bool, Failure> {
        let call = Call::new(RequestKind::Read, "GET /task/")
            .query("lead_id", lead.as_str())
            // Without it, tasks of a single kind are listed (documented).
            .query("_type", "all");
        self.has_any(call).await
    }

    /// What a person or program added to a lead that was created with one contact, which has its name and one number, and with
    /// this status; `None` if nothing. `Some` too for a lead that is not there.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn addition_to_lead(
        &self,
        lead: &LeadId,
        status: Option<&str>,
    ) -> Result<Option<&'static str>, Failure> {
        let call = Call::new(RequestKind::Read, "GET /lead/{id}/").id(lead.as_str());
        let found: Option<Map<String, Value>> = self.find_json(&call).await?;
        Ok(match found {
            Some(lead) => addition(&lead, status),
            None => Some("it is no longer in Close"),
        })
    }

    async fn has_any(&self, call: Call<'_>) -> Result<bool, Failure> {
        let page: Page<IgnoredAny> = self.send_json(&call.query("_limit", "1")).await?;
        Ok(!page.data.is_empty())
    }

    /// Deletes a lead with everything on it. A lead that does not exist is deleted.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn delete_lead(&self, lead: &LeadId) -> Result<(), Failure> {
        let call = Call::new(RequestKind::Idempotent, "DELETE /lead/{id}/").id(lead.as_str());
        match self.send(&call, |_| Some(())).await {
            Ok(()) | Err(Failure::Rejected { status: 404, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
/// What a lead has beyond what it was created with.
fn addition(lead: &Map<String, Value>, status: Option<&str>) -> Option<&'static str> {
    let contact = match lead.get("contacts").and_then(Value::as_array) {
        Some(contacts) => match contacts.as_slice() {
            [Value::Object(contact)] => contact,
            _ => return Some("its contacts are not the one that was created with it"),
        },
        None => return Some("Close does not show its contacts"),
    };
    let text = |object: &Map<String, Value>, key: &str| {
        let value = object.get(key).and_then(Value::as_str);
        value.map(str::to_owned).unwrap_or_default()
    };
    let is_status = |wanted: &str| {
        ["status_label", "status_id"]
            .map(|key| text(lead, key))
            .iter()
            .any(|own| own.eq_ignore_ascii_case(wanted))
    };
    let phones = contact.get("phones").and_then(Value::as_array);
    let checks = [
        (has_custom(lead), "it has custom fields"),
        (
            is_filled(lead, &["description", "url", "addresses"]),
            "it has a description, a URL or an address",
        ),
        (
            status.is_some_and(|status| !is_status(status)),
            "it has another status than new_lead_status",
        ),
        (
            text(lead, "name") != text(contact, "name"),
            "it or its contact was renamed",
        ),
        (
            phones.map_or(0, Vec::len) != 1,
            "its contact has another number of phone numbers",
        ),
        (
            has_custom(contact) || is_filled(contact, &["emails", "urls", "title"]),
            "its contact has an e-mail address, a URL, a title or custom fields",
        ),
    ];
    checks
        .into_iter()
        .find(|(is_added, _)| *is_added)
        .map(|(_, what)| what)
}

/// Whether one of these fields has a value.
fn is_filled(object: &Map<String, Value>, keys: &[&str]) -> bool {
    keys.iter()
        .any(|key| object.get(*key).is_some_and(has_value))
}

/// Whether a custom field has a value: `custom.cf_…`, or all of them by name in `custom`.
fn has_custom(object: &Map<String, Value>) -> bool {
    let is_custom = |key: &str| key == "custom" || key.starts_with("custom.");
    object
        .iter()
        .any(|(key, value)| is_custom(key) && has_value(value))
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(fields) => fields.values().any(has_value),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
