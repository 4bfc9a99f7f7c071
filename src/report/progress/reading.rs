//! The line of a command that reads from Close before it has something to show: the phone and the chat that it reads.
//!
//! At a terminal it is drawn at once and removed when something else is printed; a log has a line after two seconds, then one
//! every ten.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::pace::INTERVAL;
use super::waits::phrase;
use super::{ProgressDisplay, WITHOUT_BAR, short};
use crate::clock::SharedClock;
use crate::close::Wait;
use crate::transform::desired::Content;

/// The time without a line in a log.
const SILENCE: Duration = Duration::from_secs(2);

/// Displays which chat is read from Close at present.
pub(crate) struct Reading {
    shown: ProgressDisplay,
    clock: SharedClock,
    /// The line at a terminal.
    bar: Option<ProgressBar>,
    /// When a log may have the next line.
    due: Duration,
    /// The chat that is read.
    chat: String,
}

impl Reading {
    /// A display of nothing yet. A log gets its first line after two seconds.
    pub(crate) fn new(shown: ProgressDisplay, clock: &SharedClock) -> Reading {
        Reading {
            shown,
            bar: None,
            due: clock.elapsed() + SILENCE,
            chat: String::new(),
            clock: SharedClock::clone(clock),
        }
    }

    /// Displays that this chat is read. At a terminal it draws the line and returns `None`; for a
    /// log it returns the line, or `None` if the last one is too recent.
    pub(crate) fn at(&mut self, chat: &Content) -> Option<String> {
        self.chat = match self.shown {
            ProgressDisplay::Bar => short(chat),
            ProgressDisplay::Lines | ProgressDisplay::Nothing => chat.reveal().to_owned(),
        };
        self.show(None)
    }

    /// Displays what the reading of this chat waits for, as [`Reading::at`] displays the chat.
    pub(crate) fn waits(&mut self, wait: Option<Wait>) -> Option<String> {
        self.show(Some(wait?))
    }

    fn show(&mut self, wait: Option<Wait>) -> Option<String> {
        let mut message = "Reading from Close".to_owned();
        if !self.chat.is_empty() {
            message.push_str(&format!(": {}", self.chat));
        }
        if let Some(wait) = wait {
            message.push_str(&format!("; {}", phrase(wait)));
        }
        match self.shown {
            ProgressDisplay::Nothing => None,
            ProgressDisplay::Bar => {
                let bar = self.bar.get_or_insert_with(|| {
                    let bar = ProgressBar::new_spinner();
                    // The template is a constant; an invalid one would show plain numbers.
                    match ProgressStyle::with_template(WITHOUT_BAR) {
                        Ok(style) => bar.with_style(style),
                        Err(_) => bar,
                    }
                });
                bar.set_message(message);
                None
            }
            ProgressDisplay::Lines => {
                let now = self.clock.elapsed();
                if now < self.due {
                    return None;
                }
                self.due = now + INTERVAL;
                Some(message)
            }
        }
    }

    /// Removes the line from the terminal; a log keeps its lines.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::close::testing::Manual;

    /// An import of 15 leads at 5 requests a second printed nothing for 9 seconds.
    #[test]
    fn log_has_a_line_within_three_seconds() {
        let clock = Manual::gliding();
        let mut reading = Reading::new(ProgressDisplay::Lines, &clock.shared());
        let mut lines = Vec::new();
        for second in 1..=13 {
            clock.advance(Duration::from_secs(1));
            let chat = Content::new(format!("anna: {second}"));
            lines.extend(reading.at(&chat));
        }
        assert_eq!(
            lines,
            [
                "Reading from Close: anna: 2",
                "Reading from Close: anna: 12"
            ]
        );
    }

    #[test]
    fn line_names_what_the_chat_waits_for() {
        let clock = Manual::gliding();
        let mut reading = Reading::new(ProgressDisplay::Lines, &clock.shared());
        let pause = Some(Wait::Pause(Duration::from_secs(30)));
        clock.advance(Duration::from_secs(2));
        let line = "Reading from Close; Close requires a wait of 30 s";
        assert_eq!(reading.waits(pause).as_deref(), Some(line));
        assert_eq!(reading.at(&Content::new("anna: Theo")), None);
        clock.advance(Duration::from_secs(10));
        assert_eq!(reading.waits(None), None);
        let wait = Some(Wait::Response(Duration::from_secs(4)));
        assert_eq!(
            reading.waits(wait).as_deref(),
            Some("Reading from Close: anna: Theo; no response from Close for 4 s")
        );
    }

    #[test]
    fn quiet_command_has_no_line() {
        let clock = Manual::gliding();
        let mut reading = Reading::new(ProgressDisplay::Nothing, &clock.shared());
        clock.advance(Duration::from_secs(60));
        assert_eq!(reading.at(&Content::new("anna: Theo")), None);
    }
}
