//! The commit that a source tree is built from, for `chatferry --version`.
//!
//! Asks `git`, which may be absent: then the commit is unknown, and the build goes on.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Variables by which a caller's git, such as that of a hook, would point to another repository.
const VARIABLES: [&str; 3] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"];

/// The first twelve digits of the commit, with `-dirty` if tracked files differ from it.
///
/// `None` where the folder is not the top of a git repository: a copy inside of another repository is not described
/// by that repository's commits.
pub(crate) fn commit(folder: &Path) -> Option<String> {
    let top = PathBuf::from(git(folder, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != folder.canonicalize().ok()? {
        return None;
    }
    let commit = git(folder, &["rev-parse", "--short=12", "HEAD"])?;
    let changes = git(folder, &["status", "--porcelain", "--untracked-files=no"])?;
    let suffix = if changes.is_empty() { "" } else { "-dirty" };
    Some(format!("{commit}{suffix}"))
}

/// The files of git that change with the commit of a folder.
pub(crate) fn watched(folder: &Path) -> Vec<PathBuf> {
    let mut names = vec!["HEAD".to_owned(), "packed-refs".to_owned()];
    names.extend(git(folder, &["symbolic-ref", "--quiet", "HEAD"]));
    let paths = names.iter().filter_map(|name| {
        let path = git(folder, &["rev-parse", "--git-path", name])?;
        Some(folder.join(path))
    });
    // Cargo runs a build script each time if a file that it watches is not there.
    paths.filter(|path| path.exists()).collect()
}

/// The output of git, without the newline at its end; `None` if git fails or is not installed.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    let output = command
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success()).then(|| text.trim_end().to_owned())
}
