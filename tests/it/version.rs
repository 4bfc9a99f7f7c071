//! `--version`: the commit that the program is built from, as `build/commit.rs` finds it.

#[path = "../../build/commit.rs"]
mod commit;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::kit::{Running, folder};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-C"])
        .arg(folder)
        .args(arguments)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .expect("git");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A repository with one commit of one file.
fn repository(folder: &Path) {
    git(folder, &["init", "--quiet"]);
    fs::write(folder.join("a.txt"), "a").expect("written");
    git(folder, &["add", "a.txt"]);
    git(folder, &["commit", "--quiet", "--message", "a"]);
}

#[test]
fn commit_is_that_of_the_repository() {
    let dir = folder();
    repository(dir.path());
    let whole = git(dir.path(), &["rev-parse", "HEAD"]);
    assert_eq!(commit::commit(dir.path()).as_deref(), Some(&whole[..12]));
}

#[test]
fn changed_file_makes_the_commit_dirty() {
    let dir = folder();
    repository(dir.path());
    fs::write(dir.path().join("a.txt"), "b").expect("written");
    let commit = commit::commit(dir.path()).expect("a commit");
    assert!(commit.ends_with("-dirty"), "{commit}");
}

#[test]
fn new_file_does_not_make_the_commit_dirty() {
    let dir = folder();
    repository(dir.path());
    fs::write(dir.path().join("notes.txt"), "b").expect("written");
    assert_eq!(commit::commit(dir.path()).expect("a commit").len(), 12);
}

#[test]
fn commit_outside_of_a_repository_is_unknown() {
    assert_eq!(commit::commit(folder().path()), None);
}

/// A copy of the sources in a repository of something else.
#[test]
fn commit_of_an_outer_repository_is_not_ours() {
    let dir = folder();
    repository(dir.path());
    let inner = dir.path().join("vendor");
    fs::create_dir(&inner).expect("a folder");
    assert_eq!(commit::commit(&inner), None);
}

#[test]
fn next_commit_changes_a_watched_file() {
    let dir = folder();
    repository(dir.path());
    let read = || -> Vec<_> {
        let paths = commit::watched(dir.path());
        paths.iter().map(|path| fs::read(path).ok()).collect()
    };
    let before = read();
    git(
        dir.path(),
        &["commit", "--quiet", "--allow-empty", "--message", "b"],
    );
    assert_ne!(read(), before);
}

#[test]
fn version_shows_package_and_commit() {
    let dir = folder();
    let output = Running::start(&["--version"], dir.path(), &[])
        .wait()
        .exits(0);
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        (output.stdout).starts_with(&format!("chatferry {version} (")),
        "{}",
        output.stdout
    );
}
