//! A value that takes long to make, such as a report: made once, and kept until its key changes.
//!
//! Making it goes on when the page that waits for it is closed. One value is made at a time, and the last one is kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::work::here;
use crate::app::{Error, Result};

/// The time that a page waits for a value before it shows that it is being made.
const PATIENCE: Duration = Duration::from_millis(600);

/// What a page gets.
pub(super) enum Got<T> {
    /// The value.
    Now(Arc<T>),
    /// It is being made.
    Pending,
    /// It cannot be made.
    Failed(Arc<Error>),
}

/// How long a page waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// A moment: the page can show that it waits.
    Short,
    /// Until the value is there: a document or a file.
    Long,
}

/// A value, or why there is none.
type Made<T> = Result<Arc<T>, Arc<Error>>;

struct Inner<T> {
    /// The key and what was made for it.
    current: Option<(String, Made<T>)>,
    is_running: bool,
}

/// The value of one kind that was made last.
pub(super) struct Kept<T> {
    inner: Mutex<Inner<T>>,
    changed: Notify,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept {
            inner: Mutex::new(Inner {
                current: None,
                is_running: false,
            }),
            changed: Notify::new(),
        }
    }
}

impl<T: Send + Sync + 'static> Kept<T> {
    fn inner(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self, key: &str) -> Option<Got<T>> {
        let inner = self.inner();
        let (own, made) = inner.current.as_ref()?;
        let got = match made {
            Ok(value) => Got::Now(Arc::clone(value)),
            Err(error) => Got::Failed(Arc::clone(error)),
        };
        (own == key).then_some(got)
    }

    /// The value that was made last, whatever its key.
    pub(super) fn last(&self) -> Option<Arc<T>> {
        let inner = self.inner();
        let (_, made) = inner.current.as_ref()?;
        made.as_ref().ok().map(Arc::clone)
    }

    /// The value with this key; made by `make` unless it is kept.
    pub(super) async fn get<W>(
        self: &Arc<Self>,
        key: &str,
        patience: Patience,
        make: impl Fn() -> W + Clone + Send + 'static,
    ) -> Got<T>
    where
        W: Future<Output = Result<T>>,
    {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(got) = self.current(key) {
                return got;
            }
            self.begin(key, make.clone());
            match patience {
                Patience::Long => changed.await,
                Patience::Short => {
                    tokio::time::timeout(PATIENCE, changed).await.ok();
                    return self.current(key).unwrap_or(Got::Pending);
                }
            }
        }
    }

    /// Begins to make the value, unless one is being made.
    fn begin<W>(self: &Arc<Self>, key: &str, make: impl Fn() -> W + Send + 'static)
    where
        W: Future<Output = Result<T>>,
    {
        {
            let mut inner = self.inner();
            if inner.is_running {
                return;
            }
            inner.is_running = true;
        }
        let (making, key) = (Making(Arc::clone(self)), key.to_owned());
        tokio::task::spawn_blocking(move || {
            let made = here(make).map(Arc::new).map_err(Arc::new);
            making.0.inner().current = Some((key, made));
            drop(making);
        });
    }
}

/// A value that is being made. Dropping it ends that, also where it panicked.
struct Making<T: Send + Sync + 'static>(Arc<Kept<T>>);

impl<T: Send + Sync + 'static> Drop for Making<T> {
    fn drop(&mut self) {
        self.0.inner().is_running = false;
        self.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn value_is_made_once_per_key() {
        let kept: Arc<Kept<u32>> = Arc::default();
        let made = Arc::new(AtomicU32::new(0));
        let own = Arc::clone(&made);
        let make = move || {
            let number = own.fetch_add(1, Ordering::Relaxed) + 1;
            async move { Ok(number) }
        };
        for (key, expected) in [("a", 1), ("a", 1), ("b", 2), ("b", 2), ("a", 3)] {
            let Got::Now(value) = kept.get(key, Patience::Long, make.clone()).await else {
                panic!("no value");
            };
            assert_eq!((*value, made.load(Ordering::Relaxed)), (expected, expected));
        }
    }

    #[tokio::test]
    async fn error_is_kept_too() {
        let kept: Arc<Kept<u32>> = Arc::default();
        let make = || async { Err(Error::usage("no archive")) };
        let Got::Failed(error) = kept.get("a", Patience::Long, make).await else {
            panic!("no error");
        };
        assert_eq!(error.message, "no archive");
    }
}
