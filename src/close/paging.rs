//! Short lists that are read as a whole, page by page: users, webhooks.
//!
//! Never here: lists of messages, which change while they are read (`walk`).

use serde::de::DeserializeOwned;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire::Page;

/// The page size.
const PAGE: usize = 100;

/// The maximum number of pages.
const PAGES: usize = 1000;

impl Client {
    /// All rows of a list.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub(super) async fn all_pages<R: DeserializeOwned>(
        &self,
        endpoint: &'static str,
    ) -> Result<Vec<R>, Failure> {
        let mut all = Vec::new();
        for page in 0..PAGES {
            let (limit, skip) = (PAGE.to_string(), (page * PAGE).to_string());
            let call = Call::new(RequestKind::Read, endpoint)
                .query("_limit", &limit)
                .query("_skip", &skip);
            let found: Page<R> = self.send_json(&call).await?;
            let is_last = !found.has_more || found.data.is_empty();
            all.extend(found.data);
            if is_last {
                break;
            }
        }
        Ok(all)
    }
}
