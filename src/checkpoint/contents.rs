//! What a checkpoint contains, as counts.
//!
//! Never here: single messages ([`Snapshot`]'s other files), or whether the counts are right (`audit`).

use std::fs;

use super::error::Error;
use super::lock::side_path;
use super::operations::OperationRow;
use super::schema::STEPS;
use super::snapshot::Snapshot;
use super::states::State;

/// The contents of a checkpoint, as counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The format of the file on disk; a reader sees an older one as the newest.
    pub format: u32,
    /// The newest format that this program reads.
    pub newest_format: u32,
    /// The version of the program that created the file.
    pub created_by: Box<str>,
    /// When the file was created, in Unix milliseconds.
    pub created_at: i64,
    /// The size of the file with its logs, in bytes.
    pub bytes: u64,
    /// The number of messages in each state, in the order of [`State::ALL`].
    pub states: Vec<(State, u64)>,
    /// The number of chats.
    pub chats: u64,
    /// The number of leads.
    pub leads: u64,
    /// The number of runs.
    pub runs: u64,
    /// The newest run, of any command; `None` before the first one.
    pub newest_run: Option<NewestRun>,
    /// The number of alternate ids.
    pub aliases: u64,
    /// The number of archives that were matched with a chat.
    pub archives: u64,
    /// The number of erased persons.
    pub erasures: u64,
    /// The number of finished operations.
    pub finished_operations: u64,
    /// The operations that no run has finished.
    pub open_operations: Vec<OperationRow>,
}

/// The newest run of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewestRun {
    /// The run's number, from 1.
    pub number: u32,
    /// The run's command; `None` in rows of formats before 7.
    pub command: Option<Box<str>>,
    /// The version of the program that made the run.
    pub program: Box<str>,
    /// The start of the run, in Unix milliseconds.
    pub started_at: i64,
    /// The end of the run, in Unix milliseconds; `None`: killed or running.
    pub ended_at: Option<i64>,
    /// The word of [`RunOutcome`](super::RunOutcome) with which it ended; `None`: killed or
    /// running.
    pub outcome: Option<Box<str>>,
}

impl Snapshot {
    /// The contents, as counts.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn contents(&self) -> Result<Contents, Error> {
        let open_operations = self.open_operations()?;
        let newest = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
        let mut contents = self.read(|inner| {
            let connection = &inner.connection;
            let count = |sql: &str| -> rusqlite::Result<u64> {
                connection.query_row(sql, [], |row| row.get::<_, i64>(0).map(i64::unsigned_abs))
            };
            let mut by_state = connection
                .prepare("SELECT state, count(*) FROM message GROUP BY state ORDER BY state")?;
            let found = by_state
                .query_map([], |row| {
                    Ok((
                        row.get::<_, State>(0)?,
                        row.get::<_, i64>(1)?.unsigned_abs(),
                    ))
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let of = |state| {
                let found = found.iter().find(|(one, _)| *one == state);
                found.map_or(0, |(_, number)| *number)
            };
            let (created_by, created_at) =
                connection.query_row("SELECT created_by, created_at FROM meta", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            Ok(Contents {
                created_by,
                created_at,
                states: State::ALL.map(|state| (state, of(state))).to_vec(),
                chats: count("SELECT count(*) FROM chat")?,
                leads: count("SELECT count(*) FROM lead")?,
                runs: count("SELECT count(*) FROM run")?,
                newest_run: newest_run(connection)?,
                aliases: count("SELECT count(*) FROM alias")?,
                archives: count("SELECT count(*) FROM archive")?,
                erasures: count("SELECT count(*) FROM erasure")?,
                finished_operations: count("SELECT count(*) FROM operation WHERE open = 0")?,
                ..Contents::default()
            })
        })?;
        contents.newest_format = newest;
        contents.format = self.stored_format().unwrap_or(newest);
        contents.open_operations = open_operations;
        contents.bytes = ["", "-wal", "-journal"]
            .into_iter()
            .filter_map(|suffix| fs::metadata(side_path(self.file(), suffix)).ok())
            .map(|found| found.len())
            .sum();
        Ok(contents)
    }
}

fn newest_run(connection: &rusqlite::Connection) -> rusqlite::Result<Option<NewestRun>> {
    let mut statement = connection.prepare(
        "SELECT id, command, program, started_at, ended_at, outcome FROM run \
         ORDER BY id DESC LIMIT 1",
    )?;
    let mut runs = statement.query_map([], |row| {
        Ok(NewestRun {
            number: u32::try_from(row.get::<_, i64>(0)?).unwrap_or(u32::MAX),
            command: row.get(1)?,
            program: row.get(2)?,
            started_at: row.get(3)?,
            ended_at: row.get(4)?,
            outcome: row.get(5)?,
        })
    })?;
    runs.next().transpose()
}
