//! Pipes and devices: never opened, since reading one may never end.

use std::path::Path;
use std::process::Command;

use super::{ZOE_ZIP, compare, exports, good, inspect};

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo is there").success());
}

#[test]
fn pipe_is_refused_and_does_not_hang() {
    let folder = exports(&[(ZOE_ZIP, &good())]);
    pipe(&folder.path().join("pipe.zip"));
    pipe(&folder.path().join("exports/pipe in the folder.zip"));
    let paths = ["pipe.zip", "/dev/zero", "exports"];
    compare("devices", &inspect(folder.path(), &paths));
}
