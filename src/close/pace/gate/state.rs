//! What a rate limiter knows: its rate, Close's budget and its windows. It does not wait.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock::SharedClock;
use crate::close::pace::Budget;

/// Windows whose ends differ by less are the same window; the difference is latency.
const SAME_WINDOW: Duration = Duration::from_millis(500);

/// Minimum length assumed for a window of which only the end is known.
const SHORTEST_WINDOW: Duration = Duration::from_secs(1);

/// Responses without a 429 after which a lowered rate is raised by one step.
const CALM: u32 = 20;

/// Responses without a 429 after which a rate above the configured one is raised by one step. A step too far costs one
/// 429, and these must stay below one in a hundred.
pub(super) const PROBED: u32 = 200;

/// The governor crate's view of the clock: time since this process started.
#[derive(Clone)]
pub(super) struct Ticks(SharedClock);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

pub(super) type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;

pub(super) struct State {
    /// The configured rate, in requests per second.
    pub(super) configured: f64,
    /// The rate up to which is probed without a budget; at least the configured one.
    pub(super) highest: f64,
    /// The current rate without a budget: lowered by a 429 without one, and raised again later.
    pub(super) rate: f64,
    /// The quota of a limiter cannot change, so a change of rate replaces the limiter.
    pub(super) limiter: Limiter,
    pub(super) calm: u32,
    pub(super) window: Option<Window>,
    pub(super) paused_until: Duration,
    pub(super) in_flight: u64,
}

/// The server's current window. Times are of [`crate::clock::Clock::elapsed`].
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) limit: u64,
    /// The lowest `remaining` in a response of this window.
    left: u64,
    pub(super) ends: Duration,
    /// The longest reset seen, as an estimate of the window's length.
    pub(super) length: Duration,
    /// Start of the window, if it was computed here and no response of it has arrived yet.
    guessed_since: Option<Duration>,
}

impl State {
    /// `None` if a request may be sent now, else the time until the next check.
    pub(super) fn wait(&mut self, now: Duration) -> Option<Duration> {
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
    pub(super) fn learn(&mut self, budget: Budget, sent: Duration, now: Duration) {
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
    pub(super) fn spend(&mut self) {
        if let Some(window) = &mut self.window {
            window.left = window.left.saturating_sub(1);
        }
    }

    /// Raises a lowered rate by a quarter after a time without a 429; above the configured rate, by smaller steps and
    /// after a longer time.
    pub(super) fn calmer(&mut self, clock: &SharedClock) {
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

    pub(super) fn set_rate(&mut self, rate: f64, clock: &SharedClock) {
        self.rate = rate;
        self.limiter = limiter(clock, rate);
    }
}

pub(super) fn limiter(clock: &SharedClock, rate: f64) -> Limiter {
    // At least a nanosecond, since the quota must not be zero; a burst of one spaces evenly. Timers have a resolution
    // of one millisecond: what is due within one is sent at once.
    let burst = NonZeroU32::new((rate * 0.001) as u32).unwrap_or(NonZeroU32::MIN);
    let period = Duration::from_secs_f64(1.0 / rate).max(Duration::from_nanos(1));
    let quota = Quota::with_period(period)
        .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst);
    RateLimiter::direct_with_clock(quota, Ticks(Arc::clone(clock)))
}
