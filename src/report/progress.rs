//! Progress of a run from its events: a progress bar on a terminal, else a line every ten seconds.

use std::io::Write as _;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::app::outage_message;
use crate::clock::SharedClock;
use crate::close::Allowance;
use crate::execute::{Event, Events, Limits, Stop};
use crate::quantity::{self, duration};

/// The message after a request to stop.
fn stop_message() -> String {
    format!(
        "Stopping: requests in progress are finished (up to {} s); Ctrl-C again stops at once; the same command resumes.",
        Limits::DRAIN.as_secs()
    )
}

/// How progress is displayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressDisplay {
    /// As a bar.
    Bar,
    /// As a line every ten seconds, for logs.
    Lines,
    /// Not at total.
    Nothing,
}

/// The interval between two lines.
const INTERVAL: Duration = Duration::from_secs(10);

/// The shortest wait for look-ups that is reported.
const NOTICEABLE: Duration = Duration::from_millis(500);

/// The message while the outcome of requests is looked up.
fn settling_message(count: usize, wait: Duration) -> String {
    format!(
        "{} got no answer: asking Close whether {} arrived, up to {} s",
        quantity::count(count as u64, "message"),
        if count == 1 { "it" } else { "they" },
        wait.as_secs_f64().ceil()
    )
}

/// Displays the progress of a run on stderr.
pub struct Progress {
    bar: ProgressBar,
    bytes: u64,
    pace: Pace,
    /// Time of the last line, where lines are shown.
    lines: Option<Duration>,
    stop: Stop,
    allowance: Box<dyn Fn() -> Allowance + Send>,
}

/// Operations done, and the rate since the run began: an average over less time would jump with Close's
/// rate limit windows and with pauses.
struct Pace {
    clock: SharedClock,
    began: Duration,
    done: u64,
    total: u64,
}

impl Pace {
    /// Rate, limit, bytes and time left; the same in a line and behind a bar.
    fn describe(&self, bytes: u64, allowance: &Allowance) -> String {
        let seconds = self
            .clock
            .elapsed()
            .saturating_sub(self.began)
            .as_secs_f64();
        let files = match bytes {
            0 => String::new(),
            bytes => format!(", {} uploaded", quantity::bytes(bytes)),
        };
        let allowed = allowed(allowance);
        if self.done == 0 || seconds <= 0.0 {
            return format!("{allowed}{files}");
        }
        let rate = self.done as f64 / seconds;
        let left = self.total.saturating_sub(self.done) as f64 / rate;
        format!(
            "{rate:.1} a second ({allowed}){files}, about {} left",
            duration(left)
        )
    }

    /// The line, if the interval since `last` has passed.
    fn line(&self, last: &mut Duration, bytes: u64, allowance: &Allowance) -> Option<String> {
        let now = self.clock.elapsed();
        if now.saturating_sub(*last) < INTERVAL {
            return None;
        }
        *last = now;
        Some(format!(
            "{} of {} messages ({} %), {}",
            self.done,
            self.total,
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

impl Progress {
    /// For a run of `messages` operations. `stop` is the run's request to stop, `allowance` its current
    /// rate limit.
    pub fn new(
        messages: u64,
        shown: ProgressDisplay,
        clock: &SharedClock,
        stop: Stop,
        allowance: impl Fn() -> Allowance + Send + 'static,
    ) -> Self {
        let bar = match shown {
            ProgressDisplay::Bar => ProgressBar::new(messages),
            ProgressDisplay::Lines | ProgressDisplay::Nothing => ProgressBar::hidden(),
        };
        let now = clock.elapsed();
        // The template is a constant; an invalid one would show plain numbers.
        let template = "{bar:30} {pos}/{len} messages  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Progress {
            bar,
            bytes: 0,
            pace: Pace {
                clock: SharedClock::clone(clock),
                began: now,
                done: 0,
                total: messages,
            },
            lines: (shown == ProgressDisplay::Lines).then_some(now),
            stop,
            allowance: Box::new(allowance),
        }
    }

    /// Updates the message behind the bar.
    fn show(&self) {
        if !self.bar.is_hidden() {
            let describe = self.pace.describe(self.bytes, &(self.allowance)());
            self.bar.set_message(describe);
        }
    }

    /// Prints a line above the bar, also where no bar is shown.
    fn print_line(&self, line: &str) {
        self.bar.suspend(|| {
            // stderr may be closed.
            let _ = writeln!(std::io::stderr(), "{line}");
        });
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Events for Progress {
    fn event(&mut self, event: Event) {
        match event {
            Event::Created { .. }
            | Event::Replaced { .. }
            | Event::Deleted { .. }
            | Event::Updated { .. }
            | Event::Gone { .. }
            | Event::Found { .. }
            | Event::Failed(_) => {
                self.bar.inc(1);
                self.pace.done += 1;
                if let Some(last) = &mut self.lines
                    && let Some(line) = self.pace.line(last, self.bytes, &(self.allowance)())
                {
                    self.print_line(&line);
                }
                self.show();
            }
            Event::Uploaded { bytes, .. } => {
                self.bytes += bytes;
                self.show();
            }
            Event::Settling { count, wait } => {
                // A log without a line for a minute looks like a run that hangs.
                if self.lines.is_some() && wait >= NOTICEABLE {
                    self.print_line(&settling_message(count, wait));
                }
                self.bar
                    .set_message(format!("looking up {count}, up to {}", HumanDuration(wait)));
            }
            Event::Outage => self.print_line(outage_message(true)),
            Event::Back => self.print_line(outage_message(false)),
            Event::Stopping => {
                if self.stop.is_requested() {
                    self.print_line(&stop_message());
                }
                self.bar
                    .set_message("stopping: requests in progress are finished first");
            }
            Event::ChatChecked { .. }
            | Event::ChatHeld { .. }
            | Event::ChatStopped { .. }
            | Event::Adopted { .. }
            | Event::Unlinked { .. }
            | Event::Planned { .. }
            | Event::FollowUpEnded(_)
            | Event::NotReached { .. }
            | Event::Ended { .. }
            | Event::Unknown { .. } => {}
        }
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
                "100 of 1000 messages (10 %), 10.0 a second (12.5 allowed), 1.5 MB uploaded, about 2 min left",
                "200 of 1000 messages (20 %), 10.0 a second (12.5 allowed), 1.5 MB uploaded, about 1 min left",
            ]
        );
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
