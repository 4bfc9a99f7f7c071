//! Archives given as paths, without a configuration, for `inspect` and `parse`.

use std::path::PathBuf;

use super::keys;
use super::out::Out;
use crate::archive::Limits;
use crate::intake::{self, Failure, NativeArchive, Opened};

/// The opened archives.
pub(super) struct Named {
    pub(super) opened: Vec<Opened>,
    /// The device of each archive: equal numbers mean equal devices.
    pub(super) devices: Vec<usize>,
    pub(super) failures: Vec<Failure>,
    /// The native archives among them.
    pub(super) stores: Vec<NativeArchive>,
}

/// Opens the archives under `paths`, and warns of ignored files.
pub(super) fn open(paths: &[PathBuf], limits: &Limits, out: &mut Out) -> Named {
    let intake = intake::open_with(paths, limits, &keys::terminal());
    for ignored in &intake.ignored {
        out.warn(&ignored.ignored_text());
    }
    let archives = intake.opened.iter().map(|opened| opened.path.as_path());
    Named {
        devices: intake::device_of_path(paths, archives),
        opened: intake.opened,
        failures: intake.failures,
        stores: intake.stores,
    }
}
