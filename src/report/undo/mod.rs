//! The text of an undo: what would be deleted and what stays, the question, and the result.

mod chats;

use crate::app::{ChatPreview, Kept, KeptWhy, LeadPreview, Prepared, UndoOutcome};
use crate::plan::compare::Field;
use crate::quantity::{count, duration, number};
use crate::report::screen::Page;

/// The number of chats, leads and messages that stay, that are listed without `--details`.
const SHOWN: usize = 12;

/// What becomes of messages that were changed in Close.
const CHANGED: &str = "kept, changed in Close since";

/// What would be deleted and what stays. `again`: the flags that select the same messages, each after a blank; `None` in a
/// dry run. `flags`: those of the migration.
pub(crate) fn preview(
    prepared: &Prepared<'_>,
    again: Option<&str>,
    flags: &str,
    has_details: bool,
) -> Page {
    let of_run = match prepared.run {
        Some(run) => format!("run {run}"),
        None => "every run".to_owned(),
    };
    let mut page = Page::new();
    let account = prepared.account(has_details);
    page.line(format!("Undo of {of_run} in {account}"));
    if prepared.begun() > 0 {
        page.line(format!(
            "  {} that an interrupted undo began; finished first",
            count(prepared.begun(), "deletion")
        ));
    }
    match has_details {
        true => (chats(prepared, CHANGED).iter()).for_each(|line| page.line(line.as_str())),
        false => chats::table(prepared, CHANGED, &mut page),
    }
    for line in staying(prepared, has_details)
        .into_iter()
        .chain(outlook(prepared, again, flags))
    {
        page.line(line);
    }
    page
}

/// The number of items of a list that are shown.
pub(super) fn shown(has_details: bool) -> usize {
    match has_details {
        true => usize::MAX,
        false => SHOWN,
    }
}

/// What stays, and why.
fn staying(prepared: &Prepared<'_>, has_details: bool) -> Vec<String> {
    let numbers = &prepared.numbers;
    let shown = shown(has_details);
    let mut lines = kept(&prepared.kept, has_details);
    if prepared.replaced > 0 {
        lines.push(format!(
            "{} moved to another lead by this run; deleting them here does not bring them back to the former lead",
            count(prepared.replaced, "message")
        ));
    }
    if numbers.unchanged > 0 {
        lines.push(format!(
            "{} updated by this run and created by another; an update cannot be reverted, so they stay as they are",
            count(numbers.unchanged, "message")
        ));
    }
    if prepared.unknown_run() > 0 && prepared.run.is_some() {
        lines.push(format!(
            "{} of imports before runs were recorded; select them by `--chat` or `--lead`, or leave out `--run`",
            count(prepared.unknown_run(), "message")
        ));
    }
    lines.extend(unclear(prepared, shown));
    lines.extend(unrecorded(prepared, shown));
    lines.extend(prepared.leads.iter().map(lead));
    if prepared.leads_left > 0 {
        let stay = match prepared.leads_left {
            1 => "stays",
            _ => "stay",
        };
        lines.push(format!(
            "{} that `match` created {stay}; `--leads` deletes what holds nothing else",
            count(prepared.leads_left, "lead")
        ));
    }
    lines
}

/// The totals, or why there is nothing to do, and the next step.
fn outlook(prepared: &Prepared<'_>, again: Option<&str>, flags: &str) -> Vec<String> {
    let numbers = &prepared.numbers;
    let mut lines = Vec::new();
    match prepared.nothing() {
        Some(cause) => {
            lines.push(format!("Nothing to do: {cause}."));
            if prepared.unrecorded.is_empty() {
                lines
                    .push("Next: `chatferry runs` lists the runs and what they created".to_owned());
            } else {
                lines.push(recover_first(flags));
            }
        }
        None => {
            lines.push(totals(prepared));
            if prepared.numbers.already_gone > 0 {
                lines.push("What is no longer in Close counts as undone too: a later import posts it again.".to_owned());
            }
            let hint = again.map_or_else(String::new, |flags| {
                format!("; `chatferry undo --dry-run{flags}` shows this without deleting")
            });
            lines.push(format!(
                "About {}, {}{hint}",
                count(numbers.estimated_requests, "request"),
                duration(numbers.estimated_seconds)
            ));
            if again.is_none() {
                lines.push("Next: the same command without `--dry-run` deletes them".to_owned());
            }
        }
    }
    lines
}

/// Chats that stay because their device is not recorded.
fn unclear(prepared: &Prepared<'_>, shown: usize) -> Vec<String> {
    let all = prepared.unclear();
    let mut lines: Vec<String> = (all.iter().take(shown))
        .map(|chat| {
            format!("  stays: {chat}: which device it is of is not recorded; select it by `--chat` and not by `--device`")
        })
        .collect();
    let more = all.len().saturating_sub(shown);
    if more > 0 {
        lines.push(format!(
            "  stays: {}: `--details`",
            count(more as u64, "more chat")
        ));
    }
    lines
}

/// Every chat with its leads and numbers; `changed`: what becomes of messages that were changed in Close.
pub(super) fn chats(prepared: &Prepared<'_>, changed: &'static str) -> Vec<String> {
    let chats = prepared.chats.iter();
    chats.map(|one| chat(one, changed)).collect()
}

/// Messages of ours that the checkpoint does not record, lead by lead.
pub(super) fn unrecorded(prepared: &Prepared<'_>, shown: usize) -> Vec<String> {
    let all = &prepared.unrecorded;
    let lines = all.iter().take(shown).map(|(lead, number)| {
        format!(
            "  {lead}: {} of ours in Close without a record; the checkpoint is lost or older than the last import",
            count(*number, "message")
        )
    });
    let mut lines: Vec<String> = lines.collect();
    let more = all.len().saturating_sub(shown);
    if more > 0 {
        lines.push(format!(
            "  and {}: `--details`",
            count(more as u64, "more lead")
        ));
    }
    lines
}

/// The next command where messages of ours have no record.
pub(super) fn recover_first(flags: &str) -> String {
    format!(
        "Next: `chatferry recover{flags}`, which records the messages without a record; then the same command again"
    )
}

pub(super) fn totals(prepared: &Prepared<'_>) -> String {
    let numbers = &prepared.numbers;
    let parts = [
        (numbers.deleted, "to delete"),
        (numbers.unknown, "to look up first"),
        (numbers.kept, "kept"),
        (numbers.already_gone, "already gone"),
        (numbers.not_reached, "beyond the limit"),
    ];
    let parts: Vec<String> = (parts.iter())
        .filter(|(number, what)| *number > 0 || *what == "to delete")
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let mut text = format!("Messages: {}", parts.join(", "));
    if numbers.leads_deleted > 0 {
        text.push_str(&format!(
            "; {} to delete",
            count(numbers.leads_deleted, "lead")
        ));
    }
    text
}

/// A chat with its numbers; `changed`: what becomes of messages that were changed in Close.
fn chat(chat: &ChatPreview, changed: &'static str) -> String {
    let notes = chats::notes(chat).into_iter().zip(chats::words(changed));
    let parts: Vec<String> = ([(chat.delete, "to delete")].into_iter().chain(notes))
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let leads: Vec<&str> = chat.leads.iter().map(|lead| lead.as_str()).collect();
    let on = match leads.is_empty() {
        true => String::new(),
        false => format!(" on {}", leads.join(", ")),
    };
    format!("  {}{on}: {}", chat.chat, parts.join(", "))
}

/// The messages that stay: with details each, else one line for those of a chat with the same reason.
pub(super) fn kept(all: &[Kept], has_details: bool) -> Vec<String> {
    let mut groups: Vec<(&Kept, String, u64)> = Vec::new();
    for kept in all {
        let why = why(&kept.why);
        let is_same = |(first, reason, _): &&mut (&Kept, String, u64)| {
            !has_details && first.chat == kept.chat && *reason == why
        };
        match groups.iter_mut().find(is_same) {
            Some((.., messages)) => *messages += 1,
            None => groups.push((kept, why, 1)),
        }
    }
    let shown = shown(has_details);
    let mut lines: Vec<String> = (groups.iter().take(shown))
        .map(|(kept, why, messages)| {
            let id = match &kept.activity_id {
                Some(activity) => activity.to_string(),
                None => format!("a message on {}", kept.lead_id),
            };
            let more = match messages {
                1 => String::new(),
                messages => format!(" and {} more", number(messages - 1)),
            };
            format!("  kept: {id}{more}, {}: {why}", kept.chat)
        })
        .collect();
    let more: u64 = groups
        .iter()
        .skip(shown)
        .map(|(.., messages)| messages)
        .sum();
    if more > 0 {
        lines.push(format!(
            "  kept: {}: `--details`",
            count(more, "more message")
        ));
    }
    lines
}

fn why(why: &KeptWhy) -> String {
    match why {
        KeptWhy::Changed(fields) => {
            let fields: Vec<&str> = fields.iter().map(|field| name(*field)).collect();
            format!("changed in Close since ({})", fields.join(", "))
        }
        KeptWhy::UpdateUnfinished => {
            "an import was interrupted while it updated this message; `chatferry import` finishes that".to_owned()
        }
        KeptWhy::Replied => "an activity that stays replies to it".to_owned(),
        KeptWhy::Moving => {
            "an import was interrupted while it moved this message to another lead; `chatferry import` finishes that".to_owned()
        }
        KeptWhy::Refused(reason) => format!("Close rejects the deletion: {reason}"),
        KeptWhy::Unknown(reason) => {
            format!("no response to the deletion ({reason}); the same command finishes it")
        }
        KeptWhy::ChatStopped => {
            "not tried, since Close did not carry out the deletions before it in this chat; the same command retries it".to_owned()
        }
        KeptWhy::NotRead(reason) => format!("it could not be read: {reason}"),
        KeptWhy::OnOtherLead(lead) => {
            format!("it is on {lead}, probably after a merge; the same command follows it")
        }
    }
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Text => "text",
        Field::Time => "time",
        Field::Direction => "direction",
        Field::Contact => "contact",
        Field::User => "user",
        Field::LocalPhone | Field::RemotePhone => "number",
        Field::People => "contact, user or number",
        Field::Link => "link",
        Field::FileNames | Field::FileSizes | Field::FileBytes => "files",
    }
}

fn lead(lead: &LeadPreview) -> String {
    let id = &lead.lead_id;
    match (&lead.kept, lead.line) {
        (Some(why), _) => format!("  lead {id} stays: {why}"),
        (None, Some(line)) => format!(
            "  lead {id}: to delete; then clear lead_id and contact_id in line {line} of contacts.csv"
        ),
        (None, None) => format!("  lead {id}: to delete"),
    }
}

/// What a person confirms by typing the organisation's name.
pub(crate) fn question(prepared: &Prepared<'_>) -> String {
    let numbers = &prepared.numbers;
    let messages = count(numbers.deleted + numbers.unknown, "message");
    let what = match numbers.leads_deleted {
        0 => messages,
        leads => format!("{messages} and {}", count(leads, "lead")),
    };
    format!("This deletes {what} in Close and cannot be reverted.")
}

/// The result.
pub(crate) fn text(outcome: &UndoOutcome, flags: &str, has_details: bool) -> String {
    let numbers = &outcome.numbers;
    let mut lines = kept(&outcome.kept, has_details);
    for one in &outcome.leads {
        lines.push(match (&one.kept, one.line) {
            (Some(why), _) => format!("  lead {} stays: {why}", one.lead_id),
            (None, Some(line)) => format!(
                "  lead {} is deleted; clear lead_id and contact_id in line {line} of contacts.csv",
                one.lead_id
            ),
            (None, None) => format!("  lead {} is deleted", one.lead_id),
        });
    }
    lines.push(result(outcome));
    lines.push(match (&outcome.stopped, numbers.kept + numbers.failed) {
        (Some(_), _) => "Next: the same command continues".to_owned(),
        (None, _) if numbers.unrecorded > 0 => recover_first(flags),
        (None, 0) => format!(
            "Next: correct what was wrong, then `chatferry plan{flags}` and `chatferry import{flags}`, which posts these messages again"
        ),
        (None, _) => format!(
            "Next: look at the messages that stay in Close; `chatferry verify{flags}` compares them"
        ),
    });
    lines.join("\n")
}

/// One line with the totals of a run.
pub(super) fn result(outcome: &UndoOutcome) -> String {
    let numbers = &outcome.numbers;
    let parts = [
        (numbers.already_gone, "already gone"),
        (numbers.kept, "kept"),
        (numbers.failed, "rejected"),
        (numbers.unknown, "with unknown outcome"),
        (numbers.not_reached, "not reached"),
    ];
    let rest: String = (parts.iter())
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!(", {number} {what}"))
        .collect();
    let leads = match numbers.leads_deleted {
        0 => String::new(),
        leads => format!("; deleted {}", count(leads, "lead")),
    };
    format!(
        "Run {}: deleted {}{rest}{leads}, in {} with {} (estimated {})",
        outcome.run,
        count(numbers.deleted, "message"),
        duration(numbers.seconds),
        count(numbers.requests, "request"),
        duration(numbers.estimated_seconds)
    )
}
