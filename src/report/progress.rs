//! Progress of a run from its events: one line with a bar on a terminal, else a line every ten seconds.
//!
//! A name in the line is of a chat that is not private, and only on a terminal.

mod pace;
mod reading;

use std::io::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use self::pace::{INTERVAL, Pace};
pub(crate) use self::reading::Reading;
use crate::app::outage_message;
use crate::clock::SharedClock;
use crate::close::Allowance;
use crate::display_text;
use crate::execute::{Event, Events, Limits, Stop};
use crate::quantity::{count, number};
use crate::transform::desired::Content;

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
    /// As a line with a bar, drawn again and again.
    Bar,
    /// As a line every ten seconds, for logs.
    Lines,
    /// No progress is displayed.
    Nothing,
}

/// The shortest wait for look-ups that is reported.
const NOTICEABLE: Duration = Duration::from_millis(500);

/// The line: a short bar, so that 80 columns hold position, rate, time left and a chat. What does not fit the terminal is
/// cut off.
const WITH_BAR: &str = "{bar:10} {wide_msg}";
/// The line while something is waited for, which has the space of the bar as well.
const WITHOUT_BAR: &str = "{wide_msg}";

/// The characters of a chat's name in the line.
const NAME: usize = 28;

/// A run that has begun, as far as its progress shows.
pub struct Started {
    /// The number of operations of the run.
    pub messages: u64,
    /// The names of the chats, as `device: name`, by their index in the plan; empty if they are not
    /// known.
    pub chats: Vec<Content>,
    /// Is set when a person asks to stop.
    pub stop: Stop,
}

/// A wait for look-ups.
#[derive(Debug, Clone, Copy)]
struct Wait {
    count: usize,
    wait: Duration,
    /// Nothing else is left to do.
    is_alone: bool,
}

impl Wait {
    /// The whole sentence, for a log.
    fn message(&self) -> String {
        format!(
            "{} got no answer: asking Close whether {} arrived, up to {} s",
            count(self.count as u64, "message"),
            if self.count == 1 { "it" } else { "they" },
            self.seconds()
        )
    }

    fn seconds(&self) -> f64 {
        self.wait.as_secs_f64().ceil()
    }
}

/// Displays the progress of a run on stderr.
pub struct Progress {
    bar: ProgressBar,
    /// Whether the line has a bar.
    has_bar: bool,
    bytes: u64,
    pace: Pace,
    /// What is done at present, and the index of the chat.
    current: Option<(&'static str, usize)>,
    chats: Vec<Content>,
    waiting: Option<Wait>,
    is_stopping: bool,
    /// Time of the last line, where lines are shown.
    lines: Option<Duration>,
    /// Time of the last line about a wait, and whether the run waited for it alone.
    wait_line: Option<(Duration, bool)>,
    stop: Stop,
    allowance: Box<dyn Fn() -> Allowance + Send>,
}

impl Progress {
    /// Begins to display the progress of a run. `allowance` returns the rate that Close permits at
    /// that moment.
    pub fn new(
        run: Started,
        shown: ProgressDisplay,
        clock: &SharedClock,
        allowance: impl Fn() -> Allowance + Send + 'static,
    ) -> Self {
        let bar = match shown {
            ProgressDisplay::Bar => ProgressBar::new(run.messages),
            ProgressDisplay::Lines | ProgressDisplay::Nothing => ProgressBar::hidden(),
        };
        let now = clock.elapsed();
        let mut progress = Progress {
            bar,
            has_bar: false,
            bytes: 0,
            pace: Pace {
                clock: SharedClock::clone(clock),
                began: now,
                done: 0,
                total: run.messages,
            },
            current: None,
            chats: run.chats,
            waiting: None,
            is_stopping: false,
            lines: (shown == ProgressDisplay::Lines).then_some(now),
            wait_line: None,
            stop: run.stop,
            allowance: Box::new(allowance),
        };
        progress.show();
        progress
    }

    /// Draws the line again.
    fn show(&mut self) {
        if self.bar.is_hidden() {
            return;
        }
        let has_bar = self.waiting.is_none();
        if self.has_bar != has_bar {
            self.has_bar = has_bar;
            let template = if has_bar { WITH_BAR } else { WITHOUT_BAR };
            // The templates are constants; an invalid one would show plain numbers.
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style);
            }
        }
        self.bar.set_message(self.message());
    }

    /// The line behind the bar.
    fn message(&self) -> String {
        if self.is_stopping {
            return "stopping: requests in progress are finished first".to_owned();
        }
        let allowance = (self.allowance)();
        let mut parts = vec![self.pace.position()];
        if let Some(wait) = self.waiting {
            // Without the time left, which look-ups may exceed.
            let place = self
                .place()
                .map_or_else(String::new, |name| format!("; {name}"));
            return format!(
                "{}; {} got no answer: asking Close, up to {} s{place}",
                self.pace.position(),
                number(wait.count as u64),
                wait.seconds(),
            );
        }
        let left = self.pace.left(&allowance);
        match allowance.paused.as_secs() {
            0 => parts.extend(self.pace.rate().map(|rate| format!("{rate:.1}/s"))),
            seconds => parts.push(format!("Close requires a wait of {seconds} s")),
        }
        parts.extend(left);
        format!("{}{}", parts.join(", "), self.activity())
    }

    /// What is done at present, and in which chat.
    fn activity(&self) -> String {
        let Some((phase, _)) = self.current else {
            return String::new();
        };
        match self.place() {
            Some(name) => format!("; {phase} {name}"),
            None => format!("; {phase}"),
        }
    }

    /// The current chat, with its phone.
    fn place(&self) -> Option<String> {
        let (_, chat) = self.current?;
        self.chats.get(chat).map(short)
    }

    /// Prints a line above the bar, also where no bar is shown.
    fn print_line(&self, line: &str) {
        self.bar.suspend(|| {
            // stderr may be closed.
            let _ = writeln!(std::io::stderr(), "{line}");
        });
    }

    /// An operation has ended.
    fn advance(&mut self) {
        self.bar.inc(1);
        self.pace.done += 1;
        if let Some(last) = &mut self.lines
            && let Some(line) = self.pace.line(last, self.bytes, &(self.allowance)())
        {
            self.print_line(&line);
        }
        self.show();
    }

    /// The number of messages whose outcome is looked up has changed.
    fn wait(&mut self, wait: Wait) {
        let is_noticeable = wait.count > 0 && wait.wait >= NOTICEABLE;
        self.waiting = is_noticeable.then_some(wait);
        let now = self.pace.clock.elapsed();
        // A log without a line for a minute looks like a run that hangs.
        let is_due = match self.wait_line {
            None => true,
            Some((at, was_alone)) => {
                now.saturating_sub(at) >= INTERVAL || (wait.is_alone && !was_alone)
            }
        };
        if self.lines.is_some() && is_noticeable && is_due {
            self.wait_line = Some((now, wait.is_alone));
            self.print_line(&wait.message());
        }
        self.show();
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A name without controls, cut to the space that the line has for it.
fn short(name: &Content) -> String {
    let name = display_text::line(name.reveal());
    let mut characters = name.chars();
    let mut short: String = characters.by_ref().take(NAME).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

/// What an event is a part of, and its chat.
fn phase(event: &Event) -> Option<(&'static str, usize)> {
    match event {
        Event::ChatChecked { chat } => Some(("checking", *chat)),
        Event::Created { chat, .. } | Event::Found { chat, .. } => Some(("posting", *chat)),
        Event::Replaced { chat, .. } => Some(("moving", *chat)),
        Event::Updated { chat, .. } | Event::Gone { chat, .. } => Some(("changing", *chat)),
        Event::Deleted { chat, .. } => Some(("deleting", *chat)),
        _ => None,
    }
}

impl Events for Progress {
    fn event(&mut self, event: Event) {
        // The checks of later chats go on while an earlier one is posted.
        if self.pace.done == 0 || !matches!(event, Event::ChatChecked { .. }) {
            self.current = phase(&event).or(self.current);
        }
        match event {
            Event::Created { .. }
            | Event::Replaced { .. }
            | Event::Deleted { .. }
            | Event::Updated { .. }
            | Event::Gone { .. }
            | Event::Found { .. }
            | Event::Failed(_) => self.advance(),
            Event::Uploaded { bytes, .. } => {
                self.bytes += bytes;
                self.show();
            }
            Event::Settling {
                count,
                wait,
                is_alone,
            } => self.wait(Wait {
                count,
                wait,
                is_alone,
            }),
            Event::Outage => self.print_line(outage_message(true)),
            Event::Back => self.print_line(outage_message(false)),
            Event::Stopping => {
                if self.stop.is_requested() {
                    self.print_line(&stop_message());
                }
                self.is_stopping = true;
                self.show();
            }
            Event::ChatChecked { .. } => self.show(),
            Event::ChatHeld { .. }
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
    use super::*;
    use crate::close::testing::Manual;
    use crate::execute::Stopper;

    fn progress() -> Progress {
        let clock = Manual::gliding();
        let run = Started {
            messages: 40_797,
            chats: vec![
                Content::new("anna: Theo Marsh"),
                Content::new("anna: \u{1b}[31mA name that is far too long for one line"),
            ],
            stop: Stopper::new().1,
        };
        let mut progress = Progress::new(run, ProgressDisplay::Nothing, &clock.shared(), || {
            Allowance {
                per_second: 10.0,
                paused: Duration::ZERO,
                window: None,
            }
        });
        progress.pace.done = 12_236;
        clock.advance(Duration::from_secs(1224));
        progress
    }

    fn created(chat: usize) -> Event {
        Event::Created { chat, message: 0 }
    }

    #[test]
    fn line_names_phase_and_chat_in_80_columns() {
        let mut progress = progress();
        progress.event(created(0));
        let line = progress.message();
        assert_eq!(
            line,
            "12,237 of 40,797, 10.0/s, 48 min left; posting anna: Theo Marsh"
        );
        // The bar has ten columns, and a space follows it.
        assert!(line.chars().count() <= 80 - 11);
        progress.event(created(1));
        assert!(!progress.message().contains('\u{1b}'));
        assert!(
            progress
                .message()
                .ends_with("posting anna: [31mA name that is far…")
        );
    }

    /// The line stood still at "about 0.4 s left" while look-ups were waited for.
    #[test]
    fn line_names_a_wait_while_other_messages_proceed() {
        let mut progress = progress();
        let wait = |count, is_alone| Event::Settling {
            count,
            wait: Duration::from_secs(60),
            is_alone,
        };
        progress.event(wait(32, false));
        progress.event(created(0));
        let line = progress.message();
        assert_eq!(
            line,
            "12,237 of 40,797; 32 got no answer: asking Close, up to 60 s; anna: Theo Marsh"
        );
        assert!(line.chars().count() <= 80);
        // What is left may be these messages alone: their chat stays in the line.
        progress.event(wait(32, true));
        assert_eq!(progress.message(), line);
        progress.event(wait(0, false));
        assert!(progress.message().contains("10.0/s"));
    }
}
