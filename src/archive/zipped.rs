//! A zip as the phone makes it, zip64 included.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chrono::NaiveDate;
use zip::ZipArchive;
use zip::result::ZipError;

use super::shared_file::SharedFile;
use super::{Entry, Error, Limits};

/// An opened zip. Its directory is parsed once; every read takes a copy of the handle.
pub(super) struct Zipped {
    archive: ZipArchive<SharedFile>,
    /// The zip's own number of each of our entries: folders are left out.
    numbers: Vec<usize>,
}

impl std::fmt::Debug for Zipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zipped")
            .field("entries", &self.numbers.len())
            .finish_non_exhaustive()
    }
}

impl Zipped {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the room that opens archives"
    )]
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<(Self, Vec<Entry>), Error> {
        let io = |source: io::Error| Error::Io {
            path: path.to_owned(),
            source,
        };
        let file = SharedFile::new(File::open(path).map_err(io)?).map_err(io)?;
        let mut archive = ZipArchive::new(file).map_err(|error| damaged(path, &error))?;
        if archive.len() as u64 > limits.entries {
            return Err(Error::TooManyEntries {
                path: path.to_owned(),
                count: archive.len() as u64,
                limit: limits.entries,
            });
        }
        let mut entries = Vec::with_capacity(archive.len());
        let mut numbers = Vec::with_capacity(archive.len());
        for number in 0..archive.len() {
            // The directory alone says all of this; an entry whose own header is broken is still
            // listed, and fails when it is read.
            let Some(Ok(name)) = archive
                .name_for_index(number)
                .map(|name| name.map(|n| n.into_owned()))
            else {
                continue;
            };
            let (name, size, crc) = match archive.by_index_raw(number) {
                Ok(entry) if entry.is_dir() || entry.is_symlink() => continue,
                Ok(entry) => (
                    utf8_name(entry.name_raw()).unwrap_or(name),
                    entry.size(),
                    Some(entry.crc32()),
                ),
                Err(_) if name.ends_with('/') => continue,
                Err(_) => (name, 0, None),
            };
            entries.push(Entry {
                name: slashes(name),
                size,
                crc,
            });
            numbers.push(number);
        }
        Ok((Zipped { archive, numbers }, entries))
    }

    /// The day in the directory, or `None` where there is none or it cannot be.
    pub(super) fn written_on(&self, index: u32) -> Option<NaiveDate> {
        let number = *self.numbers.get(index as usize)?;
        let mut archive = self.archive.clone();
        let time = archive.by_index_raw(number).ok()?.last_modified()?;
        NaiveDate::from_ymd_opt(time.year().into(), time.month().into(), time.day().into())
    }

    pub(super) fn with_reader(
        &self,
        path: &Path,
        index: u32,
        use_it: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(), Error> {
        let failed = |reason: String| Error::Entry {
            path: path.to_owned(),
            index,
            reason,
        };
        let number = *self
            .numbers
            .get(index as usize)
            .ok_or_else(|| failed("there is no such entry".to_owned()))?;
        let mut archive = self.archive.clone();
        let mut reader = archive.by_index(number).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Error::Encrypted {
                path: path.to_owned(),
                index,
            },
            ZipError::Io(error) => io_or(error, path, &failed),
            other => failed(reason(&other)),
        })?;
        use_it(&mut reader).map_err(|error| io_or(error, path, &failed))
    }
}

/// An error that the operating system gave is one of reading; any other is what the bytes say.
fn io_or(error: io::Error, path: &Path, failed: &impl Fn(String) -> Error) -> Error {
    if error.raw_os_error().is_some() {
        Error::Io {
            path: path.to_owned(),
            source: error,
        }
    } else {
        failed(error.to_string())
    }
}

/// The name in UTF-8 where its bytes are that, whatever the entry's flag says: some programs
/// write UTF-8 without saying so.
fn utf8_name(raw: &[u8]) -> Option<String> {
    std::str::from_utf8(raw).ok().map(str::to_owned)
}

/// Some programs for Windows write folders with a backslash.
fn slashes(name: String) -> String {
    if name.contains('/') {
        name
    } else {
        name.replace('\\', "/")
    }
}

fn damaged(path: &Path, error: &ZipError) -> Error {
    match error {
        ZipError::Io(source)
            if source.kind() != io::ErrorKind::UnexpectedEof
                && source.kind() != io::ErrorKind::InvalidData =>
        {
            Error::Io {
                path: path.to_owned(),
                source: io::Error::new(source.kind(), source.to_string()),
            }
        }
        other => Error::Damaged {
            path: path.to_owned(),
            reason: reason(other),
        },
    }
}

fn reason(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(text) => text.to_string(),
        ZipError::UnsupportedArchive(text) => (*text).to_owned(),
        other => other.to_string(),
    }
}
