//! Messages by the beginning of any of their ids, and what `explain` reads of them.
//!
//! Never here: what a plan reads ([`Snapshot`]'s other files).

use rusqlite::{OptionalExtension, params};

use super::error::Error;
use super::ids::RunId;
use super::operations::{OperationRow, Subject};
use super::rows::MessageRow;
use super::snapshot::Snapshot;
use crate::ids::{ActivityId, ExternalId};

/// A recorded message that was found by the beginning of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRow {
    /// The external id under which the message is recorded.
    pub external_id: ExternalId,
    /// The ids of the message that begin as the text does: external, activity or alternate ids.
    pub matched: Vec<String>,
}

/// A run, by its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTimes {
    /// The run's number, from 1.
    pub number: u32,
    /// The run's command; `None` in rows of formats before 7.
    pub command: Option<Box<str>>,
    /// The start of the run, in Unix milliseconds.
    pub started_at: i64,
}

impl Snapshot {
    /// Up to `limit` messages of which an external, activity or alternate id begins with `text`.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn begins_with(&self, text: &str, limit: u32) -> Result<Vec<FoundRow>, Error> {
        self.read(|inner| {
            // `substr` compares bytes, unlike LIKE.
            let mut statement = inner.connection.prepare(
                "SELECT external_id, id FROM (\
                 SELECT m.external_id, m.external_id AS id FROM message m \
                 WHERE substr(m.external_id, 1, ?2) = ?1 UNION \
                 SELECT m.external_id, m.activity_id FROM message m \
                 WHERE substr(m.activity_id, 1, ?2) = ?1 UNION \
                 SELECT m.external_id, a.native_id FROM alias a JOIN message m ON m.id = a.message \
                 WHERE substr(a.native_id, 1, ?2) = ?1) ORDER BY external_id, id",
            )?;
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![text, length])?;
            let mut found: Vec<FoundRow> = Vec::new();
            while let Some(row) = rows.next()? {
                let (external_id, id): (ExternalId, String) = (row.get(0)?, row.get(1)?);
                let is_full = found.len() >= limit as usize;
                match found.last_mut() {
                    Some(last) if last.external_id == external_id => last.matched.push(id),
                    _ if is_full => break,
                    _ => found.push(FoundRow {
                        external_id,
                        matched: vec![id],
                    }),
                }
            }
            Ok(found)
        })
    }

    /// The records of an external id, on every lead, in the order first recorded.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn records_of(&self, external_id: &ExternalId) -> Result<Vec<MessageRow>, Error> {
        self.messages_where("m.external_id = ?1", external_id.as_str())
    }

    /// The records of an activity.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn records_of_activity(&self, activity: &ActivityId) -> Result<Vec<MessageRow>, Error> {
        self.messages_where("m.activity_id = ?1", activity.as_str())
    }

    /// The alternate ids of a message, given by its number, in order.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn aliases_of_message(&self, message: i64) -> Result<Vec<ExternalId>, Error> {
        self.read(|inner| {
            let sql = "SELECT native_id FROM alias WHERE message = ?1 ORDER BY native_id";
            let mut statement = inner.connection.prepare_cached(sql)?;
            statement.query_map([message], |row| row.get(0))?.collect()
        })
    }

    /// The last run that changed a message in Close, given by its number; `None` if none did.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn updated_run_of(&self, message: i64) -> Result<Option<RunId>, Error> {
        self.read(|inner| {
            let sql = "SELECT updated_run FROM message WHERE id = ?1";
            let run: Option<Option<i64>> = (inner.connection.prepare_cached(sql)?)
                .query_row([message], |row| row.get(0))
                .optional()?;
            Ok(run.flatten().map(RunId))
        })
    }

    /// The times of a run; `None` if it is not recorded.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn run_times(&self, run: RunId) -> Result<Option<RunTimes>, Error> {
        self.read(|inner| {
            let sql = "SELECT command, started_at FROM run WHERE id = ?1";
            (inner.connection.prepare_cached(sql)?)
                .query_row([run.0], |row| {
                    Ok(RunTimes {
                        number: run.number(),
                        command: row.get(0)?,
                        started_at: row.get(1)?,
                    })
                })
                .optional()
        })
    }

    /// The unfinished operations on a message, on every lead.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn open_operations_on(&self, external_id: &ExternalId) -> Result<Vec<OperationRow>, Error> {
        let mut open = self.open_operations()?;
        open.retain(|row| match &row.operation.subject {
            Subject::Message(key) => {
                key.external_id == *external_id || row.target_id.as_ref() == Some(external_id)
            }
            Subject::Number(_) => false,
        });
        Ok(open)
    }
}
