//! Requests in progress, to name those that take long.
//!
//! Belongs here: since when each request waits for a usable response, and the end of its last attempt. A retried
//! request is one request. Never here: sending, time limits, wording.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::client::Client;
use super::error::Trouble;

/// After its first report a request is reported again each time this multiple of the first wait has passed.
const REPEAT: u32 = 10;

/// A request without a usable response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowRequest {
    /// Method and path template.
    pub endpoint: &'static str,
    /// The time since the request began, with retries, pauses and its wait at the rate limit.
    pub waited: Duration,
    /// How its last attempt ended; `None` during the first one.
    pub last: Option<Trouble>,
}

/// The requests in progress of a client.
#[derive(Debug, Default)]
pub(super) struct InFlight(Mutex<Requests>);

#[derive(Debug, Default)]
struct Requests {
    next: u64,
    /// By their order.
    all: BTreeMap<u64, InProgress>,
}

#[derive(Debug)]
struct InProgress {
    endpoint: &'static str,
    began: Duration,
    /// When its present attempt was sent; `None` between two attempts.
    sent: Option<Duration>,
    last: Option<Trouble>,
    reports: u32,
}

/// Keeps a request among those in progress until it is dropped.
pub(super) struct Entry<'f> {
    of: &'f InFlight,
    number: u64,
}

impl InFlight {
    /// Adds a request that begins at `now`, by [`crate::clock::Clock::elapsed`].
    pub(super) fn enter(&self, endpoint: &'static str, now: Duration) -> Entry<'_> {
        let mut requests = self.lock();
        let number = requests.next;
        requests.next += 1;
        let request = InProgress {
            endpoint,
            began: now,
            sent: None,
            last: None,
            reports: 0,
        };
        requests.all.insert(number, request);
        Entry { of: self, number }
    }

    /// The oldest request that is due to be reported, which counts as reported; else the time until the next one can
    /// be due.
    fn due(&self, now: Duration, after: Duration) -> Result<SlowRequest, Duration> {
        let mut requests = self.lock();
        let mut pause = after;
        for request in requests.all.values_mut() {
            let due = request.began + after * (1 + REPEAT * request.reports);
            if due > now {
                pause = pause.min(due - now);
                continue;
            }
            request.reports += 1;
            return Ok(SlowRequest {
                endpoint: request.endpoint,
                waited: now.saturating_sub(request.began),
                last: request.last,
            });
        }
        Err(pause)
    }

    /// The time since the oldest attempt without a response was sent; `None` without one.
    pub(super) fn silence(&self, now: Duration) -> Option<Duration> {
        let requests = self.lock();
        let oldest = requests.all.values().filter_map(|request| request.sent);
        oldest.min().map(|sent| now.saturating_sub(sent))
    }

    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry<'_> {
    /// Notes that an attempt is sent at `now`.
    pub(super) fn attempt_sent(&self, now: Duration) {
        if let Some(request) = self.of.lock().all.get_mut(&self.number) {
            request.sent = Some(now);
        }
    }

    /// Notes the end of an attempt that another one follows.
    pub(super) fn attempt_ended(&self, last: Trouble) {
        if let Some(request) = self.of.lock().all.get_mut(&self.number) {
            request.sent = None;
            request.last = Some(last);
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.of.lock().all.remove(&self.number);
    }
}

impl Client {
    /// Waits until a request has had no usable response for `after`, and then each time ten times `after` have passed.
    /// Each is returned once. Cancel-safe.
    pub async fn slow_request(&self, after: Duration) -> SlowRequest {
        let clock = &self.inner.clock;
        loop {
            match self.inner.in_flight.due(clock.elapsed(), after) {
                Ok(slow) => return slow,
                // A request that begins later is not due earlier than `after` from now.
                Err(pause) => clock.sleep(pause).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(3);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn request_is_due_after_the_wait_and_once() {
        let in_flight = InFlight::default();
        let entry = in_flight.enter("GET /me/", seconds(10));
        assert_eq!(in_flight.due(seconds(12), AFTER), Err(seconds(1)));
        entry.attempt_ended(Trouble::Status(500));
        let slow = in_flight.due(seconds(13), AFTER).expect("due");
        assert_eq!((slow.endpoint, slow.waited), ("GET /me/", seconds(3)));
        assert_eq!(slow.last, Some(Trouble::Status(500)));
        assert_eq!(in_flight.due(seconds(14), AFTER), Err(seconds(3)));
    }

    #[test]
    fn request_is_due_again_after_ten_waits() {
        let in_flight = InFlight::default();
        let _entry = in_flight.enter("GET /me/", seconds(0));
        in_flight.due(seconds(3), AFTER).expect("due");
        assert_eq!(in_flight.due(seconds(32), AFTER), Err(seconds(1)));
        let slow = in_flight.due(seconds(33), AFTER).expect("due again");
        assert_eq!(slow.waited, seconds(33));
    }

    /// A request that waits for its turn, or between two attempts, waits for no response.
    #[test]
    fn silence_begins_with_the_attempt_that_was_sent_first() {
        let in_flight = InFlight::default();
        let (one, other) = ("GET /me/", "GET /lead/");
        let (one, other) = (
            in_flight.enter(one, seconds(0)),
            in_flight.enter(other, seconds(0)),
        );
        assert_eq!(in_flight.silence(seconds(9)), None);
        one.attempt_sent(seconds(10));
        other.attempt_sent(seconds(12));
        assert_eq!(in_flight.silence(seconds(15)), Some(seconds(5)));
        one.attempt_ended(Trouble::Limited);
        assert_eq!(in_flight.silence(seconds(15)), Some(seconds(3)));
        drop(other);
        assert_eq!(in_flight.silence(seconds(15)), None);
    }

    #[test]
    fn request_with_a_response_is_not_due() {
        let in_flight = InFlight::default();
        drop(in_flight.enter("GET /me/", seconds(0)));
        assert_eq!(in_flight.due(seconds(60), AFTER), Err(AFTER));
    }
}
