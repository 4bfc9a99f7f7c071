//! The text of the list of runs.

use crate::app::RunLine;

/// The runs as a table, the oldest first.
pub(crate) fn text(runs: &[RunLine]) -> String {
    if runs.is_empty() {
        return "No run is recorded; `chatferry import` makes the first one.".to_owned();
    }
    let head = "  run  start                 command  outcome     created  replaced  in Close  updated  deleted  failed  plan";
    let lines = runs.iter().map(line);
    std::iter::once(head.to_owned())
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

fn line(run: &RunLine) -> String {
    let line = format!(
        "{:>5}  {:<20}  {:<7}  {:<10}  {:>7}  {:>8}  {:>8}  {:>7}  {:>7}  {:>6}  {}",
        run.id,
        run.started_at,
        run.command,
        run.outcome,
        match run.is_estimate {
            true => format!("~{}", run.created),
            false => run.created.to_string(),
        },
        known(run.replaced),
        run.in_close,
        known(run.updated),
        known(run.deleted),
        known(run.failed),
        run.plan.as_deref().unwrap_or_default(),
    );
    line.trim_end().to_owned()
}

/// A figure; blank if it is not recorded.
fn known(figure: Option<u64>) -> String {
    figure.map_or_else(String::new, |figure| figure.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunLine {
        RunLine {
            id: 12,
            started_at: "2024-03-13T09:15:00Z".to_owned(),
            ended_at: None,
            command: "import".to_owned(),
            outcome: "broken off",
            created: 90,
            is_estimate: false,
            in_close: 88,
            updated: Some(0),
            replaced: Some(3),
            deleted: Some(0),
            failed: Some(1),
            leads: 0,
            plan: Some("0123456789abcdef".to_owned()),
            program: "0.1.0".to_owned(),
        }
    }

    const HEAD: &str = "  run  start                 command  outcome     created  replaced  in Close  updated  deleted  failed  plan";

    #[test]
    fn each_run_is_a_line() {
        let line = "   12  2024-03-13T09:15:00Z  import   broken off       90         3        88        0        0       1  0123456789abcdef";
        assert_eq!(text(&[run()]), [HEAD, line].join("\n"));
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
        let line = "   12  2024-03-13T09:15:00Z  import   broken off      ~90                  88";
        assert_eq!(text(&[run]), [HEAD, line].join("\n"));
    }

    #[test]
    fn empty_list_names_the_first_step() {
        assert_eq!(
            text(&[]),
            "No run is recorded; `chatferry import` makes the first one."
        );
    }
}
