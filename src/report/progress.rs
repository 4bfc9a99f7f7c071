//! Progress of a run from its events: one line with a bar on a terminal, else a line every ten seconds.
//!
//! A name in the line is of a chat that is not private, and only on a terminal.

mod pace;
mod reading;
mod ticker;
mod waits;

use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use self::pace::{INTERVAL, Pace};
pub(crate) use self::reading::Reading;
use self::ticker::Ticker;
use self::waits::{LookUps, is_long, phrase};
use crate::app::outage_message;
use crate::clock::SharedClock;
use crate::close::{Allowance, Wait};
use crate::display_text;
use crate::execute::{Event, Events, Limits, Stop};
use crate::quantity::number;
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
    /// Returns the rate that Close permits at that moment.
    pub allowance: Box<dyn Fn() -> Allowance + Send>,
    /// Returns what the run waits for at that moment.
    pub waits: Box<dyn Fn() -> Option<Wait> + Send>,
    /// Lays out a line above the bar, or of a log, for the width of the terminal.
    pub wrap: Box<dyn Fn(&str) -> String + Send>,
}

/// Displays the progress of a run on stderr.
pub struct Progress {
    line: Arc<Mutex<Line>>,
    /// `None` where nothing is displayed.
    _ticker: Option<Ticker>,
}

impl Progress {
    /// Begins to display the progress of a run.
    pub fn new(run: Started, shown: ProgressDisplay, clock: &SharedClock) -> Self {
        let line = Arc::new(Mutex::new(Line::new(run, shown, clock)));
        let ticked = Arc::clone(&line);
        let ticker = (shown != ProgressDisplay::Nothing)
            .then(|| Ticker::start(move || lock(&ticked).tick()));
        Progress {
            line,
            _ticker: ticker,
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        lock(&self.line).bar.finish_and_clear();
    }
}

/// What draws the line cannot panic half-way through a change of it.
fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The line and what it shows.
struct Line {
    bar: ProgressBar,
    /// Whether the line has a bar.
    has_bar: bool,
    bytes: u64,
    pace: Pace,
    /// What is done at present, and the index of the chat.
    current: Option<(&'static str, usize)>,
    chats: Vec<Content>,
    waiting: Option<LookUps>,
    is_stopping: bool,
    /// Time of the last line, where lines are shown.
    lines: Option<Duration>,
    /// Time of the last line about look-ups, and whether the run waited for them alone.
    wait_line: Option<(Duration, bool)>,
    /// Time of the last line about another wait.
    other_wait_line: Option<Duration>,
    stop: Stop,
    allowance: Box<dyn Fn() -> Allowance + Send>,
    waits: Box<dyn Fn() -> Option<Wait> + Send>,
    wrap: Box<dyn Fn(&str) -> String + Send>,
}

impl Line {
    fn new(run: Started, shown: ProgressDisplay, clock: &SharedClock) -> Line {
        let bar = match shown {
            ProgressDisplay::Bar => ProgressBar::new(run.messages),
            ProgressDisplay::Lines | ProgressDisplay::Nothing => ProgressBar::hidden(),
        };
        let now = clock.elapsed();
        let mut line = Line {
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
            other_wait_line: None,
            stop: run.stop,
            allowance: run.allowance,
            waits: run.waits,
            wrap: run.wrap,
        };
        line.show();
        line
    }

    /// A second has passed.
    fn tick(&mut self) {
        if self.bar.is_finished() {
            return;
        }
        if let Some(line) = self.wait_to_name() {
            self.print_line(&line);
        }
        self.show();
    }

    /// The line of a log about a wait that has none yet, or that is as long as the interval between two lines.
    fn wait_to_name(&mut self) -> Option<String> {
        self.lines?;
        let wait = (self.waits)().filter(|wait| is_long(*wait))?;
        let now = self.pace.clock.elapsed();
        let is_due = |last: Duration| now.saturating_sub(last) >= INTERVAL;
        if !self.other_wait_line.is_none_or(is_due) {
            return None;
        }
        self.other_wait_line = Some(now);
        Some(format!(
            "{} messages; {}",
            self.pace.position(),
            phrase(wait)
        ))
    }

    /// Draws the line again.
    fn show(&mut self) {
        if self.bar.is_hidden() {
            return;
        }
        let wait = (self.waits)();
        let has_bar = self.waiting.is_none() && wait.is_none();
        if self.has_bar != has_bar {
            self.has_bar = has_bar;
            let template = if has_bar { WITH_BAR } else { WITHOUT_BAR };
            // The templates are constants; an invalid one would show plain numbers.
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style);
            }
        }
        self.bar.set_message(self.message(wait));
    }

    /// The line behind the bar, or in its place while something is waited for.
    fn message(&self, wait: Option<Wait>) -> String {
        if self.is_stopping {
            return "stopping: requests in progress are finished first".to_owned();
        }
        let position = self.pace.position();
        // Without the time left, which a wait may exceed.
        let waits_for = match (self.waiting, wait) {
            (Some(wait), _) => Some(format!(
                "{} got no answer: asking Close, up to {} s",
                number(wait.count as u64),
                wait.seconds(),
            )),
            (None, wait) => wait.map(phrase),
        };
        if let Some(waits_for) = waits_for {
            let place = self.place();
            let place = place.map_or_else(String::new, |name| format!("; {name}"));
            return format!("{position}; {waits_for}{place}");
        }
        let mut parts = vec![position];
        parts.extend(self.pace.rate().map(|rate| format!("{rate:.1}/s")));
        parts.extend(self.pace.left(&(self.allowance)()));
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
        let line = (self.wrap)(line);
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
    fn look_up(&mut self, wait: LookUps) {
        let is_noticeable = wait.is_noticeable();
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
        lock(&self.line).event(event);
    }
}

impl Line {
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
            } => self.look_up(LookUps {
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
mod tests;
