//! Flags of the commands that look at runs and undo them.

use clap::Args;

use super::Configured;
use crate::ids::LeadId;
use crate::plan::Selection;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry undo --run latest --dry-run\n  chatferry undo --run 3\n  chatferry undo --chat \"Ben Cooper\"\n  chatferry undo --leads"
)]
pub(in crate::cli) struct Undo {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Only what this run created: its number, the beginning of its plan digest, or `latest`, the last import
    /// [default: every run].
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) run: Option<String>,
    /// Only this device.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Only chats of this name.
    #[arg(long, value_name = "NAME")]
    chat: Option<String>,
    /// Only this lead.
    #[arg(long, value_name = "ID")]
    lead: Option<LeadId>,
    /// Delete at most this many messages, the newest of each lead first.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
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
        Selection {
            device: self.device.clone(),
            chat: self.chat.clone(),
            lead: self.lead.clone(),
            limit: self.limit,
            ..Selection::default()
        }
    }

    /// The flags that select the same messages in another command, each after a blank. `word` quotes a value.
    pub(in crate::cli) fn flags(&self, word: &dyn Fn(&str) -> String) -> String {
        let mut flags = String::new();
        let values = [
            ("--run", self.run.clone()),
            ("--device", self.device.clone()),
            ("--chat", self.chat.clone()),
            ("--lead", self.lead.as_ref().map(ToString::to_string)),
            ("--limit", self.limit.map(|limit| limit.to_string())),
        ];
        for (flag, value) in values {
            if let Some(value) = value {
                flags.push_str(&format!(" {flag} {}", word(&value)));
            }
        }
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
