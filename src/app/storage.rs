//! Problems of object storage that stop a command, with the exit status that each leads to.
//!
//! Others concern one archive: it is a failure among archives that were read.

use super::error::{Error, Exit};
use crate::archive::{self, StorageProblem};
use crate::coded::Coded;
use crate::intake::{self, Failure};

/// The first failure after which a command must not go on as if the archives of a place did not exist, with its status.
pub(super) fn stopping<'f>(
    failures: impl IntoIterator<Item = &'f Failure>,
) -> Option<(Exit, &'f Failure)> {
    let mut stopping = failures
        .into_iter()
        .filter_map(|failure| match &failure.error {
            intake::Error::Archive(archive::Error::Storage { problem, .. }) => {
                Some((exit(problem)?, failure))
            }
            _ => None,
        });
    stopping.next()
}

/// The status of a command that read the other archives, if object storage determines it.
pub(crate) fn storage_exit(failures: &[Failure]) -> Option<Exit> {
    stopping(failures).map(|(exit, _)| exit)
}

/// The first such failure as an error.
pub(super) fn stop(failures: &[Failure]) -> Option<Error> {
    let (exit, failure) = stopping(failures)?;
    let code = failure.error.code().to_owned();
    Some(Error::coded(exit, code, failure.error.to_string()))
}

fn exit(problem: &StorageProblem) -> Option<Exit> {
    match problem {
        StorageProblem::NotBuilt
        | StorageProblem::Place(_)
        | StorageProblem::Credentials(_)
        | StorageProblem::NoBucket
        | StorageProblem::Region
        | StorageProblem::Empty => Some(Exit::Usage),
        StorageProblem::PlaceDenied => Some(Exit::Denied),
        StorageProblem::Unreachable(_) | StorageProblem::Temporary(_) => Some(Exit::Stopped),
        StorageProblem::ObjectDenied
        | StorageProblem::Deleted
        | StorageProblem::Changed
        | StorageProblem::NoRanges
        | StorageProblem::Native => None,
    }
}
