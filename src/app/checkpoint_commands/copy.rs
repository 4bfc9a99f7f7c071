//! A copy of the checkpoint in another place, with its hash key: from a file to a store, and back.

use std::path::Path;

use serde::Serialize;

use super::{absent_checkpoint, path_of, peek};
use crate::app::error::{Error, Result};
use crate::checkpoint;
use crate::clock::SharedClock;
use crate::config::{self, Overrides};

/// What was copied. The fields are the keys of `checkpoint export --to PLACE --json`.
#[derive(Debug, Serialize)]
pub(crate) struct CopiedCheckpoint {
    /// The number of rows that were copied, of all tables.
    pub rows: u64,
    /// The place of the copy, without secrets.
    pub to: String,
}

/// Copies the checkpoint of this configuration to `place`, and compares every row.
///
/// # Errors
///
/// Mistakes in the configuration or in `place`; no checkpoint; one that a run is using; a checkpoint in `place`.
pub(crate) fn copy_checkpoint(
    file: &Path,
    overrides: &Overrides,
    place: &str,
    clock: &SharedClock,
) -> Result<CopiedCheckpoint> {
    let from = path_of(file, overrides)?;
    let binding = peek(&from)?.binding()?;
    let to = config::location_of_flag(place, binding.organization_id(), overrides);
    let to = to.map_err(|problem| Error::usage(format!("--to: {problem}")))?;
    let rows = checkpoint::copy(&from, &to, clock)?;
    Ok(CopiedCheckpoint {
        rows: rows.ok_or_else(|| absent_checkpoint::error(&from))?,
        to: to.to_string(),
    })
}
