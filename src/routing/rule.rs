//! The rules that leave messages and whole chats out. Where each applies to a message belongs to `transform`.

use serde::{Deserialize, Serialize};

/// The rules that leave messages out; outputs count the messages of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A group, with `groups = "skip"`.
    Groups,
    /// A chat between numbers of two devices.
    Internal,
    /// `import = no` in contacts.csv for the chat.
    ImportNo,
    /// `import = private` in contacts.csv, or a line of never.txt, for the chat.
    Private,
    /// From a person erased by `forget`.
    Erased,
    /// In an excluded period of exclude.csv.
    Excluded,
    /// From a participant with the role `ignore`, or from a group participant listed in never.txt.
    Ignored,
    /// Outside `from` and `until` of the device.
    Dates,
    /// A notice, with `system = "skip"`.
    System,
    /// A call, with `calls = "skip"`.
    Calls,
    /// Deleted by its sender before import, with `deleted_before_import = "skip"`.
    Deleted,
    /// Not yet decrypted at the time of the export; a later export may contain it.
    Waiting,
    /// Close has a message with the same text, direction and minute from another integration, with
    /// `existing = "skip"`.
    Existing,
    /// A row of decisions.csv with `leave` for the message.
    Decided,
    /// A line of another message's text, as a record from a native archive shows.
    Pasted,
    /// Not selected by `--device`, `--chat`, `--lead` or `--limit`.
    NotSelected,
}

impl Rule {
    /// The rule's stable word in all outputs (docs/reference/rules.md).
    pub fn word(self) -> &'static str {
        match self {
            Rule::Groups => "groups",
            Rule::Internal => "internal",
            Rule::ImportNo => "import_no",
            Rule::Private => "private",
            Rule::Erased => "erased",
            Rule::Excluded => "excluded",
            Rule::Ignored => "ignored",
            Rule::Dates => "dates",
            Rule::System => "system",
            Rule::Calls => "calls",
            Rule::Deleted => "deleted",
            Rule::Waiting => "waiting",
            Rule::Existing => "existing",
            Rule::Decided => "decided",
            Rule::Pasted => "pasted",
            Rule::NotSelected => "not_selected",
        }
    }

    /// An explanation for the user.
    pub fn describe(self) -> &'static str {
        match self {
            Rule::Groups => "groups are not imported (groups = \"skip\")",
            Rule::Internal => "a chat between two owners' numbers",
            Rule::ImportNo => "`import = no` in contacts.csv",
            Rule::Private => "private: `import = private` in contacts.csv, or listed in never.txt",
            Rule::Erased => "of a person erased by `forget`",
            Rule::Excluded => "in an excluded period of exclude.csv",
            Rule::Ignored => {
                "from a participant with role ignore in contacts.csv, or listed in never.txt"
            }
            Rule::Dates => "outside `from` and `until` of the device",
            Rule::System => "notices by WhatsApp (system = \"skip\")",
            Rule::Calls => "calls (calls = \"skip\")",
            Rule::Deleted => "deleted by their sender (deleted_before_import = \"skip\")",
            Rule::Waiting => "not yet decrypted at the time of the export; export the chat again",
            Rule::Existing => "already in Close from another integration (existing = \"skip\")",
            Rule::Decided => "`leave` in decisions.csv",
            Rule::Pasted => {
                "lines of another message's text, as its import from a native archive shows"
            }
            Rule::NotSelected => "not selected on the command line",
        }
    }
}
