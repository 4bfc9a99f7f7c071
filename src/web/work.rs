//! Use cases on a thread of their own: they read files, and their futures stay on one thread.

use std::future::Future;

use tokio::runtime::Builder;

use crate::app::{Error, Exit, Result};

/// Runs a use case on a thread of its own.
///
/// # Errors
///
/// Those of the use case; an internal error if it panicked.
pub(super) async fn apart<T, W>(work: impl FnOnce() -> W + Send + 'static) -> Result<T>
where
    T: Send + 'static,
    W: Future<Output = Result<T>>,
{
    let done = tokio::task::spawn_blocking(|| here(work)).await;
    done.unwrap_or_else(|_| Err(Error::with(Exit::Internal, "the work of this page failed")))
}

/// Runs a use case on this thread, which is none of the server's.
///
/// # Errors
///
/// Those of the use case.
pub(super) fn here<T, W: Future<Output = Result<T>>>(work: impl FnOnce() -> W) -> Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work())
}
