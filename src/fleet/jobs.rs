//! The table of jobs in a store, and which worker runs which job.
//!
//! A worker holds an advisory lock of each job that it runs, so that the job of a worker that died is free at once. Never here: the
//! checkpoints in the same store ([`crate::checkpoint`]), or what a turn does.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_postgres::{Client, Row};

use super::approval::Reason;
use super::job::{Counts, Every, Job, LastTurn, Standing, Unreadable};
use crate::checkpoint::{StoreProblem, database};
use crate::checkpoint_location::StoreLocation;

/// The first number of the advisory locks of jobs, `cfjb`; the second is the id of the job.
const LOCKS: i32 = 0x6366_6a62;

/// `run`: a number for each turn, so that a worker whose lock was lost ends no turn of another one. `plan`: the plan file that
/// waits for approval, compressed.
const CREATE: &str = "
CREATE TABLE IF NOT EXISTS chatferry.job (
    id              int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    folder          text NOT NULL UNIQUE,
    every_seconds   bigint NOT NULL CHECK (every_seconds > 0),
    next_at         timestamptz NOT NULL DEFAULT now(),
    organization_id text,
    run             bigint NOT NULL DEFAULT 0,
    worker          text,
    last_at         timestamptz,
    last_exit       int,
    last_counts     text,
    last_digest     text,
    last_problem    text,
    plan            bytea,
    plan_counts     text,
    plan_reason     text,
    is_approved     boolean NOT NULL DEFAULT false,
    waiting_chats   bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS chatferry.job_unreadable (
    job     int NOT NULL REFERENCES chatferry.job (id) ON DELETE CASCADE,
    worker  text NOT NULL,
    problem text NOT NULL,
    PRIMARY KEY (job, worker)
);
";

/// The jobs of a store.
pub(crate) struct Jobs {
    client: Arc<Client>,
}

/// How a person names a job.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    /// By its id, as `fleet status` shows it.
    Id(i32),
    /// By its folder, as it was added.
    Folder(String),
}

/// A job that this worker runs, until [`Jobs::end`] or the end of the connection.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) id: i32,
    pub(super) folder: String,
    /// The number of the turn.
    run: i64,
    /// The approved plan file, compressed, and its counts.
    pub(super) approved: Option<(Vec<u8>, Counts)>,
}

/// The end of a turn.
#[derive(Debug, Clone, Default)]
pub(super) struct TurnEnd {
    pub(super) exit: Option<i32>,
    pub(super) counts: Option<Counts>,
    pub(super) digest: Option<String>,
    pub(super) organization_id: Option<String>,
    pub(super) problem: Option<String>,
    pub(super) waiting_chats: Option<u64>,
    /// The plan file that waits for approval, compressed.
    pub(super) plan: Option<(Vec<u8>, Counts, Reason)>,
    /// When the job is due again, if that is not after its interval: in this number of seconds.
    pub(super) again_after: Option<f64>,
}

impl Jobs {
    /// Connects, and creates the tables where they are absent.
    ///
    /// # Errors
    ///
    /// As [`database::connect`].
    pub(crate) async fn open(location: &StoreLocation) -> Result<Jobs, StoreProblem> {
        let client = database::connect(location).await?;
        let jobs = Jobs { client };
        if !jobs.exist().await? {
            database::create(&jobs.client, CREATE).await?;
        }
        Ok(jobs)
    }

    async fn exist(&self) -> Result<bool, StoreProblem> {
        let find = "SELECT to_regclass('chatferry.job_unreadable') IS NOT NULL";
        let row = database::timed(self.client.query_one(find, &[])).await?;
        Ok(row.get(0))
    }

    /// Adds a job that is due now, or changes the interval of the job with this folder. Returns its
    /// id.
    ///
    /// # Errors
    ///
    /// The store cannot be reached or refuses the statement.
    pub(crate) async fn add(&self, folder: &str, every: Every) -> Result<i32, StoreProblem> {
        let add = "INSERT INTO chatferry.job (folder, every_seconds) VALUES ($1, $2) \
             ON CONFLICT (folder) DO UPDATE SET every_seconds = excluded.every_seconds RETURNING id";
        let every = every.as_seconds();
        Ok(
            database::timed(self.client.query_one(add, &[&folder, &every]))
                .await?
                .get(0),
        )
    }

    /// Removes a job; false if there is none. A worker that runs it ends its turn.
    ///
    /// # Errors
    ///
    /// The store cannot be reached or refuses the statement.
    pub(crate) async fn remove(&self, named: &Named) -> Result<bool, StoreProblem> {
        let removed = match named {
            Named::Id(id) => {
                let remove = "DELETE FROM chatferry.job WHERE id = $1";
                database::timed(self.client.execute(remove, &[id])).await?
            }
            Named::Folder(folder) => {
                let remove = "DELETE FROM chatferry.job WHERE folder = $1";
                database::timed(self.client.execute(remove, &[folder])).await?
            }
        };
        Ok(removed > 0)
    }

    /// Approves the plan of a job. Returns the counts of the plan; `None` if no plan of the job
    /// waits.
    ///
    /// # Errors
    ///
    /// The store cannot be reached or refuses the statement.
    pub(crate) async fn approve(&self, id: i32) -> Result<Option<Counts>, StoreProblem> {
        let approve = "UPDATE chatferry.job SET is_approved = true \
             WHERE id = $1 AND plan IS NOT NULL RETURNING plan_counts";
        let row = database::timed(self.client.query_opt(approve, &[&id])).await?;
        Ok(row.map(|row| counts(row.get(0)).unwrap_or_default()))
    }

    /// All jobs of the store, by id.
    ///
    /// # Errors
    ///
    /// The store cannot be reached or refuses the statement.
    pub(crate) async fn list(&self) -> Result<Vec<Job>, StoreProblem> {
        let select = format!(
            "SELECT id, folder, every_seconds, (extract(epoch FROM next_at) * 1000)::bigint, next_at <= now(), \
             organization_id, worker, (extract(epoch FROM last_at) * 1000)::bigint, last_exit, last_counts, \
             last_digest, last_problem, plan_counts, plan_reason, is_approved, waiting_chats, \
             EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 \
                 AND classid = {LOCKS}::oid AND objid = id::oid \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) \
             FROM chatferry.job ORDER BY id"
        );
        let rows = database::timed(self.client.query(&select, &[])).await?;
        let mut jobs: Vec<Job> = rows.iter().map(job).collect();
        let select =
            "SELECT job, worker, problem FROM chatferry.job_unreadable ORDER BY job, worker";
        for row in database::timed(self.client.query(select, &[])).await? {
            let id: i32 = row.get(0);
            if let Some(job) = jobs.iter_mut().find(|job| job.id == id) {
                job.unreadable_by.push(Unreadable {
                    worker: row.get(1),
                    problem: row.get(2),
                });
            }
        }
        Ok(jobs)
    }

    /// Takes the next due job for this worker, without those in `without`. `None`: nothing is due.
    pub(super) async fn take(
        &self,
        worker: &str,
        without: &[i32],
    ) -> Result<Option<Taken>, StoreProblem> {
        let due = "SELECT id FROM chatferry.job \
             WHERE (next_at <= now() OR is_approved) AND NOT (id = ANY($1)) \
             ORDER BY is_approved DESC, next_at, id FOR UPDATE SKIP LOCKED LIMIT 100";
        database::timed(self.client.batch_execute("BEGIN")).await?;
        let taken = self.take_in_transaction(due, worker, without).await;
        let end = if taken.is_ok() { "COMMIT" } else { "ROLLBACK" };
        database::timed(self.client.batch_execute(end)).await?;
        taken
    }

    async fn take_in_transaction(
        &self,
        due: &str,
        worker: &str,
        without: &[i32],
    ) -> Result<Option<Taken>, StoreProblem> {
        for row in database::timed(self.client.query(due, &[&without])).await? {
            let id: i32 = row.get(0);
            let lock = format!("SELECT pg_try_advisory_lock({LOCKS}, $1)");
            let is_free: bool = database::timed(self.client.query_one(&lock, &[&id]))
                .await?
                .get(0);
            if !is_free {
                // Another worker runs it.
                continue;
            }
            let begin = "UPDATE chatferry.job SET worker = $2, run = run + 1 WHERE id = $1 \
                 RETURNING folder, run, is_approved, plan, plan_counts";
            let row = database::timed(self.client.query_one(begin, &[&id, &worker])).await?;
            let is_approved: bool = row.get(2);
            let plan: Option<Vec<u8>> = row.get(3);
            return Ok(Some(Taken {
                id,
                folder: row.get(0),
                run: row.get(1),
                approved: plan
                    .filter(|_| is_approved)
                    .map(|plan| (plan, counts(row.get(4)).unwrap_or_default())),
            }));
        }
        Ok(None)
    }

    /// Ends a turn. A turn that another worker has taken over is left to that one.
    pub(super) async fn end(
        &self,
        taken: &Taken,
        worker: &str,
        end: &TurnEnd,
    ) -> Result<(), StoreProblem> {
        let update = "UPDATE chatferry.job SET worker = NULL, last_at = now(), last_exit = $3, last_counts = $4, \
             last_digest = $5, organization_id = coalesce($6, organization_id), last_problem = $7, \
             waiting_chats = coalesce($8, waiting_chats), plan = $9, plan_counts = $10, plan_reason = $11, \
             is_approved = false, \
             next_at = now() + make_interval(secs => coalesce($12::double precision, every_seconds::double precision)) \
             WHERE id = $1 AND run = $2";
        let text = |counts: &Counts| serde_json::to_string(counts).unwrap_or_default();
        let last_counts = end.counts.as_ref().map(text);
        let (plan, plan_counts, reason) = match &end.plan {
            Some((plan, counts, reason)) => (
                Some(plan.as_slice()),
                Some(text(counts)),
                serde_json::to_string(reason).ok(),
            ),
            None => (None, None, None),
        };
        let waiting = end
            .waiting_chats
            .map(|chats| i64::try_from(chats).unwrap_or(i64::MAX));
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 12] = [
            &taken.id,
            &taken.run,
            &end.exit,
            &last_counts,
            &end.digest,
            &end.organization_id,
            &end.problem,
            &waiting,
            &plan,
            &plan_counts,
            &reason,
            &end.again_after,
        ];
        database::timed(self.client.execute(update, &values)).await?;
        let readable = "DELETE FROM chatferry.job_unreadable WHERE job = $1 AND worker = $2";
        database::timed(self.client.execute(readable, &[&taken.id, &worker])).await?;
        self.release(taken).await
    }

    /// Leaves a job to other workers, since this one cannot read its folder.
    pub(super) async fn leave(
        &self,
        taken: &Taken,
        worker: &str,
        problem: &str,
    ) -> Result<(), StoreProblem> {
        let free = "UPDATE chatferry.job SET worker = NULL WHERE id = $1 AND run = $2";
        database::timed(self.client.execute(free, &[&taken.id, &taken.run])).await?;
        let note = "INSERT INTO chatferry.job_unreadable (job, worker, problem) \
             SELECT id, $2, $3 FROM chatferry.job WHERE id = $1 \
             ON CONFLICT (job, worker) DO UPDATE SET problem = excluded.problem";
        database::timed(self.client.execute(note, &[&taken.id, &worker, &problem])).await?;
        self.release(taken).await
    }

    async fn release(&self, taken: &Taken) -> Result<(), StoreProblem> {
        let release = format!("SELECT pg_advisory_unlock({LOCKS}, $1)");
        database::timed(self.client.query_one(&release, &[&taken.id]))
            .await
            .map(drop)
    }
}

fn job(row: &Row) -> Job {
    let (is_due, is_approved, is_running): (bool, bool, bool) =
        (row.get(4), row.get(14), row.get(16));
    let plan = counts(row.get(12));
    let worker: Option<String> = row.get(6);
    let last_at: Option<i64> = row.get(7);
    Job {
        id: row.get(0),
        folder: row.get(1),
        every: Every::seconds(u64::try_from(row.get::<_, i64>(2)).unwrap_or(0)),
        standing: match () {
            () if is_running => Standing::Running,
            () if is_approved => Standing::Approved,
            () if plan.is_some() => Standing::NeedsApproval,
            () if is_due => Standing::Due,
            () => Standing::Waiting,
        },
        next_at: instant(row.get(3)),
        organization_id: row.get(5),
        worker: worker.filter(|_| is_running),
        last: last_at.map(|at| LastTurn {
            at: instant(at),
            exit: row.get(8),
            counts: counts(row.get(9)),
            digest: row.get(10),
            problem: row.get(11),
        }),
        plan,
        approval: row
            .get::<_, Option<String>>(13)
            .and_then(|reason| serde_json::from_str(&reason).ok()),
        waiting_chats: u64::try_from(row.get::<_, i64>(15)).unwrap_or(0),
        unreadable_by: Vec::new(),
    }
}

fn counts(text: Option<String>) -> Option<Counts> {
    text.and_then(|text| serde_json::from_str(&text).ok())
}

fn instant(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}
