//! What a lead holds beyond messages, and its deletion: `GET /activity/`, `GET /opportunity/`, `GET /task/`,
//! `DELETE /lead/{id}/`.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire::{self, Page};
use crate::ids::{ActivityId, LeadId};

/// The page size: the default, and possibly the maximum (assumed).
const LIMIT: usize = 100;

/// Maximum number of pages of activities: more are not what an import of one contact leaves.
const PAGES: usize = 1000;

/// The kind of the activity that Close itself adds to every new lead (documented).
const CREATED: &str = "Created";

impl Client {
    /// The kind of an activity of a lead, of any kind, that is neither in `known` nor the one that Close adds to every new
    /// lead; `None` if there is none.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn other_activities(
        &self,
        lead: &LeadId,
        known: &HashSet<ActivityId>,
    ) -> Result<Option<String>, Failure> {
        #[derive(Deserialize)]
        struct Activity {
            id: ActivityId,
            #[serde(default, rename = "_type", deserialize_with = "wire::text")]
            kind: String,
        }
        for page in 0..PAGES {
            let (limit, skip) = (LIMIT.to_string(), (page * LIMIT).to_string());
            let call = Call::new(RequestKind::Read, "GET /activity/")
                .query("lead_id", lead.as_str())
                .query("_fields", "id,_type")
                .query("_limit", &limit)
                .query("_skip", &skip);
            let page: Page<Activity> = self.send_json(&call).await?;
            let is_last = !page.has_more || page.data.is_empty();
            let is_other = |one: &Activity| {
                one.kind != CREATED && !known.contains(&one.id) && !self.is_known_deleted(&one.id)
            };
            if let Some(other) = page.data.into_iter().find(is_other) {
                return Ok(Some(other.kind));
            }
            if is_last {
                return Ok(None);
            }
        }
        Ok(Some("too many to read".to_owned()))
    }

    /// Whether a lead has an opportunity.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn has_opportunity(&self, lead: &LeadId) -> Result<bool, Failure> {
        let call = Call::new(RequestKind::Read, "GET /opportunity/");
        self.has_any(call.query("lead_id", lead.as_str())).await
    }

    /// Whether a lead has a task of any kind, completed or not.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn has_task(&self, lead: &LeadId) -> Result<bool, Failure> {
        let call = Call::new(RequestKind::Read, "GET /task/")
            .query("lead_id", lead.as_str())
            // Without it, tasks of a single kind are listed (documented).
            .query("_type", "all");
        self.has_any(call).await
    }

    async fn has_any(&self, call: Call<'_>) -> Result<bool, Failure> {
        let page: Page<IgnoredAny> = self.send_json(&call.query("_limit", "1")).await?;
        Ok(!page.data.is_empty())
    }

    /// Deletes a lead with everything on it. A lead that does not exist is deleted.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn delete_lead(&self, lead: &LeadId) -> Result<(), Failure> {
        let call = Call::new(RequestKind::Idempotent, "DELETE /lead/{id}/").id(lead.as_str());
        match self.send(&call, |_| Some(())).await {
            Ok(()) | Err(Failure::Rejected { status: 404, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
