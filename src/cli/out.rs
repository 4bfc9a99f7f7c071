//! The output streams: data on stdout, everything else on stderr.
//!
//! Everything that the program prints passes here, so that no control character of a name reaches a terminal
//! ([`display_text`]).

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

use super::layout::Stream;
use super::next_command::SameMigration;
use crate::app::Redactor;
use crate::display_text;
use crate::report::screen::{Page, State, Text};

/// The output streams of a command. Nothing else in the program prints.
pub(super) struct Out {
    stdout: io::BufWriter<io::Stdout>,
    stderr: io::Stderr,
    /// Whether the command prints details (`--details`).
    details: bool,
    /// The people whose names logs and files must not contain.
    redactor: Option<Arc<Redactor>>,
    /// What the commands that are named need to mean the same migration.
    same_migration: SameMigration,
    /// Whether errors are redacted before anybody is known to the redactor.
    hides_names: bool,
}

impl Out {
    /// The process's own streams.
    pub(super) fn standard() -> Self {
        Out {
            stdout: io::BufWriter::with_capacity(256 * 1024, io::stdout()),
            stderr: io::stderr(),
            details: false,
            redactor: None,
            same_migration: SameMigration::default(),
            hides_names: false,
        }
    }

    /// The same streams, for a command with or without `--details`.
    pub(super) fn with_details(self, details: bool) -> Self {
        Out { details, ..self }
    }

    /// The same streams, for a command whose flags select a migration.
    pub(super) fn with_migration(self, same_migration: SameMigration) -> Self {
        Out {
            same_migration,
            ..self
        }
    }

    /// Whether the command prints details.
    pub(super) fn details(&self) -> bool {
        self.details
    }

    /// Sets the people whose names are printed only at a terminal.
    pub(super) fn redact(&mut self, redactor: Option<Arc<Redactor>>) {
        let is_first = self.redactor.is_none();
        self.redactor = redactor;
        if is_first && self.redactor.is_some() && !self.is_terminal() {
            let shown_by = match self.same_migration.takes_show_content() {
                true => "`--show-content`",
                false => "a terminal",
            };
            self.note(&format!(
                "Names and numbers are redacted in this log; {shown_by} shows them."
            ));
        }
    }

    /// From now on errors contain no names of people, except at a terminal: for commands whose output is kept or sent.
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

    /// The text with the flags that select the same migration in each command that it names.
    pub(super) fn completed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.same_migration.complete(text)
    }

    /// From now on commands that are named have this address, unless the running one has one.
    pub(super) fn name_base_url(&mut self, url: &str) {
        self.same_migration.name_base_url(url);
    }

    /// The running command as it was typed, without these flags, which take no value.
    pub(super) fn typed(&self, without: &[&str]) -> String {
        self.same_migration.typed(without)
    }

    /// The text as it may be written to stderr.
    fn for_stderr(&self, text: &str) -> String {
        let text = self.completed(text);
        match self.is_terminal() {
            true => text.into_owned(),
            false => self.redacted(&text).into_owned(),
        }
    }

    /// Writes lines to stderr, each wrapped as a paragraph.
    fn lines(&mut self, text: &str, head: Option<(State, &str)>) {
        // Before it is split: a name may contain a line break.
        let text = self.for_stderr(text);
        let mut page = Page::new();
        for (index, line) in display_text::lines(&text).lines().enumerate() {
            match head.filter(|_| index == 0) {
                Some((state, head)) => page.hanging(Text::state(state, head).then(line), 2),
                None => page.line(line),
            }
        }
        self.write_stderr(&page.render(Stream::Stderr.layout(), &str::to_owned));
    }

    fn write_stderr(&mut self, text: &str) {
        // If stderr is closed, no one can be notified.
        let _ = writeln!(self.stderr, "{text}");
    }

    /// The stream for data that has no controls: tables, lines of `parse`, texts of the program alone. Flushed when the
    /// command ends.
    pub(super) fn data(&mut self) -> &mut impl Write {
        &mut self.stdout
    }

    /// Writes lines of data for people, each wrapped as a paragraph.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        let mut page = Page::new();
        page.lines(&display_text::lines(text));
        match page.is_empty() {
            true => writeln!(self.stdout),
            false => self.page(&page),
        }
    }

    /// Writes a page of data. Names in it are not redacted.
    pub(super) fn page(&mut self, page: &Page) -> io::Result<()> {
        let complete = |text: &str| self.completed(text).into_owned();
        let text = page.render(Stream::Stdout.layout(), &complete);
        writeln!(self.stdout, "{text}")
    }

    /// Writes a page of data that may be kept: names in it are redacted, except at a terminal.
    pub(super) fn kept_page(&mut self, page: &Page) -> io::Result<()> {
        if Stream::Stdout.is_terminal() {
            return self.page(page);
        }
        let redacted = |text: &str| self.redacted(&self.completed(text)).into_owned();
        let text = page.render(Stream::Stdout.layout(), &redacted);
        writeln!(self.stdout, "{text}")
    }

    /// Writes a page to stderr.
    pub(super) fn note_page(&mut self, page: &Page) {
        let text = page.render(Stream::Stderr.layout(), &|text| self.for_stderr(text));
        self.write_stderr(&text);
    }

    /// Writes a line of JSON, with escapes for controls: for programs, which must read what was there.
    pub(super) fn json(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{}", display_text::json(text))
    }

    /// Flushes all data.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Writes lines to stderr.
    pub(super) fn note(&mut self, text: &str) {
        self.lines(text, None);
    }

    /// Writes a warning.
    pub(super) fn warn(&mut self, text: &str) {
        self.lines(text, Some((State::Waiting, "warning: ")));
    }

    /// Writes an error.
    pub(super) fn error(&mut self, text: &str) {
        self.lines(text, Some((State::Bad, "error: ")));
    }

    /// Writes a prominent warning.
    pub(super) fn alarm(&mut self, text: &str) {
        let text = self.for_stderr(text);
        let mut page = Page::new();
        for line in display_text::lines(&text).lines() {
            page.line(Text::state(State::Bad, line));
        }
        self.write_stderr(&page.render(Stream::Stderr.layout(), &str::to_owned));
    }

    /// Writes a question, without a line end.
    pub(super) fn ask(&mut self, text: &str) {
        let text = display_text::lines(&self.for_stderr(text)).into_owned();
        let _ = write!(self.stderr, "{text}");
    }

    /// Whether stderr is a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        Stream::Stderr.is_terminal()
    }
}
