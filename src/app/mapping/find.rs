//! Contacts of Close that a person looks for: by name, number or lead.

use super::candidates::CandidateContact;
use crate::app::error::Result;
use crate::app::lookup::{LeadShown, shown_lead};
use crate::close::{Client, Contact};
use crate::ids::LeadId;
use crate::name::name_key;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::routing::Privacy;

/// The most contacts that are shown.
const SHOWN: usize = 9;

/// The most contacts of a lead that are read: each is a request.
const OF_LEAD: usize = 100;

/// The contacts that a person looked for.
#[derive(Debug, Default)]
pub(crate) struct FoundContacts {
    /// The first ones.
    pub(crate) shown: Vec<CandidateContact>,
    /// The number of further ones.
    pub(crate) more: u64,
}

/// The contacts that a text means: a number, the id or address of a lead, else a name. Those that are private are none.
///
/// # Errors
///
/// A request to Close failed.
pub(crate) async fn find_contacts(
    client: &Client,
    contacts: &Contacts,
    (device, chat): (&str, &str),
    text: &str,
) -> Result<FoundContacts> {
    let privacy = Privacy::new(contacts);
    let (why, found) = match (Phone::parse(text), lead_in(text)) {
        (Some(phone), _) => ("the number", with_number(client, &phone).await?),
        (None, Some(lead)) => ("the lead that you named", of_lead(client, &lead).await?),
        (None, None) => (
            "the name that you looked for",
            client.contacts_named(text).await?,
        ),
    };
    let (mut shown, mut more) = (Vec::new(), 0);
    for contact in found {
        let phones: Vec<Phone> = contact
            .phones
            .iter()
            .filter_map(|own| Phone::parse(own))
            .collect();
        let is_private = privacy.is_private_name(&contact.name)
            || phones.iter().any(|phone| privacy.is_private_number(phone));
        let Some(lead_id) = contact.lead_id.clone().filter(|_| !is_private) else {
            continue;
        };
        // Each one that is shown costs requests.
        if shown.len() == SHOWN {
            more += 1;
            continue;
        }
        let LeadShown {
            name: lead,
            last_activity,
        } = shown_lead(&lead_id, client, &privacy).await?;
        shown.push(CandidateContact {
            device: device.to_owned(),
            chat: name_key(chat),
            why: why.to_owned(),
            url: format!("https://app.close.com/lead/{lead_id}/"),
            ids: Some((lead_id, contact.id)),
            name: contact.name,
            phones,
            lead,
            last_activity,
        });
    }
    Ok(FoundContacts { shown, more })
}

/// The contacts with a number, and with its other form.
async fn with_number(client: &Client, phone: &Phone) -> Result<Vec<Contact>> {
    let mut found = client.contacts_with_phone(phone.e164()).await?;
    if let Some(twin) = phone.twin() {
        let others = client.contacts_with_phone(twin.e164()).await?;
        let is_new = |other: &Contact| found.iter().all(|contact| contact.id != other.id);
        let others: Vec<Contact> = others.into_iter().filter(is_new).collect();
        found.extend(others);
    }
    Ok(found)
}

/// The id of a lead in a text: alone, or in its address.
fn lead_in(text: &str) -> Option<LeadId> {
    let mut parts = text.split(['/', ' ', '?', '#']);
    let id = parts.find(|part| part.starts_with("lead_"))?;
    id.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        .then(|| id.into())
}

async fn of_lead(client: &Client, id: &LeadId) -> Result<Vec<Contact>> {
    let Some(lead) = client.lead(id).await? else {
        return Ok(Vec::new());
    };
    let mut contacts = Vec::new();
    for id in lead.contacts.iter().take(OF_LEAD) {
        contacts.extend(client.contact(id).await?);
    }
    Ok(contacts)
}
