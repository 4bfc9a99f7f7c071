//! One writer of tables at a time, among the threads of this process.
//!
//! The local page writes decisions while a look-up on it may fill in contacts.csv. Each of them reads a table, compares it with
//! what was seen, and replaces it; without a lock, both may find it unchanged, and the later one replaces what the other wrote.

use std::sync::{Mutex, MutexGuard, PoisonError};

static WRITING: Mutex<()> = Mutex::new(());

/// Waits until no other thread writes a table, and keeps others from it until the guard is dropped.
pub(super) fn lock() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether no thread writes a table.
#[cfg(test)]
pub(super) fn is_free() -> bool {
    WRITING.try_lock().is_ok()
}
