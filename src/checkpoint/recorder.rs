//! The thread that owns the writing connection, and the handle through which changes reach it.
//!
//! In scope: making every change durable before the next step depends on it, with one `fsync` for all
//! changes that wait at the same time (group commit). No caller is answered before the commit, and the
//! invalid change of one caller does not affect the change of another.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::apply::apply;
use super::change::Change;
use super::error::{Error, Fault};
use super::ids::RunId;
use super::remote::Session;
use super::runs::{RunOutcome, stop_run};
use super::store::{Record, Recorder, Recording};
use crate::clock::SharedClock;
use crate::fault_point::{fails, reach};

/// The maximum number of callers in one commit; further ones wait for the next.
const MAX_BATCH: usize = 1024;
/// The time for which closing waits for a reader before it leaves the log file in place.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(250);

/// The queue of the writing thread.
#[derive(Debug)]
struct Queue {
    commands: mpsc::Sender<Command>,
}

impl Record for Queue {
    fn record(&self, changes: Vec<Change>) -> Recording<'_> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.commands
                .send(Command::Write(Write { changes, answer }))
                .map_err(|_| Error::Closed)?;
            // The other callers of the batch are answered when this is dropped.
            match answered.await {
                Ok(answer) => answer.verdict,
                Err(_) => Err(Error::Closed),
            }
        })
    }
}

/// The answer to one caller.
#[derive(Debug)]
struct CommitAnswer {
    verdict: Result<(), Error>,
    /// The answers to further callers, sent by the first caller that wakes: waking a task from another
    /// thread
    /// costs a system call, and from its own thread almost nothing.
    #[expect(dead_code, reason = "dropping it sends them")]
    others: PendingAnswers,
}

/// Callers that wait for their answer. `Drop` sends the answers, so that none is lost when the caller that
/// was to forward them is gone.
#[derive(Debug, Default)]
struct PendingAnswers(Vec<(oneshot::Sender<CommitAnswer>, Result<(), Error>)>);

impl Drop for PendingAnswers {
    fn drop(&mut self) {
        for (caller, verdict) in self.0.drain(..) {
            let others = PendingAnswers::default();
            // A caller that no longer waits loses nothing.
            caller.send(CommitAnswer { verdict, others }).ok();
        }
    }
}

/// A message to the writing thread.
#[derive(Debug)]
enum Command {
    Write(Write),
    /// Ends the thread; `true`: the run ends too and the log is merged.
    End(bool),
}

#[derive(Debug)]
struct Write {
    changes: Vec<Change>,
    answer: oneshot::Sender<CommitAnswer>,
}

/// The thread. `Drop` joins it: queued changes are recorded, and the run stays unfinished.
#[derive(Debug)]
pub(super) struct Writer {
    commands: mpsc::Sender<Command>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Writer {
    /// Starts the thread for `run`; errors name `path`. With a session, every commit is one of its log first.
    pub(super) fn start(
        connection: Connection,
        run: RunId,
        path: PathBuf,
        (clock, log): (SharedClock, Option<Session>),
    ) -> Result<Writer, Error> {
        let (commands, queue) = mpsc::channel();
        let error_path = path.clone();
        let mut work = Work {
            connection,
            run,
            path,
            clock,
            log,
        };
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || work.until_end(&queue))
            .map_err(|error| Error::io(&error_path, error))?;
        Ok(Writer {
            commands,
            thread: Some(thread),
        })
    }

    /// A handle for a caller.
    pub(super) fn recorder(&self) -> Recorder {
        Recorder::new(Arc::new(Queue {
            commands: self.commands.clone(),
        }))
    }

    /// Records queued changes, ends the run, merges the log into the file and closes it.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.end(true)
    }

    fn end(&mut self, close: bool) -> Result<(), Error> {
        // Without a receiver the thread has ended, and joining it returns the reason.
        self.commands.send(Command::End(close)).ok();
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::Closed),
            None => Ok(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end(false).ok();
    }
}

/// The state of the thread.
struct Work {
    connection: Connection,
    run: RunId,
    path: PathBuf,
    clock: SharedClock,
    log: Option<Session>,
}

impl Work {
    fn until_end(&mut self, queue: &mpsc::Receiver<Command>) -> Result<(), Error> {
        while let Ok(first) = queue.recv() {
            let mut writes = Vec::new();
            let mut end = None;
            let mut job = Some(first);
            while let Some(taken) = job.take() {
                match taken {
                    Command::Write(write) => writes.push(write),
                    Command::End(close) => {
                        end = Some(close);
                        break;
                    }
                }
                if writes.len() < MAX_BATCH {
                    job = queue.try_recv().ok();
                }
            }
            if !writes.is_empty() {
                self.commit(writes);
                if let Some(log) = &mut self.log {
                    log.snapshot_if_due(&self.connection);
                }
            }
            match end {
                Some(true) => return self.close().map_err(|fault| fault.at(&self.path)),
                Some(false) => return Ok(()),
                None => {}
            }
        }
        Ok(())
    }

    /// Commits `writes` together and answers each.
    fn commit(&mut self, writes: Vec<Write>) {
        let verdicts = match self.try_commit(&writes) {
            Ok(verdicts) => verdicts,
            Err(fault) => {
                let error = fault.at(&self.path);
                writes.iter().map(|_| Err(error.clone())).collect()
            }
        };
        let callers = writes.into_iter().map(|write| write.answer);
        let mut others = PendingAnswers(callers.zip(verdicts).collect());
        if let Some((first, verdict)) = others.0.pop() {
            // If the first caller is gone, the answer comes back and is dropped here.
            first.send(CommitAnswer { verdict, others }).ok();
        }
    }

    /// One transaction for all; the results are final once this has returned.
    fn try_commit(&mut self, writes: &[Write]) -> Result<Vec<Result<(), Error>>, Fault> {
        match self.commit_all(writes) {
            Ok(()) => Ok(writes.iter().map(|_| Ok(())).collect()),
            // The invalid change is found by applying them one by one.
            Err(_) => self.commit_each(writes),
        }
    }

    /// All changes or none.
    fn commit_all(&mut self, writes: &[Write]) -> Result<(), Fault> {
        let now = self.clock.now().timestamp_millis();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in writes.iter().flat_map(|write| &write.changes) {
            apply(&transaction, self.run, now, change)?;
        }
        if let Some(log) = &mut self.log {
            let changes: Vec<&Change> = writes.iter().flat_map(|write| &write.changes).collect();
            log.append(now, &changes)?;
        }
        commit(transaction, self.log.as_mut())
    }

    /// A savepoint for each write.
    fn commit_each(&mut self, writes: &[Write]) -> Result<Vec<Result<(), Error>>, Fault> {
        let now = self.clock.now().timestamp_millis();
        let mut transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut verdicts = Vec::with_capacity(writes.len());
        let mut accepted: Vec<&Change> = Vec::new();
        for write in writes {
            let savepoint = transaction.savepoint()?;
            let applied = write
                .changes
                .iter()
                .try_for_each(|change| apply(&savepoint, self.run, now, change));
            match applied {
                Ok(()) => {
                    savepoint.commit()?;
                    accepted.extend(&write.changes);
                    verdicts.push(Ok(()));
                }
                Err(fault) => {
                    // A full or failing disk may have rolled back the whole transaction.
                    if savepoint.is_autocommit() {
                        return Err(fault);
                    }
                    savepoint.finish()?;
                    verdicts.push(Err(fault.at(&self.path)));
                }
            }
        }
        if let (Some(log), false) = (&mut self.log, accepted.is_empty()) {
            log.append(now, &accepted)?;
        }
        commit(transaction, self.log.as_mut())?;
        Ok(verdicts)
    }

    fn close(&mut self) -> Result<(), Fault> {
        let now = self.clock.now().timestamp_millis();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let open: bool = transaction.query_row(
            "SELECT ended_at IS NULL FROM run WHERE id = ?1",
            [self.run.0],
            |row| row.get(0),
        )?;
        if open {
            // What was counted stays: only a summary replaces it.
            stop_run(&transaction, self.run, now, RunOutcome::Stopped)?;
            if let Some(log) = &mut self.log {
                log.stop_run(now)?;
            }
        }
        reach("checkpoint: before its end");
        transaction.commit()?;
        reach("checkpoint: after its end");
        // Everything is durable here. The rest makes the file self-contained, so that `plan` can read it in
        // place; a concurrent reader may prevent that, which is harmless.
        self.connection.busy_timeout(CLOSE_TIMEOUT)?;
        let truncated =
            self.connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let plain = self
            .connection
            .query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()));
        for result in [truncated, plain] {
            match result {
                Err(error) if !is_busy(&error) => return Err(error.into()),
                _ => {}
            }
        }
        if let Some(mut log) = self.log.take() {
            log.snapshot_if_due(&self.connection);
            log.release();
        }
        Ok(())
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseBusy | DatabaseLocked)
    )
}

/// Commits what `log`, if there is one, has already. A failure ends the session with it: the changes must not be appended
/// again, and the next run reads them from the log.
fn commit(transaction: rusqlite::Transaction<'_>, log: Option<&mut Session>) -> Result<(), Fault> {
    reach("checkpoint: before a commit");
    let committed = match fails("checkpoint: a commit") {
        true => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
            None,
        )),
        false => transaction.commit(),
    };
    if let (Err(_), Some(log)) = (&committed, log) {
        log.end_for_failed_copy();
    }
    committed?;
    reach("checkpoint: after a commit");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chrono::{DateTime, Utc};

    use super::super::{Binding, ChatFacts, Checkpoint};
    use super::*;
    use crate::clock::Clock;

    /// Counts the requests for the time: one for each transaction.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl Clock for Counting {
        fn now(&self) -> DateTime<Utc> {
            self.0.fetch_add(1, Ordering::Relaxed);
            DateTime::UNIX_EPOCH
        }
        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }
        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(std::future::ready(()))
        }
        fn chance(&self) -> f64 {
            0.0
        }
    }

    fn chat(n: u8, pairs: usize) -> Change {
        let pair = |i: usize| {
            let mut hash = [n; 16];
            hash[..8].copy_from_slice(&i.to_le_bytes());
            hash
        };
        Change::Chat(ChatFacts {
            chat: [n; 16],
            pairs: (0..pairs).map(pair).collect(),
            lead_id: "lead_a".into(),
            contact_id: None,
            zone: None,
        })
    }

    /// A writer that is not started, on a file with one run.
    fn work(folder: &std::path::Path, clock: Arc<Counting>) -> Work {
        let path = folder.join("a.db");
        let binding = Binding::new("orga_a", "https://x");
        let checkpoint = Checkpoint::open(&path, &binding, clock.clone()).unwrap();
        let run = checkpoint.run();
        drop(checkpoint);
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let connection = Connection::open_with_flags(&path, flags).unwrap();
        Work {
            connection,
            run,
            path,
            clock,
            log: None,
        }
    }

    fn queue(commands: &mpsc::Sender<Command>, change: Change) -> oneshot::Receiver<CommitAnswer> {
        let (answer, answered) = oneshot::channel();
        commands
            .send(Command::Write(Write {
                changes: vec![change],
                answer,
            }))
            .unwrap();
        answered
    }

    #[test]
    fn waiting_changes_are_one_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Counting::default());
        let mut work = work(folder.path(), clock.clone());
        let (commands, waiting) = mpsc::channel();
        let mut answers: Vec<_> = (1..=8).map(|n| queue(&commands, chat(n, 1))).collect();
        commands.send(Command::End(false)).unwrap();
        let before = clock.0.load(Ordering::Relaxed);
        work.until_end(&waiting).unwrap();
        assert_eq!(clock.0.load(Ordering::Relaxed) - before, 1);
        // The first caller that wakes forwards the answers, even if it is dropped.
        drop(answers.pop());
        assert!(answers.iter_mut().all(|answer| matches!(
            answer.try_recv(),
            Ok(CommitAnswer {
                verdict: Ok(()),
                ..
            })
        )));
    }

    #[test]
    fn full_disk_fails_only_the_affected_callers() {
        let folder = tempfile::tempdir().unwrap();
        let mut work = work(folder.path(), Arc::default());
        let limit = |work: &Work, more: i64| {
            let ask = |sql: &str| {
                work.connection
                    .query_row(sql, [], |row| row.get::<_, i64>(0))
            };
            let pages = ask("PRAGMA page_count").unwrap();
            ask(&format!("PRAGMA max_page_count = {}", pages + more)).unwrap();
        };
        limit(&work, 2);
        let (commands, waiting) = mpsc::channel();
        let answers = [
            queue(&commands, chat(1, 1)),
            queue(&commands, chat(2, 5000)),
            queue(&commands, chat(3, 1)),
        ];
        commands.send(Command::End(false)).unwrap();
        work.until_end(&waiting).unwrap();
        // The last caller wakes first and forwards the answers.
        let [first, second, third] = answers;
        let mut answers =
            [third, second, first].map(|mut receiver| receiver.try_recv().unwrap().verdict);
        answers.reverse();
        assert_eq!(answers[1].as_ref().unwrap_err().code(), "checkpoint.full");
        let held = |work: &Work, n: u8| {
            let sql = "SELECT count(*) FROM chat WHERE chat_hash = ?1";
            work.connection
                .query_row(sql, [[n; 16]], |row| row.get::<_, i64>(0))
                .unwrap()
                == 1
        };
        for (n, answer) in (1..).zip(&answers) {
            assert_eq!(held(&work, n), answer.is_ok(), "chat {n}");
        }

        // Once there is room again, the same thread continues.
        limit(&work, 1000);
        let (commands, waiting) = mpsc::channel();
        let mut answer = queue(&commands, chat(2, 5000));
        commands.send(Command::End(false)).unwrap();
        work.until_end(&waiting).unwrap();
        answer.try_recv().unwrap().verdict.unwrap();
        assert!(held(&work, 2));
    }
}
