//! The command line: clap's types and nothing else.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use chrono_tz::Tz;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::archive::{Limits, ranges};
use crate::chat::DateOrder;
use crate::ids::LeadId;
use crate::plan::Selection;
use crate::policy::Gone;

/// Imports WhatsApp chat history into Close CRM.
#[derive(Debug, Parser)]
#[command(name = "chatferry", version, about, long_about = None, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) log: Log,
}

/// Flags of the log, which contains no names, numbers or texts.
#[derive(Debug, Default, Args)]
pub(super) struct Log {
    /// Write a log of what the program does to this file; existing content stays.
    #[arg(long, global = true, value_name = "F")]
    pub(super) log_file: Option<PathBuf>,
    /// Print the log; twice: also each request.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Inspect archives: participants, dates, missing files, doubtful lines.
    Inspect(Inspect),
    /// Print every message as one JSON object per line.
    Parse(Parse),
    /// Write chatferry.toml and contacts.csv, filled in from the archives.
    Init(Init),
    /// Look up the contacts of contacts.csv in Close, by number, and fill in their ids.
    Match(Match),
    /// Show what an import would do. Writes nothing but its output.
    Plan(Plan),
    /// Import the archives into Close: shows the plan, asks, carries it out.
    Import(Import),
    /// Check what an import needs: key, contacts, users, archives, disk space, webhooks.
    Doctor(Doctor),
    /// List the contacts in Close whose numbers are in a phone's address book: the chats to export.
    Checklist(Checklist),
    /// Show the progress of the migration, from the checkpoint and the two files only.
    Status(Status),
    /// Print versions, setting names and counts as JSON, for a bug report.
    BugReport(Configured),
    /// Import the samples into a local Close, end to end; needs no key and no network.
    Demo(Demo),
    /// Run a local Close to rehearse against; prints its base URL as the first line.
    Sandbox(Sandbox),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Print the manual page.
    Man,
}

impl Command {
    /// Whether the output is JSON.
    pub(super) fn wants_json(&self) -> bool {
        match self {
            Command::Inspect(arguments) => arguments.json,
            Command::Match(arguments) => arguments.json,
            Command::Plan(arguments) => arguments.json,
            Command::Import(arguments) => arguments.json,
            Command::Doctor(arguments) => arguments.json,
            Command::Status(arguments) => arguments.json,
            Command::Sandbox(arguments) => arguments.json,
            _ => false,
        }
    }
}

/// The configuration and its overrides.
#[derive(Debug, Args)]
pub(super) struct Configured {
    /// The configuration [default: chatferry.toml]
    #[arg(long, value_name = "F")]
    pub(super) config: Option<PathBuf>,
    /// The base URL of Close's API; overrides CLOSE_BASE_URL and the configuration.
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// A file with the API key; overrides CLOSE_API_KEY.
    #[arg(long, value_name = "F")]
    pub(super) api_key_file: Option<PathBuf>,
}

/// The selection of chats and messages.
#[derive(Debug, Args)]
pub(super) struct Selected {
    /// Only this device.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Only chats of this name.
    #[arg(long, value_name = "NAME")]
    chat: Option<String>,
    /// Only chats that go to this lead.
    #[arg(long, value_name = "ID")]
    lead: Option<LeadId>,
    /// Create, update or delete at most this many messages.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

impl Selected {
    /// The selection for the plan.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            device: self.device.clone(),
            chat: self.chat.clone(),
            lead: self.lead.clone(),
            limit: self.limit,
            failed: false,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry plan\n  chatferry plan --offline --chat \"Ben Cooper\"\n  chatferry plan --out plan.jsonl"
)]
pub(super) struct Plan {
    #[command(flatten)]
    pub(super) configured: Configured,
    #[command(flatten)]
    pub(super) selected: Selected,
    /// Print one summary object on stdout as the last line.
    #[arg(long, conflicts_with = "payloads")]
    pub(super) json: bool,
    /// Print the activities as JSON lines in posting order. They contain message texts.
    #[arg(long)]
    pub(super) payloads: bool,
    /// Plan without Close's lists; needs no key.
    #[arg(long)]
    pub(super) offline: bool,
    /// Set what happens to messages that were removed in Close, for this run.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) gone: Option<GoneArgument>,
    /// Continue with chats that would change although they were imported completely.
    #[arg(long)]
    pub(super) accept_unsteady: bool,
    /// Also write the plan to this file, for `import --plan`. It contains no texts and no names.
    #[arg(long, value_name = "FILE", conflicts_with = "payloads")]
    pub(super) out: Option<PathBuf>,
    /// Exit with status 3 if a line may have been misread, or a date order is not settled.
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry import --pilot\n  chatferry import --limit 20\n  chatferry import --yes --quiet 2> import.log\n  chatferry import --plan plan.jsonl\n  chatferry import --retry-failed"
)]
pub(super) struct Import {
    #[command(flatten)]
    pub(super) configured: Configured,
    #[command(flatten)]
    pub(super) selected: Selected,
    /// Skip the confirmation before the first write. Required without a terminal.
    #[arg(long)]
    pub(super) yes: bool,
    /// Carry out the plan of this file, created by `plan --out`; refused if anything has changed since.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device", "chat", "lead", "limit"])]
    pub(super) plan: Option<PathBuf>,
    /// Set what happens to messages that were removed in Close, for this run.
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "plan")]
    pub(super) gone: Option<GoneArgument>,
    /// Continue with chats that would change although they were imported completely.
    #[arg(long)]
    pub(super) accept_unsteady: bool,
    /// Allow up to N deletions in Close, including those of replaced messages.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) allow_deletes: u64,
    /// Exit with status 3 if a line may have been misread, or a date order is not settled; nothing is sent
    /// then.
    #[arg(long)]
    pub(super) strict: bool,
    /// Raise the pace step by step, up to N requests per second and endpoint, if Close reports no budget.
    #[arg(long, value_name = "N")]
    pub(super) max_rate: Option<f64>,
    /// Post one text, one message with a file and one reply of each device, read them back and compare
    /// them.
    #[arg(long, conflicts_with_all = ["plan", "retry_failed"])]
    pub(super) pilot: bool,
    /// Retry only what an earlier run failed to do (failures.csv), once its cause is corrected.
    #[arg(long, conflicts_with = "plan")]
    pub(super) retry_failed: bool,
    /// Print neither plan nor progress: only problems and the result.
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Show names and numbers also if stderr is not a terminal; by default, chats are numbered in logs.
    #[arg(long)]
    pub(super) show_content: bool,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry match --dry-run\n  chatferry match --address-book contacts.vcf\n  chatferry match --address-book anna.vcf --device anna\n  chatferry match --create-missing --dry-run"
)]
pub(super) struct Match {
    #[command(flatten)]
    pub(super) configured: Configured,
    /// An address book of the phone, for numbers that contacts.csv lacks: .vcf, or CSV of Google Contacts
    /// or Outlook. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(super) address_book: Vec<PathBuf>,
    /// The device of the address book, if there are several.
    #[arg(long, value_name = "NAME", requires = "address_book")]
    pub(super) device: Option<String>,
    /// Create lead and contact for rows with `create` in the column import, if no contact in Close has the
    /// number; once per number, also after an interruption.
    #[arg(long)]
    pub(super) create_missing: bool,
    /// Skip the confirmation before the first lead is created. Required without a terminal.
    #[arg(long, requires = "create_missing")]
    pub(super) yes: bool,
    /// Show what would be filled in and created, and write nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry completions bash > /etc/bash_completion.d/chatferry\n  chatferry completions fish > ~/.config/fish/completions/chatferry.fish"
)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chatferry doctor\n  chatferry doctor --json")]
pub(super) struct Doctor {
    #[command(flatten)]
    pub(super) configured: Configured,
    /// Print each finding as one JSON object per line.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry checklist --address-book anna.vcf > checklist.csv\n  chatferry checklist --device ben --address-book ben.csv"
)]
pub(super) struct Checklist {
    #[command(flatten)]
    pub(super) configured: Configured,
    /// The address book of the phone: .vcf, or CSV of Google Contacts or Outlook. May be repeated.
    #[arg(long, value_name = "FILE", required = true)]
    pub(super) address_book: Vec<PathBuf>,
    /// The device of the address book, if there are several.
    #[arg(long, value_name = "NAME")]
    pub(super) device: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chatferry status")]
pub(super) struct Status {
    #[command(flatten)]
    pub(super) configured: Configured,
    /// Print one JSON object on stdout in place of text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chatferry demo\n  chatferry demo --keep demo")]
pub(super) struct Demo {
    /// Keep the samples and the contents of the local Close in this folder, which must be new or empty.
    #[arg(long, value_name = "DIR")]
    pub(super) keep: Option<PathBuf>,
}

/// What happens to messages that were removed in Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum GoneArgument {
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

/// How the sandbox writes the `RateLimit` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum RateHeader {
    /// With commas.
    Comma,
    /// With semicolons.
    Semicolon,
    /// No header, although the limit applies.
    None,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry sandbox --port 8080 --contacts contacts.csv\n  chatferry sandbox --faults 10 --fault-seed 7    # a bad day"
)]
pub(super) struct Sandbox {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) port: u16,
    /// Create the leads, contacts and users that this contacts.csv names.
    #[arg(long, value_name = "F")]
    pub(super) contacts: Option<PathBuf>,
    /// Requests per second that each endpoint allows; 0: no limit, and no RateLimit header.
    #[arg(long, value_name = "N", default_value_t = 20.0)]
    pub(super) rate: f64,
    /// Seconds after which the whole allowance is restored.
    #[arg(long, value_name = "S", default_value_t = 8)]
    pub(super) window: u64,
    /// How the RateLimit header is written.
    #[arg(long, value_enum, default_value_t = RateHeader::Comma)]
    pub(super) rate_header: RateHeader,
    /// Whole seconds in the RateLimit header, in place of decimals.
    #[arg(long)]
    pub(super) rate_integers: bool,
    /// Seconds that lists lag behind writes.
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    pub(super) lag: f64,
    /// Percentage of requests with a fault, before and again after they are carried out.
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    pub(super) faults: u8,
    /// Seed of the faults: equal seeds give equal faults.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) fault_seed: u64,
    /// Forget texts and bytes of files, to measure an import of millions: a message is read back with an
    /// empty text and without its integration link, a file without its bytes.
    #[arg(long)]
    pub(super) discard: bool,
    /// Print the contents as one JSON object when it is stopped.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry inspect exports\n  chatferry inspect \"WhatsApp Chat with Ben.zip\" --json"
)]
pub(super) struct Inspect {
    /// Archives: zips, unpacked folders, transcripts, or folders with many of them.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The order of day and month, if the archives do not determine it.
    #[arg(long, value_name = "O", default_value = "auto")]
    pub(super) date_order: OrderArgument,
    /// Print one JSON object on stdout in place of text.
    #[arg(long)]
    pub(super) json: bool,
    /// Exit with status 3 if a line may have been misread, or a date order is not settled.
    #[arg(long)]
    pub(super) strict: bool,
    #[command(flatten)]
    pub(super) limits: ArchiveLimits,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry parse exports --timezone Europe/Berlin > messages.jsonl"
)]
pub(super) struct Parse {
    /// Archives: zips, unpacked folders, transcripts, or folders with many of them.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The phone's time zone at the time of the export, such as Europe/Berlin; adds "utc" to each message.
    #[arg(long, value_name = "Z", value_parser = zone)]
    pub(super) timezone: Option<Tz>,
    /// The order of day and month, if the archives do not determine it.
    #[arg(long, value_name = "O", default_value = "auto")]
    pub(super) date_order: OrderArgument,
    /// Exit with status 3 if a line may have been misread, or a date order is not settled.
    #[arg(long)]
    pub(super) strict: bool,
    #[command(flatten)]
    pub(super) limits: ArchiveLimits,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry init exports\n  chatferry init exports --address-book contacts.vcf --local-phone +4915112345678\n  chatferry init exports --update    # archives that came later"
)]
pub(super) struct Init {
    /// Archives of one phone: zips, unpacked folders, transcripts, or folders with many of them.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The folder that the two files are written to [default: the current folder]
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// Add the chats that contacts.csv lacks, and change nothing else.
    #[arg(long)]
    pub(super) update: bool,
    /// An address book of the phone, for the numbers of contacts that its archives show by name: vCards
    /// (.vcf), or CSV of Google Contacts or Outlook. May be repeated. With --update, for the added rows.
    #[arg(long, value_name = "FILE")]
    pub(super) address_book: Vec<PathBuf>,
    /// The WhatsApp number of the phone, with country code: +4915112345678. For a new chatferry.toml: an
    /// existing one is never changed.
    #[arg(long, value_name = "NUMBER")]
    pub(super) local_phone: Option<String>,
    /// The device of the address book and number, if the archives are of several phones.
    #[arg(long, value_name = "NAME")]
    pub(super) device: Option<String>,
    #[command(flatten)]
    pub(super) limits: ArchiveLimits,
}

/// Resource limits of archives without a configuration; each has the name of its key in `[limits]`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits of an archive")]
pub(super) struct ArchiveLimits {
    /// Maximum number of files of one zip [default: 200000]
    #[arg(long, value_name = "N", value_parser = within(ranges::ENTRIES))]
    archive_entries: Option<u64>,
    /// Maximum size of all files of one zip when unpacked, in bytes [default: 100000000000]
    #[arg(long, value_name = "N", value_parser = within(ranges::BYTES))]
    archive_bytes: Option<u64>,
    /// Maximum size of a transcript, in bytes [default: 536870912]
    #[arg(long, value_name = "N", value_parser = within(ranges::TRANSCRIPT))]
    transcript_bytes: Option<u64>,
    /// Maximum ratio of a transcript's size to its packed size [default: 500]
    #[arg(long, value_name = "N", value_parser = within(ranges::RATIO))]
    inflate_ratio: Option<u64>,
}

fn within(range: RangeInclusive<u64>) -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(range)
}

impl ArchiveLimits {
    /// The limits `from`, with the given flags in their place.
    pub(super) fn with_defaults(&self, from: Limits) -> Limits {
        Limits {
            entries: self.archive_entries.unwrap_or(from.entries),
            bytes: self.archive_bytes.unwrap_or(from.bytes),
            transcript: self.transcript_bytes.unwrap_or(from.transcript),
            ratio: self.inflate_ratio.unwrap_or(from.ratio),
        }
    }
}

/// `auto` or an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OrderArgument {
    Auto,
    Dmy,
    Mdy,
    Ymd,
}

impl OrderArgument {
    /// The order that was given, if any.
    pub(super) fn order(self) -> Option<DateOrder> {
        match self {
            OrderArgument::Auto => None,
            OrderArgument::Dmy => Some(DateOrder::Dmy),
            OrderArgument::Mdy => Some(DateOrder::Mdy),
            OrderArgument::Ymd => Some(DateOrder::Ymd),
        }
    }
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse()
        .map_err(|_| "not an IANA time zone; write it as in Europe/Berlin".to_owned())
}
