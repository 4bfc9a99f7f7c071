//! Roles: the permissions of the key's user, as far as Close shows them.

use serde::Deserialize;
use serde_json::Value;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;

/// The permission without which a user sees only some leads.
pub const VIEW_ALL_LEADS: &str = "view_all_leads";

/// A role.
#[derive(Deserialize)]
struct Role {
    #[serde(default)]
    permissions: Value,
}

impl Client {
    /// The permissions of a role; `None` where Close does not show them to this key, which proves nothing.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn permissions_of_role(&self, role: &str) -> Result<Option<Vec<String>>, Failure> {
        let call = Call::new(RequestKind::Read, "GET /role/{id}/").id(role);
        let role: Option<Role> = match self.find_json(&call).await {
            Ok(role) => role,
            Err(Failure::Rejected { .. } | Failure::Denied { status: 403, .. }) => None,
            Err(failure) => return Err(failure),
        };
        Ok(role.and_then(|role| match role.permissions {
            Value::Array(names) => (names.into_iter())
                .map(|name| name.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        }))
    }
}
