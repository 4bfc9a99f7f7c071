//! The findings of `doctor` as text and as JSON, one line each, and the end of the text. A [`Finding`] is its own view.

use crate::app::{Finding, Grade, Progress};
use crate::quantity::count;

/// A finding in one line: a mark for its grade, the check, the result with its remedy.
pub(crate) fn text(finding: &Finding) -> String {
    let mark = match finding.grade {
        Grade::Ok => "ok",
        Grade::Look => "look",
        Grade::Bad => "BAD",
    };
    format!("{mark:<5}{:<14}{}", finding.what.word(), finding.says)
}

/// A finding as a JSON object.
///
/// # Errors
///
/// Those of serde; the values are plain, so none is expected.
pub(crate) fn json(finding: &Finding) -> serde_json::Result<String> {
    serde_json::to_string(finding)
}

/// The bad findings again, the most serious first, their number, and the next command.
pub(crate) fn ending(findings: &[Finding], progress: Progress) -> String {
    let of = |grade| {
        findings
            .iter()
            .filter(move |finding| finding.grade == grade)
    };
    let look = match of(Grade::Look).count() {
        0 => String::new(),
        look => format!("; {} to look at", count(look as u64, "finding")),
    };
    let mut bad: Vec<&Finding> = of(Grade::Bad).collect();
    if bad.is_empty() {
        let next = match progress {
            Progress::NotBegun => "`chatferry plan`, then `chatferry import --pilot`",
            Progress::Begun => "`chatferry import`, which imports what is not in Close yet",
            Progress::Complete => "`chatferry verify`: everything that is ready is imported",
        };
        return format!("\nNothing prevents an import{look}\nNext: {next}");
    }
    bad.sort_by_key(|finding| finding.what);
    let mut lines = vec![String::new()];
    lines.extend(bad.iter().map(|finding| text(finding)));
    let first = bad.first().map_or("", |finding| finding.what.word());
    let next = match bad.len() {
        1 => format!("correct the line {first}"),
        _ => format!("correct the first of these lines ({first})"),
    };
    lines.push(format!(
        "{} BAD{look}\nNext: {next}, then run `chatferry doctor` again",
        bad.len()
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Check;

    fn finding(what: Check, grade: Grade, says: &str) -> Finding {
        Finding {
            what,
            grade,
            says: says.to_owned(),
        }
    }

    #[test]
    fn finding_is_a_line() {
        let bad = finding(Check::Archives, Grade::Bad, "no archive was found");
        assert_eq!(text(&bad), "BAD  archives      no archive was found");
        assert_eq!(
            json(&bad).expect("JSON"),
            "{\"what\":\"archives\",\"grade\":\"bad\",\"says\":\"no archive was found\"}"
        );
    }

    #[test]
    fn ending_repeats_bad_findings_worst_first() {
        let findings = [
            finding(Check::Archives, Grade::Bad, "3 archives read, 1 failed"),
            finding(Check::Zone, Grade::Look, "anna: compare"),
            finding(Check::Disk, Grade::Ok, "1.0 GB free"),
            finding(Check::Key, Grade::Bad, "no key for Close"),
        ];
        assert_eq!(
            ending(&findings, Progress::NotBegun),
            "\nBAD  key           no key for Close\nBAD  archives      3 archives read, 1 failed\n\
             2 BAD; 1 finding to look at\nNext: correct the first of these lines (key), then run `chatferry doctor` again"
        );
    }

    #[test]
    fn ending_without_bad_findings_is_the_next_command() {
        let findings = [finding(Check::Disk, Grade::Ok, "1.0 GB free")];
        assert_eq!(
            ending(&findings, Progress::NotBegun),
            "\nNothing prevents an import\nNext: `chatferry plan`, then `chatferry import --pilot`"
        );
    }
}
