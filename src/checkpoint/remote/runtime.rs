//! Requests to the database, made from threads that may block.
//!
//! Readers and the writing thread of a checkpoint are synchronous; connections are driven on a small runtime.

use std::io;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use tokio::runtime::Runtime;

use super::StoreProblem;

/// How long the database may take for one statement, in which it moves at most a part of a snapshot.
pub(super) const STATEMENT: Duration = Duration::from_secs(60);

pub(super) fn runtime() -> Result<&'static Runtime, StoreProblem> {
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("store")
            .enable_all()
            .build()
    });
    let failed = |error: &io::Error| StoreProblem::Unreachable(error.kind().to_string());
    runtime.as_ref().map_err(failed)
}

/// Runs requests to their end. The calling thread blocks, and may itself belong to another runtime.
pub(super) fn wait<T: Send + 'static>(
    request: impl Future<Output = Result<T, StoreProblem>> + Send + 'static,
) -> Result<T, StoreProblem> {
    let (sender, receiver) = mpsc::sync_channel(1);
    runtime()?.spawn(async move {
        let _ = sender.send(request.await);
    });
    receiver.recv().unwrap_or(Err(StoreProblem::Lost))
}

/// Waits for one statement, at most [`STATEMENT`].
///
/// # Errors
///
/// The problem that the database reports; [`StoreProblem::Lost`] if it does not respond in time.
pub(crate) async fn timed<T>(
    statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, StoreProblem> {
    match tokio::time::timeout(STATEMENT, statement).await {
        Ok(result) => result.map_err(|error| super::connect::problem_of(&error)),
        Err(_) => Err(StoreProblem::Lost),
    }
}
