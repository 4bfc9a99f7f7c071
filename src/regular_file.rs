//! Reads files that people name or put into a folder, and refuses everything that is not a regular file.
//!
//! A pipe or socket would be waited for without end, and a device may have none. Symbolic links to regular files are
//! followed. Never here: archives, which `archive` opens, and what a file contains.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// The bytes of a file.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a pipe, socket or device, which is not opened; otherwise as [`fs::read`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    // The error about a folder is that of the system.
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "it is a pipe, a socket or a device; put a regular file in its place",
        ));
    }
    fs::read(path)
}

/// The text of a file.
///
/// # Errors
///
/// As [`read`]; [`ErrorKind::InvalidData`] for bytes that are not UTF-8.
pub(crate) fn read_to_string(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|error| Error::new(ErrorKind::InvalidData, error))
}
