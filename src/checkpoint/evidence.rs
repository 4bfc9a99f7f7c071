//! Evidence about messages in tables of its own: their files, the neighbours of deleted messages, and
//! Close's answers.
//!
//! In scope: facts that only some commands read, so that a plan over a million rows does not read them.
//! Keyed hashes, sizes and times; no text and no file names.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::error::{Error, Fault};
use super::facts::FileFact;
use super::hash::Hash;
use super::ids::ChatId;
use super::snapshot::Snapshot;
use super::states::State;

/// The messages before and after a deleted message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbours {
    /// The keyed hash of the external id of the message before; `None`: it was the first.
    pub before: Option<Hash>,
    /// The keyed hash of the external id of the message after; `None`: it was the last.
    pub after: Option<Hash>,
}

/// What Close's response to a request contains of a message; `None` means that the response lacks
/// it, and keeps the recorded value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The keyed hash of the text.
    pub text: Option<Hash>,
    /// The keyed hash of the numbers.
    pub people: Option<Hash>,
    /// The keyed hash of the names and sizes of the files.
    pub files: Option<Hash>,
    /// `activity_at` in Unix milliseconds.
    pub at: Option<i64>,
}

/// Replaces the files of a message; an empty list keeps them.
pub(super) fn put_files(
    connection: &Connection,
    message: i64,
    files: &[FileFact],
) -> Result<(), Fault> {
    if files.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached("DELETE FROM message_file WHERE message = ?1")?
        .execute([message])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO message_file (message, ordinal, file_hash, size) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (ordinal, file) in files.iter().enumerate() {
        insert.execute(params![
            message,
            i64::try_from(ordinal).unwrap_or(i64::MAX),
            file.hash,
            i64::try_from(file.size).unwrap_or(i64::MAX)
        ])?;
    }
    Ok(())
}

/// Records the files of a message that has none recorded.
pub(super) fn learn_files(
    connection: &Connection,
    message: i64,
    files: &[FileFact],
) -> Result<(), Fault> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT ordinal FROM message_file WHERE message = ?1 LIMIT 1")?
        .query_row([message], |row| row.get(0))
        .optional()?;
    match known {
        Some(_) => Ok(()),
        None => put_files(connection, message, files),
    }
}

/// Records Close's answer about a message.
pub(super) fn answered(
    connection: &Connection,
    message: i64,
    answer: &Answered,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO answer (message, text_hash, people_hash, files_hash, at) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (message) DO UPDATE SET \
             text_hash = coalesce(excluded.text_hash, text_hash), \
             people_hash = coalesce(excluded.people_hash, people_hash), \
             files_hash = coalesce(excluded.files_hash, files_hash), \
             at = coalesce(excluded.at, at)",
        )?
        .execute(params![
            message,
            answer.text,
            answer.people,
            answer.files,
            answer.at
        ])?;
    Ok(())
}

/// Deletes the recorded answer of a message whose activity no longer exists.
pub(super) fn forget_answer(connection: &Connection, message: i64) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM answer WHERE message = ?1")?
        .execute([message])?;
    Ok(())
}

/// Deletes the record of an erased person's message, with all that hangs on it. What is or may be in Close stays recorded.
pub(super) fn purge(connection: &Connection, message: i64, state: State) -> Result<(), Fault> {
    if matches!(state, State::Intent | State::Unknown | State::Done) {
        return Ok(());
    }
    connection
        .prepare_cached("DELETE FROM message WHERE id = ?1")?
        .execute([message])?;
    Ok(())
}

/// Deletes the hashes of names and numbers of a chat with an erased person, and of its archives.
pub(super) fn purge_chat(connection: &Connection, chat: i64) -> Result<(), Fault> {
    for sql in [
        "DELETE FROM chat_pair WHERE chat = ?1",
        "DELETE FROM chat_digest WHERE chat = ?1",
        "DELETE FROM archive WHERE chat = ?1 AND NOT EXISTS \
         (SELECT 1 FROM message WHERE chat = ?1)",
    ] {
        connection.prepare_cached(sql)?.execute([chat])?;
    }
    Ok(())
}

/// Records the neighbours of a deleted message, replacing the recorded ones.
pub(super) fn deletion(
    connection: &Connection,
    message: i64,
    neighbours: &Neighbours,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO deletion (message, before_hash, after_hash) VALUES (?1, ?2, ?3) \
             ON CONFLICT (message) DO UPDATE SET before_hash = excluded.before_hash, \
             after_hash = excluded.after_hash",
        )?
        .execute(params![message, neighbours.before, neighbours.after])?;
    Ok(())
}

impl Snapshot {
    /// The keyed hashes of size and CRC of the files of a chat's messages, by the messages'
    /// numbers, in the order of the files. A message without recorded files is not in it.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn files_of(&self, chat: ChatId) -> Result<HashMap<i64, Vec<Hash>>, Error> {
        let mut files: HashMap<i64, Vec<Hash>> = HashMap::new();
        self.each_file_of(chat, |message, file| {
            files.entry(message).or_default().push(file.hash);
        })?;
        Ok(files)
    }

    /// Calls `file` for each recorded file of a chat's messages, with the message's number, in order. `file` must not
    /// read from this snapshot.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn each_file_of(
        &self,
        chat: ChatId,
        mut file: impl FnMut(i64, FileFact),
    ) -> Result<(), Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare_cached(
                "SELECT f.message, f.file_hash, f.size FROM message m \
                 JOIN message_file f ON f.message = m.id WHERE m.chat = ?1 \
                 ORDER BY f.message, f.ordinal",
            )?;
            let mut rows = statement.query([chat.0])?;
            while let Some(row) = rows.next()? {
                let fact = FileFact {
                    hash: row.get(1)?,
                    size: row.get::<_, i64>(2)?.unsigned_abs(),
                };
                file(row.get(0)?, fact);
            }
            Ok(())
        })
    }

    /// The neighbours of the deleted messages of a chat, by message number.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn deletions_of(&self, chat: ChatId) -> Result<HashMap<i64, Neighbours>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare_cached(
                "SELECT d.message, d.before_hash, d.after_hash FROM message m \
                 JOIN deletion d ON d.message = m.id WHERE m.chat = ?1",
            )?;
            let rows = statement.query_map([chat.0], |row| {
                let neighbours = Neighbours {
                    before: row.get(1)?,
                    after: row.get(2)?,
                };
                Ok((row.get(0)?, neighbours))
            })?;
            rows.collect()
        })
    }

    /// Close's answers about the messages of a chat, by message number.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn answers_of(&self, chat: ChatId) -> Result<HashMap<i64, Answered>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare_cached(
                "SELECT a.message, a.text_hash, a.people_hash, a.files_hash, a.at \
                 FROM message m JOIN answer a ON a.message = m.id WHERE m.chat = ?1",
            )?;
            let rows = statement.query_map([chat.0], |row| {
                let answer = Answered {
                    text: row.get(1)?,
                    people: row.get(2)?,
                    files: row.get(3)?,
                    at: row.get(4)?,
                };
                Ok((row.get(0)?, answer))
            })?;
            rows.collect()
        })
    }
}
