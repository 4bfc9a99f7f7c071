//! The invariants of a checkpoint, checked over all rows.
//!
//! In scope: what a reader relies on and SQLite does not enforce, or enforces only while it writes: a file can be damaged on
//! the disk or changed with another program. Never here: a correction.

use rusqlite::Connection;

use super::error::Error;
use super::meta::IDENTITY_VERSION;
use super::open::Checkpoint;
use super::schema::{self, STEPS};
use super::snapshot::Snapshot;
use crate::checkpoint_location::CheckpointLocation;

/// The examples of a violation.
const EXAMPLES: usize = 3;

/// An invariant that rows of the checkpoint lack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The invariant that is lacking.
    pub invariant: Invariant,
    /// The number of rows that violate it; for the file as a whole, 1.
    pub rows: u64,
    /// The first of them: ids, row numbers, or SQLite's words. No content.
    pub examples: Vec<String>,
}

/// The invariants that a sound checkpoint has; each states what must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// Every page and index can be read.
    Integrity,
    /// The tables and indexes are those of the format.
    Schema,
    /// A row that another row refers to is there.
    References,
    /// A message in Close, and no other, has an activity id; a failed one, and no other, has a code.
    States,
    /// An activity is recorded once.
    Activities,
    /// A message of a one-to-one chat is in Close on one lead.
    Messages,
    /// A message or number has one unfinished operation of a kind, and an operation is unfinished until its last step.
    Operations,
    /// An alternate id belongs to a message that is recorded.
    Aliases,
    /// A hash has 16 bytes, and the key 32.
    Hashes,
    /// An id has the form of its kind, and its derivation is known.
    Ids,
    /// The number of recorded files is that of the message, or none is recorded.
    Files,
    /// A chain of merged leads ends.
    Leads,
    /// A run has an outcome when it has ended, and every other run was interrupted or is the last one.
    Runs,
}

impl Invariant {
    /// Every invariant, in the order in which they are checked.
    pub const ALL: [Invariant; 13] = [
        Invariant::Integrity,
        Invariant::Schema,
        Invariant::References,
        Invariant::States,
        Invariant::Activities,
        Invariant::Messages,
        Invariant::Operations,
        Invariant::Aliases,
        Invariant::Hashes,
        Invariant::Ids,
        Invariant::Files,
        Invariant::Leads,
        Invariant::Runs,
    ];

    /// The invariant's stable word in output.
    pub fn word(self) -> &'static str {
        match self {
            Invariant::Integrity => "integrity",
            Invariant::Schema => "schema",
            Invariant::References => "references",
            Invariant::States => "states",
            Invariant::Activities => "activities",
            Invariant::Messages => "messages",
            Invariant::Operations => "operations",
            Invariant::Aliases => "aliases",
            Invariant::Hashes => "hashes",
            Invariant::Ids => "ids",
            Invariant::Files => "files",
            Invariant::Leads => "leads",
            Invariant::Runs => "runs",
        }
    }

    /// The query that finds rows which violate it, each as a text; `None` for those that are checked otherwise.
    fn query(self) -> Option<&'static str> {
        match self {
            Invariant::Integrity
            | Invariant::Schema
            | Invariant::References
            | Invariant::Hashes => None,
            Invariant::States => Some(
                "SELECT external_id FROM message WHERE state NOT BETWEEN 1 AND 6 \
                 OR origin NOT BETWEEN 1 AND 3 OR linked NOT IN (0, 1) OR attempts < 0 \
                 OR (state = 3) <> (activity_id IS NOT NULL) \
                 OR (state = 4) <> (failure IS NOT NULL) \
                 OR (refused IS NOT NULL AND state <> 3) \
                 OR (changing = 1 AND state <> 3) ORDER BY id",
            ),
            Invariant::Activities => Some(
                "SELECT activity_id FROM message WHERE activity_id IS NOT NULL \
                 GROUP BY activity_id HAVING count(*) > 1 ORDER BY activity_id",
            ),
            // Two parties who both exported their conversation have it on two leads, from their two sides. Several members'
            // archives of a group have equal ids too. A lead that was merged into another one has only records left.
            Invariant::Messages => Some(
                "SELECT m.external_id || ' on ' || l.lead_id || ' and ' || k.lead_id \
                 FROM message m JOIN lead l ON l.id = m.lead \
                 JOIN message o ON o.external_id = m.external_id AND o.lead > m.lead \
                 JOIN lead k ON k.id = o.lead \
                 WHERE m.state = 3 AND o.state = 3 AND substr(m.external_id, 1, 4) = 'cf1-' \
                 AND m.origin <> 3 AND o.origin <> 3 AND m.side = o.side \
                 AND l.merged_into IS NULL AND k.merged_into IS NULL \
                 AND EXISTS (SELECT 1 FROM chat_pair p WHERE p.chat = m.chat) \
                 AND EXISTS (SELECT 1 FROM chat_pair p WHERE p.chat = o.chat) \
                 AND NOT EXISTS (SELECT 1 FROM operation p WHERE p.open = 1 AND p.kind = 1 \
                 AND p.external_id = m.external_id) ORDER BY m.id",
            ),
            Invariant::Operations => Some(
                "SELECT 'operation ' || id FROM operation \
                 WHERE open = (step IN (3, 5, 7, 8) OR (kind = 2 AND step = 2)) \
                 UNION ALL SELECT 'operation ' || max(id) FROM operation WHERE open = 1 \
                 GROUP BY kind, external_id, source_lead, number_hash HAVING count(*) > 1",
            ),
            Invariant::Aliases => Some(
                "SELECT native_id FROM alias \
                 WHERE message NOT IN (SELECT id FROM message) OR native_id = ''",
            ),
            Invariant::Ids => Some(
                "SELECT external_id FROM message WHERE external_id = '' \
                 OR (substr(external_id, 1, 4) = 'cf1-' AND (identity = 0 OR length(external_id) <> 30)) \
                 OR external_id GLOB '*[^!-~]*' OR instr(external_id, '@') > 0 \
                 UNION ALL SELECT 'lead ' || id FROM lead WHERE lead_id GLOB '*[^A-Za-z0-9_]*' \
                 UNION ALL SELECT external_id FROM message WHERE activity_id GLOB '*[^A-Za-z0-9_]*'",
            ),
            Invariant::Files => Some(
                "SELECT m.external_id FROM message m \
                 JOIN (SELECT message, count(*) AS files, max(ordinal) AS last FROM message_file \
                       GROUP BY message) f ON f.message = m.id \
                 WHERE f.last <> f.files - 1 OR f.files > m.media_count ORDER BY m.id",
            ),
            Invariant::Leads => Some(
                "WITH RECURSIVE chain (first, at, steps) AS (\
                 SELECT id, merged_into, 1 FROM lead WHERE merged_into IS NOT NULL UNION ALL \
                 SELECT chain.first, lead.merged_into, chain.steps + 1 FROM chain \
                 JOIN lead ON lead.id = chain.at \
                 WHERE lead.merged_into IS NOT NULL AND chain.steps <= 1000) \
                 SELECT DISTINCT lead.lead_id FROM chain JOIN lead ON lead.id = chain.first \
                 WHERE chain.steps > 1000 OR chain.at = chain.first",
            ),
            Invariant::Runs => Some(
                "SELECT 'run ' || id FROM run WHERE (ended_at IS NULL) <> (outcome IS NULL) \
                 OR outcome NOT IN ('complete', 'partial', 'stopped', 'aborted')",
            ),
        }
    }
}

impl Checkpoint {
    /// Checks the invariants of the checkpoint at `path` without changing anything; `None` where nothing was ever recorded.
    ///
    /// # Errors
    /// As [`Checkpoint::peek_at_any`]; a file that SQLite cannot read is a [`Violation`].
    pub fn audit(at: impl Into<CheckpointLocation>) -> Result<Option<Vec<Violation>>, Error> {
        let damaged = |detail: String| {
            vec![Violation {
                invariant: Invariant::Integrity,
                rows: 1,
                examples: vec![detail],
            }]
        };
        let snapshot = match Checkpoint::peek_at_any(at) {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return Ok(None),
            Err(Error::Damaged { detail, .. }) => return Ok(Some(damaged(detail))),
            Err(error) => return Err(error),
        };
        match snapshot.violations() {
            Ok(violations) => Ok(Some(violations)),
            Err(Error::Damaged { detail, .. }) => Ok(Some(damaged(detail))),
            Err(error) => Err(error),
        }
    }
}

impl Snapshot {
    /// The violated invariants.
    fn violations(&self) -> Result<Vec<Violation>, Error> {
        self.read(|inner| {
            let connection = &inner.connection;
            let mut violations = Vec::new();
            for invariant in Invariant::ALL {
                let found = match (invariant, invariant.query()) {
                    (_, Some(query)) => Rows::of(connection, query)?,
                    (Invariant::Integrity, None) => integrity(connection)?,
                    (Invariant::Schema, None) => schema(connection)?,
                    (Invariant::References, None) => references(connection)?,
                    (_, None) => hashes(connection)?,
                };
                let is_damaged = invariant == Invariant::Integrity && found.rows > 0;
                if found.rows > 0 {
                    violations.push(Violation {
                        invariant,
                        rows: found.rows,
                        examples: found.examples,
                    });
                }
                // What is read from damaged pages, or from other tables, shows nothing.
                if is_damaged || invariant == Invariant::Schema && found.rows > 0 {
                    break;
                }
            }
            Ok(violations)
        })
    }
}

/// Rows that violate an invariant.
#[derive(Default)]
struct Rows {
    rows: u64,
    examples: Vec<String>,
}

impl Rows {
    fn add(&mut self, example: impl FnOnce() -> String) {
        self.rows += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }

    fn of(connection: &Connection, query: &str) -> rusqlite::Result<Rows> {
        let mut found = Rows::default();
        let mut statement = connection.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let example: String = row.get(0)?;
            found.add(|| example);
        }
        Ok(found)
    }
}

/// SQLite's check of pages, indexes and constraints.
fn integrity(connection: &Connection) -> rusqlite::Result<Rows> {
    let mut found = Rows::of(connection, "PRAGMA integrity_check(100)")?;
    if found.examples.iter().any(|line| line == "ok") {
        found = Rows::default();
    }
    Ok(found)
}

/// Tables and indexes that differ from those that the migrations make.
fn schema(connection: &Connection) -> rusqlite::Result<Rows> {
    let objects = |connection: &Connection| -> rusqlite::Result<Vec<(String, Option<String>)>> {
        let mut statement = connection.prepare(
            "SELECT type || ' ' || name, sql FROM sqlite_schema \
             WHERE name NOT LIKE 'sqlite_stat%' ORDER BY 1",
        )?;
        statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    };
    let mut made = Connection::open_in_memory()?;
    let transaction = made.transaction()?;
    // A migration of an empty database fails only as SQLite does.
    if schema::migrate(&transaction, 0, STEPS).is_err() {
        return Ok(Rows::default());
    }
    transaction.commit()?;
    let (expected, actual) = (objects(&made)?, objects(connection)?);
    let mut found = Rows::default();
    for (name, sql) in &expected {
        match actual.iter().find(|(other, _)| other == name) {
            None => found.add(|| format!("{name} is absent")),
            Some((_, other)) if other != sql => found.add(|| format!("{name} differs")),
            Some(_) => {}
        }
    }
    for (name, _) in &actual {
        if !expected.iter().any(|(other, _)| other == name) {
            found.add(|| format!("{name} is not part of the format"));
        }
    }
    Ok(found)
}

/// The first row that refers to a row that is not there.
pub(super) fn lost_reference(connection: &Connection) -> rusqlite::Result<Option<String>> {
    Ok(references(connection)?.examples.into_iter().next())
}

/// Rows that refer to a row that is not there.
fn references(connection: &Connection) -> rusqlite::Result<Rows> {
    Rows::of(
        connection,
        "SELECT \"table\" || coalesce(' ' || rowid, '') || ': no ' || parent \
         FROM pragma_foreign_key_check()",
    )
}

/// Hashes of another length, and ids of a newer derivation.
fn hashes(connection: &Connection) -> rusqlite::Result<Rows> {
    let mut columns = connection.prepare(
        "SELECT s.name, c.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c \
         WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%' AND c.type = 'BLOB' ORDER BY 1, 2",
    )?;
    let columns = columns
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(String, String)>>>()?;
    let mut found = Rows::default();
    for (table, column) in columns {
        let length = match (table.as_str(), column.as_str()) {
            ("meta", "hash_key") => 32,
            _ => 16,
        };
        let wrong: i64 = connection.query_row(
            &format!(
                "SELECT count(*) FROM \"{table}\" \
                 WHERE \"{column}\" IS NOT NULL AND length(\"{column}\") <> {length}"
            ),
            [],
            |row| row.get(0),
        )?;
        for _ in 0..wrong {
            found.add(|| format!("{table}.{column}"));
        }
    }
    let newest: Option<i64> =
        connection.query_row("SELECT max(identity) FROM message", [], |row| row.get(0))?;
    if newest.is_some_and(|newest| newest > i64::from(IDENTITY_VERSION)) {
        found.add(|| "message.identity".to_owned());
    }
    Ok(found)
}
