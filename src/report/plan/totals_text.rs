//! The text of the totals of a plan: the accounting, deletions, cost.

use std::fmt::{Result, Write};

use super::PlanView;
use super::chat_text::groups;
use super::counts::{Cost, Counts};
use crate::intake::describe_counts;
use crate::quantity::{self, bytes, count};

/// Writes the totals.
pub(super) fn write(view: &PlanView, text: &mut String) -> Result {
    accounting(view, text)?;
    if view.deletes > 0 {
        let (number, messages) = (view.deletes, count(view.deletes, "message"));
        writeln!(
            text,
            "Deletes {messages} in Close; import with `--allow-deletes {number}`"
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
        true => write!(text, "Nothing to do{}.", why_nothing(&view.totals)),
        false => cost(&view.cost, text),
    }
}

/// The equations of the accounting.
fn accounting(view: &PlanView, text: &mut String) -> Result {
    let totals = &view.totals;
    let (read, distinct, desired) = (totals.read, totals.distinct, totals.desired);
    writeln!(text, "Messages")?;
    writeln!(
        text,
        "  {read} read = {distinct} distinct + {} seen again",
        totals.seen_again
    )?;
    if !view.rows_left_out.is_empty() {
        let each = view.rows_left_out.iter();
        let each = each.map(|(label, rows)| (label.as_str(), *rows));
        let rows: u64 = view.rows_left_out.iter().map(|(_, rows)| rows).sum();
        let of_each = describe_counts(each);
        writeln!(
            text,
            "  not read: {} of native archives: {of_each}",
            count(rows, "row")
        )?;
    }
    if !view.kinds.is_empty() {
        writeln!(text, "  by kind: {}", groups(&view.kinds))?;
    }
    writeln!(
        text,
        "  {distinct} distinct = {} left out + {} held + {desired} desired",
        totals.left_out + totals.not_selected,
        totals.held,
    )?;
    if !view.rules.is_empty() {
        writeln!(text, "  left out by rule: {}", groups(&view.rules))?;
    }
    writeln!(
        text,
        "  {desired} desired = {} to create{}{} + {} unchanged{}",
        totals.create,
        summand(totals.update, "to update"),
        summand(totals.replace, "to replace"),
        totals.unchanged,
        summand(totals.undecided, "undecided"),
    )
}

/// A summand, or nothing if it is zero.
fn summand(number: u64, what: &str) -> String {
    match number {
        0 => String::new(),
        number => format!(" + {number} {what}"),
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

/// Why there is nothing to do, per cause.
pub(super) fn why_nothing(totals: &Counts) -> String {
    let causes = [
        (totals.unchanged - totals.gone, "already in Close"),
        (
            totals.gone,
            "removed there (`--gone restore` posts them again)",
        ),
        (totals.undecided, "undecided"),
        (totals.held, "held"),
        (totals.left_out, "left out by rule"),
        (totals.not_selected, "not selected"),
    ];
    let causes = causes.iter().filter(|(number, _)| *number > 0);
    let causes: Vec<String> = causes
        .map(|(number, what)| format!("{} {what}", quantity::number(*number)))
        .collect();
    match causes.as_slice() {
        [] => ": no messages were read".to_owned(),
        causes => format!(": {}", causes.join(", ")),
    }
}
