//! What a reader of one native format provides, and the values that it exchanges with its callers.
//!
//! Never here: which readers there are (`readers`), and what one format contains.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::Error;
use super::keys::Keys;
use super::store::Store;

/// Bytes that are examined to detect a format.
pub(super) const HEAD: usize = 64 * 1024;

/// Bytes up to which a file is not read again after its format was detected: a log may be split into thousands of files,
/// each of which takes as much when it is opened.
const KEPT: usize = 4 * 1024;

/// Reads the archives of one format.
pub trait Reader: Sync {
    /// The format of the archives.
    fn format(&self) -> Format;

    /// The path of the archive that the candidate is, or is a part of; `None` if it is not of this format.
    ///
    /// In a folder, a database is recognised by its name only, since phones contain many others. Names are checked
    /// before bytes are read.
    fn claims(&self, candidate: &Candidate<'_>) -> Option<PathBuf>;

    /// Whether [`Reader::claims`] returns the same for a path that a person named as for one that
    /// was found in a folder.
    fn claims_alike(&self) -> bool {
        false
    }

    /// Reads one archive: a reading for each of its databases.
    fn read(&self, archive: &Path, keys: &dyn Keys) -> Vec<Reading>;

    /// Reads the archives of one device, in their order. Overridden by formats of which one archive may change what
    /// another contains.
    fn read_all(&self, archives: Vec<Archive>, keys: &dyn Keys) -> Vec<Vec<Reading>> {
        let archives = archives.into_par_iter();
        archives
            .map(|archive| self.read(&archive.path, keys))
            .collect()
    }

    /// Names of people in a file's name, if files of this format are named after people; `None` for any other name.
    /// Redaction depends on it.
    fn names_in(&self, file_name: &str) -> Option<NamesInFile>;
}

/// Format of a native archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The format's stable identifier for machines.
    pub word: &'static str,
    /// The format's name for people.
    pub description: &'static str,
}

/// An archive that a reader claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The path of the file or folder.
    pub path: PathBuf,
    /// Its bytes, if they were read to find its format.
    content: Option<Vec<u8>>,
}

impl Archive {
    /// An archive of which nothing was read.
    pub(super) fn new(path: PathBuf) -> Archive {
        Archive {
            path,
            content: None,
        }
    }

    /// The bytes of its file.
    pub(super) fn bytes(&mut self) -> io::Result<Vec<u8>> {
        match self.content.take() {
            Some(content) => Ok(content),
            None => fs::read(&self.path),
        }
    }
}

/// A file or folder that may be an archive.
pub struct Candidate<'p> {
    /// The path of the file or folder.
    pub path: &'p Path,
    /// Whether a person named it.
    pub is_named: bool,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// The name in lower case, empty if the path has none.
    name: String,
    head: OnceCell<Option<Vec<u8>>>,
}

impl<'p> Candidate<'p> {
    /// The candidate at a path; `is_folder`: whether there is a folder.
    pub fn new(path: &'p Path, is_named: bool, is_folder: bool) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy());
        Candidate {
            path,
            is_named,
            is_folder,
            name: name.unwrap_or_default().to_lowercase(),
            head: OnceCell::new(),
        }
    }

    /// The name of the file in lower case; `None` for a folder, and for a name that is not Unicode.
    pub fn file_name(&self) -> Option<&str> {
        (!self.is_folder && !self.name.is_empty()).then_some(self.name.as_str())
    }

    /// Whether it is a file whose name has one of these endings, in lower case.
    pub(super) fn ends_with(&self, endings: &[&str]) -> bool {
        let name = self.file_name();
        name.is_some_and(|name| endings.iter().any(|ending| name.ends_with(ending)))
    }

    /// The first bytes of the file; `None` if it cannot be read.
    pub fn head(&self) -> Option<&[u8]> {
        let read = || head(self.path, HEAD as u64).ok();
        self.head.get_or_init(read).as_deref()
    }

    /// The archive at `path`, which was found by this candidate.
    pub(super) fn into_archive(self, path: PathBuf) -> Archive {
        let head = self.head.into_inner().flatten();
        let is_own = path == self.path;
        Archive {
            content: head.filter(|head| is_own && head.len() <= KEPT),
            path,
        }
    }
}

/// One database of an archive, or the archive itself, read.
#[derive(Debug)]
pub struct Reading {
    /// The path of the file that was read.
    pub file: PathBuf,
    /// What distinguishes it from the other databases of the archive; appended to the archive's name.
    pub label: &'static str,
    /// The content that was read; after an error nothing of the file is used.
    pub store: Result<Store, Error>,
}

impl Reading {
    /// Wraps the result of reading an archive that is one file.
    pub fn of_file(path: &Path, store: Result<Store, Error>) -> Reading {
        Reading {
            file: path.to_owned(),
            label: "",
            store,
        }
    }
}

/// Names of people in the name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesInFile {
    /// Names of the chat of which the file may be an export, as the file name spells them first.
    pub chats: Vec<String>,
    /// The part of the file name that certainly is a person's name.
    pub redacted: Option<Redacted>,
}

/// A part of a file name that redacted output does not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The part of the file name.
    pub text: String,
    /// Its replacement.
    pub replacement: &'static str,
}

/// The first bytes of a file.
pub(super) fn head(path: &Path, count: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len().min(count);
    let mut head = vec![0; usize::try_from(length).unwrap_or_default()];
    let mut filled = 0;
    while let Some(rest) = head.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            // It was cut in the meantime.
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(filled);
    Ok(head)
}
