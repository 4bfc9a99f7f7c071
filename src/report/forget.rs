//! The text of an erasure: what would be deleted, the result, and the receipt.

use std::collections::BTreeSet;

use super::undo::{self, UndoView};
use crate::app::{Prepared, Receipt, UndoOutcome};
use crate::quantity::{count, duration};

/// What to do after erasing a person; the number follows.
pub(crate) const ADD: &str = "Add this line to never.txt, since a checkpoint can be lost and never.txt stays; until it is \
    there, the exit status is 3:";

/// What would be deleted and what stays; `quoting`: the number of messages of others that are rendered without the person.
pub(crate) fn preview(prepared: &Prepared<'_>, quoting: usize, has_details: bool) -> String {
    let account = prepared.account(has_details);
    let mut lines = vec![format!("Erasure of one person in {account}")];
    if prepared.begun() > 0 {
        lines.push(format!(
            "  {} that an interrupted run began; finished first",
            count(prepared.begun(), "deletion")
        ));
    }
    let changed = "of them changed in Close since, deleted all the same";
    let view = UndoView::of(prepared, changed);
    lines.extend(undo::chats(&view));
    lines.extend(undo::kept_after(&prepared.kept, has_details));
    lines.extend(undo::unrecorded(&view, has_details));
    if quoting > 0 {
        lines.push(format!(
            "  {} of others with a quotation or a reaction of this person: rendered without it",
            count(quoting as u64, "message")
        ));
    }
    match prepared.nothing() {
        Some(_) if quoting > 0 => {}
        Some(cause) => lines.push(format!("Nothing to do: {cause}.")),
        None => {
            lines.push(undo::totals(&view));
            lines.push(format!(
                "About {}, {}; `--dry-run` shows this without deleting",
                count(prepared.numbers.estimated_requests, "request"),
                duration(prepared.numbers.estimated_seconds)
            ));
        }
    }
    lines.join("\n")
}

/// What an erasure did, as text, without the next step.
pub(crate) fn text(outcome: &UndoOutcome, has_details: bool) -> String {
    let mut lines = undo::kept_after(&outcome.kept, has_details);
    lines.push(undo::result(outcome));
    lines.join("\n")
}

/// Whether the command has something left to delete.
pub(crate) fn is_left(outcome: &UndoOutcome) -> bool {
    outcome.stopped.is_some() || !outcome.kept.is_empty()
}

/// The receipt of an erasure as text: what was deleted and when, and what cannot be removed here.
pub(crate) fn receipt(receipt: &Receipt) -> String {
    let mut lines = vec![match receipt.run {
        Some(run) => format!("Receipt of the erasure of one person, run {run}"),
        None => "Receipt: nothing was deleted by this command".to_owned(),
    }];
    lines.push(match receipt.is_erased {
        true => {
            "The checkpoint records the person as erased: imports leave the person out.".to_owned()
        }
        false => "The checkpoint does not record the person as erased.".to_owned(),
    });
    lines.push(format!(
        "Deleted: {}",
        count(receipt.removed.len() as u64, "message")
    ));
    let removed = receipt.removed.iter();
    lines.extend(removed.map(|one| format!("  {}  {}  {}", one.at, one.activity_id, one.lead_id)));
    if !receipt.rewritten.is_empty() {
        lines.push("Rendered without a quotation or reaction of this person:".to_owned());
        let rewritten = receipt.rewritten.iter();
        lines.extend(rewritten.map(|one| format!("  {}  {}", one.activity_id(), one.lead_id())));
    }
    let is_unknown = receipt.removed.is_empty()
        && receipt.not_ours.is_empty()
        && receipt.archives == 0
        && receipt.numbers.unrecorded == 0;
    if is_unknown {
        lines.push(
            "No message of this number is recorded, and no archive has a chat with it: check the number."
                .to_owned(),
        );
    }
    lines.push("Cannot be removed here:".to_owned());
    let before = lines.len();
    if receipt.numbers.unrecorded > 0 {
        lines.push(format!(
            "  {} with the number that an import created and the checkpoint does not record: run `chatferry recover`, then this again",
            count(receipt.numbers.unrecorded, "message")
        ));
    }
    lines.extend((receipt.not_ours.iter()).map(|one| {
        format!(
            "  {} on {} has the number, and no import created it: delete it in Close",
            one.activity_id(),
            one.lead_id()
        )
    }));
    lines.extend(receipt.not_rewritten.iter().map(|(activity, reason)| {
        format!("  {activity} quotes this person or shows a reaction; Close rejects its update: {reason}")
    }));
    lines.extend(receipt.anchored_leads.iter().map(|lead| {
        format!(
            "  a group on {lead} has this person as anchor: its other messages have the number; give the group another anchor"
        )
    }));
    if receipt.with_files > 0 {
        lines.push(format!(
            "  the files of {}: Close may keep them in its storage; ask Close's support",
            count(receipt.with_files, "deleted message")
        ));
    }
    if receipt.archives > 0 {
        lines.push(format!(
            "  {} of chats with this person; the names of the files contain the person's name or number",
            count(receipt.archives, "archive")
        ));
    }
    list(
        &mut lines,
        &receipt.group_archives,
        "has messages of this person",
    );
    list(
        &mut lines,
        &receipt.groups_by_name,
        "is a group in which some senders are known by name only: if the person is one of them, add a row with the number to contacts.csv and run this again",
    );
    if lines.len() == before {
        lines.push("  nothing that this folder shows".to_owned());
    }
    lines.join("\n")
}

/// The next step after an erasure, as text. `typed`: the command without `--dry-run`; `is_left`: it
/// has something left to delete.
pub(crate) fn next(receipt: &Receipt, typed: &str, (dry_run, is_left): (bool, bool)) -> String {
    match (dry_run, receipt.in_never_txt) {
        (true, _) => format!("`{typed}` erases this person"),
        (false, _) if receipt.numbers.unrecorded > 0 && !is_left => {
            let add = match receipt.in_never_txt {
                true => "",
                false => "add the line above to never.txt; then ",
            };
            format!("{add}{}", undo::recover_first(typed))
        }
        (false, false) => format!("add the line above to never.txt, then `{typed}` again"),
        (false, true) if is_left => format!("`{typed}` continues with what is left"),
        (false, true) => {
            "see above for what cannot be removed here; `chatferry plan` shows what imports do from now on".to_owned()
        }
    }
}

fn list(lines: &mut Vec<String>, archives: &BTreeSet<String>, what: &str) {
    lines.extend((archives.iter()).map(|archive| format!("  {archive} {what}")));
}
