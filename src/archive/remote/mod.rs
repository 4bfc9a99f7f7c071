//! Archives in object storage: places, listings, and objects that are read by ranges.
//!
//! Belongs here: what a place such as `s3://bucket/anna/` means, which archives are under it, and the bytes of an
//! object. Never here: what a zip or a transcript contains. Requests need the feature `cloud`; without it, every
//! place is [`StorageProblem::NotBuilt`].

mod place;
mod problem;
mod search;

#[cfg(feature = "cloud")]
mod cache;
#[cfg(feature = "cloud")]
mod errors;
#[cfg(feature = "cloud")]
mod listing;
#[cfg(feature = "cloud")]
mod object;
#[cfg(feature = "cloud")]
mod stores;
#[cfg(feature = "cloud")]
mod transfer;
#[cfg(not(feature = "cloud"))]
mod without;

#[cfg(feature = "cloud")]
pub(crate) use listing::read_small;
#[cfg(feature = "cloud")]
pub(super) use listing::{Object, files_of_folder, object_at, objects_under};
#[cfg(not(feature = "cloud"))]
pub(super) use without::{Object, files_of_folder, object_at, objects_under};

pub use place::{check_place, folder_of_place, is_remote, place_in};
pub use problem::StorageProblem;
pub(super) use problem::problem_in;
pub(super) use search::search;

use std::path::PathBuf;

/// An object under a place.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// Its place, `s3://bucket/anna/a.zip`: the path of an archive in every output.
    pub(super) path: PathBuf,
    /// The object.
    pub(super) object: Object,
}

/// The bytes of an object that a reader is going to need.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(
    not(feature = "cloud"),
    expect(dead_code, reason = "there is no object that is read")
)]
pub(super) struct Need {
    /// The end of these bytes: one request reads up to here, where a request may be that long.
    pub(super) until: u64,
    /// Whether they will be read again in this run, as those of a transcript.
    pub(super) again: bool,
}
