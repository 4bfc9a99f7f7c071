//! The error of a use case: exit status, code and message, and the conversion of errors of the modules
//! below.
//!
//! Here belongs which exit status and which remedy an error of another module leads to; never printing one.

use std::borrow::Cow;
use std::path::Path;

use crate::checkpoint;
use crate::close::Failure;
use crate::people::exclude;
use crate::people::never;
use crate::plan::NotAddingUp;
use crate::settings::Problem;
use crate::stop_reason::StopReason;
use crate::transform::decision_table;
use crate::transform::reply_table;

/// How a command ended. The exit status of the process, which scripts rely on
/// (docs/reference/exit-status.md); a later one outweighs an earlier one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Complete. Chats may be held and messages left out.
    #[default]
    Done,
    /// A bug in chatferry.
    Internal,
    /// An error in the command line, or in a file that a person writes.
    Usage,
    /// Complete, but some archives or messages failed; each is listed.
    Partial,
    /// Stopped before the end; the same command continues.
    Stopped,
    /// Close rejected the key or its permissions, or the organisation is another one.
    Denied,
}

impl Exit {
    /// Its name in JSON, and the code of errors that have no other.
    pub fn word(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Internal => "internal",
            Exit::Usage => "usage",
            Exit::Partial => "partial",
            Exit::Stopped => "stopped",
            Exit::Denied => "denied",
        }
    }

    /// The exit status of the process.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Internal => 1,
            Exit::Usage => 2,
            Exit::Partial => 3,
            Exit::Stopped => 4,
            Exit::Denied => 5,
        }
    }
}

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case ended without a result.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The exit status that it leads to.
    pub exit: Exit,
    /// A stable identifier for scripts.
    pub code: Cow<'static, str>,
    /// What happened, where, and what to do. Never the code.
    pub message: String,
    /// Names and numbers of people that the message may contain, with what replaces them in output that is kept.
    pub(crate) people: Vec<(String, String)>,
}

impl Error {
    /// An error in the command line or in a file that a person writes.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::with(Exit::Usage, message)
    }

    /// An error whose code is the name of its exit status.
    pub fn with(exit: Exit, message: impl Into<String>) -> Error {
        Error::coded(exit, exit.word(), message)
    }

    /// An error with a code of its own.
    pub fn coded(
        exit: Exit,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Error {
        Error {
            exit,
            code: code.into(),
            message: message.into(),
            people: Vec::new(),
        }
    }

    /// The same error, about these people.
    pub(super) fn about(self, people: Vec<(String, String)>) -> Error {
        Error { people, ..self }
    }
}

/// A failed request.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        let exit = match &failure {
            denied if denied.is_denied() => Exit::Denied,
            Failure::Internal { .. } => Exit::Internal,
            network if network.is_network() => Exit::Stopped,
            Failure::Unknown { .. } => Exit::Stopped,
            _ => Exit::Usage,
        };
        let hint = match &failure {
            Failure::Denied { .. } => "; check CLOSE_API_KEY, or the file of --api-key-file",
            Failure::Rejected { .. } | Failure::UnexpectedAnswer { .. } => {
                "; check that base_url is Close's API"
            }
            _ => "",
        };
        Error::coded(exit, failure.code(), format!("{failure}{hint}"))
    }
}

impl From<checkpoint::Error> for Error {
    fn from(error: checkpoint::Error) -> Error {
        Error::from(&error)
    }
}

impl From<&checkpoint::Error> for Error {
    fn from(error: &checkpoint::Error) -> Error {
        use checkpoint::Error as E;
        let exit = match error {
            E::OtherOrganization { .. } => Exit::Denied,
            E::OtherBaseUrl { .. }
            | E::Newer { .. }
            | E::NotOurs { .. }
            | E::Damaged { .. }
            | E::SymbolicLink { .. }
            | E::HardLinks { .. } => Exit::Usage,
            E::IllegalTransition { .. }
            | E::IllegalStep { .. }
            | E::Malformed { .. }
            | E::NoChat
            | E::NoMessage
            | E::NoArchive
            | E::Closed => Exit::Internal,
            // Another run, a full disk, a read-only folder: the same command continues later.
            _ => Exit::Stopped,
        };
        Error::coded(exit, error.code(), error.to_string())
    }
}

/// A run, or the survey before it, that stopped before its end.
impl From<StopReason> for Error {
    fn from(reason: StopReason) -> Error {
        match reason {
            StopReason::Interrupted => Error::coded(
                Exit::Stopped,
                "interrupted",
                "stopped on request; run the same command to resume",
            ),
            StopReason::Network(failure) => Error::coded(
                Exit::Stopped,
                failure.code(),
                format!("{failure}; nothing is lost: run the same command to resume"),
            ),
            StopReason::Denied(denied) => denied.into(),
            StopReason::Checkpoint(error) => Error::from(error),
            StopReason::Archive(error) => Error::with(
                Exit::Stopped,
                format!(
                    "{error}; nothing is lost: once it can be read, run the same command to resume"
                ),
            ),
            StopReason::Internal(text) => Error::with(Exit::Internal, text),
        }
    }
}

/// The problems of a file that a person writes, one a line. The code is that of the file.
impl From<Vec<Problem>> for Error {
    fn from(problems: Vec<Problem>) -> Error {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let file = problems.first().map(|problem| Path::new(&problem.file));
        let name = file.and_then(Path::file_name).unwrap_or_default();
        let code = match name.to_str() {
            Some(never::FILE) => "never",
            Some(exclude::FILE) => "exclude",
            Some(reply_table::FILE) => "replies",
            Some(decision_table::FILE) => "decisions",
            Some(name) if name.ends_with(".toml") => "configuration",
            Some(name) if name.ends_with(".csv") => "contacts",
            _ => "usage",
        };
        Error::coded(Exit::Usage, code, lines.join("\n"))
    }
}

impl From<NotAddingUp> for Error {
    fn from(error: NotAddingUp) -> Error {
        Error::with(Exit::Internal, error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::with(Exit::Internal, error.to_string())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::with(Exit::Internal, error.to_string())
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Error {
        Error::with(Exit::Internal, error.to_string())
    }
}
