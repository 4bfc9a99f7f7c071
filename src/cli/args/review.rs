//! Flags of the local page.

use clap::Args;

use super::migration::Configured;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry review\n  chatferry review --port 8080 --config anna/chatferry.toml"
)]
pub(in crate::cli) struct Review {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// The port on this computer [default: a free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(in crate::cli) port: u16,
}
