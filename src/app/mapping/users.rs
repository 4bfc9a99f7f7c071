//! Users of Close, for the choice of the owner of a phone.

use crate::app::error::Result;
use crate::close::Client;

/// An active user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedUser {
    /// The id, `user_…`.
    pub(crate) id: String,
    /// Name and mail address; either may be absent.
    pub(crate) name: String,
}

/// The active users, by name.
///
/// # Errors
///
/// A request to Close failed.
pub(crate) async fn list_users(client: &Client) -> Result<Vec<ListedUser>> {
    let users = client.active_users().await?;
    let mut users: Vec<ListedUser> = (users.iter())
        .map(|user| ListedUser {
            id: user.id.to_string(),
            name: match (user.name(), user.email.as_str()) {
                (name, "") => name,
                (name, mail) if name.is_empty() => mail.to_owned(),
                (name, mail) => format!("{name} ({mail})"),
            },
        })
        .collect();
    users.sort_by(|one, other| one.name.cmp(&other.name).then(one.id.cmp(&other.id)));
    Ok(users)
}
