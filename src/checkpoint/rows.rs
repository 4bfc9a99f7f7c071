//! The rows of the file as plain values, and [`Snapshot`], which reads them. Nothing here writes.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};
use tempfile::TempDir;

use super::archives::ArchiveId;
use super::class::Class;
use super::error::Error;
use super::hash::{Hash, HashKey};
use super::runs::{Counts, LEADS_MADE, RunOutcome};
use super::schema::FileFormat;
use super::states::State;
use crate::ids::{ActivityId, ContactId, ExternalId, LeadId};

/// The number of a chat within one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatId(pub(super) i64);

impl ChatId {
    /// The number.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// The number of a run within one file; later runs have higher numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub(super) i64);

impl RunId {
    /// The run's number, from 1.
    pub fn number(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

/// The origin of a message in Close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Sent by a run of this checkpoint, or about to be sent.
    Created = 1,
    /// Found in Close and recorded; `undo` does not delete it.
    Adopted = 2,
    /// Found in Close and created with another user's key: it is never changed or deleted.
    Foreign = 3,
}

impl Origin {
    /// The number stored in the file.
    pub(super) fn number(self) -> i64 {
        self as i64
    }
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRow {
    /// Its number in this file.
    pub id: ChatId,
    /// The keyed hash of its key.
    pub chat: Hash,
    /// The keyed hashes of its number pairs and of its names by device, in byte order; empty for a group.
    pub pairs: Vec<Hash>,
    /// Its lead in Close.
    pub lead_id: LeadId,
    /// Its contact in Close, where there is one.
    pub contact_id: Option<ContactId>,
    /// The time zone in which its times were read; `None` in rows of format 1.
    pub zone: Option<Box<str>>,
}

/// A message. About 270 bytes and its ids; messages of one lead share its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Its number in this file.
    pub id: i64,
    /// The external id.
    pub external_id: ExternalId,
    /// Its lead in Close.
    pub lead_id: LeadId,
    /// The chat.
    pub chat: ChatId,
    /// Its state.
    pub state: State,
    /// Its origin.
    pub origin: Origin,
    /// Its id in Close; set if and only if the state is [`State::Done`].
    pub activity_id: Option<ActivityId>,
    /// `activity_at`, Unix milliseconds.
    pub activity_at: i64,
    /// The instant with which it was first recorded, in Unix milliseconds: its position in the order,
    /// unaffected by corrections.
    pub first_at: i64,
    /// The keyed hash of the text.
    pub body_hash: Hash,
    /// The number of attachments.
    pub media_count: u32,
    /// Their total size in bytes.
    pub media_bytes: u64,
    /// The keyed hash of the sizes and CRCs of its files; `None` in rows of format 1.
    pub media_hash: Option<Hash>,
    /// The keyed hash of contact, user and numbers; `None` in rows of format 1.
    pub people_hash: Option<Hash>,
    /// A change was about to be sent, and its outcome is unknown.
    pub changing: bool,
    /// The external id of the message that it replies to.
    pub response_to: Option<ExternalId>,
    /// Whether Close links it to that message.
    pub linked: bool,
    /// The code of the refusal; set if and only if the state is [`State::Failed`].
    pub failure: Option<Box<str>>,
    /// The code with which Close rejected its change or deletion, while that is unresolved.
    pub refused: Option<Box<str>>,
    /// The number of attempts to send it.
    pub attempts: u32,
    /// 0: a native id; n: derived by version n.
    pub identity: u16,
    /// The run that last changed it.
    pub run: RunId,
    /// Sent by the phone's owner; `None` in rows of formats 1 and 2.
    pub outgoing: Option<bool>,
    /// It is a file, or the placeholder line of one; `None` in rows of formats 1 and 2.
    pub media: Option<bool>,
    /// The keyed hash of the canonical body. `None`, as for all following fields, where unknown: the row
    /// has a
    /// format before 7, and no later run has filled it in.
    pub content: Option<Hash>,
    /// The class of the message.
    pub class: Option<Class>,
    /// Its sender edited it.
    pub edited: Option<bool>,
    /// Its sender deleted it, even if an older archive has its text.
    pub deleted: Option<bool>,
    /// `activity_at` comes from a source that records instants.
    pub exact: Option<bool>,
    /// `activity_at` has seconds.
    pub seconds: Option<bool>,
    /// In groups: the keyed hash of the author.
    pub author: Option<Hash>,
    /// The archive with its text.
    pub source: Option<ArchiveId>,
    /// The run that created it in Close, or that recorded it on a person's word that chatferry did; `None` also for a
    /// message found there.
    pub created_run: Option<RunId>,
}

/// A message that is in Close: external id, lead and activity id.
pub type DoneAs = (ExternalId, LeadId, ActivityId);

/// A message whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Its number in this file.
    pub id: i64,
    /// The external id.
    pub external_id: ExternalId,
    /// Its lead in Close.
    pub lead_id: LeadId,
    /// Whether this run made the attempt; otherwise the attempt ended before this run began. This
    /// determines
    /// the instant from which a look-up without a result is conclusive.
    pub since_this_run: bool,
}

/// The numbers of messages by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Chats with at least one message in Close.
    pub chats: u64,
    /// In Close.
    pub done: u64,
    /// Refused permanently, and not in Close.
    pub failed: u64,
    /// In Close, and Close rejected their change or deletion.
    pub refused: u64,
    /// Sent, with an unknown outcome.
    pub unknown: u64,
    /// Removed in Close.
    pub gone: u64,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its number in this file.
    pub id: RunId,
    /// Its start, in Unix milliseconds.
    pub started_at: i64,
    /// The version of the program.
    pub program: Box<str>,
    /// Its end, in Unix milliseconds, and its outcome; `None`: killed or running.
    pub ended: Option<(i64, RunOutcome)>,
    /// Its counts, recorded at its end.
    pub counts: Counts,
}

/// A checkpoint for reading. Each call sees everything committed before it.
///
/// The calls block on the disk: for blocking threads, or where a few milliseconds are acceptable.
#[derive(Debug)]
pub struct Snapshot {
    inner: Mutex<Inner>,
    key: HashKey,
    path: PathBuf,
    run: Option<RunId>,
    /// The format of the file, where it was read without a run.
    stored_format: Option<u32>,
    /// A private copy of a file that needs recovery; after the connection, so dropped after it.
    _copy: Option<TempDir>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) connection: Connection,
    leads: HashMap<i64, LeadId>,
}

/// The columns that `Inner::message` reads, in its order.
const MESSAGE: &str = "SELECT m.id, m.external_id, m.lead, m.chat, m.state, m.origin, \
    m.activity_id, m.activity_at, m.body_hash, m.media_count, m.media_bytes, m.response_to, \
    m.linked, m.failure, m.attempts, m.identity, m.run, m.media_hash, m.people_hash, \
    coalesce(m.first_at, m.activity_at), m.changing, m.side, m.media, m.refused, \
    m.content_hash, m.class, m.edited, m.deleted, m.exact, m.seconds, m.author_hash, m.source, \
    m.created_run \
    FROM message m";

impl Snapshot {
    /// Reads through `connection`; errors name `path`, and `run` is the current run.
    pub(super) fn new(
        connection: Connection,
        key: HashKey,
        path: &Path,
        run: Option<RunId>,
        copy: Option<TempDir>,
    ) -> Snapshot {
        let inner = Mutex::new(Inner {
            connection,
            leads: HashMap::new(),
        });
        Snapshot {
            inner,
            key,
            path: path.to_owned(),
            run,
            stored_format: None,
            _copy: copy,
        }
    }

    /// The same snapshot, of a file that has this format on disk.
    pub(super) fn stored_as(mut self, found: FileFormat) -> Snapshot {
        self.stored_format = match found {
            FileFormat::Empty => None,
            FileFormat::Format(format) => u32::try_from(format).ok(),
        };
        self
    }

    /// The format of the file on disk; `None` if a run of this program has it open.
    pub(super) fn stored_format(&self) -> Option<u32> {
        self.stored_format
    }

    /// The key of this file's hashes.
    pub fn key(&self) -> HashKey {
        self.key.clone()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

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
    pub(super) fn messages_where(
        &self,
        condition: &str,
        value: &str,
    ) -> Result<Vec<MessageRow>, Error> {
        let sql = format!("{MESSAGE} WHERE {condition} ORDER BY m.id");
        let mut rows = Vec::new();
        self.read(|inner| inner.each(&sql, [value], |row| rows.push(row)))?;
        Ok(rows)
    }

    /// One message.
    ///
    /// # Errors
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
    /// ([`LEADS_MADE`]), are skipped.
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
                     WHERE id < ?1 AND coalesce(command, 'import') = 'import' \
                     AND NOT EXISTS (SELECT 1 FROM run_count \
                     WHERE run = run.id AND name = ?2) ORDER BY id DESC LIMIT 1",
                    params![before, LEADS_MADE],
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

    /// Runs `ask` in one read transaction.
    pub(super) fn read<T>(
        &self,
        ask: impl FnOnce(&mut Inner) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        // A panic in another thread leaves no partial state: readers change only the cache of lead names.
        let mut inner: MutexGuard<'_, Inner> =
            self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&mut inner).map_err(|error| Error::sqlite(&self.path, error))
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

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<State> {
        let number = value.as_i64()?;
        State::from_number(number).ok_or(FromSqlError::OutOfRange(number))
    }
}

impl FromSql for Origin {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Origin> {
        match value.as_i64()? {
            1 => Ok(Origin::Created),
            2 => Ok(Origin::Adopted),
            3 => Ok(Origin::Foreign),
            other => Err(FromSqlError::OutOfRange(other)),
        }
    }
}

impl FromSql for RunOutcome {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<RunOutcome> {
        let word = value.as_str()?;
        RunOutcome::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
            .ok_or(FromSqlError::InvalidType)
    }
}
