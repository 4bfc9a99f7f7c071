//! Queries of messages: their records, their other ids and their states.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};

use super::{Inner, Snapshot};
use crate::checkpoint::error::Error;
use crate::checkpoint::ids::{ChatId, RunId};
use crate::checkpoint::rows::{DoneAs, MessageRow, Standing, Unsettled};
use crate::checkpoint::states::State;
use crate::ids::{ExternalId, LeadId};

/// The columns that `Inner::message` reads, in its order.
const MESSAGE: &str = "SELECT m.id, m.external_id, m.lead, m.chat, m.state, m.origin, \
    m.activity_id, m.activity_at, m.body_hash, m.media_count, m.media_bytes, m.response_to, \
    m.linked, m.failure, m.attempts, m.identity, m.run, m.media_hash, m.people_hash, \
    coalesce(m.first_at, m.activity_at), m.changing, m.side, m.media, m.refused, \
    m.content_hash, m.class, m.edited, m.deleted, m.exact, m.seconds, m.author_hash, m.source, \
    m.created_run \
    FROM message m";

impl Snapshot {
    /// The messages of a chat, on every lead it was ever on, in the order first recorded.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn messages_of(&self, chat: ChatId) -> Result<Vec<MessageRow>, Error> {
        let mut rows = Vec::new();
        self.each_message_of(chat, |row| rows.push(row))?;
        Ok(rows)
    }

    /// The messages of a chat as by [`Snapshot::messages_of`], one at a time; `row` must not read
    /// from this snapshot.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn each_message_of(&self, chat: ChatId, row: impl FnMut(MessageRow)) -> Result<(), Error> {
        let sql = format!("{MESSAGE} WHERE m.chat = ?1 ORDER BY m.id");
        self.read(|inner| inner.each(&sql, [chat.0], row))
    }

    /// Every message, one at a time, in the order first recorded; `row` must not read from this
    /// snapshot. For passes over files too large to hold.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn each_message(&self, row: impl FnMut(MessageRow)) -> Result<(), Error> {
        self.read(|inner| inner.each(&format!("{MESSAGE} ORDER BY m.id"), [], row))
    }

    /// The messages that meet a condition on `m` with one parameter, in the order first recorded.
    pub(in crate::checkpoint) fn messages_where(
        &self,
        condition: &str,
        value: &str,
    ) -> Result<Vec<MessageRow>, Error> {
        let sql = format!("{MESSAGE} WHERE {condition} ORDER BY m.id");
        let mut rows = Vec::new();
        self.read(|inner| inner.each(&sql, [value], |row| rows.push(row)))?;
        Ok(rows)
    }

    /// The record of the message with this external id on this lead; `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::chat`].
    pub fn lookup(
        &self,
        external_id: &ExternalId,
        lead_id: &LeadId,
    ) -> Result<Option<MessageRow>, Error> {
        let sql = format!(
            "{MESSAGE} WHERE m.external_id = ?1 AND \
             m.lead = (SELECT id FROM lead WHERE lead_id = ?2)"
        );
        let mut found = None;
        self.read(|inner| {
            inner.each(&sql, params![external_id, lead_id], |row| found = Some(row))
        })?;
        Ok(found)
    }

    /// The other ids under which later archives contain recorded messages of a chat, each with the external
    /// id of the record. An id of several records is left out.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn aliases_of(&self, chat: ChatId) -> Result<HashMap<ExternalId, ExternalId>, Error> {
        self.read(|inner| {
            let is_any = "SELECT EXISTS (SELECT 1 FROM alias)";
            let mut is_any = inner.connection.prepare_cached(is_any)?;
            if !is_any.query_row([], |row| row.get(0))? {
                return Ok(HashMap::new());
            }
            let mut statement = inner.connection.prepare_cached(
                "SELECT a.native_id, max(m.external_id) FROM message m \
                 JOIN alias a ON a.message = m.id WHERE m.chat = ?1 \
                 GROUP BY a.native_id HAVING count(DISTINCT m.external_id) = 1",
            )?;
            let rows = statement.query_map([chat.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// Messages in Close with this id or alias, on any lead.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn done_as(&self, id: &ExternalId) -> Result<Vec<DoneAs>, Error> {
        self.read(|inner| {
            let mut statement = inner.connection.prepare_cached(
                "SELECT m.external_id, l.lead_id, m.activity_id FROM message m \
                 JOIN lead l ON l.id = m.lead WHERE m.state = ?2 AND (m.external_id = ?1 OR \
                 m.id IN (SELECT message FROM alias WHERE native_id = ?1)) ORDER BY m.id",
            )?;
            let rows = statement.query_map(params![id, State::Done.number()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            rows.collect()
        })
    }

    /// The numbers of messages by state.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn standing(&self) -> Result<Standing, Error> {
        let number = |row: &Row<'_>, at| row.get::<_, i64>(at).map(i64::unsigned_abs);
        self.read(|inner| {
            inner.connection.query_row(
                "SELECT count(DISTINCT iif(state = 3, chat, NULL)), coalesce(sum(state = 3), 0), \
                 coalesce(sum(state = 4), 0), count(refused), \
                 coalesce(sum(state IN (1, 2)), 0), coalesce(sum(state = 6), 0) FROM message",
                [],
                |row| {
                    Ok(Standing {
                        chats: number(row, 0)?,
                        done: number(row, 1)?,
                        failed: number(row, 2)?,
                        refused: number(row, 3)?,
                        unknown: number(row, 4)?,
                        gone: number(row, 5)?,
                    })
                },
            )
        })
    }

    /// True when a message could not be created, changed or deleted in Close and that is unresolved; on any
    /// lead.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn is_failed(&self, external_id: &ExternalId) -> Result<bool, Error> {
        self.read(|inner| {
            inner
                .connection
                .prepare_cached(
                    "SELECT coalesce(max(refused IS NOT NULL) OR \
                     (max(state = ?2) AND NOT max(state = ?3)), 0) \
                     FROM message WHERE external_id = ?1",
                )?
                .query_row(
                    params![external_id, State::Failed.number(), State::Done.number()],
                    |row| row.get(0),
                )
        })
    }

    /// The messages whose outcome is unknown, in the order first recorded: those of killed runs and, during
    /// a
    /// run, its own.
    ///
    /// # Errors
    /// As [`Snapshot::chat`].
    pub fn unsettled(&self) -> Result<Vec<Unsettled>, Error> {
        let run = self.run.map(|run| run.0);
        self.read(|inner| {
            let mut statement = inner.connection.prepare_cached(
                "SELECT m.id, m.external_id, l.lead_id, m.run IS ?1 FROM message m \
                 JOIN lead l ON l.id = m.lead WHERE m.state IN (1, 2) ORDER BY m.id",
            )?;
            let rows = statement.query_map([run], |row| {
                Ok(Unsettled {
                    id: row.get(0)?,
                    external_id: row.get(1)?,
                    lead_id: row.get(2)?,
                    since_this_run: row.get(3)?,
                })
            })?;
            rows.collect()
        })
    }
}

impl Inner {
    /// Passes every row of a query that begins with [`MESSAGE`] to `take`.
    fn each(
        &mut self,
        sql: &str,
        params: impl rusqlite::Params,
        mut take: impl FnMut(MessageRow),
    ) -> Result<(), rusqlite::Error> {
        let Inner { connection, leads } = self;
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            take(message(connection, leads, row)?);
        }
        Ok(())
    }
}

fn message(
    connection: &Connection,
    leads: &mut HashMap<i64, LeadId>,
    row: &Row<'_>,
) -> Result<MessageRow, rusqlite::Error> {
    let lead: i64 = row.get(2)?;
    let lead_id = match leads.get(&lead) {
        Some(known) => known.clone(),
        None => {
            let read: LeadId = connection
                .prepare_cached("SELECT lead_id FROM lead WHERE id = ?1")?
                .query_row([lead], |row| row.get(0))?;
            leads.insert(lead, read.clone());
            read
        }
    };
    Ok(MessageRow {
        id: row.get(0)?,
        external_id: row.get(1)?,
        lead_id,
        chat: ChatId(row.get(3)?),
        state: row.get(4)?,
        origin: row.get(5)?,
        activity_id: row.get(6)?,
        activity_at: row.get(7)?,
        body_hash: row.get(8)?,
        media_count: row.get(9)?,
        media_bytes: row.get::<_, i64>(10)?.unsigned_abs(),
        response_to: row.get(11)?,
        linked: row.get(12)?,
        failure: row.get(13)?,
        attempts: row.get(14)?,
        identity: row.get(15)?,
        run: RunId(row.get(16)?),
        media_hash: row.get(17)?,
        people_hash: row.get(18)?,
        first_at: row.get(19)?,
        changing: row.get(20)?,
        outgoing: row.get(21)?,
        media: row.get(22)?,
        refused: row.get(23)?,
        content: row.get(24)?,
        class: row.get(25)?,
        edited: row.get(26)?,
        deleted: row.get(27)?,
        exact: row.get(28)?,
        seconds: row.get(29)?,
        author: row.get(30)?,
        source: row.get(31)?,
        created_run: row.get::<_, Option<i64>>(32)?.map(RunId),
    })
}
