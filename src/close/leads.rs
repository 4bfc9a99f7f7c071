//! Leads: `GET /lead/{id}/` for existence and contacts, `POST /lead/` for a new one with its contact.
//!
//! See docs/reference/close-api.md, "Leads".

use std::fmt;

use serde::Deserialize;
use serde_json::json;

use super::client::{Call, Client, Permit};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire;
use crate::ids::{ContactId, LeadId, StatusId};

const CREATE: &str = "POST /lead/";

/// A lead. `Debug` shows ids only.
#[derive(Clone, Deserialize)]
#[serde(from = "Wire")]
pub struct Lead {
    /// The lead's id, `lead_…`.
    pub id: LeadId,
    /// The lead's displayed name; may be empty.
    pub display_name: String,
    /// The ids of its contacts, `cont_…`, in Close's order.
    pub contacts: Vec<ContactId>,
}

#[derive(Deserialize)]
struct Wire {
    id: LeadId,
    #[serde(default, deserialize_with = "wire::text")]
    display_name: String,
    #[serde(default)]
    contacts: Option<Vec<Nested>>,
    #[serde(default)]
    contact_ids: Option<Vec<ContactId>>,
}

#[derive(Deserialize)]
struct Nested {
    id: ContactId,
}

impl From<Wire> for Lead {
    fn from(wire: Wire) -> Lead {
        let nested = wire.contacts.unwrap_or_default().into_iter().map(|c| c.id);
        let mut contacts: Vec<ContactId> = nested.collect();
        // Either may be missing: `contact_ids` is not in every response.
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

/// A lead to create, with its only contact; both have this name. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct NewLead {
    /// Name of lead and contact, at most 1000 characters.
    pub name: String,
    /// Number of the contact, E.164: without `+` Close would use its own country code.
    pub phone: String,
    /// The status of the lead. Without one Close would take the organisation's first, for which
    /// workflows often start.
    pub status_id: StatusId,
}

impl fmt::Debug for NewLead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLead").finish_non_exhaustive()
    }
}

/// Result of creating a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedLead {
    /// The id of the new lead, `lead_…`.
    pub id: LeadId,
    /// The id of its contact, `cont_…`.
    pub contact_id: ContactId,
}

impl Client {
    /// Waits until a lead may be created, as [`Client::permit_to_create`] does for a message. Cancel-safe.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when an outage is too long.
    pub async fn permit_to_create_lead(&self) -> Result<Permit<'_>, Failure> {
        self.acquire_permit(CREATE).await
    }

    /// Creates a lead with one contact in one request, using a permit. Like a message it must never be sent twice: a
    /// lost response is [`Failure::Unknown`], to be looked up by the contact's number.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn create_lead_on(
        &self,
        permit: Permit<'_>,
        lead: &NewLead,
    ) -> Result<CreatedLead, Failure> {
        let body = json!({
            "name": lead.name,
            "status_id": lead.status_id,
            "contacts": [{
                "name": lead.name,
                "phones": [{"phone": lead.phone, "type": "mobile"}],
            }],
        });
        let call = Call::new(RequestKind::Create, CREATE).json(&body)?;
        self.send_on(Some(permit), &call, |body| {
            let lead: Lead = serde_json::from_slice(body).ok()?;
            // A response that does not contain exactly one contact is not sufficient.
            match lead.contacts.as_slice() {
                [contact] if wire::is_id(lead.id.as_str()) && wire::is_id(contact.as_str()) => {
                    Some(CreatedLead {
                        contact_id: contact.clone(),
                        id: lead.id,
                    })
                }
                _ => None,
            }
        })
        .await
    }

    /// The lead with this id; `None` if it does not exist, was merged into another one, or the credential has no
    /// access to it.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn lead(&self, id: &LeadId) -> Result<Option<Lead>, Failure> {
        let call = Call::new(RequestKind::Read, "GET /lead/{id}/").id(id.as_str());
        self.find_json(&call.query("_fields", "id,display_name,contacts,contact_ids"))
            .await
    }

    /// Whether Close shows a lead to this key. Of another lead it shows no message either, there or not: asked right after a
    /// message was not found, this decides whether that proves its deletion.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub(crate) async fn shows_lead(&self, id: &LeadId) -> Result<bool, Failure> {
        Ok(self.lead(id).await?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::testing::{Reply, Server, client};

    async fn create(reply: &str) -> (Result<CreatedLead, Failure>, serde_json::Value) {
        let server = Server::start([Reply::json(200, reply)]).await;
        let client = client(&server);
        let lead = NewLead {
            name: "Sean Byrne".to_owned(),
            phone: "+353861234567".to_owned(),
            status_id: "stat_1".into(),
        };
        let permit = client.permit_to_create_lead().await.unwrap();
        let created = client.create_lead_on(permit, &lead).await;
        let sent = serde_json::from_slice(&server.requests()[0].body).unwrap();
        (created, sent)
    }

    #[tokio::test]
    async fn a_lead_is_created_with_its_contact_in_one_request() {
        let (created, sent) = create(
            r#"{"id": "lead_1", "contacts": [{"id": "cont_1"}], "contact_ids": ["cont_1"]}"#,
        )
        .await;
        let expected = CreatedLead {
            id: "lead_1".into(),
            contact_id: "cont_1".into(),
        };
        assert_eq!(created, Ok(expected));
        let phones = json!([{"phone": "+353861234567", "type": "mobile"}]);
        assert_eq!(
            sent,
            json!({
                "name": "Sean Byrne",
                "status_id": "stat_1",
                "contacts": [{"name": "Sean Byrne", "phones": phones}],
            })
        );
    }

    #[tokio::test]
    async fn an_answer_without_its_contact_is_unknown() {
        for reply in [
            r#"{"id": "lead_1", "contacts": []}"#,
            r#"{"id": "lead_1"}"#,
            r#"{"id": "", "contacts": [{"id": "cont_1"}]}"#,
            r#"{"id": "lead_1", "contacts": [{"id": "cont_1"}, {"id": "cont_2"}]}"#,
            "{",
        ] {
            let (created, _) = create(reply).await;
            assert!(matches!(created, Err(Failure::Unknown { .. })), "{reply}");
        }
    }
}
