//! The erased persons that the checkpoint records, for the tables of people.
//!
//! Never here: erasing a person ([`super::forget`]).

use std::collections::HashSet;

use super::error::Result;
use crate::checkpoint::{Checkpoint, Hash, HashKey, fingerprint};
use crate::checkpoint_location::CheckpointLocation;
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

/// The persons with these keyed hashes of numbers.
pub(super) fn of(key: HashKey, hashes: Vec<Hash>) -> Erased {
    let digested = hashes.concat();
    let hashes: HashSet<Hash> = hashes.into_iter().collect();
    let has = move |number: &Phone| hashes.contains(&fingerprint::number(&key, number.e164()));
    Erased::new(has, digested)
}
