//! Connections to a store for other tables than those of checkpoints.
//!
//! Never here: what these tables mean.

use std::sync::Arc;

use tokio_postgres::Client;

use super::StoreProblem;
use super::tables::LOCKS;
use super::{connect, lock, tables};
use crate::checkpoint_location::StoreLocation;

pub(crate) use super::runtime::timed;

/// Connects to a store that runs may rely on: a primary that loses no commit, reached without a
/// pooler that shares sessions.
///
/// # Errors
///
/// The problem of the store, with its remedy in words: it cannot be reached, denies access, or is
/// not fit for runs.
pub(crate) async fn connect(store: &StoreLocation) -> Result<Arc<Client>, StoreProblem> {
    let client = connect::connect(store, None).await?;
    tables::check_server(&client).await?;
    lock::require_session(store, &client).await?;
    Ok(client)
}

/// Creates tables in the schema of the store; `sql` changes nothing where they are there.
///
/// # Errors
///
/// The database refuses it, or cannot be reached.
pub(crate) async fn create(client: &Client, sql: &str) -> Result<(), StoreProblem> {
    // Two machines may begin at once.
    let all = format!(
        "BEGIN; SELECT pg_advisory_xact_lock({LOCKS}, 0); CREATE SCHEMA IF NOT EXISTS chatferry; {sql} COMMIT;"
    );
    timed(client.batch_execute(&all)).await
}
