//! Circuit breaker: during an outage of Close or of the network one probe at a time is sent, and all
//! other requests wait.
//!
//! A run survives an outage of minutes, and few creates are left with an unknown outcome, each of which would have to
//! be looked up. The circuit never opens before the first response of a run, so that a wrong base URL fails at
//! once.
//!
//! | state     | event                                  | next state                              |
//! |-----------|----------------------------------------|-----------------------------------------|
//! | closed    | a response below 500                   | closed                                  |
//! | closed    | [`FAILURES`] in a row without one      | open, if there was any response before  |
//! | open      | a probe gets a response                | half-open: one request is sent          |
//! | half-open | a response below 500                   | closed: waiting requests continue       |
//! | half-open | no response below 500                  | open, with the original start           |
//! | open      | a probe gets no response               | open: the next probe after a longer pause |
//! | open      | the limit has passed                   | given up: waiting requests fail         |
//! | half-open | [`LONE_TRIALS`] of one read without    | closed: this read fails alone, unless   |
//! |           |                                        | [`MAX_LONE`] others before it did       |

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{MutexGuard as Turn, watch};

use super::retry::backoff;
use crate::clock::SharedClock;

/// Consecutive requests without a response below 500 that open the circuit.
const FAILURES: u32 = 5;

/// Trials of one reading request without a response below 500, each after a probe with one, after which the request and
/// not Close is at fault.
pub(super) const LONE_TRIALS: u32 = 2;

/// Consecutive requests that may be at fault themselves; after as many, Close is.
const MAX_LONE: u32 = 3;

/// Minimum pause before a probe.
const PAUSE: Duration = Duration::from_secs(1);

/// State of the circuit: whether requests may be sent.
pub(super) struct CircuitBreaker {
    clock: SharedClock,
    /// Maximum length of an outage.
    limit: Duration,
    state: Mutex<State>,
    /// Serialises probes; the other requests wait and then find the circuit closed.
    probing: tokio::sync::Mutex<()>,
    /// Number of times that the circuit opened or closed; odd while it is open.
    changes: watch::Sender<u64>,
    /// Number of changes that were reported.
    reported: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Whether a request of this run got a response.
    has_answered: bool,
    /// Consecutive requests without a response below 500.
    failures: u32,
    is_open: bool,
    /// Start of the outage by the clock's `elapsed`: since then only probes have had responses. If Close responds to
    /// probes only, the outage has not ended, so that it is limited too.
    since: Option<Duration>,
    /// Number of probes since then.
    probes: u32,
    /// Consecutive requests that were given up since Close responded to probes and not to them.
    given_up: u32,
}

/// The permit of the half-open circuit: one request while all others wait.
pub(super) struct Trial<'o>(#[expect(dead_code, reason = "held, not read")] Turn<'o, ()>);

/// The limit has passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GivenUp;

impl CircuitBreaker {
    pub(super) fn new(clock: SharedClock, limit: Duration) -> CircuitBreaker {
        CircuitBreaker {
            clock,
            limit,
            state: Mutex::default(),
            probing: tokio::sync::Mutex::new(()),
            changes: watch::Sender::new(0),
            reported: AtomicU64::new(0),
        }
    }

    /// Waits for the next unreported change; true if the circuit opened. Every change is reported once and in order,
    /// however late this is called. Cancel-safe.
    pub(super) async fn changed(&self) -> bool {
        let mut changes = self.changes.subscribe();
        loop {
            let all = *changes.borrow_and_update();
            let next = |reported| (reported < all).then_some(reported + 1);
            let reported = (self.reported).fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
            if let Ok(reported) = reported {
                return reported % 2 == 0;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().is_open
    }

    /// Records the end of a request: with a response below 500, or without.
    pub(super) fn record(&self, answered: bool) {
        let mut state = self.state();
        if answered {
            *state = State {
                has_answered: true,
                ..State::default()
            };
        } else {
            state.failures = state.failures.saturating_add(1);
            if state.has_answered && state.failures >= FAILURES && !self.limit.is_zero() {
                state.is_open = true;
                let now = self.clock.elapsed();
                state.since.get_or_insert(now);
            }
        }
        let is_open = state.is_open;
        drop(state);
        self.publish(is_open);
    }

    /// Closes the circuit, which one request opened alone: Close responds to others. False if several requests in a row
    /// did so, which is an outage.
    pub(super) fn close_for_one(&self) -> bool {
        let mut state = self.state();
        if state.given_up >= MAX_LONE {
            return false;
        }
        *state = State {
            has_answered: true,
            given_up: state.given_up + 1,
            ..State::default()
        };
        drop(state);
        self.publish(false);
        true
    }

    fn publish(&self, is_open: bool) {
        self.changes.send_if_modified(|changes| {
            let is_change = (*changes % 2 == 1) != is_open;
            *changes += u64::from(is_change);
            is_change
        });
    }

    /// Waits while the circuit is open. `probe` sends a request that changes nothing and returns whether it got a
    /// response. With a [`Trial`], the caller's request is the one of the half-open circuit; the trial is held until
    /// the request has ended.
    ///
    /// # Errors
    ///
    /// [`GivenUp`] when the outage is longer than the limit. Cancel-safe.
    pub(super) async fn pass<F: Future<Output = bool>>(
        &self,
        probe: impl Fn() -> F,
    ) -> Result<Option<Trial<'_>>, GivenUp> {
        if !self.is_open() {
            return Ok(None);
        }
        let turn = self.probing.lock().await;
        loop {
            let (is_open, since) = {
                let state = self.state();
                (state.is_open, state.since.unwrap_or_default())
            };
            if !is_open {
                return Ok(None);
            }
            let left = self.limit.saturating_sub(self.clock.elapsed() - since);
            if left.is_zero() {
                return Err(GivenUp);
            }
            let probes = {
                let mut state = self.state();
                state.probes = state.probes.saturating_add(1);
                state.probes
            };
            let pause = backoff(probes.saturating_add(1), self.clock.chance()).max(PAUSE);
            let pause = pause.min(left);
            self.clock.sleep(pause).await;
            // A slow response must not take longer than the remaining time either.
            let answered = tokio::select! {
                biased;
                answered = probe() => answered,
                () = self.clock.sleep(left - pause) => false,
            };
            if answered {
                return Ok(Some(Trial(turn)));
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::close::testing::Manual;

    fn circuit(limit: u64) -> (std::sync::Arc<Manual>, CircuitBreaker) {
        let clock = Manual::gliding();
        let circuit = CircuitBreaker::new(clock.shared(), Duration::from_secs(limit));
        (clock, circuit)
    }

    #[tokio::test]
    async fn an_outage_is_probed_ever_more_slowly_until_it_ends() {
        let (clock, circuit) = circuit(600);
        circuit.record(true);
        for _ in 1..FAILURES {
            circuit.record(false);
            assert!(!circuit.is_open());
        }
        circuit.record(false);
        assert!(circuit.is_open() && circuit.changed().await);
        let probes = AtomicU32::new(0);
        let passed = circuit
            .pass(|| async { probes.fetch_add(1, Ordering::Relaxed) == 5 })
            .await;
        // The caller has the trial: until its request ends, no other is sent.
        assert!(passed.as_ref().is_ok_and(Option::is_some) && circuit.is_open());
        let other = circuit.pass(|| async { true });
        tokio::pin!(other);
        let mut idle = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(other.as_mut().poll(&mut idle).is_pending());
        circuit.record(true);
        drop(passed);
        assert!(other.await.is_ok_and(|trial| trial.is_none()) && !circuit.is_open());
        let slept: Vec<u64> = clock
            .slept
            .lock()
            .unwrap()
            .iter()
            .map(Duration::as_secs)
            .collect();
        assert_eq!(slept, [1, 1, 2, 4, 8, 15]);
    }

    /// Nobody listens between the survey and the run: an outage that began there was reported only after its end.
    #[tokio::test]
    async fn what_happens_while_nobody_listens_is_reported_in_order() {
        let (_, circuit) = circuit(600);
        circuit.record(true);
        for _ in 0..2 {
            (0..FAILURES).for_each(|_| circuit.record(false));
            circuit.record(true);
        }
        let mut reported = Vec::new();
        for _ in 0..4 {
            reported.push(circuit.changed().await);
        }
        assert_eq!(reported, [true, false, true, false]);
        let more = circuit.changed();
        tokio::pin!(more);
        let mut idle = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(more.as_mut().poll(&mut idle).is_pending());
    }

    #[tokio::test]
    async fn it_is_given_up_at_the_limit() {
        let (clock, circuit) = circuit(100);
        circuit.record(true);
        (0..FAILURES).for_each(|_| circuit.record(false));
        assert!(circuit.pass(|| async { false }).await.is_err());
        let slept: Duration = clock.slept.lock().unwrap().iter().sum();
        assert_eq!(slept, Duration::from_secs(100));
        // Later requests fail at once.
        assert!(circuit.pass(|| async { true }).await.is_err());
    }

    #[tokio::test]
    async fn a_probe_that_hangs_does_not_outlast_the_limit() {
        let (clock, circuit) = circuit(100);
        circuit.record(true);
        (0..FAILURES).for_each(|_| circuit.record(false));
        assert!(circuit.pass(std::future::pending::<bool>).await.is_err());
        let slept: Duration = clock.slept.lock().unwrap().iter().sum();
        assert_eq!(slept, Duration::from_secs(100));
    }

    #[tokio::test]
    async fn a_close_that_answers_probes_alone_is_given_up_too() {
        let (_, circuit) = circuit(100);
        circuit.record(true);
        let mut rounds = 0;
        (0..FAILURES).for_each(|_| circuit.record(false));
        // Each time one request is sent, without a response.
        while circuit.pass(|| async { true }).await.is_ok() {
            circuit.record(false);
            rounds += 1;
            assert!(rounds <= 20, "it is tried again and again");
        }
        assert!(rounds > 1);
        // A request with a response ends it.
        circuit.record(true);
        assert!(circuit.pass(|| async { false }).await.is_ok());
    }

    #[tokio::test]
    async fn several_requests_that_fail_alone_are_an_outage() {
        let (_, circuit) = circuit(100);
        circuit.record(true);
        for _ in 0..MAX_LONE {
            (0..FAILURES).for_each(|_| circuit.record(false));
            assert!(circuit.is_open() && circuit.close_for_one() && !circuit.is_open());
        }
        (0..FAILURES).for_each(|_| circuit.record(false));
        assert!(!circuit.close_for_one() && circuit.is_open());
        // One that gets a response separates them.
        circuit.record(true);
        (0..FAILURES).for_each(|_| circuit.record(false));
        assert!(circuit.close_for_one());
    }

    #[tokio::test]
    async fn what_never_was_there_is_no_outage() {
        let (_, circuit) = circuit(100);
        (0..100).for_each(|_| circuit.record(false));
        assert!(circuit.pass(|| async { false }).await.is_ok());
    }

    #[tokio::test]
    async fn a_limit_of_nothing_bears_no_outage() {
        let (_, circuit) = circuit(0);
        circuit.record(true);
        (0..100).for_each(|_| circuit.record(false));
        assert!(!circuit.is_open());
    }

    #[tokio::test]
    async fn one_answer_ends_a_row() {
        let (_, circuit) = circuit(100);
        for _ in 0..10 {
            circuit.record(true);
            (1..FAILURES).for_each(|_| circuit.record(false));
        }
        assert!(!circuit.is_open());
    }
}
