//! Follows leads that were merged into others.
//!
//! Reads only. A lead that no longer exists is searched among the merges, then through the present lead of
//! its contact. If both are known they must agree.

use crate::close::{Client, Failure};
use crate::ids::LeadId;
use crate::transform::desired::Destination;

/// The lead that a chat's lead was merged into; `None` if that is not known. `was_there`: the lead is known
/// to have existed. A lead that was never seen and that no merge names is a typing error, whatever lead the
/// contact has.
///
/// # Errors
///
/// The failure of a request.
pub(crate) async fn merged_into(
    client: &Client,
    to: &Destination,
    was_there: bool,
) -> Result<Option<LeadId>, Failure> {
    let (listed, is_listed) = match client.merged_into(&to.lead_id).await {
        Ok(listed) => (listed, true),
        // Not every key may list merges (or Close may not have the list): then the contact decides.
        Err(Failure::Rejected { .. }) => (None, false),
        Err(failure) => return Err(failure),
    };
    let contact = client.contact(&to.contact_id).await?;
    let of_contact = contact.and_then(|contact| contact.lead_id);
    Ok(match (listed, of_contact) {
        (Some(listed), Some(of_contact)) => (listed == of_contact).then_some(listed),
        // The contact was merged as well, or removed: contacts.csv has to name its lead.
        (_, None) => None,
        (None, Some(_)) if is_listed && !was_there => None,
        (None, Some(of_contact)) => (of_contact != to.lead_id).then_some(of_contact),
    })
}
