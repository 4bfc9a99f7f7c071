//! `.ci/run`, with a root and a toolchain that are none: nothing is installed or built.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::kit::folder;

/// A program of a folder: a script of the shell.
fn stub(folder: &Path, name: &str, body: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
}

/// What `.ci/run` prints on stderr with these programs alone; it fails.
fn failure(programs: &[&str]) -> String {
    let dir = folder();
    for name in ["bash", "dirname", "paste"] {
        let found = ["/bin", "/usr/bin"].map(|folder| Path::new(folder).join(name));
        let found = found.iter().find(|path| path.exists()).expect("a program");
        symlink(found, dir.path().join(name)).expect("a link");
    }
    stub(dir.path(), "id", "echo 0");
    // Formatting is the first step after the programs were looked for.
    stub(
        dir.path(),
        "cargo",
        "[ \"$2\" = --version ] || { echo begins >&2; exit 9; }",
    );
    for name in programs {
        stub(dir.path(), name, "exit 0");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run");
    let output = Command::new("/bin/bash")
        .arg(script)
        .env_clear()
        .env("PATH", dir.path())
        .output()
        .expect("started");
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn run_as_root_without_a_browser_fails_with_a_sentence() {
    assert_eq!(
        failure(&["node", "npm"]),
        "The tests of the reports in a browser cannot run: chromium not found, and could not be installed\n"
    );
}

#[test]
fn run_as_root_without_node_fails_with_a_sentence() {
    assert_eq!(
        failure(&["chromium"]),
        "The tests of the reports in a browser cannot run: node npm not found, and could not be installed\n"
    );
}

#[test]
fn run_as_root_with_node_and_browser_begins() {
    assert_eq!(failure(&["node", "npm", "chromium"]), "begins\n");
}
