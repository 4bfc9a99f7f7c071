//! The findings of a verification by kind and cause, each with its next step.

use std::collections::{HashMap, HashSet};

use chrono::SecondsFormat;
use serde::Serialize;

use crate::app::{Found, NamedLead, Next, Verification};
use crate::ids::ActivityId;
use crate::plan::compare::Finding;

/// The number of findings of one cause that are shown.
const SHOWN: usize = 5;

/// The number of causes of a finding that are shown: each lead has its own.
const SHOWN_CAUSES: usize = 20;

/// Findings of a kind.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) finding: &'static str,
    pub(super) severity: &'static str,
    pub(super) meaning: &'static str,
    pub(super) messages: u64,
    /// The number of them that are counted as double.
    pub(super) also_double: u64,
    pub(super) causes: Vec<Cause>,
    /// Findings of causes that are not shown.
    pub(super) more: u64,
}

/// Findings with one cause and one next step.
#[derive(Debug, Serialize)]
pub(super) struct Cause {
    pub(super) field: Option<&'static str>,
    pub(super) what: String,
    /// The lead, with its address, or its id if it has none.
    pub(super) lead: String,
    #[serde(skip)]
    pub(super) named_lead: NamedLead,
    pub(super) next: String,
    /// The next step on a page.
    #[serde(skip)]
    pub(super) step: String,
    pub(super) messages: u64,
    pub(super) first: Vec<FoundView>,
}

/// A finding.
#[derive(Debug, Serialize)]
pub(super) struct FoundView {
    /// Archive and line, or the chat, as far as they may be named.
    pub(super) place: String,
    pub(super) external_id: String,
    pub(super) activity_id: Option<String>,
    /// The address of the activity for a browser (assumption A62).
    pub(super) address: Option<String>,
    /// When, and by which user.
    pub(super) changed: Option<String>,
}

/// The findings by kind.
pub(super) fn groups(result: &Verification) -> Vec<Group> {
    let kinds = Finding::ALL.into_iter();
    let groups = kinds.map(|finding| {
        let all = result.found.iter().filter(|found| found.finding == finding);
        let (causes, more) = match finding {
            // What was not checked is listed by lead, with the reason.
            Finding::NotChecked | Finding::Removed => (Vec::new(), 0),
            _ => causes(result, all),
        };
        // A message is counted once, as the worst that it is; its other findings are listed all the same.
        let counted = result.tally.of(finding);
        let listed = match finding {
            Finding::Drifted => messages(result, finding),
            _ => counted,
        };
        Group {
            finding: finding.word(),
            severity: finding.severity(),
            meaning: meaning(finding),
            messages: counted.max(listed),
            also_double: listed.saturating_sub(counted),
            causes,
            more,
        }
    });
    groups
        .filter(|group| group.messages > 0 || !group.causes.is_empty())
        .collect()
}

/// The messages with a finding.
fn messages(result: &Verification, finding: Finding) -> u64 {
    let found = result.found.iter().filter(|found| found.finding == finding);
    let messages: HashSet<_> = found.map(|found| found.message).collect();
    messages.len() as u64
}

fn meaning(finding: Finding) -> &'static str {
    match finding {
        Finding::Double => "several activities are one message",
        Finding::Missing => "not in Close",
        Finding::Elsewhere => "on another lead than planned",
        Finding::Drifted => "differs from what was sent and from what Close returned then",
        Finding::RemovedByUs => "deleted by an earlier run, and wanted by the archives",
        Finding::Pending => "too young to be missed",
        Finding::NotChecked => "could not be read",
        Finding::Removed => "recorded as removed in Close, stays removed",
        Finding::Foreign => "no message of this migration",
        Finding::Same => "in Close, once and as sent",
    }
}

/// The findings by cause, and the number of those that are not shown.
fn causes<'f>(result: &Verification, all: impl Iterator<Item = &'f Found>) -> (Vec<Cause>, u64) {
    let mut causes: Vec<Cause> = Vec::new();
    let mut indexes = HashMap::new();
    let mut more = 0;
    for found in all {
        let key = (
            found.field,
            found.what.as_str(),
            &found.lead_id,
            &found.next,
        );
        let index = *indexes.entry(key).or_insert(causes.len());
        if index == SHOWN_CAUSES {
            more += 1;
            continue;
        }
        if index == causes.len() {
            let lead = result.named(&found.lead_id);
            causes.push(Cause {
                field: found.field.map(|field| field.word()),
                what: found.what.clone(),
                lead: lead_text(&lead, result.is_sandbox),
                named_lead: lead,
                next: result.next(found),
                step: step(&found.next),
                messages: 0,
                first: Vec::new(),
            });
        }
        let cause = &mut causes[index];
        cause.messages += 1;
        if cause.first.len() < SHOWN {
            cause.first.push(FoundView::of(result, found));
        }
    }
    (causes, more)
}

/// The next step for a finding, by the buttons of a page.
fn step(next: &Next) -> String {
    let step = match next {
        Next::Import => "make a plan and run it",
        Next::Retry => "correct the reason that the run gave, then make a plan and run it",
        Next::Repair | Next::RepairFiles => "repair",
        Next::RepairRemoved => "repair, with what was removed in Close posted again",
        Next::Correct => "correct it in Close, then verify again",
        Next::CorrectRow => "choose another lead for its chat, then make a plan",
        Next::RestoreArchive => {
            "put its archive back into its folder, or decide its chat, then repair"
        }
        Next::LeftOut(rule) => return format!("nothing; left out: {}", rule.describe()),
        Next::Verify => "verify again in some minutes",
    };
    step.to_owned()
}

fn lead_text(lead: &NamedLead, is_sandbox: bool) -> String {
    let place = match is_sandbox {
        true => lead.id.to_string(),
        false => format!("https://app.close.com/lead/{}/", lead.id),
    };
    match &lead.name {
        Some(name) => format!("{name}, {place}"),
        None => place,
    }
}

/// In place of archive and line, where the plan does not have the message.
pub(super) const NOT_IN_PLAN: &str = "in no archive, or its chat is held or left out";

/// The address of an activity for a browser; `None` in a sandbox.
fn address_of(activity: &ActivityId, is_sandbox: bool) -> Option<String> {
    (!is_sandbox).then(|| format!("https://app.close.com/activity/{activity}/"))
}

impl FoundView {
    fn of(result: &Verification, found: &Found) -> FoundView {
        let place = result.place(found);
        let who = found.changed_by.as_ref().map(|user| format!("by {user}"));
        let when = found
            .changed_at
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let changed: Vec<String> = [when, who].into_iter().flatten().collect();
        FoundView {
            place: match (place.archive, place.chat) {
                ("", "") => NOT_IN_PLAN.to_owned(),
                ("", chat) => format!("{}: {chat}, {NOT_IN_PLAN}", place.device),
                (archive, _) => format!("{archive}:{}", place.line),
            },
            external_id: found.external_id.to_string(),
            activity_id: found.activity_id.as_ref().map(ToString::to_string),
            address: (found.activity_id.as_ref())
                .and_then(|activity| address_of(activity, result.is_sandbox)),
            changed: (!changed.is_empty()).then(|| changed.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activity_of_a_sandbox_has_no_address() {
        let id = ActivityId::from("acti_1");
        let address = Some("https://app.close.com/activity/acti_1/".to_owned());
        assert_eq!(address_of(&id, false), address);
        assert_eq!(address_of(&id, true), None);
    }
}
