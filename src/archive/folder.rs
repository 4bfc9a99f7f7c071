//! Folders as containers: the files of one unpacked export, on disk or in object storage.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::remote::{self, Need, Object};
use super::shared_file::SharedFile;
use super::zipped::Extent;
use super::{Entry, Error, entry_name};

/// A folder's files, by entry number.
#[derive(Debug)]
pub(super) struct Folder {
    files: Vec<Place>,
}

/// Where a file of a folder is.
#[derive(Debug)]
enum Place {
    Disk(PathBuf),
    /// In object storage: its path in output, and the object.
    Storage(PathBuf, Object),
}

impl Folder {
    /// Lists the files of `path` and of its `media` folder (the layout of the Web export, observed), sorted by
    /// name.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Entry>), Error> {
        let found = match remote::is_remote(path) {
            true => in_storage(path)?,
            false => on_disk(path)?,
        };
        let raw: Vec<&[u8]> = found.iter().map(|file| file.name.as_slice()).collect();
        let names = entry_name::from_files(&raw);
        let files = names.into_iter().zip(found).map(|(name, file)| {
            let entry = Entry {
                name: name.name,
                size: file.size,
                crc: None,
                unique: true,
                other_names: name.others,
            };
            (entry, file.place)
        });
        let mut files: Vec<_> = files.collect();
        files.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let (entries, files) = files.into_iter().unzip();
        Ok((Folder { files }, entries))
    }

    /// A container of the given files, in this order. A file that was deleted in the meantime has size 0.
    pub(super) fn from_files(named: Vec<(String, PathBuf)>) -> (Self, Vec<Entry>) {
        let (mut entries, mut files) = (Vec::new(), Vec::new());
        for (name, path) in named {
            entries.push(Entry {
                name,
                size: fs::metadata(&path).map_or(0, |metadata| metadata.len()),
                crc: None,
                unique: true,
                other_names: Vec::new(),
            });
            files.push(Place::Disk(path));
        }
        (Folder { files }, entries)
    }

    /// Whether the entry's file has this name on disk.
    pub(super) fn is_named(&self, index: u32, name: &OsStr) -> bool {
        let path = self.files.get(index as usize).map(Place::path);
        path.and_then(|path| path.file_name()) == Some(name)
    }

    /// Why a read failed in object storage.
    pub(super) fn problem(&self) -> Option<Error> {
        self.files.iter().find_map(|place| match place {
            Place::Disk(_) => None,
            Place::Storage(path, object) => {
                let path = path.clone();
                let problem = object.problem()?;
                Some(Error::Storage { path, problem })
            }
        })
    }

    pub(super) fn with_reader(
        &self,
        index: u32,
        extent: Extent,
        consume: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(), Error> {
        let place = self
            .files
            .get(index as usize)
            .ok_or_else(|| Error::NotFound {
                path: PathBuf::new(),
            })?;
        let failed = |source: io::Error| {
            let path = place.path().to_owned();
            match remote::problem_in(&source) {
                Some(problem) => Error::Storage { path, problem },
                None => Error::Io { path, source },
            }
        };
        match place {
            Place::Disk(path) => {
                let mut file = File::open(path).map_err(failed)?;
                consume(&mut file).map_err(failed)
            }
            Place::Storage(_, object) => {
                let until = match extent {
                    Extent::Head(count) => count,
                    Extent::Once | Extent::Again => object.length(),
                };
                let again = extent == Extent::Again;
                let file = SharedFile::of_object(object.clone());
                consume(&mut file.needing(Need { until, again })).map_err(failed)
            }
        }
    }
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Place::Disk(path) | Place::Storage(path, _) => path,
        }
    }
}

/// A file in a folder.
struct ListedFile {
    /// The bytes of its name on disk, prefixed with `media/` for files of that folder.
    name: Vec<u8>,
    size: u64,
    place: Place,
}

fn in_storage(folder: &Path) -> Result<Vec<ListedFile>, Error> {
    let files = remote::files_of_folder(folder).map_err(|problem| Error::Storage {
        path: folder.to_owned(),
        problem,
    })?;
    let file = |(name, object): (String, Object)| ListedFile {
        size: object.length(),
        place: Place::Storage(folder.join(&name), object),
        name: name.into_bytes(),
    };
    Ok(files.into_iter().map(file).collect())
}

fn on_disk(folder: &Path) -> Result<Vec<ListedFile>, Error> {
    let mut found = Vec::new();
    list(folder, "", &mut found)?;
    let media = folder.join("media");
    if media.is_dir() {
        list(&media, "media/", &mut found)?;
    }
    Ok(found)
}

fn list(folder: &Path, prefix: &str, found: &mut Vec<ListedFile>) -> Result<(), Error> {
    let failed = |source| Error::Io {
        path: folder.to_owned(),
        source,
    };
    for item in fs::read_dir(folder).map_err(failed)? {
        let item = item.map_err(failed)?;
        // `symlink_metadata`: a symbolic link in a folder may point anywhere and is not part of an export.
        let Ok(metadata) = fs::symlink_metadata(item.path()) else {
            continue;
        };
        if !metadata.is_file() {
            continue;
        }
        let mut name = prefix.as_bytes().to_owned();
        name.extend(item.file_name().as_encoded_bytes());
        found.push(ListedFile {
            name,
            size: metadata.len(),
            place: Place::Disk(item.path()),
        });
    }
    Ok(())
}
