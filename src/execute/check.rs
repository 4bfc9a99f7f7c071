//! Reads a chat's lead, contact and user back from Close before the first write to that chat.
//!
//! A wrong row in contacts.csv would post one person's messages on another person's lead, the most
//! serious error this program can make. The check prevents it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, OnceCell};

use crate::close::{Client, Contact, Failure};
use crate::ids::{ContactId, LeadId, UserId};
use crate::policy::{InactiveUser, OnMerged, Policy};
use crate::stop_reason::{StopReason, stops};
use crate::survey::merged_into;
use crate::transform::desired::{Destination, Held};

/// The age up to which a run relies on a check of its plan. Leads are merged and contacts corrected while a person looks
/// at a plan, or while a long run is at other chats.
const FRESH: Duration = Duration::from_secs(300);

/// Checks of leads, contacts and users before a chat is imported. Clones share what was read.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    users: Arc<Users>,
    passed: Arc<std::sync::Mutex<Passed>>,
}

/// The destinations that passed.
#[derive(Debug, Default)]
struct Passed {
    /// The ids that belong together, and when that was read.
    at: HashMap<Ids, Duration>,
    contacts: HashMap<ContactId, Contact>,
}

/// The ids of a destination.
type Ids = (LeadId, ContactId, Option<UserId>);

impl Checks {
    /// Checks by this policy, with nothing read yet.
    pub fn new(policy: &Policy) -> Checks {
        Checks {
            users: Arc::new(Users::new(policy)),
            passed: Arc::default(),
        }
    }

    /// The users read so far; a run continues with them.
    pub(super) fn users(&self) -> Arc<Users> {
        Arc::clone(&self.users)
    }

    /// Whether the ids of a destination were found to belong together a short time before `now`.
    pub(super) fn has_passed(&self, to: &Destination, now: Duration) -> bool {
        let passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let at = passed.at.get(&ids(to));
        at.is_some_and(|at| now.saturating_sub(*at) <= FRESH)
    }

    /// Why a chat with operations is not imported to its destination, or `None`; `now` as the clock's `elapsed`. A run
    /// does not repeat the check for a short time.
    ///
    /// # Errors
    ///
    /// The reason to stop.
    pub async fn holds(
        &self,
        client: &Client,
        (to, policy): (&Destination, &Policy),
        now: Duration,
    ) -> Result<Option<Held>, StopReason> {
        match held_by(client, &self.users, to, policy).await? {
            Ok(contact) => {
                let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
                passed.at.insert(ids(to), now);
                passed.contacts.insert(contact.id.clone(), contact);
                Ok(None)
            }
            Err(held) => Ok(Some(held)),
        }
    }

    /// The contact with this id of a destination that passed [`Checks::holds`]; `None` if no such
    /// destination was checked.
    pub fn contact(&self, id: &ContactId) -> Option<Contact> {
        let passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        passed.contacts.get(id).cloned()
    }

    /// Returns the contact, or the reason why the ids of a destination do not belong together. With
    /// [`OnMerged::Follow`], a merged lead is reported as one that is followed.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn pair(
        &self,
        client: &Client,
        to: &Destination,
        policy: &Policy,
    ) -> Result<Result<Contact, Held>, Failure> {
        pair(client, &self.users, to, policy).await
    }
}

fn ids(to: &Destination) -> Ids {
    (
        to.lead_id.clone(),
        to.contact_id.clone(),
        to.user_id.clone(),
    )
}

/// As [`pair`]; what Close rejects, or does not show, holds the chat as well.
///
/// # Errors
///
/// The reason to stop.
pub(super) async fn held_by(
    client: &Client,
    users: &Users,
    to: &Destination,
    policy: &Policy,
) -> Result<Result<Contact, Held>, StopReason> {
    match pair(client, users, to, policy).await {
        Ok(paired) => Ok(paired),
        Err(refused @ Failure::Rejected { .. }) => Ok(Err(Held::Pair(refused.to_string()))),
        Err(failure) if stops(&failure).is_none() => Ok(Err(Held::Unlisted(failure.to_string()))),
        Err(failure) => Err(StopReason::of(failure)),
    }
}

/// Users of the organisation, read on demand and cached.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// The active users, read once; `None` where this key has no permission to list them.
    active: OnceCell<Option<HashSet<UserId>>>,
    /// For ids that are not active: whether Close has a user of the id.
    exists_by_id: Mutex<HashMap<UserId, bool>>,
    /// The user in whose name messages of inactive users are posted.
    substitute: Option<UserId>,
}

/// The membership of a user in the organisation.
enum Membership {
    /// Messages can be posted in the user's name.
    Active,
    /// Deactivated: Close rejects messages in the user's name (assumption A16).
    Inactive,
    /// Close has no user of this id.
    NotFound,
}

impl Users {
    /// The substitute is the user of [`InactiveUser::Instead`].
    pub(super) fn new(policy: &Policy) -> Users {
        Users {
            substitute: match &policy.inactive_user {
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
        let mut exists_by_id = self.exists_by_id.lock().await;
        let exists = match exists_by_id.get(id) {
            Some(exists) => *exists,
            None => {
                let exists = client.user(id).await?.is_some();
                exists_by_id.insert(id.clone(), exists);
                exists
            }
        };
        Ok(match (exists, active) {
            (false, _) => Membership::NotFound,
            (true, Some(_)) => Membership::Inactive,
            // This key cannot list the active users.
            (true, None) => Membership::Active,
        })
    }

    /// The reason why nothing can be posted in a user's name, or `None`.
    async fn refuses(&self, client: &Client, id: &UserId) -> Result<Option<String>, Failure> {
        let why = match (self.membership(client, id).await?, &self.substitute) {
            (Membership::Active, _) => return Ok(None),
            (Membership::NotFound, _) => format!("Close has no user {id}"),
            (Membership::Inactive, None) => format!(
                "the user {id} is no longer active; set inactive_user to the id of the user who should own these messages, or give the row `me` another user_id"
            ),
            (Membership::Inactive, Some(substitute)) => {
                match self.membership(client, substitute).await? {
                    Membership::Active => return Ok(None),
                    Membership::Inactive | Membership::NotFound => {
                        format!("inactive_user is {substitute}, who is not an active user either")
                    }
                }
            }
        };
        Ok(Some(why))
    }

    /// The user in whose name a message of `user` is posted: that user, or the substitute of an inactive
    /// one.
    pub(super) fn poster(&self, user: Option<&UserId>) -> Option<UserId> {
        let user = user?;
        let left = matches!(self.active.get(), Some(Some(active)) if !active.contains(user));
        let substitute = self.substitute.as_ref().filter(|_| left);
        Some(substitute.unwrap_or(user).clone())
    }
}

/// The contact of a destination whose ids belong together, or the reason why they do not.
pub(super) async fn pair(
    client: &Client,
    users: &Users,
    to: &Destination,
    policy: &Policy,
) -> Result<Result<Contact, Held>, Failure> {
    let held = |text: String| Ok(Err(Held::Pair(text)));
    let Destination {
        lead_id,
        contact_id,
        ..
    } = to;
    if client.lead(lead_id).await?.is_none() {
        if let Some(into) = merged_into(client, to, false).await? {
            return Ok(Err(Held::Merged {
                from: lead_id.clone(),
                into,
                follows: policy.on_merged == OnMerged::Follow,
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
    Ok(Ok(contact))
}
