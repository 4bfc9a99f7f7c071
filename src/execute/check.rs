//! Before a chat's first write: its lead, contact and user are read back.
//!
//! A wrong pair in contacts.csv would put somebody's messages on somebody else's lead. That is
//! the worst thing that this program can do, so it asks first.

use std::collections::{HashMap, HashSet};

use tokio::sync::{Mutex, OnceCell};

use crate::close::{Client, Failure};
use crate::ids::UserId;
use crate::phone::Phone;
use crate::survey::merged_into;
use crate::transform::desired::{Destination, Held};
use crate::transform::settings::InactiveUser;

/// Looks whether ids go together, as a run does before a chat's first write, for a command that
/// only looks.
#[derive(Debug, Default)]
pub struct Checks {
    users: Users,
}

impl Checks {
    /// `inactive` says what becomes of the messages of users who left.
    pub fn new(inactive: &InactiveUser) -> Checks {
        Checks {
            users: Users::new(inactive),
        }
    }

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

    /// True when Close has numbers of the contact, and the chat's is none of them. It may only be
    /// missing there, so a run asks for nothing.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn lacks_number(&self, client: &Client, to: &Destination) -> Result<bool, Failure> {
        let contact = client.contact(&to.contact_id).await?;
        Ok(contact.is_some_and(|contact| {
            let mut known = contact
                .phones
                .iter()
                .filter_map(|phone| Phone::parse(phone));
            !known.any(|phone| phone == to.remote_phone)
        }))
    }
}

/// The users of the organisation, as far as they were asked for.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// Who is active, read once; `None` where this key may not see it.
    active: OnceCell<Option<HashSet<UserId>>>,
    /// Of those who are not active, who is there all the same.
    seen: Mutex<HashMap<UserId, bool>>,
    /// In whose name the messages of somebody who left are posted.
    instead: Option<UserId>,
}

/// What somebody is in the organisation.
enum Membership {
    /// Messages can be in their name.
    Active,
    /// They left: Close presumably takes no message in their name (`close-api.md` A16).
    Left,
    /// There is nobody of this id.
    Nobody,
}

impl Users {
    /// `instead` is the user of [`InactiveUser::Instead`].
    pub(super) fn new(inactive: &InactiveUser) -> Users {
        Users {
            instead: match inactive {
                InactiveUser::Hold => None,
                InactiveUser::Instead(user) => Some(user.clone()),
            },
            ..Users::default()
        }
    }

    async fn membership(&self, client: &Client, id: &UserId) -> Result<Membership, Failure> {
        let active = self.active.get_or_try_init(|| async {
            match client.active_users().await {
                Ok(users) => Ok(Some(users.into_iter().map(|user| user.id).collect())),
                Err(Failure::Denied { .. } | Failure::Rejected { .. }) => Ok(None),
                Err(failure) => Err(failure),
            }
        });
        let active: &Option<HashSet<UserId>> = active.await?;
        if active.as_ref().is_some_and(|active| active.contains(id)) {
            return Ok(Membership::Active);
        }
        let mut seen = self.seen.lock().await;
        let there = match seen.get(id) {
            Some(there) => *there,
            None => {
                let there = client.user(id).await?.is_some();
                seen.insert(id.clone(), there);
                there
            }
        };
        Ok(match (there, active) {
            (false, _) => Membership::Nobody,
            (true, Some(_)) => Membership::Left,
            // Nobody says who is active.
            (true, None) => Membership::Active,
        })
    }

    /// Why nothing can be posted in somebody's name, if so.
    async fn refuses(&self, client: &Client, id: &UserId) -> Result<Option<String>, Failure> {
        let why = match (self.membership(client, id).await?, &self.instead) {
            (Membership::Active, _) => return Ok(None),
            (Membership::Nobody, _) => format!("Close has no user {id}"),
            (Membership::Left, None) => format!(
                "the user {id} is no longer active; set inactive_user to the id of the user who should own these messages, or give the row `me` another user_id"
            ),
            (Membership::Left, Some(instead)) => match self.membership(client, instead).await? {
                Membership::Active => return Ok(None),
                Membership::Left | Membership::Nobody => {
                    format!("inactive_user is {instead}, who is no active user either")
                }
            },
        };
        Ok(Some(why))
    }

    /// In whose name a message of `user` is posted: their own, or that of whoever stands in for
    /// those who left.
    pub(super) fn poster(&self, user: Option<&UserId>) -> Option<UserId> {
        let user = user?;
        let left = matches!(self.active.get(), Some(Some(active)) if !active.contains(user));
        let instead = self.instead.as_ref().filter(|_| left);
        Some(instead.unwrap_or(user).clone())
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
        if let Some(into) = merged_into(client, to, false).await? {
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
    if contact.lead_id.as_ref() != Some(lead_id) {
        return held(format!(
            "the contact {contact_id} does not belong to the lead {lead_id}"
        ));
    }
    if let Some(user) = &to.user_id
        && let Some(why) = users.refuses(client, user).await?
    {
        return held(why);
    }
    Ok(None)
}
