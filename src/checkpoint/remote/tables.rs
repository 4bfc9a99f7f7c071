//! The tables of a store, and the row of an organisation.

use tokio_postgres::Client;

use super::StoreProblem;
use super::connect::problem_of;
use super::runtime::timed;

/// The version of the tables.
const VERSION: i32 = 1;

/// The first number of every advisory lock: `cfry`. The second is the number of an organisation, or 0 for the tables.
pub(super) const LOCKS: i32 = 0x6366_7279;

/// `snapshot_*`: the newest snapshot, which has everything up to its place in the log. `epoch` counts the runs. The last
/// two columns are those of the server at the last run.
const CREATE: &str = "
CREATE SCHEMA IF NOT EXISTS chatferry;
CREATE TABLE chatferry.version (version int NOT NULL);
CREATE TABLE chatferry.organization (
    number            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                text NOT NULL UNIQUE,
    base_url          text NOT NULL,
    hash_key          bytea NOT NULL,
    epoch             bigint NOT NULL DEFAULT 0,
    holder            text,
    snapshot_seq      bigint NOT NULL DEFAULT 0,
    snapshot_parts    int NOT NULL DEFAULT 0,
    snapshot_bytes    bigint NOT NULL DEFAULT 0,
    snapshot_digest   bytea,
    system_identifier bigint NOT NULL,
    timeline          bigint NOT NULL
);
CREATE TABLE chatferry.change_log (
    organization int NOT NULL REFERENCES chatferry.organization (number),
    seq          bigint NOT NULL,
    epoch        bigint NOT NULL,
    at           bigint NOT NULL,
    body         text NOT NULL,
    PRIMARY KEY (organization, seq)
);
CREATE TABLE chatferry.snapshot (
    organization int NOT NULL REFERENCES chatferry.organization (number),
    seq          bigint NOT NULL,
    part         int NOT NULL,
    body         bytea NOT NULL,
    PRIMARY KEY (organization, seq, part)
);
-- Pages of a database do not compress, and are read whole.
ALTER TABLE chatferry.snapshot ALTER COLUMN body SET STORAGE EXTERNAL;
";

/// The row of an organisation.
#[derive(Debug, Clone)]
pub(super) struct Organization {
    pub(super) number: i32,
    pub(super) base_url: String,
    pub(super) sealed_key: Vec<u8>,
    pub(super) epoch: i64,
    pub(super) holder: Option<String>,
    pub(super) snapshot: Snapshot,
    pub(super) server: Server,
}

/// The newest snapshot of an organisation; none at place 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// The last entry of the log that it has.
    pub(super) seq: i64,
    pub(super) parts: i32,
    pub(super) bytes: i64,
    /// The BLAKE3 digest of all parts.
    pub(super) digest: Option<Vec<u8>>,
}

/// What distinguishes a server from its copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) system_identifier: i64,
    pub(super) timeline: i64,
}

/// Whether the store has its tables, of this version.
///
/// # Errors
/// [`StoreProblem::Newer`].
pub(super) async fn exist(client: &Client) -> Result<bool, StoreProblem> {
    let find = "SELECT to_regclass('chatferry.version') IS NOT NULL";
    let has_tables: bool = timed(client.query_one(find, &[])).await?.get(0);
    if !has_tables {
        return Ok(false);
    }
    let row = timed(client.query_one("SELECT max(version) FROM chatferry.version", &[])).await?;
    match row.get::<_, Option<i32>>(0) {
        Some(VERSION) => Ok(true),
        _ => Err(StoreProblem::Newer),
    }
}

/// Creates the tables where they are absent.
pub(super) async fn create(client: &mut Client) -> Result<(), StoreProblem> {
    if exist(client).await? {
        return Ok(());
    }
    let transaction = client.transaction().await.map_err(|e| problem_of(&e))?;
    // Two machines may begin at once.
    let lock = format!("SELECT pg_advisory_xact_lock({LOCKS}, 0)");
    timed(transaction.batch_execute(&lock)).await?;
    let find = "SELECT to_regclass('chatferry.version') IS NOT NULL";
    if !timed(transaction.query_one(find, &[]))
        .await?
        .get::<_, bool>(0)
    {
        timed(transaction.batch_execute(CREATE)).await?;
        let insert = "INSERT INTO chatferry.version VALUES ($1)";
        timed(transaction.execute(insert, &[&VERSION])).await?;
    }
    timed(transaction.commit()).await
}

/// The row of an organisation, if there is one.
pub(super) async fn organization(
    client: &Client,
    id: &str,
) -> Result<Option<Organization>, StoreProblem> {
    let select = "SELECT number, base_url, hash_key, epoch, holder, snapshot_seq, snapshot_parts, \
         snapshot_bytes, snapshot_digest, system_identifier, timeline \
         FROM chatferry.organization WHERE id = $1";
    let row = timed(client.query_opt(select, &[&id])).await?;
    Ok(row.map(|row| Organization {
        number: row.get(0),
        base_url: row.get(1),
        sealed_key: row.get(2),
        epoch: row.get(3),
        holder: row.get(4),
        snapshot: Snapshot {
            seq: row.get(5),
            parts: row.get(6),
            bytes: row.get(7),
            digest: row.get(8),
        },
        server: Server {
            system_identifier: row.get(9),
            timeline: row.get(10),
        },
    }))
}

/// Adds an organisation, unless it is there.
pub(super) async fn add_organization(
    client: &Client,
    (id, base_url): (&str, &str),
    sealed_key: &[u8],
    server: Server,
) -> Result<(), StoreProblem> {
    let insert = "INSERT INTO chatferry.organization \
         (id, base_url, hash_key, system_identifier, timeline) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO NOTHING";
    let Server {
        system_identifier,
        timeline,
    } = server;
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&id, &base_url, &sealed_key, &system_identifier, &timeline];
    timed(client.execute(insert, &values)).await.map(drop)
}

/// What the server is, if runs may rely on it.
///
/// # Errors
/// [`StoreProblem::Version`], [`StoreProblem::Standby`], [`StoreProblem::NotDurable`].
pub(super) async fn check_server(client: &Client) -> Result<Server, StoreProblem> {
    let row = timed(client.query_one(
        "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), \
         current_setting('synchronous_commit'), current_setting('fsync')",
        &[],
    ))
    .await?;
    if row.get::<_, i32>(0) < 120_000 {
        return Err(StoreProblem::Version);
    }
    if row.get(1) {
        return Err(StoreProblem::Standby);
    }
    for (index, setting) in [(2, "synchronous_commit"), (3, "fsync")] {
        if row.get::<_, &str>(index) == "off" {
            return Err(StoreProblem::NotDurable(setting));
        }
    }
    // The name of the current file of the write-ahead log begins with the timeline; the control file may lag behind.
    let row = timed(client.query_one(
        "SELECT (pg_control_system()).system_identifier, \
         ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint",
        &[],
    ))
    .await?;
    Ok(Server {
        system_identifier: row.get(0),
        timeline: row.get(1),
    })
}
