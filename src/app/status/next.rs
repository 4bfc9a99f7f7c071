//! What to do next.

use super::Status;
use crate::app::table_of;
use crate::checkpoint::{RunOutcome, RunRow};
use crate::quantity::count;

/// What to do next: decisions first. `last`: the last run.
pub(super) fn step(status: &Status, last: Option<&RunRow>) -> String {
    if let Some(command) = &status.unfinished_command {
        return match command.as_str() {
            "forget" => {
                "the last `forget` did not finish: the same command, with the same number, goes on"
                    .to_owned()
            }
            _ => format!(
                "the last `{command}` did not finish: the same command, with the same flags, goes on; an import would post \
                 again what it deleted"
            ),
        };
    }
    let rest = after_decisions(status, last);
    let rest = match status.undone {
        0 => rest,
        undone => rest.map(|rest| {
            let undone = count(undone, "message");
            format!(
                "{rest}; an import posts the {undone} again that the last `chatferry undo` deleted"
            )
        }),
    };
    let to_decide = status.chats.to_decide;
    if to_decide == 0 {
        return rest.unwrap_or_else(|| nothing(status));
    }
    let rest = rest.unwrap_or_else(|| "`chatferry plan` and `chatferry import`".to_owned());
    format!(
        "fill in contacts.csv for {} (`chatferry match` fills in what is certain), or set import to no; then {rest}",
        count(to_decide, "chat")
    )
}

/// Why there is nothing to do.
fn nothing(status: &Status) -> String {
    let why = match &status.messages {
        None => "no archive can be read".to_owned(),
        Some(messages) if messages.desired > 0 => {
            let desired = count(messages.desired, "message");
            match messages.removed {
                0 => {
                    format!("{desired} to be in Close, all there; `chatferry verify` compares them")
                }
                removed => format!(
                    "{} of {desired} in Close; {}",
                    messages.desired - removed,
                    stay_removed(removed)
                ),
            }
        }
        Some(messages) if messages.distinct == 0 => "no archive has a message".to_owned(),
        Some(messages) => format!(
            "of {}, {} left out by rule and {} held",
            count(messages.distinct, "message"),
            messages.left_out,
            messages.held
        ),
    };
    format!("nothing: {why}; run `chatferry import` when there are newer exports")
}

/// Messages that were removed in Close and are not posted again.
fn stay_removed(messages: u64) -> String {
    match messages {
        1 => "1 was removed there and stays removed (`chatferry import --gone restore` posts it again)".to_owned(),
        messages => format!(
            "{messages} were removed there and stay removed (`chatferry import --gone restore` posts them again)"
        ),
    }
}

fn after_decisions(status: &Status, last: Option<&RunRow>) -> Option<String> {
    let chats = &status.chats;
    let Some(last) = last else {
        return Some(match chats.ready + chats.held + chats.to_decide {
            _ if !status.is_read() => "correct `archives` in the configuration (`chatferry plan` shows why none can be read)",
            0 if chats.excluded + chats.private > 0 => "nothing: every chat is left out; `chatferry plan` shows by which rule",
            0 if status.chats_recorded == 0 => "put exports where `archives` in the configuration names them: no archive was found there",
            0 => "fill in contacts.csv (`chatferry match` fills in what is certain), then `chatferry plan`",
            _ => "`chatferry plan`, then `chatferry import`",
        }.to_owned());
    };
    let of_last = |name: &str| last.counts.get(name).copied().unwrap_or(0);
    let step = match last.ended.map(|(_, outcome)| outcome) {
        None | Some(RunOutcome::Stopped | RunOutcome::Aborted) => {
            "the last run did not finish: `chatferry import` resumes it".to_owned()
        }
        _ if status.unknown > 0 => {
            "`chatferry import`, which looks up the messages whose outcome is unknown".to_owned()
        }
        _ if status.failed + status.refused > 0 => format!(
            "correct the causes in {}, then `chatferry import --retry-failed`",
            table_of(&status.checkpoint).display()
        ),
        _ if of_last("not_selected") > 0 && (chats.incomplete > 0 || !status.is_read()) => {
            "the last run imported a selection: `chatferry import` imports the rest".to_owned()
        }
        _ if chats.waiting > 0 => format!(
            "{} ready and not in Close yet: `chatferry plan`, then `chatferry import`",
            count(chats.waiting, "chat")
        ),
        _ if chats.incomplete > 0 => format!(
            "{} with new or changed messages: `chatferry plan`, then `chatferry import`",
            count(chats.incomplete, "chat")
        ),
        _ => {
            let left = left_over(status, last);
            return (!left.is_empty()).then(|| left.join("; "));
        }
    };
    Some(step)
}

/// What is left to a person, and archives that only an import can compare with Close.
fn left_over(status: &Status, last: &RunRow) -> Vec<String> {
    let of_last = |name: &str| last.counts.get(name).copied().unwrap_or(0);
    let chats = &status.chats;
    let mut left = Vec::new();
    if let Some(unreadable @ 1..) = status.unreadable {
        left.push(format!(
            "could not read {}: copy them again, then `chatferry import` (`chatferry plan` shows the reasons)",
            count(unreadable, "archive")
        ));
    }
    if status.unnamed > 0 {
        left.push(format!(
            "{} of no device: `chatferry plan` names them",
            count(status.unnamed, "archive")
        ));
    }
    if chats.changed > 0 {
        left.push(format!(
            "the archives, tables or settings of {} were changed since the last complete import: `chatferry import`",
            count(chats.changed, "chat")
        ));
    }
    if chats.held > 0 {
        left.push(match of_last("held") {
            0 => format!(
                "{} held: `chatferry plan --details` shows the reasons",
                count(chats.held, "chat")
            ),
            held => format!(
                "the last run held {}: `chatferry plan --details` shows the reasons",
                count(held, "message")
            ),
        });
    }
    let undecided = match &status.messages {
        Some(messages) => messages.undecided,
        None => of_last("undecided"),
    };
    if undecided > 0 {
        left.push(format!(
            "{} undecided: `chatferry plan --details` prints the rows of decisions.csv that settle them",
            count(undecided, "message")
        ));
    }
    left
}
