//! When Close or the network is gone altogether: nothing is sent but a probe, until it is back.
//!
//! For: a night's run that meets an outage of minutes waits and goes on, and sends no hundred
//! requests into the void, of which each create would have to be asked for afterwards. It must
//! never hold a run back that has not been answered once: a wrong address is told at once.
//!
//! | state  | meets                            | becomes                                   |
//! |--------|----------------------------------|-------------------------------------------|
//! | well   | an answer below 500              | well                                      |
//! | well   | [`SILENT`] in a row without one  | out, if anything was ever answered        |
//! | out    | a probe that is answered         | on trial: one request goes, no other      |
//! | trial  | an answer below 500              | well: all that waited goes on             |
//! | trial  | none                             | out, since as long as before              |
//! | out    | a probe that is not              | out: the next one after a longer pause    |
//! | out    | the limit has passed             | given up: whoever waits fails             |

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{MutexGuard as Turn, watch};

use super::retry::backoff;
use crate::clock::SharedClock;

/// So many requests in a row without an answer below 500 are an outage, and no accident.
const SILENT: u32 = 5;

/// The least pause before a probe.
const PAUSE: Duration = Duration::from_secs(1);

/// What is known of the way to Close.
pub(super) struct Outage {
    clock: SharedClock,
    /// How long an outage is borne.
    limit: Duration,
    state: Mutex<State>,
    /// One probe at a time; the others wait for their turn and find that it is over.
    probing: tokio::sync::Mutex<()>,
    /// How often it went out or came back; odd while it is out.
    changes: watch::Sender<u64>,
    /// How many of those were told of.
    told: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Something was answered in this run.
    heard: bool,
    silent: u32,
    out: bool,
    /// Since when nothing but probes was answered, by the clock's `elapsed`. A Close that answers
    /// probes alone is out as well, and must not be tried for ever.
    since: Option<Duration>,
    /// How many probes that time has had.
    probes: u32,
}

/// Leave to send one request while all others wait.
pub(super) struct Trial<'o>(#[expect(dead_code, reason = "held, not read")] Turn<'o, ()>);

/// The limit has passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GivenUp;

impl Outage {
    pub(super) fn new(clock: SharedClock, limit: Duration) -> Outage {
        Outage {
            clock,
            limit,
            state: Mutex::default(),
            probing: tokio::sync::Mutex::new(()),
            changes: watch::Sender::new(0),
            told: AtomicU64::new(0),
        }
    }

    /// Waits for the next change that nobody was told of, and tells whether it went out. Every
    /// change is told once and in order, however late somebody asks: an outage that begins between
    /// two steps of a run, or is over before anybody looks, is told too. Safe to drop while waiting.
    pub(super) async fn changed(&self) -> bool {
        let mut changes = self.changes.subscribe();
        loop {
            let all = *changes.borrow_and_update();
            let next = |told| (told < all).then_some(told + 1);
            let told = (self.told).fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
            if let Ok(told) = told {
                return told % 2 == 0;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    pub(super) fn is_out(&self) -> bool {
        self.state().out
    }

    /// A request ended: with an answer below 500, or without.
    pub(super) fn saw(&self, answered: bool) {
        let mut state = self.state();
        if answered {
            *state = State {
                heard: true,
                ..State::default()
            };
        } else {
            state.silent = state.silent.saturating_add(1);
            if state.heard && state.silent >= SILENT && !self.limit.is_zero() {
                state.out = true;
                let now = self.clock.elapsed();
                state.since.get_or_insert(now);
            }
        }
        let out = state.out;
        drop(state);
        self.tell(out);
    }

    fn tell(&self, out: bool) {
        self.changes.send_if_modified(|changes| {
            let is_news = (*changes % 2 == 1) != out;
            *changes += u64::from(is_news);
            is_news
        });
    }

    /// Waits until Close can be reached, if it is out. `probe` sends something that changes
    /// nothing and tells whether it was answered. With a [`Trial`] the caller's request is the one
    /// that is let through: it is held until that is answered, or not.
    ///
    /// # Errors
    ///
    /// [`GivenUp`] when the outage is longer than the limit. Safe to drop while waiting.
    pub(super) async fn pass<F: Future<Output = bool>>(
        &self,
        probe: impl Fn() -> F,
    ) -> Result<Option<Trial<'_>>, GivenUp> {
        if !self.is_out() {
            return Ok(None);
        }
        let turn = self.probing.lock().await;
        loop {
            let (out, since) = {
                let state = self.state();
                (state.out, state.since.unwrap_or_default())
            };
            if !out {
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
            // An answer that trickles in must not take longer than what is left either.
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

    fn outage(limit: u64) -> (std::sync::Arc<Manual>, Outage) {
        let clock = Manual::gliding();
        let outage = Outage::new(clock.shared(), Duration::from_secs(limit));
        (clock, outage)
    }

    #[tokio::test]
    async fn an_outage_is_probed_ever_more_slowly_until_it_ends() {
        let (clock, outage) = outage(600);
        outage.saw(true);
        for _ in 1..SILENT {
            outage.saw(false);
            assert!(!outage.is_out());
        }
        outage.saw(false);
        assert!(outage.is_out() && outage.changed().await);
        let probes = AtomicU32::new(0);
        let passed = outage
            .pass(|| async { probes.fetch_add(1, Ordering::Relaxed) == 5 })
            .await;
        // The caller is on trial: until it is answered nobody else goes.
        assert!(passed.as_ref().is_ok_and(Option::is_some) && outage.is_out());
        let other = outage.pass(|| async { true });
        tokio::pin!(other);
        let mut idle = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(other.as_mut().poll(&mut idle).is_pending());
        outage.saw(true);
        drop(passed);
        assert!(other.await.is_ok_and(|trial| trial.is_none()) && !outage.is_out());
        let slept: Vec<u64> = clock
            .slept
            .lock()
            .unwrap()
            .iter()
            .map(Duration::as_secs)
            .collect();
        assert_eq!(slept, [1, 1, 2, 4, 8, 15]);
    }

    /// Nobody listens between the survey and the run: an outage that began there was told only when
    /// it was over.
    #[tokio::test]
    async fn what_happens_while_nobody_listens_is_told_in_order() {
        let (_, outage) = outage(600);
        outage.saw(true);
        for _ in 0..2 {
            (0..SILENT).for_each(|_| outage.saw(false));
            outage.saw(true);
        }
        let mut told = Vec::new();
        for _ in 0..4 {
            told.push(outage.changed().await);
        }
        assert_eq!(told, [true, false, true, false]);
        let more = outage.changed();
        tokio::pin!(more);
        let mut idle = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(more.as_mut().poll(&mut idle).is_pending());
    }

    #[tokio::test]
    async fn it_is_given_up_at_the_limit() {
        let (clock, outage) = outage(100);
        outage.saw(true);
        (0..SILENT).for_each(|_| outage.saw(false));
        assert!(outage.pass(|| async { false }).await.is_err());
        let slept: Duration = clock.slept.lock().unwrap().iter().sum();
        assert_eq!(slept, Duration::from_secs(100));
        // Whoever comes later is told at once.
        assert!(outage.pass(|| async { true }).await.is_err());
    }

    #[tokio::test]
    async fn a_probe_that_hangs_does_not_outlast_the_limit() {
        let (clock, outage) = outage(100);
        outage.saw(true);
        (0..SILENT).for_each(|_| outage.saw(false));
        assert!(outage.pass(std::future::pending::<bool>).await.is_err());
        let slept: Duration = clock.slept.lock().unwrap().iter().sum();
        assert_eq!(slept, Duration::from_secs(100));
    }

    #[tokio::test]
    async fn a_close_that_answers_probes_alone_is_given_up_too() {
        let (_, outage) = outage(100);
        outage.saw(true);
        let mut rounds = 0;
        (0..SILENT).for_each(|_| outage.saw(false));
        // Each time one request goes, and is not answered.
        while outage.pass(|| async { true }).await.is_ok() {
            outage.saw(false);
            rounds += 1;
            assert!(rounds <= 20, "it is tried again and again");
        }
        assert!(rounds > 1);
        // A request that is answered ends it.
        outage.saw(true);
        assert!(outage.pass(|| async { false }).await.is_ok());
    }

    #[tokio::test]
    async fn what_never_was_there_is_no_outage() {
        let (_, outage) = outage(100);
        (0..100).for_each(|_| outage.saw(false));
        assert!(outage.pass(|| async { false }).await.is_ok());
    }

    #[tokio::test]
    async fn a_limit_of_nothing_bears_no_outage() {
        let (_, outage) = outage(0);
        outage.saw(true);
        (0..100).for_each(|_| outage.saw(false));
        assert!(!outage.is_out());
    }

    #[tokio::test]
    async fn one_answer_ends_a_row() {
        let (_, outage) = outage(100);
        for _ in 0..10 {
            outage.saw(true);
            (1..SILENT).for_each(|_| outage.saw(false));
        }
        assert!(!outage.is_out());
    }
}
