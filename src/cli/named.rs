//! Archives given as paths, without a configuration, for `inspect` and `parse`.

use std::path::PathBuf;

use super::keys;
use super::out::Out;
use crate::app::Archives;
use crate::archive::Limits;

/// Opens the archives under `paths`, and warns of ignored files.
pub(super) fn open(paths: &[PathBuf], limits: &Limits, out: &mut Out) -> Archives {
    let archives = Archives::open_with(paths, limits, &keys::terminal());
    for ignored in archives.ignored() {
        out.warn(&ignored.ignored_text());
    }
    archives
}
