//! The text of a chat to import: destination, operations, remarks, questions.

use std::fmt::{Result, Write};
use std::time::Duration;

use super::PlanView;
use super::counts::{Counts, Group};
use super::questions::{CandidateView, Questions};
use super::view::ChatView;
use crate::quantity::{bytes, count, duration, number};

/// Writes the text of a chat of a plan.
pub(super) fn chat(plan: &PlanView, view: &ChatView, text: &mut String) -> Result {
    let ChatView {
        device,
        name,
        lead_id,
        counts,
        update_reasons,
        ..
    } = view;
    writeln!(text, "  {device}: {name}  to {lead_id}")?;
    let mut parts = operations(counts, update_reasons);
    parts.extend(unchanged(counts, plan.is_pilot));
    let read = count(counts.read, "message");
    writeln!(text, "      {read}: {}", parts.join(", "))?;
    for line in copies(view) {
        writeln!(text, "      {line}")?;
    }
    questions(&view.questions, text)?;
    for line in remarks(view, &plan.configuration) {
        writeln!(text, "      {line}")?;
    }
    Ok(())
}

/// The operations of a chat with their counts.
fn operations(counts: &Counts, update_reasons: &[Group]) -> Vec<String> {
    let mut parts = vec![format!("{} to create", number(counts.create))];
    if counts.update > 0 {
        let reasons = groups(update_reasons);
        parts.push(format!("{} to update ({reasons})", number(counts.update)));
    }
    parts.extend(nonzero(&[
        (
            counts.replace,
            "to replace (on another lead: posted here, then deleted there)",
        ),
        (counts.delete, "to delete (deleted by their senders)"),
        (counts.relink, "older replies to relink"),
        (counts.undecided, "undecided and left alone"),
        (
            counts.begun,
            "of those begun by an earlier run and finished first",
        ),
    ]));
    if counts.files > 0 {
        let (files, size) = (count(counts.files, "file"), bytes(counts.bytes));
        parts.push(format!("with {files} ({size})"));
    }
    parts.extend(nonzero(&[
        (counts.settle, "of them looked up first"),
        (counts.restore, "of them removed in Close and posted again"),
    ]));
    parts
}

/// The messages of a chat without operation, with their counts.
fn unchanged(counts: &Counts, is_pilot: bool) -> Vec<String> {
    let among = [
        (counts.adopt, "found in Close"),
        (counts.gone, "removed in Close and not restored"),
    ];
    let among = match nonzero(&among).as_slice() {
        [] => String::new(),
        among => format!(" ({})", among.join(", ")),
    };
    let unchanged = format!("unchanged{among}");
    let later = match is_pilot {
        true => "later, after the pilot",
        false => "later (`--limit`)",
    };
    nonzero(&[
        (counts.unchanged, &unchanged),
        (counts.not_selected, later),
        (counts.left_out, "left out"),
        (counts.seen_again, "seen again in another archive"),
        (counts.kept, "in Close that the archives no longer contain"),
    ])
}

/// The counts that are not zero, each with its meaning.
fn nonzero(counts: &[(u64, &str)]) -> Vec<String> {
    let nonzero = counts.iter().filter(|(value, _)| *value > 0);
    nonzero
        .map(|(value, what)| format!("{} {what}", number(*value)))
        .collect()
}

/// `3 text, 1 edited`.
pub(super) fn groups(groups: &[Group]) -> String {
    let groups = groups.iter();
    let parts: Vec<String> = groups
        .map(|group| format!("{} {}", number(group.messages), group.what))
        .collect();
    parts.join(", ")
}

/// Messages that Close has more than once.
pub(super) fn copies(view: &ChatView) -> Vec<String> {
    let all = [
        (
            view.existing,
            "message",
            "also in Close from another integration",
        ),
        (
            view.duplicates,
            "duplicate",
            "in Close: the lead has the same message more than once; none is deleted",
        ),
        (
            view.repeated_elsewhere,
            "duplicate",
            "in Close: on a former lead as well, as after an interrupted move; none is deleted",
        ),
    ];
    let all = all.iter().filter(|(number, ..)| *number > 0);
    all.map(|(number, thing, what)| format!("{} {what}", count(*number, thing)))
        .collect()
}

/// The undecided messages, and the rows of decisions.csv that settle them.
fn questions(questions: &Questions, text: &mut String) -> Result {
    for cause in &questions.causes {
        let (messages, why) = (count(cause.places.count(), "message"), cause.why);
        let places = cause.places.text();
        writeln!(text, "      undecided: {messages}: {why}: {places}")?;
    }
    if !questions.open.is_empty() {
        writeln!(
            text,
            "      to settle one of them, add one of its rows to decisions.csv (message,decision,of)"
        )?;
    }
    for question in &questions.open {
        writeln!(text, "        {}", question.location)?;
        for row in &question.rows {
            writeln!(text, "          {row}")?;
        }
        for one in &question.candidates {
            writeln!(text, "            {}", candidate(one))?;
        }
    }
    match questions.more {
        0 => Ok(()),
        more => writeln!(text, "        and {} more", number(more)),
    }
}

/// Id, time, direction and location of a candidate.
fn candidate(candidate: &CandidateView) -> String {
    let mut text = format!("{}: {}", candidate.id, candidate.at);
    for part in (candidate.direction.into_iter()).chain(candidate.location.as_deref()) {
        text.push_str(", ");
        text.push_str(part);
    }
    text
}

/// What else a person should know of the chat.
pub(super) fn remarks(view: &ChatView, configuration: &str) -> Vec<String> {
    let to = &view.lead_id;
    let mut lines = Vec::new();
    if let Some(from) = &view.merged_from {
        lines.push(format!(
            "its lead {from} was merged into {to} in Close, which is used; set {to} in contacts.csv"
        ));
    }
    lines.extend(view.shared_number.clone());
    if let Some(shift) = view.zone_shift {
        lines.push(format!(
            "exported in another time zone: its times are {} {} than those imported and are corrected",
            duration(Duration::from_millis(shift.unsigned_abs()).as_secs_f64()),
            if shift > 0 { "later" } else { "earlier" }
        ));
        if !view.zones.is_empty() {
            lines.push(format!(
                "  if no phone was in another zone, check timezone in {configuration}: {}",
                view.zones
            ));
        }
    }
    if view.undecided_deletions > 0 {
        lines.push(format!(
            "{}: the message in Close could not be determined; left alone",
            count(view.undecided_deletions, "deletion")
        ));
    }
    let elsewhere = &view.deleted_on_other_leads;
    if elsewhere.count() > 0 {
        lines.push(format!(
            "{}, deleted by its sender since: stays on another lead (deleted_since = \"delete\" deletes it there): {}",
            count(elsewhere.count(), "message"),
            elsewhere.text()
        ));
    }
    if view.ambiguous_times > 0 {
        let times = count(view.ambiguous_times, "time");
        lines.push(format!(
            "{times} in the hour that is repeated when clocks are set back: read as the first"
        ));
    }
    lines
}
