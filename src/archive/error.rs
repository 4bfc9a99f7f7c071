//! What can go wrong with an archive, for people.

use std::io;
use std::path::PathBuf;

/// Why an archive, or an entry of it, cannot be read. Every text names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing at this path.
    #[error("{path}: there is no such file or folder; check the path")]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{path}: cannot be read: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A zip whose directory does not read.
    #[error(
        "{path}: is a damaged zip ({reason}); export the chat again, or copy the file again from the phone"
    )]
    Damaged {
        /// The zip.
        path: PathBuf,
        /// What is wrong, without content.
        reason: String,
    },
    /// A zip with more entries than any phone writes.
    #[error("{path}: holds {count} entries, more than the limit of {limit}")]
    TooManyEntries {
        /// The zip.
        path: PathBuf,
        /// Entries in it.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// An entry that does not read as its directory says.
    #[error("{path}: entry {index} is damaged ({reason})")]
    Entry {
        /// The archive.
        path: PathBuf,
        /// The entry's number.
        index: u32,
        /// What is wrong, without content.
        reason: String,
    },
    /// An entry behind a password.
    #[error(
        "{path}: entry {index} is encrypted; WhatsApp does not encrypt exports: unpack the zip with its password first"
    )]
    Encrypted {
        /// The archive.
        path: PathBuf,
        /// The entry's number.
        index: u32,
    },
    /// An entry that is larger than it may be.
    #[error("{path}: entry {index} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// The entry's number.
        index: u32,
        /// The limit in bytes.
        limit: u64,
    },
}

impl Error {
    /// True when the archive's own bytes are wrong, which no second try mends; false when they
    /// could not be had (a drive that was pulled out, a file that was moved).
    pub fn is_damage(&self) -> bool {
        match self {
            Error::Damaged { .. }
            | Error::TooManyEntries { .. }
            | Error::Entry { .. }
            | Error::Encrypted { .. }
            | Error::TooLarge { .. } => true,
            Error::NotFound { .. } | Error::Io { .. } => false,
        }
    }

    /// A stable word for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound { .. } => "archive_not_found",
            Error::Io { .. } => "archive_io",
            Error::Damaged { .. } => "archive_damaged",
            Error::TooManyEntries { .. } => "archive_too_many_entries",
            Error::Entry { .. } => "entry_damaged",
            Error::Encrypted { .. } => "entry_encrypted",
            Error::TooLarge { .. } => "entry_too_large",
        }
    }
}
