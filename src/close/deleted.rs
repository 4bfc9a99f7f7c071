//! Activities that are known to be deleted: lists and look-ups leave them out.
//!
//! Close may list an activity for a while after its deletion (up to a minute was observed for new ones; assumption A61 for
//! deleted ones). A caller that posts the message again must not take such a row for the new activity. An id is never used
//! again, so that no time limit is needed.
//!
//! See docs/reference/close-api.md, "Delay of lists".

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::ids::ActivityId;

/// The ids of deleted activities.
#[derive(Default)]
pub(super) struct DeletedIds(Mutex<HashSet<ActivityId>>);

impl DeletedIds {
    /// Adds ids.
    pub(super) fn extend(&self, ids: impl IntoIterator<Item = ActivityId>) {
        self.with(|known| known.extend(ids));
    }

    /// Whether an id is among them.
    pub(super) fn contains(&self, id: &ActivityId) -> bool {
        self.with(|known| known.contains(id))
    }

    /// The rows without those of deleted activities.
    pub(super) fn without<R>(&self, mut rows: Vec<R>, id: impl Fn(&R) -> &ActivityId) -> Vec<R> {
        self.with(|known| {
            if !known.is_empty() {
                rows.retain(|row| !known.contains(id(row)));
            }
        });
        rows
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashSet<ActivityId>) -> T) -> T {
        // No code that holds this lock can panic half-way.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
