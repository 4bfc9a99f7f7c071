//! What this process loaded last from a store: a command reads the checkpoint several times.
//!
//! The copy is a file without a name, so that none of it stays when the process ends. Never here: whether what it has is
//! still recorded, which the caller compares.

use std::fs::File;
use std::io::{self, Seek as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::reading::Filled;
use super::tables::Snapshot;
use crate::checkpoint_location::StoreLocation;

/// The last loaded file.
struct Cached {
    store: StoreLocation,
    snapshot: Snapshot,
    loaded: Loaded,
    file: File,
}

/// How far a file was loaded on top of a snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loaded {
    pub(super) filled: Filled,
    /// The digest of the last entry; `None`: there was none after the snapshot.
    pub(super) last: Option<blake3::Hash>,
}

static LAST: Mutex<Option<Cached>> = Mutex::new(None);

/// How far the store was loaded on top of this snapshot, if it was.
pub(super) fn find(store: &StoreLocation, snapshot: &Snapshot) -> Option<Loaded> {
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = |cached: &&Cached| cached.store == *store && cached.snapshot == *snapshot;
    last.as_ref().filter(fits).map(|cached| cached.loaded)
}

/// Writes what was found to the empty file at `path`.
pub(super) fn restore(path: &Path) -> io::Result<()> {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let cached = last.as_mut().ok_or(io::ErrorKind::NotFound)?;
    copy(
        &mut cached.file,
        &mut File::options().write(true).open(path)?,
    )
}

/// Keeps what the file at `path` has. Without space for it, the next reading loads everything again.
pub(super) fn keep(store: &StoreLocation, snapshot: &Snapshot, loaded: Loaded, path: &Path) {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = || -> io::Result<File> {
        let mut file = tempfile::tempfile()?;
        copy(&mut File::open(path)?, &mut file)?;
        Ok(file)
    };
    *last = kept().ok().map(|file| Cached {
        store: store.clone(),
        snapshot: snapshot.clone(),
        loaded,
        file,
    });
}

fn copy(from: &mut File, to: &mut File) -> io::Result<()> {
    from.rewind()?;
    io::copy(from, to).map(drop)
}
