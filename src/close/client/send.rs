//! Sending one call: its permit, its attempts, and what each response means for the next one.
//!
//! Never here: which outcome a response has ([`classify`]), and how long to wait for a permit ([`Gate`](crate::close::pace::Gate)).

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::call::Call;
use super::exchange::{Silence, exchange};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde::de::DeserializeOwned;

use super::{Client, Inner};
use crate::close::circuit_breaker::{LONE_TRIALS, Trial};
use crate::close::error::{Failure, Trouble};
use crate::close::outcome::{Outcome, Raw, RequestKind, classify};
use crate::close::pace::{Answer, Pass, Signals};
use crate::close::retry::{MAX_LIMITED, backoff, patience};

/// Permit to send one request now: it is its turn, and Close is reachable as far as is known. During an outage only one
/// request at a time gets a permit, until its response arrives.
pub struct Permit<'c> {
    pass: Pass,
    trial: Option<Trial<'c>>,
}

impl Client {
    /// Waits until a request of `endpoint` may be sent: for its turn, and for the end of an outage. Cancel-safe.
    ///
    /// # Errors
    ///
    /// [`Failure::Out`] when the outage is longer than [`Settings::outage`](super::Settings::outage).
    pub(in crate::close) async fn acquire_permit(
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

    /// Sends `call` until there is a response that `decode` accepts, or a reason to stop. `decode`
    /// returns `None` for a body of an unexpected shape.
    ///
    /// # Errors
    ///
    /// See [`Failure`]: of a create, [`Failure::Unknown`] must be looked up and never be sent
    /// again.
    pub(crate) async fn send<T>(
        &self,
        call: &Call<'_>,
        decode: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Failure> {
        self.send_on(None, call, decode).await
    }

    /// As [`Client::send`], for a request that may already have its first permit.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub(crate) async fn send_on<T>(
        &self,
        mut permit: Option<Permit<'_>>,
        call: &Call<'_>,
        decode: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Failure> {
        let inner = &*self.inner;
        let endpoint = call.endpoint;
        let (mut attempts, mut limited, mut trials) = (0, 0, 0);
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
            // Directly before the request: it may have waited long for its permit.
            if !inner.permits(call.kind) {
                return Err(Failure::Fenced { endpoint });
            }
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
                Err(Silence::Lost) => {
                    inner.has_answered.store(true, Ordering::Relaxed);
                    Raw::Lost
                }
                Ok(seen) => {
                    inner.has_answered.store(true, Ordering::Relaxed);
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
            // A probe had a response right before.
            let is_lone = trial.is_some() && matches!(call.kind, RequestKind::Read);
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
                // A server of this machine that was not started; one that was is waited for.
                (Outcome::Again, _, Raw::NotSent) if inner.is_unknown_here() => {
                    return Err(Failure::Exhausted {
                        endpoint,
                        attempts: 1,
                        last: Trouble::NotListening,
                    });
                }
                (Outcome::Again, _, raw) => {
                    attempts += 1;
                    limited = 0;
                    trials += u32::from(is_lone && matches!(raw, Raw::Answer { .. }));
                    if trials >= LONE_TRIALS && inner.circuit.close_for_one() {
                        return Err(Failure::Exhausted {
                            endpoint,
                            attempts,
                            last,
                        });
                    }
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

    /// Sends `call` and decodes the body of the response as JSON.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub(crate) async fn send_json<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
    ) -> Result<T, Failure> {
        self.send(call, |body| serde_json::from_slice(body).ok())
            .await
    }

    /// As [`Client::send_json`]; `None` for status 404. No request is sent for an id of another
    /// form than Close's, which cannot exist.
    ///
    /// # Errors
    ///
    /// As [`Client::send`], except status 404.
    pub(crate) async fn find_json<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
    ) -> Result<Option<T>, Failure> {
        if call.id.is_some_and(|id| !crate::close::wire::is_id(id)) {
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

/// Whether a response shows that Close is reachable, whatever its status. A successful response that cannot be read may be the
/// page of a proxy.
fn is_heard(raw: &Raw) -> bool {
    match raw {
        Raw::Answer {
            status: 200..=299,
            readable,
            ..
        } => *readable,
        Raw::Answer { status, .. } => *status < 500,
        Raw::NotSent | Raw::Untrusted | Raw::Lost | Raw::Slow => false,
    }
}

impl Inner {
    /// Sends a request that changes nothing; returns whether Close responds.
    async fn probe(&self) -> bool {
        let call = Call::new(RequestKind::Read, crate::close::me::ME);
        let Ok(request) = self.request(&call) else {
            return false;
        };
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        let seen = exchange(&self.api, request).await;
        let is_json = |body: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
        seen.is_ok_and(|seen| match seen.status {
            200..=299 => seen.body.as_deref().is_some_and(is_json),
            status => status < 500,
        })
    }

    fn request(&self, call: &Call<'_>) -> Result<Request, Failure> {
        let internal = |what| Failure::Internal {
            endpoint: call.endpoint,
            what,
        };
        let (method, template) = call.endpoint.split_once(" /").ok_or(internal("template"))?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| internal("method"))?;
        let path = match call.id {
            Some(id) if crate::close::wire::is_id(id) => template.replace("{id}", id),
            Some(_) => return Err(internal("malformed id")),
            None => template.to_owned(),
        };
        let mut url = self.base.join(&path).map_err(|_| internal("path"))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = Request::new(method, url);
        *request.timeout_mut() = Some(self.exchange_timeout);
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
