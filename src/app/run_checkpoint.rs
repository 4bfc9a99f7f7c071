//! Opens the checkpoint for a run, and reports what that changed.
//!
//! Never here: reading a checkpoint without a run ([`Checkpoint::peek`]).

use std::path::Path;

use super::error::Result;
use super::{Notice, Observer};
use crate::checkpoint::{Binding, Checkpoint};
use crate::clock::SharedClock;

/// Opens the checkpoint at `path`; a mode that let others read it is reported.
///
/// # Errors
///
/// As [`Checkpoint::open`].
pub(super) fn open(
    path: &Path,
    binding: &Binding,
    clock: &SharedClock,
    observer: &mut dyn Observer,
) -> Result<Checkpoint> {
    let checkpoint = Checkpoint::open(path, binding, SharedClock::clone(clock))?;
    if let Some(former) = checkpoint.former_mode() {
        observer.notice(Notice::CheckpointMode {
            path: path.to_owned(),
            mode: former.mode,
            is_changed: former.is_changed,
        });
    }
    Ok(checkpoint)
}
