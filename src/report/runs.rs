//! The text of the list of runs.

use crate::app::RunLine;

/// The runs as a table, the oldest first.
pub(crate) fn text(runs: &[RunLine]) -> String {
    if runs.is_empty() {
        return "No run is recorded; `chatferry import` makes the first one.".to_owned();
    }
    let head = "  run  start                 command  outcome     created  in Close  updated  deleted  failed  plan";
    let lines = runs.iter().map(line);
    std::iter::once(head.to_owned())
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

fn line(run: &RunLine) -> String {
    let line = format!(
        "{:>5}  {:<20}  {:<7}  {:<10}  {:>7}  {:>8}  {:>7}  {:>7}  {:>6}  {}",
        run.id,
        run.started_at,
        run.command,
        run.outcome,
        run.created + run.replaced,
        run.in_close,
        run.updated,
        run.deleted,
        run.failed,
        run.plan.as_deref().unwrap_or_default(),
    );
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_is_a_line() {
        let run = RunLine {
            id: 12,
            started_at: "2024-03-13T09:15:00Z".to_owned(),
            ended_at: None,
            command: "import".to_owned(),
            outcome: "broken off",
            created: 90,
            in_close: 88,
            updated: 0,
            replaced: 0,
            deleted: 0,
            failed: 1,
            leads: 0,
            plan: Some("0123456789abcdef".to_owned()),
            program: "0.1.0".to_owned(),
        };
        let shown = [
            "  run  start                 command  outcome     created  in Close  updated  deleted  failed  plan",
            "   12  2024-03-13T09:15:00Z  import   broken off       90        88        0        0       1  0123456789abcdef",
        ];
        assert_eq!(text(&[run]), shown.join("\n"));
    }

    #[test]
    fn empty_list_names_the_first_step() {
        assert_eq!(
            text(&[]),
            "No run is recorded; `chatferry import` makes the first one."
        );
    }
}
