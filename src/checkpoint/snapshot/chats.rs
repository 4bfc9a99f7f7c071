//! Queries of chats and of the leads that they were imported to.

use rusqlite::OptionalExtension;

use super::Snapshot;
use crate::checkpoint::error::Error;
use crate::checkpoint::hash::Hash;
use crate::checkpoint::ids::ChatId;
use crate::checkpoint::rows::ChatRow;
use crate::ids::{ContactId, LeadId};

impl Snapshot {
    /// The chat whose own key has this hash.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Sqlite`], as for every reading call.
    pub fn chat(&self, chat: &Hash) -> Result<Option<ChatRow>, Error> {
        Ok(self
            .chats("WHERE c.chat_hash = ?1", chat)?
            .into_iter()
            .next())
    }

    /// The chats recorded under this number pair, oldest first; several only where a mapping was mistaken.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn chats_by_pair(&self, pair: &Hash) -> Result<Vec<ChatRow>, Error> {
        self.chats(
            "JOIN chat_pair p ON p.chat = c.id WHERE p.pair_hash = ?1",
            pair,
        )
    }

    /// The chats recorded with this contact in Close, oldest first.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn chats_by_contact(&self, contact_id: &ContactId) -> Result<Vec<ChatRow>, Error> {
        self.chats("WHERE c.contact_id = ?1", contact_id)
    }

    /// All chats, oldest first.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn all_chats(&self) -> Result<Vec<ChatRow>, Error> {
        self.chats("WHERE c.id > ?1", 0)
    }

    /// True when a chat was imported to this lead: its lead and contact belonged together then.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn knows_lead(&self, lead_id: &LeadId) -> Result<bool, Error> {
        self.read(|inner| {
            inner
                .connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM chat c JOIN lead l ON l.id = c.lead \
                     WHERE l.lead_id = ?1)",
                )?
                .query_row([lead_id], |row| row.get(0))
        })
    }

    /// The lead that `lead_id` was merged into, where an earlier run followed it there.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn merged_into(&self, lead_id: &LeadId) -> Result<Option<LeadId>, Error> {
        self.read(|inner| {
            inner
                .connection
                .prepare_cached(
                    "SELECT l.lead_id FROM lead l JOIN lead f ON f.merged_into = l.id \
                     WHERE f.lead_id = ?1",
                )?
                .query_row([lead_id], |row| row.get(0))
                .optional()
        })
    }

    fn chats(&self, which: &str, value: impl rusqlite::ToSql) -> Result<Vec<ChatRow>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare_cached(&format!(
                "SELECT c.id, c.chat_hash, l.lead_id, c.contact_id, c.zone FROM chat c \
                 JOIN lead l ON l.id = c.lead {which} ORDER BY c.id"
            ))?;
            let mut pairs = inner.connection.prepare_cached(
                "SELECT pair_hash FROM chat_pair WHERE chat = ?1 ORDER BY pair_hash",
            )?;
            let rows = statement.query_map([value], |row| {
                let id: i64 = row.get(0)?;
                Ok(ChatRow {
                    id: ChatId(id),
                    chat: row.get(1)?,
                    pairs: pairs
                        .query_map([id], |row| row.get(0))?
                        .collect::<Result<_, _>>()?,
                    lead_id: row.get(2)?,
                    contact_id: row.get(3)?,
                    zone: row.get(4)?,
                })
            })?;
            rows.collect()
        })
    }
}
