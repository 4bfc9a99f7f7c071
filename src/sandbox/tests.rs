//! Helpers: a running sandbox, called over HTTP as by a client. The clock stands still unless a test
//! advances it; nothing sleeps.

mod discarding;
mod faults;
mod files;
mod leads;
mod limits;
mod lists;
mod messages;
mod replanted;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Options, Sandbox, Seed, SeedContact, SeedLead, State};
use crate::clock::Clock;

/// A manual clock. A sleep advances it.
#[derive(Debug, Default)]
pub(super) struct Hand(Mutex<Duration>);

impl Hand {
    pub(super) fn forward(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        let start = Utc.with_ymd_and_hms(2026, 2, 11, 9, 0, 0).single().unwrap();
        start + chrono::TimeDelta::from_std(self.elapsed()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.forward(duration);
        Box::pin(std::future::ready(()))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// A sandbox with leads `lead_1`, `lead_2`, and contacts `cont_1`, `cont_2` on them.
pub(super) struct Kit {
    pub(super) clock: Arc<Hand>,
    pub(super) client: Client,
    pub(super) base: String,
    pub(super) state: State,
    sandbox: Sandbox,
}

pub(super) fn seed() -> Seed {
    let lead = |n: u32| SeedLead {
        id: format!("lead_{n}"),
        name: format!("Lead {n}"),
    };
    let contact = |n: u32| SeedContact {
        id: format!("cont_{n}"),
        lead_id: format!("lead_{n}"),
        name: format!("Contact {n}"),
        phones: vec![format!("+35386123456{n}")],
    };
    let mut seed = Seed {
        leads: vec![lead(1), lead(2)],
        contacts: vec![contact(1), contact(2)],
        ..Seed::default()
    };
    seed.add_user("user_anna");
    seed
}

impl Kit {
    pub(super) async fn start() -> Kit {
        Kit::with(|_| {}).await
    }

    pub(super) async fn with(set: impl FnOnce(&mut Options)) -> Kit {
        Kit::of(seed(), set).await
    }

    /// A sandbox with this seed.
    pub(super) async fn seeded(seed: Seed) -> Kit {
        Kit::of(seed, |_| {}).await
    }

    async fn of(seed: Seed, set: impl FnOnce(&mut Options)) -> Kit {
        // An error means that another test was first.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let clock = Arc::new(Hand::default());
        let mut options = Options::new(Arc::<Hand>::clone(&clock));
        set(&mut options);
        let sandbox = Sandbox::start(options, seed).await.unwrap();
        Kit {
            clock,
            client: Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            base: sandbox.base_url(),
            state: sandbox.state(),
            sandbox,
        }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .basic_auth("api_sandbox.key", Some(""))
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    pub(super) async fn delete(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::DELETE, path)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(Method::POST, path).json(body)).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(Method::PUT, path).json(body)).await
    }

    /// Posts a message and returns its id.
    pub(super) async fn message(&self, external_id: &str, lead: u32) -> String {
        let (status, value) = self.post(MESSAGES, &message(external_id, lead)).await;
        assert_eq!(status, 200, "{value}");
        value["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn stop(self) {
        self.sandbox.shutdown().await;
    }
}

pub(super) const MESSAGES: &str = "/activity/whatsapp_message/";

/// A body that is accepted.
pub(super) fn message(external_id: &str, lead: u32) -> Value {
    json!({
        "lead_id": format!("lead_{lead}"),
        "contact_id": format!("cont_{lead}"),
        "direction": "incoming",
        "activity_at": "2025-03-09T18:22:07Z",
        "external_whatsapp_message_id": external_id,
        "local_phone": "+4915112345678",
        "remote_phone": "+353861234561",
        "message_markdown": "Here is the *signed* copy",
    })
}

pub(super) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (
        response.status().as_u16(),
        response.json().await.unwrap_or(Value::Null),
    )
}
