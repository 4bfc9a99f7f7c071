//! The trial of moves that delete a message before it is posted: the first message goes through alone.
//!
//! In scope: the verdict that all messages of a run share. Out of scope: the requests (`delete_first`).

use tokio::sync::{Mutex, MutexGuard};

/// The trial of a run.
#[derive(Debug, Default)]
pub(super) struct Trial(Mutex<Verdict>);

/// The result of the trial.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No message was deleted yet.
    #[default]
    Open,
    /// The first message was deleted, posted and found on its new lead.
    Passed,
    /// The first message was deleted and is not confirmed on its new lead: no other one is deleted.
    Failed,
}

impl Trial {
    /// The verdict; no other task gets it while the guard is held.
    pub(super) async fn verdict(&self) -> MutexGuard<'_, Verdict> {
        self.0.lock().await
    }
}
