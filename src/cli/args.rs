//! What can be typed: clap's types and nothing else.

use std::path::PathBuf;

use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::chat::DateOrder;

/// Carries WhatsApp chat history into the Close CRM.
#[derive(Debug, Parser)]
#[command(name = "chatferry", version, about, long_about = None, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look into archives: who writes, from when to when, what is missing, what is odd.
    Inspect(Inspect),
    /// Print every message as a JSON object a line.
    Parse(Parse),
}

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// Archives: zips, unpacked folders, transcripts, or folders with many of them.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The order of day and month, where the archives do not settle it.
    #[arg(long, value_name = "O", default_value = "auto")]
    pub(super) date_order: OrderArgument,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Parse {
    /// Archives: zips, unpacked folders, transcripts, or folders with many of them.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// The phone's time zone when it exported, as in Europe/Berlin; adds "utc" to each message.
    #[arg(long, value_name = "Z", value_parser = zone)]
    pub(super) timezone: Option<Tz>,
    /// The order of day and month, where the archives do not settle it.
    #[arg(long, value_name = "O", default_value = "auto")]
    pub(super) date_order: OrderArgument,
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
    /// What the user said, if anything.
    pub(super) fn told(self) -> Option<DateOrder> {
        match self {
            OrderArgument::Auto => None,
            OrderArgument::Dmy => Some(DateOrder::Dmy),
            OrderArgument::Mdy => Some(DateOrder::Mdy),
            OrderArgument::Ymd => Some(DateOrder::Ymd),
        }
    }
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| "not an IANA time zone; write it as in Europe/Berlin".to_owned())
}
