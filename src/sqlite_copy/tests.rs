//! What a copy has of the logs of its database.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rusqlite::{Connection, OpenFlags};

use super::*;

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Damage to a log between the phone and the import.
#[derive(Debug, Clone, Copy)]
enum Damage {
    None,
    /// Truncated to this part of it, in 1/256.
    Cut(u8),
    /// The byte at this part of it is changed.
    Flip(u8),
    /// A super-journal is named at its end, which exists or does not.
    Super(bool),
}

fn damages() -> impl Strategy<Value = Damage> {
    prop_oneof![
        2 => Just(Damage::None),
        1 => any::<u8>().prop_map(Damage::Cut),
        1 => any::<u8>().prop_map(Damage::Flip),
        1 => any::<bool>().prop_map(Damage::Super),
    ]
}

impl Damage {
    fn of(self, log: &mut Vec<u8>, folder: &Path) {
        let at = |part: u8| log.len() * usize::from(part) / 256;
        match self {
            Damage::None => {}
            Damage::Cut(part) => log.truncate(at(part)),
            Damage::Flip(part) => {
                let at = at(part);
                log[at] ^= 0x10;
            }
            Damage::Super(exists) => {
                let path = folder.join("other.db-mj00aa119bc");
                if exists {
                    fs::write(&path, "names of journals").unwrap();
                }
                let name = path.to_str().unwrap().as_bytes();
                let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
                let magic = log[..8].to_owned();
                log.extend([0; 4]);
                log.extend(name);
                log.extend((name.len() as u32).to_be_bytes());
                log.extend(sum.to_be_bytes());
                log.extend(magic);
            }
        }
    }
}

/// One statement of the writer.
fn statements() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..60_i64, 0..4000_usize).prop_map(|(id, size)| {
            format!("INSERT OR REPLACE INTO t VALUES ({id}, hex(randomblob({size} / 2)))")
        }),
        2 => (0..60_i64).prop_map(|id| format!("DELETE FROM t WHERE id > {id}")),
        1 => Just("COMMIT; BEGIN".to_owned()),
        1 => Just("ROLLBACK; BEGIN".to_owned()),
        1 => Just("COMMIT; PRAGMA wal_checkpoint; PRAGMA incremental_vacuum; BEGIN".to_owned()),
        1 => Just("COMMIT; PRAGMA wal_checkpoint(RESTART); BEGIN".to_owned()),
    ]
}

/// The database as SQLite leaves it after it has recovered a copy with its log.
fn recovered_by_sqlite(copy: &Path) -> Vec<u8> {
    let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    // If the log is damaged, the schema may be damaged too.
    let read = "PRAGMA synchronous = OFF; SELECT count(*) FROM sqlite_master";
    connection.execute_batch(read).ok();
    connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .ok();
    drop(connection);
    fs::read(copy).unwrap()
}

fn image_of(path: &Path) -> Vec<u8> {
    let mut image = tempfile::tempfile().unwrap();
    let mut bytes = Vec::new();
    match Logs::find(path).unwrap() {
        Some(logs) => {
            use std::io::{Read as _, Seek as _};
            image::write(path, &logs, &mut image).unwrap();
            image.rewind().unwrap();
            image.read_to_end(&mut bytes).unwrap();
        }
        None => bytes = fs::read(path).unwrap(),
    }
    bytes
}

proptest! {
    #![proptest_config(crate::random_cases::cases(48))]

    /// Byte for byte, for any transactions and wherever the log is truncated or damaged.
    #[test]
    fn image_is_what_sqlite_recovers(
        mode in prop_oneof![Just("wal"), Just("delete"), Just("persist")],
        page_size in prop_oneof![Just(512), Just(1024), Just(4096)],
        synchronous in prop_oneof![Just("OFF"), Just("NORMAL")],
        statements in prop::collection::vec(statements(), 1..24),
        damage in damages(),
    ) {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let [source, ours, theirs] = folders.each_ref().map(tempfile::TempDir::path);
        let path = source.join("written.db");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let writer = Connection::open_with_flags(&path, flags).unwrap();
        let sql = format!(
            "PRAGMA page_size = {page_size}; PRAGMA auto_vacuum = INCREMENTAL; \
             PRAGMA journal_mode = {mode}; PRAGMA synchronous = {synchronous}; \
             PRAGMA cache_size = 1; PRAGMA wal_autocheckpoint = 0; \
             CREATE TABLE t(id INTEGER PRIMARY KEY, x); CREATE INDEX i ON t(x); BEGIN;"
        );
        writer.execute_batch(&sql).unwrap();
        for statement in statements {
            writer.execute_batch(&statement).unwrap();
        }
        let ending = if mode == "wal" { "-wal" } else { "-journal" };
        let mut log = fs::read(beside(&path, ending)).unwrap_or_default();
        if !log.is_empty() {
            damage.of(&mut log, source);
        }
        for folder in [ours, theirs] {
            fs::copy(&path, folder.join("msgstore.db")).unwrap();
            fs::write(folder.join(format!("msgstore.db{ending}")), &log).unwrap();
        }
        let mut image = image_of(&ours.join("msgstore.db"));
        // Second, because it removes a super-journal.
        let mut expected = recovered_by_sqlite(&theirs.join("msgstore.db"));
        for bytes in [&mut expected, &mut image] {
            bytes[18..20].fill(1);
        }
        prop_assert_eq!(expected.len(), image.len());
        let differs = expected.iter().zip(&image).position(|(left, right)| left != right);
        prop_assert_eq!(differs, None);
    }
}

#[test]
fn log_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("msgstore.db");
    std::fs::write(&database, b"").unwrap();
    assert!(Logs::find(&database).unwrap().is_none());
    std::fs::create_dir(folder.path().join("msgstore.db-wal")).unwrap();
    let error = Logs::find(&database).expect_err("a folder is no log");
    assert!(error.to_string().contains("msgstore.db-wal"), "{error}");
}
