//! Time, sleep and chance, passed in wherever they matter.
//!
//! The program uses [`System`]; tests use a clock of their own, so that no test sleeps and every
//! wait can be read off. Nothing outside this file asks the machine what time it is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// A clock that can be asked, waited on and rolled like a die.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock; only for what people read and for stamps in the checkpoint.
    fn now(&self) -> DateTime<Utc>;
    /// Time since some fixed moment of this process; never jumps. All waits are measured by it.
    fn elapsed(&self) -> Duration;
    /// Resolves after `duration`.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
    /// A number in `0.0..1.0`, for jitter.
    fn chance(&self) -> f64;
}

/// A clock that many parts share.
pub type SharedClock = Arc<dyn Clock>;

/// A moment by both clocks, to tell how old something is at most.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    elapsed: Duration,
    now: DateTime<Utc>,
}

impl Moment {
    /// This moment.
    pub fn now(clock: &SharedClock) -> Moment {
        Moment {
            elapsed: clock.elapsed(),
            now: clock.now(),
        }
    }

    /// The longer of what the two clocks say has passed since. A machine that slept stops the one,
    /// and somebody may have put the other back or forward.
    pub fn age(&self, clock: &SharedClock) -> Duration {
        let by_wall = (clock.now() - self.now).to_std().unwrap_or_default();
        by_wall.max(clock.elapsed().saturating_sub(self.elapsed))
    }
}

/// The machine's clock.
#[derive(Debug)]
pub struct System {
    start: Instant,
}

impl System {
    /// The machine's clock, counting [`Clock::elapsed`] from now.
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
