//! Flags of `chatferry explain`.

use clap::Args;

use super::migration::Configured;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chatferry explain \"WhatsApp Chat with Ben Cooper.zip:14\"\n  chatferry explain cf1-q2kmqz4odz\n  chatferry explain acti_4oNk5gIxajXoz4nYBdpyMHlvq4b --ask --json"
)]
pub(in crate::cli) struct Explain {
    #[command(flatten)]
    pub(in crate::cli) configured: Configured,
    /// An activity id, an external id, the beginning of one of them, or ARCHIVE:LINE as `plan` prints it.
    #[arg(value_name = "ID|ARCHIVE:LINE")]
    pub(in crate::cli) target: String,
    /// Also read the message from Close and compare it; needs a key.
    #[arg(long)]
    pub(in crate::cli) ask: bool,
    /// Show texts, names and numbers also if stdout is not a terminal, and with --json.
    #[arg(long)]
    pub(in crate::cli) show_content: bool,
    /// Print one JSON object on stdout in place of text.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
