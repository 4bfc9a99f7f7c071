//! The text of a verification: findings by kind, what was not checked, the totals; the verdict last.

use super::view::{Cause, FoundView, Group, VerifyView};
use crate::quantity::count;

/// A verification as text.
pub(crate) fn text(view: &VerifyView) -> String {
    let mut lines = vec![format!("Verified in {}", view.account)];
    for group in &view.groups {
        lines.push(head(group));
        for cause in &group.causes {
            lines.extend(self::cause(cause));
        }
        if group.more > 0 {
            lines.push(format!(
                "    and {} more; `--out verify.csv` lists all",
                group.more
            ));
        }
    }
    for form in &view.forms {
        lines.push(format!(
            "Close's form: all {} differ in {}, which is no finding",
            count(form.messages, "message"),
            form.field
        ));
    }
    for unchecked in &view.unchecked {
        lines.push(format!(
            "Not checked: {} of {}: {}",
            count(unchecked.messages, "message"),
            unchecked.of,
            unchecked.why
        ));
    }
    if view.outdated > 0 {
        lines.push(format!(
            "The archives have more of {}; `chatferry import` updates them",
            count(view.outdated, "message")
        ));
    }
    lines.extend(
        view.stopped
            .as_ref()
            .map(|stopped| format!("Stopped: {stopped}")),
    );
    lines.push(view.summary.verdict.clone());
    lines.join("\n")
}

fn head(group: &Group) -> String {
    format!(
        "  {:<13} {:>7}  {}",
        group.finding, group.messages, group.meaning
    )
}

fn cause(cause: &Cause) -> Vec<String> {
    let field = cause
        .field
        .map_or_else(String::new, |field| format!("{field}: "));
    let mut lines = vec![format!(
        "    {field}{}, {}, {}",
        cause.what,
        count(cause.messages, "message"),
        cause.lead
    )];
    lines.extend(cause.first.iter().map(finding));
    let more = cause.messages - cause.first.len() as u64;
    if more > 0 {
        lines.push(format!(
            "      and {more} more; `--out verify.csv` lists all"
        ));
    }
    lines.push(format!("      next: {}", cause.next));
    lines
}

fn finding(found: &FoundView) -> String {
    let parts = [
        Some(found.place.as_str()),
        Some(found.external_id.as_str()),
        found.activity_id.as_deref(),
        found.changed.as_deref(),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    format!("      {}", parts.join("  "))
}
