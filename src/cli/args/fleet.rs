//! Flags of the commands on many migrations.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The store.
#[derive(Debug, Args)]
pub(in crate::cli) struct FleetStore {
    /// The database, as postgres://USER@HOST/DATABASE [default: CHATFERRY_STORE]
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) store: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry serve --store postgres://chatferry@db.example/chatferry --keys /run/keys\n  chatferry serve --health-port 8080"
)]
pub(in crate::cli) struct Serve {
    #[command(flatten)]
    pub(in crate::cli) store: FleetStore,
    /// A folder with the API key of each organisation in a file of its id, as `orga_…`. Without a file, the variable
    /// CLOSE_API_KEY_orga_… has it.
    #[arg(long, value_name = "FOLDER")]
    pub(in crate::cli) keys: Option<PathBuf>,
    /// Serve http://127.0.0.1:N/health, which responds with 200 while the worker lives; 0: a free port.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) health_port: Option<u16>,
    /// The name of this worker [default: the machine and the process]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) name: Option<String>,
    /// Look for due migrations every N seconds.
    #[arg(long, value_name = "N", default_value_t = 5.0)]
    pub(in crate::cli) poll: f64,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Fleet {
    /// Add a folder with a chatferry.toml, due now; for one that is there, change its interval.
    Add(FleetAdd),
    /// Show each migration: its last run, its next one, and what waits for a person.
    Status(FleetStatus),
    /// Let the next worker carry out the plan that waits for approval: exactly that plan, or none.
    Approve(FleetApprove),
    /// Remove a migration from the fleet. Nothing in Close or in the folder changes.
    Remove(FleetRemove),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FleetAdd {
    /// A path that every worker mounts, or an s3://, gs:// or az:// place.
    pub(in crate::cli) folder: String,
    /// How often it is imported: a number with s, m, h, d or w.
    #[arg(long, value_name = "INTERVAL", default_value = "1d")]
    pub(in crate::cli) every: String,
    #[command(flatten)]
    pub(in crate::cli) store: FleetStore,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FleetStatus {
    #[command(flatten)]
    pub(in crate::cli) store: FleetStore,
    /// Print one JSON object on stdout.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FleetApprove {
    /// The id, as `fleet status` shows it.
    pub(in crate::cli) id: i32,
    #[command(flatten)]
    pub(in crate::cli) store: FleetStore,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FleetRemove {
    /// The id as `fleet status` shows it, or the folder.
    pub(in crate::cli) job: String,
    #[command(flatten)]
    pub(in crate::cli) store: FleetStore,
}
