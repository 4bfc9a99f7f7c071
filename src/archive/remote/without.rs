//! Object storage in a build without it.

use std::convert::Infallible;
use std::io;
use std::path::Path;

use super::{Listed, Need, StorageProblem};

/// An object; there is none.
#[derive(Debug, Clone)]
pub(in crate::archive) struct Object(Infallible);

impl Object {
    pub(in crate::archive) fn length(&self) -> u64 {
        match self.0 {}
    }

    pub(in crate::archive) fn read_at(&self, _: &mut [u8], _: u64, _: Need) -> io::Result<usize> {
        match self.0 {}
    }

    pub(in crate::archive) fn problem(&self) -> Option<StorageProblem> {
        match self.0 {}
    }
}

pub(in crate::archive) fn object_at(_: &Path) -> Result<Object, StorageProblem> {
    Err(StorageProblem::NotBuilt)
}

pub(in crate::archive) fn objects_under(_: &Path) -> Result<Vec<Listed>, StorageProblem> {
    Err(StorageProblem::NotBuilt)
}

pub(in crate::archive) fn files_of_folder(
    _: &Path,
) -> Result<Vec<(String, Object)>, StorageProblem> {
    Err(StorageProblem::NotBuilt)
}
