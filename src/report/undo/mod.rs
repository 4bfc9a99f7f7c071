//! The text of an undo: what would be deleted and what stays, the question, and the result.

mod chats;
mod sections;
mod view;

use view::{KeptView, LeadView};

use crate::app::{Kept, NamedLead, Prepared, UndoOutcome};
use crate::quantity::{count, duration, number};
use crate::report::screen::Page;

pub(crate) use sections::sections;
pub(crate) use view::UndoView;

/// The number of chats, leads and messages that stay, that are listed without `--details`.
const SHOWN: usize = 12;

/// What becomes of messages that were changed in Close, unless a person is erased.
pub(crate) const CHANGED: &str = "kept, changed in Close since";

/// The commands that the screen of an undo names to a person.
#[derive(Debug)]
pub(crate) enum Commands<'c> {
    /// After a dry run: the command that deletes.
    Trial {
        /// The command that printed this screen.
        typed: &'c str,
        /// The command that deletes.
        deletes: &'c str,
    },
    /// Before a deletion: the commands that go on with a part.
    Run {
        /// The command that printed this screen.
        typed: &'c str,
        /// The flags that select the same messages, each after a space.
        flags: &'c str,
    },
}

impl Commands<'_> {
    fn typed(&self) -> &str {
        match self {
            Commands::Trial { typed, .. } | Commands::Run { typed, .. } => typed,
        }
    }
}

/// What an undo would delete and what would stay, as a page.
pub(crate) fn preview(view: &UndoView, commands: &Commands<'_>, has_details: bool) -> Page {
    let of_run = match view.run {
        Some(run) => format!("run {run}"),
        None => "every run".to_owned(),
    };
    let mut page = Page::new();
    let account = match has_details {
        true => &view.account,
        false => &view.organization,
    };
    page.line(format!("Undo of {of_run} in {account}"));
    if view.begun > 0 {
        page.line(format!(
            "  {} that an interrupted undo began; finished first",
            count(view.begun, "deletion")
        ));
    }
    match has_details {
        true => (chats(view).iter()).for_each(|line| page.line(line.as_str())),
        false => chats::table(view, &mut page),
    }
    for line in staying(view, has_details)
        .into_iter()
        .chain(outlook(view, commands))
    {
        page.line(line);
    }
    page
}

/// The lines of a list that are shown, each with what it counts, and a line for the rest of it: `head`, number, `noun`.
fn shown(
    lines: impl Iterator<Item = (String, u64)>,
    (head, noun): (&str, &str),
    has_details: bool,
) -> Vec<String> {
    let (mut shown, mut more) = (Vec::new(), 0);
    for (line, number) in lines {
        match has_details || shown.len() < SHOWN {
            true => shown.push(line),
            false => more += number,
        }
    }
    if more > 0 {
        shown.push(format!("  {head} {}: `--details`", count(more, noun)));
    }
    shown
}

/// What stays, and why.
fn staying(view: &UndoView, has_details: bool) -> Vec<String> {
    let mut lines = kept(&view.kept, has_details);
    let remarks = view.remarks.iter();
    lines.extend(remarks.map(|one| format!("{} {}", count(one.messages, "message"), one.why)));
    lines.extend(unclear(view, has_details));
    lines.extend(unrecorded(view, has_details));
    lines.extend(view.leads.iter().map(|one| lead(one, false)));
    if view.leads_left > 0 {
        let stay = match view.leads_left {
            1 => "stays",
            _ => "stay",
        };
        lines.push(format!(
            "{} that `match` created {stay}; --leads deletes what holds nothing else",
            count(view.leads_left, "lead")
        ));
    }
    lines
}

/// The totals, or why there is nothing to do, and the next step.
fn outlook(view: &UndoView, commands: &Commands<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    match &view.nothing {
        Some(cause) => {
            lines.push(format!("Nothing to do: {cause}."));
            if view.unrecorded.is_empty() {
                lines
                    .push("Next: `chatferry runs` lists the runs and what they created".to_owned());
            } else {
                lines.push(format!("Next: {}", recover_first(commands.typed())));
            }
        }
        None => {
            lines.push(totals(view));
            if view.already_gone > 0 {
                lines.push("What is no longer in Close counts as undone too: a later import posts it again.".to_owned());
            }
            let (hint, next) = match commands {
                Commands::Trial { deletes, .. } => {
                    let next = format!("Next: `{deletes}` deletes them");
                    (String::new(), Some(next))
                }
                Commands::Run { flags, .. } => (
                    format!("; `chatferry undo --dry-run{flags}` shows this without deleting"),
                    None,
                ),
            };
            lines.push(format!(
                "About {}, {}{hint}",
                count(view.estimated_requests, "request"),
                duration(view.estimated_seconds)
            ));
            lines.extend(next);
        }
    }
    lines
}

/// Chats that stay because their device is not recorded.
fn unclear(view: &UndoView, has_details: bool) -> Vec<String> {
    let lines = view.unclear.iter().map(|chat| {
        let line = format!("  stays: {chat}: which device it is of is not recorded; select it by `--chat` and not by `--device`");
        (line, 1)
    });
    shown(lines, ("stays:", "more chat"), has_details)
}

/// Every chat with its leads and numbers.
pub(super) fn chats(view: &UndoView) -> Vec<String> {
    view.chats.iter().map(chat).collect()
}

/// Messages of ours that the checkpoint does not record, lead by lead.
pub(super) fn unrecorded(view: &UndoView, has_details: bool) -> Vec<String> {
    let lines = (view.unrecorded.iter())
        .map(|(lead, number)| (format!("  {lead}: {}", view::unrecorded(*number)), 1));
    shown(lines, ("and", "more lead"), has_details)
}

/// What to do first where messages of ours have no record.
pub(super) const RECOVER: &str = "`chatferry recover`, which records the messages without a record";

/// The next command where messages of ours have no record. `typed`: the running one.
pub(super) fn recover_first(typed: &str) -> String {
    format!("{RECOVER}; then `{typed}` again")
}

pub(super) fn totals(view: &UndoView) -> String {
    let mut text = format!("Messages: {}", view::parts(&view.totals));
    if view.leads_deleted > 0 {
        text.push_str(&format!(
            "; {} to delete",
            count(view.leads_deleted, "lead")
        ));
    }
    text
}

/// A chat with its numbers.
fn chat(chat: &view::ChatView) -> String {
    let mut parts = chat.others();
    if chat.delete > 0 {
        parts.insert(0, (chat.delete, "to delete"));
    }
    let leads: Vec<&str> = chat.leads.iter().map(|lead| lead.as_str()).collect();
    let on = match leads.is_empty() {
        true => String::new(),
        false => format!(" on {}", leads.join(", ")),
    };
    format!("  {}{on}: {}", chat.chat, view::parts(&parts))
}

/// The messages that stay: with details each, else one line for those of a chat with the same reason.
fn kept(all: &[KeptView], has_details: bool) -> Vec<String> {
    let mut groups: Vec<(&KeptView, u64)> = Vec::new();
    for kept in all {
        let is_same = |(first, _): &&mut (&KeptView, u64)| {
            !has_details && first.chat == kept.chat && first.why == kept.why
        };
        match groups.iter_mut().find(is_same) {
            Some((_, messages)) => *messages += 1,
            None => groups.push((kept, 1)),
        }
    }
    let lines = groups.into_iter().map(|(kept, messages)| {
        let more = match messages {
            1 => String::new(),
            messages => format!(" and {} more", number(messages - 1)),
        };
        let line = format!("  kept: {}{more}, {}: {}", kept.what, kept.chat, kept.why);
        (line, messages)
    });
    shown(lines, ("kept:", "more message"), has_details)
}

/// Messages that stayed.
pub(super) fn kept_after(all: &[Kept], has_details: bool) -> Vec<String> {
    let views: Vec<KeptView> = all.iter().map(KeptView::of).collect();
    kept(&views, has_details)
}

/// A lead that `match` created. `is_done`: after the undo.
fn lead(lead: &LeadView, is_done: bool) -> String {
    let (delete, then) = match is_done {
        true => (" is deleted", ""),
        false => (": to delete", "then "),
    };
    let id = match &lead.lead {
        NamedLead { name: None, id } => format!("lead {id}"),
        named => format!("lead of {named}"),
    };
    match (&lead.kept, lead.line) {
        (Some(why), _) => format!("  {id} stays: {why}"),
        (None, Some(line)) => format!(
            "  {id}{delete}; {then}clear lead_id and contact_id in line {line} of contacts.csv"
        ),
        (None, None) => format!("  {id}{delete}"),
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

/// The result of an undo as text. `typed`: the running command.
pub(crate) fn text(outcome: &UndoOutcome, typed: &str, has_details: bool) -> String {
    let numbers = &outcome.numbers;
    let mut lines = kept_after(&outcome.kept, has_details);
    lines.extend((outcome.leads.iter()).map(|one| lead(&LeadView::of(one), true)));
    lines.push(result(outcome));
    lines.push(match (&outcome.stopped, numbers.kept + numbers.failed) {
        (Some(_), _) => format!("Next: `{typed}` continues"),
        (None, _) if numbers.unrecorded > 0 => format!("Next: {}", recover_first(typed)),
        (None, 0) => {
            "Next: correct what was wrong, then `chatferry plan` and `chatferry import`, which posts these messages again".to_owned()
        }
        (None, _) => {
            "Next: look at the messages that stay in Close; `chatferry verify` compares them".to_owned()
        }
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
        .filter(|(value, _)| *value > 0)
        .map(|(value, what)| format!(", {} {what}", number(*value)))
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
