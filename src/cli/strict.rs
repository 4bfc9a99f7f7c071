//! `--strict`: what may have been misread ends a command with exit status 3.
//!
//! Oddities, harmless ones aside ([`crate::chat::OddityKind::is_harmless`]), and archives in which
//! nothing settles the dates. Of chats that are left out or not selected nothing
//! is said: they are not imported.

use super::exit::Exit;
use super::out::Out;
use crate::chat::Chat;
use crate::plan::Plan;
use crate::report::count;
use crate::transform::desired::{Held, Standing};

/// What was found, in numbers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    lines: u64,
    open: u64,
}

impl Found {
    /// Adds what an archive has.
    pub(super) fn add(&mut self, chat: &Chat<'_>) {
        self.lines += u64::from(chat.odd_lines());
        self.open += u64::from(!chat.format.evidence.is_settled());
    }

    /// Adds what was found elsewhere.
    pub(super) fn join(&mut self, other: Found) {
        self.lines += other.lines;
        self.open += other.open;
    }

    /// What the chats of a plan have that are to be imported or held.
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let mut found = Found::default();
        for chat in plan.chats.iter().map(|planned| &planned.chat) {
            if !matches!(chat.standing, Standing::LeftOut(_)) {
                found.lines += u64::from(chat.odd_lines);
                found.open += u64::from(matches!(
                    chat.standing,
                    Standing::Held(Held::DateOrder | Held::NoYear)
                ));
            }
        }
        found
    }

    /// Says what was found, if it matters, and raises the exit status. `outcome` ends the
    /// sentence: what became of the command.
    pub(super) fn judge(self, strict: bool, exit: Exit, outcome: &str, out: &mut Out) -> Exit {
        if !strict || self == Found::default() {
            return exit;
        }
        let mut parts = Vec::new();
        if self.lines > 0 {
            let verb = if self.lines == 1 { "is" } else { "are" };
            parts.push(format!("{} {verb} odd", count(self.lines, "line")));
        }
        if self.open > 0 {
            parts.push(format!(
                "the dates of {} are not settled",
                count(self.open, "archive")
            ));
        }
        out.error(&format!(
            "--strict: {}; `chatferry inspect` lists them{outcome}",
            parts.join(", and ")
        ));
        exit.max(Exit::Partial)
    }
}
