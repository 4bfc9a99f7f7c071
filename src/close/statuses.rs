//! Statuses of leads: `GET /status/lead/`.

use serde::Deserialize;

use super::client::Client;
use super::error::Failure;
use super::wire;
use crate::ids::StatusId;

/// A status that a lead can have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LeadStatus {
    /// The status's id, `stat_…`.
    pub id: StatusId,
    /// The status's name; may be empty.
    #[serde(default, deserialize_with = "wire::text")]
    pub label: String,
}

impl Client {
    /// The statuses of leads, in Close's order: the first one is that of new leads.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn lead_statuses(&self) -> Result<Vec<LeadStatus>, Failure> {
        self.all_pages("GET /status/lead/").await
    }
}
