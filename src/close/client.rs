//! HTTP client: sends one request, from its turn at the rate limiter to a response or a failure.
//!
//! Owns the connections, the credential and the rate limiters. Classifies responses with [`classify`](super::outcome::classify) and retries
//! what may be sent again. Never follows a redirect, never sends the credential to another host than the base host,
//! and never resends a create that may have been carried out.

mod attempts;
mod base_url;
mod call;
mod connections;
mod exchange;
mod known;
mod send;
mod settings;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

pub(super) use attempts::{Attempted, Attempts, trouble};
use base_url::base_url;
pub(crate) use base_url::is_loopback;
pub(crate) use call::Call;
use chrono::{DateTime, Utc};
use connections::Connections;
pub(crate) use exchange::{Exchange, Silence, exchange};

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
pub use send::Permit;
pub use settings::Settings;

use super::circuit_breaker::CircuitBreaker;
use super::deleted::DeletedIds;
use super::error::Error;
use super::etag::Etags;
use super::expiry::Expiry;
use super::in_flight::InFlight;
use super::outcome::RequestKind;
use super::pace::Gate;
use crate::clock::SharedClock;
use crate::fence::Fence;
use crate::ids::UserId;
use crate::organization::ListOrder;

/// The header in every response of chatferry's sandbox, and in no response of Close.
const SANDBOX: &str = "x-chatferry-sandbox";
/// The rate of a server that is not paced, in requests per second.
const UNPACED: f64 = 100_000.0;
/// Counts of requests so far, uploads included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// The number of requests that were sent or attempted.
    pub requests: u64,
    /// The number of them that were retries, after a failure or a 429.
    pub retries: u64,
    /// The number of responses with status 429.
    pub limited: u64,
}

/// The counters behind [`Stats`], which all clones of a client share.
#[derive(Default)]
pub(crate) struct Counters {
    /// Requests that were sent or attempted.
    pub(crate) requests: AtomicU64,
    retries: AtomicU64,
    limited: AtomicU64,
}

/// A client of Close's API. Cheap to clone; clones share connections, rate limits and counters.
#[derive(Clone)]
pub struct Client {
    /// The state that all clones share.
    pub(crate) inner: Arc<Inner>,
}

/// The state of a client, shared by its clones: connections, settings, limiters and counters.
pub(crate) struct Inner {
    pub(super) connections: Connections,
    /// Ends in `/`, so that a path template can be appended.
    pub(super) base: Url,
    /// Whether the base host is this machine. Only then may the storage be on this machine too.
    pub(crate) local: bool,
    pub(super) authorization: HeaderValue,
    /// When the credential expires.
    expiry: Option<Expiry>,
    pub(super) clock: SharedClock,
    settle: Duration,
    rate: f64,
    highest: f64,
    /// Whether the sandbox is paced as well.
    paces_sandbox: bool,
    /// Set by the first response of the sandbox, on this machine.
    sandbox: AtomicBool,
    /// Set by the first connection that a server accepted.
    has_answered: AtomicBool,
    /// As [`Settings::read_timeout`].
    pub(crate) read_timeout: Duration,
    exchange_timeout: Duration,
    max_attempts: u32,
    pub(super) gates: Mutex<HashMap<&'static str, Arc<Gate>>>,
    /// The numbers of requests so far.
    pub(crate) counters: Counters,
    pub(super) etags: Etags,
    /// The organisation that is imported into, once known.
    pub(super) organization: OnceLock<String>,
    /// The user of the credential, once known.
    pub(super) user: OnceLock<UserId>,
    /// The order of lists of messages, once known.
    list_order: Mutex<Option<ListOrder>>,
    pub(super) deleted: DeletedIds,
    pub(super) in_flight: InFlight,
    circuit: CircuitBreaker,
    /// Whether writes may be sent; `None`: always.
    fence: Mutex<Option<Fence>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.inner.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client without sending anything; the first request should be [`Client::me`].
    ///
    /// # Errors
    ///
    /// If the base URL is invalid, is plain http to another machine, or contains a password, a query or a fragment; if
    /// the credential is empty; if a number is out of range.
    pub fn new(settings: Settings) -> Result<Client, Error> {
        let base = base_url(&settings.base_url)?;
        let local = is_loopback(&base);
        let rate = settings.requests_per_second;
        if !(rate.is_finite() && rate > 0.0 && rate <= 100_000.0) {
            return Err(Error::OutOfRange("requests_per_second"));
        }
        if settings
            .max_rate
            .is_some_and(|highest| !(highest.is_finite() && highest > 0.0 && highest <= 100_000.0))
        {
            return Err(Error::OutOfRange("--max-rate"));
        }
        if settings.max_attempts == 0 {
            return Err(Error::OutOfRange("max_attempts"));
        }
        let connections = Connections::new(&base, local, &settings)?;
        let circuit = CircuitBreaker::new(Arc::clone(&settings.clock), settings.outage);
        Ok(Client {
            inner: Arc::new(Inner {
                connections,
                base,
                local,
                authorization: settings.auth.header()?,
                expiry: Expiry::of(&settings.auth),
                clock: settings.clock,
                settle: settings.settle,
                rate,
                highest: settings.max_rate.unwrap_or(rate),
                paces_sandbox: settings.paces_sandbox,
                sandbox: AtomicBool::new(false),
                has_answered: AtomicBool::new(false),
                read_timeout: settings.read_timeout,
                exchange_timeout: settings.exchange_timeout,
                max_attempts: settings.max_attempts,
                gates: Mutex::default(),
                counters: Counters::default(),
                etags: Etags::new(),
                organization: OnceLock::new(),
                user: OnceLock::new(),
                list_order: Mutex::default(),
                deleted: DeletedIds::default(),
                in_flight: InFlight::default(),
                circuit,
                fence: Mutex::default(),
            }),
        })
    }

    /// Sends writes only while `fence` permits them; `None`: always. Replaces the former one.
    pub fn guard_writes(&self, fence: Option<Fence>) {
        let mut guard = (self.inner.fence.lock()).unwrap_or_else(PoisonError::into_inner);
        *guard = fence;
    }

    /// When the credential expires; `None`: it does not.
    pub fn expiry(&self) -> Option<Expiry> {
        self.inner.expiry
    }

    /// The time since a date that Close gave, by the clock of this machine; zero for a date in its
    /// future.
    pub fn age(&self, date: DateTime<Utc>) -> Duration {
        (self.inner.clock.now() - date).to_std().unwrap_or_default()
    }

    /// Whether the server is chatferry's sandbox on this machine; false before its first response.
    pub fn is_sandbox(&self) -> bool {
        self.inner.sandbox.load(Ordering::Relaxed)
    }

    /// Whether requests are not paced, since the server is the sandbox.
    pub fn is_unpaced(&self) -> bool {
        self.inner.is_unpaced()
    }

    /// The numbers of requests so far, of this client and its clones.
    pub fn stats(&self) -> Stats {
        let counters = &self.inner.counters;
        Stats {
            requests: counters.requests.load(Ordering::Relaxed),
            retries: counters.retries.load(Ordering::Relaxed),
            limited: counters.limited.load(Ordering::Relaxed),
        }
    }

    /// Waits until Close becomes unreachable (true) or reachable again (false). Each change is returned once, in
    /// order. During an outage requests wait, up to [`Settings::outage`]. Cancel-safe.
    pub async fn outage_changed(&self) -> bool {
        self.inner.circuit.changed().await
    }
}

impl Inner {
    /// Stops pacing if these are the headers of the sandbox on this machine. Close sends no such header, and no other
    /// machine is believed.
    fn recognize(&self, headers: &HeaderMap) {
        let is_known = self.sandbox.load(Ordering::Relaxed);
        if is_known || !self.local || !headers.contains_key(SANDBOX) {
            return;
        }
        // Under the lock of the gates, so that none is created with the former rate meanwhile.
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.sandbox.swap(true, Ordering::Relaxed) && !self.paces_sandbox {
            gates.values().for_each(|gate| gate.pace(UNPACED));
        }
    }

    /// Whether a request of this kind may be sent now.
    fn permits(&self, kind: RequestKind) -> bool {
        let fence = self.fence.lock().unwrap_or_else(PoisonError::into_inner);
        let is_write = matches!(kind, RequestKind::Create | RequestKind::Idempotent);
        !is_write || fence.as_ref().is_none_or(Fence::permits)
    }

    /// Whether the server is one of this machine that has accepted no connection yet.
    fn is_unknown_here(&self) -> bool {
        self.local && !self.has_answered.load(Ordering::Relaxed)
    }

    fn is_unpaced(&self) -> bool {
        !self.paces_sandbox && self.sandbox.load(Ordering::Relaxed)
    }

    pub(super) fn gate(&self, endpoint: &'static str) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = match self.is_unpaced() {
            true => UNPACED,
            false => self.rate,
        };
        let gate = gates
            .entry(endpoint)
            .or_insert_with(|| Gate::new(Arc::clone(&self.clock), rate).up_to(self.highest));
        Arc::clone(gate)
    }
}
