//! Connections to a store for other tables than those of checkpoints.
//!
//! Never here: what these tables mean.

use std::sync::Arc;

use tokio_postgres::Client;

use super::StoreProblem;
use super::tables::LOCKS;
use super::{connect, lock, tables};
use crate::checkpoint_location::StoreLocation;
use crate::fence::Fence;

pub(crate) use super::runtime::timed;

/// Connects to a store that runs may rely on. `fence` ends when the connection does.
///
/// # Errors
///
/// The store cannot be reached or used, as for a checkpoint.
pub(crate) async fn connect(
    store: &StoreLocation,
    fence: Option<Fence>,
) -> Result<Arc<Client>, StoreProblem> {
    let client = connect::connect(store, fence).await?;
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
