//! Copies of a whole checkpoint, from a file to a store and back, compared row by row.
//!
//! In scope: the copy has the same hash key, so that all hashes keep their meaning. Never here: which of the two is used
//! afterwards.

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::OpenFlags;
use tempfile::TempDir;

use super::connection::{connect, sync_folder};
use super::dump::DumpedRow;
use super::error::Error;
use super::lock::Lock;
use super::open::Checkpoint;
use super::own_file::own_path;
use super::remote::Session;
use super::shared;
use super::snapshot::Snapshot;
use crate::checkpoint_location::CheckpointLocation;
use crate::clock::SharedClock;

/// What a checkpoint that is copied is held by, so that no run changes it meanwhile.
enum Held {
    File { _lock: Lock },
    Store(Box<Session>),
}

/// Copies the checkpoint at `from` to `to`, where none is, and compares all rows. Returns their number; `None` if nothing
/// was ever recorded.
///
/// # Errors
/// As [`Checkpoint::open`], for both; [`Error::Exists`]; [`Error::Damaged`] if a row of the copy differs.
pub fn copy(
    from: &CheckpointLocation,
    to: &CheckpointLocation,
    clock: &SharedClock,
) -> Result<Option<u64>, Error> {
    let Some(before) = Checkpoint::peek_at_any(from)? else {
        return Ok(None);
    };
    let binding = before.binding()?;
    drop(before);
    let held = match from {
        CheckpointLocation::File(path) => Held::File {
            _lock: Lock::take(&own_path(path)?)?,
        },
        CheckpointLocation::Store(store) => {
            Held::Store(Box::new(Session::begin(store, &binding, clock)?))
        }
    };
    let Some(source) = Checkpoint::peek_held(from)? else {
        return Ok(None);
    };
    let copied = Copied::of(&source)?;
    match to {
        CheckpointLocation::File(path) => copied.put_file(path)?,
        CheckpointLocation::Store(store) => {
            shared::require_organization(store, binding.organization_id())?;
            let mut session = Session::begin(store, &binding, clock)?;
            if session.has_records() {
                return Err(exists(to));
            }
            session
                .replace(&copied.path())
                .map_err(|error| error.named(store.shown()))?;
            session.release();
        }
    }
    let rows = compare(&source, to)?;
    if let Held::Store(session) = held {
        session.release();
    }
    Ok(Some(rows))
}

/// A complete copy in a temporary folder, of the newest format.
struct Copied(TempDir);

impl Copied {
    fn of(source: &Snapshot) -> Result<Copied, Error> {
        let folder = tempfile::tempdir().map_err(|error| Error::io(source.path(), error))?;
        let copied = Copied(folder);
        let to = copied.path().to_string_lossy().into_owned();
        source.read(|inner| inner.connection.execute("VACUUM INTO ?1", [to]).map(drop))?;
        Ok(copied)
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("copy.db")
    }

    /// Puts it in a place that has no file.
    fn put_file(&self, path: &Path) -> Result<(), Error> {
        let path = own_path(path)?;
        let io = |error| Error::io(&path, error);
        let _lock = Lock::take(&path)?;
        if path.try_exists().map_err(io)? {
            return Err(exists(&CheckpointLocation::from(&path)));
        }
        place(&path, &mut fs::File::open(self.path()).map_err(io)?).map_err(io)?;
        // A file that cannot be read is noticed before the former one is given up.
        connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).map(drop)
    }
}

/// Writes a file that this user alone can read, and puts it in its place at once: one that is cut off would count as no
/// checkpoint.
fn place(path: &Path, from: &mut impl io::Read) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".chatferry-")
        .tempfile_in(folder)?;
    io::copy(from, &mut file)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder(path)
}

fn exists(to: &CheckpointLocation) -> Error {
    Error::Exists {
        path: to.to_string().into(),
    }
}

/// Compares the rows of the copy with those of its source, in their order; returns their number.
fn compare(source: &Snapshot, to: &CheckpointLocation) -> Result<u64, Error> {
    let differs = |row: usize| Error::Damaged {
        path: to.to_string().into(),
        detail: format!("row {} differs from the one that was copied", row + 1),
    };
    let digest = |row: &DumpedRow| blake3::hash(format!("{row:?}").as_bytes());
    let mut expected = Vec::new();
    source.each_row(|row| {
        expected.push(digest(&row));
        true
    })?;
    let copy = Checkpoint::peek_held(to)?.ok_or_else(|| differs(0))?;
    if copy.key() != source.key() {
        return Err(differs(0));
    }
    let mut number = 0;
    let mut is_equal = true;
    copy.each_row(|row| {
        is_equal = expected.get(number) == Some(&digest(&row));
        number += usize::from(is_equal);
        is_equal
    })?;
    match is_equal && number == expected.len() {
        true => Ok(number as u64),
        false => Err(differs(number)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// Bytes that end with an error.
    struct CutOff(u8);

    impl io::Read for CutOff {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("cut off"));
            }
            self.0 -= 1;
            buffer[..2].copy_from_slice(b"SQ");
            Ok(2)
        }
    }

    #[test]
    fn copy_that_is_cut_off_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chatferry.db");
        place(&path, &mut CutOff(3)).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        place(&path, &mut CutOff(3).take(6)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"SQSQSQ");
        // A checkpoint that was created meanwhile stays.
        place(&path, &mut CutOff(1).take(2)).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"SQSQSQ");
    }
}
