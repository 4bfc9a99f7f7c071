//! What a person recognises the leads of candidates by: name and last activity, from Close.
//!
//! Never here: who is a candidate ([`super::found`]).

use std::collections::HashMap;

use super::candidates::{Candidate, LeadShown};
use crate::app::Result;
use crate::close::Client;
use crate::ids::LeadId;
use crate::people::contacts::Contacts;
use crate::routing::Privacy;

/// Completes the candidates. Names and numbers of private people are left out.
///
/// # Errors
///
/// A request to Close failed; the remaining candidates have no lead's name and activity.
pub(super) async fn show(
    candidates: &mut [Candidate],
    client: &Client,
    contacts: &Contacts,
) -> Result<()> {
    let privacy = Privacy::new(contacts);
    let mut shown: HashMap<LeadId, LeadShown> = HashMap::new();
    let mut result = Ok(());
    for candidate in candidates {
        let mut lead = LeadShown::default();
        if let Some(id) = candidate.lead()
            && result.is_ok()
        {
            let known = shown.get(&id).cloned();
            match known {
                Some(known) => lead = known,
                None => match look_up(&id, client, &privacy).await {
                    Ok(found) => lead = shown.entry(id).or_insert(found).clone(),
                    Err(error) => result = Err(error),
                },
            }
        }
        candidate.complete(|phone| privacy.is_private_number(phone), &lead);
    }
    result
}

/// Looks up a lead; a private name is left out.
///
/// # Errors
///
/// A request to Close failed.
pub(in crate::app) async fn look_up(
    id: &LeadId,
    client: &Client,
    privacy: &Privacy<'_>,
) -> Result<LeadShown> {
    let Some(lead) = client.lead(id).await? else {
        return Ok(LeadShown::default());
    };
    let last = client.last_activity(id).await?;
    Ok(LeadShown {
        name: match privacy.is_private_name(&lead.display_name) {
            true => String::new(),
            false => lead.display_name,
        },
        last_activity: last.map_or_else(String::new, |at| at.date_naive().to_string()),
    })
}
