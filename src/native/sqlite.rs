//! Databases, opened so that nothing in them or beside them changes.
//!
//! One without a log is opened where it lies, as a file that nobody writes. One with a write-ahead
//! log, or with the journal of a writer that died, is copied with it, since reading such a log means
//! to write. On Unix the copy has no name from the start: SQLite opens the empty file, the name is
//! given to another one, and only then are the bytes put in. The log has to have a name until SQLite has read
//! its head; then it goes too, and its folder. So whatever ends the program, nothing of the database is
//! left behind; only a kill in the moments in which SQLite opens the log leaves the copy of the log.
//! Elsewhere the folder goes when the database is closed.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::{Error, head, seems};

/// How a database begins.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// A database that is only read.
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

/// Opens a database file to look at its tables: what lies in its log is not seen.
pub(super) fn peek(path: &Path) -> Result<Database, Error> {
    Database::new(connect(path, path, "mode=ro&immutable=1")?, path, None)
}

/// Opens a database file; a copy goes under `temporary`, where it is given.
fn open_in(path: &Path, temporary: Option<&Path>) -> Result<Database, Error> {
    let begin = head(path, MAGIC.len() as u64).map_err(|error| Error::io(path, error))?;
    if begin != MAGIC {
        return Err(Error::NoDatabase {
            path: path.to_owned(),
            seems: seems::like(path),
        });
    }
    let logs: Vec<&str> = ["-wal", "-journal"]
        .into_iter()
        // The journal of a writer that ended well may be there still, and begins with nothing.
        .filter(|ending| {
            head(&beside(path, ending), 1).is_ok_and(|head| head.iter().any(|b| *b != 0))
        })
        .collect();
    if logs.is_empty() {
        let connection = connect(path, path, "mode=ro&immutable=1")?;
        return Database::new(connection, path, None);
    }
    let failed = |error| Error::io(path, error);
    let mut builder = tempfile::Builder::new();
    builder.prefix("chatferry-");
    let folder = match temporary {
        Some(temporary) => builder.tempdir_in(temporary),
        None => builder.tempdir(),
    };
    let folder = folder.map_err(failed)?;
    let real = folder.path().join("store.db");
    let mut file = File::create_new(&real).map_err(failed)?;
    let connection = connect(path, &real, "mode=rw")?;
    let damaged = |error: rusqlite::Error| Error::damaged(path, &error);
    // Alone with it, SQLite needs no file for what several readers of a log share.
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE")
        .map_err(damaged)?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(damaged)?;
    if cfg!(unix) {
        fs::remove_file(&real).map_err(failed)?;
        // SQLite asks the name how a log is to be created.
        File::create_new(&real).map_err(failed)?;
    }
    let mut original = File::open(path).map_err(failed)?;
    io::copy(&mut original, &mut file).map_err(failed)?;
    drop(file);
    for ending in logs {
        let from = beside(path, ending);
        fs::copy(&from, beside(&real, ending)).map_err(|error| Error::io(&from, error))?;
    }
    // Reads the schema, and so the log.
    let database = Database::new(connection, path, None)?;
    if cfg!(unix) {
        folder.close().map_err(failed)?;
        return Ok(database);
    }
    Ok(Database {
        _copy: Some(folder),
        ..database
    })
}

fn connect(path: &Path, real: &Path, mode: &str) -> Result<Connection, Error> {
    let writes = match mode == "mode=rw" {
        true => OpenFlags::SQLITE_OPEN_READ_WRITE,
        false => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX | writes;
    Connection::open_with_flags(format!("file:{}?{mode}", escaped(real)), flags)
        .map_err(|error| Error::damaged(path, &error))
}

/// A database that is in memory, and nowhere else.
pub(super) fn of_bytes(mut bytes: Vec<u8>, path: &Path) -> Result<Database, Error> {
    // A database that was written with a log cannot be opened in memory; there is no log here.
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

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A path as a URI holds it.
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

    /// The file that it is of.
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

    /// True when the table is there and has a row that fulfils the condition.
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

    /// Hands every row to `take`.
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

    /// The error for a table or column that has to be there.
    pub(super) fn lacks(&self, missing: &str) -> Error {
        Error::Schema {
            path: self.path.clone(),
            missing: missing.to_owned(),
        }
    }
}

/// A text of a row, whatever type its column has; bytes that are no UTF-8 lose what is none.
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

/// A whole number of a row, whatever type its column has.
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

/// A number with a fraction.
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
mod tests {
    use super::*;

    /// A database with a writer that is there still, and what it wrote lies beside it.
    fn written(folder: &Path, mode: &str) -> (Connection, PathBuf) {
        let path = folder.join("written.db");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = Connection::open_with_flags(&path, flags).unwrap();
        let sql = format!(
            "CREATE TABLE t(x); INSERT INTO t VALUES ('first'); PRAGMA cache_size = 1; \
             PRAGMA journal_mode = {mode}; PRAGMA wal_autocheckpoint = 0;"
        );
        connection.execute_batch(&sql).unwrap();
        (connection, path)
    }

    fn copied(path: &Path, ending: &str, into: &Path) -> PathBuf {
        let copy = into.join("msgstore.db");
        fs::copy(path, &copy).unwrap();
        fs::copy(beside(path, ending), beside(&copy, ending)).unwrap();
        copy
    }

    fn rows(database: &Database) -> Vec<String> {
        let mut rows = Vec::new();
        database
            .each("SELECT x FROM t", |row| {
                rows.push(text(row, 0)?.unwrap_or_default());
                Ok(())
            })
            .unwrap();
        rows
    }

    /// Whatever ends the program from here on: there is nothing left to remove.
    #[test]
    fn a_copy_has_no_name_while_it_is_read() {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let [source, copy, temporary] = folders.each_ref().map(tempfile::TempDir::path);
        let (writer, path) = written(source, "wal");
        writer
            .execute_batch("INSERT INTO t VALUES ('in the log')")
            .unwrap();
        let copy = copied(&path, "-wal", copy);
        let before = fs::read(&copy).unwrap();
        let database = open_in(&copy, Some(temporary)).unwrap();
        if cfg!(unix) {
            assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
        }
        assert_eq!(rows(&database), ["first", "in the log"]);
        drop(database);
        assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
        assert_eq!(fs::read(&copy).unwrap(), before);
    }

    /// What a writer had not finished when it died is taken back, in the copy only.
    #[test]
    fn a_journal_is_rolled_back_in_the_copy() {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let [source, copy, temporary] = folders.each_ref().map(tempfile::TempDir::path);
        let (writer, path) = written(source, "delete");
        writer
            .execute_batch(
                "BEGIN; UPDATE t SET x = 'NEVER SAID'; CREATE TABLE big(a); \
                 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
                 INSERT INTO big SELECT hex(zeroblob(250)) FROM n;",
            )
            .unwrap();
        let copy = copied(&path, "-journal", copy);
        let before = fs::read(&copy).unwrap();
        let spilled = before.windows(10).any(|bytes| bytes == b"NEVER SAID");
        assert!(spilled, "the writer kept it in memory: nothing is shown");
        let database = open_in(&copy, Some(temporary)).unwrap();
        if cfg!(unix) {
            assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
        }
        assert_eq!(rows(&database), ["first"]);
        assert!(!database.has("big"));
        drop(database);
        assert_eq!(fs::read(&copy).unwrap(), before);
    }
}
