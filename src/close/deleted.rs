//! Activities that are known to be deleted: for a while, lists and look-ups leave them out.
//!
//! Close may list an activity for a while after its deletion (up to a minute was observed for new ones; assumption A61 for
//! deleted ones). A caller that posts the message again must not take such a row for the new activity. After the settle
//! time, what Close lists is real.
//!
//! See docs/reference/close-api.md, "Delay of lists".

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::ids::ActivityId;

/// The ids of deleted activities, each with the time until which lists leave it out, on the clock's `elapsed`.
#[derive(Default)]
pub(super) struct DeletedIds(Mutex<HashMap<ActivityId, Duration>>);

impl DeletedIds {
    /// Adds ids.
    pub(super) fn extend(&self, ids: impl IntoIterator<Item = (ActivityId, Duration)>) {
        self.with(|known| known.extend(ids));
    }

    /// Whether an id is among them, however long ago.
    pub(super) fn contains(&self, id: &ActivityId) -> bool {
        self.with(|known| known.contains_key(id))
    }

    /// Whether a list that is read at `now` may contain the activity although it is deleted.
    pub(super) fn may_be_listed(&self, id: &ActivityId, now: Duration) -> bool {
        self.with(|known| known.get(id).is_some_and(|until| now < *until))
    }

    /// The rows of a list that was read at `now`, without those of deleted activities.
    pub(super) fn without<R>(
        &self,
        now: Duration,
        mut rows: Vec<R>,
        id: impl Fn(&R) -> &ActivityId,
    ) -> Vec<R> {
        self.with(|known| {
            if !known.is_empty() {
                rows.retain(|row| known.get(id(row)).is_none_or(|until| now >= *until));
            }
        });
        rows
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<ActivityId, Duration>) -> T) -> T {
        // No code that holds this lock can panic half-way.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activity_is_left_out_until_its_time_has_passed() {
        let (one, other) = (ActivityId::from("acti_1"), ActivityId::from("acti_2"));
        let deleted = DeletedIds::default();
        deleted.extend([(one.clone(), Duration::from_secs(60))]);
        let rows = || vec![one.clone(), other.clone()];
        let before = deleted.without(Duration::from_secs(59), rows(), |id| id);
        assert_eq!(before, std::slice::from_ref(&other));
        let after = deleted.without(Duration::from_secs(60), rows(), |id| id);
        assert_eq!(after, rows());
        assert!(deleted.contains(&one) && !deleted.contains(&other));
    }
}
