//! The rate limiter: token buckets that refill in whole windows.

use std::collections::HashMap;
use std::time::Duration;

/// The organisation's allowance as a multiple of one key's.
const ORGANIZATION_FACTOR: f64 = 3.0;

/// The buckets of all endpoint groups.
///
/// The documented names fit the open-source library `LimitLion`; its rules are assumption A40: capacity is
/// `ceil(rps * window)`; a refill takes place only when a whole window has passed; a denied request costs
/// nothing.
#[derive(Debug)]
pub(super) struct Limiter {
    rate: f64,
    window: u64,
    buckets: HashMap<(Owner, String), Bucket>,
}

/// The owner of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    Credential(u8),
    Organization,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: u64,
    /// Whole seconds of the clock's `elapsed`.
    start: u64,
}

/// The limiter's decision on one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Verdict {
    pub(super) allowed: bool,
    pub(super) limit: u64,
    pub(super) remaining: u64,
    /// Seconds until the window ends.
    pub(super) reset: f64,
}

impl Limiter {
    pub(super) fn new(requests_per_second: f64, window_seconds: u64) -> Self {
        Limiter {
            rate: requests_per_second.max(0.0),
            window: window_seconds.max(1),
            buckets: HashMap::new(),
        }
    }

    /// Takes one request of a group from the bucket of the credential and from that of the organisation.
    pub(super) fn take(&mut self, credential: u8, group: &str, now: Duration) -> Verdict {
        let owners = [
            (Owner::Credential(credential), 1.0),
            (Owner::Organization, ORGANIZATION_FACTOR),
        ];
        let states = owners.map(|(owner, factor)| {
            let capacity = self.capacity(self.rate * factor);
            let bucket = self.refilled(owner, group, capacity, self.rate * factor, now);
            (owner, capacity, bucket)
        });
        let denied = states.iter().find(|(_, _, bucket)| bucket.tokens == 0);
        if let Some((_, capacity, bucket)) = denied {
            return self.verdict(false, *capacity, *bucket, now);
        }
        for (owner, _, bucket) in states {
            let less = Bucket {
                tokens: bucket.tokens - 1,
                ..bucket
            };
            self.buckets.insert((owner, group.to_owned()), less);
        }
        let (_, capacity, bucket) = states[0];
        self.verdict(
            true,
            capacity,
            Bucket {
                tokens: bucket.tokens - 1,
                ..bucket
            },
            now,
        )
    }

    fn refilled(
        &mut self,
        owner: Owner,
        group: &str,
        capacity: u64,
        rate: f64,
        now: Duration,
    ) -> Bucket {
        let full = Bucket {
            tokens: capacity,
            start: now.as_secs(),
        };
        let bucket = self
            .buckets
            .entry((owner, group.to_owned()))
            .or_insert(full);
        let windows = now.as_secs().saturating_sub(bucket.start) / self.window;
        if windows > 0 {
            let refill = ceil(windows as f64 * rate * self.window as f64);
            bucket.tokens = bucket.tokens.saturating_add(refill).min(capacity);
            bucket.start += windows * self.window;
        }
        *bucket
    }

    fn capacity(&self, rate: f64) -> u64 {
        ceil(rate * self.window as f64).max(1)
    }

    fn verdict(&self, allowed: bool, limit: u64, bucket: Bucket, now: Duration) -> Verdict {
        let end = Duration::from_secs(bucket.start + self.window);
        Verdict {
            allowed,
            limit,
            remaining: bucket.tokens,
            reset: end.saturating_sub(now).as_secs_f64(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative; `as` saturates"
)]
fn ceil(value: f64) -> u64 {
    value.ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn allowance_is_restored_at_once_and_denied_requests_are_free() {
        let mut limiter = Limiter::new(1.5, 2);
        let first = limiter.take(0, "GET /me/", at(5_250));
        assert_eq!((first.allowed, first.limit, first.remaining), (true, 3, 2));
        assert!((first.reset - 1.75).abs() < 1e-9);
        limiter.take(0, "GET /me/", at(5_300));
        assert_eq!(limiter.take(0, "GET /me/", at(5_400)).remaining, 0);
        for _ in 0..5 {
            assert!(!limiter.take(0, "GET /me/", at(6_999)).allowed);
        }
        assert!(
            limiter.take(0, "POST /me/", at(6_999)).allowed,
            "groups have separate buckets"
        );
        assert_eq!(limiter.take(0, "GET /me/", at(7_000)).remaining, 2);
    }

    #[test]
    fn organization_allowance_is_three_times_that_of_a_key() {
        let mut limiter = Limiter::new(1.0, 1);
        for credential in 0..3 {
            assert!(limiter.take(credential, "g", at(0)).allowed);
        }
        let fourth = limiter.take(3, "g", at(0));
        assert_eq!((fourth.allowed, fourth.limit), (false, 3));
    }
}
