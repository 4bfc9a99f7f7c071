//! The real program, started in a clean environment and watched.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

/// Only to fail a test that would hang; no test waits for it.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(90);

/// What a run said and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    /// The exit status; `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Output {
        assert_eq!(
            self.code,
            Some(code),
            "exit status; stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// A number of the summary object.
    #[track_caller]
    pub(crate) fn number(&self, name: &str) -> u64 {
        let line = self.stdout.lines().last().unwrap_or_default();
        let summary: Value = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{error}: {line}\n{}", self.stderr));
        summary[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no number {name} in {line}"))
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Output {
        assert!(
            self.stderr.contains(words) || self.stdout.contains(words),
            "\"{words}\" is not in\n{}\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

type Ended = Arc<(Mutex<Option<ExitStatus>>, Condvar)>;

/// A program that runs. Clones watch the same one.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pid: u32,
    ended: Ended,
    folder: Arc<tempfile::TempDir>,
}

impl Running {
    pub(crate) fn start(
        arguments: &[&str],
        folder: &Path,
        environment: &[(&str, &str)],
    ) -> Running {
        let output = super::folder();
        let file = |name: &str| File::create(output.path().join(name)).expect("a file");
        let mut child: Child = Command::new(env!("CARGO_BIN_EXE_chatferry"))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(environment.iter().copied())
            .envs(small_memory())
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .expect("the program starts");
        let ended: Ended = Arc::default();
        let running = Running {
            pid: child.id(),
            ended: Arc::clone(&ended),
            folder: Arc::new(output),
        };
        std::thread::spawn(move || {
            let status = child.wait().expect("a status");
            *ended.0.lock().expect("status") = Some(status);
            ended.1.notify_all();
        });
        running
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a signal by name, as `KILL` or `INT`.
    pub(crate) fn signal(&self, name: &str) {
        Command::new("/bin/kill")
            .args([format!("-{name}"), self.pid.to_string()])
            .stderr(Stdio::null())
            .status()
            .expect("kill is there");
    }

    /// Kills it and waits until it is dead.
    pub(crate) fn kill(&self) {
        self.signal("KILL");
        self.dead();
    }

    /// True until it has ended.
    pub(crate) fn is_alive(&self) -> bool {
        self.ended.0.lock().expect("status").is_none()
    }

    /// Whether anything is on its stdout by now.
    pub(crate) fn has_written(&self) -> bool {
        fs::metadata(self.folder.path().join("stdout")).is_ok_and(|data| data.len() > 0)
    }

    /// Whether this is on its stdout by now.
    pub(crate) fn has_printed(&self, text: &str) -> bool {
        let stdout = fs::read_to_string(self.folder.path().join("stdout"));
        stdout.is_ok_and(|stdout| stdout.contains(text))
    }

    /// What is on its stdout by now.
    #[cfg(feature = "cloud")]
    pub(crate) fn printed(&self) -> String {
        fs::read_to_string(self.folder.path().join("stdout")).unwrap_or_default()
    }

    /// Whether this is on its stderr by now.
    pub(crate) fn has_said(&self, text: &str) -> bool {
        let stderr = fs::read_to_string(self.folder.path().join("stderr"));
        stderr.is_ok_and(|stderr| stderr.contains(text))
    }

    fn dead(&self) -> ExitStatus {
        let (status, changed) = &*self.ended;
        let guard = status.lock().expect("status");
        let (guard, _) = changed
            .wait_timeout_while(guard, WATCHDOG, |status| status.is_none())
            .expect("status");
        if let Some(status) = *guard {
            return status;
        }
        drop(guard);
        self.signal("KILL");
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name));
        panic!(
            "the program did not end; stdout: {:?} stderr: {:?}",
            read("stdout"),
            read("stderr")
        );
    }

    /// Waits for its end.
    pub(crate) fn wait(&self) -> Output {
        let status = self.dead();
        let read = |name: &str| {
            let bytes = fs::read(self.folder.path().join(name)).expect("output");
            String::from_utf8(bytes).expect("UTF-8")
        };
        Output {
            code: status.code(),
            stdout: read("stdout"),
            stderr: read("stderr"),
        }
    }
}

/// Every test can run as a migration that is too large for memory, in a build with fault points: with
/// `CHATFERRY_SMALL_MEMORY` in the environment of the tests.
fn small_memory() -> Option<(&'static str, String)> {
    const NAME: &str = "CHATFERRY_SMALL_MEMORY";
    super::setting(NAME).map(|value| (NAME, value))
}
