//! The next step after a verification or a repair. The one place that decides it: never the command of the screen itself where
//! that would do the same again, and never a repair of what no repair corrects.

use super::repair::RepairSummary;
use super::view::VerifyView;
use crate::app::{Next, Verification};

/// What a person corrects.
const CORRECT: &str = "correct this in Close, then `chatferry verify`; no repair does";

/// The commands that the screen of a verification names to a person.
#[derive(Debug)]
pub(crate) struct Commands {
    /// The running command as it was typed.
    pub(crate) typed: String,
    /// The same command without `--dry-run`.
    pub(crate) real: String,
    /// The number of deletions in Close that it permits.
    pub(crate) allowed_deletes: u64,
}

/// What corrects the findings, each kind at least once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Steps {
    repair: bool,
    /// A repair that compares bytes.
    files: bool,
    import: bool,
    retry: bool,
    wait: bool,
    /// A correction in Close by a person.
    correct: bool,
    /// A correction of contacts.csv.
    correct_row: bool,
}

impl Steps {
    /// What corrects the findings of a verification.
    pub(super) fn of(result: &Verification) -> Steps {
        let mut steps = Steps::default();
        let differing = result.found.iter();
        for found in differing.filter(|found| !found.finding.is_information()) {
            match found.next {
                Next::Repair | Next::RepairRemoved => steps.repair = true,
                Next::RepairFiles => (steps.repair, steps.files) = (true, true),
                Next::Import => steps.import = true,
                Next::Retry => steps.retry = true,
                Next::Verify => steps.wait = true,
                Next::Correct => steps.correct = true,
                Next::CorrectRow => steps.correct_row = true,
                Next::RestoreArchive | Next::LeftOut(_) => {}
            }
        }
        steps
    }
}

/// The next step.
pub(super) fn next(view: &VerifyView, commands: &Commands) -> String {
    let Commands { typed, .. } = commands;
    match (view.is_complete(), view.is_same()) {
        (false, _) => format!("`{typed}`, once Close can be read"),
        (true, true) if view.is_nothing() => "`chatferry plan`".to_owned(),
        (true, true) => "`chatferry report` writes a report of the migration".to_owned(),
        (true, false) => match &view.summary.repair {
            None if view.steps.repair => {
                let files = match view.steps.files && !typed.contains(" --files") {
                    true => " --files",
                    false => "",
                };
                format!("`{typed} --repair{files} --dry-run` shows how to correct this")
            }
            None => without_repair(view, commands),
            Some(repair) => after_repair(repair, view, commands),
        },
    }
}

/// After a repair, or after its plan.
fn after_repair(repair: &RepairSummary, view: &VerifyView, commands: &Commands) -> String {
    let Commands {
        typed,
        real,
        allowed_deletes,
    } = commands;
    if repair.is_trial() && repair.operations() > 0 {
        return match (repair.deletions(), *allowed_deletes) {
            (deletes, allowed) if deletes <= allowed => format!("`{real}` carries this out"),
            (deletes, 0) => format!("`{real} --allow-deletes {deletes}` carries this out"),
            (deletes, _) => format!("`{real}` with `--allow-deletes {deletes}` carries this out"),
        };
    }
    match repair.is_left() {
        true => format!("`{typed}` carries out the rest"),
        false if repair.waits_for_correction() => CORRECT.to_owned(),
        false => without_repair(view, commands),
    }
}

/// Where a repair does not correct what is left.
fn without_repair(view: &VerifyView, commands: &Commands) -> String {
    let steps = view.steps;
    if steps.import {
        "`chatferry import` posts what Close lacks".to_owned()
    } else if steps.retry {
        "correct the causes in failures.csv, then `chatferry import --retry-failed`".to_owned()
    } else if steps.correct_row {
        "correct the rows of these chats in contacts.csv, then `chatferry plan`".to_owned()
    } else if steps.wait {
        format!("`{}` again in some minutes", commands.typed)
    } else if steps.correct {
        CORRECT.to_owned()
    } else {
        "correct each finding as its line `next:` states; no repair does".to_owned()
    }
}
