//! The attempts of one request: what an attempt notes, whether another one follows, and the wait before it.
//!
//! Shared by calls and downloads, whose two requests are one attempt. Never here: which outcome a response has
//! ([`classify`](crate::close::outcome::classify)), and how long to wait for a permit ([`Gate`](crate::close::pace::Gate)).

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Client;
use super::send::Permit;
use crate::close::circuit_breaker::LONE_TRIALS;
use crate::close::error::{Failure, Trouble};
use crate::close::outcome::{Outcome, Raw};
use crate::close::pace::Answer;
use crate::close::retry::{MAX_LIMITED, backoff, patience};

/// The attempts of one request.
pub(in crate::close) struct Attempts {
    /// Attempts that count, and the maximum number of them.
    pub(super) number: u32,
    most: u32,
    /// Consecutive responses with status 429, which do not count.
    limited: u32,
    /// Attempts that failed alone during an outage.
    trials: u32,
}

impl Attempts {
    /// At most this number, and at least 1.
    pub(in crate::close) fn at_most(most: u32) -> Attempts {
        Attempts {
            number: 0,
            most,
            limited: 0,
            trials: 0,
        }
    }
}

/// How an attempt ended.
pub(in crate::close) struct Attempted<'a> {
    pub(in crate::close) endpoint: &'static str,
    pub(in crate::close) outcome: Outcome,
    pub(in crate::close) raw: &'a Raw,
    /// Whether it was the only request during an outage.
    pub(in crate::close) is_lone: bool,
}

impl Client {
    /// Waits until the next attempt may be sent.
    ///
    /// # Errors
    ///
    /// As [`Client::acquire_permit`].
    pub(in crate::close) async fn permit_for(
        &self,
        attempts: &mut Attempts,
        endpoint: &'static str,
    ) -> Result<Permit<'_>, Failure> {
        if self.inner.circuit.is_open() {
            // The attempts that the outage used are restored; the outage has a limit of its own.
            attempts.number = attempts.number.min(attempts.most.saturating_sub(2));
        }
        self.acquire_permit(endpoint).await
    }

    /// Notes whether Close responded to a download: a status of the files alone is none of an outage.
    pub(in crate::close) fn record_download(&self, raw: &Raw) {
        let is_of_files = matches!(raw, Raw::Answer { status: 500.., .. });
        if !is_of_files {
            self.inner.circuit.record(is_heard(raw));
        }
    }

    /// Notes the end of an attempt for the rate limiter. Returns whether it was the only request during an outage; a probe had
    /// a response right before.
    pub(in crate::close) fn end_attempt(
        &self,
        permit: Permit<'_>,
        attempts: &Attempts,
        (outcome, raw): (Outcome, &Raw),
    ) -> bool {
        let Permit { pass, trial } = permit;
        let is_lone = trial.is_some();
        // Other requests continue, or the next one probes.
        drop(trial);
        if let Raw::Answer {
            status, signals, ..
        } = raw
        {
            pass.answered(&match outcome {
                Outcome::Limited { wait } => Answer::Limited {
                    signals,
                    wait: wait.max(patience(attempts.limited + 1)),
                },
                _ => Answer::Heard {
                    signals,
                    success: (200..300).contains(status),
                },
            });
        }
        is_lone
    }

    /// Waits before the next attempt of a request that was not carried out, or harmlessly.
    ///
    /// # Errors
    ///
    /// [`Failure::Exhausted`]: there is no next attempt.
    pub(in crate::close) async fn wait_to_retry(
        &self,
        attempts: &mut Attempts,
        attempted: Attempted<'_>,
    ) -> Result<(), Failure> {
        let inner = &*self.inner;
        let Attempted {
            endpoint,
            outcome,
            raw,
            is_lone,
        } = attempted;
        let exhausted = |attempts, last| {
            Err(Failure::Exhausted {
                endpoint,
                attempts,
                last,
            })
        };
        if let Outcome::Limited { .. } = outcome {
            attempts.limited += 1;
            inner.counters.limited.fetch_add(1, Ordering::Relaxed);
            if attempts.limited >= MAX_LIMITED {
                return exhausted(attempts.number + attempts.limited, Trouble::Limited);
            }
            // The rate limiter waits before the next attempt.
            inner.counters.retries.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        // A server of this machine that was not started; one that was is waited for.
        if matches!(raw, Raw::NotSent) && inner.is_unknown_here() {
            return exhausted(1, Trouble::NotListening);
        }
        attempts.number += 1;
        attempts.limited = 0;
        attempts.trials += u32::from(is_lone && matches!(raw, Raw::Answer { .. }));
        if attempts.trials >= LONE_TRIALS && inner.circuit.close_for_one() {
            return exhausted(attempts.number, trouble(raw));
        }
        // The next attempt waits, and probes if the circuit is open.
        if attempts.number >= attempts.most && !inner.circuit.is_open() {
            return exhausted(attempts.number, trouble(raw));
        }
        inner.counters.retries.fetch_add(1, Ordering::Relaxed);
        if inner.circuit.is_open() {
            return Ok(());
        }
        let named = match raw {
            Raw::Answer { signals, .. } => signals.retry_after.unwrap_or_default(),
            Raw::NotSent | Raw::Untrusted | Raw::Lost | Raw::Slow => Duration::ZERO,
        };
        let pause = backoff(attempts.number, inner.clock.chance());
        inner.clock.sleep(pause.max(named)).await;
        Ok(())
    }
}

/// What was wrong with an attempt that is tried again.
pub(in crate::close) fn trouble(raw: &Raw) -> Trouble {
    match raw {
        Raw::NotSent | Raw::Untrusted => Trouble::NotSent,
        Raw::Lost | Raw::Slow => Trouble::Lost,
        Raw::Answer {
            status: 200..=299, ..
        } => Trouble::Unreadable,
        Raw::Answer { status, .. } => Trouble::Status(*status),
    }
}

/// Whether a response shows that Close is reachable, whatever its status. A successful response that cannot be read may be the
/// page of a proxy.
pub(super) fn is_heard(raw: &Raw) -> bool {
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
