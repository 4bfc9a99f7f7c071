//! Webhook subscriptions: `GET /webhook/`, to find those that are notified of messages.
//!
//! See docs/reference/close-api.md, "Webhooks".

use std::fmt;

use serde::Deserialize;

use super::client::Client;
use super::error::Failure;
use super::wire;

/// A webhook subscription of the organisation. `Debug` shows its id only: the address may contain a
/// secret.
#[derive(Clone, Deserialize)]
pub struct Webhook {
    /// The id of the subscription.
    pub id: String,
    /// The address of the subscriber.
    #[serde(default, deserialize_with = "wire::text")]
    url: String,
    /// `active` or `paused`; empty if Close returns none.
    #[serde(default, deserialize_with = "wire::text")]
    status: String,
    /// The events that it is notified of.
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Debug, Clone, Deserialize)]
struct Event {
    #[serde(default, deserialize_with = "wire::text")]
    object_type: String,
    #[serde(default, deserialize_with = "wire::text")]
    action: String,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Webhook {
    /// The subscriber's host; the rest of the address may contain a secret.
    pub fn host(&self) -> String {
        let url = reqwest::Url::parse(&self.url).ok();
        url.and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_else(|| "an address that cannot be read".to_owned())
    }

    /// The number of events that the subscriber is notified of, where this many WhatsApp messages are created, updated
    /// and deleted.
    pub fn events_of(&self, created: u64, updated: u64, deleted: u64) -> u64 {
        if self.status == "paused" {
            return 0;
        }
        let is_notified = |action: &str| {
            self.events.iter().any(|event| {
                (event.object_type == "activity.whatsapp_message"
                    || event.object_type == "activity")
                    && event.action == action
            })
        };
        let all = [
            ("created", created),
            ("updated", updated),
            ("deleted", deleted),
        ];
        let own = all.iter().filter(|(action, _)| is_notified(action));
        own.map(|(_, number)| number).sum()
    }

    /// Whether the subscriber is notified of created, updated or deleted WhatsApp messages: an import creates,
    /// a later correction updates and deletes.
    pub fn fires(&self) -> bool {
        self.events_of(1, 1, 1) > 0
    }
}

impl Client {
    /// The subscriptions of the organisation.
    ///
    /// # Errors
    ///
    /// See [`Failure`]; a key that may not see them is refused.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, Failure> {
        self.all_pages("GET /webhook/").await
    }
}
