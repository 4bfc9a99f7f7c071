//! Ctrl-C and its like: the first finishes what is under way, the second leaves it.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::execute::{Stop, Stopper};

/// The runtime of a command that speaks to Close. One thread does it all: what a request costs is
/// mostly the way from one thread to another, and files and the checkpoint have their own.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// The runtime of a command that plays Close.
pub(super) fn server_runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// Ends a runtime without waiting for threads that are reading a file.
pub(super) fn end(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_millis(100));
}

/// Hears Ctrl-C, and on Unix a request to terminate. Must be called inside a runtime.
pub(super) fn listen() -> Stop {
    let (stopper, stop) = Stopper::new();
    hear(stopper);
    stop
}

/// Listens from now on, and without a gap between one signal and the next: a second Ctrl-C right
/// after the first must count.
#[cfg(unix)]
fn hear(stopper: Stopper) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        // What cannot be heard keeps its usual effect, which is safe too.
        let Ok(mut signals) = signal(kind) else {
            continue;
        };
        let stopper = stopper.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                stopper.stop();
            }
        });
    }
}

#[cfg(not(unix))]
fn hear(stopper: Stopper) {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            stopper.stop();
        }
    });
}
