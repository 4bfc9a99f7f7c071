//! `GET /webhook/`: who is told of every message that is created (`close-api.md` 6.10).

use std::fmt;

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire::{self, Page};

/// A subscription. `Debug` shows its id only: the address may hold a secret.
#[derive(Clone, Deserialize)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Where it is sent to.
    #[serde(default, deserialize_with = "wire::text")]
    url: String,
    /// `active`, `paused`; empty where Close does not say.
    #[serde(default, deserialize_with = "wire::text")]
    status: String,
    /// What it is told of.
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
    /// The host that it is sent to; the rest of the address may hold a secret.
    pub fn host(&self) -> String {
        let url = reqwest::Url::parse(&self.url).ok();
        url.and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_else(|| "an address that cannot be read".to_owned())
    }

    /// True when every WhatsApp message that is created goes there.
    pub fn fires(&self) -> bool {
        let is_its = |event: &Event| {
            (event.object_type == "activity.whatsapp_message" || event.object_type == "activity")
                && event.action == "created"
        };
        self.status != "paused" && self.events.iter().any(is_its)
    }
}

impl Client {
    /// The subscriptions of the organisation.
    ///
    /// # Errors
    ///
    /// See [`Failure`]; a key that may not see them is refused.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, Failure> {
        let call = Call::new(RequestKind::Read, "GET /webhook/").query("_limit", "100");
        let page: Page<Webhook> = self.send_json(&call).await?;
        Ok(page.data)
    }
}
