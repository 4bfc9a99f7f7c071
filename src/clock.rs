//! Time, sleep and randomness, passed in as a parameter.
//!
//! The program uses [`System`]; tests use a clock of their own, so that no test sleeps and every wait can be
//! asserted. No other file reads the system clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// A source of time, sleep and randomness.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock, for output and for timestamps in the checkpoint.
    fn now(&self) -> DateTime<Utc>;
    /// The monotonic time since an arbitrary moment of this process. All waits are measured with
    /// it.
    fn elapsed(&self) -> Duration;
    /// Resolves after `duration` by this clock. Cancel-safe.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
    /// A random number in `0.0..1.0`, for jitter.
    fn chance(&self) -> f64;
}

/// A clock that client, executor and checkpoint of one run share; tests replace it.
pub type SharedClock = Arc<dyn Clock>;

/// A moment by the wall clock and the monotonic clock, for an upper bound of an age.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    elapsed: Duration,
    now: DateTime<Utc>,
}

impl Moment {
    /// The current moment of both clocks.
    pub fn now(clock: &SharedClock) -> Moment {
        Moment {
            elapsed: clock.elapsed(),
            now: clock.now(),
        }
    }

    /// The time since this moment: the longer of those that the two clocks give. The monotonic
    /// clock stops while the machine sleeps, and the wall clock can be changed.
    pub fn age(&self, clock: &SharedClock) -> Duration {
        let by_wall = (clock.now() - self.now).to_std().unwrap_or_default();
        by_wall.max(clock.elapsed().saturating_sub(self.elapsed))
    }
}

/// The clock of the operating system, with its random numbers.
#[derive(Debug)]
pub struct System {
    start: Instant,
}

impl System {
    /// Creates the system clock; [`Clock::elapsed`] counts from now.
    pub fn shared() -> SharedClock {
        Arc::new(System {
            start: Instant::now(),
        })
    }
}

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn chance(&self) -> f64 {
        fastrand::f64()
    }
}
