//! Queries of the runs before the current one.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::Snapshot;
use crate::checkpoint::error::Error;
use crate::checkpoint::ids::RunId;
use crate::checkpoint::rows::RunRow;
use crate::checkpoint::runs::{LEADS_MADE, NOTHING_SENT, RunOutcome};

impl Snapshot {
    /// The number of the last run before the current one; 0 without one.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn runs_before(&self) -> Result<i64, Error> {
        let before = self.run.map_or(i64::MAX, |run| run.0);
        self.read(|inner| {
            let sql = "SELECT coalesce(max(id), 0) FROM run WHERE id < ?1";
            inner.connection.query_row(sql, [before], |row| row.get(0))
        })
    }

    /// The last import before the current run. Other commands, and runs of `match`, which create leads
    /// ([`LEADS_MADE`]), are skipped, and so are imports that sent nothing ([`NOTHING_SENT`]) and runs that were killed
    /// before they recorded their command. Version 0.1 recorded none.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn last_run(&self) -> Result<Option<RunRow>, Error> {
        let before = self.run.map_or(i64::MAX, |run| run.0);
        self.read(|inner| {
            let run = inner
                .connection
                .query_row(
                    "SELECT id, started_at, program, ended_at, outcome FROM run \
                     WHERE id < ?1 AND (command = 'import' OR command IS NULL AND program LIKE '0.1.%') \
                     AND NOT EXISTS (SELECT 1 FROM run_count \
                     WHERE run = run.id AND name IN (?2, ?3)) ORDER BY id DESC LIMIT 1",
                    params![before, LEADS_MADE, NOTHING_SENT],
                    |row| {
                        let ended: Option<i64> = row.get(3)?;
                        let outcome: Option<RunOutcome> = row.get(4)?;
                        Ok(RunRow {
                            id: RunId(row.get(0)?),
                            started_at: row.get(1)?,
                            program: row.get(2)?,
                            ended: ended.zip(outcome),
                            counts: BTreeMap::new(),
                        })
                    },
                )
                .optional()?;
            let Some(mut run) = run else { return Ok(None) };
            let mut counts = inner
                .connection
                .prepare("SELECT name, value FROM run_count WHERE run = ?1")?;
            run.counts = counts
                .query_map([run.id.0], |row| {
                    Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
                })?
                .collect::<Result<_, _>>()?;
            Ok(Some(run))
        })
    }
}
