//! The lock of one import on one checkpoint.
//!
//! In scope: preventing a second import from writing, and showing `plan` whether one is running. The lock
//! is an operating system lock on the side file `<checkpoint>.lock`, so a killed process leaves none. The
//! side file is never deleted: otherwise two processes could lock two files of the same name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::error::Error;

/// The lock of an import on a checkpoint, held until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the checkpoint at `path` and writes this process's id into the side file.
    ///
    /// # Errors
    /// [`Error::Locked`] when another import holds it (or, briefly, a reader that copies the file),
    /// [`Error::ReadOnly`], [`Error::Full`] and [`Error::Io`] when the side file cannot be created.
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
        // The id is informational; the lock itself is released with the file handle.
        self.file.set_len(0).ok();
    }
}

/// Whether an import is running on a checkpoint.
#[derive(Debug)]
pub(super) enum Watch {
    /// An import is running.
    Running,
    /// No import is running, and none can start while this is held (`None`: there is no side file to lock).
    Quiet {
        /// The shared lock.
        _held: Option<File>,
    },
}

impl Watch {
    /// Checks without creating or changing any file.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::ReadOnly`] when the side file exists and is not readable.
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
    side_path(path, ".lock")
}

/// `path` with `suffix` appended to its file name.
pub(super) fn side_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Creates files that only this user can read; on Windows a file inherits the permissions of its folder.
pub(super) fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// The process id in the side file; not readable on Windows while the file is locked.
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
    fn second_lock_is_refused_with_the_process_of_the_first() {
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
    fn checking_the_lock_creates_no_file() {
        let dir = tempfile::tempdir().unwrap();
        Watch::look(&dir.path().join("a.db")).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
