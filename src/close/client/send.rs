//! Sending one call: its permit, its attempts, and what each response means for the next one.
//!
//! Never here: which outcome a response has ([`classify`]), whether another attempt follows (`attempts`), and how long to wait for
//! a permit ([`Gate`](crate::close::pace::Gate)).

use std::sync::atomic::Ordering;

use super::attempts::{Attempted, Attempts, is_heard, trouble};
use super::call::Call;
use super::exchange::{Exchange, Silence, exchange};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde::de::DeserializeOwned;

use super::{Client, Inner};
use crate::close::circuit_breaker::Trial;
use crate::close::error::{Failure, Trouble};
use crate::close::outcome::{Outcome, Raw, RequestKind, classify};
use crate::close::pace::{Pass, Signals};

/// Permit to send one request now: it is its turn, and Close is reachable as far as is known. During an outage only one
/// request at a time gets a permit, until its response arrives.
pub struct Permit<'c> {
    pub(super) pass: Pass,
    pub(super) trial: Option<Trial<'c>>,
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
        let mut attempts = Attempts::at_most(inner.max_attempts);
        let in_progress = inner.in_flight.enter(endpoint, inner.clock.elapsed());
        loop {
            let request = inner.request(call)?;
            let permit = match permit.take() {
                Some(permit) => permit,
                None => self.permit_for(&mut attempts, endpoint).await?,
            };
            // Directly before the request: it may have waited long for its permit.
            if !inner.permits(call.kind) {
                return Err(Failure::Fenced { endpoint });
            }
            inner.counters.requests.fetch_add(1, Ordering::Relaxed);
            let started = inner.clock.elapsed();
            in_progress.attempt_sent(started);
            let mut value = None;
            let mut body = Vec::new();
            let raw = match self.exchange_once(endpoint, request).await? {
                Err(raw) => raw,
                Ok(seen) => {
                    if (200..300).contains(&seen.status) {
                        value = seen.body.as_deref().and_then(&decode);
                    }
                    let raw = inner.answer(&seen, value.is_some());
                    body = seen.body.unwrap_or_default();
                    raw
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
            let is_lone = self.end_attempt(permit, &attempts, (outcome, &raw));
            let last = trouble(&raw);
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
                (Outcome::Limited { .. } | Outcome::Again, _, raw) => {
                    let attempted = Attempted {
                        endpoint,
                        outcome,
                        raw,
                        is_lone: is_lone && matches!(call.kind, RequestKind::Read),
                    };
                    self.wait_to_retry(&mut attempts, attempted).await?;
                }
                // Unknown outcomes, and combinations that `classify` never returns: in doubt, never a guess.
                (_, _, _) => return Err(in_doubt(call.kind, endpoint, attempts.number + 1, last)),
            }
        }
    }

    /// Sends a request to Close once. The inner error is an exchange without a response.
    ///
    /// # Errors
    ///
    /// [`Failure::Internal`]: the request could not be built.
    pub(in crate::close) async fn exchange_once(
        &self,
        endpoint: &'static str,
        request: Request,
    ) -> Result<Result<Exchange, Raw>, Failure> {
        let inner = &*self.inner;
        Ok(match exchange(&inner.connections.api, request).await {
            Err(Silence::Unbuilt) => {
                return Err(Failure::Internal {
                    endpoint,
                    what: "request",
                });
            }
            Err(Silence::Untrusted) => Err(Raw::Untrusted),
            Err(Silence::NotSent) => Err(Raw::NotSent),
            Err(Silence::Lost) => {
                inner.has_answered.store(true, Ordering::Relaxed);
                Err(Raw::Lost)
            }
            Ok(seen) => {
                inner.has_answered.store(true, Ordering::Relaxed);
                inner.recognize(&seen.headers);
                Ok(seen)
            }
        })
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

impl Inner {
    /// A response, with what it states about rate limits.
    pub(in crate::close) fn answer(&self, seen: &Exchange, readable: bool) -> Raw {
        let body = seen.body.as_deref().unwrap_or_default();
        let limit_body = (seen.status == 429).then_some(body);
        Raw::Answer {
            status: seen.status,
            signals: Signals::read(&seen.headers, limit_body, self.clock.now()),
            readable,
        }
    }

    /// Sends a request that changes nothing; returns whether Close responds.
    async fn probe(&self) -> bool {
        let call = Call::new(RequestKind::Read, crate::close::me::ME);
        let Ok(request) = self.request(&call) else {
            return false;
        };
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        let seen = exchange(&self.connections.api, request).await;
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
