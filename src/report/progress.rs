//! Progress on the terminal, from the events of a run.

use std::io::Write as _;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

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

/// A bar on stderr; hidden where stderr is no terminal.
pub struct Progress {
    bar: ProgressBar,
    bytes: u64,
}

impl Progress {
    /// A bar for a run that posts `messages`.
    pub fn new(messages: u64, shown: bool) -> Self {
        let bar = if shown {
            ProgressBar::new(messages)
        } else {
            ProgressBar::hidden()
        };
        // The template is a constant; a broken one would show plain numbers instead.
        let template = "{bar:30} {pos}/{len} messages  {per_sec}  {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Progress { bar, bytes: 0 }
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
            | Event::Failed { .. } => self.bar.inc(1),
            Event::Uploaded { bytes } => {
                self.bytes += bytes;
                self.bar
                    .set_message(format!("{} uploaded", super::bytes(self.bytes)));
            }
            Event::Settling { count, wait } => {
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
