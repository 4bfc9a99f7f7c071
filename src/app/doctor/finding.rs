//! The findings of `doctor`. What is checked belongs to the other files.

use crate::app::Exit;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Grade {
    /// Correct.
    Ok,
    /// To be checked by a person; an import works.
    Look,
    /// An import would not work, or not completely.
    Bad,
}

/// What was checked, and the result.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Finding {
    /// The check: a stable identifier.
    pub what: &'static str,
    /// How much it matters.
    pub grade: Grade,
    /// The result, and the remedy.
    pub says: String,
}

/// The results of all checks, in the order of the checks.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub Vec<Finding>);

impl Findings {
    /// Adds the result of a check.
    pub(super) fn add(&mut self, what: &'static str, grade: Grade, says: impl Into<String>) {
        let says = says.into();
        self.0.push(Finding { what, grade, says });
    }

    /// [`Exit::Partial`] if an import would not work, or not completely.
    pub(crate) fn exit(&self) -> Exit {
        let is_bad = self.0.iter().any(|finding| finding.grade == Grade::Bad);
        match is_bad {
            true => Exit::Partial,
            false => Exit::Done,
        }
    }
}
