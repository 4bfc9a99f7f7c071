//! The exit status of the process, and printing of errors.

use std::process::ExitCode;

use super::out::Out;
use crate::app::{self, Error, Exit, Misread, Notice};
use crate::intake::Failure;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Reports the archives that could not be read, and returns the status of a command that read the others.
pub(super) fn after(failures: &[Failure], out: &mut Out) -> Exit {
    for failure in failures {
        out.error(&failure.error.to_string());
    }
    match (failures, app::storage_exit(failures)) {
        ([], _) => Exit::Done,
        (_, Some(exit)) => exit,
        _ => Exit::Partial,
    }
}

/// Reports what may have been misread, and returns the exit status of a command that would end with `exit`.
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

/// Prints an error and returns its status. A closed output pipe (`chatferry parse x | head`) is no error.
pub(super) fn report(error: &anyhow::Error, out: &mut Out) -> Exit {
    if error.chain().any(|cause| {
        let io = cause.downcast_ref().map(std::io::Error::kind);
        // serde_json does not expose the error of the underlying stream.
        let json = cause
            .downcast_ref()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(std::io::ErrorKind::BrokenPipe)
    }) {
        return Exit::Done;
    }
    let (exit, code) = status(error);
    // The message may have names: the log has the code, with which docs/guide/troubleshooting.md explains it.
    tracing::error!(code, exit = exit.code(), "the command ended with an error");
    if let Some(error) = error.downcast_ref::<Error>() {
        out.redact_error(&error.people);
    }
    match error.downcast_ref::<Error>() {
        // A person knows why it ended.
        Some(stopped) if stopped.is_interruption() => out.note(&stopped.message),
        _ => out.error(&format!("{error:#} [{code}]")),
    }
    exit
}

/// The same with `--json`: one object on stdout, in place of the summary.
pub(super) fn report_json(error: &anyhow::Error, out: &mut Out) -> Exit {
    let exit = report(error, out);
    if exit != Exit::Done {
        let (_, code) = status(error);
        let text = format!("{error:#}");
        let ended = serde_json::json!({
            "error": {"code": code, "message": out.redacted(&text), "exit": exit.code()}
        });
        // If stdout is closed, the line is on stderr.
        let _ = out.json(&ended.to_string());
        let _ = out.flush();
    }
    exit
}

/// The status and code of an error.
fn status(error: &anyhow::Error) -> (Exit, &str) {
    match error.downcast_ref::<Error>() {
        Some(error) => (error.exit, &error.code),
        None => (Exit::Internal, Exit::Internal.word()),
    }
}
