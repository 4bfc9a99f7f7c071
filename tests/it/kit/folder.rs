//! Temporary folders of tests: in memory where Linux has room there.
//!
//! A checkpoint waits for the disk at every commit and about twenty times in a run, which no test is about: what a kill
//! leaves behind is the same in memory.

use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;

/// Bytes that have to be free in memory; all tests together need some ten MiB at a time.
const ROOM: u64 = 1 << 30;

static MEMORY: LazyLock<Option<&Path>> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let has_room = fs4::available_space(memory).is_ok_and(|free| free >= ROOM);
    (cfg!(target_os = "linux") && has_room).then_some(memory)
});

/// An empty folder that is removed when it is dropped.
pub(crate) fn folder() -> TempDir {
    let folder = match *MEMORY {
        Some(memory) => tempfile::tempdir_in(memory),
        None => tempfile::tempdir(),
    };
    folder.expect("a folder")
}
