//! Ctrl-C and its like: the first finishes what is under way, the second leaves it.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::execute::{Stop, Stopper};

/// The runtime of a command that speaks to Close.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// Ends a runtime without waiting for threads that are reading a file.
pub(super) fn end(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_millis(100));
}

/// Hears Ctrl-C, and on Unix a request to terminate. Must be called inside a runtime.
pub(super) fn listen() -> Stop {
    let (stopper, stop) = Stopper::new();
    tokio::spawn(async move {
        while interrupted().await {
            stopper.stop();
        }
    });
    stop
}

/// Resolves at the next signal; false when signals cannot be heard here.
#[cfg(unix)]
async fn interrupted() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return tokio::signal::ctrl_c().await.is_ok();
    };
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.is_ok(),
        Some(()) = terminate.recv() => true,
    }
}

#[cfg(not(unix))]
async fn interrupted() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
