//! The inputs of the transformation: everything that determines the desired messages.
//!
//! Belongs here: values that are complete before the first message is made. Never here: Close or the checkpoint.

use super::decision_table::DecisionTable;
use super::reply_table::ReplyTable;
use super::source::Source;
use super::trace::Trace;
use crate::people::contacts::Contacts;
use crate::policy::Policy;
use crate::settings::Device;

/// Everything that [`super::transform`] depends on: archives, tables and policy.
#[derive(Clone, Copy)]
pub struct TransformInputs<'s> {
    /// The archives that were read, in any order.
    pub sources: &'s [Source<'s>],
    /// The policy of the run.
    pub policy: &'s Policy,
    /// contacts.csv, with never.txt and exclude.csv.
    pub contacts: &'s Contacts,
    /// All configured devices, with archives or without: their owners are colleagues in every group.
    pub devices: &'s [Device],
    /// The tables about single messages.
    pub tables: &'s MessageTables,
    /// Labels of archives that could not be read; a row of a table may name a message of one.
    pub unread: &'s [&'s str],
    /// Records what happens to single messages, for `explain`; `None` without it.
    pub trace: Option<&'s Trace>,
}

/// The tables in which people decide about single messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageTables {
    /// The rows of replies.csv: reply targets that a person gave.
    pub replies: ReplyTable,
    /// The rows of decisions.csv: decisions about undecided messages.
    pub decisions: DecisionTable,
}
