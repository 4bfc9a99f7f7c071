//! Independent readers over one open file or object.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::Error;
use super::remote::{self, Need, Object, StorageProblem};

/// A reader with its own position over a shared file handle or an object, so that a zip's directory is parsed once
/// and its entries are read on several threads.
#[derive(Debug, Clone)]
pub(super) struct SharedFile {
    source: Source,
    length: u64,
    position: u64,
    need: Need,
}

#[derive(Debug, Clone)]
enum Source {
    File(Arc<File>),
    Object(Object),
}

impl SharedFile {
    /// Opens a file, or an object by its place.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Storage`].
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        if remote::is_remote(path) {
            let object = remote::object_at(path).map_err(|problem| Error::Storage {
                path: path.to_owned(),
                problem,
            })?;
            return Ok(SharedFile::of_object(object));
        }
        let io = |source: io::Error| Error::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        Ok(SharedFile {
            source: Source::File(Arc::new(file)),
            length,
            position: 0,
            need: Need::default(),
        })
    }

    /// A reader from the start of an object.
    pub(super) fn of_object(object: Object) -> Self {
        SharedFile {
            length: object.length(),
            source: Source::Object(object),
            position: 0,
            need: Need::default(),
        }
    }

    /// The same file for a reader that needs these bytes; without effect on disk.
    pub(super) fn needing(&self, need: Need) -> Self {
        SharedFile {
            need,
            ..self.clone()
        }
    }

    /// Size of the file when it was opened, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Why a read of an object failed.
    pub(super) fn problem(&self) -> Option<StorageProblem> {
        match &self.source {
            Source::File(_) => None,
            Source::Object(object) => object.problem(),
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &self.source {
            Source::File(file) => read_at(file, buffer, self.position)?,
            Source::Object(object) => object.read_at(buffer, self.position, self.need)?,
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
