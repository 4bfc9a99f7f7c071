//! Errors of the checkpoint.
//!
//! One public error whose texts give the cause, the location and the remedy. Errors contain ids and paths
//! only, never message text, names or phone numbers.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::remote::StoreProblem;
use super::states::{Event, Illegal, State};
use super::steps::{IllegalStep, OperationKind, Step};
use crate::ids::{ExternalId, LeadId};

/// An error of the checkpoint. `Clone`, since one failed commit answers every caller whose change it
/// contained.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another import holds the checkpoint.
    #[error(
        "another chatferry is using the checkpoint {} ({}); wait until it has ended",
        path.display(),
        pid.map_or("process unknown".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// The checkpoint.
        path: PathBuf,
        /// The process that holds it, where the lock file is readable.
        pid: Option<u32>,
    },
    /// The file was written by a newer version of the program.
    #[error(
        "the checkpoint {} has {what} version {found}, this program knows up to {known}; \
         use the newer chatferry that wrote it",
        path.display()
    )]
    Newer {
        /// The checkpoint.
        path: PathBuf,
        /// Which version is too high: `format` (of the file) or `identity` (of derived external
        /// ids).
        what: &'static str,
        /// The version that the file has.
        found: i64,
        /// The highest version this program knows.
        known: i64,
    },
    /// Another program's database, or not a database at all. It is not modified.
    #[error(
        "{} is not a chatferry checkpoint and was not touched; give `checkpoint` in \
         the configuration another path",
        path.display()
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A chatferry checkpoint with damaged contents.
    #[error(
        "the checkpoint {} is damaged ({detail}); put it back from a backup, or run `chatferry \
         recover`, which rebuilds it from Close and the archives and keeps this file",
        path.display()
    )]
    Damaged {
        /// The checkpoint.
        path: PathBuf,
        /// The defect, from SQLite or from our own checks.
        detail: String,
    },
    /// The file belongs to another Close organisation.
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
    /// The file belongs to another base URL.
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
    /// A symbolic link in the place of the checkpoint, its lock or its log.
    #[error(
        "{} is a symbolic link, and a run would write to the file that it names; remove the link, \
         and set `checkpoint` in the configuration to the path of the checkpoint itself",
        path.display()
    )]
    SymbolicLink {
        /// The link.
        path: PathBuf,
    },
    /// The checkpoint has several names.
    #[error(
        "the checkpoint {} has more than one name (hard links), so that two runs could use it at \
         once; remove the other names, or copy the file and put the copy in its place",
        path.display()
    )]
    HardLinks {
        /// The checkpoint.
        path: PathBuf,
    },
    /// A checkpoint is in the place that another one is copied to.
    #[error(
        "there is a checkpoint at {} already, and a copy must not replace it; name another place",
        path.display()
    )]
    Exists {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "no space left for the checkpoint {}; free space on that disk and run again",
        path.display()
    )]
    Full {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error(
        "the checkpoint {} cannot be written: the file, its folder or its disk is read-only for \
         this user; change that, or give `checkpoint` in the configuration another path",
        path.display()
    )]
    ReadOnly {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The file system does not support the write-ahead log.
    #[error(
        "the file system of {} does not support the checkpoint's write-ahead log; give \
         `checkpoint` in the configuration a path on a local disk",
        path.display()
    )]
    FileSystem {
        /// The checkpoint.
        path: PathBuf,
    },
    /// Any other error of the operating system.
    #[error("the checkpoint {} could not be reached: {source}", path.display())]
    Io {
        /// The checkpoint, or one of its side files.
        path: PathBuf,
        /// The error.
        source: Arc<io::Error>,
    },
    /// Any other error of SQLite.
    #[error(
        "the checkpoint {} could not be used: {source}; what was recorded before is safe, run \
         again",
        path.display()
    )]
    Sqlite {
        /// The checkpoint.
        path: PathBuf,
        /// The error; contains SQL and column names, never values.
        source: Arc<rusqlite::Error>,
    },
    /// A transition that the table of states does not have: a bug.
    #[error(
        "internal error: {} for message {external_id} on {lead_id}; nothing of this change was \
         recorded; this is a bug; run `chatferry bug-report`",
        Illegal { from: *from, event: *event }
    )]
    IllegalTransition {
        /// The recorded state of the message; `None`: no record.
        from: Option<State>,
        /// The event that is not possible in this state.
        event: Event,
        /// The external id of the message.
        external_id: ExternalId,
        /// The lead of the message.
        lead_id: LeadId,
    },
    /// A step that the table of operations does not have: a bug.
    #[error(
        "internal error: {} for {subject}; nothing of this change was recorded; this is a bug; run `chatferry bug-report`",
        IllegalStep { kind: *kind, from: *from, to: *to }
    )]
    IllegalStep {
        /// The kind of the operation.
        kind: OperationKind,
        /// The recorded step; `None`: no open operation.
        from: Option<Step>,
        /// The step that was to be recorded.
        to: Step,
        /// The external id of its message; a phone number is not shown.
        subject: Box<str>,
    },
    /// A value whose shape may carry content, or that no record can have: a bug.
    #[error(
        "internal error: {what} has a form that the checkpoint does not accept; this is a bug; run `chatferry bug-report`"
    )]
    Malformed {
        /// The name of the field; its value may be personal data and is not shown.
        what: &'static str,
    },
    /// A message in a chat without a record: a bug.
    #[error(
        "internal error: a message was recorded before its chat; this is a bug; run `chatferry bug-report`"
    )]
    NoChat,
    /// An id for a message without a record: a bug.
    #[error(
        "internal error: an id was recorded for an unknown message; this is a bug; run `chatferry bug-report`"
    )]
    NoMessage,
    /// A message with an archive that is not recorded for its chat: a bug.
    #[error(
        "internal error: a message was recorded before its archive; this is a bug; run `chatferry bug-report`"
    )]
    NoArchive,
    /// A store could not be used, or refused to record.
    #[error("the shared checkpoint {}: {problem}", path.display())]
    Store {
        /// The address without secrets.
        path: PathBuf,
        /// Cause and remedy.
        problem: StoreProblem,
    },
    /// The checkpoint was closed, or its thread ended, before the change was recorded.
    #[error("the checkpoint was closed before the change was recorded")]
    Closed,
}

impl Error {
    /// A stable code for reports and tests; its meaning never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Locked { .. } => "checkpoint.locked",
            Error::Newer { .. } => "checkpoint.newer",
            Error::NotOurs { .. } => "checkpoint.not_ours",
            Error::Damaged { .. } => "checkpoint.damaged",
            Error::OtherOrganization { .. } => "checkpoint.other_organization",
            Error::OtherBaseUrl { .. } => "checkpoint.other_base_url",
            Error::SymbolicLink { .. } => "checkpoint.symbolic_link",
            Error::HardLinks { .. } => "checkpoint.hard_links",
            Error::Exists { .. } => "checkpoint.exists",
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
            Error::Store { problem, .. } => problem.code(),
            Error::Closed => "checkpoint.closed",
        }
    }

    /// The same error about a checkpoint with another name: that of a store, in place of its private file.
    pub(super) fn named(mut self, name: &Path) -> Error {
        match &mut self {
            Error::Locked { path, .. }
            | Error::Newer { path, .. }
            | Error::NotOurs { path }
            | Error::Damaged { path, .. }
            | Error::OtherOrganization { path, .. }
            | Error::OtherBaseUrl { path, .. }
            | Error::SymbolicLink { path }
            | Error::HardLinks { path }
            | Error::Exists { path }
            | Error::Full { path }
            | Error::ReadOnly { path }
            | Error::FileSystem { path }
            | Error::Io { path, .. }
            | Error::Sqlite { path, .. }
            | Error::Store { path, .. } => name.clone_into(path),
            Error::IllegalTransition { .. }
            | Error::IllegalStep { .. }
            | Error::Malformed { .. }
            | Error::NoChat
            | Error::NoMessage
            | Error::NoArchive
            | Error::Closed => {}
        }
        self
    }

    /// Classifies an error of the operating system about `path`.
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

    /// Classifies an error of SQLite about `path`.
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
                // STRICT tables have the column types of the schema, unless another program wrote the file.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => Error::Damaged {
                    path,
                    detail: "a column holds what it cannot hold".to_owned(),
                },
                // Where a row may be absent, its absence is no error.
                rusqlite::Error::QueryReturnedNoRows => Error::Damaged {
                    path,
                    detail: "a row that must be there is absent".to_owned(),
                },
                source => Error::Sqlite {
                    path,
                    source: Arc::new(source),
                },
            },
        }
    }
}

impl StoreProblem {
    /// The error for the store with this address, which has no secrets.
    pub(crate) fn at(self, shown: &Path) -> Error {
        Error::Store {
            path: shown.to_owned(),
            problem: self,
        }
    }
}

/// Errors of the inner modules, which do not know the path.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// An error of SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The file contains an impossible value.
    #[error("{0}")]
    Damaged(String),
    /// An error without a path.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl Fault {
    /// The public error, for the checkpoint at `path`.
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
