//! The exit status of the process, and how an error is printed.

use std::process::ExitCode;

use super::out::Out;
use crate::app::{Error, Exit, Misread, Notice};
use crate::intake::Failure;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
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

/// Prints what may have been misread, and gives the exit status of a command that would end with `exit`.
pub(super) fn judged(misread: Misread, strict: bool, exit: Exit, out: &mut Out) -> Exit {
    if !strict || misread.is_none() {
        return exit;
    }
    out.notice(&Notice::Misread {
        misread,
        outcome: "",
    });
    misread.exit(exit)
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
    let (exit, code) = status(error);
    out.error(&format!("{error:#} [{code}]"));
    exit
}

/// The same, for whoever asked for JSON: one object on stdout, in place of the numbers that there
/// are none of.
pub(super) fn report_json(error: &anyhow::Error, out: &mut Out) -> Exit {
    let exit = report(error, out);
    if exit != Exit::Done {
        let (_, code) = status(error);
        let text = format!("{error:#}");
        let ended = serde_json::json!({
            "error": {"code": code, "message": out.redacted(&text), "exit": exit.code()}
        });
        // Whoever does not read it has the line on stderr.
        let _ = out.json(&ended.to_string());
        let _ = out.flush();
    }
    exit
}

/// The status that an error leads to, and its code.
fn status(error: &anyhow::Error) -> (Exit, &str) {
    match error.downcast_ref::<Error>() {
        Some(error) => (error.exit, &error.code),
        None => (Exit::Internal, Exit::Internal.word()),
    }
}
