//! The exit status: a promise to scripts (contract.md, "Exit status").

use std::borrow::Cow;
use std::process::ExitCode;

use super::out::Out;
use crate::intake::Failure;
use crate::report::failures::without_code;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// All done; chats held and messages left out included.
    Done,
    /// A bug in chatferry.
    Internal,
    /// The command line or a file that a person wrote is wrong.
    Usage,
    /// Finished, but some archives or messages failed; each was listed.
    Partial,
    /// Stopped before the end; the same command goes on from there.
    Stopped,
    /// The key, its permissions, or the organisation.
    Denied,
}

impl Exit {
    /// A stable word for it, in JSON and behind errors.
    fn word(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Internal => "internal",
            Exit::Usage => "usage",
            Exit::Partial => "partial",
            Exit::Stopped => "stopped",
            Exit::Denied => "denied",
        }
    }

    /// The number that the shell sees.
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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// An error with the exit status that it leads to.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Ended {
    /// The exit status.
    pub(super) exit: Exit,
    /// A stable word for scripts.
    pub(super) code: Cow<'static, str>,
    /// What happened, where, and what to do.
    pub(super) message: String,
}

impl Ended {
    /// An error of usage or configuration.
    pub(super) fn usage(message: impl Into<String>) -> anyhow::Error {
        Ended::with(Exit::Usage, message)
    }

    /// An error with another status, and the word of that for its code.
    pub(super) fn with(exit: Exit, message: impl Into<String>) -> anyhow::Error {
        Ended::coded(exit, exit.word(), message)
    }

    /// An error with a code of its own.
    pub(super) fn coded(
        exit: Exit,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> anyhow::Error {
        Ended {
            exit,
            code: code.into(),
            message: message.into(),
        }
        .into()
    }
}

/// Says which archives could not be read, and gives the status of a command that read the others.
pub(super) fn after(failures: &[Failure], out: &mut Out) -> Exit {
    for failure in failures {
        out.error(&failure.error.to_string());
    }
    if failures.is_empty() {
        Exit::Done
    } else {
        Exit::Partial
    }
}

/// Prints an error and gives its status. A reader that went away (`chatferry parse x | head`) is
/// no error.
pub(super) fn report(error: &anyhow::Error, out: &mut Out) -> Exit {
    if error.chain().any(|cause| {
        let io = cause.downcast_ref().map(std::io::Error::kind);
        // serde_json keeps the error of the stream below it to itself.
        let json = cause
            .downcast_ref()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(std::io::ErrorKind::BrokenPipe)
    }) {
        return Exit::Done;
    }
    let (exit, code) = told(error);
    out.error(&format!("{} [{code}]", text_of(error)));
    exit
}

/// The same, for whoever asked for JSON: one object on stdout, in place of the numbers that there
/// are none of.
pub(super) fn report_json(error: &anyhow::Error, out: &mut Out) -> Exit {
    let exit = report(error, out);
    if exit != Exit::Done {
        let (_, code) = told(error);
        let text = text_of(error);
        let ended = serde_json::json!({
            "error": {"code": code, "message": out.shown(&text), "exit": exit.code()}
        });
        // Whoever does not read it has the line on stderr.
        let _ = out.json(&ended.to_string());
        let _ = out.flush();
    }
    exit
}

/// What an error says. Its code stands beside it, and not in front as well.
fn text_of(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    match told(error).1.starts_with("close_") {
        true => without_code(&text).to_owned(),
        false => text,
    }
}

/// The status that an error leads to, and its code.
fn told(error: &anyhow::Error) -> (Exit, &str) {
    match error.downcast_ref::<Ended>() {
        Some(ended) => (ended.exit, &ended.code),
        None => (Exit::Internal, Exit::Internal.word()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_once() {
        let error = Ended::coded(
            Exit::Stopped,
            "close_storage_AccessDenied",
            "close_storage: not taken; try again",
        );
        assert_eq!(text_of(&error), "not taken; try again");
        let error = Ended::usage("a_b.zip: is damaged");
        assert_eq!(text_of(&error), "a_b.zip: is damaged");
    }
}
