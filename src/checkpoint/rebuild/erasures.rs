//! The erased persons of a checkpoint that is damaged elsewhere, and the key of their hashes.
//!
//! Only the checkpoint identifies the persons that `forget` erased: without these rows, an import would post their messages
//! again. Never here: anything else of such a checkpoint.

use crate::checkpoint::hash::{Hash, HashKey};
use crate::checkpoint::snapshot::Snapshot;

/// The erased persons that a damaged checkpoint records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasures {
    key: HashKey,
    numbers: Vec<Hash>,
}

impl Erasures {
    /// Reads them; `None` if their table is damaged too.
    pub(super) fn of(snapshot: &Snapshot) -> Option<Erasures> {
        let key = snapshot.key();
        // SQLite returns what it finds in a damaged table, which may be fewer rows than there were.
        let verdict = snapshot.read(|inner| {
            let check = "PRAGMA quick_check('erasure')";
            (inner.connection).query_row(check, [], |row| row.get::<_, String>(0))
        });
        let numbers = snapshot.erasures().ok()?;
        (verdict.ok()? == "ok").then_some(Erasures { key, numbers })
    }

    /// The key of their hashes.
    pub(super) fn key(&self) -> &HashKey {
        &self.key
    }

    /// The keyed hashes of their numbers, in byte order.
    pub fn numbers(&self) -> &[Hash] {
        &self.numbers
    }
}
