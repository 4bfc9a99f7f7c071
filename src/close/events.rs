//! Event log: `GET /event/`, to find WhatsApp messages that were deleted, or created a moment ago.
//!
//! Close keeps events for 30 days: an id that is absent here proves nothing.
//!
//! See docs/reference/close-api.md, "Events".

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire;
use crate::ids::{ActivityId, ExternalId, LeadId, UserId};

const EVENTS: &str = "GET /event/";

/// Maximum page size.
const LIMIT: &str = "50";

/// Maximum number of pages: 20,000 deletions.
const PAGES: usize = 400;

/// What Close keeps of a message that was deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deletion {
    /// The lead that the message was on; `None` if the event does not have it.
    pub lead_id: Option<LeadId>,
    /// The external id of the message; `None` if the event lacks the message's data.
    pub external_id: Option<ExternalId>,
    /// The user who deleted it; `None` if the event has none.
    pub user_id: Option<UserId>,
    /// When it was deleted, in UTC; `None` if the event has no usable date.
    pub at: Option<DateTime<Utc>>,
}

/// Maximum number of pages of recent creations: 2,000 messages.
const RECENT_PAGES: usize = 40;

/// What the log has of a message that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The id of the activity.
    pub activity_id: ActivityId,
    /// The lead that the message was created on; `None` if the event does not have it.
    pub lead_id: Option<LeadId>,
    /// The external id of the message; `None` if the event lacks the message's data.
    pub external_id: Option<ExternalId>,
    /// The user who created it; `None` if the event has none.
    pub user_id: Option<UserId>,
    /// The time since its creation, by the clock of this machine.
    pub age: Duration,
}

/// What an event has of a message.
#[derive(Default, Deserialize)]
struct Data {
    #[serde(default, rename = "external_whatsapp_message_id")]
    external_id: Option<ExternalId>,
}

#[derive(Deserialize)]
struct Event {
    object_id: Option<ActivityId>,
    action: Option<String>,
    #[serde(default)]
    lead_id: Option<LeadId>,
    /// The message after a creation.
    #[serde(default)]
    data: Option<Data>,
    /// The message before a deletion.
    #[serde(default)]
    previous_data: Option<Data>,
    #[serde(default)]
    user_id: Option<UserId>,
    #[serde(default, deserialize_with = "wire::maybe_date")]
    date_created: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Event>,
    #[serde(default)]
    cursor_next: Option<String>,
}

impl Client {
    /// The WhatsApp messages that were created less than `within` ago, the latest first. At least the latest 2,000: newest
    /// first is the documented order.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn created_messages(&self, within: Duration) -> Result<Vec<Creation>, Failure> {
        let mut created = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..RECENT_PAGES {
            let page = self.message_events("created", cursor.as_deref()).await?;
            let mut is_last = page.data.is_empty();
            for event in page.data {
                let age = event.date_created.map(|at| self.age(at));
                is_last |= age.is_some_and(|age| age > within);
                let is_recent = age.is_some_and(|age| age <= within);
                // If a server ignores the filter, a deleted message must not count as created.
                if let (Some(activity_id), Some(age), true, Some("created")) =
                    (event.object_id, age, is_recent, event.action.as_deref())
                {
                    created.push(Creation {
                        activity_id,
                        lead_id: event.lead_id,
                        external_id: event.data.and_then(|data| data.external_id),
                        user_id: event.user_id,
                        age,
                    });
                }
            }
            cursor = page
                .cursor_next
                .filter(|next| cursor.as_ref() != Some(next));
            if is_last || cursor.is_none() {
                break;
            }
        }
        Ok(created)
    }

    /// A page of the events of this action on messages.
    async fn message_events(&self, action: &str, cursor: Option<&str>) -> Result<Page, Failure> {
        let mut call = Call::new(RequestKind::Read, EVENTS)
            .query("object_type", "activity.whatsapp_message")
            .query("action", action)
            .query(
                "_fields",
                "object_id,action,lead_id,data,previous_data,user_id,date_created",
            )
            .query("_limit", LIMIT);
        if let Some(cursor) = cursor {
            call = call.query("_cursor", cursor);
        }
        self.send_json(&call).await
    }

    /// The WhatsApp messages that were deleted in the last 30 days, by activity id.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn deleted_messages(&self) -> Result<HashMap<ActivityId, Deletion>, Failure> {
        let mut deleted = HashMap::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let page = self.message_events("deleted", cursor.as_deref()).await?;
            let is_empty = page.data.is_empty();
            // If a server ignores the filter, a created message must not count as deleted.
            let events = page.data.into_iter();
            let events = events.filter(|event| event.action.as_deref() == Some("deleted"));
            deleted.extend(events.filter_map(|event| {
                let deletion = Deletion {
                    lead_id: event.lead_id,
                    external_id: event.previous_data.and_then(|data| data.external_id),
                    user_id: event.user_id,
                    at: event.date_created,
                };
                Some((event.object_id?, deletion))
            }));
            cursor = page
                .cursor_next
                .filter(|next| cursor.as_ref() != Some(next));
            if is_empty || cursor.is_none() {
                break;
            }
        }
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::testing::{Reply, Server, client};

    fn page(events: &[(&str, &str)], next: Option<&str>) -> Reply {
        let data: Vec<_> = (events.iter())
            .map(|(id, action)| serde_json::json!({"object_id": id, "action": action}))
            .collect();
        let page = serde_json::json!({"data": data, "cursor_next": next});
        Reply::json(200, &page.to_string())
    }

    #[tokio::test]
    async fn lead_and_external_id_are_read_where_an_event_has_them() {
        let event = |previous: serde_json::Value| {
            serde_json::json!({"object_id": "acti_1", "action": "deleted", "lead_id": "lead_1",
                "previous_data": previous})
        };
        for (previous, expected) in [
            (
                serde_json::json!({"external_whatsapp_message_id": "cf1-a"}),
                Some("cf1-a"),
            ),
            (serde_json::json!({}), None),
            (serde_json::Value::Null, None),
        ] {
            let page = serde_json::json!({"data": [event(previous)], "cursor_next": null});
            let server = Server::start([Reply::json(200, &page.to_string())]).await;
            let deleted = client(&server).deleted_messages().await.unwrap();
            let deletion = Deletion {
                lead_id: Some("lead_1".into()),
                external_id: expected.map(ExternalId::from),
                ..Deletion::default()
            };
            assert_eq!(deleted.get(&ActivityId::from("acti_1")), Some(&deletion));
        }
    }

    #[tokio::test]
    async fn pages_are_followed_by_cursor() {
        let server = Server::start([
            page(&[("acti_1", "deleted"), ("acti_2", "created")], Some("c1")),
            page(&[("acti_3", "deleted")], None),
        ])
        .await;
        let deleted = client(&server).deleted_messages().await.unwrap();
        let expected = ["acti_1", "acti_3"].map(|id| (ActivityId::from(id), Deletion::default()));
        assert_eq!(deleted, HashMap::from(expected));
        let cursors: Vec<_> = (server.requests().iter())
            .map(|request| request.query("_cursor"))
            .collect();
        assert_eq!(cursors, [None, Some("c1".to_owned())]);
    }
}
