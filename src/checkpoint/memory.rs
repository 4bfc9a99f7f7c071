//! A checkpoint in memory, for tests of the executor and as the model of the SQLite file.
//!
//! It follows the same tables of states and steps and answers every question of [`ReadStore`] alike. It keeps nothing that
//! no [`ReadStore`] shows: files, what Close returned, neighbours of deleted messages, erasures. A recording clones the
//! whole state, so it is for tests alone.

mod apply;
mod message;
mod operation;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::archives::{ArchiveRow, InputDigest};
use super::change::Change;
use super::hash::HashKey;
use super::ids::{ChatId, RunId};
use super::rows::{ChatRow, MessageRow, RunRow};
use super::runs::RunOutcome;
use super::states::State;
use super::store::{ReadStore, Record, Recorder, Recording, Store};
use crate::clock::SharedClock;
use crate::ids::{ExternalId, LeadId, UserId};
use crate::organization::Learned;
use operation::Operation;

/// A checkpoint in memory, open for a run.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    shared: Arc<Shared>,
}

struct Shared {
    records: Mutex<Records>,
    clock: SharedClock,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

/// Everything that is recorded.
#[derive(Debug, Clone, Default)]
struct Records {
    run: RunId,
    runs: Vec<Run>,
    /// Known leads, each with the lead that it was merged into.
    leads: BTreeMap<LeadId, Option<LeadId>>,
    chats: Vec<ChatRow>,
    messages: BTreeMap<i64, MessageRow>,
    aliases: BTreeSet<(ExternalId, i64)>,
    archives: Vec<ArchiveRow>,
    digests: BTreeMap<ChatId, (InputDigest, RunId)>,
    operations: Vec<Operation>,
    /// By name.
    facts: BTreeMap<&'static str, Learned>,
}

#[derive(Debug, Clone)]
struct Run {
    row: RunRow,
    user_id: Option<UserId>,
    command: Option<Box<str>>,
}

impl Memory {
    /// A new checkpoint, open for its first run.
    pub(crate) fn new(clock: SharedClock) -> Memory {
        let records = Mutex::default();
        let memory = Memory {
            shared: Arc::new(Shared { records, clock }),
        };
        memory.begin();
        memory
    }

    /// Begins the next run after the current one was killed.
    pub(crate) fn begin(&self) {
        let started_at = self.now();
        let mut records = self.records();
        let id = RunId(records.run.0 + 1);
        records.run = id;
        records.runs.push(Run {
            row: RunRow {
                id,
                started_at,
                program: env!("CARGO_PKG_VERSION").into(),
                ended: None,
                counts: BTreeMap::new(),
            },
            user_id: None,
            command: None,
        });
        for message in records.messages.values_mut() {
            if message.state == State::Intent {
                message.state = State::Unknown;
            }
        }
    }

    /// Ends the run, as stopped if it has no recorded outcome.
    pub(crate) fn end(&self) {
        let now = self.now();
        if let Some(run) = self.records().runs.last_mut() {
            run.row.ended.get_or_insert((now, RunOutcome::Stopped));
        }
    }

    fn now(&self) -> i64 {
        self.shared.clock.now().timestamp_millis()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        let records = self.shared.records.lock();
        records.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record for Shared {
    fn record(&self, changes: Vec<Change>) -> Recording<'_> {
        Box::pin(async move {
            let now = self.clock.now().timestamp_millis();
            let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            let mut after = records.clone();
            for change in &changes {
                after.apply(now, change)?;
            }
            *records = after;
            Ok(())
        })
    }
}

impl Store for Memory {
    fn reader(&self) -> &dyn ReadStore {
        self
    }

    fn recorder(&self) -> Recorder {
        Recorder::new(Arc::clone(&self.shared) as Arc<dyn Record>)
    }
}

/// The key of every checkpoint in memory.
fn key() -> HashKey {
    HashKey::from_bytes([7; 32])
}
