//! HTTP client: sends one request, from its turn at the rate limiter to a response or a failure.
//!
//! Owns the connections, the credential and the rate limiters. Classifies responses with [`classify`] and retries
//! what may be sent again. Never follows a redirect, never sends the credential to another host than the base host,
//! and never resends a create that may have been carried out.

mod base_url;
mod call;
mod exchange;
mod settings;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use base_url::base_url;
pub(crate) use base_url::is_loopback;
pub(crate) use call::Call;
use chrono::{DateTime, Utc};
pub(crate) use exchange::{Exchange, Silence, exchange};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Request, Url};
use serde::de::DeserializeOwned;
pub use settings::Settings;

use super::circuit_breaker::{CircuitBreaker, Trial};
use super::deleted::DeletedIds;
use super::error::{Error, Failure, Trouble};
use super::etag::Etags;
use super::expiry::Expiry;
use super::in_flight::InFlight;
use super::outcome::{Outcome, Raw, RequestKind, classify};
use super::pace::{Answer, Gate, Pass, Signals};
use super::retry::{MAX_LIMITED, backoff, patience};
use crate::clock::SharedClock;
use crate::ids::{ActivityId, UserId};
use crate::organization::ListOrder;

/// The header in every response of chatferry's sandbox, and in no response of Close.
const SANDBOX: &str = "x-chatferry-sandbox";
/// The rate of a server that is not paced, in requests per second.
const UNPACED: f64 = 100_000.0;
/// Idle time after which a connection is not used again: if the server closes it at that moment, a create has an
/// unknown outcome.
const IDLE: Duration = Duration::from_secs(15);
/// Maximum duration of a whole exchange, in read time-outs, so that a slow trickle ends too.
const EXCHANGE_FACTOR: u32 = 5;

/// Number of requests so far, uploads included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests that were sent or attempted.
    pub requests: u64,
    /// Those that were retries, after a failure or a 429.
    pub retries: u64,
    /// Responses with status 429.
    pub limited: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU64,
    retries: AtomicU64,
    limited: AtomicU64,
}

/// A client of Close's API. Cheap to clone; clones share connections, rate limits and counters.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(super) api: reqwest::Client,
    /// A separate client for the file storage, without the credential.
    pub(crate) storage: reqwest::Client,
    /// Ends in `/`, so that a path template can be appended.
    pub(super) base: Url,
    /// Whether the base host is this machine; only then may the storage be on this machine too.
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
    pub(crate) read_timeout: Duration,
    max_attempts: u32,
    gates: Mutex<HashMap<&'static str, Arc<Gate>>>,
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
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.inner.base.as_str())
            .finish_non_exhaustive()
    }
}

/// Permit to send one request now: it is its turn, and Close is reachable as far as is known. During an outage only one
/// request at a time gets a permit, until its response arrives.
pub struct Permit<'c> {
    pass: Pass,
    trial: Option<Trial<'c>>,
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
        // An error means that a provider is already set, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let builder = reqwest::Client::builder()
                .user_agent(concat!("chatferry/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(settings.connect_timeout)
                .pool_idle_timeout(IDLE);
            // HTTP_PROXY and similar variables must not redirect requests to this machine.
            if local { builder.no_proxy() } else { builder }
        };
        let api = builder()
            .read_timeout(settings.read_timeout)
            .build()
            .map_err(Error::Http)?;
        let storage = builder().build().map_err(Error::Http)?;
        let circuit = CircuitBreaker::new(Arc::clone(&settings.clock), settings.outage);
        Ok(Client {
            inner: Arc::new(Inner {
                api,
                storage,
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
                read_timeout: settings.read_timeout,
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
            }),
        })
    }

    /// Sets the organisation that is imported into; a credential may have access to several.
    pub fn of_organization(&self, id: &str) {
        // Later calls have no effect: a run has one organisation.
        let _ = self.inner.organization.set(id.to_owned());
    }

    /// Notes the user of the credential.
    pub(super) fn of_user(&self, id: &UserId) {
        // A credential has one user.
        let _ = self.inner.user.set(id.clone());
    }

    /// The order of lists of messages, as far as it is known or was observed.
    pub fn list_order(&self) -> Option<ListOrder> {
        let order = self.inner.list_order.lock();
        *order.unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the assumed order of lists of messages; an order observed in a list replaces it.
    pub fn set_list_order(&self, order: ListOrder) {
        let known = self.inner.list_order.lock();
        *known.unwrap_or_else(PoisonError::into_inner) = Some(order);
    }

    /// Notes activities that were deleted, each with the date: until the settle time has passed since then, no list and no
    /// look-up returns them. A date that is not known is now.
    pub fn know_deleted(&self, ids: impl IntoIterator<Item = (ActivityId, Option<DateTime<Utc>>)>) {
        let now = self.inner.clock.elapsed();
        let known = ids.into_iter().map(|(id, at)| {
            let age = at.map_or(Duration::ZERO, |at| self.age(at));
            (id, now + self.inner.settle.saturating_sub(age))
        });
        self.inner.deleted.extend(known);
    }

    /// The rows of a list that was read now, without those of activities that were deleted a moment ago.
    pub(super) fn without_deleted<R>(
        &self,
        rows: Vec<R>,
        id: impl Fn(&R) -> &ActivityId,
    ) -> Vec<R> {
        self.inner
            .deleted
            .without(self.inner.clock.elapsed(), rows, id)
    }

    /// Whether an activity was deleted so recently that a list may contain it.
    pub(super) fn may_list_deleted(&self, id: &ActivityId) -> bool {
        self.inner
            .deleted
            .may_be_listed(id, self.inner.clock.elapsed())
    }

    /// Whether an activity is known to be deleted, however long ago.
    pub fn is_known_deleted(&self, id: &ActivityId) -> bool {
        self.inner.deleted.contains(id)
    }

    /// When the credential expires; `None`: it does not.
    pub fn expiry(&self) -> Option<Expiry> {
        self.inner.expiry
    }

    /// Time since a date of Close.
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

    /// Number of requests so far, of this client and its clones.
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

    /// Waits until a request of `endpoint` may be sent: for its turn, and for the end of an outage. Cancel-safe.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when the outage is longer than [`Settings::outage`].
    pub(super) async fn acquire_permit(
        &self,
        endpoint: &'static str,
    ) -> Result<Permit<'_>, Failure> {
        let inner = &*self.inner;
        let gate = inner.gate(endpoint);
        loop {
            let trial = inner.circuit.pass(|| inner.probe()).await;
            let trial = trial.map_err(|_| Failure::Out {
                seconds: inner.circuit.limit().as_secs(),
            })?;
            let pass = gate.pass().await;
            // The circuit opened while this request waited for its turn: only the trial request may be sent.
            if trial.is_some() || !inner.circuit.is_open() {
                return Ok(Permit { pass, trial });
            }
        }
    }

    /// Sends `call` until there is a response that `decode` accepts, or a reason to stop.
    pub(crate) async fn send<T>(
        &self,
        call: &Call<'_>,
        decode: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Failure> {
        self.send_on(None, call, decode).await
    }

    /// As [`Client::send`], for a request that may already have its first permit.
    pub(crate) async fn send_on<T>(
        &self,
        mut permit: Option<Permit<'_>>,
        call: &Call<'_>,
        decode: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Failure> {
        let inner = &*self.inner;
        let endpoint = call.endpoint;
        let (mut attempts, mut limited) = (0, 0);
        let in_progress = inner.in_flight.enter(endpoint, inner.clock.elapsed());
        loop {
            let request = inner.request(call)?;
            if inner.circuit.is_open() {
                // The attempts that the outage used are restored; the outage has a limit of its own.
                attempts = attempts.min(inner.max_attempts.saturating_sub(2));
            }
            let Permit { pass, trial } = match permit.take() {
                Some(permit) => permit,
                None => self.acquire_permit(endpoint).await?,
            };
            inner.counters.requests.fetch_add(1, Ordering::Relaxed);
            let started = inner.clock.elapsed();
            let mut value = None;
            let mut body = Vec::new();
            let raw = match exchange(&inner.api, request).await {
                Err(Silence::Unbuilt) => {
                    return Err(Failure::Internal {
                        endpoint,
                        what: "request",
                    });
                }
                Err(Silence::Untrusted) => Raw::Untrusted,
                Err(Silence::NotSent) => Raw::NotSent,
                Err(Silence::Lost) => Raw::Lost,
                Ok(seen) => {
                    inner.recognize(&seen.headers);
                    let success = (200..300).contains(&seen.status);
                    if success {
                        value = seen.body.as_deref().and_then(&decode);
                    }
                    body = seen.body.unwrap_or_default();
                    let limit_body = (seen.status == 429).then_some(body.as_slice());
                    let signals = Signals::read(&seen.headers, limit_body, inner.clock.now());
                    Raw::Answer {
                        status: seen.status,
                        signals,
                        readable: value.is_some(),
                    }
                }
            };
            let outcome = classify(call.kind, &raw);
            let took = inner.clock.elapsed().saturating_sub(started);
            let status = match &raw {
                Raw::Answer { status, .. } => *status,
                _ => 0,
            };
            tracing::debug!(
                endpoint,
                status,
                ?outcome,
                milliseconds = took.as_millis() as u64,
                "request"
            );
            inner.circuit.record(is_heard(&raw));
            // Other requests continue, or the next one probes.
            drop(trial);
            let last = match &raw {
                Raw::NotSent | Raw::Untrusted => Trouble::NotSent,
                Raw::Lost | Raw::Slow => Trouble::Lost,
                Raw::Answer {
                    status: 200..=299, ..
                } => Trouble::Unreadable,
                Raw::Answer { status, .. } => Trouble::Status(*status),
            };
            if let Raw::Answer {
                status, signals, ..
            } = &raw
            {
                pass.answered(&match outcome {
                    Outcome::Limited { wait } => Answer::Limited {
                        signals,
                        wait: wait.max(patience(limited + 1)),
                    },
                    _ => Answer::Heard {
                        signals,
                        success: (200..300).contains(status),
                    },
                });
            } else {
                drop(pass);
            }
            in_progress.attempt_ended(last);
            match (outcome, value, &raw) {
                (Outcome::Ok, Some(value), _) => return Ok(value),
                (Outcome::Denied, _, Raw::Answer { status, .. }) => {
                    return Err(Failure::Denied {
                        endpoint,
                        status: *status,
                    });
                }
                (Outcome::Untrusted, _, _) => return Err(Failure::Untrusted { endpoint }),
                (Outcome::Rejected, _, Raw::Answer { status, .. }) => {
                    return Err(Failure::rejected(endpoint, *status, &body));
                }
                (Outcome::Limited { .. }, _, _) => {
                    limited += 1;
                    inner.counters.limited.fetch_add(1, Ordering::Relaxed);
                    if limited >= MAX_LIMITED {
                        let attempts = attempts + limited;
                        return Err(Failure::Exhausted {
                            endpoint,
                            attempts,
                            last: Trouble::Limited,
                        });
                    }
                    // The rate limiter waits before the next attempt.
                }
                (Outcome::Again, _, raw) => {
                    attempts += 1;
                    limited = 0;
                    // The next attempt waits, and probes if the circuit is open.
                    if attempts >= inner.max_attempts && !inner.circuit.is_open() {
                        return Err(Failure::Exhausted {
                            endpoint,
                            attempts,
                            last,
                        });
                    }
                    if inner.circuit.is_open() {
                        inner.counters.retries.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let named = match raw {
                        Raw::Answer { signals, .. } => signals.retry_after.unwrap_or_default(),
                        Raw::NotSent | Raw::Untrusted | Raw::Lost | Raw::Slow => Duration::ZERO,
                    };
                    let pause = backoff(attempts, inner.clock.chance());
                    inner.clock.sleep(pause.max(named)).await;
                }
                // Unknown outcomes, and combinations that `classify` never returns: in doubt, never a guess.
                (_, _, _) => return Err(in_doubt(call.kind, endpoint, attempts + 1, last)),
            }
            inner.counters.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends `call` and decodes the response as JSON.
    pub(crate) async fn send_json<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
    ) -> Result<T, Failure> {
        self.send(call, |body| serde_json::from_slice(body).ok())
            .await
    }

    /// Like [`Client::send_json`]; 404 is `None`. A malformed id cannot exist either, so no request is sent.
    pub(crate) async fn find_json<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
    ) -> Result<Option<T>, Failure> {
        if call.id.is_some_and(|id| !super::wire::is_id(id)) {
            return Ok(None);
        }
        match self.send_json(call).await {
            Ok(value) => Ok(Some(value)),
            Err(Failure::Rejected { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

fn in_doubt(kind: RequestKind, endpoint: &'static str, attempts: u32, last: Trouble) -> Failure {
    match kind {
        RequestKind::Create => Failure::Unknown { endpoint, last },
        RequestKind::Read | RequestKind::Idempotent | RequestKind::Storage => Failure::Exhausted {
            endpoint,
            attempts,
            last,
        },
    }
}

/// Whether a response shows that Close is reachable, whatever its status.
fn is_heard(raw: &Raw) -> bool {
    matches!(raw, Raw::Answer { status, .. } if *status < 500)
}

impl Inner {
    /// Sends a request that changes nothing; returns whether Close responds.
    async fn probe(&self) -> bool {
        let call = Call::new(RequestKind::Read, super::me::ME);
        let Ok(request) = self.request(&call) else {
            return false;
        };
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        let seen = exchange(&self.api, request).await;
        seen.is_ok_and(|seen| seen.status < 500)
    }

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

    fn request(&self, call: &Call<'_>) -> Result<Request, Failure> {
        let internal = |what| Failure::Internal {
            endpoint: call.endpoint,
            what,
        };
        let (method, template) = call.endpoint.split_once(" /").ok_or(internal("template"))?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| internal("method"))?;
        let path = match call.id {
            Some(id) if super::wire::is_id(id) => template.replace("{id}", id),
            Some(_) => return Err(internal("malformed id")),
            None => template.to_owned(),
        };
        let mut url = self.base.join(&path).map_err(|_| internal("path"))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = Request::new(method, url);
        *request.timeout_mut() = Some(self.read_timeout.saturating_mul(EXCHANGE_FACTOR));
        request
            .headers_mut()
            .insert(AUTHORIZATION, self.authorization.clone());
        if let Some(body) = &call.body {
            request
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            // Bytes have a known length: Close rejects chunked bodies.
            *request.body_mut() = Some(body.clone().into());
        }
        Ok(request)
    }
}
