//! Before a chat's first write: its lead, contact and user are read back.
//!
//! A wrong pair in contacts.csv would put somebody's messages on somebody else's lead. That is
//! the worst thing that this program can do, so it asks first.

use std::collections::HashMap;

use tokio::sync::Mutex;

use super::merged;
use crate::close::{Client, Failure};
use crate::transform::desired::{Destination, Held};

/// Looks whether ids go together, as a run does before a chat's first write, for a command that
/// only looks.
#[derive(Debug, Default)]
pub struct Checks {
    users: Users,
}

impl Checks {
    /// `Some` says why the ids of a destination do not go together. `follows_merges`: a lead that
    /// was merged is told as one that is followed.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn pair(
        &mut self,
        client: &Client,
        to: &Destination,
        follows_merges: bool,
    ) -> Result<Option<Held>, Failure> {
        pair(client, &self.users, to, follows_merges).await
    }
}

/// Users that were asked for already: there or not.
#[derive(Debug, Default)]
pub(super) struct Users {
    seen: Mutex<HashMap<String, bool>>,
}

impl Users {
    async fn exists(&self, client: &Client, id: &str) -> Result<bool, Failure> {
        let mut seen = self.seen.lock().await;
        if let Some(there) = seen.get(id) {
            return Ok(*there);
        }
        let there = client.user(id).await?.is_some();
        seen.insert(id.to_owned(), there);
        Ok(there)
    }
}

/// Whether the ids of a destination go together; `Some` says why not.
pub(super) async fn pair(
    client: &Client,
    users: &Users,
    to: &Destination,
    follows_merges: bool,
) -> Result<Option<Held>, Failure> {
    let held = |text: String| Ok(Some(Held::Pair(text)));
    let Destination {
        lead_id,
        contact_id,
        ..
    } = to;
    if client.lead(lead_id).await?.is_none() {
        if let Some(into) = merged::merged_into(client, to, false).await? {
            return Ok(Some(Held::Merged {
                from: lead_id.clone(),
                into,
                follows: follows_merges,
            }));
        }
        return held(format!("Close has no lead {lead_id} that this key may see"));
    }
    let Some(contact) = client.contact(contact_id).await? else {
        return held(format!(
            "Close has no contact {contact_id} that this key may see"
        ));
    };
    if contact.lead_id.as_deref() != Some(lead_id) {
        return held(format!(
            "the contact {contact_id} does not belong to the lead {lead_id}"
        ));
    }
    if let Some(user) = &to.user_id
        && !users.exists(client, user).await?
    {
        return held(format!("Close has no user {user}"));
    }
    Ok(None)
}
