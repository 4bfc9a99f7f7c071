//! The end of an unused page.

use std::sync::Mutex;
use std::time::Duration;

use crate::clock::SharedClock;

/// The time without a request after which the page ends, unless a job is working.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// The interval of looking at it.
const INTERVAL: Duration = Duration::from_secs(60);

/// The time of the last request.
#[derive(Debug, Default)]
pub(super) struct Idle(Mutex<Duration>);

impl Idle {
    /// Notes a request.
    pub(super) fn touch(&self, clock: &SharedClock) {
        if let Ok(mut last) = self.0.lock() {
            *last = clock.elapsed();
        }
    }

    /// The time of the last request, since the start of the clock.
    #[cfg(test)]
    pub(super) fn last(&self) -> Duration {
        self.0.lock().map(|last| *last).unwrap_or_default()
    }

    fn is_over(&self, clock: &SharedClock) -> bool {
        let last = self.0.lock().map(|last| *last).unwrap_or_default();
        clock.elapsed().saturating_sub(last) >= LONGEST
    }

    /// Resolves when there was no request for half an hour. The time of a run does not count.
    pub(super) async fn over(&self, clock: &SharedClock, is_busy: impl Fn() -> bool) {
        loop {
            clock.sleep(INTERVAL).await;
            if is_busy() {
                self.touch(clock);
            } else if self.is_over(clock) {
                return;
            }
        }
    }
}

#[cfg(test)]
pub(super) mod passing {
    //! Time for tests.

    use std::future::Future;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use chrono::{DateTime, Utc};

    use crate::clock::Clock;

    /// A clock whose sleeps pass at once.
    #[derive(Default)]
    pub(in crate::web) struct Passing(AtomicU64);

    impl Passing {
        /// One that began this number of seconds ago.
        pub(in crate::web) fn after(seconds: u64) -> Passing {
            Passing(AtomicU64::new(seconds))
        }
    }

    impl Clock for Passing {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }

        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }

        fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            self.0.fetch_add(duration.as_secs(), Ordering::Relaxed);
            Box::pin(std::future::ready(()))
        }

        fn chance(&self) -> f64 {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::passing::Passing;
    use super::*;

    #[tokio::test]
    async fn page_ends_half_an_hour_after_the_last_request() {
        let clock: SharedClock = Arc::new(Passing::after(100));
        let idle = Idle::default();
        idle.touch(&clock);
        idle.over(&clock, || false).await;
        assert_eq!(clock.elapsed(), Duration::from_secs(100 + 1800));
    }

    #[tokio::test]
    async fn run_keeps_the_page_open() {
        let clock: SharedClock = Arc::new(Passing::default());
        let idle = Idle::default();
        let ends = Duration::from_secs(2 * 3600);
        idle.over(&clock, || clock.elapsed() < ends).await;
        assert!(
            clock.elapsed() >= ends + LONGEST - INTERVAL,
            "{:?}",
            clock.elapsed()
        );
    }
}
