//! The text and the summary of a repair: what is planned, and what became of it.
//!
//! Never here: the comparison before and after ([`super::VerifyView`]).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::{PlannedRepair, RepairOperation, RepairResult, Repaired, Unrepaired};
use crate::ids::LeadId;
use crate::plan::repair::FixKind;
use crate::quantity::count;

/// The number of operations of one kind, or of messages with one reason, that are shown.
const SHOWN: usize = 5;

/// The part of the summary object about the repair.
#[derive(Debug, Serialize)]
pub(crate) struct RepairSummary {
    dry_run: bool,
    /// Operations by kind.
    planned: BTreeMap<&'static str, u64>,
    /// Deletions in Close among them.
    deletions: u64,
    /// Replies to link to messages that an earlier run posted again.
    open_links: u64,
    done: u64,
    /// Operations whose finding no longer held.
    skipped: u64,
    failed: u64,
    unknown: u64,
    not_reached: u64,
    /// Replies that were linked to messages which were posted again.
    relinked: u64,
    /// Chats that were held or stopped, with the reason.
    blocked: Vec<BlockedSummary>,
    /// Messages that were not posted, since an activity on another lead has their external id.
    not_posted: Vec<UnfixedSummary>,
    /// Findings that cannot be repaired, with the reason.
    unfixed: Vec<UnfixedSummary>,
    /// The operations, in the order in which they are carried out.
    operations: Vec<OperationSummary>,
}

#[derive(Debug, Serialize)]
struct UnfixedSummary {
    external_id: String,
    lead_id: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct BlockedSummary {
    messages: u64,
    code: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct OperationSummary {
    operation: &'static str,
    fields: Vec<&'static str>,
    external_id: String,
    lead_id: String,
    activity_id: Option<String>,
    line: u32,
}

impl RepairSummary {
    /// The summary of a repair; `None` if Close could not be compared.
    pub(crate) fn of(repaired: &Repaired) -> Option<RepairSummary> {
        let planned = repaired.planned.as_ref()?;
        let result = repaired.result.as_ref();
        let number = |of: fn(&RepairResult) -> u64| result.map_or(0, of);
        let kinds = FixKind::ALL.map(|kind| (kind.word(), of_kind(planned, kind).count() as u64));
        let unfixed = planned.unfixed.iter().map(|one| UnfixedSummary {
            external_id: one.external_id.to_string(),
            lead_id: one.lead_id.to_string(),
            why: one.why.clone(),
        });
        let operations = planned.operations.iter().map(|one| OperationSummary {
            operation: one.kind.word(),
            fields: one.fields.iter().map(|field| field.word()).collect(),
            external_id: one.external_id.to_string(),
            lead_id: one.lead_id.to_string(),
            activity_id: one.activity_id.as_ref().map(ToString::to_string),
            line: one.place.line,
        });
        Some(RepairSummary {
            dry_run: repaired.is_dry_run,
            planned: kinds.into_iter().collect(),
            deletions: planned.deletions,
            open_links: planned.open_links,
            done: number(|result| result.done),
            skipped: number(|result| result.skipped.len() as u64) + planned.over.len() as u64,
            failed: number(|result| result.failed.len() as u64),
            unknown: number(|result| result.unknown),
            not_reached: number(|result| result.not_reached),
            relinked: number(|result| result.relinked),
            blocked: result.map_or_else(Vec::new, blocked),
            not_posted: result.map_or_else(Vec::new, not_posted),
            unfixed: unfixed.collect(),
            operations: operations.collect(),
        })
    }
}

fn blocked(result: &RepairResult) -> Vec<BlockedSummary> {
    let all = result.held.iter().chain(&result.stopped_chats);
    let all = all.map(|one| BlockedSummary {
        messages: one.messages,
        code: one.code.clone(),
        why: one.why.clone(),
    });
    all.collect()
}

fn not_posted(result: &RepairResult) -> Vec<UnfixedSummary> {
    let all = result.not_posted.iter().map(|one| UnfixedSummary {
        external_id: one.external_id.to_string(),
        lead_id: one.lead_id.to_string(),
        why: why_not_posted(&one.on),
    });
    all.collect()
}

fn why_not_posted(on: &LeadId) -> String {
    format!(
        "an activity on the lead {on} has its external id; delete it in Close or move it, and verify again"
    )
}

/// The plan of a repair as text.
pub(crate) fn plan_text(planned: &PlannedRepair) -> String {
    let mut lines = vec!["Repair, in this order:".to_owned()];
    for kind in FixKind::ALL {
        let number = of_kind(planned, kind).count();
        if number == 0 {
            continue;
        }
        lines.push(format!(
            "  {:<7} {number:>7}  {}",
            kind.word(),
            meaning(kind)
        ));
        lines.extend(of_kind(planned, kind).take(SHOWN).map(operation));
        lines.extend(more(number));
    }
    if planned.open_links > 0 {
        lines.push(format!(
            "  {:<7} {:>7}  link replies to messages that an earlier run posted again",
            "finish", planned.open_links
        ));
    }
    if lines.len() == 1 {
        lines.clear();
    }
    lines.extend(unfixed(planned));
    lines.push(match planned.operations.len() as u64 + planned.open_links {
        0 if planned.unfixed.is_empty() && planned.over.is_empty() => {
            "Nothing to repair: the comparison has no finding that a repair corrects".to_owned()
        }
        0 => "Nothing to repair: no finding that is left can be repaired".to_owned(),
        operations => match planned.deletions {
            0 => format!("{}; nothing is deleted", count(operations, "operation")),
            1 => format!(
                "{}; 1 activity is deleted in Close",
                count(operations, "operation")
            ),
            deletions => format!(
                "{}; {deletions} activities are deleted in Close",
                count(operations, "operation")
            ),
        },
    });
    lines.join("\n")
}

/// What a repair has done, as text; empty if nothing was sent.
pub(crate) fn result_text(repaired: &Repaired) -> String {
    let Some(result) = &repaired.result else {
        return String::new();
    };
    let mut lines = Vec::new();
    for skipped in &result.skipped {
        lines.push(format!(
            "Skipped, since its finding no longer holds:{}",
            operation(skipped).trim_start_matches("     ")
        ));
    }
    for (external_id, lead_id, why) in &result.failed {
        lines.push(format!("Failed: {external_id} on {lead_id}: {why}"));
    }
    for held in &result.held {
        let messages = count(held.messages, "message");
        lines.push(format!("Held: {} ({messages}): {}", held.chat, held.why));
    }
    for stopped in &result.stopped_chats {
        lines.push(format!("Stopped: {}: {}", stopped.chat, stopped.why));
    }
    for one in &result.not_posted {
        let why = why_not_posted(&one.on);
        lines.push(format!(
            "Not posted: {} on {}: {why}",
            one.external_id, one.lead_id
        ));
    }
    let mut parts = vec![format!("{} done", result.done)];
    for (number, what) in [
        (result.relinked, "replies linked again"),
        (result.skipped.len() as u64, "skipped"),
        (result.failed.len() as u64, "failed"),
        (result.unknown, "with an unknown outcome"),
        (result.not_reached, "not reached"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    lines.push(format!("Repair: {}", parts.join(", ")));
    if repaired.stopped.is_some() {
        lines.push("Stopped before its end; the same command continues".to_owned());
    }
    lines.join("\n")
}

fn of_kind(planned: &PlannedRepair, kind: FixKind) -> impl Iterator<Item = &RepairOperation> {
    let operations = planned.operations.iter();
    operations.filter(move |operation| operation.kind == kind)
}

fn meaning(kind: FixKind) -> &'static str {
    match kind {
        FixKind::Record => "record the lead that Close has moved the message to; nothing is sent",
        FixKind::Link => "set or remove the link of a reply",
        FixKind::Update => "write fields as the archives have them",
        FixKind::Post => "post what Close lacks",
        FixKind::Move => "post on its lead, then delete on the other one",
        FixKind::Delete => "delete activities that repeat another one",
    }
}

fn operation(operation: &RepairOperation) -> String {
    let place = &operation.place;
    let place = match (place.archive.as_str(), place.chat.as_str()) {
        ("", "") => "in no archive".to_owned(),
        ("", chat) => format!("{}: {chat}, in no archive", place.device),
        (archive, _) => format!("{archive}:{}", place.line),
    };
    let fields: Vec<&str> = operation.fields.iter().map(|field| field.word()).collect();
    let parts = [
        Some(place),
        Some(operation.external_id.to_string()),
        operation.activity_id.as_ref().map(ToString::to_string),
        (!fields.is_empty()).then(|| fields.join(", ")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("      {}", parts.join("  "))
}

fn more(number: usize) -> Option<String> {
    let more = number.checked_sub(SHOWN).filter(|more| *more > 0)?;
    Some(format!("      and {more} more; `--json` lists all"))
}

/// Findings without an operation, by reason.
fn unfixed(planned: &PlannedRepair) -> Vec<String> {
    let mut lines = Vec::new();
    for (title, all) in [
        ("Cannot be repaired", &planned.unfixed),
        ("No longer holds", &planned.over),
    ] {
        let mut by_reason: BTreeMap<&str, Vec<&Unrepaired>> = BTreeMap::new();
        for one in all {
            by_reason.entry(one.why.as_str()).or_default().push(one);
        }
        for (why, all) in by_reason {
            let messages = count(all.len() as u64, "message");
            lines.push(format!("{title}: {messages}: {why}"));
            let shown = all.iter().take(SHOWN);
            lines.extend(shown.map(|one| format!("      {}  {}", one.external_id, one.lead_id)));
            lines.extend(more(all.len()));
        }
    }
    lines
}
