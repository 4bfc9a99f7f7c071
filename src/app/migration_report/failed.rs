//! Messages that Close rejected, by cause, with the remedy of failures.csv.

use std::collections::{BTreeMap, HashMap};

use super::super::failure_rows;
use super::super::failure_table::table_of;
use crate::app::Migration;
use crate::app::error::Result;
use crate::checkpoint::{Snapshot, State, is_damaged};
use crate::ids::{ExternalId, LeadId};
use crate::plan::{Action, Plan, Planned, PlannedChat};
use crate::regular_file;

/// Messages with the same cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailureGroup {
    /// The stable code of the cause.
    pub(crate) code: String,
    /// The cause in words; the code where the cause is not known.
    pub(crate) reason: String,
    /// The remedy, in words.
    pub(crate) remedy: String,
    /// The number of messages.
    pub(crate) messages: u64,
    /// The number among them that are in Close, without a change that Close rejected.
    pub(crate) in_close: u64,
    /// The names of the chats of the messages.
    pub(crate) chats: Vec<String>,
}

/// The rejected messages of a plan.
#[derive(Debug, Default)]
pub(super) struct Failures {
    codes: HashMap<(ExternalId, LeadId), Failure>,
    groups: BTreeMap<(String, String), FailureGroup>,
    reasons: HashMap<ExternalId, (String, String)>,
}

#[derive(Debug)]
struct Failure {
    code: String,
    /// Only a change was rejected: the message is in Close.
    is_change: bool,
    /// The number of files that the message has in Close.
    files: u32,
}

const RETRY: &str = "run `chatferry import --retry-failed`, which shows the cause";

impl Failures {
    /// The rejected messages of a plan.
    ///
    /// # Errors
    ///
    /// The checkpoint cannot be read.
    pub(super) fn of(
        migration: &Migration,
        checkpoint: Option<&Snapshot>,
        plan: &Plan,
    ) -> Result<Failures> {
        let mut failures = Failures::default();
        let Some(checkpoint) = checkpoint else {
            return Ok(failures);
        };
        checkpoint.each_message(|row| {
            let failed =
                (row.failure.filter(|_| row.state == State::Failed)).map(|code| (code, false));
            let code = failed.or_else(|| Some((row.refused?, row.state == State::Done)));
            if let Some((code, is_change)) = code {
                let code = code.into_string();
                let failure = Failure {
                    code,
                    is_change,
                    files: row.media_count,
                };
                failures
                    .codes
                    .insert((row.external_id, row.lead_id), failure);
            }
        })?;
        if failures.codes.is_empty() {
            return Ok(failures);
        }
        // A table that a person changed or removed only lacks reasons.
        let table = regular_file::read(&table_of(&migration.settings.import.checkpoint));
        let rows = table
            .map(|bytes| failure_rows::read(&bytes))
            .unwrap_or_default();
        failures.reasons = (rows.into_iter())
            .map(|row| (row.external_id, (row.reason, row.what_to_do)))
            .collect();
        for planned in plan.chats.iter().filter(|chat| !chat.chat.private) {
            failures.add(planned);
        }
        Ok(failures)
    }

    fn add(&mut self, chat: &PlannedChat) {
        let found: Vec<ExternalId> = chat.messages.with(|messages| {
            let failed = messages
                .iter()
                .filter(|message| self.failure(chat, message).is_some());
            failed
                .map(|message| message.message.external_id.clone())
                .collect()
        });
        let Some(to) = &chat.destination else { return };
        for id in found {
            let Some(failure) = self.codes.get(&(id.clone(), to.lead_id.clone())) else {
                continue;
            };
            let (reason, remedy) = self.reasons.get(&id).cloned().unwrap_or_default();
            let key = (failure.code.clone(), reason.clone());
            let group = self.groups.entry(key).or_insert_with(|| FailureGroup {
                code: failure.code.clone(),
                reason: match reason.is_empty() {
                    true => format!("Close rejected it ({})", failure.code),
                    false => reason,
                },
                remedy: match remedy.is_empty() {
                    true => RETRY.to_owned(),
                    false => remedy,
                },
                messages: 0,
                in_close: 0,
                chats: Vec::new(),
            });
            group.messages += 1;
            group.in_close += u64::from(failure.is_change);
            if group.chats.last() != Some(&chat.chat.name) {
                group.chats.push(chat.chat.name.clone());
            }
        }
    }

    fn failure(&self, chat: &PlannedChat, planned: &Planned) -> Option<&Failure> {
        if self.codes.is_empty() || matches!(planned.action, Action::LeftOut(_)) {
            return None;
        }
        let lead = &chat.destination.as_ref()?.lead_id;
        let key = (planned.message.external_id.clone(), lead.clone());
        self.codes.get(&key)
    }

    /// Whether Close rejected the creation of a message.
    pub(super) fn is_failed(&self, chat: &PlannedChat, planned: &Planned) -> bool {
        let is_absent = planned.action == Action::Create;
        is_absent
            && self
                .failure(chat, planned)
                .is_some_and(|failure| !failure.is_change)
    }

    /// The number of messages of a chat whose creation Close rejected.
    pub(super) fn of_chat(&self, chat: &PlannedChat) -> u64 {
        if self.codes.is_empty() {
            return 0;
        }
        let is_failed = |message: &&Planned| self.is_failed(chat, message);
        let failed = |messages: &[Planned]| messages.iter().filter(is_failed).count();
        chat.messages.with(failed) as u64
    }

    /// The number of messages of a chat that are in Close without a file that is damaged in its archive.
    pub(super) fn without_file(&self, chat: &PlannedChat) -> u64 {
        if self.codes.is_empty() {
            return 0;
        }
        let is_without = |message: &&Planned| {
            let failure = self.failure(chat, message);
            failure.is_some_and(|failure| failure.is_change && is_damaged(&failure.code))
        };
        let without = |messages: &[Planned]| messages.iter().filter(is_without).count();
        chat.messages.with(without) as u64
    }

    /// The number of files of a message that Close does not have, since they are damaged in their archive.
    pub(super) fn damaged_files(&self, chat: &PlannedChat, planned: &Planned) -> u64 {
        let failure = self.failure(chat, planned);
        let failure = failure.filter(|one| one.is_change && is_damaged(&one.code));
        let all = planned.message.files.len() as u64;
        failure.map_or(0, |failure| all.saturating_sub(u64::from(failure.files)))
    }

    /// The messages by cause.
    pub(super) fn groups(self) -> Vec<FailureGroup> {
        let mut groups: Vec<FailureGroup> = self.groups.into_values().collect();
        groups.sort_by(|one, other| (other.messages, &one.code).cmp(&(one.messages, &other.code)));
        groups
    }
}
