//! Requests and time of an undo.
//!
//! Each message is read and deleted, on two endpoints with a budget each, which run side by side. Close restores a budget as
//! a whole at the end of a window, so that the time is counted in windows. Pure.

use std::time::Duration;

use crate::close::Allowance;

/// The expected cost of an undo.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Estimate {
    /// The number of requests to Close.
    pub(crate) requests: u64,
    /// The duration at the configured pace, in seconds.
    pub(crate) seconds: f64,
}

/// What an estimate is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// Messages that are read and deleted.
    pub(super) messages: u64,
    /// Requests besides: lists, look-ups, leads.
    pub(super) others: u64,
    /// The mean time of a request, in seconds.
    pub(super) latency: f64,
    /// Messages in progress at a time.
    pub(super) concurrency: u64,
}

impl Estimate {
    /// The estimate of a cost at a pace.
    pub(super) fn of(cost: Cost, allowance: &Allowance) -> Estimate {
        let Cost {
            messages,
            others,
            latency,
            concurrency,
        } = cost;
        let by_latency = 2.0 * latency / to_f64(concurrency.max(1));
        let seconds = match allowance.window {
            Some((limit, length)) => {
                // Windows are whole seconds (assumed); the first one that is seen has begun already.
                let length = length.ceil();
                let full = messages.saturating_sub(1) / limit.max(1);
                let rest = messages - full * limit;
                let paced = to_f64(full) * length + to_f64(rest) * by_latency;
                paced.max(to_f64(messages) * by_latency)
            }
            None => {
                let pace = allowance.per_second.max(f64::MIN_POSITIVE);
                to_f64(messages) * by_latency.max(1.0 / pace)
            }
        };
        Estimate {
            requests: 2 * messages + others,
            seconds: seconds + to_f64(others) * latency + allowance.paused.as_secs_f64(),
        }
    }

    /// Adds the deletion of leads, of which each is looked at again: `deleted` of `all` that were looked at with this number
    /// of requests in this time.
    pub(super) fn add_leads(&mut self, (deleted, all): (u64, u64), requests: u64, took: Duration) {
        if deleted == 0 || requests == 0 {
            return;
        }
        let added = (requests * deleted).div_ceil(all.max(1)) + deleted;
        self.requests += added;
        self.seconds += to_f64(added) * took.as_secs_f64() / to_f64(requests);
    }
}

/// Exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) fn to_f64(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(messages: u64, latency: f64, window: Option<(u64, f64)>) -> f64 {
        let cost = Cost {
            messages,
            others: 0,
            latency,
            concurrency: 8,
        };
        let allowance = Allowance {
            per_second: window.map_or(10.0, |(limit, length)| to_f64(limit) / length),
            paused: Duration::ZERO,
            window,
        };
        Estimate::of(cost, &allowance).seconds
    }

    #[test]
    fn whole_windows_are_counted() {
        let window = Some((160, 8.0));
        assert_eq!(seconds(160, 0.0, window), 0.0);
        assert_eq!(seconds(161, 0.0, window), 8.0);
        assert_eq!(seconds(161, 0.0, Some((160, 7.4))), 8.0);
        assert_eq!(seconds(100_000, 0.0, window), 624.0 * 8.0);
    }

    #[test]
    fn leads_are_looked_at_again_and_deleted() {
        let mut estimate = Estimate::default();
        estimate.add_leads((2, 3), 18, Duration::from_secs(9));
        assert_eq!((estimate.requests, estimate.seconds), (14, 7.0));
        estimate.add_leads((0, 1), 6, Duration::from_secs(1));
        assert_eq!(estimate.requests, 14);
    }

    #[test]
    fn slow_answers_outweigh_the_budget() {
        assert_eq!(seconds(800, 1.0, Some((160, 8.0))), 200.0);
    }

    #[test]
    fn without_a_budget_the_rate_counts() {
        assert_eq!(seconds(100, 0.0, None), 10.0);
    }
}
