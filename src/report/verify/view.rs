//! A verification as a serializable view: totals, findings, what was not checked.

use std::collections::BTreeMap;

use serde::Serialize;

use super::causes::{Group, groups};
use super::next::Steps;
use super::repair::RepairSummary;
use super::verdict::{Reader, verdict, verdict_for};
use crate::app::{NamedLead, Verification};
use crate::plan::compare::Finding;

/// Everything that output shows of a verification.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyView {
    /// The summary object of `--json`.
    pub(crate) summary: Summary,
    pub(super) account: String,
    /// Organisation and user by name.
    #[serde(skip)]
    pub(super) account_name: String,
    /// Whether leads have no address for a browser.
    #[serde(skip)]
    pub(super) is_sandbox: bool,
    /// The verdict for a page, which has no flags.
    #[serde(skip)]
    pub(super) page_verdict: String,
    pub(super) groups: Vec<Group>,
    /// Differences that every message has.
    pub(super) forms: Vec<Form>,
    pub(super) unchecked: Vec<UncheckedView>,
    pub(super) stopped: Option<String>,
    pub(super) outdated: u64,
    /// What corrects the findings.
    #[serde(skip)]
    pub(super) steps: Steps,
}

/// The numbers of a verification: the summary object of `verify --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    planned: u64,
    chats: u64,
    double: u64,
    missing: u64,
    elsewhere: u64,
    drifted: u64,
    removed_by_us: u64,
    pending: u64,
    not_checked: u64,
    removed: u64,
    same: u64,
    listed: u64,
    double_copies: u64,
    /// Listed activities of messages that should be on another lead.
    elsewhere_listed: u64,
    foreign: u64,
    not_selected: u64,
    /// Drifted messages by field.
    fields: BTreeMap<&'static str, u64>,
    /// Messages that the next import updates.
    outdated: u64,
    /// Messages in Close without a file that is damaged in its archive.
    without_file: u64,
    beyond_limit: u64,
    undecided: u64,
    held: u64,
    files: u64,
    files_compared: u64,
    requests: u64,
    seconds: f64,
    complete: bool,
    pub(super) verdict: String,
    /// The summary of the repair; `None` for a verification alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repair: Option<RepairSummary>,
}

/// A difference that every message has.
#[derive(Debug, Serialize)]
pub(super) struct Form {
    pub(super) field: &'static str,
    pub(super) messages: u64,
}

/// Messages that were not checked.
#[derive(Debug, Serialize)]
pub(super) struct UncheckedView {
    /// The lead, or a chat.
    pub(super) of: String,
    pub(super) messages: u64,
    pub(super) why: String,
}

impl VerifyView {
    /// The view of a verification.
    pub(crate) fn of(result: &Verification) -> VerifyView {
        VerifyView {
            summary: Summary::of(result),
            account: result.account.clone(),
            account_name: result.account_name.clone(),
            is_sandbox: result.is_sandbox,
            page_verdict: verdict_for(result, Reader::OfPage),
            groups: groups(result),
            forms: (result.forms.iter())
                .map(|(field, messages)| Form {
                    field: field.word(),
                    messages: *messages,
                })
                .collect(),
            unchecked: (result.unchecked.iter())
                .map(|unchecked| UncheckedView {
                    of: match &unchecked.lead_id {
                        Some(lead) => match result.named(lead) {
                            NamedLead { name: None, id } => format!("the lead {id}"),
                            named => format!("the lead of {named}"),
                        },
                        None => "a held chat".to_owned(),
                    },
                    messages: unchecked.messages,
                    why: unchecked.why.clone(),
                })
                .collect(),
            stopped: result.stopped.as_ref().map(ToString::to_string),
            outdated: result.outdated,
            steps: Steps::of(result),
        }
    }
}

impl VerifyView {
    /// Whether it is complete and has a finding that a repair may correct.
    pub(crate) fn is_repairable(&self) -> bool {
        self.is_complete() && (!self.is_same() || self.summary.removed > 0)
    }

    /// Messages that were removed in Close, or that an undo deleted.
    pub(crate) fn removed(&self) -> u64 {
        self.summary.removed + self.summary.removed_by_us
    }

    /// Whether everything could be compared.
    pub(super) fn is_complete(&self) -> bool {
        self.summary.complete
    }

    /// Whether Close differs in nothing.
    pub(super) fn is_same(&self) -> bool {
        self.groups.iter().all(|group| group.severity == "note")
    }

    /// The number of messages in Close without a file that is damaged in its archive.
    pub(super) fn without_file(&self) -> u64 {
        self.summary.without_file
    }

    /// Whether nothing should be in Close.
    pub(super) fn is_nothing(&self) -> bool {
        self.summary.planned == 0
    }
}

impl Summary {
    fn of(result: &Verification) -> Summary {
        let tally = &result.tally;
        let mut fields = BTreeMap::new();
        for field in result.found.iter().filter_map(|found| found.field) {
            *fields.entry(field.word()).or_default() += 1;
        }
        Summary {
            planned: tally.planned,
            chats: result.chats,
            double: tally.of(Finding::Double),
            missing: tally.of(Finding::Missing),
            elsewhere: tally.of(Finding::Elsewhere),
            drifted: tally.of(Finding::Drifted),
            removed_by_us: tally.of(Finding::RemovedByUs),
            pending: tally.of(Finding::Pending),
            not_checked: tally.of(Finding::NotChecked),
            removed: tally.of(Finding::Removed),
            same: tally.of(Finding::Same),
            listed: tally.listed,
            double_copies: tally.double_copies,
            elsewhere_listed: tally.elsewhere,
            foreign: tally.of(Finding::Foreign),
            not_selected: tally.not_selected,
            fields,
            outdated: result.outdated,
            without_file: result.without_file,
            beyond_limit: result.beyond_limit,
            undecided: result.undecided,
            held: result.held,
            files: result.files,
            files_compared: result.files_compared,
            requests: result.requests,
            seconds: (result.seconds * 10.0).round() / 10.0,
            complete: result.is_complete(),
            verdict: verdict(result),
            repair: None,
        }
    }
}
