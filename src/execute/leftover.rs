//! A message of a move on its previous lead.
//!
//! In scope: what its deletion needs. Out of scope: requests (`replace`, `delete_first`).

use crate::checkpoint::{MessageKey, OperationKey};
use crate::ids::ActivityId;

/// A message that exists at its previous location, and is or will be posted at its new one.
pub(super) struct Leftover {
    /// The operation of the move.
    pub(super) operation: OperationKey,
    /// The record at the previous location; `None` where the message is no longer recorded there.
    pub(super) source: Option<Source>,
    /// Its activity at the previous location.
    pub(super) activity_id: ActivityId,
    /// Its activity at the new location.
    pub(super) posted_id: ActivityId,
}

/// The record of a message at its previous location.
pub(super) struct Source {
    pub(super) key: MessageKey,
    /// Whether it is recorded as in Close.
    pub(super) is_done: bool,
}

impl Source {
    /// A message recorded as in Close.
    pub(super) fn done(key: MessageKey) -> Self {
        Source { key, is_done: true }
    }
}
