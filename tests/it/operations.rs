//! The examples for schedulers: `examples/operations/check.py` follows each exit status to what a scheduler does then.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python with the packages that `.ci/run` installs, else the machine's. Prints that the test is skipped if there is none.
fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let candidates = [
        root.join("target/operations/bin/python"),
        PathBuf::from("python3"),
    ];
    let found = candidates.into_iter().find(|python| {
        let probe = Command::new(python)
            .args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"])
            .status();
        probe.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        crate::kit::setting::skipped("there is no Python 3.10 or newer on this machine");
    }
    found
}

#[test]
fn examples_for_schedulers_pass_their_checks() {
    let Some(python) = python() else {
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(root.join("examples/operations/check.py"))
        .current_dir(root)
        .output()
        .expect("python");
    let printed = String::from_utf8_lossy(&output.stderr);
    // A mark of each test may precede the reason on its line.
    for (_, reason) in printed
        .lines()
        .filter_map(|line| line.split_once("skipped: "))
    {
        crate::kit::setting::skipped(reason);
    }
    assert!(output.status.success(), "{printed}");
    assert!(!printed.contains("Ran 0 tests"), "{printed}");
}
