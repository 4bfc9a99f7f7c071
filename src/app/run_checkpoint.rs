//! Opens the checkpoint for a run, and reports what that changed.
//!
//! Never here: reading a checkpoint without a run ([`Checkpoint::peek`]).

use super::erasures;
use super::error::Result;
use super::{Notice, Observer};
use crate::checkpoint::{Binding, Checkpoint};
use crate::checkpoint_location::CheckpointLocation;
use crate::clock::SharedClock;
use crate::close::Client;
use crate::people::contacts::Contacts;

/// Opens the checkpoint at `path` for a run that writes by `client`; a mode that let others read it is reported.
///
/// # Errors
///
/// As [`Checkpoint::open`].
pub(super) fn open(
    path: &CheckpointLocation,
    binding: &Binding,
    (client, clock): (&Client, &SharedClock),
    observer: &mut dyn Observer,
) -> Result<Checkpoint> {
    let checkpoint = Checkpoint::open(path, binding, SharedClock::clone(clock))?;
    client.guard_writes(checkpoint.fence());
    if let (Some(former), Some(path)) = (checkpoint.former_mode(), path.file()) {
        observer.notice(Notice::CheckpointMode {
            path: path.to_owned(),
            mode: former.mode,
            is_changed: former.is_changed,
        });
    }
    Ok(checkpoint)
}

/// As [`open`], for a run that creates or changes what the archives and these tables have.
///
/// # Errors
///
/// As [`open`]; a usage error if a person was erased since the tables were read.
pub(super) fn open_for_tables(
    contacts: &Contacts,
    path: &CheckpointLocation,
    binding: &Binding,
    (client, clock): (&Client, &SharedClock),
    observer: &mut dyn Observer,
) -> Result<Checkpoint> {
    let checkpoint = open(path, binding, (client, clock), observer)?;
    match erasures::require_known(&checkpoint, contacts) {
        Ok(()) => Ok(checkpoint),
        Err(error) => {
            checkpoint.close()?;
            Err(error)
        }
    }
}
