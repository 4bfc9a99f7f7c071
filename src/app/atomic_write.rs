//! Atomic file writes: a temporary file in the same folder, then a rename.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{Error, Result};
use crate::regular_file;

/// Creates a file. An existing one stays, also one that appeared meanwhile. Readable by the user only: it
/// contains people's names and numbers.
///
/// # Errors
///
/// A usage error that names the file: it exists, or cannot be written.
pub(crate) fn create(file: &Path, bytes: &[u8]) -> Result<()> {
    let written = temporary_with(file, bytes).and_then(|temporary| {
        temporary
            .persist_noclobber(file)
            .map_err(|error| error.error)
    });
    written.map(|_| ()).map_err(|error| failed(file, &error))
}

/// Replaces the content of a table that a person edits, and keeps its former content in a copy next to it,
/// `contacts.csv.1`: a spreadsheet may have changed cells unintentionally. Permissions stay; of a
/// symbolic link, the target is replaced.
///
/// # Errors
///
/// A usage error that names the file: it does not exist, or the file or its copy cannot be written.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    put(file, bytes, true)
}

/// As [`replace`], for a table that this process itself wrote: the copy of its former content stays
/// as it was.
///
/// # Errors
///
/// As [`replace`].
pub(crate) fn replace_own(file: &Path, bytes: &[u8]) -> Result<()> {
    put(file, bytes, false)
}

fn put(file: &Path, bytes: &[u8], with_copy: bool) -> Result<()> {
    let write = || -> io::Result<()> {
        let real = file.canonicalize()?;
        let former = regular_file::read(&real)?;
        if former == bytes {
            return Ok(());
        }
        let permissions = fs::metadata(&real)?.permissions();
        let copy = with_copy.then(|| (former_of(&real), former.as_slice()));
        for (path, bytes) in copy.into_iter().chain([(real, bytes)]) {
            let temporary = temporary_with(&path, bytes)?;
            temporary.as_file().set_permissions(permissions.clone())?;
            temporary.persist(&path).map_err(|error| error.error)?;
        }
        Ok(())
    };
    write().map_err(|error| failed(file, &error))
}

/// The copy of a table that [`replace`] keeps of its former content.
pub(crate) fn former_of(table: &Path) -> PathBuf {
    let mut copy = table.as_os_str().to_owned();
    copy.push(".1");
    copy.into()
}

/// Writes a file of chatferry's own, which may exist.
///
/// # Errors
///
/// Of the file system.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    temporary_with(file, bytes)?
        .persist(file)
        .map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file of chatferry's own, which may exist, as `write` produces it. Readable by the user only.
///
/// # Errors
///
/// Of the file system, and those of `write`; then the file is as it was.
pub(crate) fn stream(
    file: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffered = io::BufWriter::new(NamedTempFile::new_in(folder_of(file))?);
    write(&mut buffered)?;
    let temporary = (buffered.into_inner()).map_err(io::IntoInnerError::into_error)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn temporary_with(file: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut temporary = NamedTempFile::new_in(folder_of(file))?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn failed(file: &Path, error: &io::Error) -> Error {
    Error::usage(format!("{}: cannot be written: {error}", file.display()))
}
