//! Lines and dates that may have been misread (`--strict`).
//!
//! Counted: oddities other than harmless ones ([`crate::chat::OddityKind::is_harmless`]), and archives
//! whose date order is not determined. Chats that are left out do not count: they are not imported.

use std::fmt;

use super::Exit;
use crate::chat::Chat;
use crate::plan::Plan;
use crate::quantity::count;
use crate::transform::desired::{Decision, Held};

/// The numbers of lines, and of archives by their date order, that may have been misread.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Misread {
    lines: u64,
    archives: u64,
}

impl Misread {
    /// Adds the counts of an archive's chat.
    pub fn add(&mut self, chat: &Chat<'_>) {
        self.lines += u64::from(chat.odd_lines());
        self.archives += u64::from(!chat.format.evidence.is_settled());
    }

    /// Adds the counts of other archives.
    pub fn join(&mut self, other: Misread) {
        self.lines += other.lines;
        self.archives += other.archives;
    }

    /// The counts of the chats of a plan that are imported or held.
    pub fn of_plan(plan: &Plan) -> Self {
        let mut found = Misread::default();
        for chat in plan.chats.iter().map(|planned| &planned.chat) {
            if !matches!(chat.standing, Decision::LeftOut(_)) {
                found.lines += u64::from(chat.odd_lines);
                found.archives += u64::from(matches!(
                    chat.standing,
                    Decision::Held(Held::DateOrder | Held::NoYear)
                ));
            }
        }
        found
    }

    /// Whether nothing was misread.
    pub fn is_none(&self) -> bool {
        *self == Misread::default()
    }

    /// The exit status of a command with `--strict` that would end with `exit`.
    pub fn exit(&self, exit: Exit) -> Exit {
        match self.is_none() {
            true => exit,
            false => exit.max(Exit::Partial),
        }
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lines > 0 {
            let verb = match self.lines {
                1 => "is",
                _ => "are",
            };
            write!(f, "{} {verb} doubtful", count(self.lines, "line"))?;
        }
        if self.lines > 0 && self.archives > 0 {
            f.write_str(", and ")?;
        }
        if self.archives > 0 {
            let archives = count(self.archives, "archive");
            write!(f, "the date order of {archives} could not be determined")?;
        }
        Ok(())
    }
}
