//! Leads that were merged into others (`close-api.md` 6.6): where their chats go.
//!
//! Reads only. A lead that is gone is looked for among the merges, and then where its contact is
//! by now; what both agree on, or the one that there is, is followed.

use crate::close::{Client, Failure};
use crate::transform::desired::Destination;

/// The lead that a chat's lead was merged into; `None` when nothing says so.
///
/// # Errors
///
/// What kept Close from answering.
pub(super) async fn merged_into(
    client: &Client,
    to: &Destination,
) -> Result<Option<String>, Failure> {
    let listed = match client.merged_into(&to.lead_id).await {
        Ok(listed) => listed,
        // Not every key may list them (or Close may not have the list): then the contact tells.
        Err(Failure::Rejected { .. }) => None,
        Err(failure) => return Err(failure),
    };
    let contact = client.contact(&to.contact_id).await?;
    let of_contact = contact.and_then(|contact| contact.lead_id);
    Ok(match (listed, of_contact) {
        (Some(listed), Some(of_contact)) => (listed == of_contact).then_some(listed),
        // The contact was merged into another one too, or removed: contacts.csv has to say which.
        (_, None) => None,
        (None, Some(of_contact)) => (of_contact != to.lead_id).then_some(of_contact),
    })
}
