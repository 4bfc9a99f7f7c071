//! The erased persons that the checkpoint records, for the tables of people.
//!
//! They are read before the checkpoint is locked, and compared again once it is: `forget` may have run in between.
//! Never here: erasing a person ([`super::forget`]).

use std::collections::HashSet;

use super::error::{Error, Result};
use crate::checkpoint::{Checkpoint, Hash, HashKey, fingerprint};
use crate::checkpoint_location::CheckpointLocation;
use crate::people::contacts::Contacts;
use crate::people::erased::Erased;
use crate::phone::Phone;

/// The code of a checkpoint that `recover` replaces.
const DAMAGED: &str = "checkpoint.damaged";

/// The erased persons; none where the file of the checkpoint cannot be read, which each command that needs it reports.
///
/// # Errors
///
/// A store cannot be read, unless it is damaged: it may be readable a moment later, when an import would not know the
/// erased persons.
pub(super) fn recorded(checkpoint: &CheckpointLocation) -> Result<Erased> {
    let snapshot = match Checkpoint::peek_at_any(checkpoint) {
        Ok(Some(snapshot)) => snapshot,
        Err(error) if checkpoint.is_store() && error.code() != DAMAGED => return Err(error.into()),
        Ok(None) | Err(_) => return Ok(Erased::default()),
    };
    Ok(match snapshot.erasures() {
        Ok(hashes) if !hashes.is_empty() => of(snapshot.key(), hashes),
        _ => Erased::default(),
    })
}

/// Refuses a run whose tables do not have the erased persons that its checkpoint, which is locked now, records: it would
/// post their messages again.
///
/// # Errors
///
/// A usage error: they differ. The checkpoint cannot be read.
pub(super) fn require_known(checkpoint: &Checkpoint, contacts: &Contacts) -> Result<()> {
    let recorded = checkpoint.reader().erasures()?.concat();
    match recorded == contacts.erased().digested() {
        true => Ok(()),
        false => Err(Error::usage(
            "a person was erased since this command read its tables; nothing was sent: run the command again",
        )),
    }
}

/// The persons with these keyed hashes of numbers.
pub(super) fn of(key: HashKey, hashes: Vec<Hash>) -> Erased {
    let digested = hashes.concat();
    let hashes: HashSet<Hash> = hashes.into_iter().collect();
    let has = move |number: &Phone| hashes.contains(&fingerprint::number(&key, number.e164()));
    Erased::new(has, digested)
}
