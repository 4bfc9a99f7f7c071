//! Follows leads that were merged into others: which lead holds what was on a lead that Close no longer shows.
//!
//! Reads only. Two witnesses: Close's list of merges, and the present lead of something that was on the lead, a contact or
//! activities. If both name a lead they must agree.

use crate::close::{Client, Failure};
use crate::ids::LeadId;
use crate::transform::desired::Destination;

/// The lead that a chat's lead was merged into, by the lead that its contact is on now; `None` if
/// that is not known. `was_there`: as for [`present_lead`].
///
/// # Errors
///
/// The failure of a request.
pub(crate) async fn merged_into(
    client: &Client,
    to: &Destination,
    was_there: bool,
) -> Result<Option<LeadId>, Failure> {
    let contact = client.contact(&to.contact_id).await?;
    match contact.and_then(|contact| contact.lead_id) {
        Some(present) => present_lead(client, (&to.lead_id, was_there), present).await,
        // The contact was merged as well, or removed: contacts.csv has to name its lead.
        None => Ok(None),
    }
}

/// The lead that a lead was merged into; `None` if that is not known. `present`: the lead that has what was on it.
/// `was_there`: the lead is known to have existed. A lead that was never seen and that no merge names is a typing error,
/// whatever lead `present` is.
///
/// # Errors
///
/// The failure of a request.
pub(crate) async fn present_lead(
    client: &Client,
    (lead, was_there): (&LeadId, bool),
    present: LeadId,
) -> Result<Option<LeadId>, Failure> {
    let is_it = match client.merged_into(lead).await {
        Ok(Some(listed)) => listed == present,
        Ok(None) => was_there && present != *lead,
        // Not every key may list merges (or Close may not have the list): then the other witness decides.
        Err(Failure::Rejected { .. }) => present != *lead,
        Err(failure) => return Err(failure),
    };
    Ok(is_it.then_some(present))
}
