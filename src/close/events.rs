//! `GET /event/`: which WhatsApp messages were deleted (`close-api.md` 6.10).
//!
//! Close keeps events for 30 days: an id that is absent here proves nothing.

use std::collections::HashSet;

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use crate::ids::ActivityId;

const EVENTS: &str = "GET /event/";

/// The largest page (`close-api.md` 6.10).
const LIMIT: &str = "50";

/// How many pages are read at most: 20,000 deletions.
const PAGES: usize = 400;

impl Client {
    /// The activity ids of the WhatsApp messages that were deleted in the last 30 days.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn deleted_messages(&self) -> Result<HashSet<ActivityId>, Failure> {
        #[derive(Deserialize)]
        struct Event {
            object_id: Option<ActivityId>,
            action: Option<String>,
        }
        #[derive(Deserialize)]
        struct Page {
            data: Vec<Event>,
            #[serde(default)]
            cursor_next: Option<String>,
        }
        let mut deleted = HashSet::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let mut call = Call::new(RequestKind::Read, EVENTS)
                .query("object_type", "activity.whatsapp_message")
                .query("action", "deleted")
                .query("_fields", "object_id,action")
                .query("_limit", LIMIT);
            if let Some(cursor) = &cursor {
                call = call.query("_cursor", cursor);
            }
            let page: Page = self.send_json(&call).await?;
            let is_empty = page.data.is_empty();
            // A server that ignores a filter must not make a created message a deleted one.
            let events = page.data.into_iter();
            let events = events.filter(|event| event.action.as_deref() == Some("deleted"));
            deleted.extend(events.filter_map(|event| event.object_id));
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
    async fn pages_are_followed_by_cursor() {
        let server = Server::start([
            page(&[("acti_1", "deleted"), ("acti_2", "created")], Some("c1")),
            page(&[("acti_3", "deleted")], None),
        ])
        .await;
        let deleted = client(&server).deleted_messages().await.unwrap();
        let expected = ["acti_1", "acti_3"].map(ActivityId::from);
        assert_eq!(deleted, HashSet::from(expected));
        let cursors: Vec<_> = (server.requests().iter())
            .map(|request| request.query("_cursor"))
            .collect();
        assert_eq!(cursors, [None, Some("c1".to_owned())]);
    }
}
