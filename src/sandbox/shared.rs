//! What all handlers share: options, state, limiter.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::idle::Work;
use super::limiter::Limiter;
use super::options::Options;
use super::store::Store;

/// State shared by all handlers.
pub(super) struct Shared {
    pub(super) options: Options,
    /// `http://127.0.0.1:PORT`
    pub(super) base: String,
    pub(super) store: Mutex<Store>,
    pub(super) limiter: Mutex<Limiter>,
    pub(super) numbers: AtomicU64,
    pub(super) work: Arc<Work>,
}

impl Shared {
    /// The state. Locked while one request is carried out, never across an await.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        // A panic in a handler closes its connection; tests that read the state afterwards still can.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
