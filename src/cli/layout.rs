//! The layout of the two output streams, from the terminal and the environment.

use std::io::IsTerminal;

use console::Term;

use crate::report::screen::{Layout, Width};

/// One of the two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    /// Whether it is a terminal.
    pub(super) fn is_terminal(self) -> bool {
        match self {
            Stream::Stdout => std::io::stdout().is_terminal(),
            Stream::Stderr => std::io::stderr().is_terminal(),
        }
    }

    /// Its layout.
    pub(super) fn layout(self) -> Layout {
        let is_terminal = self.is_terminal();
        let size = is_terminal.then(|| {
            let terminal = match self {
                Stream::Stdout => Term::stdout(),
                Stream::Stderr => Term::stderr(),
            };
            terminal.size_checked().map_or(0, |(_, columns)| columns)
        });
        Layout {
            width: width(size, variable("COLUMNS").as_deref()),
            has_colours: has_colours(is_terminal),
            isolates: is_terminal || is_forced(),
        }
    }
}

/// The width: of the terminal, else that of COLUMNS. A terminal without a size (0) has 80 columns.
fn width(terminal: Option<u16>, columns: Option<&str>) -> Width {
    let stated = columns.and_then(|columns| columns.trim().parse().ok());
    let stated = stated.filter(|columns: &usize| *columns > 0);
    match terminal.map(usize::from) {
        Some(columns) if columns > 0 => Width::Columns(columns),
        Some(_) => Width::Columns(stated.unwrap_or(80)),
        None => stated.map_or(Width::Unlimited, Width::Columns),
    }
}

/// Whether colours are printed: <https://no-color.org> before <https://bixense.com/clicolors>.
fn has_colours(is_terminal: bool) -> bool {
    // Any value but the empty one turns colours off.
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return false;
    }
    if is_forced() {
        return true;
    }
    let is_off = variable("CLICOLOR").is_some_and(|value| value == "0");
    is_terminal && !is_off && variable("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// Whether output is made for a terminal although it goes elsewhere.
fn is_forced() -> bool {
    variable("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0")
}

#[expect(
    clippy::disallowed_methods,
    reason = "this module and the environment's read the environment"
)]
fn variable(name: &str) -> Option<String> {
    Some(std::env::var_os(name)?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_of_terminal_outweighs_the_environment() {
        for (terminal, columns, expected) in [
            (Some(100), Some("60"), Width::Columns(100)),
            (Some(0), Some("60"), Width::Columns(60)),
            (Some(0), None, Width::Columns(80)),
            (None, Some("60"), Width::Columns(60)),
            (None, Some("wide"), Width::Unlimited),
            (None, Some("0"), Width::Unlimited),
            (None, None, Width::Unlimited),
        ] {
            assert_eq!(width(terminal, columns), expected);
        }
    }
}
