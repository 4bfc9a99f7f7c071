//! The pace of a run: operations done, the rate since it began, and the time left.

use std::time::Duration;

use crate::clock::SharedClock;
use crate::close::Allowance;
use crate::quantity::{self, duration, number};

/// The interval between two lines.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// Operations done, and the rate since the run began: an average over less time would jump with Close's
/// rate limit windows and with pauses.
pub(super) struct Pace {
    pub(super) clock: SharedClock,
    pub(super) began: Duration,
    pub(super) done: u64,
    pub(super) total: u64,
}

impl Pace {
    /// `305 of 40,797`.
    pub(super) fn position(&self) -> String {
        format!("{} of {}", number(self.done), number(self.total))
    }

    /// Operations a second; `None` before the first.
    pub(super) fn rate(&self) -> Option<f64> {
        let since = self.clock.elapsed().saturating_sub(self.began);
        let seconds = since.as_secs_f64();
        (self.done > 0 && seconds > 0.0).then(|| self.done as f64 / seconds)
    }

    /// `34 min left`; `None` before the first operation. A run begins with a burst that Close's window allows, so
    /// a rate above the allowed one does not last.
    pub(super) fn left(&self, allowance: &Allowance) -> Option<String> {
        let rate = self
            .rate()?
            .min(allowance.per_second.max(f64::MIN_POSITIVE));
        let left = self.total.saturating_sub(self.done) as f64 / rate;
        Some(format!("{} left", duration(left)))
    }

    /// Rate, limit, bytes and time left, for a line.
    pub(super) fn describe(&self, bytes: u64, allowance: &Allowance) -> String {
        let files = match bytes {
            0 => String::new(),
            bytes => format!(", {} uploaded", quantity::bytes(bytes)),
        };
        let allowed = allowed(allowance);
        match (self.rate(), self.left(allowance)) {
            (Some(rate), Some(left)) => {
                format!("{rate:.1} a second ({allowed}){files}, about {left}")
            }
            _ => format!("{allowed}{files}"),
        }
    }

    /// The line, if the interval since `last` has passed.
    pub(super) fn line(
        &self,
        last: &mut Duration,
        bytes: u64,
        allowance: &Allowance,
    ) -> Option<String> {
        let now = self.clock.elapsed();
        if now.saturating_sub(*last) < INTERVAL {
            return None;
        }
        *last = now;
        Some(format!(
            "{} messages ({} %), {}",
            self.position(),
            self.done * 100 / self.total.max(1),
            self.describe(bytes, allowance)
        ))
    }
}

/// The rate limit, or how long Close requests to wait.
fn allowed(allowance: &Allowance) -> String {
    match allowance.paused.as_secs() {
        0 => format!("{:.1} allowed", allowance.per_second),
        seconds => format!("Close requires a wait of {}", duration(seconds as f64)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::close::testing::Manual;

    /// A thousand messages, of which none is posted yet.
    fn thousand(clock: &Arc<Manual>) -> Pace {
        Pace {
            clock: clock.shared(),
            began: Duration::ZERO,
            done: 0,
            total: 1000,
        }
    }

    #[test]
    fn progress_line_is_printed_every_ten_seconds() {
        let clock = Manual::gliding();
        let mut pace = thousand(&clock);
        let mut last = Duration::ZERO;
        let allowance = Allowance {
            per_second: 12.5,
            paused: Duration::ZERO,
            window: None,
        };
        let mut lines = Vec::new();
        for _ in 0..250 {
            clock.advance(Duration::from_millis(100));
            pace.done += 1;
            lines.extend(pace.line(&mut last, 1_500_000, &allowance));
        }
        assert_eq!(
            lines,
            [
                "100 of 1,000 messages (10 %), 10.0 a second (12.5 allowed), 1.5 MB uploaded, about 2 min left",
                "200 of 1,000 messages (20 %), 10.0 a second (12.5 allowed), 1.5 MB uploaded, about 1 min left",
            ]
        );
    }

    /// A burst at the start is no rate that lasts: the time left may not grow with each look at it.
    #[test]
    fn time_left_assumes_at_most_the_allowed_rate() {
        let clock = Manual::gliding();
        let mut pace = thousand(&clock);
        let allowance = Allowance {
            per_second: 20.0,
            paused: Duration::ZERO,
            window: None,
        };
        pace.done = 160;
        clock.advance(Duration::from_secs(2));
        let left = pace.left(&allowance);
        assert_eq!(left.as_deref(), Some("42.0 s left"));
        clock.advance(Duration::from_secs(14));
        let left = pace.left(&allowance);
        assert_eq!(left.as_deref(), Some("1 min left"), "10 a second");
    }

    /// Close's rate limit windows allow a burst and then nothing: the time left must not jump with them.
    #[test]
    fn time_left_uses_the_rate_of_the_whole_run() {
        let clock = Manual::gliding();
        let mut pace = thousand(&clock);
        let allowance = Allowance {
            per_second: 5.0,
            paused: Duration::ZERO,
            window: None,
        };
        assert_eq!(pace.describe(0, &allowance), "5.0 allowed");
        for window in 1..=3 {
            pace.done += 40;
            clock.advance(Duration::from_secs(8));
            let left = duration(f64::from(1000 - 40 * window) / 5.0);
            assert_eq!(
                pace.describe(0, &allowance),
                format!("5.0 a second (5.0 allowed), about {left} left")
            );
        }
    }
}
