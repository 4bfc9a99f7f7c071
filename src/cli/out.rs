//! The two ways out: data on stdout, everything else on stderr.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use crate::app::Redactor;

/// Where a command writes. Nothing else in the program prints.
pub(super) struct Out {
    stdout: io::BufWriter<io::Stdout>,
    stderr: io::Stderr,
    /// True when stderr is a terminal and colours are wanted.
    colour: bool,
    /// Whom a log or a file must not name.
    redactor: Option<Arc<Redactor>>,
}

impl Out {
    /// The process's own streams.
    pub(super) fn standard() -> Self {
        let stderr = io::stderr();
        // https://no-color.org: any value but the empty one turns colours off.
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the room that reads the environment"
        )]
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = stderr.is_terminal() && !plain;
        Out {
            stdout: io::BufWriter::with_capacity(256 * 1024, io::stdout()),
            stderr,
            colour,
            redactor: None,
        }
    }

    /// Sets whose names are printed only to a person at a terminal from now on.
    pub(super) fn redact(&mut self, redactor: Option<Arc<Redactor>>) {
        let is_first = self.redactor.is_none();
        self.redactor = redactor;
        if is_first && self.redactor.is_some() && !self.is_terminal() {
            self.note("Names and numbers are left out of this log; --show-content puts them in.");
        }
    }

    /// The text as a file may hold it.
    pub(super) fn redacted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.redactor {
            Some(redactor) => redactor.redact(text),
            None => text.into(),
        }
    }

    /// The text as it goes to stderr.
    fn told<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.is_terminal() {
            true => text.into(),
            false => self.redacted(text),
        }
    }

    /// Where data goes. Flushed when the command ends.
    pub(super) fn data(&mut self) -> &mut impl Write {
        &mut self.stdout
    }

    /// Writes a line of data.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{}", printable(text))
    }

    /// Writes a line of JSON as it is. For a program, not for a terminal: what it says must not
    /// be changed.
    pub(super) fn json(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{text}")
    }

    /// Brings all data out.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Writes a line to the person at the terminal.
    pub(super) fn note(&mut self, text: &str) {
        // When even stderr is gone nobody is left to tell.
        let _ = writeln!(self.stderr, "{}", printable(&self.told(text)));
    }

    /// Writes a warning.
    pub(super) fn warn(&mut self, text: &str) {
        let head = self.paint("33", "warning:");
        let _ = writeln!(self.stderr, "{head} {}", printable(&self.told(text)));
    }

    /// Writes an error.
    pub(super) fn error(&mut self, text: &str) {
        let head = self.paint("31", "error:");
        let _ = writeln!(self.stderr, "{head} {}", printable(&self.told(text)));
    }

    /// Writes a warning that must not be overlooked.
    pub(super) fn alarm(&mut self, text: &str) {
        let text = self.paint("31", &printable(&self.told(text)));
        let _ = writeln!(self.stderr, "{text}");
    }

    /// Writes a question, without a line end.
    pub(super) fn ask(&mut self, text: &str) {
        let _ = write!(self.stderr, "{}", printable(&self.told(text)));
    }

    /// True when a person is looking at stderr.
    pub(super) fn is_terminal(&self) -> bool {
        self.stderr.is_terminal()
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[1;{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Names come from archives: control characters in them must not reach a terminal.
fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        text.chars()
            .map(|c| {
                if c.is_control() && c != '\n' {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect::<String>()
            .into()
    } else {
        text.into()
    }
}
