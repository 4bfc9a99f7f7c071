//! Files that are there whole or not at all: written beside their place, then put into it.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::exit::Ended;

/// Writes a file that is not there yet; one that came up meanwhile stays. Only the user may read
/// it: it holds people's names and numbers.
pub(super) fn new(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = beside(file, bytes).and_then(|temporary| {
        temporary
            .persist_noclobber(file)
            .map_err(|error| error.error)
    });
    written.map(|_| ()).map_err(|error| failed(file, &error))
}

/// Puts new content into a file that is there. Where it is a link, what the link leads to is
/// replaced; permissions stay.
pub(super) fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        let real = file.canonicalize()?;
        let temporary = beside(&real, bytes)?;
        temporary
            .as_file()
            .set_permissions(fs::metadata(&real)?.permissions())?;
        temporary.persist(&real).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| failed(file, &error))
}

/// Puts content where a file of ours may be or not.
///
/// # Errors
///
/// Of the file system.
pub(super) fn put(file: &Path, bytes: &[u8]) -> io::Result<()> {
    beside(file, bytes)?
        .persist(file)
        .map_err(|error| error.error)?;
    Ok(())
}

fn beside(file: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut temporary = NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn failed(file: &Path, error: &io::Error) -> anyhow::Error {
    Ended::usage(format!("{}: cannot be written: {error}", file.display()))
}
