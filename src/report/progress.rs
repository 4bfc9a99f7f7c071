//! Progress, from the events of a run: a bar on a terminal, else a line from time to time.

use std::io::Write as _;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::clock::SharedClock;
use crate::close::Allowance;
use crate::execute::{Event, Events};

/// What is said when Close is out of reach, or back.
pub fn of_outage(is_out: bool) -> &'static str {
    match is_out {
        true => {
            "Close does not answer. The run waits and asks again from time to time; Ctrl-C stops it, and nothing is lost."
        }
        false => "Close answers again. The run goes on.",
    }
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
    lines: Option<Lines>,
    allowance: Box<dyn Fn() -> Allowance + Send>,
}

/// What the next line says, and when it is due.
struct Lines {
    clock: SharedClock,
    began: Duration,
    last: Duration,
    done: u64,
    all: u64,
}

impl Lines {
    /// The line, when one is due.
    fn after_one_more(&mut self, bytes: u64, allowance: &Allowance) -> Option<String> {
        self.done += 1;
        let now = self.clock.elapsed();
        if now.saturating_sub(self.last) < EVERY {
            return None;
        }
        self.last = now;
        let seconds = now.saturating_sub(self.began).as_secs_f64();
        let rate = self.done as f64 / seconds;
        let left = self.all.saturating_sub(self.done) as f64 / rate;
        let files = match bytes {
            0 => String::new(),
            bytes => format!(", {} uploaded", super::bytes(bytes)),
        };
        Some(format!(
            "{} of {} messages ({} %), {rate:.1} a second ({}){files}, about {} left",
            self.done,
            self.all,
            self.done * 100 / self.all.max(1),
            allowed(allowance),
            super::duration(left)
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
    /// For a run of so many operations. `allowance` says how fast Close lets it go.
    pub fn new(
        messages: u64,
        shown: Shown,
        clock: &SharedClock,
        allowance: impl Fn() -> Allowance + Send + 'static,
    ) -> Self {
        let bar = match shown {
            Shown::Bar => ProgressBar::new(messages),
            Shown::Lines | Shown::Nothing => ProgressBar::hidden(),
        };
        let now = clock.elapsed();
        let lines = (shown == Shown::Lines).then(|| Lines {
            clock: SharedClock::clone(clock),
            began: now,
            last: now,
            done: 0,
            all: messages,
        });
        // The template is a constant; a broken one would show plain numbers instead.
        let template = "{bar:30} {pos}/{len} messages  {per_sec}  {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Progress {
            bar,
            bytes: 0,
            lines,
            allowance: Box::new(allowance),
        }
    }

    /// What stands behind the bar: how fast it may go, and what was uploaded.
    fn show(&self) {
        if self.bar.is_hidden() {
            return;
        }
        let allowance = allowed(&(self.allowance)());
        self.bar.set_message(match self.bytes {
            0 => allowance,
            bytes => format!("{allowance}, {} uploaded", super::bytes(bytes)),
        });
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
                let bytes = self.bytes;
                if let Some(lines) = &mut self.lines
                    && let Some(line) = lines.after_one_more(bytes, &(self.allowance)())
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
            Event::Stopping => self
                .bar
                .set_message("stopping: what is under way is finished first"),
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
    use super::*;
    use crate::close::testing::Manual;

    #[test]
    fn a_line_every_ten_seconds_says_how_far_it_is() {
        let clock = Manual::gliding();
        let mut lines = Lines {
            clock: clock.shared(),
            began: Duration::ZERO,
            last: Duration::ZERO,
            done: 0,
            all: 1000,
        };
        let allowance = Allowance {
            per_second: 12.5,
            paused: Duration::ZERO,
        };
        let mut told = Vec::new();
        for _ in 0..250 {
            clock.advance(Duration::from_millis(100));
            told.extend(lines.after_one_more(1_500_000, &allowance));
        }
        assert_eq!(
            told,
            [
                "100 of 1000 messages (10 %), 10.0 a second (12.5 allowed), 1.5 MB uploaded, about 2 min left",
                "200 of 1000 messages (20 %), 10.0 a second (12.5 allowed), 1.5 MB uploaded, about 1 min left",
            ]
        );
    }
}
