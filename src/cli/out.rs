//! The output streams: data on stdout, everything else on stderr.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use crate::app::Redactor;

/// The output streams of a command. Nothing else in the program prints.
pub(super) struct Out {
    stdout: io::BufWriter<io::Stdout>,
    stderr: io::Stderr,
    /// Whether stderr is a terminal that accepts colours.
    colour: bool,
    /// The people whose names logs and files must not contain.
    redactor: Option<Arc<Redactor>>,
}

impl Out {
    /// The process's own streams.
    pub(super) fn standard() -> Self {
        let stderr = io::stderr();
        // https://no-color.org: any value but the empty one turns colours off.
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the module that reads the environment"
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

    /// Sets the people whose names are printed only at a terminal.
    pub(super) fn redact(&mut self, redactor: Option<Arc<Redactor>>) {
        let is_first = self.redactor.is_none();
        self.redactor = redactor;
        if is_first && self.redactor.is_some() && !self.is_terminal() {
            self.note("Names and numbers are redacted in this log; --show-content shows them.");
        }
    }

    /// The text as it may be written to a file.
    pub(super) fn redacted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.redactor {
            Some(redactor) => redactor.redact(text),
            None => text.into(),
        }
    }

    /// The text as it may be written to stderr.
    fn for_stderr<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.is_terminal() {
            true => text.into(),
            false => self.redacted(text),
        }
    }

    /// The stream for data. Flushed when the command ends.
    pub(super) fn data(&mut self) -> &mut impl Write {
        &mut self.stdout
    }

    /// Writes a line of data.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{}", printable(text))
    }

    /// Writes a line of JSON unchanged. For programs, not for a terminal: its content must not be altered.
    pub(super) fn json(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{text}")
    }

    /// Flushes all data.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Writes a line to stderr.
    pub(super) fn note(&mut self, text: &str) {
        // If stderr is closed, no one can be notified.
        let _ = writeln!(self.stderr, "{}", printable(&self.for_stderr(text)));
    }

    /// Writes a warning.
    pub(super) fn warn(&mut self, text: &str) {
        let head = self.paint("33", "warning:");
        let _ = writeln!(self.stderr, "{head} {}", printable(&self.for_stderr(text)));
    }

    /// Writes an error.
    pub(super) fn error(&mut self, text: &str) {
        let head = self.paint("31", "error:");
        let _ = writeln!(self.stderr, "{head} {}", printable(&self.for_stderr(text)));
    }

    /// Writes a prominent warning.
    pub(super) fn alarm(&mut self, text: &str) {
        let text = self.paint("31", &printable(&self.for_stderr(text)));
        let _ = writeln!(self.stderr, "{text}");
    }

    /// Writes a question, without a line end.
    pub(super) fn ask(&mut self, text: &str) {
        let _ = write!(self.stderr, "{}", printable(&self.for_stderr(text)));
    }

    /// Whether stderr is a terminal.
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
