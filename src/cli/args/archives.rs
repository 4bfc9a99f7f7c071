//! Flags of the commands that read archives without a configuration.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use chrono_tz::Tz;
use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};

use crate::archive::{Limits, ranges};
use crate::chat::DateOrder;

/// Which archives are read, and how.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReadArchives {
    /// Archives: zips, unpacked folders, transcripts, or folders with many of them.
    #[arg(required = true, value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
    /// The order of day and month, if the archives do not determine it.
    #[arg(long, value_name = "O", default_value = "auto")]
    pub(in crate::cli) date_order: OrderArgument,
    /// Exit with status 3 if a line may have been misread, or a date order could not be determined.
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    #[command(flatten)]
    pub(in crate::cli) limits: ArchiveLimits,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry inspect exports\n  chatferry inspect \"WhatsApp Chat with Ben.zip\" --json"
)]
pub(in crate::cli) struct Inspect {
    #[command(flatten)]
    pub(in crate::cli) archives: ReadArchives,
    /// Print one JSON object on stdout in place of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry parse exports --timezone Europe/Berlin > messages.jsonl"
)]
pub(in crate::cli) struct Parse {
    #[command(flatten)]
    pub(in crate::cli) archives: ReadArchives,
    /// The phone's time zone at the time of the export, such as Europe/Berlin; adds "utc" to each message.
    #[arg(long, value_name = "Z", value_parser = zone)]
    pub(in crate::cli) timezone: Option<Tz>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry init exports\n  chatferry init exports --address-book contacts.vcf --local-phone +4915112345678\n  chatferry init exports --update    # archives that came later"
)]
pub(in crate::cli) struct Init {
    /// Archives of one phone: zips, unpacked folders, transcripts, or folders with many of them. With --update, the
    /// folders of the archives in chatferry.toml if omitted.
    #[arg(required_unless_present = "update", value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
    /// The folder that the two files are written to [default: the current folder]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) dir: Option<PathBuf>,
    /// Add the chats that contacts.csv lacks, and change nothing else.
    #[arg(long)]
    pub(in crate::cli) update: bool,
    /// The configuration of the migration to update [default: chatferry.toml in the folder]
    #[arg(long, value_name = "FILE", requires = "update", conflicts_with = "dir")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// An address book of the phone, for the numbers of contacts that its archives show by name: vCards
    /// (.vcf), or CSV of Google Contacts or Outlook. May be repeated. With --update, for the added rows.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) address_book: Vec<PathBuf>,
    /// The WhatsApp number of the phone, with country code: +4915112345678. For a new chatferry.toml: an
    /// existing one is never changed.
    #[arg(long, value_name = "NUMBER")]
    pub(in crate::cli) local_phone: Option<String>,
    /// The device of the address book and number, if the archives are of several phones.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) device: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) limits: ArchiveLimits,
}

/// Resource limits of archives without a configuration; each has the name of its key in `[limits]`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits of an archive")]
pub(in crate::cli) struct ArchiveLimits {
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
    pub(in crate::cli) fn with_defaults(&self, from: Limits) -> Limits {
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
pub(in crate::cli) enum OrderArgument {
    Auto,
    Dmy,
    Mdy,
    Ymd,
}

impl OrderArgument {
    /// The order that was given, if any.
    pub(in crate::cli) fn order(self) -> Option<DateOrder> {
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
