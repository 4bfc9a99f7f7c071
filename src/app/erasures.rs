//! The erased persons that the checkpoint records, for the tables of people.
//!
//! Never here: erasing a person ([`super::forget`]).

use std::collections::HashSet;
use std::path::Path;

use crate::checkpoint::{Checkpoint, Hash, HashKey, fingerprint};
use crate::people::erased::Erased;
use crate::phone::Phone;

/// The erased persons; none where the checkpoint cannot be read, which each command that needs it reports.
pub(super) fn recorded(checkpoint: &Path) -> Erased {
    let Ok(Some(snapshot)) = Checkpoint::peek_at_any(checkpoint) else {
        return Erased::default();
    };
    match snapshot.erasures() {
        Ok(hashes) if !hashes.is_empty() => of(snapshot.key(), hashes),
        _ => Erased::default(),
    }
}

/// The persons with these keyed hashes of numbers.
pub(super) fn of(key: HashKey, hashes: Vec<Hash>) -> Erased {
    let digested = hashes.concat();
    let hashes: HashSet<Hash> = hashes.into_iter().collect();
    let has = move |number: &Phone| hashes.contains(&fingerprint::number(&key, number.e164()));
    Erased::new(has, digested)
}
