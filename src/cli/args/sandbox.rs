//! Flags of the commands that start a local Close.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chatferry demo\n  chatferry demo --keep demo")]
pub(in crate::cli) struct Demo {
    /// Keep the samples and the contents of the local Close in this folder, which must be new or empty.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) keep: Option<PathBuf>,
}

/// How the sandbox writes the `RateLimit` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum RateHeader {
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
pub(in crate::cli) struct Sandbox {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(in crate::cli) port: u16,
    /// Create the leads, contacts and users that this contacts.csv names.
    #[arg(long, value_name = "F")]
    pub(in crate::cli) contacts: Option<PathBuf>,
    /// Requests per second that each endpoint allows, as 20; 0: no limit, and no RateLimit header.
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    pub(in crate::cli) rate: f64,
    /// Seconds after which the whole allowance is restored.
    #[arg(long, value_name = "S", default_value_t = 8)]
    pub(in crate::cli) window: u64,
    /// How the RateLimit header is written.
    #[arg(long, value_enum, default_value_t = RateHeader::Comma)]
    pub(in crate::cli) rate_header: RateHeader,
    /// Whole seconds in the RateLimit header, in place of decimals.
    #[arg(long)]
    pub(in crate::cli) rate_integers: bool,
    /// Seconds that lists lag behind writes.
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    pub(in crate::cli) lag: f64,
    /// Percentage of requests with a fault, before and again after they are carried out.
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    pub(in crate::cli) faults: u8,
    /// Seed of the faults: equal seeds give equal faults.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(in crate::cli) fault_seed: u64,
    /// Forget texts and bytes of files, to measure an import of millions: a message is read back with an
    /// empty text and without its integration link, a file without its bytes.
    #[arg(long)]
    pub(in crate::cli) discard: bool,
    /// Print the contents as one JSON object when it is stopped.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
