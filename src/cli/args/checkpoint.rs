//! Flags of `chatferry checkpoint`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::migration::Configured;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Checkpoint {
    /// Show format, organisation, counts by state, runs and unfinished operations.
    Info(CheckpointRead),
    /// Check the file and its invariants. Exits with 3 and the next command for each finding; changes nothing.
    Check(CheckpointRead),
    /// Print every row as one JSON object per line, without the hash key.
    Export(CheckpointExport),
    /// Remove finished operations, old runs and unused leads that no command needs. Never messages.
    Prune(CheckpointPrune),
}

impl Checkpoint {
    /// Whether the output is JSON.
    pub(in crate::cli) fn wants_json(&self) -> bool {
        match self {
            Checkpoint::Info(arguments) | Checkpoint::Check(arguments) => arguments.json,
            Checkpoint::Export(arguments) => arguments.json,
            Checkpoint::Prune(arguments) => arguments.json,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry checkpoint info\n  chatferry checkpoint check --json"
)]
pub(in crate::cli) struct CheckpointRead {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Print one JSON object on stdout in place of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry checkpoint export > checkpoint.jsonl\n  chatferry checkpoint export --out checkpoint.jsonl --json\n  chatferry checkpoint export --to postgres://chatferry@db.example/chatferry"
)]
pub(in crate::cli) struct CheckpointExport {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Write to this file in place of stdout.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Copy the checkpoint, with its hash key, to a file or a store (postgres://USER@HOST/DATABASE) where none is, and
    /// compare every row.
    #[arg(long, value_name = "PLACE", conflicts_with = "out")]
    pub(in crate::cli) to: Option<String>,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry checkpoint prune --dry-run\n  chatferry checkpoint prune --keep-runs 100 --yes"
)]
pub(in crate::cli) struct CheckpointPrune {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// Keep the history of the last N runs.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) keep_runs: u32,
    /// Show what would be removed, and change nothing.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Skip the confirmation. Required without a terminal.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Print one summary object on stdout as the last line.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
