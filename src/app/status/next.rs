//! What to do next.

use std::path::Path;

use super::Chats;
use crate::app::table_of;
use crate::checkpoint::{RunOutcome, RunRow, Standing};
use crate::quantity::count;

/// What to do next: decisions first.
pub(super) fn step(
    chats: &Chats,
    standing: &Standing,
    last: Option<&RunRow>,
    checkpoint: &Path,
) -> String {
    let rest = after_decisions(chats, standing, last, checkpoint);
    if chats.to_decide == 0 {
        return rest.unwrap_or_else(|| {
            "nothing; run `chatferry import` when there are newer exports".to_owned()
        });
    }
    let rest = rest.unwrap_or_else(|| "`chatferry plan` and `chatferry import`".to_owned());
    format!(
        "fill in contacts.csv for {} (`chatferry match` fills in what is certain), or set import to no; then {rest}",
        count(chats.to_decide, "chat")
    )
}

fn after_decisions(
    chats: &Chats,
    standing: &Standing,
    last: Option<&RunRow>,
    checkpoint: &Path,
) -> Option<String> {
    let Some(last) = last else {
        return Some(match chats.ready + chats.to_decide {
            0 => "fill in contacts.csv (`chatferry match` fills in what is certain), then `chatferry plan`",
            _ => "`chatferry plan`, then `chatferry import`",
        }.to_owned());
    };
    let of_last = |name: &str| last.counts.get(name).copied().unwrap_or(0);
    let says = match last.ended.map(|(_, outcome)| outcome) {
        None | Some(RunOutcome::Stopped | RunOutcome::Aborted) => {
            "the last run did not finish: `chatferry import` resumes it".to_owned()
        }
        _ if standing.unknown > 0 => {
            "`chatferry import`, which looks up the messages whose outcome is unknown".to_owned()
        }
        _ if standing.failed + standing.refused > 0 => format!(
            "correct the causes in {}, then `chatferry import --retry-failed`",
            table_of(checkpoint).display()
        ),
        _ if of_last("not_selected") > 0 => {
            "the last run imported a selection: `chatferry import` imports the rest".to_owned()
        }
        _ if chats.waiting > 0 => format!(
            "{} ready and not in Close yet: `chatferry plan`, then `chatferry import`",
            count(chats.waiting, "chat")
        ),
        _ => {
            let left = left_over(chats, last);
            return (!left.is_empty()).then(|| left.join("; "));
        }
    };
    Some(says)
}

/// What the last run left to a person.
fn left_over(chats: &Chats, last: &RunRow) -> Vec<String> {
    let of_last = |name: &str| last.counts.get(name).copied().unwrap_or(0);
    let mut left = Vec::new();
    if of_last("unreadable") > 0 {
        left.push(format!(
            "the last run could not read {}: copy them again, then `chatferry import` (`chatferry plan` shows the reasons)",
            count(of_last("unreadable"), "archive")
        ));
    }
    // With decisions open, those are among them.
    if of_last("held") > 0 && chats.to_decide == 0 {
        left.push(format!(
            "the last run held {}: `chatferry plan` shows the reasons",
            count(of_last("held"), "message")
        ));
    }
    if of_last("undecided") > 0 {
        left.push(format!(
            "the last run left {} undecided: `chatferry plan` prints the rows of decisions.csv that settle them",
            count(of_last("undecided"), "message")
        ));
    }
    left
}
