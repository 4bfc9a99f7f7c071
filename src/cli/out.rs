//! The output streams: data on stdout, everything else on stderr.
//!
//! Everything that the program prints passes here, so that no control character of a name reaches a terminal
//! ([`display_text`]).

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use crate::app::Redactor;
use crate::display_text;

/// The output streams of a command. Nothing else in the program prints.
pub(super) struct Out {
    stdout: io::BufWriter<io::Stdout>,
    stderr: io::Stderr,
    /// Whether stderr is a terminal that accepts colours.
    colour: bool,
    /// The people whose names logs and files must not contain.
    redactor: Option<Arc<Redactor>>,
    /// Whether errors are redacted before anybody is known to the redactor.
    hides_names: bool,
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
            hides_names: false,
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

    /// From now on errors name nobody, except at a terminal: for commands whose output is kept or sent.
    pub(super) fn hide_names(&mut self) {
        self.hides_names = true;
    }

    /// Redacts the people of an error, if the command hides names and has no redactor yet.
    pub(super) fn redact_error(&mut self, people: &[(String, String)]) {
        if self.hides_names && self.redactor.is_none() && !people.is_empty() {
            self.redact(Redactor::new(people.iter().cloned()).map(Arc::new));
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
    fn for_stderr(&self, text: &str) -> String {
        match self.is_terminal() {
            true => display_text::lines(text).into_owned(),
            false => display_text::lines(&self.redacted(text)).into_owned(),
        }
    }

    /// The stream for data that has no controls: tables, lines of `parse`, texts of the program alone. Flushed when the
    /// command ends.
    pub(super) fn data(&mut self) -> &mut impl Write {
        &mut self.stdout
    }

    /// Writes a line of data.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{}", display_text::lines(text))
    }

    /// Writes a line of JSON, with escapes for controls: for programs, which must read what was there.
    pub(super) fn json(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{}", display_text::json(text))
    }

    /// Flushes all data.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Writes a line to stderr.
    pub(super) fn note(&mut self, text: &str) {
        // If stderr is closed, no one can be notified.
        let _ = writeln!(self.stderr, "{}", self.for_stderr(text));
    }

    /// Writes a warning.
    pub(super) fn warn(&mut self, text: &str) {
        let head = self.paint("33", "warning:");
        let _ = writeln!(self.stderr, "{head} {}", self.for_stderr(text));
    }

    /// Writes an error.
    pub(super) fn error(&mut self, text: &str) {
        let head = self.paint("31", "error:");
        let _ = writeln!(self.stderr, "{head} {}", self.for_stderr(text));
    }

    /// Writes a prominent warning.
    pub(super) fn alarm(&mut self, text: &str) {
        let text = self.paint("31", &self.for_stderr(text));
        let _ = writeln!(self.stderr, "{text}");
    }

    /// Writes a question, without a line end.
    pub(super) fn ask(&mut self, text: &str) {
        let _ = write!(self.stderr, "{}", self.for_stderr(text));
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
