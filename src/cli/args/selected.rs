//! Flags that select chats and messages: `--device`, `--chat`, `--lead` and `--limit`.
//!
//! One declaration for all commands. Its help is that of `plan` and `import`; a command in which a flag does something else
//! replaces the help of that flag ([`replace_help`]). Never here: what is selected ([`crate::app`]).

use clap::{Arg, Args};

use crate::ids::LeadId;
use crate::plan::Selection;

/// The selection of chats and messages.
#[derive(Debug, Args)]
pub(in crate::cli) struct Selected {
    /// Only this device.
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    /// Only chats of this name.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) chat: Option<String>,
    /// Only chats that go to this lead.
    #[arg(long, value_name = "ID")]
    lead: Option<LeadId>,
    /// Create, update or delete at most this many messages.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

impl Selected {
    /// The selection as a value.
    pub(in crate::cli) fn selection(&self) -> Selection {
        Selection {
            device: self.device.clone(),
            chat: self.chat.clone(),
            lead: self.lead.clone(),
            limit: self.limit,
            ..Selection::default()
        }
    }

    /// The flags that select the same messages in another command, each after a blank. `word` quotes a value.
    pub(in crate::cli) fn flags(&self, word: &dyn Fn(&str) -> String) -> String {
        let values = [
            ("--device", self.device.clone()),
            ("--chat", self.chat.clone()),
            ("--lead", self.lead.as_ref().map(ToString::to_string)),
            ("--limit", self.limit.map(|limit| limit.to_string())),
        ];
        let given = values
            .into_iter()
            .filter_map(|(flag, value)| Some((flag, value?)));
        given
            .map(|(flag, value)| format!(" {flag} {}", word(&value)))
            .collect()
    }
}

/// Replaces the help of the flags that are named, and leaves the others. To be passed to `mut_args`, which keeps the order of
/// flags, as `mut_arg` does not.
pub(super) fn replace_help(flag: Arg, help: &[(&str, &'static str)]) -> Arg {
    let own = help
        .iter()
        .find(|(name, _)| flag.get_id().as_str() == *name);
    match own {
        Some((_, text)) => flag.help(*text),
        None => flag,
    }
}
