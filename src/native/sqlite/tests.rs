//! Databases with and without logs.

use std::fs;

use super::*;

/// A database with an open writer, whose changes are in a log next to it.
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

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
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

/// However the program ends from here on, there is nothing left to remove.
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

/// An unfinished transaction of a killed writer is rolled back, in the copy only.
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
