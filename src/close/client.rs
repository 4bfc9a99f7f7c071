//! One request, from its turn at the gate to an answer or a failure.
//!
//! Holds the connections, the credential and the gates; sends, judges by [`classify`], retries
//! what may be sent again. Never follows a redirect, never sends the credential anywhere but to
//! the base host, and never resends a create that may have been carried out.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Request, Url};
use serde::de::DeserializeOwned;

use super::auth::Auth;
use super::circuit_breaker::{CircuitBreaker, Trial};
use super::error::{Error, Failure, Trouble};
use super::etag::Etags;
use super::outcome::{Outcome, Raw, RequestKind, classify};
use super::pace::{Answer, Gate, Pass, Signals};
use super::retry::{MAX_LIMITED, backoff, patience};
use crate::clock::SharedClock;
use crate::fault_point::reach;

/// The largest answer that is read. A page of 100 messages is far below it.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// Connections idle for longer are not used again: one that the server closes in the same moment
/// turns a create into an unknown.
const IDLE: Duration = Duration::from_secs(15);
/// A whole exchange may last this many read time-outs, so that a trickle ends too.
const EXCHANGE_FACTOR: u32 = 5;

/// What a [`Client`] is made of.
pub struct Settings {
    /// Close's API, as in `https://api.close.com/api/v1`, with or without a final slash. Plain
    /// http is taken for loopback hosts only.
    pub base_url: String,
    /// The credential.
    pub auth: Auth,
    /// The pace of one endpoint group while the server names no budget: requests per second,
    /// above 0, at most 100,000.
    pub requests_per_second: f64,
    /// The pace up to which a group is probed while the server names no budget; `None`: not at
    /// all. Same range.
    pub max_rate: Option<f64>,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest silence while an answer is awaited or read.
    pub read_timeout: Duration,
    /// Time, sleep and chance.
    pub clock: SharedClock,
    /// Attempts per request, the first included; at least 1. Answers 429 do not count.
    pub max_attempts: u32,
    /// How long an outage of Close or of the network is waited out; zero fails with the request
    /// that runs out of attempts.
    pub outage: Duration,
}

impl Settings {
    /// Settings with the defaults: 10 requests per second, 10 s to connect, 60 s to read
    /// (`close-api.md` 9), 6 attempts, 10 minutes of outage.
    pub fn new(base_url: impl Into<String>, auth: Auth, clock: SharedClock) -> Settings {
        Settings {
            base_url: base_url.into(),
            auth,
            requests_per_second: 10.0,
            max_rate: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            clock,
            max_attempts: 6,
            outage: Duration::from_secs(600),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL is left out: before it is checked it may hold a password.
        f.debug_struct("Settings")
            .field("auth", &self.auth)
            .field("requests_per_second", &self.requests_per_second)
            .field("connect_timeout", &self.connect_timeout)
            .field("read_timeout", &self.read_timeout)
            .field("max_attempts", &self.max_attempts)
            .field("outage", &self.outage)
            .finish_non_exhaustive()
    }
}

/// How much was sent so far, uploads included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests sent, or tried to be sent.
    pub requests: u64,
    /// Those among them that were sent again after trouble or a 429.
    pub retries: u64,
    /// Answers 429.
    pub limited: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU64,
    retries: AtomicU64,
    limited: AtomicU64,
}

/// A client of Close's API. Cheap to clone; clones share connections, pace and counters.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(super) api: reqwest::Client,
    /// A client of its own for the file storage, which knows no credential.
    pub(crate) storage: reqwest::Client,
    /// Ends in `/`, so that a path template can be put behind it.
    pub(super) base: Url,
    /// Whether the base host is this machine; only then may the storage be, too.
    pub(crate) local: bool,
    pub(super) authorization: HeaderValue,
    clock: SharedClock,
    rate: f64,
    highest: f64,
    pub(crate) read_timeout: Duration,
    max_attempts: u32,
    gates: Mutex<HashMap<&'static str, Arc<Gate>>>,
    pub(crate) counters: Counters,
    pub(super) etags: Etags,
    /// Whose work it is, once that is known.
    pub(super) organization: OnceLock<String>,
    circuit: CircuitBreaker,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.inner.base.as_str())
            .finish_non_exhaustive()
    }
}

/// One request to be. `endpoint` is method and path template with at most one `{id}`; it names
/// the gate, the place in errors, and what is sent.
pub(crate) struct Call<'a> {
    pub(crate) kind: RequestKind,
    pub(crate) endpoint: &'static str,
    pub(crate) id: Option<&'a str>,
    pub(crate) query: Vec<(&'static str, &'a str)>,
    pub(crate) body: Option<Bytes>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(kind: RequestKind, endpoint: &'static str) -> Call<'a> {
        Call {
            kind,
            endpoint,
            id: None,
            query: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn id(mut self, id: &'a str) -> Call<'a> {
        self.id = Some(id);
        self
    }

    pub(crate) fn query(mut self, name: &'static str, value: &'a str) -> Call<'a> {
        self.query.push((name, value));
        self
    }

    /// Sets a JSON body.
    pub(crate) fn json(mut self, body: &impl serde::Serialize) -> Result<Call<'a>, Failure> {
        let bytes = serde_json::to_vec(body).map_err(|_| Failure::Internal {
            endpoint: self.endpoint,
            what: "body",
        })?;
        self.body = Some(bytes.into());
        Ok(self)
    }
}

/// Leave to send one request now: it is its turn, and Close can be reached, as far as is known. In
/// an outage it is given to one request at a time, and held until that is answered.
pub struct Leave<'c> {
    pass: Pass,
    trial: Option<Trial<'c>>,
}

/// What one exchange brought.
pub(crate) struct Exchange {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// `None` when it broke off or is too long.
    pub(crate) body: Option<Vec<u8>>,
}

/// Why an exchange brought nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// No connection came about.
    NotSent,
    /// Whoever answered could not show that he is who he says.
    Untrusted,
    /// Something may have left.
    Lost,
    /// The request could not be built: our bug.
    Unbuilt,
}

impl Client {
    /// Makes a client. Nothing is sent yet; the first request should be [`Client::me`].
    ///
    /// Fails when the base URL is none, is plain http to another machine, or holds a password, a
    /// query or a fragment; when the credential is empty; when a number is out of range.
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
        // An error means that a provider is set already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let builder = reqwest::Client::builder()
                .user_agent(concat!("chatferry/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(settings.connect_timeout)
                .pool_idle_timeout(IDLE);
            // HTTP_PROXY and its kin must not carry what is meant for this machine elsewhere.
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
                clock: settings.clock,
                rate,
                highest: settings.max_rate.unwrap_or(rate),
                read_timeout: settings.read_timeout,
                max_attempts: settings.max_attempts,
                gates: Mutex::default(),
                counters: Counters::default(),
                etags: Etags::new(),
                organization: OnceLock::new(),
                circuit,
            }),
        })
    }

    /// From now on this is the organisation that is worked for; a credential may see several.
    pub fn of_organization(&self, id: &str) {
        // The first one stays: a run has one.
        let _ = self.inner.organization.set(id.to_owned());
    }

    /// How much was sent so far by this client and its clones.
    pub fn stats(&self) -> Stats {
        let counters = &self.inner.counters;
        Stats {
            requests: counters.requests.load(Ordering::Relaxed),
            retries: counters.retries.load(Ordering::Relaxed),
            limited: counters.limited.load(Ordering::Relaxed),
        }
    }

    /// Waits until Close goes out of reach (true) or is back (false), and tells each change once, in
    /// order, to whoever asks. While it is out of reach requests wait, up to [`Settings::outage`].
    /// Safe to drop while waiting.
    pub async fn outage_changed(&self) -> bool {
        self.inner.circuit.changed().await
    }

    /// Waits until a request of `endpoint` may leave: for its turn, and for the end of an outage.
    /// Safe to drop while waiting.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when the outage is longer than [`Settings::outage`].
    pub(super) async fn leave(&self, endpoint: &'static str) -> Result<Leave<'_>, Failure> {
        let inner = &*self.inner;
        let gate = inner.gate(endpoint);
        loop {
            let trial = inner.circuit.pass(|| inner.probe()).await;
            let trial = trial.map_err(|_| Failure::Out {
                seconds: inner.circuit.limit().as_secs(),
            })?;
            let pass = gate.pass().await;
            // Declared out while this one waited for its turn: nothing but the one on trial goes.
            if trial.is_some() || !inner.circuit.is_open() {
                return Ok(Leave { pass, trial });
            }
        }
    }

    /// Sends `call` until there is an answer that `decode` understands, or a reason to stop.
    pub(crate) async fn send<T>(
        &self,
        call: &Call<'_>,
        decode: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Failure> {
        self.send_on(None, call, decode).await
    }

    /// As [`Client::send`], for one that may have its first leave already.
    pub(crate) async fn send_on<T>(
        &self,
        mut leave: Option<Leave<'_>>,
        call: &Call<'_>,
        decode: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Failure> {
        let inner = &*self.inner;
        let endpoint = call.endpoint;
        let (mut attempts, mut limited) = (0, 0);
        loop {
            let request = inner.request(call)?;
            if inner.circuit.is_open() {
                // What the outage took is given back; the outage has a limit of its own.
                attempts = attempts.min(inner.max_attempts.saturating_sub(2));
            }
            let Leave { pass, trial } = match leave.take() {
                Some(leave) => leave,
                None => self.leave(endpoint).await?,
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
            // Whoever waits goes on, or the next one probes.
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
                    // The gate is where the wait happens.
                }
                (Outcome::Again, _, raw) => {
                    attempts += 1;
                    limited = 0;
                    // The waiting is done before the next attempt, by whoever probes.
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
                // Unknown, and pairs that the table does not make: doubt, never a guess.
                (_, _, _) => return Err(in_doubt(call.kind, endpoint, attempts + 1, last)),
            }
            inner.counters.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends `call` and reads the answer as JSON.
    pub(crate) async fn send_json<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
    ) -> Result<T, Failure> {
        self.send(call, |body| serde_json::from_slice(body).ok())
            .await
    }

    /// Like [`Client::send_json`]; 404 is `None`. An id that is not shaped like one cannot be
    /// there either, and is not asked for.
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

/// An answer that shows that Close is there, whatever it says.
fn is_heard(raw: &Raw) -> bool {
    matches!(raw, Raw::Answer { status, .. } if *status < 500)
}

impl Inner {
    /// Asks for something that changes nothing. True if Close answers.
    async fn probe(&self) -> bool {
        let call = Call::new(RequestKind::Read, super::me::ME);
        let Ok(request) = self.request(&call) else {
            return false;
        };
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        let seen = exchange(&self.api, request).await;
        seen.is_ok_and(|seen| seen.status < 500)
    }

    pub(super) fn gate(&self, endpoint: &'static str) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates
            .entry(endpoint)
            .or_insert_with(|| Gate::new(Arc::clone(&self.clock), self.rate).up_to(self.highest));
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
            // Bytes have a known length: chunked bodies are refused (`close-api.md` 5.3).
            *request.body_mut() = Some(body.clone().into());
        }
        Ok(request)
    }
}

/// Sends one request and reads the answer whole.
pub(crate) async fn exchange(
    client: &reqwest::Client,
    request: Request,
) -> Result<Exchange, Silence> {
    reach("request: before it leaves");
    let exchange = answer(client, request).await;
    reach("request: after its answer");
    exchange
}

/// True when the certificate is the reason.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // What an I/O error holds is not its source, but that which has its source.
        source = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as _),
            None => error.source(),
        };
    }
    false
}

async fn answer(client: &reqwest::Client, request: Request) -> Result<Exchange, Silence> {
    let mut response = client.execute(request).await.map_err(|error| {
        if error.is_builder() {
            Silence::Unbuilt
        } else if is_untrusted(&error) {
            Silence::Untrusted
        } else if error.is_connect() {
            // Only a failed connection: a reset on one that was open before is no `is_connect`.
            Silence::NotSent
        } else {
            Silence::Lost
        }
    })?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Some(Vec::new());
    while let Some(read) = &mut body {
        match response.chunk().await {
            Ok(Some(chunk)) if read.len() + chunk.len() <= MAX_ANSWER => {
                read.extend_from_slice(&chunk);
            }
            Ok(None) => break,
            Ok(Some(_)) | Err(_) => body = None,
        }
    }
    Ok(Exchange {
        status,
        headers,
        body,
    })
}

/// Whether the host of `url` is this machine by name or number. Names are compared whole:
/// `127.0.0.1.example.org` is somebody else's.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let number = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || number.is_ok_and(|ip| ip.is_loopback())
}

fn base_url(text: &str) -> Result<Url, Error> {
    let mut url = Url::parse(text.trim()).map_err(|_| Error::BaseUrl("is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::BaseUrl("holds a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::BaseUrl("holds a query or fragment"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(Error::PlainHttp),
        _ => return Err(Error::BaseUrl("is neither https nor http")),
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        for good in [
            "https://api.close.com/api/v1",
            "https://api.close.com/api/v1/",
            "http://127.0.0.1:8080/api/v1",
            "http://127.9.9.9/x",
            "http://[::1]:1/api/v1",
            "http://localhost:1",
        ] {
            let url = base_url(good).unwrap();
            assert!(
                url.path().ends_with('/') && !url.path().ends_with("//"),
                "{good}"
            );
        }
        for bad in [
            "http://api.close.com/api/v1",
            "http://127.0.0.1.example.org/",
            "http://10.0.0.1/",
            "http://localhost.example.org/",
            "http://0.0.0.0/",
        ] {
            assert!(matches!(base_url(bad), Err(Error::PlainHttp)), "{bad}");
        }
        for bad in [
            "",
            "api.close.com",
            "ftp://x/",
            "https://k:hush@x/",
            "https://k@x/",
            "https://x/?a",
            "https://x/#a",
        ] {
            let error = base_url(bad).unwrap_err();
            assert!(matches!(error, Error::BaseUrl(_)), "{bad}");
            assert!(!error.to_string().contains("hush"));
        }
    }
}
