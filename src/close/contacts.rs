//! Contacts: `GET /contact/{id}/`, with lead and numbers.

use std::fmt;

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire;
use crate::ids::{ContactId, LeadId};

/// A contact. `Debug` shows ids only.
#[derive(Clone, Deserialize)]
pub struct Contact {
    /// `cont_…`.
    pub id: ContactId,
    /// The lead of the contact.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    /// Their name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub name: String,
    /// Their numbers as Close stores them: E.164.
    #[serde(default, deserialize_with = "numbers")]
    pub phones: Vec<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact")
            .field("id", &self.id)
            .field("lead_id", &self.lead_id)
            .finish_non_exhaustive()
    }
}

fn numbers<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct Phone {
        #[serde(default)]
        phone: Option<String>,
    }
    let phones = Option::<Vec<Phone>>::deserialize(d)?.unwrap_or_default();
    Ok(phones.into_iter().filter_map(|p| p.phone).collect())
}

impl Client {
    /// The contact with this id; `None` if it does not exist or the credential has no access to it.
    pub async fn contact(&self, id: &ContactId) -> Result<Option<Contact>, Failure> {
        let call = Call::new(RequestKind::Read, "GET /contact/{id}/").id(id.as_str());
        self.find_json(&call.query("_fields", "id,lead_id,name,phones"))
            .await
    }
}
