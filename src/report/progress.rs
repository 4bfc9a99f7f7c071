//! Progress, from the events of a run: a bar on a terminal, else a line from time to time.

use std::io::Write as _;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::clock::SharedClock;
use crate::close::Allowance;
use crate::execute::{Event, Events, Limits, Stop};

/// What is said when Close is out of reach, or back.
pub fn of_outage(is_out: bool) -> &'static str {
    match is_out {
        true => {
            "Close does not answer. The run waits and asks again from time to time; Ctrl-C stops it, and nothing is lost."
        }
        false => "Close answers again. The run goes on.",
    }
}

/// What is said when somebody asked to stop.
fn of_stop() -> String {
    format!(
        "Stopping: what is under way is finished (up to {} s); Ctrl-C again stops at once; the same command goes on from here.",
        Limits::DRAIN.as_secs()
    )
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As a bar.
    Bar,
    /// As a line every so often: for a log.
    Lines,
    /// Not at all.
    Nothing,
}

/// Between two lines.
const EVERY: Duration = Duration::from_secs(10);

/// Shows how far a run is, on stderr.
pub struct Progress {
    bar: ProgressBar,
    bytes: u64,
    pace: Pace,
    /// When the last line was, where lines are shown.
    lines: Option<Duration>,
    stop: Stop,
    allowance: Box<dyn Fn() -> Allowance + Send>,
}

/// How far a run is, and how fast it was since it began: Close's windows and a pause would make
/// any shorter average jump.
struct Pace {
    clock: SharedClock,
    began: Duration,
    done: u64,
    all: u64,
}

impl Pace {
    /// Rate, what holds it, bytes and time left; the same in a line and behind a bar.
    fn says(&self, bytes: u64, allowance: &Allowance) -> String {
        let seconds = self
            .clock
            .elapsed()
            .saturating_sub(self.began)
            .as_secs_f64();
        let files = match bytes {
            0 => String::new(),
            bytes => format!(", {} uploaded", super::bytes(bytes)),
        };
        let allowed = allowed(allowance);
        if self.done == 0 || seconds <= 0.0 {
            return format!("{allowed}{files}");
        }
        let rate = self.done as f64 / seconds;
        let left = self.all.saturating_sub(self.done) as f64 / rate;
        format!(
            "{rate:.1} a second ({allowed}){files}, about {} left",
            super::duration(left)
        )
    }

    /// The line, when one is due after `last`.
    fn line(&self, last: &mut Duration, bytes: u64, allowance: &Allowance) -> Option<String> {
        let now = self.clock.elapsed();
        if now.saturating_sub(*last) < EVERY {
            return None;
        }
        *last = now;
        Some(format!(
            "{} of {} messages ({} %), {}",
            self.done,
            self.all,
            self.done * 100 / self.all.max(1),
            self.says(bytes, allowance)
        ))
    }
}

/// How fast it may go, or what it waits for.
fn allowed(allowance: &Allowance) -> String {
    match allowance.paused.as_secs() {
        0 => format!("{:.1} allowed", allowance.per_second),
        seconds => format!("Close asks to wait {}", super::duration(seconds as f64)),
    }
}

impl Progress {
    /// For a run of so many operations. `stop` is what it hears, `allowance` says how fast Close
    /// lets it go.
    pub fn new(
        messages: u64,
        shown: Shown,
        clock: &SharedClock,
        stop: Stop,
        allowance: impl Fn() -> Allowance + Send + 'static,
    ) -> Self {
        let bar = match shown {
            Shown::Bar => ProgressBar::new(messages),
            Shown::Lines | Shown::Nothing => ProgressBar::hidden(),
        };
        let now = clock.elapsed();
        // The template is a constant; a broken one would show plain numbers instead.
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
                all: messages,
            },
            lines: (shown == Shown::Lines).then_some(now),
            stop,
            allowance: Box::new(allowance),
        }
    }

    /// What stands behind the bar.
    fn show(&self) {
        if !self.bar.is_hidden() {
            let says = self.pace.says(self.bytes, &(self.allowance)());
            self.bar.set_message(says);
        }
    }

    /// A line that stays, also where no bar is shown.
    fn tell(&self, line: &str) {
        self.bar.suspend(|| {
            // Nobody may be there to read it.
            let _ = writeln!(std::io::stderr(), "{line}");
        });
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Events for Progress {
    fn event(&mut self, event: Event) {
        match event {
            Event::Created { .. }
            | Event::Updated { .. }
            | Event::Gone { .. }
            | Event::Found { .. }
            | Event::Failed { .. } => {
                self.bar.inc(1);
                self.pace.done += 1;
                if let Some(last) = &mut self.lines
                    && let Some(line) = self.pace.line(last, self.bytes, &(self.allowance)())
                {
                    self.tell(&line);
                }
                self.show();
            }
            Event::Uploaded { bytes } => {
                self.bytes += bytes;
                self.show();
            }
            Event::Settling { count, wait } => {
                // A log that says nothing for a minute looks like a run that hangs.
                if self.lines.is_some() && wait >= EVERY {
                    self.tell(&format!(
                        "Asking Close what became of {}, for up to {}; the others go on meanwhile.",
                        super::count(count as u64, "message"),
                        super::duration(wait.as_secs_f64())
                    ));
                }
                self.bar.set_message(format!(
                    "asking about {count}, up to {}",
                    HumanDuration(wait)
                ));
            }
            Event::Outage => self.tell(of_outage(true)),
            Event::Back => self.tell(of_outage(false)),
            Event::Stopping => {
                if self.stop.is_said() {
                    self.tell(&of_stop());
                }
                self.bar
                    .set_message("stopping: what is under way is finished first");
            }
            Event::ChatChecked { .. }
            | Event::ChatHeld { .. }
            | Event::ChatStopped { .. }
            | Event::Adopted { .. }
            | Event::FileDamaged { .. }
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
            all: 1000,
        }
    }

    #[test]
    fn a_line_every_ten_seconds_says_how_far_it_is() {
        let clock = Manual::gliding();
        let mut pace = thousand(&clock);
        let mut last = Duration::ZERO;
        let allowance = Allowance {
            per_second: 12.5,
            paused: Duration::ZERO,
        };
        let mut told = Vec::new();
        for _ in 0..250 {
            clock.advance(Duration::from_millis(100));
            pace.done += 1;
            told.extend(pace.line(&mut last, 1_500_000, &allowance));
        }
        assert_eq!(
            told,
            [
                "100 of 1000 messages (10 %), 10.0 a second (12.5 allowed), 1.5 MB uploaded, about 2 min left",
                "200 of 1000 messages (20 %), 10.0 a second (12.5 allowed), 1.5 MB uploaded, about 1 min left",
            ]
        );
    }

    /// Close's windows let a burst through and then nothing: what is left must not jump with it.
    #[test]
    fn the_time_left_is_that_of_the_whole_run() {
        let clock = Manual::gliding();
        let mut pace = thousand(&clock);
        let allowance = Allowance {
            per_second: 5.0,
            paused: Duration::ZERO,
        };
        assert_eq!(pace.says(0, &allowance), "5.0 allowed");
        for window in 1..=3 {
            pace.done += 40;
            clock.advance(Duration::from_secs(8));
            let left = super::super::duration(f64::from(1000 - 40 * window) / 5.0);
            assert_eq!(
                pace.says(0, &allowance),
                format!("5.0 a second (5.0 allowed), about {left} left")
            );
        }
    }
}
