//! The error of a use case: exit status, code and message, and the conversion of errors of the modules
//! below.
//!
//! Here belongs which exit status and which remedy an error of another module leads to; never printing one.

use std::borrow::Cow;
use std::collections::HashMap;
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

/// The code of a command that a person stopped.
const INTERRUPTED: &str = "interrupted";

/// The result of a use case; the error says what happened and determines the exit status.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case ended without a result.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The exit status of a command that ends with this error.
    pub exit: Exit,
    /// A stable identifier for scripts, such as `close_401`; the exit status's name where there is
    /// no other.
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

    /// Whether a person stopped the command, which is no fault.
    pub fn is_interruption(&self) -> bool {
        self.code == INTERRUPTED
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
            | E::HardLinks { .. }
            | E::Exists { .. } => Exit::Usage,
            E::Store { problem, .. } if !problem.is_passing() => Exit::Usage,
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
                INTERRUPTED,
                "Stopped; run the same command again to resume",
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

/// The problems of a file that a person writes, each with all the lines that have it. The code is that of the file.
impl From<Vec<Problem>> for Error {
    fn from(problems: Vec<Problem>) -> Error {
        let lines = one_a_cause(&problems);
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

/// A text for each problem, in the order of their first lines: equal ones are one, with their lines as ranges.
fn one_a_cause(problems: &[Problem]) -> Vec<String> {
    let mut index: HashMap<(&str, &str), usize> = HashMap::new();
    let mut groups: Vec<(&Problem, Vec<u32>)> = Vec::new();
    for problem in problems {
        let key = (problem.file.as_str(), problem.text.as_str());
        let at = *index.entry(key).or_insert(groups.len());
        if at == groups.len() {
            groups.push((problem, Vec::new()));
        }
        if let Some((_, lines)) = groups.get_mut(at) {
            lines.extend(problem.line);
        }
    }
    let text = |(problem, lines): (&Problem, Vec<u32>)| match lines.as_slice() {
        [] | [_] => problem.to_string(),
        lines => format!("{}:{}: {}", problem.file, ranges(lines), problem.text),
    };
    groups.into_iter().map(text).collect()
}

/// `5-21,25` of ascending lines.
fn ranges(lines: &[u32]) -> String {
    let runs = lines.chunk_by(|a, b| *b <= a.saturating_add(1));
    let texts = runs.filter_map(|run| match run {
        [] => None,
        [first, .., last] if first < last => Some(format!("{first}-{last}")),
        [first, ..] => Some(first.to_string()),
    });
    texts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(line: Option<u32>, text: &str) -> Problem {
        Problem {
            file: "contacts.csv".to_owned(),
            line,
            text: text.to_owned(),
        }
    }

    #[test]
    fn equal_problems_are_one_sentence_with_their_lines() {
        let mut problems: Vec<Problem> = (5..=21)
            .map(|line| problem(Some(line), "phone was rounded"))
            .collect();
        problems.insert(3, problem(Some(7), "role is empty"));
        problems.push(problem(Some(25), "phone was rounded"));
        problems.push(problem(None, "no rows"));
        let error = Error::from(problems);
        assert_eq!(
            error.message,
            "contacts.csv:5-21,25: phone was rounded\ncontacts.csv:7: role is empty\ncontacts.csv: no rows"
        );
        assert_eq!((error.exit, &*error.code), (Exit::Usage, "contacts"));
    }
}
