//! Rebuilding: a new checkpoint next to a lost or outdated one, and the rename that puts it in its place.
//!
//! In scope: the files, and what the new one takes over from the former one: the key of its hashes, runs, facts, erasures
//! and created leads at once, records of messages one by one ([`Carried`]). The former file is copied before the rename and
//! never overwritten. Out of scope: which records are valid, and Close.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params, params_from_iter};
use tempfile::TempDir;

use super::error::Error;
use super::lock::{Lock, private, side_path};
use super::meta::{Binding, plain_url};
use super::open::{
    Checkpoint, check_pages, connect, make, migrate_file, needs_recovery, sync_folder,
};
use super::own_file::own_path;
use super::rows::Snapshot;
use super::schema::{self, STEPS};
use super::states::State;
use crate::clock::SharedClock;
use crate::fault_point::reach;

/// The logs of a checkpoint, which belong to its contents.
const LOGS: [&str; 3] = ["-wal", "-journal", "-shm"];
/// Tables that are taken over as a whole, in an order that satisfies their references. `operation` is restricted to leads
/// that `match` created: what else was begun is judged by Close.
const WHOLE_TABLES: [(&str, &str); 6] = [
    ("run", ""),
    ("run_count", ""),
    ("lead", ""),
    ("facts", ""),
    ("erasure", ""),
    ("operation", "WHERE kind = 4"),
];

/// The checkpoint before recovery.
#[derive(Debug)]
pub enum Former {
    /// There is no file, or nothing was ever recorded in it.
    Absent,
    /// It can be read.
    Readable(Box<Snapshot>),
    /// It is damaged, or not a checkpoint.
    Unreadable(Error),
}

/// What the new checkpoint takes over of a former record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carry {
    /// The message is recorded: what only the former checkpoint knows of it.
    Knowledge,
    /// The whole record.
    Record,
    /// The record, as one of a message that was removed in Close.
    Removed,
}

/// A former record that is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// Its number in the former file.
    pub row: i64,
    /// What is taken over.
    pub what: Carry,
}

/// A checkpoint that is being rebuilt. If it is dropped without [`Rebuild::swap`], the new file is deleted and the former
/// one is unchanged.
#[derive(Debug)]
pub struct Rebuild {
    path: PathBuf,
    built: PathBuf,
    is_swapped: bool,
    /// The folder of a trial, which is deleted with what is in it.
    folder: Option<TempDir>,
    _lock: Option<Lock>,
}

impl Rebuild {
    /// Prepares to rebuild the checkpoint at `path` as `NAME.recovered.db` in its folder; what an interrupted recovery left
    /// there is deleted. For a trial the new file is in a temporary folder, and nothing in the folder of `path` changes.
    ///
    /// # Errors
    /// [`Error::Locked`] if a run is using the checkpoint; [`Error::NotOurs`] if another file has the name of the new one;
    /// [`Error::SymbolicLink`], [`Error::HardLinks`], [`Error::Io`].
    pub fn begin(path: &Path, is_trial: bool) -> Result<Rebuild, Error> {
        let path = own_path(path)?;
        let (folder, built, lock) = if is_trial {
            if Checkpoint::is_in_use(&path)? {
                return Err(Error::Locked { path, pid: None });
            }
            let folder = tempfile::tempdir().map_err(|error| Error::io(&path, error))?;
            let built = folder.path().join("recovered.db");
            (Some(folder), built, None)
        } else {
            let lock = Lock::take(&path)?;
            (None, named(&path, "recovered"), Some(lock))
        };
        let built = own_path(&built)?;
        require_free(&built)?;
        Ok(Rebuild {
            path,
            built,
            is_swapped: false,
            folder,
            _lock: lock,
        })
    }

    /// Reads the former checkpoint and verifies all its pages. The organisation and base URL are those of this run.
    ///
    /// # Errors
    /// [`Error::OtherOrganization`], [`Error::OtherBaseUrl`], [`Error::Newer`], [`Error::Io`].
    pub fn former(&self, organization_id: &str, base_url: &str) -> Result<Former, Error> {
        let path = &self.path;
        if !(path.try_exists()).map_err(|error| Error::io(path, error))? {
            return Ok(Former::Absent);
        }
        let url = plain_url(base_url);
        // No other process writes it: this one holds its lock, or looked at it before.
        let read = needs_recovery(path).and_then(|needs| {
            Checkpoint::read_file(path, !needs, STEPS, |meta, path| {
                meta.check(path, Some(organization_id), &url)
            })
        });
        let snapshot = match read {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return Ok(Former::Absent),
            Err(error @ (Error::Damaged { .. } | Error::NotOurs { .. } | Error::Sqlite { .. })) => {
                return Ok(Former::Unreadable(error));
            }
            Err(error) => return Err(error),
        };
        let verified = snapshot.read(|inner| Ok(check_pages(&inner.connection)));
        match verified.and_then(|pages| pages.map_err(|fault| fault.at(path))) {
            Ok(()) => Ok(Former::Readable(Box::new(snapshot))),
            Err(error) => Ok(Former::Unreadable(error)),
        }
    }

    /// Creates the new checkpoint and opens it for a run. Of a former one it has the key, the runs, the facts, the erasures
    /// and the leads that `match` created.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn create(
        &self,
        binding: &Binding,
        clock: SharedClock,
        former: Option<&Snapshot>,
    ) -> Result<Checkpoint, Error> {
        self.delete_built()?;
        make(&self.built)?;
        let mut connection = connect(&self.built, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let now = clock.now().timestamp_millis();
        migrate_file(&mut connection, &self.built, 0, STEPS, Some((binding, now)))
            .map_err(|fault| fault.at(&self.built))?;
        if let Some(former) = former {
            seed(&mut connection, former)?;
        }
        drop(connection);
        Checkpoint::open(&self.built, binding, clock)
    }

    /// Takes records over from the former checkpoint. The new one is not open for a run any more.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Sqlite`] and similar.
    pub fn carry(&self, former: &Snapshot, carried: &[Carried]) -> Result<(), Error> {
        if carried.is_empty() {
            return Ok(());
        }
        let mut connection = connect(&self.built, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        former.read(|inner| {
            let transaction = connection.transaction()?;
            for one in carried {
                take_over(&inner.connection, &transaction, *one)?;
            }
            reach("checkpoint: before a commit");
            transaction.commit()
        })
    }

    /// Reads the new checkpoint between its run and the swap.
    ///
    /// # Errors
    /// As [`Checkpoint::peek`].
    pub fn read(&self) -> Result<Snapshot, Error> {
        let read = Checkpoint::read_file(&self.built, true, STEPS, |_, _| Ok(()))?;
        read.ok_or_else(|| Error::Damaged {
            path: self.built.clone(),
            detail: "it is empty".to_owned(),
        })
    }

    /// The checkpoint that is replaced.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the new checkpoint in the place of the former one, of which a copy stays under the returned name; `None` if
    /// there was no file. No snapshot of either may be open.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::ReadOnly`], [`Error::Io`]. The former file is in its place with all its transactions, or
    /// the new one is. A former file that SQLite cannot read may be under the name of its copy alone.
    pub fn swap(mut self) -> Result<Option<PathBuf>, Error> {
        let path = self.path.clone();
        let io = |error| Error::io(&path, error);
        if self.folder.is_some() {
            return Ok(None);
        }
        reach("recover: before the copy");
        let kept = self.keep()?;
        reach("recover: before the swap");
        self.clear_logs(kept.as_deref()).map_err(io)?;
        reach("recover: before the rename");
        fs::rename(&self.built, &path).map_err(io)?;
        self.is_swapped = true;
        sync_folder(&path).map_err(io)?;
        reach("recover: after the swap");
        remove(&side_path(&self.built, ".lock")).map_err(io)?;
        Ok(kept)
    }

    /// Copies the former checkpoint and its logs to a free name.
    fn keep(&self) -> Result<Option<PathBuf>, Error> {
        let io = |error| Error::io(&self.path, error);
        let parts: Vec<&str> = std::iter::once("")
            .chain(LOGS)
            .filter(|suffix| {
                fs::metadata(side_path(&self.path, suffix)).is_ok_and(|file| file.len() > 0)
            })
            .collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let kept = self.free_name().map_err(io)?;
        for suffix in parts {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            private(&mut options);
            let mut to = options.open(side_path(&kept, suffix)).map_err(io)?;
            let mut from = File::open(side_path(&self.path, suffix)).map_err(io)?;
            io::copy(&mut from, &mut to).map_err(io)?;
            to.sync_all().map_err(io)?;
        }
        sync_folder(&kept).map_err(io)?;
        Ok(Some(kept))
    }

    /// Deletes the logs of the former file, which would be applied to the new one. Their transactions are merged into the
    /// file before that. A file that does not permit it is moved to `kept`, the name of its copy: without its log it could
    /// pass for an older checkpoint.
    fn clear_logs(&self, kept: Option<&Path>) -> io::Result<()> {
        let has_log = LOGS
            .iter()
            .any(|log| fs::metadata(side_path(&self.path, log)).is_ok_and(|file| file.len() > 0));
        if let (true, Some(kept)) = (has_log && self.path.try_exists()?, kept)
            && merge_logs(&self.path).is_err()
        {
            fs::rename(&self.path, kept)?;
        }
        for log in LOGS {
            remove(&side_path(&self.path, log))?;
        }
        Ok(())
    }

    /// A name for the former checkpoint that no file has: `NAME.former.db`, `NAME.former-2.db`, ...
    fn free_name(&self) -> io::Result<PathBuf> {
        for number in 1..u32::MAX {
            let word = match number {
                1 => "former".to_owned(),
                number => format!("former-{number}"),
            };
            let name = named(&self.path, &word);
            let mut is_free = true;
            for suffix in std::iter::once("").chain(LOGS) {
                is_free &= !side_path(&name, suffix).try_exists()?;
            }
            if is_free {
                return Ok(name);
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn delete_built(&self) -> Result<(), Error> {
        let files = LOGS.iter().chain(&["", ".lock"]);
        for suffix in files {
            let file = side_path(&self.built, suffix);
            remove(&file).map_err(|error| Error::io(&file, error))?;
        }
        Ok(())
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        if !self.is_swapped {
            // The next recovery deletes what could not be deleted now.
            self.delete_built().ok();
        }
    }
}

/// Refuses to delete a file that has the name of the new checkpoint and is none.
fn require_free(built: &Path) -> Result<(), Error> {
    if !(built.try_exists()).map_err(|error| Error::io(built, error))? {
        return Ok(());
    }
    let connection = connect(built, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::detect(&connection, built, STEPS).map(drop)
}

/// `DIR/NAME.WORD.db` for `DIR/NAME.db`.
fn named(path: &Path, word: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{word}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Writes the transactions of a file's logs to the file.
fn merge_logs(path: &Path) -> Result<(), Error> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let at = |error| Error::sqlite(path, error);
    // The first statement that reads rolls back what a journal contains.
    let merge = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = connection
        .query_row(merge, [], |row| row.get(0))
        .map_err(at)?;
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(at)?;
    match busy {
        0 => Ok(()),
        _ => Err(Error::Locked {
            path: path.to_owned(),
            pid: None,
        }),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes over the key and the tables that do not depend on what Close has now.
fn seed(connection: &mut Connection, former: &Snapshot) -> Result<(), Error> {
    let key = former.key();
    former.read(|inner| {
        let transaction = connection.transaction()?;
        transaction.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        transaction.execute("UPDATE meta SET hash_key = ?1", params![key.bytes()])?;
        for (table, which) in WHOLE_TABLES {
            for row in rows(&inner.connection, table, which, [])? {
                insert(&transaction, table, row)?;
            }
        }
        transaction.commit()
    })
}

/// A row as column names and values.
type Columns = Vec<(String, Value)>;

fn rows(
    connection: &Connection,
    table: &str,
    which: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Columns>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM {table} {which}"))?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let found = statement.query_map(parameters, |row| {
        let values = names.iter().enumerate();
        values
            .map(|(index, name)| Ok((name.clone(), row.get(index)?)))
            .collect()
    })?;
    found.collect()
}

/// Inserts a row, unless its key has one. Returns whether it was inserted.
fn insert(connection: &Connection, table: &str, row: Columns) -> Result<bool, rusqlite::Error> {
    let names: Vec<&str> = row.iter().map(|(name, _)| name.as_str()).collect();
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({places}) ON CONFLICT DO NOTHING",
        names.join(", ")
    );
    let values = row.iter().map(|(_, value)| value);
    let inserted = connection
        .prepare_cached(&sql)?
        .execute(params_from_iter(values))?;
    Ok(inserted > 0)
}

fn set(row: &mut Columns, column: &str, value: Value) {
    if let Some((_, current)) = row.iter_mut().find(|(name, _)| name == column) {
        *current = value;
    }
}

fn get<'r>(row: &'r Columns, column: &str) -> &'r Value {
    let found = row.iter().find(|(name, _)| name == column);
    found.map_or(&Value::Null, |(_, value)| value)
}

/// Takes over one record of the former checkpoint. Both have the same numbers of leads and runs.
fn take_over(
    former: &Connection,
    new: &Connection,
    Carried { row, what }: Carried,
) -> Result<(), rusqlite::Error> {
    let Some(mut message) = rows(former, "message", "WHERE id = ?1", [row])?.pop() else {
        return Ok(());
    };
    let id = match what {
        Carry::Knowledge => {
            let Some(id) = find(new, &message)? else {
                return Ok(());
            };
            complete(new, id, &message)?;
            id
        }
        Carry::Record | Carry::Removed => {
            let chat = chat(former, new, get(&message, "chat"))?;
            message.retain(|(name, _)| name != "id");
            set(&mut message, "chat", Value::Integer(chat));
            // Archives are recorded again with the messages that they have.
            set(&mut message, "source", Value::Null);
            if what == Carry::Removed {
                set(&mut message, "state", Value::Integer(State::Gone.number()));
                set(&mut message, "changing", Value::Integer(0));
                set(&mut message, "linked", Value::Integer(0));
                for column in ["activity_id", "failure", "refused"] {
                    set(&mut message, column, Value::Null);
                }
            }
            if !insert(new, "message", message)? {
                return Ok(());
            }
            new.last_insert_rowid()
        }
    };
    for table in ["alias", "message_file", "deletion", "answer"] {
        // Close's answer is one about the text that was sent then.
        if table == "answer" && !has_same_text(former, new, row, id)? {
            continue;
        }
        if table == "message_file" && what == Carry::Knowledge {
            continue;
        }
        for mut of_message in rows(former, table, "WHERE message = ?1", [row])? {
            set(&mut of_message, "message", Value::Integer(id));
            insert(new, table, of_message)?;
        }
    }
    Ok(())
}

/// The row of a message under its external id and lead.
fn find(new: &Connection, message: &Columns) -> Result<Option<i64>, rusqlite::Error> {
    new.prepare_cached("SELECT id FROM message WHERE external_id = ?1 AND lead = ?2")?
        .query_row(
            params![get(message, "external_id"), get(message, "lead")],
            |row| row.get(0),
        )
        .optional()
}

/// What only the former record knows: which run created the message, attempts, a refusal, and facts that neither Close nor
/// an archive shows.
fn complete(new: &Connection, id: i64, message: &Columns) -> Result<(), rusqlite::Error> {
    let of = |column| get(message, column);
    new.prepare_cached(
        "UPDATE message SET \
         created_run = iif(origin = 3, NULL, coalesce(?2, created_run)), \
         origin = iif(origin = 2 AND ?3 = 1, 1, origin), attempts = max(attempts, ?4), \
         refused = coalesce(refused, ?5), response_to = coalesce(response_to, ?6), \
         first_at = ?7, \
         content_hash = iif(body_hash = ?8, coalesce(content_hash, ?9), content_hash), \
         class = iif(body_hash = ?8, coalesce(class, ?10), class), \
         edited = iif(body_hash = ?8, coalesce(edited, ?11), edited), \
         author_hash = coalesce(author_hash, ?12) WHERE id = ?1",
    )?
    .execute(params![
        id,
        of("created_run"),
        of("origin"),
        of("attempts"),
        of("refused"),
        of("response_to"),
        of("first_at"),
        of("body_hash"),
        of("content_hash"),
        of("class"),
        of("edited"),
        of("author_hash"),
    ])?;
    Ok(())
}

fn has_same_text(
    former: &Connection,
    new: &Connection,
    row: i64,
    id: i64,
) -> Result<bool, rusqlite::Error> {
    let text = "SELECT body_hash FROM message WHERE id = ?1";
    let of = |connection: &Connection, id: i64| -> Result<Value, rusqlite::Error> {
        connection
            .prepare_cached(text)?
            .query_row([id], |row| row.get(0))
    };
    Ok(of(former, row)? == of(new, id)?)
}

/// The row of a chat of the former checkpoint, inserted if the new one lacks it.
fn chat(former: &Connection, new: &Connection, id: &Value) -> Result<i64, rusqlite::Error> {
    let number = |connection: &Connection, hash: &Value| {
        connection
            .prepare_cached("SELECT id FROM chat WHERE chat_hash = ?1")?
            .query_row([hash], |row| row.get::<_, i64>(0))
            .optional()
    };
    let mut of_former = rows(former, "chat", "WHERE id = ?1", [id])?;
    let Some(mut chat) = of_former.pop() else {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    };
    let hash = get(&chat, "chat_hash").clone();
    if let Some(known) = number(new, &hash)? {
        return Ok(known);
    }
    chat.retain(|(name, _)| name != "id");
    insert(new, "chat", chat)?;
    let inserted = new.last_insert_rowid();
    for mut pair in rows(former, "chat_pair", "WHERE chat = ?1", [id])? {
        set(&mut pair, "chat", Value::Integer(inserted));
        insert(new, "chat_pair", pair)?;
    }
    Ok(inserted)
}
