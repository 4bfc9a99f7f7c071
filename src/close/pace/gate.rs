//! Rate limiter of one endpoint group.
//!
//! Without a usable `RateLimit` header, requests are spaced evenly at a configured rate. With one, the server's
//! budget applies, in bursts up to the whole allowance (observed: the allowance is restored at once when the window
//! ends). A 429 pauses this group only. Waiting uses the clock that is passed in, is fair (first come, first served),
//! and never polls: a waiter sleeps, or is woken when a response changed the state.

mod state;

use state::{State, limiter};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::Signals;
use crate::clock::SharedClock;

/// Maximum random addition to a pause, so that several processes do not resume in step.
const PAUSE_JITTER: Duration = Duration::from_millis(250);

/// Rate limiter of one endpoint group.
pub(crate) struct Gate {
    clock: SharedClock,
    /// The queue: tokio's mutex is fair. Held while waiting, not while sending.
    line: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    /// Wakes the head of the queue when a response changed the state. At most one waits.
    changed: Notify,
}

/// What is permitted to an endpoint group at present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    /// Requests per second: Close's budget, or else the current rate.
    pub per_second: f64,
    /// The time for which no request is sent, because Close requested it; zero if it did not.
    pub paused: Duration,
    /// The number of requests per window and the window's length in seconds; `None` if Close
    /// announces no budget. A budget is restored as a whole at the end of a window.
    pub window: Option<(u64, f64)>,
}

/// Result of a request that had a pass.
pub(crate) enum Answer<'a> {
    /// A response other than 429.
    Heard {
        /// The rate limit information of the response.
        signals: &'a Signals,
        /// Whether the status was 2xx. Only such a response without the header shows that the
        /// header is no longer sent; a proxy's 502 never has one.
        success: bool,
    },
    /// A 429: the group pauses for `wait`, plus a little jitter.
    Limited {
        /// The rate limit information of the response.
        signals: &'a Signals,
        /// The minimum pause that was requested.
        wait: Duration,
    },
}

/// Permit to send one request. If it is dropped without [`Pass::answered`] (no response, or cancelled), the request is
/// assumed to have been counted by the server.
pub(crate) struct Pass {
    gate: Arc<Gate>,
    sent: Duration,
    open: bool,
}

impl Gate {
    /// A rate limiter that starts at `rate` requests per second (above 0).
    pub(crate) fn new(clock: SharedClock, rate: f64) -> Arc<Gate> {
        let state = State {
            configured: rate,
            highest: rate,
            rate,
            limiter: limiter(&clock, rate),
            calm: 0,
            window: None,
            paused_until: Duration::ZERO,
            in_flight: 0,
        };
        Arc::new(Gate {
            clock,
            line: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
            changed: Notify::new(),
        })
    }

    /// Requests per second that are permitted at present, and the time for which none is.
    pub(crate) fn allowance(&self) -> Allowance {
        let state = self.state();
        let window = state.window.as_ref().and_then(|window| {
            let length = window.length.as_secs_f64();
            (length > 0.0).then_some((window.limit, length))
        });
        Allowance {
            per_second: window.map_or(state.rate, |(limit, length)| limit as f64 / length),
            paused: (state.paused_until).saturating_sub(self.clock.elapsed()),
            window,
        }
    }

    /// Time until the present window ends; `None` without a budget.
    pub(crate) fn window_left(&self) -> Option<Duration> {
        let window = self.state().window?;
        Some(window.ends.saturating_sub(self.clock.elapsed()))
    }

    /// Probes up to `highest` requests per second while no budget is announced.
    pub(crate) fn up_to(self: Arc<Self>, highest: f64) -> Arc<Gate> {
        let mut state = self.state();
        state.highest = highest.max(state.configured);
        drop(state);
        self
    }

    /// Paces by this rate from now on, in requests per second. A budget that is announced, and a pause that a 429
    /// requested, still apply.
    pub(crate) fn pace(&self, rate: f64) {
        let mut state = self.state();
        state.configured = rate;
        state.highest = state.highest.max(rate);
        state.set_rate(rate, &self.clock);
        drop(state);
        self.changed.notify_one();
    }

    /// Waits for its turn. Cancel-safe.
    pub(crate) async fn pass(self: &Arc<Self>) -> Pass {
        let _turn = self.line.lock().await;
        loop {
            let wait = {
                let now = self.clock.elapsed();
                let mut state = self.state();
                match state.wait(now) {
                    None => {
                        state.in_flight += 1;
                        return Pass {
                            gate: Arc::clone(self),
                            sent: now,
                            open: true,
                        };
                    }
                    Some(wait) => wait,
                }
            };
            // `Notify` stores a wake-up between the check and this line, so none is lost.
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// No code that holds this lock can panic half-way, so the state of a poisoned lock is consistent.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// Records the result and releases the pass.
    pub(crate) fn answered(mut self, answer: &Answer<'_>) {
        self.open = false;
        let now = self.gate.clock.elapsed();
        let jitter = PAUSE_JITTER.mul_f64(self.gate.clock.chance());
        let mut state = self.gate.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        match *answer {
            Answer::Heard { signals, success } => {
                match signals.budget {
                    Some(budget) => state.learn(budget, self.sent, now),
                    None if success => state.window = None,
                    None => state.spend(),
                }
                state.calmer(&self.gate.clock);
            }
            Answer::Limited { signals, wait } => {
                match signals.budget {
                    Some(budget) => state.learn(budget, self.sent, now),
                    // One step down per pause: other requests in flight add no information.
                    None if now >= state.paused_until => {
                        let slower = (state.rate / 2.0).max(state.configured / 32.0);
                        state.set_rate(slower, &self.gate.clock);
                    }
                    None => {}
                }
                state.calm = 0;
                state.paused_until = state.paused_until.max(now + wait + jitter);
            }
        }
        drop(state);
        self.gate.changed.notify_one();
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.open {
            let mut state = self.gate.state();
            state.in_flight = state.in_flight.saturating_sub(1);
            state.spend();
            drop(state);
            self.gate.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
