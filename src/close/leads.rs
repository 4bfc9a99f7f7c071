//! `GET /lead/{id}/`: whether a lead is there and which contacts it has (`close-api.md` 6.6).

use std::fmt;

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire;

/// A lead. `Debug` shows ids only.
#[derive(Clone, Deserialize)]
#[serde(from = "Wire")]
pub struct Lead {
    /// `lead_…`.
    pub id: String,
    /// What Close shows as its name; may be empty.
    pub display_name: String,
    /// The ids of its contacts, `cont_…`, in Close's order.
    pub contacts: Vec<String>,
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    #[serde(default, deserialize_with = "wire::text")]
    display_name: String,
    #[serde(default)]
    contacts: Option<Vec<Nested>>,
    #[serde(default)]
    contact_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Nested {
    id: String,
}

impl From<Wire> for Lead {
    fn from(wire: Wire) -> Lead {
        let nested = wire.contacts.unwrap_or_default().into_iter().map(|c| c.id);
        let mut contacts: Vec<String> = nested.collect();
        // Either may be missing: `contact_ids` is not in every answer (SPEC example only).
        for id in wire.contact_ids.unwrap_or_default() {
            if !contacts.contains(&id) {
                contacts.push(id);
            }
        }
        Lead {
            id: wire.id,
            display_name: wire.display_name,
            contacts,
        }
    }
}

impl fmt::Debug for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lead")
            .field("id", &self.id)
            .field("contacts", &self.contacts)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// The lead with this id; `None` when there is none, it was merged into another (6.6), or it
    /// is hidden from us.
    pub async fn lead(&self, id: &str) -> Result<Option<Lead>, Failure> {
        let call = Call::new(RequestKind::Read, "GET /lead/{id}/").id(id);
        self.find_json(&call.query("_fields", "id,display_name,contacts,contact_ids"))
            .await
    }
}
