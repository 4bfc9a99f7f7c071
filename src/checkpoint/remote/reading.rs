//! Reading of a store: snapshot and log into a private file.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{OpenFlags, TransactionBehavior};
use tokio_postgres::Client;

use super::super::connection as file_connection;
use super::super::error::{Error, Fault};
use super::super::meta::Binding;
use super::StoreProblem;
use super::beginning::holder_text;
use super::cache::{self, Loaded};
use super::connect::connect;
use super::entry::Entry;
use super::lock;
use super::replay::{self, Owner};
use super::runtime::{timed, wait};
use super::seal;
use super::tables::{self, Organization};
use crate::checkpoint_location::StoreLocation;

/// The number of entries that are read at once.
const PAGE: i64 = 500;

/// How far a file was filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled {
    /// The last entry of the log.
    pub(super) seq: i64,
    /// The size of the entries since the snapshot, in bytes.
    pub(super) log_bytes: u64,
}

/// Loads the checkpoint of a store into the absent file at `path`; false if nothing was ever recorded.
///
/// # Errors
/// [`Error::Store`].
pub(in crate::checkpoint) fn load(store: &StoreLocation, path: &Path) -> Result<bool, Error> {
    let at = |problem: StoreProblem| problem.at(store.shown());
    let location = store.clone();
    let found = wait(async move {
        let client = connect(&location, None).await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        timed(client.batch_execute(begin)).await?;
        if !tables::exist(&client).await? {
            return Ok(None);
        }
        let organization = tables::organization(&client, &location.organization_id).await?;
        Ok(organization.map(|organization| (client, organization)))
    });
    let Some((client, organization)) = found.map_err(at)? else {
        return Ok(false);
    };
    let owner = owner(store, &organization).map_err(at)?;
    let filled = fill(&client, (&organization, &owner), path, store)?;
    Ok(filled.seq > 0)
}

/// The owner that a row names, with its hash key.
pub(super) fn owner(store: &StoreLocation, row: &Organization) -> Result<Owner, StoreProblem> {
    let key = store.key.as_ref().ok_or(StoreProblem::WrongKey)?;
    let key = seal::open(key, &store.organization_id, &row.sealed_key);
    Ok(Owner {
        binding: Binding::new(store.organization_id.clone(), &row.base_url),
        key: key.ok_or(StoreProblem::WrongKey)?,
    })
}

/// Fills the file at `path`, which is made: with the newest snapshot, and with the entries of the log after it.
pub(super) fn fill(
    client: &Arc<Client>,
    (organization, owner): (&Organization, &Owner),
    path: &Path,
    store: &StoreLocation,
) -> Result<Filled, Error> {
    let (shown, snapshot) = (store.shown(), &organization.snapshot);
    file_connection::make(path)?;
    let mut loaded =
        match cached(client, organization, store).map_err(|problem| problem.at(shown))? {
            Some(loaded) => {
                cache::restore(path).map_err(|error| Error::io(path, error))?;
                loaded
            }
            None => {
                put_snapshot(client, organization, path, shown)?;
                let filled = Filled {
                    seq: snapshot.seq,
                    log_bytes: 0,
                };
                Loaded { filled, last: None }
            }
        };
    let mut connection = file_connection::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let sqlite = |error| Error::sqlite(path, error);
    file_connection::unsynced(&connection).map_err(sqlite)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sqlite)?;
    let fault = |fault: Fault| fault.at(shown);
    replay::prepare(&transaction, path, owner).map_err(fault)?;
    loop {
        let Loaded { filled, last } = &mut loaded;
        let rows = page(client, organization.number, filled.seq);
        let rows = rows.map_err(|problem| problem.at(shown))?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != filled.seq + 1 {
                let defect = format!("entry {} of its log is missing", filled.seq + 1);
                return Err(StoreProblem::Damaged(defect).at(shown));
            }
            filled.seq = row.seq;
            filled.log_bytes += row.body.len() as u64;
            *last = Some(blake3::hash(row.body.as_bytes()));
            let entry = parse(&row.body, row.seq).map_err(|problem| problem.at(shown))?;
            replay::replay(&transaction, path, owner, (row.at, &entry)).map_err(fault)?;
        }
    }
    transaction.commit().map_err(sqlite)?;
    drop(connection);
    cache::keep(store, snapshot, loaded, path);
    Ok(loaded.filled)
}

/// What this process loaded before, if it is still recorded.
fn cached(
    client: &Arc<Client>,
    organization: &Organization,
    store: &StoreLocation,
) -> Result<Option<Loaded>, StoreProblem> {
    let Some(loaded) = cache::find(store, &organization.snapshot) else {
        return Ok(None);
    };
    let seq = loaded.filled.seq;
    let Some(last) = loaded.last else {
        return Ok(Some(loaded).filter(|_| seq > 0));
    };
    let rows = page(client, organization.number, seq - 1)?;
    let is_recorded = (rows.first())
        .is_some_and(|row| row.seq == seq && blake3::hash(row.body.as_bytes()) == last);
    Ok(is_recorded.then_some(loaded))
}

/// A row of the log.
struct Row {
    seq: i64,
    at: i64,
    body: String,
}

fn page(client: &Arc<Client>, number: i32, after: i64) -> Result<Vec<Row>, StoreProblem> {
    let client = Arc::clone(client);
    wait(async move {
        let select = "SELECT seq, at, body FROM chatferry.change_log \
             WHERE organization = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let rows = timed(client.query(select, &[&number, &after, &PAGE])).await?;
        Ok(rows
            .iter()
            .map(|row| Row {
                seq: row.get(0),
                at: row.get(1),
                body: row.get(2),
            })
            .collect())
    })
}

fn parse(body: &str, seq: i64) -> Result<Entry, StoreProblem> {
    serde_json::from_str(body).map_err(|error| match error.is_data() {
        // A variant or value that this version does not know.
        true => StoreProblem::Newer,
        false => StoreProblem::Damaged(format!("entry {seq} of its log cannot be read")),
    })
}

/// Writes the newest snapshot to the file.
fn put_snapshot(
    client: &Arc<Client>,
    organization: &Organization,
    path: &Path,
    shown: &Path,
) -> Result<(), Error> {
    let snapshot = &organization.snapshot;
    if snapshot.parts == 0 {
        return Ok(());
    }
    let io = |error| Error::io(path, error);
    let mut file = OpenOptions::new().write(true).open(path).map_err(io)?;
    let mut digest = blake3::Hasher::new();
    for part in 0..snapshot.parts {
        let (client, number, seq) = (Arc::clone(client), organization.number, snapshot.seq);
        let body = wait(async move {
            let select = "SELECT body FROM chatferry.snapshot \
                 WHERE organization = $1 AND seq = $2 AND part = $3";
            let row = timed(client.query_opt(select, &[&number, &seq, &part])).await?;
            Ok(row.map(|row| row.get::<_, Vec<u8>>(0)))
        });
        let missing = || StoreProblem::Damaged(format!("part {part} of its snapshot is missing"));
        let body = body.and_then(|body| body.ok_or_else(missing));
        let body = body.map_err(|problem| problem.at(shown))?;
        digest.update(&body);
        file.write_all(&body).map_err(io)?;
    }
    match snapshot.digest.as_deref() == Some(digest.finalize().as_bytes()) {
        true => Ok(()),
        false => Err(StoreProblem::Damaged(
            "its snapshot is not the one that was stored".to_owned(),
        )
        .at(shown)),
    }
}

/// Whether a run is using the checkpoint of a store now.
///
/// # Errors
/// [`Error::Store`].
pub(in crate::checkpoint) fn is_in_use(store: &StoreLocation) -> Result<bool, Error> {
    let location = store.clone();
    let found = wait(async move {
        let client = connect(&location, None).await?;
        if !tables::exist(&client).await? {
            return Ok(false);
        }
        match tables::organization(&client, &location.organization_id).await? {
            Some(row) => Ok(lock::holder(&client, row.number).await?.is_some()),
            None => Ok(false),
        }
    });
    found.map_err(|problem| problem.at(store.shown()))
}

/// Checks whether a run could begin, without changing anything.
///
/// # Errors
/// [`Error::Store`].
pub(in crate::checkpoint) fn try_out(store: &StoreLocation) -> Result<(), Error> {
    let location = store.clone();
    let tried = wait(async move {
        let client = connect(&location, None).await?;
        let backend = lock::require_session(&location, &client).await?;
        let server = tables::check_server(&client).await?;
        if !tables::exist(&client).await? {
            let may = "SELECT has_database_privilege(current_database(), 'CREATE')";
            let may_create: bool = timed(client.query_one(may, &[])).await?.get(0);
            return if may_create {
                Ok(())
            } else {
                Err(StoreProblem::Denied)
            };
        }
        let Some(row) = tables::organization(&client, &location.organization_id).await? else {
            return Ok(());
        };
        owner(&location, &row)?;
        if row.server != server {
            return Err(StoreProblem::FailedOver);
        }
        // Released with the connection.
        match lock::take(&client, row.number, backend).await? {
            true => Ok(()),
            false => Err(StoreProblem::InUse(holder_text(&row))),
        }
    });
    tried.map_err(|problem| problem.at(store.shown()))
}
