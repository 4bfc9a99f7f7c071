//! Containers: an opened zip or folder as numbered entries with names, sizes and bytes.
//!
//! Never here: what an entry means. Which one is a transcript is decided in `intake`.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDateTime};

use super::folder::Folder;
use super::zipped::{Extent, OpenedZip, Zipped};
use super::{Error, Limits, Remark, ranges};

/// A file in a zip or folder, as its directory lists it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The path inside the archive, with `/` as separator. For matching and display only: it is never
    /// used as a path on disk.
    pub name: String,
    /// Uncompressed size in bytes, from the archive's directory; verified while reading.
    pub size: u64,
    /// CRC-32 of the bytes, from the archive's directory; `None` in a folder, which has none.
    pub crc: Option<u32>,
    /// False if the archive contains another file with the same name and different bytes.
    pub unique: bool,
    /// Other decodings of a name that is not valid UTF-8; used like `name`.
    pub other_names: Vec<String>,
}

impl Entry {
    /// The folder part of the name, without a trailing slash.
    pub fn folder(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The last part of the name.
    pub fn file_name(&self) -> &str {
        self.name
            .rsplit_once('/')
            .map_or(self.name.as_str(), |(_, name)| name)
    }

    /// Whether operating systems add such a file to zips by themselves (`__MACOSX/`, `.DS_Store`).
    pub fn is_system_file(&self) -> bool {
        self.name.split('/').any(|part| part == "__MACOSX")
            || self.file_name().starts_with("._")
            || matches!(self.file_name(), ".DS_Store" | "Thumbs.db" | "desktop.ini")
    }
}

/// An opened zip or folder. Cheap to share between threads; every read is independent.
#[derive(Debug)]
pub struct Container {
    path: PathBuf,
    entries: Vec<Entry>,
    remarks: Vec<Remark>,
    limits: Limits,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Zip(Zipped),
    Folder(Folder),
}

impl Container {
    /// Opens a zip.
    ///
    /// # Errors
    ///
    /// [`Error`] when the file cannot be read, its directory is damaged, or the directory exceeds the
    /// limits.
    pub fn open_zip(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let OpenedZip {
            zipped,
            entries,
            remarks,
        } = Zipped::open(path, limits)?;
        Ok(Container {
            path: path.to_owned(),
            entries,
            remarks,
            limits: *limits,
            inner: Inner::Zip(zipped),
        })
    }

    /// Opens a folder: the files in it, and those in its `media` folder. Symbolic links are not
    /// followed.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the folder cannot be listed.
    pub fn open_folder(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let (folder, entries) = Folder::open(path)?;
        Ok(Container {
            path: path.to_owned(),
            entries,
            remarks: Vec::new(),
            limits: *limits,
            inner: Inner::Folder(folder),
        })
    }

    /// The attachments of a native archive: for each file the name that the archive uses and its path
    /// on disk.
    pub fn from_files(path: &Path, files: Vec<(String, PathBuf)>, limits: &Limits) -> Self {
        let (folder, entries) = Folder::from_files(files);
        Container {
            path: path.to_owned(),
            entries,
            remarks: Vec::new(),
            limits: *limits,
            inner: Inner::Folder(folder),
        }
    }

    /// Path of the zip or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The entry for a file name of the operating system, in a folder. [`Entry::name`] differs from it if
    /// the name is not valid UTF-8.
    pub fn find_file(&self, name: &OsStr) -> Option<u32> {
        match &self.inner {
            Inner::Zip(_) => None,
            Inner::Folder(folder) => {
                let mut entries = (0u32..).zip(&self.entries);
                let is_it = |(number, entry): &(u32, &Entry)| {
                    entry.folder().is_empty() && folder.is_named(*number, name)
                };
                entries.find(is_it).map(|(number, _)| number)
            }
        }
    }

    /// Whether the container is a zip; otherwise it is a folder.
    pub fn is_zip(&self) -> bool {
        matches!(self.inner, Inner::Zip(_))
    }

    /// Conditions of the archive that a person should know of, counted over all of its entries.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The entries; an entry's number is its index in this list.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The local time of an entry's last modification, from the zip's directory. `None` for a folder, whose
    /// files get a new one with every copy, and for years before 2009, when WhatsApp did not exist yet and
    /// which programs write as "unknown".
    pub fn modified_at(&self, number: u32) -> Option<NaiveDateTime> {
        match &self.inner {
            Inner::Zip(zipped) => zipped.modified_at(number).filter(|at| at.year() >= 2009),
            Inner::Folder(_) => None,
        }
    }

    /// The failure of a read that a caller may have passed over, of an archive in object storage:
    /// what was read is then not all that it contains. `None` if no read failed.
    pub fn problem(&self) -> Option<Error> {
        match &self.inner {
            Inner::Zip(zipped) => zipped.problem().map(|problem| Error::Storage {
                path: self.path.clone(),
                problem,
            }),
            Inner::Folder(folder) => folder.problem(),
        }
    }

    /// The entry with this number, which is its index in [`Container::entries`]; `None` beyond the
    /// end.
    pub fn entry(&self, index: u32) -> Option<&Entry> {
        self.entries.get(index as usize)
    }

    /// The first bytes of an entry, at most `count`.
    ///
    /// # Errors
    ///
    /// [`Error`] when these bytes cannot be read.
    pub fn head(&self, index: u32, count: usize) -> Result<Vec<u8>, Error> {
        let mut head = Vec::new();
        let extent = Extent::Head(count as u64);
        self.with_reader(index, extent, &mut |reader| {
            reader.take(count as u64).read_to_end(&mut head).map(|_| ())
        })?;
        Ok(head)
    }

    /// All bytes of an entry, within the limits for a transcript; attachments are read with
    /// [`Container::stream`].
    ///
    /// # Errors
    ///
    /// [`Error`] when the entry is damaged, encrypted, compressed with an unsupported method, larger
    /// than [`Limits::transcript`], or more compressed than [`Limits::ratio`] allows. The last two are
    /// checked against the directory before the first byte is read, and again while reading.
    pub fn read(&self, index: u32) -> Result<Vec<u8>, Error> {
        let limit = self.limits.transcript.min(*ranges::TRANSCRIPT.end());
        let size = self.entry(index).map_or(0, |entry| entry.size);
        let too_large = || Error::TooLarge {
            path: self.path.clone(),
            index,
            limit,
        };
        if size > limit {
            return Err(too_large());
        }
        if let Inner::Zip(zipped) = &self.inner
            && size > Limits::RATIO_FROM
            && size / zipped.packed(index).max(1) >= self.limits.ratio
        {
            return Err(Error::CompressionRatio {
                path: self.path.clone(),
                index,
                limit: self.limits.ratio,
            });
        }
        // The size in the directory is not trusted beyond its use as a capacity hint.
        let hint = size.min(256 << 20);
        let mut bytes = Vec::with_capacity(usize::try_from(hint).unwrap_or(0));
        self.with_reader(index, Extent::Again, &mut |reader| {
            bytes.clear();
            reader.take(limit + 1).read_to_end(&mut bytes).map(|_| ())
        })?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        // A file on disk may have grown since it was listed.
        if self.is_zip() && bytes.len() as u64 != size {
            return Err(self.wrong_size(index));
        }
        Ok(bytes)
    }

    /// Passes the bytes of an entry to `sink` in chunks, until the end or until `sink` returns false.
    /// Verifies the size, and in a zip the CRC, against the directory. The last chunk is passed only after
    /// both have been verified, so that no caller sends a damaged file completely. Blocking: call it on a
    /// thread that may block.
    ///
    /// # Errors
    ///
    /// [`Error`] when the entry is damaged, encrypted, or differs in size from the directory.
    pub fn stream(&self, index: u32, sink: &mut dyn FnMut(Vec<u8>) -> bool) -> Result<(), Error> {
        const PIECE: usize = 64 * 1024;
        let expected = self.entry(index).map_or(0, |entry| entry.size);
        let mut wrong_size = None;
        self.with_reader(index, Extent::Once, &mut |reader| {
            let mut held: Option<Vec<u8>> = None;
            let mut total = 0u64;
            loop {
                let mut piece = Vec::with_capacity(PIECE);
                // One byte more than declared is enough to detect a wrong size.
                let most = (PIECE as u64).min(expected.saturating_sub(total) + 1);
                let count = (&mut *reader).take(most).read_to_end(&mut piece)?;
                total += count as u64;
                if total > expected || (count == 0 && total < expected) {
                    wrong_size = Some(total);
                    return Ok(());
                }
                if count == 0 {
                    if let Some(last) = held {
                        sink(last);
                    }
                    return Ok(());
                }
                if let Some(ready) = held.replace(piece)
                    && !sink(ready)
                {
                    return Ok(());
                }
            }
        })?;
        match wrong_size {
            None => Ok(()),
            Some(_) => Err(self.wrong_size(index)),
        }
    }

    fn wrong_size(&self, index: u32) -> Error {
        Error::Entry {
            path: self.path.clone(),
            index,
            reason: "its size differs from the archive's directory".to_owned(),
        }
    }

    fn with_reader(
        &self,
        index: u32,
        extent: Extent,
        consume: &mut dyn FnMut(&mut dyn Read) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        match &self.inner {
            Inner::Zip(zipped) => zipped.with_reader(&self.path, index, extent, consume),
            Inner::Folder(folder) => folder.with_reader(index, extent, consume),
        }
    }
}
