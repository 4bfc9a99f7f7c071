//! Contact search: `POST /data/search/`, by number or name.
//!
//! Results are filtered again here: a search by words has near misses, and whether Close normalises numbers before it
//! compares them is not known (assumption A51).
//!
//! See docs/reference/close-api.md, "Search".

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Call, Client};
use super::contacts::Contact;
use super::error::Failure;
use super::outcome::RequestKind;

const SEARCH: &str = "POST /data/search/";
/// Rows of one page.
const PAGE: u64 = 100;
/// Maximum number of pages of one search.
const PAGES: usize = 10;

#[derive(Deserialize)]
struct SearchPage {
    #[serde(default)]
    data: Vec<Contact>,
    #[serde(default)]
    cursor: Option<String>,
}

impl Client {
    /// The contacts that have exactly this number, in E.164; without duplicates.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn contacts_with_phone(&self, e164: &str) -> Result<Vec<Contact>, Failure> {
        for mode in ["exact_value", "full_words"] {
            let query = json!({
                "type": "has_related",
                "this_object_type": "contact",
                "related_object_type": "contact_phone",
                "related_query": condition("contact_phone", "phone", mode, e164),
            });
            let mut found = self.contacts_where(&query).await?;
            found.retain(|contact| contact.phones.iter().any(|phone| phone == e164));
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// The contacts whose names contain all words of `name`; the caller compares them.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn contacts_named(&self, name: &str) -> Result<Vec<Contact>, Failure> {
        let query = condition("contact", "name", "full_words", name);
        self.contacts_where(&query).await
    }

    async fn contacts_where(&self, query: &Value) -> Result<Vec<Contact>, Failure> {
        let mut all: Vec<Contact> = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let mut body = json!({
                "query": {"type": "and", "queries": [
                    {"type": "object_type", "object_type": "contact"},
                    query,
                ]},
                "_fields": {"contact": ["id", "lead_id", "name", "phones"]},
                "_limit": PAGE,
            });
            if let Some(cursor) = cursor.take() {
                body["cursor"] = json!(cursor);
            }
            // Changes nothing, so it may be retried like any read.
            let call = Call::new(RequestKind::Read, SEARCH).json(&body)?;
            let found: SearchPage = self.send_json(&call).await?;
            for contact in found.data {
                if all.iter().all(|known| known.id != contact.id) {
                    all.push(contact);
                }
            }
            cursor = found.cursor;
            if cursor.is_none() {
                break;
            }
        }
        Ok(all)
    }
}

fn condition(object: &str, field: &str, mode: &str, value: &str) -> Value {
    json!({
        "type": "field_condition",
        "field": {"type": "regular_field", "object_type": object, "field_name": field},
        "condition": {"type": "text", "mode": mode, "value": value},
    })
}

#[cfg(test)]
mod tests {
    use crate::close::testing::{Reply, Server, client};

    #[tokio::test]
    async fn near_misses_are_none_and_pages_are_put_together() {
        let page = |id: &str, phone: &str, cursor: &str| {
            let body = format!(
                r#"{{"data": [{{"__object_type": "contact", "id": "{id}", "lead_id": "lead_1", "name": "A", "phones": [{{"phone": "{phone}"}}]}}], "cursor": {cursor}}}"#
            );
            Reply::json(200, &body)
        };
        let server = Server::start([
            page("cont_1", "+4915112345678", "\"next\""),
            page("cont_2", "+491511234567", "\"last\""),
            page("cont_1", "+4915112345678", "null"),
        ])
        .await;
        let found = client(&server)
            .contacts_with_phone("+4915112345678")
            .await
            .unwrap();
        let ids: Vec<&str> = found.iter().map(|contact| contact.id.as_str()).collect();
        assert_eq!(ids, ["cont_1"]);
        let asked: Vec<serde_json::Value> = (server.requests().iter())
            .map(|request| serde_json::from_slice(&request.body).unwrap())
            .collect();
        assert_eq!(asked.len(), 3);
        assert_eq!(asked[0].get("cursor"), None);
        assert_eq!(asked[2]["cursor"], "last");
    }
}
