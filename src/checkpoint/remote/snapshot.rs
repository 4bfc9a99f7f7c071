//! Snapshots: the whole file in parts, in place of the log before it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tokio_postgres::Client;

use super::super::connection as file_connection;
use super::super::error::{Error, Fault};
use super::super::meta::Meta;
use super::StoreProblem;
use super::connect::connect;
use super::runtime::{timed, wait};
use super::seal;
use super::tables::{Organization, Server, Snapshot};
use crate::checkpoint_location::StoreLocation;
use crate::fault_point::reach;

/// The size of a part, in bytes.
const PART: u64 = 8 * 1024 * 1024;
/// The smallest log, in bytes, that a snapshot replaces.
const LEAST: u64 = 1024 * 1024;
/// A snapshot is due when the log has this part of its size.
const SHARE: u64 = 4;

/// Whether a log of this size is due to be replaced, after a snapshot of that one, in bytes.
pub(super) fn is_due(log_bytes: u64, snapshot_bytes: u64) -> bool {
    log_bytes > LEAST.max(snapshot_bytes / SHARE)
}

/// Stores a snapshot of the open file, which has the log up to `seq`.
pub(super) fn store(
    store: &StoreLocation,
    (organization, seq): (&Organization, i64),
    server: Server,
    connection: &Connection,
) -> Result<Snapshot, Error> {
    let copy = Copy::of(connection, store)?;
    upload(store, (organization, seq), (server, None), &copy)
}

/// Stores the checkpoint in the file at `path`, with its hash key, in place of everything that is recorded.
pub(super) fn replace(
    store: &StoreLocation,
    (organization, seq): (&Organization, i64),
    server: Server,
    path: &Path,
) -> Result<Snapshot, Error> {
    let shown = store.shown();
    let connection = file_connection::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let meta = Meta::read(&connection).map_err(|fault| fault.at(path))?;
    let key = store.key.as_ref().ok_or(StoreProblem::WrongKey.at(shown))?;
    let sealed = seal::seal(key, &store.organization_id, &meta.key);
    let no_random = || StoreProblem::Unreachable("no random numbers".to_owned()).at(shown);
    let sealed = sealed.ok_or_else(no_random)?;
    let copy = Copy::of(&connection, store)?;
    upload(store, (organization, seq), (server, Some(sealed)), &copy)
}

/// A copy of a checkpoint without its hash key.
struct Copy {
    folder: TempDir,
}

impl Copy {
    const NAME: &str = "snapshot.db";

    fn of(connection: &Connection, store: &StoreLocation) -> Result<Copy, Error> {
        let shown = store.shown();
        let folder = tempfile::tempdir().map_err(|error| Error::io(shown, error))?;
        let copy = Copy { folder };
        let copied = || -> Result<(), Fault> {
            connection.execute("VACUUM INTO ?1", [copy.path().to_string_lossy()])?;
            let connection =
                file_connection::connect(&copy.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            file_connection::unsynced(&connection)?;
            Meta::clear_key(&connection)
        };
        copied().map_err(|fault| fault.at(shown))?;
        Ok(copy)
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join(Copy::NAME)
    }
}

/// Stores the parts in one transaction, on a connection of its own: the session of the run stays free to be confirmed.
fn upload(
    store: &StoreLocation,
    (organization, seq): (&Organization, i64),
    (server, sealed_key): (Server, Option<Vec<u8>>),
    copy: &Copy,
) -> Result<Snapshot, Error> {
    let shown = store.shown();
    let at = |problem: StoreProblem| problem.at(shown);
    let io = |error| Error::io(shown, error);
    let mut file = File::open(copy.path()).map_err(io)?;
    let bytes = file.metadata().map_err(io)?.len();
    let (location, number, epoch) = (store.clone(), organization.number, organization.epoch);
    let client = wait(async move {
        let client = connect(&location, None).await?;
        timed(client.batch_execute("BEGIN")).await?;
        let own = "SELECT number FROM chatferry.organization \
             WHERE number = $1 AND epoch = $2 FOR UPDATE";
        match timed(client.query_opt(own, &[&number, &epoch])).await? {
            Some(_) => Ok(client),
            None => Err(StoreProblem::Fenced),
        }
    });
    let client = client.map_err(at)?;
    let mut digest = blake3::Hasher::new();
    let mut parts = 0;
    loop {
        let mut body = Vec::new();
        (&mut file).take(PART).read_to_end(&mut body).map_err(io)?;
        if body.is_empty() {
            break;
        }
        digest.update(&body);
        put_part(&client, (number, seq, parts), body).map_err(at)?;
        parts += 1;
    }
    let snapshot = Snapshot {
        seq,
        parts,
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        digest: Some(digest.finalize().as_bytes().to_vec()),
    };
    let stored = snapshot.clone();
    reach("store: before a snapshot");
    wait(finish(client, number, (stored, server, sealed_key))).map_err(at)?;
    reach("store: after a snapshot");
    Ok(snapshot)
}

fn put_part(
    client: &Arc<Client>,
    (number, seq, part): (i32, i64, i32),
    body: Vec<u8>,
) -> Result<(), StoreProblem> {
    let client = Arc::clone(client);
    wait(async move {
        let insert = "INSERT INTO chatferry.snapshot (organization, seq, part, body) \
             VALUES ($1, $2, $3, $4)";
        timed(client.execute(insert, &[&number, &seq, &part, &body]))
            .await
            .map(drop)
    })
}

/// Makes the snapshot the newest one, and removes what it replaces.
async fn finish(
    client: Arc<Client>,
    number: i32,
    (snapshot, server, sealed_key): (Snapshot, Server, Option<Vec<u8>>),
) -> Result<(), StoreProblem> {
    let Snapshot {
        seq,
        parts,
        bytes,
        digest,
    } = snapshot;
    for delete in [
        "DELETE FROM chatferry.snapshot WHERE organization = $1 AND seq <> $2",
        "DELETE FROM chatferry.change_log WHERE organization = $1 AND seq <= $2",
    ] {
        timed(client.execute(delete, &[&number, &seq])).await?;
    }
    let update = "UPDATE chatferry.organization SET snapshot_seq = $2, snapshot_parts = $3, \
         snapshot_bytes = $4, snapshot_digest = $5, system_identifier = $6, timeline = $7, \
         hash_key = coalesce($8, hash_key) WHERE number = $1";
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] = [
        &number,
        &seq,
        &parts,
        &bytes,
        &digest,
        &server.system_identifier,
        &server.timeline,
        &sealed_key,
    ];
    timed(client.execute(update, &values)).await?;
    timed(client.batch_execute("COMMIT")).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshot_is_due_when_log_has_quarter_of_it() {
        let mebi = 1024 * 1024;
        for (log, snapshot, is_due_now) in [
            (mebi, 0, false),
            (mebi + 1, 0, true),
            (10 * mebi, 40 * mebi, false),
            (10 * mebi + 1, 40 * mebi, true),
        ] {
            assert_eq!(is_due(log, snapshot), is_due_now, "{log} {snapshot}");
        }
    }
}
