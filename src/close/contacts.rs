//! Contacts: `GET /contact/{id}/`, with lead and numbers; `PUT /contact/{id}/` for more numbers.
//!
//! See docs/reference/close-api.md, "Contacts".

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire;
use crate::ids::{ContactId, LeadId};
use crate::phone::Phone;

/// A contact. `Debug` shows ids only.
#[derive(Clone, Deserialize)]
pub struct Contact {
    /// The contact's id, `cont_…`.
    pub id: ContactId,
    /// The lead of the contact, `lead_…`; `None` if Close does not return it.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    /// The contact's name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub name: String,
    /// The contact's numbers as Close stores them: E.164.
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

impl Contact {
    /// The contact's numbers, without texts that are not a number.
    pub fn numbers(&self) -> impl Iterator<Item = Phone> {
        let texts = self.phones.iter();
        texts.filter_map(|text| Phone::parse_written(text))
    }

    /// Whether the contact has a number, in either of its forms.
    pub fn has_number(&self, number: &Phone) -> bool {
        self.numbers().any(|own| number.is_same_as(&own))
    }
}

/// The fields of a number that Close derives from it.
const DERIVED: [&str; 2] = ["phone_formatted", "country"];

/// The numbers of a contact with their types, as Close returns them. `Debug` shows ids only.
#[derive(Clone, Deserialize)]
pub struct ContactNumbers {
    /// The contact's id, `cont_…`.
    pub id: ContactId,
    /// The lead of the contact, `lead_…`; `None` if Close does not return it.
    #[serde(default)]
    pub lead_id: Option<LeadId>,
    #[serde(default, deserialize_with = "wire::text")]
    name: String,
    #[serde(default)]
    phones: Option<Vec<Map<String, Value>>>,
}

impl fmt::Debug for ContactNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactNumbers")
            .field("id", &self.id)
            .field("lead_id", &self.lead_id)
            .finish_non_exhaustive()
    }
}

impl ContactNumbers {
    /// The contact without the types of its numbers.
    pub fn contact(&self) -> Contact {
        Contact {
            id: self.id.clone(),
            lead_id: self.lead_id.clone(),
            name: self.name.clone(),
            phones: (self.phones.iter().flatten())
                .filter_map(|phone| Some(phone.get("phone")?.as_str()?.to_owned()))
                .collect(),
        }
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
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn contact(&self, id: &ContactId) -> Result<Option<Contact>, Failure> {
        let call = Call::new(RequestKind::Read, "GET /contact/{id}/").id(id.as_str());
        self.find_json(&call.query("_fields", "id,lead_id,name,phones"))
            .await
    }

    /// The numbers of a contact; `None` if it does not exist or the credential has no access to it.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn contact_numbers(&self, id: &ContactId) -> Result<Option<ContactNumbers>, Failure> {
        let call = Call::new(RequestKind::Read, "GET /contact/{id}/").id(id.as_str());
        self.find_json(&call.query("_fields", "id,lead_id,name,phones"))
            .await
    }

    /// Adds numbers to a contact, after those that it has. Close replaces the list as a whole (documented), so the
    /// caller reads it right before; idempotent.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn add_numbers(
        &self,
        contact: ContactNumbers,
        numbers: &[Phone],
    ) -> Result<(), Failure> {
        let mut phones: Vec<Value> = (contact.phones.into_iter().flatten())
            .map(|mut phone| {
                phone.retain(|name, value| !value.is_null() && !DERIVED.contains(&name.as_str()));
                Value::Object(phone)
            })
            .collect();
        let new = numbers.iter();
        phones.extend(new.map(|number| json!({"phone": number.e164(), "type": "mobile"})));
        let call = Call::new(RequestKind::Idempotent, "PUT /contact/{id}/")
            .id(contact.id.as_str())
            .json(&json!({ "phones": phones }))?;
        self.send(&call, |_| Some(())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::testing::{Reply, Server, client};

    #[tokio::test]
    async fn number_is_added_after_those_that_the_contact_has() {
        let held = r#"{"id": "cont_1", "lead_id": "lead_1", "phones": [{"phone": "+353861234567",
            "phone_formatted": "+353 86 123 4567", "country": "IE", "type": "office", "label": null}]}"#;
        let server = Server::start([Reply::json(200, held), Reply::json(200, "{}")]).await;
        let client = client(&server);
        let contact = client.contact_numbers(&"cont_1".into()).await.unwrap();
        let contact = contact.unwrap();
        let known = contact.contact();
        let new = Phone::parse("+4915112345678").unwrap();
        assert!(known.has_number(&Phone::parse("+353861234567").unwrap()));
        assert!(!known.has_number(&new));
        client.add_numbers(contact, &[new]).await.unwrap();
        let sent: Value = serde_json::from_slice(&server.requests()[1].body).unwrap();
        assert_eq!(
            sent,
            json!({"phones": [
                {"phone": "+353861234567", "type": "office"},
                {"phone": "+4915112345678", "type": "mobile"},
            ]})
        );
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let contact = |phone: &str| -> Contact {
            let phones = json!({"id": "cont_1", "phones": [{"phone": phone}]});
            serde_json::from_value(phones).unwrap()
        };
        for (held, number, is_held) in [
            ("353 86 123 4567", "+353861234567", true),
            ("00353-86-1234567", "+353861234567", true),
            ("+55 11 9876-5432", "+5511998765432", true),
            ("+353861234568", "+353861234567", false),
            ("861234567", "+353861234567", false),
        ] {
            let number = Phone::parse(number).unwrap();
            assert_eq!(contact(held).has_number(&number), is_held, "{held}");
        }
    }
}
