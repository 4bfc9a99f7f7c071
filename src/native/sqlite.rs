//! Read-only SQLite databases, opened without changing them or any file next to them.
//!
//! A database without a log is opened in place, as a file that never changes. One with a log is read from a copy without a
//! name ([`sqlite_copy`]).

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::reader::head;
use super::{Error, sniff};
use crate::sqlite_copy::{self, Logs};

/// Magic number of a database.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// A read-only database.
pub(super) struct Database {
    connection: Connection,
    path: PathBuf,
    columns: HashMap<String, HashSet<String>>,
    // Dropped after the connection.
    _copy: Option<tempfile::TempDir>,
}

/// Opens a database file.
pub(super) fn open(path: &Path) -> Result<Database, Error> {
    open_in(path, None)
}

/// Opens a database file to examine its schema, without its log.
pub(super) fn peek(path: &Path) -> Result<Database, Error> {
    Database::new(connect(path, path, "mode=ro&immutable=1")?, path, None)
}

impl From<sqlite_copy::Error> for Error {
    fn from(error: sqlite_copy::Error) -> Error {
        match error {
            sqlite_copy::Error::Io { path, source } => Error::io(&path, source),
            sqlite_copy::Error::Damaged { path, reason } => Error::Damaged { path, reason },
            sqlite_copy::Error::Sqlite { path, source } => Error::damaged(&path, &source),
        }
    }
}

/// Opens a database file; a copy is created under `temporary`, if given.
fn open_in(path: &Path, temporary: Option<&Path>) -> Result<Database, Error> {
    let begin = head(path, MAGIC.len() as u64).map_err(|error| Error::io(path, error))?;
    if begin != MAGIC {
        return Err(Error::NoDatabase {
            path: path.to_owned(),
            looks_like: sniff::describe_file(path),
        });
    }
    let Some(logs) = Logs::find(path)? else {
        let connection = connect(path, path, "mode=ro&immutable=1")?;
        return Database::new(connection, path, None);
    };
    let sqlite_copy::Copy { connection, folder } =
        sqlite_copy::open(path, &logs, false, temporary)?;
    Database::new(connection, path, folder)
}

fn connect(path: &Path, real: &Path, mode: &str) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_READ_ONLY;
    Connection::open_with_flags(format!("file:{}?{mode}", escaped(real)), flags)
        .map_err(|error| Error::damaged(path, &error))
}

/// Opens a database in memory.
pub(super) fn from_bytes(mut bytes: Vec<u8>, path: &Path) -> Result<Database, Error> {
    // A database in WAL mode cannot be opened in memory; here it has no log.
    if let Some(versions) = bytes.get_mut(18..20) {
        versions.fill(1);
    }
    let mut connection =
        Connection::open_in_memory().map_err(|error| Error::damaged(path, &error))?;
    let length = bytes.len();
    connection
        .deserialize_read_exact(MAIN_DB, bytes.as_slice(), length, true)
        .map_err(|error| Error::damaged(path, &error))?;
    Database::new(connection, path, None)
}

/// A path, escaped for a URI.
fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' | '?' | '#' => escaped.push_str(&format!("%{:02X}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Database {
    fn new(
        connection: Connection,
        path: &Path,
        copy: Option<tempfile::TempDir>,
    ) -> Result<Database, Error> {
        let mut database = Database {
            connection,
            path: path.to_owned(),
            columns: HashMap::new(),
            _copy: copy,
        };
        let set = database
            .connection
            .execute_batch("PRAGMA temp_store = MEMORY");
        set.map_err(|error| Error::damaged(path, &error))?;
        database.columns = database.schema()?;
        Ok(database)
    }

    fn schema(&self) -> Result<HashMap<String, HashSet<String>>, Error> {
        let sql = "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p \
                   WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%'";
        let mut columns: HashMap<String, HashSet<String>> = HashMap::new();
        self.each(sql, |row| {
            let table: String = row.get(0)?;
            columns.entry(table).or_default().insert(row.get(1)?);
            Ok(())
        })?;
        Ok(columns)
    }

    /// Path of the database file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn has(&self, table: &str) -> bool {
        self.columns.contains_key(table)
    }

    pub(super) fn has_column(&self, table: &str, column: &str) -> bool {
        (self.columns.get(table)).is_some_and(|columns| columns.contains(column))
    }

    /// `alias.column`, or NULL where the table lacks it.
    pub(super) fn column(&self, table: &str, alias: &str, column: &str) -> String {
        match self.has_column(table, column) {
            true => format!("{alias}.{column}"),
            false => "NULL".to_owned(),
        }
    }

    /// Whether the table exists and has a row that meets the condition.
    pub(super) fn any(&self, table: &str, condition: &str) -> Result<bool, Error> {
        if !self.has(table) {
            return Ok(false);
        }
        let mut found = false;
        self.each(
            &format!("SELECT 1 FROM {table} WHERE {condition} LIMIT 1"),
            |_| {
                found = true;
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// Passes every row to `take`.
    pub(super) fn each(
        &self,
        sql: &str,
        mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), Error> {
        let damaged = |error: rusqlite::Error| Error::damaged(&self.path, &error);
        let mut statement = self.connection.prepare(sql).map_err(damaged)?;
        let mut rows = statement.query([]).map_err(damaged)?;
        while let Some(row) = rows.next().map_err(damaged)? {
            take(row).map_err(damaged)?;
        }
        Ok(())
    }

    /// The error for a missing table or column.
    pub(super) fn missing(&self, missing: &str) -> Error {
        Error::Schema {
            path: self.path.clone(),
            missing: missing.to_owned(),
        }
    }
}

/// A column as text, whatever its type; invalid UTF-8 is replaced.
pub(super) fn text(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<String>> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(at)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    })
}

/// A column as an integer, whatever its type.
pub(super) fn number(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<i64>> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(at)? {
        ValueRef::Integer(number) => Some(number),
        ValueRef::Real(number) => Some(number as i64),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes)
            .ok()
            .and_then(|t| t.trim().parse().ok()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    })
}

/// A column as a floating-point number.
pub(super) fn real(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<f64>> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(at)? {
        ValueRef::Integer(number) => Some(number as f64),
        ValueRef::Real(number) => Some(number),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes)
            .ok()
            .and_then(|t| t.trim().parse().ok()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    })
}

#[cfg(test)]
mod tests;
