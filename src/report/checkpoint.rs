//! The texts of `checkpoint info`, `check` and `prune`; the values are their own views.

use crate::app::{CheckpointCheck, CheckpointFinding, CheckpointInfo, PruneResult};
use crate::quantity::{bytes, count, number};

/// The operations that are listed one by one.
const SHOWN: usize = 10;

/// What a checkpoint contains, as text.
pub(crate) fn info(info: &CheckpointInfo) -> String {
    let format = match info.format == info.newest_format {
        true => format!("format {}", info.format),
        false => format!(
            "format {}; the next import migrates it to format {}",
            info.format, info.newest_format
        ),
    };
    let mut lines = vec![
        format!(
            "Checkpoint     {} ({}), {format}",
            info.checkpoint,
            bytes(info.bytes)
        ),
        format!(
            "Created        {} by chatferry {}",
            info.created_at, info.created_by
        ),
        format!(
            "Organisation   {} at {}",
            info.organization_id, info.base_url
        ),
        format!("Messages       {}", states(info)),
        format!(
            "Chats          {} on {}, from {}",
            count(info.chats, "chat"),
            count(info.leads, "lead"),
            count(info.archives, "archive")
        ),
    ];
    if info.aliases + info.erasures > 0 {
        lines.push(format!(
            "Also           {} of messages, {}",
            count(info.aliases, "alternate id"),
            count(info.erasures, "erased person")
        ));
    }
    lines.push(format!("Runs           {}", runs(info)));
    lines.push(format!(
        "Operations     {} unfinished, {} finished",
        number(info.open_operations.len() as u64),
        number(info.finished_operations)
    ));
    for operation in info.open_operations.iter().take(SHOWN) {
        let (kind, step, run) = (operation.kind, operation.step, operation.run);
        let of = operation.external_id.as_deref().unwrap_or("a lead");
        lines.push(format!("  {kind} of {of}: {step}, begun by run {run}"));
    }
    if let Some(more @ 1..) = info.open_operations.len().checked_sub(SHOWN) {
        lines.push(format!("  and {} more", number(more as u64)));
    }
    if info.in_use {
        lines.push("In use         a run is using the checkpoint now".to_owned());
    }
    let next = match (info.in_use, info.open_operations.len()) {
        (true, _) => "wait until the run has ended",
        (false, 0) => "`chatferry checkpoint check` verifies that it is sound",
        (false, _) => "`chatferry import`, which finishes the operations first",
    };
    lines.push(format!("Next: {next}"));
    lines.join("\n")
}

fn states(info: &CheckpointInfo) -> String {
    let states = &info.messages;
    let others: Vec<String> = [
        (states.failed, "failed"),
        (states.removed, "removed in Close"),
        (states.absent, "not in Close"),
        (states.unknown + states.intent, "unknown"),
    ]
    .into_iter()
    .filter(|(value, _)| *value > 0)
    .map(|(value, what)| format!("{} {what}", number(value)))
    .collect();
    let done = number(states.done);
    let all = count(states.all(), "message");
    match others.as_slice() {
        [] => format!("{all}: {done} in Close"),
        others => format!("{all}: {done} in Close, {}", others.join(", ")),
    }
}

fn runs(info: &CheckpointInfo) -> String {
    let Some(last) = &info.last_run else {
        return "none".to_owned();
    };
    let command = last.command.as_deref().unwrap_or("command not recorded");
    format!(
        "{}; the last: run {}, {command}, {}, {} (chatferry {})",
        info.runs, last.run, last.started_at, last.outcome, last.program
    )
}

/// The findings of a check, as text; the last line is the verdict.
pub(crate) fn check(check: &CheckpointCheck) -> String {
    let mut lines: Vec<String> = check.findings.iter().map(finding).collect();
    let unfinished: Vec<String> = [
        (check.unknown, "request without a known outcome"),
        (check.open_operations, "unfinished operation"),
    ]
    .into_iter()
    .filter(|(value, _)| *value > 0)
    .map(|(value, what)| match (value, what) {
        (1, _) | (_, "unfinished operation") => count(value, what),
        _ => format!("{} requests without a known outcome", number(value)),
    })
    .collect();
    if !unfinished.is_empty() {
        lines.push(format!(
            "Unfinished: {}; the next import finishes this first",
            unfinished.join(", ")
        ));
    }
    lines.push(match check.findings.len() {
        0 => format!(
            "{} is sound: {} hold.",
            check.checkpoint,
            count(check.checked.len() as u64, "invariant")
        ),
        number => format!(
            "{} is not sound: {}. Nothing was changed.",
            check.checkpoint,
            count(number as u64, "finding")
        ),
    });
    let next = match (check.findings.len(), check.unknown + check.open_operations) {
        (0, 0) => "nothing to do",
        (0, _) => "`chatferry import`, which finishes what is unfinished",
        (1, _) => "what is named with the finding",
        _ => "what is named with each finding, the first one first",
    };
    lines.push(format!("Next: {next}"));
    lines.join("\n")
}

fn finding(finding: &CheckpointFinding) -> String {
    let CheckpointFinding {
        invariant,
        requires,
        rows,
        examples,
        next,
    } = finding;
    let more = match rows.saturating_sub(examples.len() as u64) {
        0 => String::new(),
        more => format!(" and {} more", number(more)),
    };
    format!(
        "{invariant}: violated by {}: {}{more}\n  required: {requires}\n  next: {next}",
        count(*rows, "row"),
        examples.join(", ")
    )
}

/// The next step after `checkpoint prune`. `real`: after a dry run, the command that removes the history.
pub(crate) fn after_prune(result: &PruneResult, real: Option<&str>) -> String {
    match real.filter(|_| result.rows() > 0) {
        Some(real) => format!("Next: `{real}` removes them"),
        None => "Next: nothing to do".to_owned(),
    }
}

/// The next step after an export into a file.
pub(crate) const AFTER_EXPORT: &str =
    "Next: nothing to do; the file is for reading, and no command uses it";

/// What a removal of history removes, would remove or has removed, as text.
pub(crate) fn prune(result: &PruneResult) -> String {
    let kept = count(u64::from(result.kept_runs), "run");
    if result.rows() == 0 {
        return format!(
            "Nothing to remove: {} has no history older than the last {kept} that no command needs.",
            result.checkpoint
        );
    }
    let what: Vec<String> = [
        (result.operations, "finished operation"),
        (result.runs, "run"),
        (result.run_counts, "count"),
        (result.leads, "lead"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, thing)| match thing {
        "run" => format!("{} that no message refers to", count(number, thing)),
        "count" => format!("{} of these runs", count(number, thing)),
        "lead" => format!("{} that nothing refers to", count(number, thing)),
        _ => count(number, thing),
    })
    .collect();
    let what = what.join(", ");
    match (result.removed, result.bytes_after) {
        (true, Some(after)) => format!(
            "Removed: {what}. {}: {} before, {} now.",
            result.checkpoint,
            bytes(result.bytes_before),
            bytes(after)
        ),
        _ => format!(
            "To remove, older than the last {kept}: {what}. No message, file, alternate id, archive or erasure is removed."
        ),
    }
}
