//! Archives that were matched with a chat, and the inputs with which a chat was complete.
//!
//! In scope: results that a later run need not compute again: the shift of an archive exported in
//! another time zone, its age, and whether a file or the inputs of a chat have changed. An archive is
//! identified by a keyed hash; paths, names and texts are not recorded.

use std::collections::HashSet;
use std::num::NonZeroU32;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::error::{Error, Fault};
use super::hash::Hash;
use super::ids::{ChatId, RunId};
use super::snapshot::Snapshot;

/// The maximum difference of two time zones, and so the maximum shift of an archive: 26 hours.
const MAX_SHIFT_MS: i64 = 26 * 60 * 60 * 1000;

/// The number of a recorded archive within one checkpoint, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveId(NonZeroU32);

impl ArchiveId {
    #[cfg(test)]
    pub(super) fn from_number(number: usize) -> Option<ArchiveId> {
        let number = u32::try_from(number).ok();
        number.and_then(NonZeroU32::new).map(ArchiveId)
    }
}

impl FromSql for ArchiveId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<ArchiveId> {
        let number = value.as_i64()?;
        u32::try_from(number)
            .ok()
            .and_then(NonZeroU32::new)
            .map(ArchiveId)
            .ok_or(FromSqlError::OutOfRange(number))
    }
}

/// The facts about an archive as one of a chat; `None` keeps the recorded value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveFacts {
    /// The keyed hash of the transcript's bytes, or of the rows that a database has of the chat.
    pub digest: Hash,
    /// The milliseconds added to its instants, for an archive exported in another time zone. Replaces the
    /// recorded value.
    pub shift_ms: Option<i64>,
    /// The date of the transcript's archive entry, in Unix milliseconds.
    pub dated_at: Option<i64>,
    /// The instant of its last message, in Unix milliseconds.
    pub last_at: Option<i64>,
}

impl ArchiveFacts {
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.shift_ms {
            Some(shift) if !(-MAX_SHIFT_MS..=MAX_SHIFT_MS).contains(&shift) => {
                Err(Error::Malformed { what: "shift_ms" })
            }
            _ => Ok(()),
        }
    }
}

/// An archive that was matched with a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveRow {
    /// The archive's number in this checkpoint.
    pub id: ArchiveId,
    /// The number of the chat that the archive was matched with.
    pub chat: ChatId,
    /// What is recorded of the archive.
    pub facts: ArchiveFacts,
    /// The run that first recorded it.
    pub first_run: RunId,
}

/// What a chat was made of when a run read it: equal values mean that a further run would plan
/// nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputDigest {
    /// The keyed hash of archives, table rows and settings.
    pub digest: Hash,
    /// The version of the parser.
    pub parser: u32,
    /// The version of the matching.
    pub matching: u32,
}

/// Records an archive of the chat in row `chat`.
pub(super) fn archive(
    connection: &Connection,
    chat: i64,
    facts: &ArchiveFacts,
    run: RunId,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO archive (chat, digest, shift_ms, dated_at, last_at, first_run) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (chat, digest) DO UPDATE SET \
             shift_ms = coalesce(excluded.shift_ms, shift_ms), \
             dated_at = coalesce(excluded.dated_at, dated_at), \
             last_at = coalesce(excluded.last_at, last_at)",
        )?
        .execute(params![
            chat,
            facts.digest,
            facts.shift_ms,
            facts.dated_at,
            facts.last_at,
            run.0
        ])?;
    Ok(())
}

/// The row of the archive with this digest in the chat of row `chat`.
pub(super) fn source(
    connection: &Connection,
    chat: i64,
    digest: Option<&Hash>,
) -> Result<Option<i64>, Fault> {
    let Some(digest) = digest else {
        return Ok(None);
    };
    let row = connection
        .prepare_cached("SELECT id FROM archive WHERE chat = ?1 AND digest = ?2")?
        .query_row(params![chat, digest], |row| row.get(0))
        .optional()?;
    row.map(Some).ok_or(Error::NoArchive.into())
}

/// Replaces the set of files that were seen.
pub(super) fn files(connection: &Connection, seen: &[Hash], run: RunId) -> Result<(), Fault> {
    connection.execute("DELETE FROM archive_file", [])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO archive_file (seen_hash, run) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    for hash in seen {
        insert.execute(params![hash, run.0])?;
    }
    Ok(())
}

/// Sets the inputs with which the chat in row `chat` was complete, or clears them.
pub(super) fn digest(
    connection: &Connection,
    chat: i64,
    digest: Option<&InputDigest>,
    run: RunId,
) -> Result<(), Fault> {
    let Some(inputs) = digest else {
        connection
            .prepare_cached("DELETE FROM chat_digest WHERE chat = ?1")?
            .execute([chat])?;
        return Ok(());
    };
    connection
        .prepare_cached(
            "INSERT INTO chat_digest (chat, digest, run, parser, matching) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (chat) DO UPDATE SET \
             digest = excluded.digest, run = excluded.run, parser = excluded.parser, \
             matching = excluded.matching",
        )?
        .execute(params![
            chat,
            inputs.digest,
            run.0,
            inputs.parser,
            inputs.matching
        ])?;
    Ok(())
}

impl Snapshot {
    /// The archives that were matched with a chat, the first recorded first.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn archives_of(&self, chat: ChatId) -> Result<Vec<ArchiveRow>, Error> {
        self.archives("chat = ?1", chat.0)
    }

    /// The chats that an archive was matched with; several only where the key of a chat has changed.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn archives_by_digest(&self, digest: &Hash) -> Result<Vec<ArchiveRow>, Error> {
        self.archives("digest = ?1", digest)
    }

    fn archives(&self, which: &str, value: impl rusqlite::ToSql) -> Result<Vec<ArchiveRow>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare_cached(&format!(
                "SELECT id, chat, digest, shift_ms, dated_at, last_at, first_run FROM archive \
                 WHERE {which} ORDER BY id"
            ))?;
            statement.query_map([value], archive_row)?.collect()
        })
    }

    /// The keyed hashes of name, size and date of the files that the last complete run saw.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn archive_files(&self) -> Result<HashSet<Hash>, Error> {
        self.read(|inner| {
            let mut statement = inner
                .connection
                .prepare("SELECT seen_hash FROM archive_file")?;
            statement.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// The inputs with which a chat was complete, and the run that recorded them.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn digest_of(&self, chat: ChatId) -> Result<Option<(InputDigest, RunId)>, Error> {
        self.read(|inner| {
            inner
                .connection
                .prepare_cached(
                    "SELECT digest, parser, matching, run FROM chat_digest WHERE chat = ?1",
                )?
                .query_row([chat.0], |row| {
                    let inputs = InputDigest {
                        digest: row.get(0)?,
                        parser: row.get(1)?,
                        matching: row.get(2)?,
                    };
                    Ok((inputs, RunId(row.get(3)?)))
                })
                .optional()
        })
    }
}

fn archive_row(row: &Row<'_>) -> Result<ArchiveRow, rusqlite::Error> {
    Ok(ArchiveRow {
        id: row.get(0)?,
        chat: ChatId(row.get(1)?),
        facts: ArchiveFacts {
            digest: row.get(2)?,
            shift_ms: row.get(3)?,
            dated_at: row.get(4)?,
            last_at: row.get(5)?,
        },
        first_run: RunId(row.get(6)?),
    })
}
