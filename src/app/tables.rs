//! Reads `never.txt`, `exclude.csv`, `replies.csv` and `decisions.csv`, next to the configuration.
//!
//! A table that exists and cannot be read stops the command: without it, messages that it leaves out would
//! be imported.

use std::io::ErrorKind;
use std::path::Path;

use super::error::{Error, Result};
use crate::people::contacts::Contacts;
use crate::people::exclude::{self, Exclude};
use crate::people::never::{self, Never};
use crate::regular_file;
use crate::transform::MessageTables;
use crate::transform::decision_table::{self, DecisionTable};
use crate::transform::reply_table::{self, ReplyTable};

/// Reads both lists of the folder into `contacts`. `devices` are the names of the devices.
///
/// # Errors
///
/// Usage errors: a list that is there and cannot be used.
pub(super) fn load(dir: &Path, devices: &[&str], contacts: &mut Contacts) -> Result<()> {
    contacts.set_never(never(dir, devices)?);
    if let Some(bytes) = bytes(dir, exclude::FILE)? {
        let name = dir.join(exclude::FILE).display().to_string();
        let exclude = Exclude::parse(&bytes, &name)?;
        contacts.set_exclude(exclude);
    }
    Ok(())
}

/// Reads `replies.csv` and `decisions.csv` of the folder.
///
/// # Errors
///
/// As [`load`].
pub(super) fn of_messages(dir: &Path) -> Result<MessageTables> {
    Ok(MessageTables {
        replies: replies(dir)?,
        decisions: decisions(dir)?,
    })
}

fn replies(dir: &Path) -> Result<ReplyTable> {
    let Some(bytes) = bytes(dir, reply_table::FILE)? else {
        return Ok(ReplyTable::default());
    };
    let name = dir.join(reply_table::FILE).display().to_string();
    Ok(ReplyTable::parse(&bytes, &name)?)
}

fn decisions(dir: &Path) -> Result<DecisionTable> {
    let Some(bytes) = bytes(dir, decision_table::FILE)? else {
        return Ok(DecisionTable::default());
    };
    let name = dir.join(decision_table::FILE).display().to_string();
    Ok(DecisionTable::parse(&bytes, &name)?)
}

/// The participants that the folder's `never.txt` keeps out.
///
/// # Errors
///
/// As [`load`].
pub(super) fn never(dir: &Path, devices: &[&str]) -> Result<Never> {
    let Some(bytes) = bytes(dir, never::FILE)? else {
        return Ok(Never::default());
    };
    let name = dir.join(never::FILE).display().to_string();
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::usage(format!("{name}: is not UTF-8; save the file as UTF-8")))?;
    Ok(Never::parse(&text, &name, devices)?)
}

/// The bytes of all four, for a digest of a plan's inputs; empty if none exists.
///
/// # Errors
///
/// As [`load`].
pub(super) fn digested(dir: &Path) -> Result<Vec<u8>> {
    let mut all = digested_apart_from_decisions(dir)?;
    all.extend(digested_files(dir, &[decision_table::FILE])?);
    Ok(all)
}

/// The bytes of the tables that are not about single messages.
///
/// # Errors
///
/// As [`load`].
pub(super) fn digested_apart_from_decisions(dir: &Path) -> Result<Vec<u8>> {
    digested_files(dir, &[never::FILE, exclude::FILE, reply_table::FILE])
}

fn digested_files(dir: &Path, names: &[&str]) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    for name in names {
        if let Some(bytes) = bytes(dir, name)? {
            all.extend_from_slice(name.as_bytes());
            all.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            all.extend_from_slice(&bytes);
        }
    }
    Ok(all)
}

fn bytes(dir: &Path, name: &str) -> Result<Option<Vec<u8>>> {
    let path = dir.join(name);
    match regular_file::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::usage(format!(
            "{}: cannot be read: {error}; it is required",
            path.display()
        ))),
    }
}
