//! The archives that a command is given by name, without a configuration: `inspect`, `parse`.

use std::path::PathBuf;

use super::keys;
use super::out::Out;
use crate::archive::Limits;
use crate::intake::{self, Failure, NativeArchive, Opened};

/// What was opened.
pub(super) struct Named {
    pub(super) opened: Vec<Opened>,
    /// The device of each: equal numbers mean equal devices.
    pub(super) devices: Vec<usize>,
    pub(super) failures: Vec<Failure>,
    /// The archives with WhatsApp's own ids among them.
    pub(super) stores: Vec<NativeArchive>,
}

/// Opens the archives under `paths`, and warns of what is left alone.
pub(super) fn open(paths: &[PathBuf], limits: &Limits, out: &mut Out) -> Named {
    let intake = intake::open_with(paths, limits, &keys::terminal());
    for ignored in &intake.ignored {
        out.warn(&format!("{}; it is left alone", ignored.error));
    }
    let archives = intake.opened.iter().map(|opened| opened.path.as_path());
    Named {
        devices: intake::device_of_path(paths, archives),
        opened: intake.opened,
        failures: intake.failures,
        stores: intake.stores,
    }
}
