//! The request to stop: the first finishes requests in flight, the second cancels them.

use std::sync::Arc;

use tokio::sync::watch;

/// Requests the stop.
#[derive(Debug, Clone)]
pub struct Stopper {
    level: Arc<watch::Sender<u8>>,
}

/// Receives the request.
#[derive(Debug, Clone)]
pub struct Stop {
    level: watch::Receiver<u8>,
}

impl Stopper {
    /// Creates a [`Stopper`] and the [`Stop`] that receives its requests.
    pub fn new() -> (Stopper, Stop) {
        let (sender, level) = watch::channel(0);
        (
            Stopper {
                level: Arc::new(sender),
            },
            Stop { level },
        )
    }

    /// Requests a graceful stop; the second call requests an immediate one.
    pub fn stop(&self) {
        self.level
            .send_modify(|level| *level = level.saturating_add(1));
    }
}

impl Stop {
    /// True when a stop was requested.
    pub fn is_requested(&self) -> bool {
        *self.level.borrow() > 0
    }

    /// Resolves when a stop was requested `times` times.
    pub async fn requested(&mut self, times: u8) {
        if self.level.wait_for(|level| *level >= times).await.is_err() {
            // Every [`Stopper`] is dropped: no request can follow.
            std::future::pending::<()>().await;
        }
    }
}
