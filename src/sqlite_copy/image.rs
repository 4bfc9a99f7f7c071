//! Image of a database: a copy that contains what its logs add to it, and needs no log to be read.
//!
//! Reading a log with SQLite takes a copy of the log under a name, which a kill would leave behind.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::{Error, head, journal, wal};

/// Offset of the page size in a database, in bytes.
const PAGE_SIZE: u64 = 16;
/// Offset of the write and the read version: one byte each, 1 with a journal and 2 with a write-ahead log.
const VERSIONS: u64 = 18;

/// Logs next to a database that contain something.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    journal: Option<PathBuf>,
    wal: Option<PathBuf>,
}

impl Logs {
    /// The logs of a database; `None` where it has none.
    ///
    /// # Errors
    ///
    /// A log that is there and cannot be read: without it the newest messages would be missing.
    pub(crate) fn find(path: &Path) -> Result<Option<Logs>, Error> {
        let log = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            let log = PathBuf::from(name);
            match head(&log, 1) {
                // The journal of a writer that ended well may be there still, and begins with zero.
                Ok(begin) => Ok(begin.iter().any(|byte| *byte != 0).then_some(log)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Error::io(&log, error)),
            }
        };
        let (journal, wal) = (log("-journal")?, log("-wal")?);
        Ok((journal.is_some() || wal.is_some()).then_some(Logs { journal, wal }))
    }
}

/// Copies the database at `path` into the empty `image` and applies its logs, the journal first, as SQLite does.
pub(super) fn write(path: &Path, logs: &Logs, image: &mut File) -> Result<(), Error> {
    let failed = |error| Error::io(path, error);
    io::copy(&mut File::open(path).map_err(failed)?, image).map_err(failed)?;
    let size = page_size(image).map_err(failed)?;
    if let Some(path) = &logs.journal {
        opened(path, |log| journal::roll_back(log, image, size))?;
    }
    let size = page_size(image).map_err(failed)?;
    if let Some(path) = &logs.wal {
        opened(path, |log| wal::apply(log, image, size))?;
    }
    without_log(image).map_err(failed)
}

fn opened(path: &Path, apply: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    let applied = File::open(path).and_then(|mut log| apply(&mut log));
    applied.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        },
        _ => Error::io(path, error),
    })
}

/// Page size that the header contains, in bytes; 0 for an image without a header.
fn page_size(image: &mut File) -> io::Result<u32> {
    let mut bytes = [0; 2];
    if image.metadata()?.len() > PAGE_SIZE + 2 {
        read_at(image, PAGE_SIZE, &mut bytes)?;
    }
    // 65536 does not fit into two bytes.
    Ok(match u16::from_be_bytes(bytes) {
        1 => 0x1_0000,
        size => u32::from(size),
    })
}

/// Changes the versions, so that SQLite looks for no write-ahead log.
fn without_log(image: &mut File) -> io::Result<()> {
    let mut versions = [0; 2];
    if image.metadata()?.len() > VERSIONS + 2 {
        read_at(image, VERSIONS, &mut versions)?;
    }
    if versions.contains(&2) {
        image.seek(SeekFrom::Start(VERSIONS))?;
        image.write_all(&versions.map(|version| version.min(1)))?;
    }
    Ok(())
}

fn read_at(image: &mut File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    use std::io::Read as _;
    image.seek(SeekFrom::Start(offset))?;
    image.read_exact(bytes)
}

/// A number of four bytes, as all of SQLite's files contain numbers.
pub(super) fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Whether SQLite accepts this size of a page, in bytes.
pub(super) fn is_page_size(size: u32) -> bool {
    size.is_power_of_two() && (512..=0x1_0000).contains(&size)
}
