//! The findings of `doctor` as text and as JSON, one line each. A [`Finding`] is its own view.

use crate::app::{Finding, Findings, Grade};

/// One line per finding: mark, check, result.
pub(crate) fn text(findings: &Findings) -> String {
    let lines: Vec<String> = findings.0.iter().map(line).collect();
    lines.join("\n")
}

/// One JSON object per line and finding.
///
/// # Errors
///
/// Those of serde; the values are plain, so none is expected.
pub(crate) fn json(findings: &Findings) -> serde_json::Result<String> {
    let lines = findings.0.iter().map(serde_json::to_string);
    let lines: Vec<String> = lines.collect::<serde_json::Result<_>>()?;
    Ok(lines.join("\n"))
}

fn line(finding: &Finding) -> String {
    let mark = match finding.grade {
        Grade::Ok => "ok",
        Grade::Look => "look",
        Grade::Bad => "BAD",
    };
    format!("{mark:<5}{:<14}{}", finding.what, finding.says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_have_a_line_each() {
        let finding = |what, grade, says: &str| Finding {
            what,
            grade,
            says: says.to_owned(),
        };
        let findings = Findings(vec![
            finding("disk", Grade::Ok, "1.0 GB free"),
            finding("archives", Grade::Bad, "no archive was found"),
        ]);
        assert_eq!(
            text(&findings),
            "ok   disk          1.0 GB free\nBAD  archives      no archive was found"
        );
        assert_eq!(
            json(&findings).expect("JSON"),
            "{\"what\":\"disk\",\"grade\":\"ok\",\"says\":\"1.0 GB free\"}\n\
             {\"what\":\"archives\",\"grade\":\"bad\",\"says\":\"no archive was found\"}"
        );
    }
}
