//! Decisions of a person about undecided messages, as the plan takes them.
//!
//! Belongs here: the values. Never here: the table that they are read from (`decision_table`).

use crate::ids::ExternalId;
use crate::settings::Problem;

/// A person's decision about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is the message with this activity id or external id.
    Same(String),
    /// It is not in Close: it is created.
    New,
    /// It is left out.
    Leave,
}

/// A row with its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedMessage {
    /// The line of the row in the table, from 1.
    pub line: u32,
    /// The message that the row names.
    pub target: Target,
    /// What the person decided about it.
    pub decision: Decision,
}

/// How a row of decisions.csv names its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A desired message: the indexes of its chat and of the message in the chat.
    Place(usize, usize),
    /// An external id, desired or recorded.
    Id(ExternalId),
}

/// The rows of the table, for a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The path of the file as the user gave it.
    pub file: String,
    /// The rows that can be applied, in the order of the table.
    pub rows: Vec<DecidedMessage>,
    /// Rows that name no message, or contradict another one, with the remedy.
    pub problems: Vec<Problem>,
    /// Lines of rows whose message is not imported: left out, held, or read from another archive.
    pub unused: Vec<u32>,
}

impl Decisions {
    /// A problem of the row at `line`.
    pub fn problem(&self, line: u32, text: impl Into<String>) -> Problem {
        Problem {
            file: self.file.clone(),
            line: Some(line),
            text: text.into(),
        }
    }
}
