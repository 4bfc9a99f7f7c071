//! The last activity of a lead: `GET /activity/`, which lists activities of every type.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire::{self, Page};
use crate::ids::LeadId;

impl Client {
    /// The time of the last activity of a lead, of any type; `None` if it has none, or Close gives no time.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn last_activity(&self, lead: &LeadId) -> Result<Option<DateTime<Utc>>, Failure> {
        #[derive(Deserialize)]
        struct Activity {
            #[serde(default, deserialize_with = "wire::maybe_date")]
            activity_at: Option<DateTime<Utc>>,
        }
        // This order needs `lead_id`.
        let call = Call::new(RequestKind::Read, "GET /activity/")
            .query("lead_id", lead.as_str())
            .query("_order_by", "-activity_at")
            .query("_limit", "1")
            .query("_fields", "activity_at");
        let page: Page<Activity> = self.send_json(&call).await?;
        Ok(page.data.first().and_then(|last| last.activity_at))
    }
}
