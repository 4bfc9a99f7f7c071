//! Look-ups of messages by their external id.
//!
//! Never concludes that a message is absent because a look-up right after a write does not find it; the caller knows
//! when the write ended.

use serde::Deserialize;

use super::LIST;
use crate::close::client::{Call, Client};
use crate::close::error::Failure;
use crate::close::outcome::RequestKind;
use crate::close::wire::Page;
use crate::ids::{ActivityId, ExternalId, LeadId};

/// A result of a look-up by external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMessage {
    /// The activity id of the message, `acti_…`.
    pub id: ActivityId,
    /// The lead that the message is on, `lead_…`.
    pub lead_id: LeadId,
    /// The external id of the message.
    pub external_id: ExternalId,
}

/// The fields of a [`Row`].
const ROW: &str = "id,lead_id,external_whatsapp_message_id";

#[derive(Deserialize)]
struct Row {
    id: ActivityId,
    #[serde(default)]
    lead_id: Option<LeadId>,
    #[serde(rename = "external_whatsapp_message_id")]
    external_id: ExternalId,
}

impl Row {
    fn found(self) -> Option<FoundMessage> {
        Some(FoundMessage {
            id: self.id,
            lead_id: self.lead_id?,
            external_id: self.external_id,
        })
    }
}

impl Client {
    /// All messages with this external id, on any lead: native ids are equal in the archives of all participants. Up to
    /// 100; those without a lead are ignored.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn find_anywhere(
        &self,
        external_id: &ExternalId,
    ) -> Result<Vec<FoundMessage>, Failure> {
        let call = Call::new(RequestKind::Read, LIST)
            .query("external_whatsapp_message_id", external_id.as_str())
            .query("_fields", ROW)
            .query("_limit", "100");
        let page: Page<Row> = self.send_json(&call).await?;
        let own = page
            .data
            .into_iter()
            .filter(|row| row.external_id == *external_id);
        Ok(self.without_deleted(
            own.filter_map(Row::found).collect(),
            |row: &FoundMessage| &row.id,
        ))
    }

    /// All messages with this external id on this lead; more than one means duplicates. The filters are checked again
    /// here: native ids are equal in the archives of all participants, and may be on other leads too. An empty result
    /// right after a write proves nothing.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn find_message(
        &self,
        external_id: &ExternalId,
        lead_id: &LeadId,
    ) -> Result<Vec<FoundMessage>, Failure> {
        let call = Call::new(RequestKind::Read, LIST)
            .query("external_whatsapp_message_id", external_id.as_str())
            .query("lead_id", lead_id.as_str())
            .query("_fields", ROW)
            .query("_limit", "100");
        let page: Page<Row> = self.send_json(&call).await?;
        let rows = page.data.len();
        let nameless = page
            .data
            .iter()
            .any(|row| row.external_id == *external_id && row.lead_id.is_none());
        let found: Vec<FoundMessage> = page
            .data
            .into_iter()
            .filter(|row| row.external_id == *external_id)
            .filter_map(Row::found)
            .filter(|found| found.lead_id == *lead_id)
            .collect();
        // A result without its lead is inconclusive, and must not count as absent.
        if found.is_empty() && nameless {
            let what = "named no lead";
            return Err(Failure::UnexpectedAnswer {
                endpoint: LIST,
                what,
            });
        }
        // A page of unrelated results with more pages means that a filter was not applied, so absence would be a
        // guess.
        if found.is_empty() && (page.has_more && rows > 0) {
            let what = "did not apply its filters";
            return Err(Failure::UnexpectedAnswer {
                endpoint: LIST,
                what,
            });
        }
        Ok(self.without_deleted(found, |row| &row.id))
    }
}
