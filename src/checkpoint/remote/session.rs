//! The session of a run: its lock, its epoch, and the commits to the log.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Statement};

use super::super::change::Change;
use super::super::error::{Error, Fault};
use super::super::ids::RunId;
use super::super::meta::Binding;
use super::StoreProblem;
use super::beginning::{Locked, keep_confirmed, lock_organization};
use super::connect::problem_of;
use super::entry::NewEntry;
use super::reading::{self, Filled};
use super::replay::{self, Owner};
use super::runtime::{timed, wait};
use super::snapshot;
use super::tables::{self, Organization, Server};
use crate::checkpoint_location::StoreLocation;
use crate::clock::SharedClock;
use crate::fault_point::reach;
use crate::fence::{Fence, SILENCE};

/// An entry is inserted by the session of the newest run only, and only at the next place.
const APPEND: &str = "WITH mine AS (SELECT number FROM chatferry.organization \
     WHERE number = $1 AND epoch = $2 AND pg_backend_pid() = $3 FOR SHARE) \
     INSERT INTO chatferry.change_log (organization, seq, epoch, at, body) \
     SELECT number, $4, $2, $5, $6 FROM mine";

/// The session of a run at the database. The database releases its lock when it ends, however it ends.
#[derive(Debug)]
pub(in crate::checkpoint) struct Session {
    store: StoreLocation,
    client: Arc<Client>,
    fence: Fence,
    append: Statement,
    owner: Owner,
    organization: Organization,
    server: Server,
    backend: i32,
    filled: Filled,
    /// Why nothing more can be recorded.
    lost: Option<StoreProblem>,
}

impl Session {
    /// Connects, checks the server, takes the lock of the organisation and begins an epoch.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::OtherBaseUrl`].
    pub(in crate::checkpoint) fn begin(
        store: &StoreLocation,
        binding: &Binding,
        clock: &SharedClock,
    ) -> Result<Session, Error> {
        Session::begin_for(store, binding, clock, false)
    }

    /// [`Session::begin`], for a run that replaces everything that is recorded: a failover before it does not matter.
    pub(in crate::checkpoint) fn begin_to_replace(
        store: &StoreLocation,
        binding: &Binding,
        clock: &SharedClock,
    ) -> Result<Session, Error> {
        Session::begin_for(store, binding, clock, true)
    }

    fn begin_for(
        store: &StoreLocation,
        binding: &Binding,
        clock: &SharedClock,
        replaces: bool,
    ) -> Result<Session, Error> {
        let at = |problem: StoreProblem| problem.at(store.shown());
        let fence = Fence::new(SharedClock::clone(clock));
        let locked = wait(lock_organization(
            store.clone(),
            binding.clone(),
            fence.clone(),
        ));
        let Locked {
            client,
            organization,
            server,
            backend,
        } = locked.map_err(at)?;
        let owner = reading::owner(store, &organization).map_err(at)?;
        owner.binding.check_base_url(binding, store.shown())?;
        if organization.server != server && !replaces {
            return Err(at(StoreProblem::FailedOver));
        }
        let (session, number) = (Arc::clone(&client), organization.number);
        let snapshot = organization.snapshot.seq;
        let begun = wait(async move {
            let begin = "UPDATE chatferry.organization SET epoch = epoch + 1, \
                 holder = $2 || coalesce(' at ' || host(inet_client_addr()), '') \
                 WHERE number = $1 RETURNING epoch";
            let holder = format!("process {}", std::process::id());
            let row = timed(session.query_one(begin, &[&number, &holder])).await?;
            let append = timed(session.prepare(APPEND)).await?;
            let find =
                "SELECT greatest(max(seq), $2) FROM chatferry.change_log WHERE organization = $1";
            let last: i64 = timed(session.query_one(find, &[&number, &snapshot]))
                .await?
                .get(0);
            Ok((row.get::<_, i64>(0), append, last))
        });
        let (epoch, append, seq) = begun.map_err(at)?;
        keep_confirmed(&client, backend, fence.clone()).map_err(at)?;
        Ok(Session {
            store: store.clone(),
            client,
            fence,
            append,
            owner,
            organization: Organization {
                epoch,
                ..organization
            },
            server,
            backend,
            filled: Filled { seq, log_bytes: 0 },
            lost: None,
        })
    }

    /// Loads everything that is recorded into the absent file at `path`, which is empty if nothing was ever recorded.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(in crate::checkpoint) fn load(&mut self, path: &Path) -> Result<(), Error> {
        let of = (&self.organization, &self.owner);
        let last = self.filled.seq;
        self.filled = reading::fill(&self.client, of, path, &self.store)?;
        match self.filled.seq == last {
            true => Ok(()),
            false => {
                let defect = "its log does not end where it should".to_owned();
                Err(StoreProblem::Damaged(defect).at(self.store.shown()))
            }
        }
    }

    /// Begins the run in the log and in the loaded file.
    ///
    /// # Errors
    /// [`Error::Store`]; those of the file.
    pub(in crate::checkpoint) fn begin_run(
        &mut self,
        connection: &mut Connection,
        at: i64,
    ) -> Result<RunId, Error> {
        let program = env!("CARGO_PKG_VERSION");
        let shown = self.store.shown().to_owned();
        let fault = |error: rusqlite::Error| Fault::from(error).at(&shown);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fault)?;
        let run = replay::begin(&transaction, &shown, &self.owner, (at, program))
            .map_err(|error| error.at(&shown))?;
        self.write(at, &NewEntry::Begun { program })?;
        transaction.commit().map_err(fault)?;
        Ok(run)
    }

    /// Commits changes to the log: when it returns, they are durable. The caller applied them to the file before, and
    /// commits that afterwards.
    ///
    /// # Errors
    /// [`Error::Store`]: nothing more can be recorded by this run.
    pub(in crate::checkpoint) fn append(
        &mut self,
        at: i64,
        changes: &[&Change],
    ) -> Result<(), Error> {
        self.write(at, &NewEntry::Changes(changes))
    }

    /// Records that the run ended without an outcome.
    ///
    /// # Errors
    /// As [`Session::append`].
    pub(in crate::checkpoint) fn stop_run(&mut self, at: i64) -> Result<(), Error> {
        self.write(at, &NewEntry::Stopped)
    }

    /// Ends the session, since the file lacks changes that the log has: nothing more can be recorded or sent by this run.
    pub(in crate::checkpoint) fn end_for_failed_copy(&mut self) {
        self.fence.end();
        self.lost.get_or_insert(StoreProblem::CopyFailed);
    }

    fn write(&mut self, at: i64, entry: &NewEntry<'_>) -> Result<(), Error> {
        let written = match &self.lost {
            Some(problem) => Err(problem.clone()),
            None if self.fence.has_ended() => Err(StoreProblem::Lost),
            None => self.insert(at, entry),
        };
        written.map_err(|problem| {
            self.fence.end();
            self.lost.get_or_insert_with(|| problem.clone());
            problem.at(self.store.shown())
        })
    }

    fn insert(&mut self, at: i64, entry: &NewEntry<'_>) -> Result<(), StoreProblem> {
        let body = serde_json::to_string(entry)
            .map_err(|_| StoreProblem::Damaged("an entry cannot be written".to_owned()))?;
        let bytes = body.len() as u64;
        let (client, statement) = (Arc::clone(&self.client), self.append.clone());
        let (number, epoch) = (self.organization.number, self.organization.epoch);
        let (backend, seq) = (self.backend, self.filled.seq + 1);
        let confirmed = self.fence.moment();
        reach("store: before a commit");
        let inserted = wait(async move {
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
                [&number, &epoch, &backend, &seq, &at, &body];
            let insert = client.execute(&statement, &values);
            match tokio::time::timeout(SILENCE, insert).await {
                Ok(Ok(rows)) => Ok(rows),
                Ok(Err(error)) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(0),
                Ok(Err(error)) => Err(unconfirmed(problem_of(&error))),
                Err(_) => Err(StoreProblem::UnknownCommit),
            }
        });
        reach("store: after a commit");
        if inserted? == 0 {
            return Err(StoreProblem::Fenced);
        }
        self.fence.confirm(confirmed);
        self.filled.seq = seq;
        self.filled.log_bytes += bytes;
        Ok(())
    }

    /// Stores a snapshot of the file if the log has grown enough since the last one. Without one, the next run reads more
    /// of the log; a failure is logged only.
    pub(in crate::checkpoint) fn snapshot_if_due(&mut self, connection: &Connection) {
        let former = self.organization.snapshot.bytes.unsigned_abs();
        if self.lost.is_some() || !snapshot::is_due(self.filled.log_bytes, former) {
            return;
        }
        let place = (&self.organization, self.filled.seq);
        match snapshot::store(&self.store, place, self.server, connection) {
            Ok(stored) => {
                self.organization.snapshot = stored;
                self.filled.log_bytes = 0;
            }
            Err(error) => {
                // Not again before the log has grown by as much.
                self.filled.log_bytes = 0;
                tracing::warn!(code = error.code(), "no snapshot was stored");
            }
        }
    }

    /// Replaces everything that is recorded by the checkpoint in the file at `path`, with its hash key.
    ///
    /// # Errors
    /// [`Error::Store`]: the former checkpoint is unchanged. Those of the file.
    pub(in crate::checkpoint) fn replace(&mut self, path: &Path) -> Result<(), Error> {
        let place = (&self.organization, self.filled.seq + 1);
        let stored = snapshot::replace(&self.store, place, self.server, path)?;
        self.organization.snapshot = stored;
        self.filled.seq += 1;
        self.filled.log_bytes = 0;
        Ok(())
    }

    /// Whether anything was ever recorded.
    pub(in crate::checkpoint) fn has_records(&self) -> bool {
        self.filled.seq > 0
    }

    /// Whether the server is not the one of the last run.
    pub(in crate::checkpoint) fn has_failed_over(&self) -> bool {
        self.organization.server != self.server
    }

    /// Relies on the server as it is: what is recorded was compared with Close after it was restored or promoted.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(in crate::checkpoint) fn accept_server(&mut self) -> Result<(), Error> {
        let (client, number, server) = (
            Arc::clone(&self.client),
            self.organization.number,
            self.server,
        );
        let accepted = wait(async move {
            let accept = "UPDATE chatferry.organization SET system_identifier = $2, timeline = $3 \
                 WHERE number = $1";
            let (identifier, timeline) = (server.system_identifier, server.timeline);
            timed(client.execute(accept, &[&number, &identifier, &timeline])).await
        });
        accepted
            .map(drop)
            .map_err(|problem| problem.at(self.store.shown()))
    }

    /// Whether writes to Close may be sent.
    pub(in crate::checkpoint) fn fence(&self) -> Fence {
        self.fence.clone()
    }

    /// Ends the session at the end of a run.
    pub(in crate::checkpoint) fn release(self) {
        self.fence.lift();
        let (client, number) = (Arc::clone(&self.client), self.organization.number);
        // The database does the same when it notices that the connection is closed, which takes a moment.
        let released = wait(async move {
            let forget = "UPDATE chatferry.organization SET holder = NULL WHERE number = $1";
            timed(client.execute(forget, &[&number])).await?;
            let unlock = format!("SELECT pg_advisory_unlock({}, {number})", tables::LOCKS);
            timed(client.batch_execute(&unlock)).await
        });
        released.ok();
    }
}

/// A statement without an answer, as the commit that it was.
fn unconfirmed(problem: StoreProblem) -> StoreProblem {
    match problem {
        StoreProblem::Lost | StoreProblem::Unreachable(_) => StoreProblem::UnknownCommit,
        refused => refused,
    }
}
