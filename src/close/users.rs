//! `GET /user/{id}/`: whether a user is there (`close-api.md` 3.4).

use std::fmt;

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire::{self, Page};

/// A user of the organisation. `Debug` shows the id only.
#[derive(Clone, Deserialize)]
pub struct User {
    /// `user_…`.
    pub id: String,
    /// Their address; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub email: String,
    /// Their first name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub first_name: String,
    /// Their last name; may be empty.
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

/// Users of one page.
const PAGE: usize = 100;
/// Pages that are read; an organisation has few users.
const PAGES: usize = 50;

impl Client {
    /// The users of the organisation.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn users(&self) -> Result<Vec<User>, Failure> {
        let mut all = Vec::new();
        for page in 0..PAGES {
            let (limit, skip) = (PAGE.to_string(), (page * PAGE).to_string());
            let call = Call::new(RequestKind::Read, "GET /user/")
                .query("_limit", &limit)
                .query("_skip", &skip);
            let found: Page<User> = self.send_json(&call).await?;
            all.extend(found.data);
            if !found.has_more {
                break;
            }
        }
        Ok(all)
    }

    /// The user with this id; `None` when there is none or it is hidden from us.
    pub async fn user(&self, id: &str) -> Result<Option<User>, Failure> {
        self.find_json(&Call::new(RequestKind::Read, "GET /user/{id}/").id(id))
            .await
    }
}
