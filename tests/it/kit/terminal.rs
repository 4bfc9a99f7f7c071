//! The program at a terminal: `script` of util-linux gives it one.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{Output, World};

impl World {
    /// Runs the program at a terminal where a person types these lines. What it prints, on either stream, is the
    /// output's stdout.
    pub(crate) fn run_at_terminal(&self, arguments: &[&str], typed: &str) -> Output {
        self.run_at("", arguments, typed)
    }

    /// The same at a terminal that can draw a line again and again: every state of it is in the output.
    pub(crate) fn run_at_drawing_terminal(&self, arguments: &[&str]) -> Output {
        self.run_at("xterm", arguments, "")
    }

    fn run_at(&self, terminal: &str, arguments: &[&str], typed: &str) -> Output {
        let program = env!("CARGO_BIN_EXE_chatferry");
        // A terminal without a size has no room for a line of progress.
        let command = format!("stty cols 400; '{program}' {}", arguments.join(" "));
        let mut child = Command::new("/usr/bin/script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(self.path())
            .env_clear()
            .envs(self.environment())
            // Wide enough that no line is wrapped.
            .envs([
                ("PATH", "/usr/bin:/bin"),
                ("SHELL", "/bin/sh"),
                ("COLUMNS", "400"),
                ("TERM", terminal),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a terminal");
        let mut keyboard = child.stdin.take().expect("a keyboard");
        keyboard.write_all(typed.as_bytes()).expect("typed");
        // `script` ends with the program; the end of its input would be typed as well.
        let output = child.wait_with_output().expect("an end");
        drop(keyboard);
        Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"),
            stderr: String::new(),
        }
    }
}
