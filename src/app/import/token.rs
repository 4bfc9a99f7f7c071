//! An access token that expires before a run has ended.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::Notice;
use crate::close::Expiry;

/// What to report of a token that will have expired when a run of this length ends. Of a token that does not contain
/// its expiry, only the longest life is known.
pub(super) fn notice(expiry: Expiry, now: DateTime<Utc>, seconds: f64) -> Option<Notice> {
    let (left, is_known) = match expiry {
        Expiry::At(at) => ((at - now).to_std().unwrap_or(Duration::ZERO), true),
        Expiry::Within(longest) => (longest, false),
    };
    let left = left.as_secs_f64();
    (left < seconds).then_some(Notice::TokenExpires {
        left,
        is_known,
        seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_reported(expiry: Expiry, seconds: f64) -> bool {
        notice(expiry, DateTime::UNIX_EPOCH, seconds).is_some()
    }

    #[test]
    fn token_that_outlives_the_run_is_not_reported() {
        let at = |seconds| Expiry::At(DateTime::from_timestamp(seconds, 0).expect("an instant"));
        assert!(!is_reported(at(600), 599.0));
        assert!(is_reported(at(600), 601.0));
        // Expired already by this machine's clock.
        assert!(is_reported(at(-5), 1.0));
    }

    #[test]
    fn token_without_expiry_is_reported_for_runs_over_its_longest_life() {
        let within = Expiry::Within(Duration::from_secs(3600));
        assert!(!is_reported(within, 3599.0));
        assert!(is_reported(within, 3601.0));
    }
}
