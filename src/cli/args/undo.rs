//! Flags of the commands that look at runs and undo them.

use clap::Args;

use super::selected::replace_help;
use super::{Configured, Selected};
use crate::plan::Selection;

#[derive(Debug, Args)]
#[command(
    mut_args(|flag| replace_help(flag, &[("lead", "Only this lead"), ("limit", "Delete at most this many messages, the newest of each lead first")])),
    after_help = "Examples:\n  chatferry undo --run latest --dry-run\n  chatferry undo --run 3\n  chatferry undo --chat \"Ben Cooper\"\n  chatferry undo --leads"
)]
pub(in crate::cli) struct Undo {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Only what this run created: its number, the beginning of its plan digest, or `latest`, the last import
    /// [default: every run].
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) run: Option<String>,
    #[command(flatten)]
    selected: Selected,
    /// Also delete leads that `match --create-missing` created, if they hold nothing else.
    #[arg(long)]
    pub(in crate::cli) leads: bool,
    /// Show what would be deleted and what stays, and write nothing.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Skip the confirmation before the first deletion. Required without a terminal.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

impl Undo {
    /// The selection of messages.
    pub(in crate::cli) fn selection(&self) -> Selection {
        self.selected.selection()
    }

    /// The flags that select the same messages in another command, each after a blank. `word` quotes a value.
    pub(in crate::cli) fn flags(&self, word: &dyn Fn(&str) -> String) -> String {
        let mut flags = String::new();
        if let Some(run) = &self.run {
            flags.push_str(&format!(" --run {}", word(run)));
        }
        flags.push_str(&self.selected.flags(word));
        if self.leads {
            flags.push_str(" --leads");
        }
        flags
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry forget --phone +353861234501 --dry-run\n  chatferry forget --phone +353861234501"
)]
pub(in crate::cli) struct Forget {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// The number of the person, with + and the country code.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) phone: String,
    /// Show what would be deleted and what cannot be removed here, and write nothing.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Skip the confirmation before the first deletion. Required without a terminal.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Print the receipt as one JSON object on stdout.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chatferry runs\n  chatferry runs --json")]
pub(in crate::cli) struct Runs {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Print each run as one JSON object per line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
