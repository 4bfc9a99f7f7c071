//! Leads that were merged into others (`close-api.md` 6.6): where their chats go.
//!
//! Reads only. A lead that is gone is looked for among the merges, and then where its contact is
//! by now; what both agree on, or the one that there is, is followed.

use crate::close::{Client, Failure};
use crate::ids::LeadId;
use crate::transform::desired::Destination;

/// The lead that a chat's lead was merged into; `None` when nothing says so. `was_there`: it is known
/// that the lead was there once. A lead that nobody ever saw and that no merge names is a slip of the
/// pen, wherever the contact is.
///
/// # Errors
///
/// What kept Close from answering.
pub(crate) async fn merged_into(
    client: &Client,
    to: &Destination,
    was_there: bool,
) -> Result<Option<LeadId>, Failure> {
    let (listed, is_listed) = match client.merged_into(&to.lead_id).await {
        Ok(listed) => (listed, true),
        // Not every key may list them (or Close may not have the list): then the contact tells.
        Err(Failure::Rejected { .. }) => (None, false),
        Err(failure) => return Err(failure),
    };
    let contact = client.contact(&to.contact_id).await?;
    let of_contact = contact.and_then(|contact| contact.lead_id);
    Ok(match (listed, of_contact) {
        (Some(listed), Some(of_contact)) => (listed == of_contact).then_some(listed),
        // The contact was merged into another one too, or removed: contacts.csv has to say which.
        (_, None) => None,
        (None, Some(_)) if is_listed && !was_there => None,
        (None, Some(of_contact)) => (of_contact != to.lead_id).then_some(of_contact),
    })
}
