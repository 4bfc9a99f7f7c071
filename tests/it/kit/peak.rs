//! The peak memory of a run of the real program, as Linux counts it.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the program to its end. Returns what it wrote and the most memory that it ever had
/// resident until it began to write, in KiB.
///
/// The system forgets that number when a process ends, so it is read while the program cannot go
/// on: it waits for somebody to take its output, which must be larger than a pipe holds (64 KiB).
#[track_caller]
pub(crate) fn of_run(arguments: &[&str], folder: &Path) -> (String, u64) {
    const PIPE: usize = 64 * 1024;
    let mut child = Command::new(env!("CARGO_BIN_EXE_chatferry"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut output = vec![0];
    stdout.read_exact(&mut output).expect("it writes something");
    let peak = so_far(child.id());
    stdout.read_to_end(&mut output).expect("its output");
    assert!(child.wait().expect("ends").success(), "{arguments:?}");
    assert!(
        output.len() > 2 * PIPE,
        "it was not made to wait: only {} bytes",
        output.len()
    );
    (String::from_utf8(output).expect("UTF-8"), peak)
}

/// The most memory that a running program had resident so far, in KiB.
#[track_caller]
pub(crate) fn so_far(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"))
        .and_then(|number| number.parse().ok())
        .expect("a peak")
}
