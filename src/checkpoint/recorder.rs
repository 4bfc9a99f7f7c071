//! The thread that owns the writing connection, and the handle by which changes reach it.
//!
//! For: making every change durable before the next step depends on it (design.md invariant 4),
//! at one `fsync` for all the changes that wait at the same time (group commit). It must never
//! answer before the commit, and never let one caller's mistake take another's change with it.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::apply::{apply, end_run};
use super::change::Change;
use super::error::{Error, Fault};
use super::rows::RunId;
use super::runs::{Counts, RunOutcome};
use super::store::{Record, Recorder, Recording};
use crate::clock::SharedClock;
use crate::fault_point::reach;

/// The most callers that one commit answers; more wait for the next.
const BATCH: usize = 1024;
/// Where the last commit was for so many callers or more, a few more are waited for.
const BUSY: usize = 4;
/// How long: an `fsync` and what each of them costs beside are worth more than that.
const GATHER: Duration = Duration::from_millis(2);
/// How long closing waits for a reader before it leaves the log file beside the database.
const CLOSE_PATIENCE: Duration = Duration::from_millis(250);

/// The queue of the thread.
#[derive(Debug)]
struct Queue {
    jobs: mpsc::Sender<Job>,
}

impl Record for Queue {
    fn record(&self, changes: Vec<Change>) -> Recording<'_> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.jobs
                .send(Job::Write(Write { changes, answer }))
                .map_err(|_| Error::Closed)?;
            // The others of the batch get theirs when this is dropped.
            match answered.await {
                Ok(answer) => answer.verdict,
                Err(_) => Err(Error::Closed),
            }
        })
    }
}

/// What a caller is told.
#[derive(Debug)]
struct Answer {
    verdict: Result<(), Error>,
    /// What others are told, by whoever hears this first: to wake a task costs a system call from
    /// another thread, and next to nothing from its own.
    #[expect(dead_code, reason = "it tells them when it is dropped")]
    others: Others,
}

/// Callers that are still to be told. Dropped, it tells them, so that nobody is forgotten where
/// the one who was to tell them has gone.
#[derive(Debug, Default)]
struct Others(Vec<(oneshot::Sender<Answer>, Result<(), Error>)>);

impl Drop for Others {
    fn drop(&mut self) {
        for (caller, verdict) in self.0.drain(..) {
            let others = Others::default();
            // A caller that no longer waits has lost nothing.
            caller.send(Answer { verdict, others }).ok();
        }
    }
}

/// What waits for the thread.
#[derive(Debug)]
enum Job {
    Write(Write),
    /// Ends the thread; `true`: the run ends too and the log is folded in.
    End(bool),
}

#[derive(Debug)]
struct Write {
    changes: Vec<Change>,
    answer: oneshot::Sender<Answer>,
}

/// The thread. Dropped, it is waited for: what was queued is recorded, the run stays unended.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl Writer {
    /// Starts the thread for `run`; `path` is what errors name.
    pub(super) fn start(
        connection: Connection,
        run: RunId,
        path: PathBuf,
        clock: SharedClock,
    ) -> Result<Writer, Error> {
        let (jobs, queue) = mpsc::channel();
        let place = path.clone();
        let mut work = Work {
            connection,
            run,
            path,
            clock,
        };
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || work.until_end(&queue))
            .map_err(|error| Error::io(&place, error))?;
        Ok(Writer {
            jobs,
            thread: Some(thread),
        })
    }

    /// A handle for callers.
    pub(super) fn recorder(&self) -> Recorder {
        Recorder::new(Arc::new(Queue {
            jobs: self.jobs.clone(),
        }))
    }

    /// Records what is queued, ends the run, folds the log into the file, closes it.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.end(true)
    }

    fn end(&mut self, close: bool) -> Result<(), Error> {
        // No receiver: the thread has ended, and joining tells how.
        self.jobs.send(Job::End(close)).ok();
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

/// The thread's own.
struct Work {
    connection: Connection,
    run: RunId,
    path: PathBuf,
    clock: SharedClock,
}

impl Work {
    fn until_end(&mut self, queue: &mpsc::Receiver<Job>) -> Result<(), Error> {
        let mut last = 0;
        while let Ok(first) = queue.recv() {
            let mut writes = Vec::new();
            if last >= BUSY {
                std::thread::sleep(GATHER);
            }
            let mut end = None;
            let mut job = Some(first);
            while let Some(taken) = job.take() {
                match taken {
                    Job::Write(write) => writes.push(write),
                    Job::End(close) => {
                        end = Some(close);
                        break;
                    }
                }
                if writes.len() < BATCH {
                    job = queue.try_recv().ok();
                }
            }
            last = writes.len();
            if !writes.is_empty() {
                self.commit(writes);
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
        let mut others = Others(callers.zip(verdicts).collect());
        if let Some((first, verdict)) = others.0.pop() {
            // One that has gone hands it back, and it is dropped here.
            first.send(Answer { verdict, others }).ok();
        }
    }

    /// One transaction for all; the verdicts hold once this has returned.
    fn try_commit(&mut self, writes: &[Write]) -> Result<Vec<Result<(), Error>>, Fault> {
        match self.commit_all(writes) {
            Ok(()) => Ok(writes.iter().map(|_| Ok(())).collect()),
            // Whose mistake it was is found out change by change.
            Err(_) => self.commit_each(writes),
        }
    }

    /// All of them or none.
    fn commit_all(&mut self, writes: &[Write]) -> Result<(), Fault> {
        let now = self.clock.now().timestamp_millis();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in writes.iter().flat_map(|write| &write.changes) {
            apply(&transaction, self.run, now, change)?;
        }
        reach("checkpoint: before a commit");
        transaction.commit()?;
        reach("checkpoint: after a commit");
        Ok(())
    }

    /// A savepoint for each.
    fn commit_each(&mut self, writes: &[Write]) -> Result<Vec<Result<(), Error>>, Fault> {
        let now = self.clock.now().timestamp_millis();
        let mut transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut verdicts = Vec::with_capacity(writes.len());
        for write in writes {
            let savepoint = transaction.savepoint()?;
            let applied = write
                .changes
                .iter()
                .try_for_each(|change| apply(&savepoint, self.run, now, change));
            match applied {
                Ok(()) => {
                    savepoint.commit()?;
                    verdicts.push(Ok(()));
                }
                Err(fault) => {
                    // A full disk or a failing one may have rolled back the whole transaction.
                    if savepoint.is_autocommit() {
                        return Err(fault);
                    }
                    savepoint.finish()?;
                    verdicts.push(Err(fault.at(&self.path)));
                }
            }
        }
        reach("checkpoint: before a commit");
        transaction.commit()?;
        reach("checkpoint: after a commit");
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
            end_run(
                &transaction,
                self.run,
                now,
                RunOutcome::Stopped,
                &Counts::new(),
            )?;
        }
        reach("checkpoint: before its end");
        transaction.commit()?;
        reach("checkpoint: after its end");
        // All is durable by now. What follows makes it one plain file, which `plan` can read
        // without touching anything; a reader at work may prevent it, and that is no harm.
        self.connection.busy_timeout(CLOSE_PATIENCE)?;
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

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chrono::{DateTime, Utc};

    use super::super::{Binding, ChatFacts, Checkpoint};
    use super::*;
    use crate::clock::Clock;

    /// Counts how often it is asked the time, which the thread does once a transaction.
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

    /// A writer that does not run yet, over a file with one run.
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
        }
    }

    fn queue(jobs: &mpsc::Sender<Job>, change: Change) -> oneshot::Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        jobs.send(Job::Write(Write {
            changes: vec![change],
            answer,
        }))
        .unwrap();
        answered
    }

    #[test]
    fn what_waits_together_is_one_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Counting::default());
        let mut work = work(folder.path(), clock.clone());
        let (jobs, waiting) = mpsc::channel();
        let mut answers: Vec<_> = (1..=8).map(|n| queue(&jobs, chat(n, 1))).collect();
        jobs.send(Job::End(false)).unwrap();
        let before = clock.0.load(Ordering::Relaxed);
        work.until_end(&waiting).unwrap();
        assert_eq!(clock.0.load(Ordering::Relaxed) - before, 1);
        // Whoever hears it first tells the others, also by going away.
        drop(answers.pop());
        assert!(answers.iter_mut().all(|answer| matches!(
            answer.try_recv(),
            Ok(Answer {
                verdict: Ok(()),
                ..
            })
        )));
    }

    #[test]
    fn a_full_disk_is_said_to_those_it_hits_and_the_rest_is_true() {
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
        let (jobs, waiting) = mpsc::channel();
        let answers = [
            queue(&jobs, chat(1, 1)),
            queue(&jobs, chat(2, 5000)),
            queue(&jobs, chat(3, 1)),
        ];
        jobs.send(Job::End(false)).unwrap();
        work.until_end(&waiting).unwrap();
        // The last hears it first, and tells the others.
        let [first, second, third] = answers;
        let mut answers = [third, second, first].map(|mut told| told.try_recv().unwrap().verdict);
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

        // Once there is room again, the same thread goes on.
        limit(&work, 1000);
        let (jobs, waiting) = mpsc::channel();
        let mut answer = queue(&jobs, chat(2, 5000));
        jobs.send(Job::End(false)).unwrap();
        work.until_end(&waiting).unwrap();
        answer.try_recv().unwrap().verdict.unwrap();
        assert!(held(&work, 2));
    }
}
