//! Files that a person names for output: plans, tables, reports.
//!
//! Belongs here: which names are refused. Never here: what is written.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::Migration;
use super::error::{Error, Result};
use super::lookup::CANDIDATES;
use crate::people::{exclude, never};
use crate::regular_file;
use crate::transform::{decision_table, reply_table};

/// The suffixes of files that SQLite and chatferry keep next to a checkpoint.
const SIDE_SUFFIXES: [&str; 4] = ["-wal", "-shm", "-journal", ".lock"];

/// Refuses to write over a file of the migration, there or not, and over one that `is_own` does not recognise as `what`.
///
/// # Errors
///
/// A usage error.
pub(super) fn check(
    file: &Path,
    migration: &Migration,
    what: &str,
    is_own: impl Fn(&str) -> bool,
) -> Result<()> {
    let cannot = |what: &str| Err(Error::usage(format!("{}: {what}", file.display())));
    if file.as_os_str() == "-" {
        return cannot("--out requires the name of a file");
    }
    if is_of_migration(file, migration) {
        return cannot("is a file of the migration; choose another name");
    }
    match fs::metadata(file) {
        Ok(there) if !there.is_file() => cannot("is not a regular file; choose another name"),
        Ok(_) if !is_own(&regular_file::read_to_string(file).unwrap_or_default()) => cannot(
            &format!("already exists and is not {what}; choose another name"),
        ),
        _ => Ok(()),
    }
}

/// Whether chatferry reads or writes a file of this name in this folder.
fn is_of_migration(file: &Path, migration: &Migration) -> bool {
    let import = &migration.settings.import;
    // Of a store there is no file.
    let checkpoint = real(import.checkpoint.file().unwrap_or(&migration.file));
    let contacts = real(&import.contacts);
    let file = real(file);
    if [&checkpoint, &contacts, &real(&migration.file)].contains(&&file) {
        return true;
    }
    let is_side_file = SIDE_SUFFIXES.iter().any(|suffix| {
        let mut side_file = checkpoint.clone().into_os_string();
        side_file.push(suffix);
        file == Path::new(&side_file)
    });
    let configuration = real(&migration.file);
    let mut files = [&checkpoint, &contacts, &configuration].into_iter();
    let name = file.file_name().unwrap_or_default();
    let is_named_so = is_table(name) || is_former_table(name, &contacts);
    is_side_file || (is_named_so && files.any(|own| own.parent() == file.parent()))
}

fn is_table(name: &OsStr) -> bool {
    let tables = [
        never::FILE,
        exclude::FILE,
        reply_table::FILE,
        decision_table::FILE,
        CANDIDATES,
        "failures.csv",
    ];
    tables.iter().any(|table| name == *table)
}

/// Whether it is the name of a copy of the table of contacts: `contacts.csv.1`.
fn is_former_table(name: &OsStr, contacts: &Path) -> bool {
    let table = contacts.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_string_lossy();
    let number = name
        .strip_prefix(&*table)
        .and_then(|rest| rest.strip_prefix('.'));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn real(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
