//! The lock that one import holds on one checkpoint.
//!
//! For: letting no second import write, and letting `plan` know whether one is running. The lock
//! is the operating system's on the side file `<checkpoint>.lock`, so a killed process leaves none
//! behind. The side file stays where it is: removing it would let two processes lock two files of
//! one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::Error;

/// An import's hold on a checkpoint, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the checkpoint at `path` and writes this process's id into it.
    ///
    /// # Errors
    /// [`Error::Locked`] when another import has it (or, for the moment of a copy, a reader), [`Error::ReadOnly`], [`Error::Full`] and
    /// [`Error::Io`] when the side file cannot be made.
    pub(super) fn take(path: &Path) -> Result<Lock, Error> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        private(&mut options);
        let io = |error| Error::io(path, error);
        let mut file = options.open(side_file(path)).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(io(error)),
            Err(TryLockError::WouldBlock) => {
                let pid = read_pid(&mut file);
                return Err(Error::Locked {
                    path: path.to_owned(),
                    pid,
                });
            }
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        file.write_all(std::process::id().to_string().as_bytes())
            .map_err(io)?;
        Ok(Lock { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The id is only for people; the lock itself goes with the file handle.
        self.file.set_len(0).ok();
    }
}

/// Whether an import is at work on a checkpoint.
#[derive(Debug)]
pub(super) enum Watch {
    /// One is.
    Running,
    /// None is, and none can begin while this is held (`None`: there is no side file to hold).
    Quiet {
        /// The shared lock.
        _held: Option<File>,
    },
}

impl Watch {
    /// Looks, without making or changing any file.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::ReadOnly`] when the side file is there and cannot be read.
    pub(super) fn look(path: &Path) -> Result<Watch, Error> {
        let file = match File::open(side_file(path)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Watch::Quiet { _held: None });
            }
            Err(error) => return Err(Error::io(path, error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(Watch::Quiet { _held: Some(file) }),
            Err(TryLockError::WouldBlock) => Ok(Watch::Running),
            Err(TryLockError::Error(error)) => Err(Error::io(path, error)),
        }
    }
}

/// `<path>.lock`.
fn side_file(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

/// The file beside `path` whose name goes on with `suffix`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Lets only this user read what `options` create; Windows files inherit their folder's rights.
pub(super) fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// The process id in the side file, where it can be read (Windows does not let it be).
fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_with_the_first_ones_process() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let first = Lock::take(&path).unwrap();
        match Lock::take(&path) {
            Err(Error::Locked { pid, path: refused }) => {
                assert_eq!(pid, Some(std::process::id()));
                assert_eq!(refused, path);
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(Watch::look(&path), Ok(Watch::Running)));
        drop(first);
        assert!(matches!(
            Watch::look(&path),
            Ok(Watch::Quiet { _held: Some(_) })
        ));
        Lock::take(&path).unwrap();
    }

    #[test]
    fn looking_makes_no_file() {
        let dir = tempfile::tempdir().unwrap();
        Watch::look(&dir.path().join("a.db")).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
