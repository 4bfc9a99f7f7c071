//! Identity of the credential: `GET /me/`, with user and organisations.

use std::fmt;

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire;
use crate::ids::UserId;

/// A request that changes nothing.
pub(super) const ME: &str = "GET /me/";

/// The user behind the credential. `Debug` shows ids only.
#[derive(Clone, Deserialize)]
pub struct Me {
    /// The user's id, `user_…`.
    pub id: UserId,
    /// The user's mail address; empty if Close returns none.
    #[serde(default, deserialize_with = "wire::text")]
    pub email: String,
    /// The user's first name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub first_name: String,
    /// The user's last name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub last_name: String,
    /// The organisations that the credential has access to: one for a key.
    pub organizations: Vec<Organization>,
    /// The memberships, if Close returns them.
    #[serde(default)]
    memberships: Option<Vec<Membership>>,
}

/// A membership of the user in an organisation.
#[derive(Clone, Deserialize)]
struct Membership {
    #[serde(default)]
    organization_id: Option<String>,
    #[serde(default)]
    role_id: Option<String>,
}

impl Me {
    /// The id of the user's role in an organisation; `None` if Close shows none.
    pub fn role_in(&self, organization: &str) -> Option<&str> {
        let mut memberships = self.memberships.iter().flatten();
        let own = memberships.find(|one| one.organization_id.as_deref() == Some(organization))?;
        own.role_id.as_deref()
    }
}

/// An organisation. `Debug` shows its id only.
#[derive(Clone, Deserialize)]
pub struct Organization {
    /// The organisation's id, `orga_…`.
    pub id: String,
    /// The organisation's name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub name: String,
}

impl fmt::Debug for Me {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Me")
            .field("id", &self.id)
            .field("organizations", &self.organizations)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Organization")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Returns the user of the credential. The first request of every run, so that an invalid credential fails before
    /// anything is written.
    ///
    /// # Errors
    ///
    /// [`Failure::Denied`] for an invalid credential; others see [`Failure`].
    pub async fn me(&self) -> Result<Me, Failure> {
        let me: Me = self.send_json(&Call::new(RequestKind::Read, ME)).await?;
        self.of_user(&me.id);
        Ok(me)
    }
}
