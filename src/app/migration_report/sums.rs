//! The numbers of a chat, from the lines of its archives to the messages in Close. That they add up is
//! asserted.

use crate::app::error::{Error, Exit, Result};
use crate::plan::{PlannedChat, Totals};

/// Numbers of messages, unless stated otherwise. They add up: read = seen again + left out + held +
/// desired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// The number of chats.
    pub(crate) chats: u64,
    /// The number of archives.
    pub(crate) archives: u64,
    /// The number of lines of all transcripts; native archives have none.
    pub(crate) lines: u64,
    /// Messages in all archives.
    pub(crate) read: u64,
    /// Copies in another archive of the same chat.
    pub(crate) seen_again: u64,
    /// Distinct messages that a rule leaves out.
    pub(crate) left_out: u64,
    /// Distinct messages of held chats.
    pub(crate) held: u64,
    /// Messages in Close, as far as recorded.
    pub(crate) in_close: u64,
    /// The number among `in_close` that an import would change.
    pub(crate) to_change: u64,
    /// Removed in Close and not posted again.
    pub(crate) removed: u64,
    /// Messages that Close rejected.
    pub(crate) failed: u64,
    /// Messages whose request has no known outcome.
    pub(crate) unknown: u64,
    /// Messages that are not in Close yet.
    pub(crate) to_post: u64,
    /// Left alone until a person decides.
    pub(crate) undecided: u64,
}

impl Sums {
    /// The sums of a planned chat. `lines`: of its archives; `failed`: its messages that Close rejected.
    pub(super) fn of(planned: &PlannedChat, lines: u64, failed: u64) -> Sums {
        let totals = Totals::of_chat(planned);
        Sums {
            chats: 1,
            archives: planned.chat.archives.len() as u64,
            lines,
            read: totals.read,
            seen_again: totals.seen_again,
            left_out: totals.skipped(),
            held: totals.held,
            in_close: totals.unchanged - totals.gone + totals.update + totals.replace,
            to_change: totals.update + totals.replace,
            removed: totals.gone,
            failed,
            unknown: totals.settle,
            to_post: (totals.create).saturating_sub(failed + totals.settle),
            undecided: totals.undecided,
        }
    }

    /// Distinct messages.
    pub(crate) fn distinct(&self) -> u64 {
        self.read.saturating_sub(self.seen_again)
    }

    /// Messages that belong in Close.
    pub(crate) fn desired(&self) -> u64 {
        self.in_close + self.removed + self.failed + self.unknown + self.to_post + self.undecided
    }

    /// Adds another sums.
    pub(super) fn add(&mut self, other: &Sums) {
        let Sums {
            chats,
            archives,
            lines,
            read,
            seen_again,
            left_out,
            held,
            in_close,
            to_change,
            removed,
            failed,
            unknown,
            to_post,
            undecided,
        } = other;
        self.chats += chats;
        self.archives += archives;
        self.lines += lines;
        self.read += read;
        self.seen_again += seen_again;
        self.left_out += left_out;
        self.held += held;
        self.in_close += in_close;
        self.to_change += to_change;
        self.removed += removed;
        self.failed += failed;
        self.unknown += unknown;
        self.to_post += to_post;
        self.undecided += undecided;
    }

    /// Checks that every message is in one column.
    ///
    /// # Errors
    ///
    /// An internal error.
    pub(super) fn check(&self) -> Result<()> {
        match self.distinct() == self.left_out + self.held + self.desired() {
            true => Ok(()),
            false => Err(not_adding_up("messages = left out + held + desired")),
        }
    }
}

/// The error of numbers that do not add up.
pub(super) fn not_adding_up(what: &str) -> Error {
    Error::with(
        Exit::Internal,
        format!(
            "the numbers of the report do not add up ({what}); this is a bug in chatferry, and no report was written"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_message_is_an_error() {
        let mut sums = Sums {
            read: 10,
            seen_again: 1,
            left_out: 2,
            held: 1,
            in_close: 3,
            to_post: 3,
            ..Sums::default()
        };
        assert!(sums.check().is_ok());
        sums.failed = 1;
        assert!(sums.check().is_err());
    }
}
