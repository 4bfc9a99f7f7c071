//! Removal of history that no command needs.

use std::path::Path;

use serde::Serialize;

use super::{absent_checkpoint, path_of};
use crate::app::error::Result;
use crate::checkpoint::prune;
use crate::config::Overrides;

/// What was, or would be, removed. The fields are the keys of `checkpoint prune --json`.
#[derive(Debug, Serialize)]
pub(crate) struct PruneResult {
    /// The path of the checkpoint, or the address of a store without secrets.
    pub checkpoint: String,
    /// The number of runs whose history stays.
    pub kept_runs: u32,
    /// The number of rows of finished operations.
    pub operations: u64,
    /// The number of rows of runs that no other row refers to.
    pub runs: u64,
    /// The number of rows with counts of these runs.
    pub run_counts: u64,
    /// The number of rows of leads that no other row refers to.
    pub leads: u64,
    /// The size of the file before, in bytes.
    pub bytes_before: u64,
    /// The size of the file afterwards, in bytes; `None`: nothing was changed.
    pub bytes_after: Option<u64>,
    /// Whether the rows were removed, rather than counted only.
    pub removed: bool,
}

impl PruneResult {
    /// The number of rows of all kinds.
    pub(crate) fn rows(&self) -> u64 {
        self.operations + self.runs + self.run_counts + self.leads
    }
}

/// Removes history older than the last `kept_runs` runs from the checkpoint of this configuration; with `dry_run` it only
/// counts.
///
/// # Errors
///
/// Mistakes in the configuration; no checkpoint, one that is damaged, or one that a run is using.
pub(crate) fn prune_checkpoint(
    file: &Path,
    overrides: &Overrides,
    (kept_runs, dry_run): (u32, bool),
) -> Result<PruneResult> {
    let path = path_of(file, overrides)?;
    let pruned =
        prune(&path, kept_runs, dry_run)?.ok_or_else(|| absent_checkpoint::error(&path))?;
    Ok(PruneResult {
        checkpoint: path.to_string(),
        kept_runs,
        operations: pruned.operations,
        runs: pruned.runs,
        run_counts: pruned.run_counts,
        leads: pruned.leads,
        bytes_before: pruned.bytes_before,
        bytes_after: pruned.bytes_after,
        removed: pruned.bytes_after.is_some(),
    })
}
