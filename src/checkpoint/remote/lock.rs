//! The lock of a run: an advisory lock that the session holds, and the proof that there is one session.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::StoreProblem;
use super::connect::connect;
use super::runtime::timed;
use super::tables::LOCKS;
use crate::checkpoint_location::StoreLocation;

/// The number of times that a pooler may happen to hide itself.
const TRIES: usize = 3;

/// The process of the database that serves this connection now.
pub(super) async fn backend(client: &Client) -> Result<i32, StoreProblem> {
    // In the simple protocol, which every pooler passes on.
    let answer = timed(client.simple_query("SELECT pg_backend_pid()")).await?;
    let pid = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    pid.ok_or(StoreProblem::Lost)
}

/// Ensures that the connection has a process of the database to itself: a pooler in transaction mode gives each
/// transaction to any of its own, and the lock would be another's. Returns the process.
///
/// # Errors
/// [`StoreProblem::Pooler`].
pub(super) async fn require_session(
    store: &StoreLocation,
    client: &Client,
) -> Result<i32, StoreProblem> {
    let own = backend(client).await?;
    let other = connect(store, None).await?;
    for _ in 0..TRIES {
        // A pooler takes the process that this connection had last, or keeps it from this one while it is taken.
        timed(other.batch_execute("BEGIN")).await?;
        let others = backend(&other).await?;
        let again = backend(client).await?;
        timed(other.batch_execute("ROLLBACK")).await?;
        if others == own || again != own {
            return Err(StoreProblem::Pooler);
        }
    }
    Ok(own)
}

/// Takes the lock of an organisation for the session of `backend`; false if another session has it.
///
/// # Errors
/// [`StoreProblem::Pooler`] if another process has got it.
pub(super) async fn take(client: &Client, number: i32, backend: i32) -> Result<bool, StoreProblem> {
    let take = format!("SELECT pg_try_advisory_lock({LOCKS}, {number})");
    let is_taken: bool = timed(client.query_one(&take, &[])).await?.get(0);
    if !is_taken {
        return Ok(false);
    }
    match holder(client, number).await? {
        Some(pid) if pid == backend => Ok(true),
        _ => Err(StoreProblem::Pooler),
    }
}

/// The process of the database that has the lock of an organisation.
pub(super) async fn holder(client: &Client, number: i32) -> Result<Option<i32>, StoreProblem> {
    let find = format!(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 \
         AND classid = {LOCKS}::oid AND objid = {number}::oid \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    let row = timed(client.query_opt(&find, &[])).await?;
    Ok(row.map(|row| row.get(0)))
}
