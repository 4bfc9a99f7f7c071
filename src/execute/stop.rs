//! The request to stop: once to finish what is under way, twice to leave it.

use std::sync::Arc;

use tokio::sync::watch;

/// Says stop.
#[derive(Debug, Clone)]
pub struct Stopper {
    level: Arc<watch::Sender<u8>>,
}

/// Hears it.
#[derive(Debug, Clone)]
pub struct Stop {
    level: watch::Receiver<u8>,
}

impl Stopper {
    /// A pair of the two.
    pub fn new() -> (Stopper, Stop) {
        let (sender, level) = watch::channel(0);
        (
            Stopper {
                level: Arc::new(sender),
            },
            Stop { level },
        )
    }

    /// Asks to stop; the second time, at once.
    pub fn stop(&self) {
        self.level
            .send_modify(|level| *level = level.saturating_add(1));
    }
}

impl Stop {
    /// True when stop was said.
    pub fn is_said(&self) -> bool {
        *self.level.borrow() > 0
    }

    /// Resolves when stop was said `times` times.
    pub async fn said(&mut self, times: u8) {
        if self.level.wait_for(|level| *level >= times).await.is_err() {
            // Nobody is left who could say it.
            std::future::pending::<()>().await;
        }
    }
}
