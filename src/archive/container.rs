//! What all kinds of archive have in common: numbered entries with names, sizes and bytes.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};

use super::folder::Folder;
use super::zipped::{Found, Zipped};
use super::{Error, Limits, Remark, ranges};

/// A file in an archive.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name with its folders, `/` between them, as the archive writes it. For matching only:
    /// it is never used as a path.
    pub name: String,
    /// Bytes after inflating, as the archive's directory says; checked while reading.
    pub size: u64,
    /// CRC-32 of the bytes, where the archive's directory has it (zips).
    pub crc: Option<u32>,
    /// False where the archive holds another file of this very name with other bytes.
    pub unique: bool,
    /// What else the bytes of the name may mean, where they are not Unicode; like `name`.
    pub other_names: Vec<String>,
}

impl Entry {
    /// The folder part of the name, without a slash at its end.
    pub fn folder(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The name without its folders.
    pub fn file_name(&self) -> &str {
        self.name
            .rsplit_once('/')
            .map_or(self.name.as_str(), |(_, name)| name)
    }

    /// True for what computers put into zips by themselves (`__MACOSX/`, `.DS_Store`).
    pub fn is_litter(&self) -> bool {
        self.name.split('/').any(|part| part == "__MACOSX")
            || self.file_name().starts_with("._")
            || matches!(self.file_name(), ".DS_Store" | "Thumbs.db" | "desktop.ini")
    }
}

/// An opened zip or folder. Cheap to share between threads; every read stands alone.
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
    /// [`Error`] when the file cannot be read, its directory is damaged, or it says more than the
    /// limits allow.
    pub fn open_zip(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let Found {
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

    /// The files that an archive with native ids names: each with the name that the archive gives it
    /// and where it lies.
    pub fn of_files(path: &Path, files: Vec<(String, PathBuf)>, limits: &Limits) -> Self {
        let (folder, entries) = Folder::of_files(files);
        Container {
            path: path.to_owned(),
            entries,
            remarks: Vec::new(),
            limits: *limits,
            inner: Inner::Folder(folder),
        }
    }

    /// The zip or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The entry that is the file of this name in a folder, as the system has the name. A name that is
    /// not UTF-8 is another one in [`Entry::name`].
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

    /// True for a zip.
    pub fn is_zip(&self) -> bool {
        matches!(self.inner, Inner::Zip(_))
    }

    /// What a person should know of the archive, counted over all of its entries.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The entries; an entry's number is its place in this list.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The day on which an entry was last written before it was put into the zip, as the zip's
    /// directory says; `None` for a folder, whose files get a new day with every copy, and for
    /// days of before WhatsApp, which stand for none.
    pub fn written_on(&self, number: u32) -> Option<NaiveDate> {
        match &self.inner {
            Inner::Zip(zipped) => zipped.written_on(number).filter(|day| day.year() >= 2009),
            Inner::Folder(_) => None,
        }
    }

    /// The entry of this number, if there is one.
    pub fn entry(&self, index: u32) -> Option<&Entry> {
        self.entries.get(index as usize)
    }

    /// The first bytes of an entry, at most `count`.
    ///
    /// # Errors
    ///
    /// [`Error`] when the entry cannot be read that far.
    pub fn head(&self, index: u32, count: usize) -> Result<Vec<u8>, Error> {
        let mut head = Vec::new();
        self.with_reader(index, &mut |reader| {
            reader.take(count as u64).read_to_end(&mut head).map(|_| ())
        })?;
        Ok(head)
    }

    /// All bytes of an entry, within the limits for a transcript; media are read with
    /// [`Container::stream`].
    ///
    /// # Errors
    ///
    /// [`Error`] when the entry is damaged, encrypted, packed by a method that is not read,
    /// larger than [`Limits::transcript`], or inflates more than [`Limits::ratio`] allows. The
    /// last two are told by the directory, before a byte is read, and hold while reading too.
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
            return Err(Error::Inflates {
                path: self.path.clone(),
                index,
                limit: self.limits.ratio,
            });
        }
        // The size in the directory is a hint for the allocation and is not believed beyond it.
        let hint = size.min(256 << 20);
        let mut bytes = Vec::with_capacity(usize::try_from(hint).unwrap_or(0));
        self.with_reader(index, &mut |reader| {
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

    /// Gives the bytes of an entry to `sink`, piece by piece, until it is through or `sink`
    /// returns false. Checks the size, and in a zip the CRC, against the directory; the last
    /// piece is given only after both have been seen to agree, so that nobody sends the whole of
    /// a damaged file. Blocks: call it on a thread that may.
    ///
    /// # Errors
    ///
    /// [`Error`] when the entry is damaged, encrypted, or not of the size the directory says.
    pub fn stream(&self, index: u32, sink: &mut dyn FnMut(Vec<u8>) -> bool) -> Result<(), Error> {
        const PIECE: usize = 64 * 1024;
        let expected = self.entry(index).map_or(0, |entry| entry.size);
        let mut wrong_size = None;
        self.with_reader(index, &mut |reader| {
            let mut held: Option<Vec<u8>> = None;
            let mut total = 0u64;
            loop {
                let mut piece = Vec::with_capacity(PIECE);
                // One byte more than expected is enough to see that the size lies.
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
            reason: "its size is not what the archive says".to_owned(),
        }
    }

    fn with_reader(
        &self,
        index: u32,
        use_it: &mut dyn FnMut(&mut dyn Read) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        match &self.inner {
            Inner::Zip(zipped) => zipped.with_reader(&self.path, index, use_it),
            Inner::Folder(folder) => folder.with_reader(index, use_it),
        }
    }
}
