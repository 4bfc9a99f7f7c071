//! Why a place or an object in object storage cannot be read.

use std::io;

use crate::coded::Explanation;

/// Why a place or an object cannot be read. It contains no credential and no address with one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explanation())]
pub enum StorageProblem {
    /// This build has no object storage.
    NotBuilt,
    /// A place that chatferry does not read; contains the cause.
    Place(&'static str),
    /// No credentials, or settings that do not fit together; contains the variables that give them.
    Credentials(&'static str),
    /// The credentials may not list or read this place.
    PlaceDenied,
    /// The bucket does not exist.
    NoBucket,
    /// The bucket is in another region than the requests went to.
    Region,
    /// No object is at or under the place.
    Empty,
    /// The storage sent no usable response; contains the cause.
    Unreachable(String),
    /// The credentials may not read this object.
    ObjectDenied,
    /// The object was deleted after it was listed.
    Deleted,
    /// The object was replaced after it was listed: its ETag, or its size, is another one.
    Changed,
    /// The server sends files only as a whole.
    NoRanges,
    /// A database or backup, which is read from a disk only.
    Native,
    /// The temporary file with what was read cannot be written; contains the cause.
    Temporary(String),
}

impl StorageProblem {
    /// The stable code of the problem (docs/guide/troubleshooting.md).
    pub(crate) fn code(&self) -> &'static str {
        match self {
            StorageProblem::NotBuilt => "storage_not_built",
            StorageProblem::Place(_) => "storage_place",
            StorageProblem::Credentials(_) => "storage_credentials",
            StorageProblem::PlaceDenied => "storage_denied",
            StorageProblem::NoBucket => "storage_no_bucket",
            StorageProblem::Region => "storage_region",
            StorageProblem::Empty => "storage_empty",
            StorageProblem::Unreachable(_) => "storage_unreachable",
            StorageProblem::ObjectDenied => "archive_denied",
            StorageProblem::Deleted => "archive_deleted",
            StorageProblem::Changed => "archive_changed",
            StorageProblem::NoRanges => "storage_no_ranges",
            StorageProblem::Native => "archive_native_in_storage",
            StorageProblem::Temporary(_) => "storage_temporary",
        }
    }

    /// Whether the object itself has changed since it was planned with, so that reading it again in
    /// this run cannot succeed.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, StorageProblem::Changed)
    }

    /// What happened and what to do.
    pub(crate) fn explanation(&self) -> Explanation {
        let (reason, remedy) = match self {
            StorageProblem::NotBuilt => (
                "this build of chatferry reads no object storage",
                "install it with the feature: `cargo install --features cloud`, or copy the archives to this machine",
            ),
            StorageProblem::Place(reason) => (
                *reason,
                "write s3://BUCKET/FOLDER/, gs://BUCKET/FOLDER/, az://CONTAINER/FOLDER/ or the https:// address of one zip",
            ),
            StorageProblem::Credentials(variables) => {
                return Explanation::new("no usable credentials in the environment", *variables);
            }
            StorageProblem::PlaceDenied => (
                "the storage denies access",
                "check the credentials in the environment, and that they may list the bucket and read its objects",
            ),
            StorageProblem::NoBucket => ("no such bucket", "check its name, and the endpoint"),
            StorageProblem::Region => (
                "the bucket is in another region",
                "set AWS_REGION to the region of the bucket",
            ),
            StorageProblem::Empty => ("no object at or under this place", "check the path"),
            StorageProblem::Unreachable(reason) => {
                return Explanation::new(
                    format!("object storage is unreachable ({reason})"),
                    "run the command again",
                );
            }
            StorageProblem::ObjectDenied => (
                "the storage denies access to this object",
                "check the rights of the credentials, and that the object is not in an archive tier",
            ),
            StorageProblem::Deleted => (
                "was deleted from object storage while chatferry read it",
                "run the command again",
            ),
            StorageProblem::Changed => (
                "damaged for this run (it was replaced in object storage while chatferry read it)",
                "run the command again",
            ),
            StorageProblem::NoRanges => (
                "the server sends the file only as a whole",
                "download it and pass the copy instead",
            ),
            StorageProblem::Native => (
                "databases, backups and logs are not read from object storage",
                "copy it to this machine and pass the copy instead",
            ),
            StorageProblem::Temporary(reason) => {
                return Explanation::new(
                    format!("what was downloaded cannot be kept in a temporary file ({reason})"),
                    "make space there, or set TMPDIR to another folder",
                );
            }
        };
        Explanation::new(reason, remedy)
    }
}

impl From<StorageProblem> for io::Error {
    fn from(problem: StorageProblem) -> io::Error {
        io::Error::other(problem)
    }
}

/// The problem that an error of a reader contains.
pub(in crate::archive) fn problem_in(error: &io::Error) -> Option<StorageProblem> {
    error.get_ref()?.downcast_ref().cloned()
}
