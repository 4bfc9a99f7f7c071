//! Errors of archives and their entries, with their remedies.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::StorageProblem;
use crate::coded::{self, Coded, Explanation};

/// Why an archive, or an entry of it, cannot be read. The message names the file and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path does not exist.
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// An error of the operating system.
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A zip whose directory cannot be parsed.
    Damaged {
        /// The zip.
        path: PathBuf,
        /// The cause, without content.
        reason: String,
    },
    /// A file that is named `.zip` and is not a zip.
    NotAZip {
        /// The file.
        path: PathBuf,
    },
    /// A zip with an unsupported feature.
    Unsupported {
        /// The zip.
        path: PathBuf,
        /// The feature, without content.
        reason: String,
    },
    /// Neither a file nor a folder.
    NotAFile {
        /// The path as given.
        path: PathBuf,
    },
    /// A folder that contains no archive.
    NoArchive {
        /// The folder.
        path: PathBuf,
    },
    /// A folder with JSON of other programs and no archive.
    ForeignJson {
        /// The folder.
        path: PathBuf,
        /// The number of JSON files.
        count: u64,
    },
    /// JSON of another program in a folder with archives.
    ForeignFile {
        /// The file.
        path: PathBuf,
    },
    /// A symbolic link in a folder.
    SymbolicLink {
        /// The link.
        path: PathBuf,
    },
    /// A zip with more entries than the limit.
    TooManyEntries {
        /// The zip.
        path: PathBuf,
        /// The number of entries.
        count: u64,
        /// The maximum number of entries, [`Limits::entries`](crate::archive::Limits::entries).
        limit: u64,
    },
    /// A zip whose total uncompressed size exceeds the limit.
    TooManyBytes {
        /// The zip.
        path: PathBuf,
        /// The maximum total size in bytes, [`Limits::bytes`](crate::archive::Limits::bytes).
        limit: u64,
    },
    /// Two transcripts with the same name and different bytes.
    TwoOfOneName {
        /// The zip.
        path: PathBuf,
    },
    /// An entry that contradicts its directory.
    Entry {
        /// The archive.
        path: PathBuf,
        /// The entry's number: its index in the archive's directory.
        index: u32,
        /// The cause, without content.
        reason: String,
    },
    /// An encrypted entry.
    Encrypted {
        /// The archive.
        path: PathBuf,
        /// The entry's number: its index in the archive's directory.
        index: u32,
    },
    /// An entry with an unsupported compression method.
    UnsupportedMethod {
        /// The archive.
        path: PathBuf,
        /// The entry's number: its index in the archive's directory.
        index: u32,
        /// The method, by name or number.
        method: String,
    },
    /// An entry whose compression ratio exceeds the limit.
    CompressionRatio {
        /// The archive.
        path: PathBuf,
        /// The entry's number: its index in the archive's directory.
        index: u32,
        /// The maximum ratio of uncompressed to compressed size,
        /// [`Limits::ratio`](crate::archive::Limits::ratio).
        limit: u64,
    },
    /// An entry that is larger than the limit.
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// The entry's number: its index in the archive's directory.
        index: u32,
        /// The maximum size in bytes, [`Limits::transcript`](crate::archive::Limits::transcript).
        limit: u64,
    },
    /// A place or an object in object storage.
    Storage {
        /// The place, `s3://bucket/anna/a.zip`.
        path: PathBuf,
        /// Why it could not be read, and the remedy.
        problem: StorageProblem,
    },
}

impl Error {
    /// Whether the archive's own bytes are invalid, so that a retry cannot succeed; false if they were not
    /// accessible (a drive that was removed, a file that was moved).
    pub fn is_damage(&self) -> bool {
        match self {
            Error::Damaged { .. }
            | Error::NotAZip { .. }
            | Error::Unsupported { .. }
            | Error::TooManyEntries { .. }
            | Error::TooManyBytes { .. }
            | Error::TwoOfOneName { .. }
            | Error::UnsupportedMethod { .. }
            | Error::CompressionRatio { .. }
            | Error::Entry { .. }
            | Error::Encrypted { .. }
            | Error::TooLarge { .. } => true,
            Error::Storage { problem, .. } => problem.is_damage(),
            Error::NotFound { .. }
            | Error::Io { .. }
            | Error::NotAFile { .. }
            | Error::SymbolicLink { .. }
            | Error::NoArchive { .. }
            | Error::ForeignJson { .. }
            | Error::ForeignFile { .. } => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        coded::fmt(self, f)
    }
}

impl Coded for Error {
    fn code(&self) -> &str {
        match self {
            Error::NotFound { .. } => "archive_not_found",
            Error::Io { .. } => "archive_io",
            Error::Damaged { .. } => "archive_damaged",
            Error::NotAZip { .. } => "archive_no_zip",
            Error::Unsupported { .. } => "archive_unsupported",
            Error::NotAFile { .. } => "archive_not_a_file",
            Error::SymbolicLink { .. } => "archive_link",
            Error::NoArchive { .. } => "archive_nothing",
            Error::ForeignJson { .. } => "archive_foreign_json",
            Error::ForeignFile { .. } => "archive_foreign_file",
            Error::TooManyBytes { .. } => "archive_too_large",
            Error::TwoOfOneName { .. } => "archive_two_of_one_name",
            Error::UnsupportedMethod { .. } => "entry_method",
            Error::CompressionRatio { .. } => "entry_inflates",
            Error::TooManyEntries { .. } => "archive_too_many_entries",
            Error::Entry { .. } => "entry_damaged",
            Error::Encrypted { .. } => "entry_encrypted",
            Error::TooLarge { .. } => "entry_too_large",
            Error::Storage { problem, .. } => problem.code(),
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Error::NotFound { path }
            | Error::Io { path, .. }
            | Error::Damaged { path, .. }
            | Error::NotAZip { path }
            | Error::Unsupported { path, .. }
            | Error::NotAFile { path }
            | Error::SymbolicLink { path }
            | Error::NoArchive { path }
            | Error::ForeignJson { path, .. }
            | Error::ForeignFile { path }
            | Error::TooManyEntries { path, .. }
            | Error::TooManyBytes { path, .. }
            | Error::TwoOfOneName { path }
            | Error::Entry { path, .. }
            | Error::Encrypted { path, .. }
            | Error::UnsupportedMethod { path, .. }
            | Error::CompressionRatio { path, .. }
            | Error::TooLarge { path, .. }
            | Error::Storage { path, .. } => Some(path),
        }
    }

    fn explanation(&self) -> Explanation {
        match self {
            Error::Storage { problem, .. } => problem.explanation(),
            Error::NotFound { .. } => Explanation::new("no such file or folder", "check the path"),
            Error::Io { source, .. } => {
                Explanation::without_remedy(format!("cannot be read: {source}"))
            }
            Error::Damaged { reason, .. } => Explanation::new(
                format!("damaged zip ({reason})"),
                "copy the file from the phone again, or export the chat again",
            ),
            Error::NotAZip { .. } => {
                Explanation::new("not a zip despite its name", "export the chat again")
            }
            Error::Unsupported { reason, .. } => Explanation::new(
                format!("unsupported kind of zip ({reason})"),
                "unpack it and pass the folder instead",
            ),
            Error::NotAFile { .. } => Explanation::new(
                "neither a file nor a folder (a pipe, socket or device)",
                "pass an export instead",
            ),
            Error::ForeignFile { .. } => Explanation::new(
                "JSON of another program",
                "pass the phone's database or an export of the chat instead",
            ),
            Error::ForeignJson { count, .. } => Explanation::new(
                format!(
                    "{} in this folder, and none is of WhatsApp-Chat-Exporter or a webhook log",
                    crate::quantity::count(*count, "JSON file")
                ),
                "pass the phone's database or an export of the chat instead",
            ),
            Error::NoArchive { .. } => Explanation::new(
                "no zip and no text file in this folder",
                "put the exports into it",
            ),
            Error::SymbolicLink { .. } => Explanation::new(
                "symbolic links in folders are not followed",
                "to read it, pass the link itself",
            ),
            Error::TooManyEntries { count, limit, .. } => Explanation::new(
                format!("{count} entries, more than the limit of {limit}"),
                "if this is an export, raise archive_entries under [limits]",
            ),
            Error::TooManyBytes { limit, .. } => Explanation::new(
                format!("larger than the limit of {limit} bytes when unpacked"),
                "if this is an export, raise archive_bytes under [limits]",
            ),
            Error::TwoOfOneName { .. } => Explanation::new(
                "two text files with the same name and different content",
                "unpack the zip, keep the right one and pass the folder instead",
            ),
            Error::Entry { index, reason, .. } => Explanation::new(
                format!("entry {index} is damaged ({reason})"),
                "copy the file from the phone again, or export the chat again",
            ),
            Error::Encrypted { index, .. } => Explanation::new(
                format!("entry {index} is encrypted"),
                "WhatsApp does not encrypt exports: unpack the zip with its password first",
            ),
            Error::UnsupportedMethod { index, method, .. } => Explanation::new(
                format!("entry {index} has an unsupported compression method ({method})"),
                "unpack the zip and pass the folder instead",
            ),
            Error::CompressionRatio { index, limit, .. } => Explanation::new(
                format!(
                    "entry {index} is compressed {limit} times or more, which is unusual for a transcript"
                ),
                "if it is one, raise inflate_ratio under [limits]",
            ),
            Error::TooLarge { index, limit, .. } => Explanation::new(
                format!("entry {index} is larger than the limit of {limit} bytes"),
                "if it is a transcript, raise transcript_bytes under [limits]",
            ),
        }
    }
}
