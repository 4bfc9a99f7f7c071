//! A bug report as JSON to be sent to the maintainers. [`BugReport`] is its own view.

use crate::app::BugReport;

/// What the report lacks, and the request to check it.
pub(crate) const NOTE: &str =
    "It contains no names, numbers, ids, paths or texts; check it before you send it.";

/// The bug report as a JSON object.
///
/// # Errors
///
/// Those of serde; the values are plain, so none is expected.
pub(crate) fn json(report: &BugReport) -> serde_json::Result<String> {
    serde_json::to_string_pretty(report)
}
