//! Questions before something is changed, in the words that a terminal and a page share.

use crate::app::Question;
use crate::plan::Totals;
use crate::quantity::count;

/// What is confirmed, without a question mark.
pub(crate) fn text(question: &Question<'_>) -> String {
    match question {
        Question::CarryOut {
            totals,
            read_differently,
        } => operations(totals, *read_differently),
        Question::FinishUndo(deletions) => {
            let messages = count(*deletions, "message");
            format!("Delete {messages} that an interrupted undo left")
        }
        Question::MakeLeads(leads) => format!("Create {}", count(*leads, "lead")),
        Question::Prune(rows) => format!("Remove {} from the checkpoint", count(*rows, "row")),
        Question::AddNumbers(numbers) => {
            format!("Add {} to contacts", count(*numbers, "number"))
        }
        Question::Repair {
            operations,
            deletions,
        } => repair(*operations, *deletions),
        Question::ReplaceCheckpoint { posts: 0 } => "Replace the checkpoint".to_owned(),
        Question::ReplaceCheckpoint { posts } => format!(
            "Replace the checkpoint, although the next import posts {}",
            count(*posts, "message")
        ),
    }
}

/// The operations of a plan, in the words of its question.
fn operations(totals: &Totals, read_differently: u64) -> String {
    let all = [
        (totals.create, "post", ""),
        (
            totals.update + totals.relink + totals.unfinished_links,
            "change",
            "",
        ),
        (
            totals.replace + totals.unfinished,
            "move to another lead",
            "",
        ),
        (totals.delete, "delete", ""),
    ];
    let mut what: Vec<String> = (all.iter())
        .filter(|(number, ..)| *number > 0)
        .map(|(number, verb, _)| format!("{verb} {}", count(*number, "message")))
        .collect();
    let last = what.pop().unwrap_or_default();
    let mut what = match what.as_slice() {
        [] => last,
        before => format!("{} and {last}", before.join(", ")),
    };
    if read_differently > 0 {
        what.push_str(&format!(
            " ({} read differently by this version)",
            count(read_differently, "message")
        ));
    }
    if let Some(first) = what.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    what
}

/// The operations of a repair, in the words of its question.
fn repair(operations: u64, deletions: u64) -> String {
    let operations = count(operations, "operation");
    match deletions {
        0 => format!("Carry out {operations}"),
        1 => format!("Carry out {operations}, and delete 1 activity in Close"),
        deletions => format!("Carry out {operations}, and delete {deletions} activities in Close"),
    }
}
