//! Folders as containers: the files of one unpacked export.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Entry, Error, entry_name};

/// The paths on disk of a folder's entries, by entry number.
#[derive(Debug)]
pub(super) struct Folder {
    paths: Vec<PathBuf>,
}

impl Folder {
    /// Lists the files of `path` and of its `media` folder (the layout of the Web export, observed), sorted by
    /// name.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Entry>), Error> {
        let mut found = Vec::new();
        list(path, "", &mut found)?;
        let media = path.join("media");
        if media.is_dir() {
            list(&media, "media/", &mut found)?;
        }
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
            (entry, file.path)
        });
        let mut files: Vec<_> = files.collect();
        files.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let (entries, paths) = files.into_iter().unzip();
        Ok((Folder { paths }, entries))
    }

    /// A container of the given files, in this order. A file that was deleted in the meantime has size 0.
    pub(super) fn from_files(files: Vec<(String, PathBuf)>) -> (Self, Vec<Entry>) {
        let (mut entries, mut paths) = (Vec::new(), Vec::new());
        for (name, path) in files {
            entries.push(Entry {
                name,
                size: fs::metadata(&path).map_or(0, |metadata| metadata.len()),
                crc: None,
                unique: true,
                other_names: Vec::new(),
            });
            paths.push(path);
        }
        (Folder { paths }, entries)
    }

    /// Whether the entry's file has this name on disk.
    pub(super) fn is_named(&self, index: u32, name: &OsStr) -> bool {
        let path = self.paths.get(index as usize);
        path.and_then(|path| path.file_name()) == Some(name)
    }

    pub(super) fn with_reader(
        &self,
        index: u32,
        consume: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> Result<(), Error> {
        let path = self
            .paths
            .get(index as usize)
            .ok_or_else(|| Error::NotFound {
                path: PathBuf::new(),
            })?;
        let failed = |source| Error::Io {
            path: path.clone(),
            source,
        };
        let mut file = File::open(path).map_err(failed)?;
        consume(&mut file).map_err(failed)
    }
}

/// A file in a folder.
struct FileOnDisk {
    /// The bytes of its name on disk, prefixed with `media/` for files of that folder.
    name: Vec<u8>,
    size: u64,
    path: PathBuf,
}

fn list(folder: &Path, prefix: &str, found: &mut Vec<FileOnDisk>) -> Result<(), Error> {
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
        found.push(FileOnDisk {
            name,
            size: metadata.len(),
            path: item.path(),
        });
    }
    Ok(())
}
