//! Ctrl-C and termination signals: the first one finishes requests in progress, the second one aborts them; a command that only
//! reads ends at once.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::exit;
use super::out::Out;
use crate::app::Error;
use crate::execute::{Stop, Stopper};
use crate::stop_reason::StopReason;

/// The runtime of commands that send requests to Close. One thread: most of the cost of a request is the
/// hand-over between threads, and files and the checkpoint have their own.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// The runtime of commands that run the sandbox.
pub(super) fn server_runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// Ends a runtime without waiting for threads that read a file.
pub(super) fn end(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_millis(100));
}

/// Listens for Ctrl-C, and on Unix for SIGTERM. Must be called inside a runtime.
pub(super) fn listen() -> Stop {
    let (stopper, stop) = Stopper::new();
    hear(stopper);
    stop
}

/// Ends the process at the first signal, with the exit status of a stopped command: for commands that write nothing in Close, and
/// no file that a half could be left of.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the thread of the command may wait for Close, or read an archive"
)]
pub(super) fn end_at_once(wants_json: bool) {
    // Without the thread a signal has its default effect, which is safe too.
    let listener = std::thread::Builder::new().spawn(move || {
        let Ok(runtime) = runtime() else { return };
        runtime.block_on(async {
            let mut stop = listen();
            stop.requested(1).await;
        });
        let error: anyhow::Error = Error::from(StopReason::Interrupted).into();
        let out = &mut Out::standard();
        let ended = match wants_json {
            true => exit::report_json(&error, out),
            false => exit::report(&error, out),
        };
        std::process::exit(ended.code().into());
    });
    drop(listener);
}

/// Listens without a gap between one signal and the next: a second Ctrl-C right after the first must count.
#[cfg(unix)]
fn hear(stopper: Stopper) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        // A signal that cannot be caught keeps its default effect, which is safe too.
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
