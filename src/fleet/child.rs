//! Commands of a turn, each in a child process: a crash ends one turn of one job.
//!
//! A child gets the environment of the worker with the key of its organisation, and no other key. Its log goes where the worker's does,
//! with names redacted. Never here: which command is next.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::job::Counts;
use super::keys::Found;
use crate::execute::Stop;

/// The largest output of a child that is kept, in bytes: a summary is one line.
const LARGEST: u64 = 1 << 20;

/// What the commands of a turn have in common.
pub(super) struct Children<'t> {
    pub(super) program: &'t PathBuf,
    /// The path of chatferry.toml.
    pub(super) file: &'t PathBuf,
    pub(super) key: &'t Found,
    /// The value of the variable of the key.
    pub(super) secret: Option<&'t str>,
}

/// How a child ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// `None`: it crashed, or could not be started.
    pub(super) exit: Option<i32>,
    /// Its last line, if that is a summary without an error.
    pub(super) counts: Option<Counts>,
    /// The summary as it is.
    pub(super) summary: Value,
    /// Its error, or how it crashed: `code: message` has no names, since the child's output is no terminal.
    pub(super) problem: Option<String>,
}

impl Children<'_> {
    /// Runs a command to its end. A stop is passed on once; the child finishes its requests in progress. `logs`: whether what it
    /// prints for a person goes to the log: an import redacts names there, and other commands do not.
    pub(super) async fn run(&self, arguments: &[OsString], logs: bool, stop: &mut Stop) -> Ended {
        let mut command = Command::new(self.program);
        command
            .args(arguments)
            .arg("--json")
            .arg("--config")
            .arg(self.file)
            .env_remove("CLOSE_API_KEY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(match logs {
                true => Stdio::inherit(),
                false => Stdio::null(),
            });
        match (self.key, self.secret) {
            (Found::File(path), _) => {
                command.arg("--api-key-file").arg(path);
            }
            (Found::Variable(_), Some(secret)) => {
                command.env("CLOSE_API_KEY", secret);
            }
            (Found::Variable(_), None) => {}
        }
        match command.spawn() {
            Ok(child) => ended(child, stop).await,
            Err(error) => Ended {
                problem: Some(format!("the program could not be started: {error}")),
                ..Ended::default()
            },
        }
    }
}

async fn ended(mut child: Child, stop: &mut Stop) -> Ended {
    let pid = child.id();
    let output = child.stdout.take();
    let read = async {
        let mut text = Vec::new();
        if let Some(output) = output {
            // More than that is no summary, and the rest would block the child: it is read to its end.
            let mut limited = output.take(LARGEST);
            let _ = limited.read_to_end(&mut text).await;
            let _ = tokio::io::copy(&mut limited.into_inner(), &mut tokio::io::sink()).await;
        }
        (text, child.wait().await)
    };
    tokio::pin!(read);
    let mut is_stopped = false;
    let (text, status) = loop {
        tokio::select! {
            ended = &mut read => break ended,
            () = stop.requested(1), if !is_stopped => {
                is_stopped = true;
                terminate(pid);
            }
        }
    };
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    let summary: Value = last
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_default();
    let error = |name: &str| summary["error"][name].as_str().unwrap_or_default();
    let exit = status
        .as_ref()
        .ok()
        .and_then(std::process::ExitStatus::code);
    let problem = match &status {
        Err(error) => Some(format!("its end could not be awaited: {error}")),
        Ok(status) if exit.is_none() => Some(format!("it crashed ({status})")),
        Ok(_) if summary["error"].is_object() => {
            Some(format!("{}: {}", error("code"), error("message")))
        }
        Ok(_) => None,
    };
    Ended {
        exit,
        counts: summary["created"].is_u64().then(|| Counts::of(&summary)),
        problem,
        summary,
    }
}

/// Asks a process to end, as Ctrl-C does.
#[cfg(unix)]
fn terminate(pid: Option<u32>) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = pid.and_then(|pid| i32::try_from(pid).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        // One that has ended meanwhile needs no signal.
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// Without signals the child is left to its end.
#[cfg(not(unix))]
fn terminate(_: Option<u32>) {}
