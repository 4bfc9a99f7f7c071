//! `checkpoint info`, `check`, `export` and `prune`: the checkpoint by itself, without archives, tables and Close.
//!
//! Belongs here: which file is meant, and what its contents lead to. Never here: SQL ([`crate::checkpoint`]), or texts
//! ([`crate::report`]).
//!
//! | file     | contains                                        |
//! |----------|-------------------------------------------------|
//! | `info`   | what the checkpoint contains, as counts         |
//! | `copy`   | a copy in another place, compared row by row    |
//! | `check`  | violated invariants, and the next command       |
//! | `export` | every row as a line of JSON                     |
//! | `prune`  | removal of history that no command needs        |

mod check;
mod copy;
mod export;
mod info;
mod prune;

use std::path::Path;

pub(crate) use check::{CheckpointCheck, CheckpointFinding, check_checkpoint};
pub(crate) use copy::copy_checkpoint;
pub(crate) use export::export_checkpoint;
pub(crate) use info::{CheckpointInfo, OpenOperation, checkpoint_info};
pub(crate) use prune::{PruneResult, prune_checkpoint};

use super::absent_checkpoint;
use super::error::Result;
use crate::checkpoint::{Checkpoint, Snapshot};
use crate::checkpoint_location::CheckpointLocation;
use crate::config::{self, Overrides};

/// The path of the checkpoint that a configuration names.
///
/// # Errors
///
/// Mistakes in the configuration.
fn path_of(file: &Path, overrides: &Overrides) -> Result<CheckpointLocation> {
    let mut settings = config::load(file)?;
    config::overlay(&mut settings, overrides)?;
    Ok(settings.import.checkpoint)
}

/// The checkpoint at this path, for reading.
///
/// # Errors
///
/// A usage error: it does not exist, or is none.
fn peek(path: &CheckpointLocation) -> Result<Snapshot> {
    Checkpoint::peek_at_any(path)?.ok_or_else(|| absent_checkpoint::error(path))
}
