//! The text and the summary of a repair: what is planned, and what became of it.
//!
//! Never here: the comparison before and after ([`super::VerifyView`]).

use std::collections::BTreeMap;

use serde::Serialize;

use super::causes::NOT_IN_PLAN;
use crate::app::{PlannedRepair, RepairOperation, RepairResult, Repaired, Unrepaired};
use crate::ids::LeadId;
use crate::plan::repair::FixKind;
use crate::quantity::count;

/// The number of operations of one kind, or of messages with one reason, that are shown.
const SHOWN: usize = 5;

/// What a repair adds to the summary object of `verify --json`: planned and done operations.
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

impl RepairSummary {
    /// Whether nothing was carried out.
    pub(super) fn is_trial(&self) -> bool {
        self.dry_run
    }

    /// The number of operations.
    pub(super) fn operations(&self) -> u64 {
        self.planned.values().sum::<u64>() + self.open_links
    }

    /// The number of deletions in Close among them.
    pub(super) fn deletions(&self) -> u64 {
        self.deletions
    }

    /// Whether the same repair has something left that it may carry out.
    pub(super) fn is_left(&self) -> bool {
        let not_posted = self.not_posted.len() as u64;
        let left = self.failed + self.unknown + self.not_reached.saturating_sub(not_posted);
        !self.dry_run && left > 0
    }

    /// Whether messages were not posted, since activities on other leads have their external ids.
    pub(super) fn waits_for_correction(&self) -> bool {
        !self.not_posted.is_empty()
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
        "an activity on the lead {on} has its external id; delete that one in Close, and verify again"
    )
}

/// The plan of a repair as a view.
#[derive(Debug, Serialize)]
pub(crate) struct RepairPlanView {
    /// In the order in which they are carried out.
    pub(super) steps: Vec<StepView>,
    /// Findings without an operation, by reason.
    pub(super) unfixed: Vec<ReasonView>,
    /// What is done in a sentence without a full stop.
    pub(super) verdict: String,
    /// The number of operations.
    operations: u64,
    /// Activities that are deleted in Close.
    deletions: u64,
}

/// Operations of one kind.
#[derive(Debug, Serialize)]
pub(super) struct StepView {
    pub(super) word: &'static str,
    pub(super) meaning: &'static str,
    pub(super) messages: u64,
    pub(super) first: Vec<String>,
}

impl StepView {
    /// The number of operations that are not among the first.
    pub(super) fn more(&self) -> u64 {
        match self.first.is_empty() {
            true => 0,
            false => self.messages - self.first.len() as u64,
        }
    }
}

/// Findings that one reason leaves as they are.
#[derive(Debug, Serialize)]
pub(super) struct ReasonView {
    pub(super) title: &'static str,
    pub(super) why: String,
    pub(super) messages: u64,
    pub(super) first: Vec<String>,
}

impl RepairPlanView {
    /// The view of the plan of a repair.
    pub(crate) fn of(planned: &PlannedRepair) -> RepairPlanView {
        let kinds = FixKind::ALL.into_iter().map(|kind| StepView {
            word: kind.word(),
            meaning: meaning(kind),
            messages: of_kind(planned, kind).count() as u64,
            first: of_kind(planned, kind).take(SHOWN).map(operation).collect(),
        });
        let links = StepView {
            word: "finish",
            meaning: "link replies to messages that an earlier run posted again",
            messages: planned.open_links,
            first: Vec::new(),
        };
        let steps = kinds.chain([links]).filter(|step| step.messages > 0);
        RepairPlanView {
            steps: steps.collect(),
            unfixed: unfixed(planned),
            verdict: verdict(planned),
            operations: operations(planned),
            deletions: planned.deletions,
        }
    }

    /// Why no operation is carried out, in words; `None` if at least one is.
    pub(crate) fn nothing(&self) -> Option<&str> {
        (self.operations == 0).then_some(self.verdict.as_str())
    }
}

fn operations(planned: &PlannedRepair) -> u64 {
    planned.operations.len() as u64 + planned.open_links
}

fn verdict(planned: &PlannedRepair) -> String {
    match operations(planned) {
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
    }
}

/// The plan of a repair as text.
pub(crate) fn plan_text(planned: &PlannedRepair) -> String {
    let view = RepairPlanView::of(planned);
    let mut lines = Vec::new();
    if !view.steps.is_empty() {
        lines.push("Repair, in this order:".to_owned());
    }
    for step in &view.steps {
        lines.push(format!(
            "  {:<7} {:>7}  {}",
            step.word, step.messages, step.meaning
        ));
        lines.extend(step.first.iter().map(|one| format!("      {one}")));
        lines.extend(more(step.more()));
    }
    for reason in &view.unfixed {
        let messages = count(reason.messages, "message");
        lines.push(format!("{}: {messages}: {}", reason.title, reason.why));
        lines.extend(reason.first.iter().map(|one| format!("      {one}")));
        lines.extend(more(reason.messages - reason.first.len() as u64));
    }
    lines.push(view.verdict);
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
            "Skipped, since its finding no longer holds: {}",
            operation(skipped)
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
        ("", "") => NOT_IN_PLAN.to_owned(),
        ("", chat) => format!("{}: {chat}, {NOT_IN_PLAN}", place.device),
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
    parts.join("  ")
}

fn more(more: u64) -> Option<String> {
    (more > 0).then(|| format!("      and {more} more; `--json` lists all"))
}

/// Findings without an operation, by reason.
fn unfixed(planned: &PlannedRepair) -> Vec<ReasonView> {
    let mut views = Vec::new();
    for (title, all) in [
        ("Cannot be repaired", &planned.unfixed),
        ("No longer holds", &planned.over),
    ] {
        let mut by_reason: BTreeMap<&str, Vec<&Unrepaired>> = BTreeMap::new();
        for one in all {
            by_reason.entry(one.why.as_str()).or_default().push(one);
        }
        views.extend(by_reason.into_iter().map(|(why, all)| {
            let first = all.iter().take(SHOWN);
            ReasonView {
                title,
                why: why.to_owned(),
                messages: all.len() as u64,
                first: first
                    .map(|one| format!("{}  {}", one.external_id, one.lead_id))
                    .collect(),
            }
        }));
    }
    views
}
