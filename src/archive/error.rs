//! What can go wrong with an archive, for people.

use std::io;
use std::path::{Path, PathBuf};

use crate::coded::Coded;

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
    /// A file that is called a zip and is none.
    #[error(
        "{path}: is no zip, though its name says so; look what it is, or export the chat again"
    )]
    NoZip {
        /// The file.
        path: PathBuf,
    },
    /// A zip of a kind that no phone writes.
    #[error(
        "{path}: is a zip of a kind that is not read ({reason}); unpack it and name the folder"
    )]
    Unsupported {
        /// The zip.
        path: PathBuf,
        /// What kind, without content.
        reason: String,
    },
    /// Neither a file nor a folder.
    #[error(
        "{path}: is neither a file nor a folder (a pipe, a socket or a device); name an export"
    )]
    NotAFile {
        /// The path as given.
        path: PathBuf,
    },
    /// A folder without anything that may be an export.
    #[error("{path}: there is no zip and no text in this folder; put the exports into it")]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// A symbolic link that lies in a folder.
    #[error(
        "{path}: is a symbolic link, and links in folders are not followed; name it by itself if it is meant"
    )]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A zip with more entries than any phone writes.
    #[error(
        "{path}: holds {count} entries, more than the limit of {limit}; if it is an export all the same, raise archive_entries under [limits]"
    )]
    TooManyEntries {
        /// The zip.
        path: PathBuf,
        /// Entries in it.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// A zip whose files are larger together than they may be.
    #[error(
        "{path}: is larger than the limit of {limit} bytes when it is unpacked; if it is an export all the same, raise archive_bytes under [limits]"
    )]
    TooMuch {
        /// The zip.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// Two transcripts of one name whose bytes differ.
    #[error(
        "{path}: holds two texts of one name with different bytes; unpack it, keep the right one and name the folder"
    )]
    TwoOfOneName {
        /// The zip.
        path: PathBuf,
    },
    /// An entry that does not read as its directory says.
    #[error(
        "{path}: entry {index} is damaged ({reason}); export the chat again, or copy the file again from the phone"
    )]
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
    /// An entry that is packed by a method that is not read.
    #[error(
        "{path}: entry {index} is packed by a method that is not read ({method}); unpack it and name the folder"
    )]
    Method {
        /// The archive.
        path: PathBuf,
        /// The entry's number.
        index: u32,
        /// The method, by name or number.
        method: String,
    },
    /// An entry that inflates as no talk does.
    #[error(
        "{path}: entry {index} would inflate to {limit} times its size or more, which no transcript does; if it is one all the same, raise inflate_ratio under [limits]"
    )]
    Inflates {
        /// The archive.
        path: PathBuf,
        /// The entry's number.
        index: u32,
        /// The limit.
        limit: u64,
    },
    /// An entry that is larger than it may be.
    #[error(
        "{path}: entry {index} is larger than the limit of {limit} bytes; if it is a transcript all the same, raise transcript_bytes under [limits]"
    )]
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
            | Error::NoZip { .. }
            | Error::Unsupported { .. }
            | Error::TooManyEntries { .. }
            | Error::TooMuch { .. }
            | Error::TwoOfOneName { .. }
            | Error::Method { .. }
            | Error::Inflates { .. }
            | Error::Entry { .. }
            | Error::Encrypted { .. }
            | Error::TooLarge { .. } => true,
            Error::NotFound { .. }
            | Error::Io { .. }
            | Error::NotAFile { .. }
            | Error::Link { .. }
            | Error::Nothing { .. } => false,
        }
    }
}

impl Coded for Error {
    fn code(&self) -> &str {
        match self {
            Error::NotFound { .. } => "archive_not_found",
            Error::Io { .. } => "archive_io",
            Error::Damaged { .. } => "archive_damaged",
            Error::NoZip { .. } => "archive_no_zip",
            Error::Unsupported { .. } => "archive_unsupported",
            Error::NotAFile { .. } => "archive_not_a_file",
            Error::Link { .. } => "archive_link",
            Error::Nothing { .. } => "archive_nothing",
            Error::TooMuch { .. } => "archive_too_large",
            Error::TwoOfOneName { .. } => "archive_two_of_one_name",
            Error::Method { .. } => "entry_method",
            Error::Inflates { .. } => "entry_inflates",
            Error::TooManyEntries { .. } => "archive_too_many_entries",
            Error::Entry { .. } => "entry_damaged",
            Error::Encrypted { .. } => "entry_encrypted",
            Error::TooLarge { .. } => "entry_too_large",
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Error::NotFound { path }
            | Error::Io { path, .. }
            | Error::Damaged { path, .. }
            | Error::NoZip { path }
            | Error::Unsupported { path, .. }
            | Error::NotAFile { path }
            | Error::Link { path }
            | Error::Nothing { path }
            | Error::TooManyEntries { path, .. }
            | Error::TooMuch { path, .. }
            | Error::TwoOfOneName { path }
            | Error::Entry { path, .. }
            | Error::Encrypted { path, .. }
            | Error::Method { path, .. }
            | Error::Inflates { path, .. }
            | Error::TooLarge { path, .. } => Some(path),
        }
    }
}
