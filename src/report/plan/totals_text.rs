//! The text of the totals of a plan: the accounting, deletions, cost.

use std::fmt::{Result, Write};

use super::PlanView;
use super::chat_text::groups;
use super::counts::{Cost, Counts};
use crate::intake::describe_counts;
use crate::quantity::{bytes, count, number};

/// Writes the totals.
pub(super) fn write(view: &PlanView, text: &mut String) -> Result {
    writeln!(text, "Messages")?;
    for line in equations(view) {
        writeln!(text, "  {line}")?;
    }
    if view.deletes > 0 {
        writeln!(
            text,
            "Deletes {} in Close; import with `--allow-deletes {}`",
            count(view.deletes, "message"),
            view.deletes
        )?;
    }
    if view.read_differently > 0 {
        let messages = count(view.read_differently, "message");
        writeln!(
            text,
            "This version reads {messages} differently than the one that imported them"
        )?;
    }
    match view.is_empty {
        true => write!(text, "{}.", nothing(&view.totals)),
        false => cost(&view.cost, text),
    }
}

/// The equations of the accounting.
pub(super) fn equations(view: &PlanView) -> Vec<String> {
    let totals = &view.totals;
    let mut lines = vec![format!(
        "{} read = {} distinct + {} seen again",
        number(totals.read),
        number(totals.distinct),
        number(totals.seen_again)
    )];
    if !view.rows_left_out.is_empty() {
        let each = view.rows_left_out.iter();
        let each = each.map(|(label, rows)| (label.as_str(), *rows));
        let rows: u64 = view.rows_left_out.iter().map(|(_, rows)| rows).sum();
        let of_each = describe_counts(each);
        lines.push(format!(
            "not read: {} of native archives: {of_each}",
            count(rows, "row")
        ));
    }
    if !view.kinds.is_empty() {
        lines.push(format!("by kind: {}", groups(&view.kinds)));
    }
    lines.push(format!(
        "{} distinct = {} left out + {} held + {} desired",
        number(totals.distinct),
        number(totals.left_out + totals.not_selected),
        number(totals.held),
        number(totals.desired)
    ));
    if !view.rules.is_empty() {
        lines.push(format!("left out by rule: {}", groups(&view.rules)));
    }
    lines.push(format!(
        "{} desired = {} to create{}{} + {} unchanged{}",
        number(totals.desired),
        number(totals.create),
        summand(totals.update, "to update"),
        summand(totals.replace, "to replace"),
        number(totals.unchanged),
        summand(totals.undecided, "undecided"),
    ));
    lines
}

/// A summand, or nothing if it is zero.
fn summand(value: u64, what: &str) -> String {
    match value {
        0 => String::new(),
        value => format!(" + {} {what}", number(value)),
    }
}

fn cost(cost: &Cost, text: &mut String) -> Result {
    write!(
        text,
        "About {} and {} ({}); {}",
        count(cost.requests, "request"),
        count(cost.uploads, "upload"),
        bytes(cost.bytes),
        cost.duration(),
    )
}

/// That there is nothing to do, and why, per cause. If everything waits, nothing is done yet.
pub(super) fn nothing(totals: &Counts) -> String {
    let imported = totals.unchanged + totals.undecided;
    if totals.held == 0 || imported > 0 {
        return format!("Nothing to do{}", causes(totals));
    }
    let rest = causes(&Counts {
        held: 0,
        ..totals.clone()
    });
    let rest = rest
        .strip_prefix(": ")
        .filter(|_| totals.distinct > totals.held);
    let rest = rest.map_or_else(String::new, |rest| format!("; {rest}"));
    let (messages, is) = match totals.held {
        1 => ("1 message".to_owned(), "is"),
        held => (count(held, "message"), "are"),
    };
    format!("Nothing to import yet: {messages} {is} held until you decide{rest}")
}

fn causes(totals: &Counts) -> String {
    let causes = [
        (totals.unchanged - totals.gone, "recorded as imported"),
        (
            totals.gone,
            "removed in Close (`--gone restore` posts them again)",
        ),
        (totals.undecided, "undecided"),
        (totals.held, "held"),
        (totals.left_out, "left out by rule"),
        (totals.not_selected, "not selected"),
        (
            totals.kept,
            "kept in Close (the archives no longer contain them)",
        ),
    ];
    let causes = causes.iter().filter(|(value, _)| *value > 0);
    let causes: Vec<String> = causes
        .map(|(value, what)| format!("{} {what}", number(*value)))
        .collect();
    match causes.as_slice() {
        [] => ": no messages were read".to_owned(),
        causes => format!(": {}", causes.join(", ")),
    }
}
