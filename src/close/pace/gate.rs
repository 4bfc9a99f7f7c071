//! The gate of one endpoint group: who may send now, and who waits how long.
//!
//! Two ways to go on, never both: without a usable `RateLimit` header a governor limiter spaces
//! requests evenly; with one, the server's own budget rules, in bursts up to the whole allowance
//! (`close-api.md` 4.4: the allowance comes back in one step when the window ends). A 429 pauses
//! this group and no other. Waiting is by the clock that is passed in, in order of arrival, and
//! never by polling: a waiter sleeps, or is woken when an answer changed what is known.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Notify;

use super::{Budget, Signals};
use crate::clock::SharedClock;

/// Two windows whose ends are this close are one window: the rest is latency.
const SAME_WINDOW: Duration = Duration::from_millis(500);
/// The least length assumed for a window of which only the end was seen.
const SHORTEST_WINDOW: Duration = Duration::from_secs(1);
/// The most that is added to a pause, so that several processes do not return in step.
const PAUSE_JITTER: Duration = Duration::from_millis(250);
/// Answers without a 429 after which a lowered pace is raised a step.
const CALM: u32 = 20;
/// Answers without a 429 after which a pace above the configured one is raised a step: a step too
/// far costs one 429, and those are to stay under one in a hundred.
const PROBED: u32 = 200;

/// governor's view of our clock: time since this process began.
#[derive(Clone)]
struct Ticks(SharedClock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;

/// One endpoint group's gate.
pub(crate) struct Gate {
    clock: SharedClock,
    /// The queue: tokio's mutex serves in order of arrival. Held while waiting, not while sending.
    line: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    /// Wakes the head of the queue when an answer changed the state. At most one waits.
    changed: Notify,
}

/// What an endpoint group may do at present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    /// Requests a second: what Close's budget comes to, else the pace in use.
    pub per_second: f64,
    /// For so long nothing goes, because Close asked for it.
    pub paused: Duration,
}

struct State {
    /// The pace that was configured, requests per second.
    configured: f64,
    /// The pace up to which it is probed, without a budget; at least the configured one.
    highest: f64,
    /// The pace in use without a budget: lowered by a 429 that names none, raised again in calm.
    rate: f64,
    /// A limiter's quota cannot change, so a change of rate puts a new one here.
    limiter: Limiter,
    calm: u32,
    window: Option<Window>,
    paused_until: Duration,
    in_flight: u64,
}

/// What is known of the server's current window. Moments are on [`crate::clock::Clock::elapsed`].
#[derive(Clone, Copy)]
struct Window {
    limit: u64,
    /// The least `remaining` that an answer of this window named.
    left: u64,
    ends: Duration,
    /// The longest reset seen: the best guess at how long a window is.
    length: Duration,
    /// Set when the window began by our own reckoning, with no answer from it yet: the moment
    /// it began.
    guessed_since: Option<Duration>,
}

/// How a request that went through the gate ended.
pub(crate) enum Answer<'a> {
    /// An answer came that is no 429.
    Heard {
        /// What it says about pace.
        signals: &'a Signals,
        /// Whether it was 2xx: only such an answer without the header means that the header is
        /// gone; a proxy's 502 never has one.
        success: bool,
    },
    /// A 429: the group pauses for `wait`, plus a little jitter.
    Limited {
        /// What it says about pace.
        signals: &'a Signals,
        /// The least time to stay away.
        wait: Duration,
    },
}

/// Leave to send one request. Dropped without [`Pass::answered`] (no answer, or the caller gave
/// up), it is taken as counted by the server.
pub(crate) struct Pass {
    gate: Arc<Gate>,
    sent: Duration,
    open: bool,
}

impl Gate {
    /// A gate that starts at `rate` requests per second (above 0).
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

    /// Requests a second that are allowed at present, and for how long nothing goes at all.
    pub(crate) fn allowance(&self) -> Allowance {
        let state = self.state();
        let by_window = state.window.as_ref().and_then(|window| {
            let length = window.length.as_secs_f64();
            (length > 0.0).then(|| window.limit as f64 / length)
        });
        Allowance {
            per_second: by_window.unwrap_or(state.rate),
            paused: (state.paused_until).saturating_sub(self.clock.elapsed()),
        }
    }

    /// Probes upward to `highest` requests per second where no budget is named.
    pub(crate) fn up_to(self: Arc<Self>, highest: f64) -> Arc<Gate> {
        let mut state = self.state();
        state.highest = highest.max(state.configured);
        drop(state);
        self
    }

    /// Waits for one's turn. Safe to drop while waiting.
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
            // A wake-up between the look and this line is kept by Notify, so none is lost.
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Nothing in here can panic half-way, so a poisoned lock still holds a sound state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// Reports what came back, and frees the place.
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
                    // One step down per pause: the others in flight tell nothing new.
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
    /// `None` when a request may go now, else how long until it is worth asking again.
    fn wait(&mut self, now: Duration) -> Option<Duration> {
        if now < self.paused_until {
            return Some(self.paused_until - now);
        }
        let Some(window) = &mut self.window else {
            let until = self.limiter.check().err()?;
            // Never zero, or the queue's head would spin until the clock moved.
            return Some(until.wait_time_from(now).max(Duration::from_micros(1)));
        };
        if now >= window.ends {
            window.left = window.limit;
            window.ends = now + window.length;
            window.guessed_since = Some(now);
        }
        // Those in flight may or may not be in `left` already; counting them all can only hold
        // a request back until they are answered, never send one too many.
        (window.left <= self.in_flight).then(|| window.ends - now)
    }

    /// Takes in a budget that the answer to a request sent at `sent` named.
    fn learn(&mut self, budget: Budget, sent: Duration, now: Duration) {
        // Latency only ever makes this moment late, so among several the earliest is the truest.
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
            // A late answer from the window before tells nothing about this one.
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
            // An earlier window's answer, late.
            None if ends + SAME_WINDOW < known.ends => {}
            None => {
                known.left = known.left.min(budget.remaining);
                known.ends = known.ends.min(ends);
                known.limit = limit;
                known.length = length;
            }
        }
    }

    /// A request ended without telling the budget; it is assumed to have cost one.
    fn spend(&mut self) {
        if let Some(window) = &mut self.window {
            window.left = window.left.saturating_sub(1);
        }
    }

    /// Raises a lowered pace by a quarter after a while without a 429; above the configured one,
    /// where nobody has said that it is allowed, by less and after longer.
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
    // A floor of a nanosecond keeps the quota from being "none"; a burst of one spaces evenly. No
    // timer wakes more often than once in a millisecond: what is due within one goes at once.
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

    /// How many may go at this very moment; their passes are handed back.
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
        // Three left by the least answer, five still in flight.
        assert!(burst(&gate).is_empty());
        clock.advance(Duration::from_secs(6));
        heard(passes.pop().unwrap(), &budget(10, 6, 5.0));
        // A straggler of the first window does not lower the second.
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
        // The one in flight was already counted: one is left after all.
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
        // The manual clock's chance is 0.5: half of the jitter.
        clock.advance(Duration::from_millis(126));
        assert_eq!(burst(&gate).len(), 10);
    }

    #[tokio::test]
    async fn a_header_that_vanishes_leaves_the_configured_pace() {
        let clock = Manual::parked();
        let gate = Gate::new(clock.shared(), 2.0);
        heard(gate.pass().await, &budget(100, 99, 60.0));
        let pass = gate.pass().await;
        // A failure without the header is no sign of that.
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
