//! Retry delays.
//!
//! Pure: randomness is an argument, and nothing here sleeps.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// Maximum number of consecutive 429 responses to one request. They do not count as attempts, since the server
/// announces the wait; the maximum prevents endless waiting.
pub(crate) const MAX_LIMITED: u32 = 100;

/// The wait after attempt number `attempt` (from 1): between 0 and `0.5 s * 2^(attempt-1)`, at most 30 s. `chance` is
/// in `0.0..1.0`: full jitter, so that callers who failed together do not retry together.
pub(crate) fn backoff(attempt: u32, chance: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let ceiling = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    ceiling.mul_f64(chance.clamp(0.0, 1.0))
}

/// Minimum wait after the `count`-th consecutive 429 (from 1) to one request, whatever the server requested, so that
/// repeated requests of "0 s" do not lead to a busy loop.
pub(crate) fn patience(count: u32) -> Duration {
    let doublings = count.saturating_sub(1).min(16);
    Duration::from_millis(50)
        .saturating_mul(1 << doublings)
        .min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_to_a_cap() {
        let full: Vec<f64> = (1..=9).map(|n| backoff(n, 1.0).as_secs_f64()).collect();
        assert_eq!(full, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
        assert_eq!(backoff(u32::MAX, 1.0), Duration::from_secs(30));
    }

    #[test]
    fn backoff_has_full_jitter() {
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
        assert_eq!(backoff(3, 0.5), Duration::from_secs(1));
        assert_eq!(backoff(0, 0.5), Duration::from_millis(250));
        assert_eq!(backoff(3, -1.0), Duration::ZERO);
    }

    #[test]
    fn patience_grows() {
        assert_eq!(patience(1), Duration::from_millis(50));
        assert_eq!(patience(4), Duration::from_millis(400));
        assert_eq!(patience(MAX_LIMITED), Duration::from_secs(30));
    }
}
