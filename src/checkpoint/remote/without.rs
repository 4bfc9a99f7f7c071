//! Stores in a build without them.

use std::convert::Infallible;
use std::path::Path;

use rusqlite::Connection;

use super::super::change::Change;
use super::super::error::Error;
use super::super::ids::RunId;
use super::super::meta::Binding;
use super::StoreProblem;
use crate::checkpoint_location::StoreLocation;
use crate::clock::SharedClock;
use crate::fence::Fence;

/// A session; there is none.
#[derive(Debug)]
pub(in crate::checkpoint) struct Session(Infallible);

impl Session {
    pub(in crate::checkpoint) fn begin(
        store: &StoreLocation,
        _: &Binding,
        _: &SharedClock,
    ) -> Result<Session, Error> {
        Err(not_built(store))
    }

    pub(in crate::checkpoint) fn begin_to_replace(
        store: &StoreLocation,
        _: &Binding,
        _: &SharedClock,
    ) -> Result<Session, Error> {
        Err(not_built(store))
    }

    pub(in crate::checkpoint) fn load(&mut self, _: &Path) -> Result<(), Error> {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn begin_run(
        &mut self,
        _: &mut Connection,
        _: i64,
    ) -> Result<RunId, Error> {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn append(&mut self, _: i64, _: &[&Change]) -> Result<(), Error> {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn end_for_failed_copy(&mut self) {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn stop_run(&mut self, _: i64) -> Result<(), Error> {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn snapshot_if_due(&mut self, _: &Connection) {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn replace(&mut self, _: &Path) -> Result<(), Error> {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn has_failed_over(&self) -> bool {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn has_records(&self) -> bool {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn accept_server(&mut self) -> Result<(), Error> {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn fence(&self) -> Fence {
        match self.0 {}
    }

    pub(in crate::checkpoint) fn release(self) {
        match self.0 {}
    }
}

fn not_built(store: &StoreLocation) -> Error {
    StoreProblem::NotBuilt.at(store.shown())
}

pub(in crate::checkpoint) fn load(store: &StoreLocation, _: &Path) -> Result<bool, Error> {
    Err(not_built(store))
}

pub(in crate::checkpoint) fn is_in_use(store: &StoreLocation) -> Result<bool, Error> {
    Err(not_built(store))
}

pub(in crate::checkpoint) fn try_out(store: &StoreLocation) -> Result<(), Error> {
    Err(not_built(store))
}
