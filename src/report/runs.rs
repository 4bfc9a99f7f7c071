//! The screen of the list of runs.

use crate::app::RunLine;
use crate::quantity::{count, number};
use crate::report::screen::{Column, Page, State, Table, Text};

/// The number of runs that are shown without `--details`: the newest.
const SHOWN: usize = 20;

/// The runs as a table, the oldest first.
pub(crate) fn page(runs: &[RunLine], has_details: bool) -> Page {
    let mut page = Page::new();
    if runs.is_empty() {
        page.line("No run is recorded; `chatferry import` makes the first one.");
        page.next("`chatferry plan` shows what it would do");
        return page;
    }
    let first = match has_details {
        true => 0,
        false => runs.len().saturating_sub(SHOWN),
    };
    if first > 0 {
        page.line(format!(
            "{} before these: `--details`",
            count(first as u64, "run")
        ));
    }
    page.table(table(&runs[first..], has_details));
    page.line(totals(runs));
    page.next("`chatferry undo --run ID --dry-run` shows what undoing a run would delete");
    page
}

/// The sums of all runs. A sum of estimates is one; figures that a run did not record are not stated as zero.
fn totals(runs: &[RunLine]) -> String {
    let sum = |of: fn(&RunLine) -> u64| -> u64 { runs.iter().map(of).sum() };
    let about = match runs.iter().any(|run| run.is_estimate) {
        true => "~",
        false => "",
    };
    let recorded: Vec<u64> = runs.iter().filter_map(|run| run.deleted).collect();
    let deleted = match recorded.len() {
        0 => String::new(),
        known => format!(
            ", {}{} deleted",
            if known < runs.len() { "at least " } else { "" },
            number(recorded.iter().sum())
        ),
    };
    format!(
        "{}: {about}{} created{deleted}; {} in Close",
        count(runs.len() as u64, "run"),
        number(sum(|run| run.created)),
        count(sum(|run| run.in_close + run.found), "message"),
    )
}

/// `2024-03-13 09:15` of `2024-03-13T09:15:00Z`.
fn minute(time: &str) -> String {
    time.chars().take(16).collect::<String>().replace('T', " ")
}

fn table(runs: &[RunLine], has_details: bool) -> Table {
    use Column::{Fixed, Number};
    let mut table = Table::new(
        0,
        &[
            Number,
            Fixed,
            Fixed,
            Column::Wrapped,
            Number,
            Number,
            Number,
            Number,
            Number,
            Number,
            Fixed,
        ],
    );
    let plan = if has_details { "plan" } else { "" };
    table.header([
        "run",
        "start (UTC)",
        "command",
        "outcome",
        "created",
        "replaced",
        "in Close",
        "updated",
        "deleted",
        "failed",
        plan,
    ]);
    for run in runs {
        table.row(row(run, has_details));
    }
    table
}

fn row(run: &RunLine, has_details: bool) -> [Text; 11] {
    let shown = |value: u64| Text::from(number(value));
    // A column without a number is omitted; a figure that is not recorded is blank.
    let rare = |value: Option<u64>| match value {
        None | Some(0) => Text::new(),
        Some(value) => number(value).into(),
    };
    [
        run.id.to_string().into(),
        match has_details {
            true => run.started_at.clone(),
            false => minute(&run.started_at),
        }
        .into(),
        run.command.as_str().into(),
        match run.outcome {
            "complete" => Text::state(State::Done, run.outcome),
            outcome => Text::state(State::Waiting, outcome),
        },
        match run.is_estimate {
            true => format!("~{}", number(run.created)).into(),
            false => shown(run.created),
        },
        rare(run.replaced),
        shown(run.in_close + run.found),
        rare(run.updated),
        rare(run.deleted),
        match run.failed {
            None | Some(0) => Text::new(),
            Some(failed) => Text::state(State::Bad, number(failed)),
        },
        match &run.plan {
            Some(plan) if has_details => plan.as_str().into(),
            _ => Text::new(),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::screen::{Layout, Width};

    fn run() -> RunLine {
        RunLine {
            id: 12,
            started_at: "2024-03-13T09:15:00Z".to_owned(),
            ended_at: None,
            command: "import".to_owned(),
            outcome: "interrupted",
            created: 90,
            is_estimate: false,
            in_close: 88,
            found: 0,
            updated: Some(0),
            replaced: Some(3),
            deleted: Some(0),
            failed: Some(1),
            leads: 0,
            plan: Some("0123456789abcdef".to_owned()),
            program: "0.1.0".to_owned(),
        }
    }

    fn shown(run: RunLine) -> String {
        let layout = Layout {
            width: Width::Columns(80),
            ..Layout::LOG
        };
        page(&[run], false).render(layout, &str::to_owned)
    }

    #[test]
    fn each_run_is_a_line() {
        let expected = "\
run  start (UTC)       command  outcome      created  replaced  in Close  failed
 12  2024-03-13 09:15  import   interrupted       90         3        88       1
1 run: 90 created, 0 deleted; 88 messages in Close
Next: `chatferry undo --run ID --dry-run` shows what undoing a run would delete";
        assert_eq!(shown(run()), expected);
    }

    #[test]
    fn figures_that_are_not_recorded_are_blank() {
        let run = RunLine {
            is_estimate: true,
            updated: None,
            replaced: None,
            deleted: None,
            failed: None,
            plan: None,
            ..run()
        };
        let expected = "\
run  start (UTC)       command  outcome      created  in Close
 12  2024-03-13 09:15  import   interrupted      ~90        88
1 run: ~90 created; 88 messages in Close
Next: `chatferry undo --run ID --dry-run` shows what undoing a run would delete";
        assert_eq!(shown(run), expected);
    }

    #[test]
    fn sum_of_which_a_part_is_not_recorded_is_a_least_one() {
        let older = RunLine {
            deleted: None,
            ..run()
        };
        let newer = RunLine {
            deleted: Some(4),
            ..run()
        };
        let expected = "2 runs: 180 created, at least 4 deleted; 176 messages in Close";
        assert_eq!(totals(&[older, newer]), expected);
    }

    #[test]
    fn empty_list_names_the_first_step() {
        assert_eq!(
            page(&[], false).plain(),
            "No run is recorded; `chatferry import` makes the first one.\n\
             Next: `chatferry plan` shows what it would do"
        );
    }
}
