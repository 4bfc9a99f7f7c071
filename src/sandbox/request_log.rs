//! The requests that a sandbox received: a line each, and counts.
//!
//! Never here: what a request did.

use std::collections::BTreeMap;

use super::stored::RequestLine;

/// Requests by endpoint (`METHOD template`) and by status, or `dropped`.
pub(super) type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// The request log of a sandbox.
#[derive(Debug, Default)]
pub(super) struct RequestLog {
    lines: Vec<RequestLine>,
    counts: Counts,
    /// Whether requests are only counted.
    counts_only: bool,
}

impl RequestLog {
    /// An empty log; with `counts_only`, its lines are forgotten.
    pub(super) fn new(counts_only: bool) -> Self {
        RequestLog {
            counts_only,
            ..RequestLog::default()
        }
    }

    pub(super) fn push(&mut self, line: RequestLine) {
        let status = match line.sent {
            Some(status) => status.to_string(),
            None => "dropped".to_owned(),
        };
        let endpoint = format!("{} {}", line.method, line.template);
        let statuses = self.counts.entry(endpoint).or_default();
        *statuses.entry(status).or_default() += 1;
        if !self.counts_only {
            self.lines.push(line);
        }
    }

    /// The lines, in order of completion.
    pub(super) fn lines(&self) -> &[RequestLine] {
        &self.lines
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The number of requests.
    pub(super) fn total(&self) -> u64 {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }
}
