//! A call once a second: a line changes during a wait too, when no event does.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// The time between two calls.
const SECOND: Duration = Duration::from_secs(1);

/// Calls a function once a second until it is dropped.
pub(super) struct Ticker {
    /// Is dropped to end the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Begins to call `tick`. Without a thread for it, it is never called.
    pub(super) fn start(tick: impl Fn() + Send + 'static) -> Ticker {
        let (end, ended) = channel();
        let thread = Builder::new().name("progress".to_owned()).spawn(move || {
            while ended.recv_timeout(SECOND) == Err(RecvTimeoutError::Timeout) {
                tick();
            }
        });
        Ticker {
            end: Some(end),
            thread: thread.ok(),
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // A call that panicked has drawn nothing.
            let _ = thread.join();
        }
    }
}
