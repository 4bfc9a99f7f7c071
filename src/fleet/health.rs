//! The page by which a supervisor sees that a worker lives, on the loopback interface alone.
//!
//! Never here: anything about a job but its id.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::clock::{Moment, SharedClock};

/// A worker that did not reach the store for so long is not healthy.
const SILENCE: Duration = Duration::from_secs(60);

/// What the page shows.
#[derive(Clone)]
pub(super) struct Health(Arc<Inner>);

struct Inner {
    clock: SharedClock,
    state: Mutex<Seen>,
}

struct Seen {
    /// When the store responded last; the beginning, if it never did.
    store: Moment,
    job: Option<i32>,
}

impl Health {
    pub(super) fn new(clock: SharedClock) -> Health {
        let state = Mutex::new(Seen {
            store: Moment::now(&clock),
            job: None,
        });
        Health(Arc::new(Inner { clock, state }))
    }

    /// The store has responded.
    pub(super) fn reached(&self) {
        self.lock().store = Moment::now(&self.0.clock);
    }

    /// The worker runs this job, or none. While a child runs, the store is its business.
    pub(super) fn runs(&self, job: Option<i32>) {
        self.lock().job = job;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self) -> (StatusCode, Json<Value>) {
        let (age, job) = {
            let seen = self.lock();
            (seen.store.age(&self.0.clock), seen.job)
        };
        let is_healthy = job.is_some() || age < SILENCE;
        let status = match is_healthy {
            true => StatusCode::OK,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        let page = json!({"healthy": is_healthy, "job": job, "store_seconds_ago": age.as_secs()});
        (status, Json(page))
    }
}

/// Serves `/health` on this port of the loopback interface; 0: a free one. Returns the port.
///
/// # Errors
///
/// The port is taken.
pub(super) async fn serve(health: Health, port: u16) -> io::Result<u16> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let port = listener.local_addr()?.port();
    let page = |State(health): State<Health>| async move { health.page() };
    let router = Router::new().route("/health", get(page)).with_state(health);
    tokio::spawn(async move {
        // It ends with the worker.
        let _ = axum::serve(listener, router).await;
    });
    Ok(port)
}
