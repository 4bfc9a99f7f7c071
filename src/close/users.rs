//! Users: the active ones, by the memberships of the organisation, and look-up by id.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire;
use crate::ids::UserId;
use crate::organization::MembershipFields;

/// A user of the organisation. `Debug` shows the id only.
#[derive(Clone, Deserialize)]
pub struct User {
    /// The user's id, `user_…`.
    pub id: UserId,
    /// The user's mail address; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub email: String,
    /// The user's first name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub first_name: String,
    /// The user's last name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub last_name: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl User {
    /// First and last name; may be empty.
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
            .trim()
            .to_owned()
    }
}

/// The members of an organisation.
#[derive(Deserialize)]
struct Memberships {
    #[serde(default)]
    memberships: Option<Vec<Membership>>,
}

/// A user in a membership.
#[derive(Deserialize)]
struct Membership {
    user_id: UserId,
    #[serde(default, deserialize_with = "wire::text")]
    user_email: String,
    #[serde(default, deserialize_with = "wire::text")]
    user_first_name: String,
    #[serde(default, deserialize_with = "wire::text")]
    user_last_name: String,
    #[serde(default, deserialize_with = "wire::text")]
    user_full_name: String,
}

impl From<Membership> for User {
    fn from(membership: Membership) -> User {
        let has_parts =
            !(membership.user_first_name.is_empty() && membership.user_last_name.is_empty());
        User {
            id: membership.user_id,
            email: membership.user_email,
            first_name: match has_parts {
                true => membership.user_first_name,
                false => membership.user_full_name,
            },
            last_name: membership.user_last_name,
        }
    }
}

impl Client {
    /// The active users: those with a membership. `/user/` does not contain that, and is used only if the key has no
    /// access to memberships.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn active_users(&self) -> Result<Vec<User>, Failure> {
        let Some(organization) = self.inner.organization.get() else {
            return self.all_pages("GET /user/").await;
        };
        let call = Call::new(RequestKind::Read, "GET /organization/{id}/")
            .id(organization)
            .query("_fields", "memberships,inactive_memberships");
        match self.send_json(&call).await {
            Ok(Memberships {
                memberships: Some(active),
            }) => Ok(active.into_iter().map(User::from).collect()),
            Ok(Memberships { memberships: None })
            | Err(Failure::Rejected { status: 404, .. } | Failure::Denied { status: 403, .. }) => {
                self.all_pages("GET /user/").await
            }
            Err(failure) => Err(failure),
        }
    }

    /// The names of the fields of the organisation's memberships; `None` where the key has no access to them.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn membership_fields(&self) -> Result<Option<MembershipFields>, Failure> {
        #[derive(Deserialize)]
        struct Shapes {
            #[serde(default)]
            memberships: Option<Vec<Map<String, Value>>>,
        }
        let Some(organization) = self.inner.organization.get() else {
            return Ok(None);
        };
        let call = Call::new(RequestKind::Read, "GET /organization/{id}/")
            .id(organization)
            .query("_fields", "memberships");
        let shapes = match self.find_json::<Shapes>(&call).await {
            Ok(shapes) => shapes,
            Err(Failure::Rejected { .. } | Failure::Denied { status: 403, .. }) => None,
            Err(failure) => return Err(failure),
        };
        let memberships = shapes.and_then(|shapes| shapes.memberships);
        Ok(memberships.map(|all| {
            let names = all.iter().flat_map(Map::keys);
            MembershipFields::of(names.map(String::as_str))
        }))
    }

    /// The user with this id; `None` if it does not exist or the credential has no access to it.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, Failure> {
        self.find_json(&Call::new(RequestKind::Read, "GET /user/{id}/").id(id.as_str()))
            .await
    }
}
