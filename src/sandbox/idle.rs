//! Counts open connections and requests in progress, and waits until there are none.
//!
//! Never here: what a request does.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The number of open connections and of requests in progress.
#[derive(Default)]
pub(super) struct Work {
    count: Mutex<usize>,
    changed: Condvar,
}

/// One connection or request. It counts until it is dropped.
pub(super) struct Item(Arc<Work>);

impl Work {
    pub(super) fn begin(self: &Arc<Self>) -> Item {
        self.change(|count| count + 1);
        Item(Arc::clone(self))
    }

    /// Blocks until the count is zero; false if that takes longer than `limit`.
    pub(super) fn wait_until_idle(&self, limit: Duration) -> bool {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, _) = (self.changed)
            .wait_timeout_while(count, limit, |count| *count > 0)
            .unwrap_or_else(PoisonError::into_inner);
        *count == 0
    }

    fn change(&self, change: impl FnOnce(usize) -> usize) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        *count = change(*count);
        self.changed.notify_all();
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        self.0.change(|count| count.saturating_sub(1));
    }
}
