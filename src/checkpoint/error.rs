//! What can go wrong with the checkpoint.
//!
//! For: one public error whose texts say what happened, where, and what to do. It must never hold
//! message text, names or numbers; ids and paths are all it shows.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::states::{Event, Illegal, State};
use super::steps::{IllegalStep, OperationKind, Step};
use crate::ids::{ExternalId, LeadId};

/// An error of the checkpoint. It can be cloned, since one failed commit answers every caller
/// whose change was in it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another import holds the checkpoint.
    #[error(
        "another chatferry is using the checkpoint {} ({}); wait until it has ended",
        path.display(),
        pid.map_or("its process is not known".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// The checkpoint.
        path: PathBuf,
        /// The process that holds it, where its lock file could be read.
        pid: Option<u32>,
    },
    /// The file was written by a later program (design.md invariant 11).
    #[error(
        "the checkpoint {} has {what} version {found}, this program knows up to {known}; \
         use the newer chatferry that wrote it",
        path.display()
    )]
    Newer {
        /// The checkpoint.
        path: PathBuf,
        /// Which version: `format` (of the file) or `identity` (of derived external ids).
        what: &'static str,
        /// The file's version.
        found: i64,
        /// The highest version this program knows.
        known: i64,
    },
    /// A database, but not one of ours, or no database at all. It was not touched.
    #[error(
        "{} is not a chatferry checkpoint and was not touched; give `checkpoint` in \
         chatferry.toml another path",
        path.display()
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// Ours, but broken.
    #[error(
        "the checkpoint {} is damaged ({detail}); put it back from a backup, or move it away \
         together with its -wal and -shm files and import again: what Close already holds is \
         found there by its external ids",
        path.display()
    )]
    Damaged {
        /// The checkpoint.
        path: PathBuf,
        /// What was found, from SQLite or from our own reading.
        detail: String,
    },
    /// The file belongs to another Close organisation (design.md invariant 6).
    #[error(
        "the checkpoint {} belongs to the organisation {found}, not to {wanted}; use that \
         organisation's key, or another `checkpoint` path for this organisation",
        path.display()
    )]
    OtherOrganization {
        /// The checkpoint.
        path: PathBuf,
        /// The organisation the file is bound to.
        found: String,
        /// The organisation of this run.
        wanted: String,
    },
    /// The file belongs to another base URL (design.md invariant 6).
    #[error(
        "the checkpoint {} belongs to {found}, not to {wanted}; use that `base_url`, or another \
         `checkpoint` path for this one",
        path.display()
    )]
    OtherBaseUrl {
        /// The checkpoint.
        path: PathBuf,
        /// The base URL the file is bound to.
        found: String,
        /// The base URL of this run.
        wanted: String,
    },
    /// No room left on the disk.
    #[error(
        "no space left for the checkpoint {}; make room on that disk and run again",
        path.display()
    )]
    Full {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error(
        "the checkpoint {} cannot be written: the file, its folder or its disk is read-only for \
         this user; change that, or give `checkpoint` in chatferry.toml another path",
        path.display()
    )]
    ReadOnly {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The file system cannot carry the checkpoint's write-ahead log.
    #[error(
        "the file system of {} does not carry the checkpoint's write-ahead log; give \
         `checkpoint` in chatferry.toml a path on a local disk",
        path.display()
    )]
    FileSystem {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The operating system refused something else.
    #[error("the checkpoint {} could not be reached: {source}", path.display())]
    Io {
        /// The checkpoint, or the file beside it.
        path: PathBuf,
        /// Its answer.
        source: Arc<io::Error>,
    },
    /// SQLite refused something else.
    #[error(
        "the checkpoint {} could not be used: {source}; what was recorded before is safe, run \
         again",
        path.display()
    )]
    Sqlite {
        /// The checkpoint.
        path: PathBuf,
        /// Its answer; holds SQL and column names, never values.
        source: Arc<rusqlite::Error>,
    },
    /// A change that the table of states does not have (design.md invariant 5): a bug.
    #[error(
        "internal error: {} for message {external_id} on {lead_id}; nothing of this change was \
         recorded, please report it",
        Illegal { from: *from, event: *event }
    )]
    IllegalTransition {
        /// Where the message stood; `None`: not recorded.
        from: Option<State>,
        /// What was said to have happened.
        event: Event,
        /// Which message.
        external_id: ExternalId,
        /// On which lead.
        lead_id: LeadId,
    },
    /// A step that the table of operations does not have (design.md invariant 6): a bug.
    #[error(
        "internal error: {} for {subject}; nothing of this change was recorded, please report it",
        IllegalStep { kind: *kind, from: *from, to: *to }
    )]
    IllegalStep {
        /// What the operation does.
        kind: OperationKind,
        /// How far it had come; `None`: none was open.
        from: Option<Step>,
        /// The step that was to be recorded.
        to: Step,
        /// The external id of its message; of a number, no more than that it is one.
        subject: Box<str>,
    },
    /// A value whose shape may carry content, or which no record can have: a bug.
    #[error(
        "internal error: {what} has a shape that the checkpoint does not take; please report it"
    )]
    Malformed {
        /// Which value; the value itself is not shown, it may be somebody's data.
        what: &'static str,
    },
    /// A message was to be recorded in a chat that was not: a bug.
    #[error("internal error: a message was recorded before its chat; please report it")]
    NoChat,
    /// Something was to be noted of a message that is not recorded: a bug.
    #[error("internal error: an id was noted of a message that is not recorded; please report it")]
    NoMessage,
    /// A message names an archive that was not recorded for its chat: a bug.
    #[error("internal error: a message was recorded before its archive; please report it")]
    NoArchive,
    /// The checkpoint was closed, or its thread is gone, before the change was recorded.
    #[error("the checkpoint was closed before the change was recorded")]
    Closed,
}

impl Error {
    /// A stable code, for reports and tests; never changes its meaning.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Locked { .. } => "checkpoint.locked",
            Error::Newer { .. } => "checkpoint.newer",
            Error::NotOurs { .. } => "checkpoint.not_ours",
            Error::Damaged { .. } => "checkpoint.damaged",
            Error::OtherOrganization { .. } => "checkpoint.other_organization",
            Error::OtherBaseUrl { .. } => "checkpoint.other_base_url",
            Error::Full { .. } => "checkpoint.full",
            Error::ReadOnly { .. } => "checkpoint.read_only",
            Error::FileSystem { .. } => "checkpoint.file_system",
            Error::Io { .. } => "checkpoint.io",
            Error::Sqlite { .. } => "checkpoint.sqlite",
            Error::IllegalTransition { .. } => "checkpoint.illegal_transition",
            Error::IllegalStep { .. } => "checkpoint.illegal_step",
            Error::Malformed { .. } => "checkpoint.malformed",
            Error::NoChat => "checkpoint.no_chat",
            Error::NoMessage => "checkpoint.no_message",
            Error::NoArchive => "checkpoint.no_archive",
            Error::Closed => "checkpoint.closed",
        }
    }

    /// The operating system's answer about `path`, sorted.
    pub(super) fn io(path: &Path, source: io::Error) -> Error {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Error::ReadOnly { path }
            }
            _ => Error::Io {
                path,
                source: Arc::new(source),
            },
        }
    }

    /// SQLite's answer about `path`, sorted.
    pub(super) fn sqlite(path: &Path, source: rusqlite::Error) -> Error {
        use rusqlite::ErrorCode;
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Error::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => Error::NotOurs { path },
            Some(ErrorCode::DatabaseCorrupt) => Error::Damaged {
                path,
                detail: source.to_string(),
            },
            _ => match source {
                // STRICT tables hold what their columns say, unless somebody else wrote them.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => Error::Damaged {
                    path,
                    detail: "a column holds what it cannot hold".to_owned(),
                },
                source => Error::Sqlite {
                    path,
                    source: Arc::new(source),
                },
            },
        }
    }
}

/// What the inner parts report; they do not know the path.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file holds what it cannot hold.
    #[error("{0}")]
    Damaged(String),
    /// A refusal that needs no path.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Fault {
    /// The public error, of the checkpoint at `path`.
    pub(super) fn at(self, path: &Path) -> Error {
        match self {
            Fault::Sqlite(source) => Error::sqlite(path, source),
            Fault::Damaged(detail) => Error::Damaged {
                path: path.to_owned(),
                detail,
            },
            Fault::Refused(error) => error,
        }
    }
}
