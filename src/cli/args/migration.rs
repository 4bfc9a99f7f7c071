//! Flags of the commands on a configured migration.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::Selected;
use super::selected::replace_help;
use crate::policy::Gone;

/// The configuration and its overrides.
#[derive(Debug, Args)]
pub(in crate::cli) struct Configured {
    /// The configuration [default: chatferry.toml]
    #[arg(long, value_name = "F")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The base URL of Close's API; overrides CLOSE_BASE_URL and the configuration.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) base_url: Option<String>,
    /// A file with the API key; overrides CLOSE_API_KEY.
    #[arg(long, value_name = "F")]
    pub(in crate::cli) api_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry plan\n  chatferry plan --offline --chat \"Ben Cooper\"\n  chatferry plan --out plan.jsonl"
)]
pub(in crate::cli) struct Plan {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    #[command(flatten)]
    pub(in crate::cli) selected: Selected,
    /// Print one summary object on stdout as the last line.
    #[arg(long, conflicts_with = "payloads")]
    pub(in crate::cli) json: bool,
    /// Print the activities as JSON lines in posting order. They contain message texts.
    #[arg(long)]
    pub(in crate::cli) payloads: bool,
    /// Plan without Close's lists; needs no key.
    #[arg(long)]
    pub(in crate::cli) offline: bool,
    /// Set what happens to messages that were removed in Close, for this run.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(in crate::cli) gone: Option<GoneArgument>,
    /// Continue with chats that would change although they were imported completely.
    #[arg(long)]
    pub(in crate::cli) accept_unsteady: bool,
    /// Also write the plan to this file, for `import --plan`. It contains no texts and no names.
    #[arg(long, value_name = "FILE", conflicts_with = "payloads")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Exit with status 3 if a line may have been misread, or a date order could not be determined.
    #[arg(long)]
    pub(in crate::cli) strict: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry import --pilot\n  chatferry import --limit 20\n  chatferry import --yes --quiet 2> import.log\n  chatferry import --plan plan.jsonl\n  chatferry import --retry-failed"
)]
pub(in crate::cli) struct Import {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    #[command(flatten)]
    pub(in crate::cli) selected: Selected,
    /// Skip the confirmation before the first write. Required without a terminal.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Carry out the plan of this file, created by `plan --out`; refused if anything has changed since.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device", "chat", "lead", "limit"])]
    pub(in crate::cli) plan: Option<PathBuf>,
    /// Set what happens to messages that were removed in Close, for this run.
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "plan")]
    pub(in crate::cli) gone: Option<GoneArgument>,
    /// Continue with chats that would change although they were imported completely.
    #[arg(long)]
    pub(in crate::cli) accept_unsteady: bool,
    /// Allow up to N deletions in Close, including those of replaced messages.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(in crate::cli) allow_deletes: u64,
    /// Exit with status 3 if a line may have been misread, or a date order could not be determined; nothing is sent
    /// then.
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Raise the pace step by step, up to N requests per second and endpoint, if Close reports no budget.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_rate: Option<f64>,
    /// Post one text, one message with a file and one reply of each device, read them back and compare
    /// them.
    #[arg(long, conflicts_with_all = ["plan", "retry_failed"])]
    pub(in crate::cli) pilot: bool,
    /// With --pilot: post messages of chatferry's own with one external id, to find out where Close keeps ids unique,
    /// and delete them again.
    #[arg(long, requires = "pilot")]
    pub(in crate::cli) probe: bool,
    /// Retry only what an earlier run failed to do (failures.csv), once its cause is corrected.
    #[arg(long, conflicts_with = "plan")]
    pub(in crate::cli) retry_failed: bool,
    /// Print neither plan nor progress: only problems and the result.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    /// Show names and numbers also if stderr is not a terminal; by default, chats are numbered in logs.
    #[arg(long)]
    pub(in crate::cli) show_content: bool,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry match --dry-run\n  chatferry match --address-book contacts.vcf\n  chatferry match --address-book anna.vcf --device anna\n  chatferry match --create-missing --dry-run\n  chatferry match --add-numbers --dry-run"
)]
#[command(group(ArgGroup::new("writes").multiple(true).args(["create_missing", "add_numbers"])))]
pub(in crate::cli) struct Match {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// An address book of the phone, for numbers that contacts.csv lacks: .vcf, or CSV of Google Contacts
    /// or Outlook. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) address_book: Vec<PathBuf>,
    /// The device of the address book, if there are several.
    #[arg(long, value_name = "NAME", requires = "address_book")]
    pub(in crate::cli) device: Option<String>,
    /// Create lead and contact for rows with `create` in the column import, if no contact in Close has the
    /// number; once per number, also after an interruption.
    #[arg(long)]
    pub(in crate::cli) create_missing: bool,
    /// Add the phone of each row to the contact that it names (contact_id), if the contact in Close lacks the
    /// number, so that the next live message finds the contact.
    #[arg(long)]
    pub(in crate::cli) add_numbers: bool,
    /// Skip the confirmation before the first write to Close. Required without a terminal.
    #[arg(long, requires = "writes")]
    pub(in crate::cli) yes: bool,
    /// Show what would be filled in and created, and write nothing.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    mut_args(|flag| replace_help(flag, &[("lead", "Only this lead"), ("limit", "Compare at most this many messages")])),
    after_help = "Examples:\n  chatferry verify\n  chatferry verify --lead lead_1 --files\n  chatferry verify --files-sample 5% --out verify.csv\n  chatferry verify --repair --dry-run\n  chatferry verify --repair --from verify.csv --allow-deletes 2"
)]
pub(in crate::cli) struct Verify {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    #[command(flatten)]
    pub(in crate::cli) selected: Selected,
    /// Also download every file and compare its bytes.
    #[arg(long)]
    pub(in crate::cli) files: bool,
    /// Download the files of this percentage of the messages, the same ones in every run.
    #[arg(long, value_name = "P%", conflicts_with = "files", value_parser = percentage)]
    pub(in crate::cli) files_sample: Option<f64>,
    /// Also write the findings to this file, one a row. It contains no texts.
    #[arg(long, value_name = "F.csv")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Correct the findings in Close: shows the plan, prompts, carries it out, and compares again.
    #[arg(long)]
    pub(in crate::cli) repair: bool,
    /// With --repair: only the findings of this file, written by --out; each is compared with Close again.
    #[arg(long, value_name = "F.csv", requires = "repair")]
    pub(in crate::cli) from: Option<PathBuf>,
    /// With --repair: skip the confirmation before the first write. Required without a terminal.
    #[arg(long, requires = "repair")]
    pub(in crate::cli) yes: bool,
    /// With --repair: show the plan, and write nothing.
    #[arg(long, requires = "repair")]
    pub(in crate::cli) dry_run: bool,
    /// With --repair: allow up to N deletions in Close, including those of moved messages.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "repair")]
    pub(in crate::cli) allow_deletes: u64,
    /// With --repair: what happens to messages that are recorded as removed in Close.
    #[arg(long, value_enum, value_name = "WHAT", requires = "repair")]
    pub(in crate::cli) gone: Option<GoneArgument>,
    /// Show names and numbers also in the file and if stderr is not a terminal; by default, chats are numbered there.
    #[arg(long)]
    pub(in crate::cli) show_content: bool,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry recover --dry-run\n  chatferry recover\n  chatferry recover --claim --yes --json"
)]
pub(in crate::cli) struct Recover {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Show what would be recovered, and write nothing.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Record messages with WhatsApp's own ids as created by chatferry, if a user of this migration created them in Close;
    /// by default only those with ids that chatferry derived.
    #[arg(long)]
    pub(in crate::cli) claim: bool,
    /// Skip the confirmation before the checkpoint is replaced. Required without a terminal.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Show names and numbers also if stderr is not a terminal; by default, chats are numbered in logs.
    #[arg(long)]
    pub(in crate::cli) show_content: bool,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    mut_args(|flag| replace_help(flag, &[("chat", "Show the conversation of this name, message by message"), ("limit", "Count at most this many messages to post, change or delete; all others as left out")])),
    after_help = "Examples:\n  chatferry report\n  chatferry report --out migration.html --csv migration.csv\n  chatferry report --chat \"Ben Cooper\" --out ben.html    # one conversation"
)]
pub(in crate::cli) struct Report {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    #[command(flatten)]
    pub(in crate::cli) selected: Selected,
    /// The file to write, which contains names and texts [default: chatferry-report.html,
    /// with --chat chatferry-conversation.html]
    #[arg(long, value_name = "F.html")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Write the table of chats to this file; without --out, nothing else.
    #[arg(long, value_name = "F.csv", conflicts_with = "chat")]
    pub(in crate::cli) csv: Option<PathBuf>,
    /// Choose the messages to check by another seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(in crate::cli) seed: u64,
}

/// A percentage above 0 and up to 100, with or without its sign.
fn percentage(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text);
    match number.trim().parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent),
        _ => Err("write a percentage above 0 and up to 100, like 5%".to_owned()),
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chatferry doctor\n  chatferry doctor --json")]
pub(in crate::cli) struct Doctor {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Print each finding as one JSON object per line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry checklist --address-book anna.vcf > checklist.csv\n  chatferry checklist --device ben --address-book ben.csv"
)]
pub(in crate::cli) struct Checklist {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// The address book of the phone: .vcf, or CSV of Google Contacts or Outlook. May be repeated.
    #[arg(long, value_name = "FILE", required = true)]
    pub(in crate::cli) address_book: Vec<PathBuf>,
    /// The device of the address book, if there are several.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) device: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chatferry status")]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Print one JSON object on stdout in place of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// What happens to messages that were removed in Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum GoneArgument {
    /// They stay removed.
    Respect,
    /// They are created again.
    Restore,
}

impl From<GoneArgument> for Gone {
    fn from(argument: GoneArgument) -> Gone {
        match argument {
            GoneArgument::Respect => Gone::Respect,
            GoneArgument::Restore => Gone::Restore,
        }
    }
}
