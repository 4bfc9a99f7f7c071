//! The request to stop: the first finishes requests in flight, the second cancels them.

use std::sync::Arc;

use tokio::sync::watch;

/// Requests that a run stops: gracefully, then at once. See [`Stop`].
#[derive(Debug, Clone)]
pub struct Stopper {
    level: Arc<watch::Sender<u8>>,
}

/// Receives the requests of a [`Stopper`]; clones receive the same ones.
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
    /// Whether a stop was requested, graceful or immediate.
    pub fn is_requested(&self) -> bool {
        *self.level.borrow() > 0
    }

    /// Waits until a stop was requested `times` times: 1 for a graceful one, 2 for an immediate
    /// one. Cancel-safe; never resolves if no [`Stopper`] is left.
    pub async fn requested(&mut self, times: u8) {
        if self.level.wait_for(|level| *level >= times).await.is_err() {
            // Every [`Stopper`] is dropped: no request can follow.
            std::future::pending::<()>().await;
        }
    }
}
