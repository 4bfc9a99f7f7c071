//! The command line: clap's types and nothing else.

mod archives;
mod checkpoint;
mod explain;
mod fleet;
mod migration;
mod review;
mod sandbox;
mod selected;
mod undo;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(super) use archives::{Init, Inspect, Parse};
pub(super) use checkpoint::{Checkpoint, CheckpointExport, CheckpointPrune, CheckpointRead};
pub(super) use explain::Explain;
pub(super) use fleet::{Fleet, Serve};
#[cfg(feature = "cloud")]
pub(super) use fleet::{FleetAdd, FleetApprove, FleetRemove, FleetStatus, FleetStore};
pub(super) use migration::{
    Checklist, Configured, Doctor, Import, Match, Plan, Recover, Report, Status, Verify,
};
pub(super) use review::Review;
pub(super) use sandbox::{Demo, RateHeader, Sandbox};
pub(super) use selected::Selected;
pub(super) use undo::{Forget, Runs, Undo};

/// Imports WhatsApp chat history into Close CRM.
#[derive(Debug, Parser)]
#[command(name = "chatferry", version, long_version = crate::version::LONG, about, long_about = None, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) screen: Screen,
    #[command(flatten)]
    pub(super) log: Log,
}

/// Flags of what is printed.
#[derive(Debug, Default, Args)]
pub(super) struct Screen {
    /// Print every chat, count and line that the summary is made of.
    #[arg(long, global = true)]
    pub(super) details: bool,
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
    /// Import the archives into Close: shows the plan, prompts, carries it out.
    Import(Import),
    /// Compare Close with the plan and the checkpoint, message by message; with --repair, correct what differs.
    Verify(Verify),
    /// Rebuild a lost, damaged or outdated checkpoint from Close and the archives.
    Recover(Recover),
    /// Delete the messages that imports created, as far as they are unchanged in Close: shows them, prompts, carries it out.
    Undo(Undo),
    /// Erase one person: delete their chats and their messages in groups, and leave them out of every later import.
    Forget(Forget),
    /// List the runs with what each created, updated and deleted.
    Runs(Runs),
    /// Write a report of the migration, or of one conversation, as one HTML file.
    Report(Report),
    /// Open the migration as a local page in the browser; prints its address as the first line.
    Review(Review),
    /// Check what an import needs: key, contacts, users, archives, disk space, webhooks.
    Doctor(Doctor),
    /// List the contacts in Close whose numbers are in a phone's address book: the chats to export.
    Checklist(Checklist),
    /// Show the progress of the migration, from the checkpoint and the two files only.
    Status(Status),
    /// Show everything that is known of one message. Writes nothing; needs no key without --ask.
    Explain(Explain),
    /// Show, check, export or shrink the checkpoint.
    #[command(subcommand)]
    Checkpoint(Checkpoint),
    /// Print versions, setting names and counts as JSON, for a bug report.
    BugReport(Configured),
    /// Run the migrations of a store by schedule, until it is stopped; one JSON line for each step on stdout.
    Serve(Serve),
    /// Add, show, approve or remove migrations that `serve` runs.
    #[command(subcommand)]
    Fleet(Fleet),
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
            Command::Fleet(Fleet::Status(arguments)) => arguments.json,
            Command::Match(arguments) => arguments.json,
            Command::Plan(arguments) => arguments.json,
            Command::Import(arguments) => arguments.json,
            Command::Verify(arguments) => arguments.json,
            Command::Recover(arguments) => arguments.json,
            Command::Undo(arguments) => arguments.json,
            Command::Forget(arguments) => arguments.json,
            Command::Runs(arguments) => arguments.json,
            Command::Doctor(arguments) => arguments.json,
            Command::Status(arguments) => arguments.json,
            Command::Explain(arguments) => arguments.json,
            Command::Checkpoint(command) => command.wants_json(),
            Command::Sandbox(arguments) => arguments.json,
            _ => false,
        }
    }

    /// Whether it writes nothing in Close and in no table or checkpoint, so that it may end at any moment.
    pub(super) fn only_reads(&self) -> bool {
        match self {
            Command::Verify(arguments) => !arguments.repair,
            Command::Checkpoint(command) => {
                matches!(command, Checkpoint::Info(_) | Checkpoint::Check(_))
            }
            Command::Inspect(_)
            | Command::Parse(_)
            | Command::Plan(_)
            | Command::Runs(_)
            | Command::Report(_)
            | Command::Doctor(_)
            | Command::Checklist(_)
            | Command::Explain(_)
            | Command::Status(_)
            | Command::BugReport(_) => true,
            _ => false,
        }
    }
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
