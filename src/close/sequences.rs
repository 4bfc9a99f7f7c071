//! Workflows: `GET /sequence/`, to find those that may start for a new lead.
//!
//! Never here: what starts a workflow. Close documents no field for it.
//!
//! See docs/reference/close-api.md, "Workflows".

use serde::Deserialize;

use super::client::Client;
use super::error::Failure;
use super::wire;

/// A workflow, which Close's API calls a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sequence {
    /// The workflow's name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub name: String,
    /// `active`, `paused` or `archived` (observed); empty if Close returns none.
    #[serde(default, deserialize_with = "wire::text")]
    status: String,
}

impl Sequence {
    /// Whether it may start. An unknown status proves nothing.
    fn is_active(&self) -> bool {
        !matches!(self.status.as_str(), "paused" | "archived" | "draft")
    }
}

impl Client {
    /// The workflows that may start; `None` where the key may not read them.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn active_sequences(&self) -> Result<Option<Vec<Sequence>>, Failure> {
        match self.all_pages::<Sequence>("GET /sequence/").await {
            Ok(all) => Ok(Some(all.into_iter().filter(Sequence::is_active).collect())),
            Err(Failure::Denied { status: 403, .. } | Failure::Rejected { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::close::testing::{Reply, Server, client};

    #[tokio::test]
    async fn sequences_of_all_pages_that_may_start_are_found() {
        let page = |rows: &str, more: bool| {
            Reply::json(200, &format!(r#"{{"data": [{rows}], "has_more": {more}}}"#))
        };
        let server = Server::start([
            page(
                r#"{"id": "seq_1", "name": "A", "status": "active"}, {"id": "seq_2", "name": "B", "status": "paused"}"#,
                true,
            ),
            page(
                r#"{"id": "seq_3", "name": "C", "status": "archived"}, {"id": "seq_4", "name": "D"}"#,
                false,
            ),
        ])
        .await;
        let found = client(&server).active_sequences().await.unwrap().unwrap();
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["A", "D"]);
    }
}
