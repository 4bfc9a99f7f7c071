//! Rate limiter of one endpoint group.
//!
//! Without a usable `RateLimit` header, requests are spaced evenly at a configured rate. With one, the server's
//! budget applies, in bursts up to the whole allowance (observed: the allowance is restored at once when the window
//! ends). A 429 pauses this group only. Waiting uses the clock that is passed in, is fair (first come, first served),
//! and never polls: a waiter sleeps, or is woken when a response changed the state.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Notify;

use super::{Budget, Signals};
use crate::clock::SharedClock;

/// Windows whose ends differ by less are the same window; the difference is latency.
const SAME_WINDOW: Duration = Duration::from_millis(500);
/// Minimum length assumed for a window of which only the end is known.
const SHORTEST_WINDOW: Duration = Duration::from_secs(1);
/// Maximum random addition to a pause, so that several processes do not resume in step.
const PAUSE_JITTER: Duration = Duration::from_millis(250);
/// Responses without a 429 after which a lowered rate is raised by one step.
const CALM: u32 = 20;
/// Responses without a 429 after which a rate above the configured one is raised by one step. A step too far costs one
/// 429, and these must stay below one in a hundred.
const PROBED: u32 = 200;

/// The governor crate's view of the clock: time since this process started.
#[derive(Clone)]
struct Ticks(SharedClock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;

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
    /// Requests per second: Close's budget, else the current rate.
    pub per_second: f64,
    /// Time for which no request is sent, because Close requested it.
    pub paused: Duration,
    /// Requests per window and its length in seconds, if Close announces a budget: it is restored as a whole at the end of
    /// a window.
    pub window: Option<(u64, f64)>,
}

struct State {
    /// The configured rate, in requests per second.
    configured: f64,
    /// The rate up to which is probed without a budget; at least the configured one.
    highest: f64,
    /// The current rate without a budget: lowered by a 429 without one, and raised again later.
    rate: f64,
    /// The quota of a limiter cannot change, so a change of rate replaces the limiter.
    limiter: Limiter,
    calm: u32,
    window: Option<Window>,
    paused_until: Duration,
    in_flight: u64,
}

/// The server's current window. Times are of [`crate::clock::Clock::elapsed`].
#[derive(Clone, Copy)]
struct Window {
    limit: u64,
    /// The lowest `remaining` in a response of this window.
    left: u64,
    ends: Duration,
    /// The longest reset seen, as an estimate of the window's length.
    length: Duration,
    /// Start of the window, if it was computed here and no response of it has arrived yet.
    guessed_since: Option<Duration>,
}

/// Result of a request that had a pass.
pub(crate) enum Answer<'a> {
    /// A response other than 429.
    Heard {
        /// Its rate limit information.
        signals: &'a Signals,
        /// Whether it was 2xx: only such a response without the header means that the header is no longer sent; a
        /// proxy's 502 never has one.
        success: bool,
    },
    /// A 429: the group pauses for `wait`, plus a little jitter.
    Limited {
        /// Its rate limit information.
        signals: &'a Signals,
        /// Minimum pause.
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

impl State {
    /// `None` if a request may be sent now, else the time until the next check.
    fn wait(&mut self, now: Duration) -> Option<Duration> {
        if now < self.paused_until {
            return Some(self.paused_until - now);
        }
        let Some(window) = &mut self.window else {
            let until = self.limiter.check().err()?;
            // Never zero, or the head of the queue would spin until the clock advances.
            return Some(until.wait_time_from(now).max(Duration::from_micros(1)));
        };
        if now >= window.ends {
            window.left = window.limit;
            window.ends = now + window.length;
            window.guessed_since = Some(now);
        }
        // Requests in flight may or may not be included in `left`. Counting all of them can only delay a request until
        // they have ended, never send one too many.
        (window.left <= self.in_flight).then(|| window.ends - now)
    }

    /// Applies the budget in the response to a request that was sent at `sent`.
    fn learn(&mut self, budget: Budget, sent: Duration, now: Duration) {
        // Latency can only delay this time, so the earliest one is the most exact.
        let ends = now + budget.reset;
        let length = budget.reset.max(SHORTEST_WINDOW);
        let fresh = Window {
            limit: budget.limit.unwrap_or(budget.remaining).max(1),
            left: budget.remaining,
            ends,
            length,
            guessed_since: None,
        };
        let Some(known) = &mut self.window else {
            self.window = Some(fresh);
            return;
        };
        let length = known.length.max(length);
        let limit = budget.limit.unwrap_or(known.limit).max(1);
        match known.guessed_since {
            // A late response of the previous window has no information about this one.
            Some(since) if sent < since => {}
            Some(_) => {
                *known = Window {
                    length,
                    limit,
                    ..fresh
                }
            }
            None if ends > known.ends + SAME_WINDOW => {
                *known = Window {
                    length,
                    limit,
                    ..fresh
                }
            }
            // A late response of an earlier window.
            None if ends + SAME_WINDOW < known.ends => {}
            None => {
                known.left = known.left.min(budget.remaining);
                known.ends = known.ends.min(ends);
                known.limit = limit;
                known.length = length;
            }
        }
    }

    /// A request ended without budget information; it is assumed to have used one.
    fn spend(&mut self) {
        if let Some(window) = &mut self.window {
            window.left = window.left.saturating_sub(1);
        }
    }

    /// Raises a lowered rate by a quarter after a time without a 429; above the configured rate, by smaller steps and
    /// after a longer time.
    fn calmer(&mut self, clock: &SharedClock) {
        let (calm, faster) = match self.rate {
            rate if rate < self.configured => (CALM, (rate * 1.25).min(self.configured)),
            rate if rate < self.highest => (PROBED, (rate * 1.1).min(self.highest)),
            _ => return,
        };
        self.calm += 1;
        if self.calm >= calm {
            self.calm = 0;
            self.set_rate(faster, clock);
        }
    }

    fn set_rate(&mut self, rate: f64, clock: &SharedClock) {
        self.rate = rate;
        self.limiter = limiter(clock, rate);
    }
}

fn limiter(clock: &SharedClock, rate: f64) -> Limiter {
    // At least a nanosecond, since the quota must not be zero; a burst of one spaces evenly. Timers have a resolution
    // of one millisecond: what is due within one is sent at once.
    let burst = NonZeroU32::new((rate * 0.001) as u32).unwrap_or(NonZeroU32::MIN);
    let period = Duration::from_secs_f64(1.0 / rate).max(Duration::from_nanos(1));
    let quota = Quota::with_period(period)
        .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst);
    RateLimiter::direct_with_clock(quota, Ticks(Arc::clone(clock)))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::close::testing::Manual;

    fn budget(limit: u64, remaining: u64, reset: f64) -> Signals {
        let reset = Duration::from_secs_f64(reset);
        let budget = Some(Budget {
            limit: Some(limit),
            remaining,
            reset,
        });
        Signals {
            budget,
            ..Signals::default()
        }
    }

    fn heard(pass: Pass, signals: &Signals) {
        pass.answered(&Answer::Heard {
            signals,
            success: true,
        });
    }

    /// Number of requests that may be sent at this moment; their passes are released.
    fn burst(gate: &Arc<Gate>) -> Vec<Pass> {
        std::iter::from_fn(|| gate.pass().now_or_never())
            .take(1000)
            .collect()
    }

    #[tokio::test]
    async fn without_a_header_requests_are_spaced_by_the_configured_rate() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 4.0);
        for _ in 0..3 {
            let passes = burst(&gate);
            assert_eq!(passes.len(), 1);
            for pass in passes {
                heard(pass, &Signals::default());
            }
            clock.advance(Duration::from_millis(249));
            assert!(burst(&gate).is_empty());
            clock.advance(Duration::from_millis(1));
        }
    }

    #[tokio::test]
    async fn a_pace_is_probed_upward_where_that_is_asked_for_and_a_429_halves_it() {
        let clock = Manual::gliding();
        let gate = Gate::new(clock.shared(), 10.0).up_to(20.0);
        let rate = |gate: &Arc<Gate>| gate.state().rate;
        for _ in 0..PROBED {
            assert!((rate(&gate) - 10.0).abs() < 1e-9);
            heard(gate.pass().await, &Signals::default());
        }
        assert!((rate(&gate) - 11.0).abs() < 1e-9);
        for _ in 0..PROBED * 10 {
            heard(gate.pass().await, &Signals::default());
        }
        assert!((rate(&gate) - 20.0).abs() < 1e-9, "and no further");
        gate.pass().await.answered(&Answer::Limited {
            signals: &Signals::default(),
            wait: Duration::from_secs(1),
        });
        assert!((rate(&gate) - 10.0).abs() < 1e-9);
    }

    #[tokio::test]
    async fn the_budget_of_a_window_is_used_fully_and_comes_back_whole() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 1.0);
        heard(gate.pass().await, &budget(10, 9, 5.0));
        let passes = burst(&gate);
        assert_eq!(
            passes.len(),
            9,
            "above the configured pace, up to the budget"
        );
        for (n, pass) in passes.into_iter().enumerate() {
            heard(pass, &budget(10, 8 - n as u64, 5.0));
        }
        assert!(burst(&gate).is_empty());
        clock.advance(Duration::from_millis(4999));
        assert!(burst(&gate).is_empty());
        clock.advance(Duration::from_millis(1));
        let passes = burst(&gate);
        assert_eq!(passes.len(), 10, "the whole allowance is back");
        for (n, pass) in passes.into_iter().enumerate() {
            heard(pass, &budget(10, 9 - n as u64, 5.0));
        }
        assert!(burst(&gate).is_empty());
    }

    #[tokio::test]
    async fn answers_out_of_order_take_the_least_and_a_later_window_replaces() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 1000.0);
        heard(gate.pass().await, &budget(10, 9, 5.0));
        let mut passes = burst(&gate);
        assert_eq!(passes.len(), 9);
        let late = passes.pop().unwrap();
        for remaining in [3, 7, 4, 8] {
            heard(passes.pop().unwrap(), &budget(10, remaining, 4.8));
        }
        // Three left according to the lowest response, five still in flight.
        assert!(burst(&gate).is_empty());
        clock.advance(Duration::from_secs(6));
        heard(passes.pop().unwrap(), &budget(10, 6, 5.0));
        // A late response of the first window does not lower the second.
        heard(late, &budget(10, 0, 0.0));
        assert_eq!(passes.len(), 3);
        assert_eq!(burst(&gate).len(), 3, "six left, three in flight");
    }

    #[tokio::test]
    async fn a_waiter_goes_when_an_answer_frees_its_place() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 1.0);
        heard(gate.pass().await, &budget(10, 1, 5.0));
        let flying = gate.pass().await;
        let other = Arc::clone(&gate);
        let waiter = tokio::spawn(async move { heard(other.pass().await, &budget(10, 0, 5.0)) });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        // The one in flight was already counted, so one is left.
        heard(flying, &budget(10, 1, 5.0));
        waiter.await.unwrap();
        assert!(burst(&gate).is_empty());
    }

    #[tokio::test]
    async fn a_429_pauses_for_the_time_it_names_even_with_budget_left() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 1000.0);
        let signals = budget(10, 5, 3.0);
        let wait = Duration::from_secs(3);
        gate.pass().await.answered(&Answer::Limited {
            signals: &signals,
            wait,
        });
        assert!(burst(&gate).is_empty());
        clock.advance(Duration::from_millis(2999));
        assert!(burst(&gate).is_empty());
        // The manual clock's random number is 0.5: half of the jitter.
        clock.advance(Duration::from_millis(126));
        assert_eq!(burst(&gate).len(), 10);
    }

    #[tokio::test]
    async fn a_header_that_vanishes_leaves_the_configured_pace() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 2.0);
        heard(gate.pass().await, &budget(100, 99, 60.0));
        let pass = gate.pass().await;
        // A failure without the header is no evidence of that.
        pass.answered(&Answer::Heard {
            signals: &Signals::default(),
            success: false,
        });
        let pass = gate.pass().await;
        heard(pass, &Signals::default());
        clock.advance(Duration::from_secs(1));
        assert_eq!(burst(&gate).len(), 1);
        clock.advance(Duration::from_millis(500));
        assert_eq!(burst(&gate).len(), 1);
    }

    #[tokio::test]
    async fn a_429_that_names_no_budget_halves_the_pace_once_and_calm_restores_it() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 8.0);
        let a = gate.pass().await;
        clock.advance(Duration::from_secs(1));
        let b = gate.pass().await;
        let (none, wait) = (Signals::default(), Duration::from_secs(1));
        a.answered(&Answer::Limited {
            signals: &none,
            wait,
        });
        b.answered(&Answer::Limited {
            signals: &none,
            wait,
        });
        assert_eq!(gate.state().rate, 4.0);
        for _ in 0..200 {
            clock.advance(Duration::from_secs(10));
            heard(gate.pass().await, &none);
        }
        assert_eq!(gate.state().rate, 8.0);
    }

    #[tokio::test]
    async fn a_lost_request_gives_its_place_back_but_counts() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 1.0);
        heard(gate.pass().await, &budget(10, 3, 5.0));
        drop(gate.pass().await);
        assert_eq!(gate.state().in_flight, 0);
        assert_eq!(burst(&gate).len(), 2);
    }

    #[tokio::test]
    async fn waiters_are_served_in_order() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 1.0);
        heard(gate.pass().await, &Signals::default());
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..4)
            .map(|n| {
                let (gate, order) = (Arc::clone(&gate), Arc::clone(&order));
                tokio::spawn(async move {
                    let pass = gate.pass().await;
                    order.lock().unwrap().push(n);
                    heard(pass, &Signals::default());
                })
            })
            .collect();
        for _ in 0..4 {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            clock.advance(Duration::from_secs(1));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3]);
    }
}
