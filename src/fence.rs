//! Fencing: whether this process may still write to Close.
//!
//! A run with a shared checkpoint holds the lock of its organisation as long as its session at the database lives. The
//! database releases the lock when the session ends, and another machine may take over; so a write is sent only while
//! the session was confirmed a short time ago. Belongs here: the state that the session sets and each write reads. Never
//! here: how a session is confirmed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Moment, SharedClock};

/// How long a run may write after the database last confirmed its session.
pub const SILENCE: Duration = Duration::from_secs(15);
/// The maximum duration of a whole exchange with Close in a run with a shared checkpoint.
pub const REQUEST: Duration = Duration::from_secs(30);
/// The margin between the end of a run's last possible write and the settle time of the run that takes over.
const MARGIN: Duration = Duration::from_secs(10);
/// The shortest settle time with a shared checkpoint. A run that takes over looks up the requests of the former one, and
/// may conclude that one was not carried out only when it can no longer be on its way.
pub const LEAST_SETTLE: Duration =
    Duration::from_secs(SILENCE.as_secs() + REQUEST.as_secs() + MARGIN.as_secs());

/// Whether this process may still write. Clones share one state.
#[derive(Clone)]
pub struct Fence(Arc<State>);

struct State {
    clock: SharedClock,
    confirmed: Mutex<Moment>,
    has_ended: AtomicBool,
    is_lifted: AtomicBool,
}

impl Fence {
    /// A fence that permits writes for [`SILENCE`] after each confirmation; the first one is now.
    pub fn new(clock: SharedClock) -> Fence {
        let confirmed = Mutex::new(Moment::now(&clock));
        Fence(Arc::new(State {
            clock,
            confirmed,
            has_ended: AtomicBool::new(false),
            is_lifted: AtomicBool::new(false),
        }))
    }

    /// Records that the session was alive at `moment`, which the caller took before it sent the
    /// request that shows it. Writes are permitted for [`SILENCE`] from then on.
    pub fn confirm(&self, moment: Moment) {
        let mut confirmed = self
            .0
            .confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if moment.age(&self.0.clock) < confirmed.age(&self.0.clock) {
            *confirmed = moment;
        }
    }

    /// The current moment, for [`Fence::confirm`].
    pub fn moment(&self) -> Moment {
        Moment::now(&self.0.clock)
    }

    /// Records that the session has ended: no write is permitted any more.
    pub fn end(&self) {
        self.0.has_ended.store(true, Ordering::SeqCst);
    }

    /// Permits writes from now on, whatever becomes of the session: the run is complete. Has no
    /// effect on a session that has ended before.
    pub fn lift(&self) {
        self.0.is_lifted.store(!self.has_ended(), Ordering::SeqCst);
    }

    /// Whether the session has ended.
    pub fn has_ended(&self) -> bool {
        self.0.has_ended.load(Ordering::SeqCst)
    }

    /// Whether a write may be sent now.
    pub fn permits(&self) -> bool {
        if self.0.is_lifted.load(Ordering::SeqCst) {
            return true;
        }
        let confirmed = *self
            .0
            .confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        !self.has_ended() && confirmed.age(&self.0.clock) < SILENCE
    }
}

impl std::fmt::Debug for Fence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fence")
            .field("has_ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::atomic::AtomicU64;

    use chrono::{DateTime, Utc};

    use super::*;
    use crate::clock::Clock;

    /// Seconds by the wall clock and by the monotonic clock.
    #[derive(Default)]
    struct Set {
        wall: AtomicU64,
        monotonic: AtomicU64,
    }

    impl Clock for Set {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH + Duration::from_secs(self.wall.load(Ordering::SeqCst))
        }
        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.monotonic.load(Ordering::SeqCst))
        }
        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(std::future::ready(()))
        }
        fn chance(&self) -> f64 {
            0.0
        }
    }

    fn fence() -> (Arc<Set>, Fence) {
        let clock = Arc::new(Set::default());
        let fence = Fence::new(clock.clone());
        (clock, fence)
    }

    #[test]
    fn default_settle_time_suffices_for_shared_checkpoint() {
        assert!(LEAST_SETTLE <= crate::settings::Limits::default().settle());
    }

    #[test]
    fn silence_ends_permission_by_either_clock() {
        let (clock, fence) = fence();
        assert!(fence.permits());
        clock.monotonic.store(15, Ordering::SeqCst);
        assert!(!fence.permits());
        fence.confirm(fence.moment());
        assert!(fence.permits());
        // The machine slept: the monotonic clock stood still.
        clock.wall.store(15, Ordering::SeqCst);
        assert!(!fence.permits());
    }

    #[test]
    fn older_confirmation_does_not_replace_newer_one() {
        let (clock, fence) = fence();
        let early = fence.moment();
        clock.monotonic.store(10, Ordering::SeqCst);
        fence.confirm(fence.moment());
        fence.confirm(early);
        clock.monotonic.store(20, Ordering::SeqCst);
        assert!(fence.permits());
    }

    #[test]
    fn lifted_fence_permits_writes_of_complete_run() {
        let (_, fence) = fence();
        fence.lift();
        fence.end();
        assert!(fence.permits());
    }

    #[test]
    fn fence_of_ended_session_is_not_lifted() {
        let (_, fence) = fence();
        fence.end();
        fence.lift();
        assert!(!fence.permits());
    }

    #[test]
    fn ended_session_is_not_confirmed_again() {
        let (_, fence) = fence();
        fence.end();
        fence.confirm(fence.moment());
        assert!(!fence.permits());
    }
}
