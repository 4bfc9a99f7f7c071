//! An unpacked export: the files of one folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Entry, Error};

/// The real paths of a folder's entries, by number.
#[derive(Debug)]
pub(super) struct Folder {
    paths: Vec<PathBuf>,
}

impl Folder {
    /// Lists the files of `path` and of its `media` folder (the layout of the Web export,
    /// `whatsapp-export-format.md` 1.1), in the order of their names.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Entry>), Error> {
        let mut found = Vec::new();
        list(path, "", &mut found)?;
        let media = path.join("media");
        if media.is_dir() {
            list(&media, "media/", &mut found)?;
        }
        found.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        let (entries, paths) = found.into_iter().unzip();
        Ok((Folder { paths }, entries))
    }

    /// Files that were found by somebody else, in this order. One that went away meanwhile has no
    /// bytes.
    pub(super) fn of_files(files: Vec<(String, PathBuf)>) -> (Self, Vec<Entry>) {
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

    pub(super) fn with_reader(
        &self,
        index: u32,
        use_it: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
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
        use_it(&mut file).map_err(failed)
    }
}

fn list(folder: &Path, prefix: &str, found: &mut Vec<(Entry, PathBuf)>) -> Result<(), Error> {
    let failed = |source| Error::Io {
        path: folder.to_owned(),
        source,
    };
    for item in fs::read_dir(folder).map_err(failed)? {
        let item = item.map_err(failed)?;
        // `symlink_metadata`: a link in a folder may point anywhere and is no part of an export.
        let Ok(metadata) = fs::symlink_metadata(item.path()) else {
            continue;
        };
        if !metadata.is_file() {
            continue;
        }
        let name = format!("{prefix}{}", item.file_name().to_string_lossy());
        found.push((
            Entry {
                name,
                size: metadata.len(),
                crc: None,
                unique: true,
                other_names: Vec::new(),
            },
            item.path(),
        ));
    }
    Ok(())
}
