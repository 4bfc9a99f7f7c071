//! What was read from the files of the migration, as pages share it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::app::{ChatList, Error, Result, SeenTable, Stamp, Status};
use crate::settings::Settings;

/// The time after a decision in which the files are not read again by the queue alone: reading thousands of chats after each
/// decision would slow down the next one.
const REST: Duration = Duration::from_secs(20);

/// What the files of the migration contain.
#[derive(Clone)]
pub(super) struct Reading {
    /// The chats and archives.
    pub(super) list: ChatList,
    /// The progress.
    pub(super) status: Arc<Status>,
    /// The messages that rules leave out, by the description of the rule.
    pub(super) left_out: Vec<(&'static str, u64)>,
    /// The settings.
    pub(super) settings: Arc<Settings>,
    /// contacts.csv, as it was read.
    pub(super) contacts: SeenTable,
    /// The configuration, as it was read.
    pub(super) configuration: SeenTable,
    /// The stamp of the files before they were read.
    pub(super) stamp: Stamp,
}

/// What a page gets.
pub(super) enum Read {
    /// What the files contain now.
    Now(Arc<Reading>),
    /// What they contain now, except for the checkpoint, which has changed since.
    Before(Arc<Reading>),
    /// The files are being read.
    Pending,
    /// They cannot be used.
    Failed(Arc<Error>),
}

/// A reading, or why there is none.
type Outcome = Result<Arc<Reading>, Arc<Error>>;

impl Read {
    fn of(read: &Outcome) -> Read {
        match read {
            Ok(reading) => Read::Now(Arc::clone(reading)),
            Err(error) => Read::Failed(Arc::clone(error)),
        }
    }
}

#[derive(Default)]
struct Inner {
    /// The stamp of the files, and what was read from them.
    current: Option<(Stamp, Outcome)>,
    /// Decisions were put into it.
    is_decided: bool,
    is_running: bool,
    /// When a decision was put into the reading.
    decided_at: Option<Duration>,
}

/// The reading of a page.
#[derive(Default)]
pub(super) struct Readings {
    inner: Mutex<Inner>,
    changed: Notify,
}

impl Readings {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read from files with this stamp.
    pub(super) fn current(&self, stamp: &Stamp) -> Option<Read> {
        let inner = self.inner();
        let (own, read) = inner.current.as_ref().filter(|_| !inner.is_decided)?;
        (own == stamp).then(|| Read::of(read))
    }

    /// What was read last, with all decisions of this page.
    pub(super) fn latest(&self) -> Option<Arc<Reading>> {
        let inner = self.inner();
        let (_, read) = inner.current.as_ref()?;
        read.as_ref().ok().cloned()
    }

    /// What was read last, if only the checkpoint has changed since.
    pub(super) fn before(&self, stamp: &Stamp) -> Option<Read> {
        let inner = self.inner();
        let (own, read) = inner.current.as_ref()?;
        let reading = read.as_ref().ok()?;
        own.has_same_files(stamp)
            .then(|| Read::Before(Arc::clone(reading)))
    }

    /// The last reading, if decisions were put into it, contacts.csv contains the same ones, and no other file has changed.
    pub(super) fn with_decisions(&self, stamp: &Stamp) -> Option<Arc<Reading>> {
        let reading = {
            let inner = self.inner();
            let (own, read) = inner.current.as_ref().filter(|_| inner.is_decided)?;
            let read = read.as_ref().ok().map(Arc::clone);
            read.filter(|_| own.has_same_other_files(stamp))?
        };
        let now = SeenTable::read(&reading.contacts.path).ok()?;
        (now == reading.contacts).then_some(reading)
    }

    /// Puts a decision into the reading, until the files are read again.
    pub(super) fn replace(&self, reading: Reading, now: Duration) {
        let mut inner = self.inner();
        inner.current = Some((reading.stamp.clone(), Ok(Arc::new(reading))));
        inner.is_decided = true;
        inner.decided_at = Some(now);
    }

    /// Notes that a file was changed otherwise than by a decision about chats.
    pub(super) fn outdate(&self) {
        if let Some((stamp, _)) = &mut self.inner().current {
            *stamp = Stamp::default();
        }
    }

    /// Whether a person decided a moment ago, and is likely to go on.
    pub(super) fn is_busy(&self, now: Duration) -> bool {
        let decided_at = self.inner().decided_at;
        decided_at.is_some_and(|at| now.saturating_sub(at) < REST)
    }

    /// Resolves when a reading ends.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Begins a reading; `None` if one has begun.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Begun> {
        let mut inner = self.inner();
        if inner.is_running {
            return None;
        }
        inner.is_running = true;
        Some(Begun(Arc::clone(self)))
    }
}

/// A reading that has begun. Dropping it ends it.
pub(super) struct Begun(Arc<Readings>);

impl Begun {
    /// Keeps what was read from files with this stamp. `is_sound`: no file but the checkpoint changed meanwhile.
    pub(super) fn end(self, stamp: Stamp, read: Result<Reading>, is_sound: bool) {
        let mut inner = self.0.inner();
        // What was read while a file changed is of no version of it.
        if is_sound || inner.current.is_none() {
            inner.current = Some((stamp, read.map(Arc::new).map_err(Arc::new)));
            inner.is_decided = false;
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.inner().is_running = false;
        self.0.changed.notify_waiters();
    }
}

/// Chats that a person put off: they come last in the queue as long as the page is open.
#[derive(Default)]
pub(super) struct Later(Mutex<HashSet<String>>);

impl Later {
    pub(super) fn put(&self, chat: &str) {
        let mut later = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        later.insert(chat.to_owned());
    }

    pub(super) fn is_empty(&self) -> bool {
        let later = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        later.is_empty()
    }

    pub(super) fn has(&self, chat: &str) -> bool {
        let later = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        later.contains(chat)
    }
}
