//! The findings of `doctor`, passed on as they become known. What is checked belongs to the other files.

use tokio::sync::mpsc::UnboundedSender;

use crate::app::{Error, Exit};

/// What is checked, the most serious first: an import that cannot reach Close does nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Whether Close accepts the API key or access token.
    Key,
    /// Whether the key belongs to the configured organisation.
    Organization,
    /// Whether the role of the key's user has the right to see all leads.
    Rights,
    /// Whether Close, and the network to it, respond.
    Close,
    /// Whether the checkpoint can be read, and a run could begin with it.
    Checkpoint,
    /// Whether the disk of the checkpoint has enough free space.
    Disk,
    /// Whether the periods of exclude.csv apply to chats of the archives.
    Exclude,
    /// Whether archives are of another phone than the device that has them.
    Phones,
    /// Whether every archive can be read, and is complete as far as it shows.
    Archives,
    /// Whether the time zone of each device fits its archives, and a guessed one was checked by a
    /// person.
    Zone,
    /// Whether the users who own the messages are active in Close.
    Users,
    /// Whether lead, contact and user of each chat belong together in Close.
    Chats,
    /// Whether contacts in Close have the numbers of their rows, and no two chats share one.
    Numbers,
    /// Whether the activities of the leads could be listed.
    Lists,
    /// Messages in Close that are left out now.
    LeftOut,
    /// Which facts about this organisation's Close the checkpoint records.
    Facts,
    /// Which webhooks will be notified of what an import writes.
    Webhooks,
    /// Whether an import creates Inbox notifications.
    Inbox,
}

impl Check {
    /// The check's stable identifier, as in `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Check::Key => "key",
            Check::Organization => "organization",
            Check::Rights => "rights",
            Check::Close => "close",
            Check::Checkpoint => "checkpoint",
            Check::Disk => "disk",
            Check::Exclude => "exclude",
            Check::Phones => "phones",
            Check::Archives => "archives",
            Check::Zone => "zone",
            Check::Users => "users",
            Check::Chats => "chats",
            Check::Numbers => "numbers",
            Check::Lists => "lists",
            Check::LeftOut => "left_out",
            Check::Facts => "facts",
            Check::Webhooks => "webhooks",
            Check::Inbox => "inbox",
        }
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Correct.
    Ok,
    /// To be checked by a person; an import works.
    Look,
    /// An import would not work, or not completely.
    Bad,
}

/// What was checked, and the result.
#[derive(Debug, serde::Serialize)]
pub struct Finding {
    /// What was checked.
    pub what: Check,
    /// How much the result matters.
    pub grade: Grade,
    /// The result and the remedy, in words for a person.
    pub says: String,
}

/// Takes findings as they become known.
#[derive(Debug)]
pub(super) struct Findings(pub(super) UnboundedSender<Finding>);

impl Findings {
    /// Adds the result of a check.
    pub(super) fn add(&self, what: Check, grade: Grade, says: impl Into<String>) {
        let says = says.into();
        // The receiver lives as long as the checks.
        let _ = self.0.send(Finding { what, grade, says });
    }

    /// Adds why a check could not be made.
    pub(super) fn failed(&self, what: Check, error: &Error) {
        self.add(what, Grade::Bad, format!("{error} [{}]", error.code));
    }
}

/// The result of all checks.
#[derive(Debug)]
pub(crate) struct Checkup {
    /// The findings, in the order in which they became known.
    pub findings: Vec<Finding>,
    /// Why Close could not be checked completely, or refuses the key; `None` if all was checked.
    pub stopped: Option<Error>,
    /// How far the import is.
    pub progress: Progress,
}

/// How far the import of the archives is, as far as the checks found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Progress {
    /// No message is recorded as in Close.
    #[default]
    NotBegun,
    /// Some messages are in Close, and an import would do something.
    Begun,
    /// An import would do nothing.
    Complete,
}

impl Checkup {
    /// The status of what stopped the checks; else [`Exit::Partial`] if an import would not work, or not completely.
    pub(crate) fn exit(&self) -> Exit {
        if let Some(error) = &self.stopped {
            return error.exit;
        }
        let is_bad = (self.findings.iter()).any(|finding| finding.grade == Grade::Bad);
        match is_bad {
            true => Exit::Partial,
            false => Exit::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_of_a_check_is_that_of_the_json() {
        let all = [
            Check::Key,
            Check::Organization,
            Check::Rights,
            Check::Close,
            Check::Checkpoint,
            Check::Disk,
            Check::Exclude,
            Check::Phones,
            Check::Archives,
            Check::Zone,
            Check::Users,
            Check::Chats,
            Check::Numbers,
            Check::Lists,
            Check::LeftOut,
            Check::Facts,
            Check::Webhooks,
            Check::Inbox,
        ];
        assert_eq!(all.len(), Check::Inbox as usize + 1, "every check");
        for check in all {
            let json = serde_json::to_value(check).expect("JSON");
            assert_eq!(json, check.word());
        }
    }
}
