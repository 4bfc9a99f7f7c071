//! Tables of a migration as a person saw them, and writing them: refused if they have changed since.
//!
//! The copy of a table that chatferry keeps, such as `contacts.csv.1`, is that from before the first of several decisions in a
//! row: one from before the last decision alone would be worth nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::app::error::{Error, Result};
use crate::app::{atomic_write, one_writer, own_writes};
use crate::config::{self, Overrides};
use crate::regular_file;
use crate::settings::Settings;

/// The bytes of a table at the moment when a person saw it; none if it did not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenTable {
    /// The path of the table.
    pub(crate) path: PathBuf,
    /// The content of the table; `None`: the file does not exist.
    pub(crate) bytes: Option<Vec<u8>>,
}

impl SeenTable {
    /// Reads a table as it is now; one that does not exist has no bytes.
    ///
    /// # Errors
    ///
    /// A usage error: the file exists and cannot be read.
    pub(crate) fn read(path: &Path) -> Result<SeenTable> {
        let bytes = match regular_file::read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                return Err(Error::usage(format!(
                    "{}: cannot be read: {error}",
                    path.display()
                )));
            }
        };
        Ok(SeenTable {
            path: path.to_owned(),
            bytes,
        })
    }

    /// A digest of the table, 32 hexadecimal digits of BLAKE3, for a form; `none` for a table that
    /// does not exist.
    pub(crate) fn digest(&self) -> String {
        own_writes::digest(self.bytes.as_deref())
    }

    /// The content of the table; empty if the file does not exist.
    pub(crate) fn text(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_default()
    }
}

/// The settings that the bytes of a configuration give, with the overrides.
///
/// # Errors
///
/// Usage errors: the configuration is invalid.
pub(crate) fn settings_in(configuration: &SeenTable, overrides: &Overrides) -> Result<Settings> {
    let mut settings = config::from_bytes(configuration.text(), &configuration.path)?;
    config::overlay(&mut settings, overrides)?;
    Ok(settings)
}

/// A table before and after a change, so that the change can be taken back.
#[derive(Debug, Clone)]
pub(crate) struct TableChange {
    before: SeenTable,
    after: SeenTable,
}

impl TableChange {
    /// The table after the change.
    pub(crate) fn after(&self) -> &SeenTable {
        &self.after
    }

    /// The table before the change.
    pub(crate) fn before(&self) -> &SeenTable {
        &self.before
    }

    /// Whether the table was as it should be already.
    pub(crate) fn is_nothing(&self) -> bool {
        self.before == self.after
    }
}

/// The result of writing a table.
pub(crate) enum Written {
    /// The table was written; the change can be taken back.
    Done(TableChange),
    /// The table is not as the person saw it, so nothing was written. Contains what it is now.
    Changed(SeenTable),
}

/// What was written into a table since a person saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// Nothing.
    Nothing,
    /// What this process wrote, and nothing else.
    OwnWrites,
}

/// Puts new bytes into a table that this process alone wrote since it was seen: by its digest. `change` makes them from the
/// table as it is now; `None`: what it changes is not as the person saw it.
///
/// # Errors
///
/// It cannot be read or written; `change` fails.
pub(super) fn write(
    path: &Path,
    seen: &str,
    change: impl FnOnce(&SeenTable, Since) -> Result<Option<Vec<u8>>>,
) -> Result<Written> {
    let _writing = one_writer::lock();
    let before = SeenTable::read(path)?;
    let now = before.digest();
    let since = match now == seen {
        true => Since::Nothing,
        false if own_writes::lead_from(path, seen, &now) => Since::OwnWrites,
        false => return Ok(Written::Changed(before)),
    };
    let Some(bytes) = change(&before, since)? else {
        return Ok(Written::Changed(before));
    };
    let after = SeenTable {
        path: path.to_owned(),
        bytes: Some(bytes),
    };
    put(&before, &after)?;
    Ok(Written::Done(TableChange { before, after }))
}

/// What this process wrote last into each table, as digests.
static WRITTEN: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());

/// Puts the bytes of `after` in place of those of `now`. The copy of what is replaced is kept unless this process wrote it.
fn put(now: &SeenTable, after: &SeenTable) -> Result<()> {
    let path = &after.path;
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_own = written.get(path).is_some_and(|own| *own == now.digest());
    match (&now.bytes, &after.bytes) {
        (Some(_), Some(bytes)) if is_own => atomic_write::replace_own(path, bytes)?,
        (Some(_), Some(bytes)) => atomic_write::replace(path, bytes)?,
        (None, Some(bytes)) => atomic_write::create(path, bytes)?,
        (_, None) => fs::remove_file(path).map_err(|error| {
            Error::usage(format!("{}: cannot be removed: {error}", path.display()))
        })?,
    }
    written.insert(path.clone(), after.digest());
    own_writes::note(path, now.bytes.as_deref(), after.bytes.as_deref());
    Ok(())
}

/// The result of taking changes back.
pub(crate) enum TakeBack {
    /// Each table is as it was before.
    Done,
    /// A table is not as the change left it, so nothing was written. Contains what it is now, and
    /// what the change had left.
    Changed(SeenTable, SeenTable),
}

/// Takes changes of one decision back, if all their tables are as the decision left them.
///
/// # Errors
///
/// A table cannot be read or written; others may have been taken back already.
pub(crate) fn take_back(changes: &[TableChange]) -> Result<TakeBack> {
    let _writing = one_writer::lock();
    for change in changes {
        let now = SeenTable::read(&change.after.path)?;
        if now != change.after {
            return Ok(TakeBack::Changed(now, change.after.clone()));
        }
    }
    for TableChange { before, after } in changes.iter().rev() {
        put(after, before)?;
    }
    Ok(TakeBack::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second writer waits from reading the table to replacing it.
    #[test]
    fn table_has_one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("contacts.csv");
        let written = write(&table, "none", |_, _| {
            let others = std::thread::spawn(one_writer::is_free).join();
            assert!(!others.unwrap());
            Ok(Some(b"chat\n".to_vec()))
        });
        assert!(matches!(written, Ok(Written::Done(_))));
    }
}
