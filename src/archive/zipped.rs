//! Zip archives, zip64 included: the bytes of their entries.
//!
//! What the central directory contains is read in `directory`.

use std::io::{self, Read};
use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use zip::ZipReadOptions;
use zip::read::OwnedZipFileEntry;
use zip::result::ZipError;

use super::directory::{self, Directory};
use super::remote::{self, Need};
use super::shared_file::SharedFile;
use super::{Entry, Error, Limits, Remark, StorageProblem};

/// The part of an entry that is read. Object storage is read in one request where it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The first bytes, about this many.
    Head(u64),
    /// All of it.
    Once,
    /// All of it, and again later in the run.
    Again,
}

/// An opened zip. Its directory is parsed once; every read uses its own copy of the handle.
pub(super) struct Zipped {
    file: SharedFile,
    /// Indexed by entry number; folders and symbolic links have no number.
    zipped: Vec<OwnedZipFileEntry>,
    overlapping: Vec<bool>,
}

/// An opened zip with its entries.
pub(super) struct OpenedZip {
    pub(super) zipped: Zipped,
    pub(super) entries: Vec<Entry>,
    pub(super) remarks: Vec<Remark>,
}

impl std::fmt::Debug for Zipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zipped")
            .field("entries", &self.zipped.len())
            .finish_non_exhaustive()
    }
}

impl Zipped {
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<OpenedZip, Error> {
        let file = SharedFile::open(path)?;
        let Directory {
            entries,
            zipped,
            overlapping,
            remarks,
        } = directory::read(path, &file, limits)?;
        Ok(OpenedZip {
            zipped: Zipped {
                file,
                zipped,
                overlapping,
            },
            entries,
            remarks,
        })
    }

    /// The modification time in the directory; `None` if its date is absent or invalid, and midnight if its
    /// time of day is.
    pub(super) fn modified_at(&self, index: u32) -> Option<NaiveDateTime> {
        let at = self.zipped.get(index as usize)?.last_modified()?;
        let day = NaiveDate::from_ymd_opt(at.year().into(), at.month().into(), at.day().into())?;
        let (hour, minute, second) = (at.hour().into(), at.minute().into(), at.second().into());
        let time = NaiveTime::from_hms_opt(hour, minute, second).unwrap_or(NaiveTime::MIN);
        Some(day.and_time(time))
    }

    /// Why a read failed in object storage.
    pub(super) fn problem(&self) -> Option<StorageProblem> {
        self.file.problem()
    }

    /// Compressed size of an entry, in bytes.
    pub(super) fn packed(&self, index: u32) -> u64 {
        self.zipped
            .get(index as usize)
            .map_or(0, OwnedZipFileEntry::compressed_size)
    }

    /// Passes a reader of an entry to `consume`.
    pub(super) fn with_reader(
        &self,
        path: &Path,
        index: u32,
        extent: Extent,
        consume: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(), Error> {
        let failed = |reason: String| Error::Entry {
            path: path.to_owned(),
            index,
            reason,
        };
        let entry = self
            .zipped
            .get(index as usize)
            .ok_or_else(|| failed("there is no such entry".to_owned()))?;
        if self.overlapping.get(index as usize) == Some(&true) {
            return Err(failed("it shares bytes with another entry".to_owned()));
        }
        if !directory::is_supported(entry) && !entry.encrypted() {
            return Err(Error::UnsupportedMethod {
                path: path.to_owned(),
                index,
                method: entry.compression().to_string(),
            });
        }
        let mut file = self.file.needing(need(entry, extent));
        let mut reader = entry
            .as_ref()
            .with_reader(&mut file, ZipReadOptions::new())
            .map_err(|error| match error {
                ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Error::Encrypted {
                    path: path.to_owned(),
                    index,
                },
                ZipError::Io(error) => io_or(error, path, &failed),
                ZipError::InvalidArchive(text) if text.starts_with(directory::ENDS_TOO_EARLY) => {
                    failed("the archive is truncated before this entry".to_owned())
                }
                ZipError::InvalidArchive(text) => failed(text.into_owned()),
                other => failed(other.to_string()),
            })?;
        consume(&mut reader).map_err(|error| io_or(error, path, &failed))
    }
}

/// The bytes of the file that a reader of this extent of an entry needs.
fn need(entry: &OwnedZipFileEntry, extent: Extent) -> Need {
    // The local header, whose name and extra field are as long as in the directory, or a little longer.
    const HEADER: u64 = 30 + 128;
    let packed = match extent {
        Extent::Head(count) => entry.compressed_size().min(count),
        Extent::Once | Extent::Again => entry.compressed_size(),
    };
    let header = HEADER + entry.name_raw().len() as u64;
    Need {
        until: (entry.header_start().saturating_add(header)).saturating_add(packed),
        again: extent == Extent::Again,
    }
}

/// [`Error::Io`] for an error of the operating system, [`Error::Storage`] for one of object storage; every other error
/// means invalid data.
fn io_or(error: io::Error, path: &Path, failed: &impl Fn(String) -> Error) -> Error {
    if let Some(problem) = remote::problem_in(&error) {
        Error::Storage {
            path: path.to_owned(),
            problem,
        }
    } else if error.raw_os_error().is_some() {
        Error::Io {
            path: path.to_owned(),
            source: error,
        }
    } else {
        failed(error.to_string())
    }
}
