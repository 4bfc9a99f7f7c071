//! Finds the archives among the paths that a person names.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Error;
use crate::parser::text::markdown_title;

/// Something that may be, or hold, an export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discovered {
    /// A zip.
    Zip(PathBuf),
    /// A folder with at least one text file, or one export in Markdown, in it.
    Folder(PathBuf),
    /// A text file that was named by itself.
    File(PathBuf),
}

impl Discovered {
    /// The path of the zip, folder or file.
    pub fn path(&self) -> &Path {
        match self {
            Discovered::Zip(path) | Discovered::Folder(path) | Discovered::File(path) => path,
        }
    }
}

/// Looks at `paths`: files are taken as they are, folders are walked. A file is a zip when it
/// begins like one, whatever it is called. The result is sorted and holds every path once, so
/// that the order in which a system lists files does not matter.
///
/// # Errors
///
/// [`Error::NotFound`] for a named path that is not there and [`Error::Io`] for a folder that
/// cannot be listed; the others go on.
pub fn discover(paths: &[PathBuf]) -> (Vec<Discovered>, Vec<Error>) {
    let mut found = BTreeSet::new();
    let mut errors = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Err(_) => errors.push(Error::NotFound { path: path.clone() }),
            Ok(metadata) if metadata.is_dir() => walk(path, &mut found, &mut errors),
            Ok(_) if begins_like_zip(path) => {
                found.insert(Discovered::Zip(path.clone()));
            }
            Ok(_) => {
                // A link that a person names is meant; one that lies in a folder is not followed.
                let is_link = fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink());
                let real = is_link.then(|| path.canonicalize().ok()).flatten();
                found.insert(Discovered::File(real.unwrap_or_else(|| path.clone())));
            }
        }
    }
    // A text named by itself and its folder are one archive.
    let folders: BTreeSet<PathBuf> = found
        .iter()
        .filter_map(|d| match d {
            Discovered::Folder(path) => Some(path.clone()),
            _ => None,
        })
        .collect();
    found.retain(|d| match d {
        Discovered::File(path) => !path.parent().is_some_and(|parent| folders.contains(parent)),
        _ => true,
    });
    (found.into_iter().collect(), errors)
}

fn walk(folder: &Path, found: &mut BTreeSet<Discovered>, errors: &mut Vec<Error>) {
    let items = match fs::read_dir(folder) {
        Ok(items) => items,
        Err(source) => {
            errors.push(Error::Io {
                path: folder.to_owned(),
                source,
            });
            return;
        }
    };
    for item in items.flatten() {
        let path = item.path();
        // Links are not followed: a loop of them would never end.
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        let name = item.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "__MACOSX" {
            continue;
        }
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if metadata.is_dir() && name == "media" && folder.join("chat.txt").is_file() {
            // The files that were sent in the chat of a Web export, texts and zips among them.
        } else if metadata.is_dir() {
            walk(&path, found, errors);
        } else if !metadata.is_file() {
        } else if extension.as_deref() == Some("txt")
            || (extension.as_deref() == Some("md") && is_web_export(&path))
        {
            found.insert(Discovered::Folder(folder.to_owned()));
        } else if extension.as_deref() == Some("zip") && !is_iphone_attachment(folder, &name) {
            found.insert(Discovered::Zip(path));
        }
    }
}

/// A zip that somebody sent in the chat whose unpacked export this folder is: `00000012-plans.zip`
/// beside `_chat.txt`.
fn is_iphone_attachment(folder: &Path, name: &str) -> bool {
    let numbered = name
        .split_once('-')
        .is_some_and(|(number, _)| number.len() == 8 && number.bytes().all(|b| b.is_ascii_digit()));
    numbered && folder.join("_chat.txt").is_file()
}

/// A bare export of WhatsApp Web: other Markdown texts lie in many folders.
fn is_web_export(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
    read.is_ok() && markdown_title(&String::from_utf8_lossy(&head)).is_some()
}

fn begins_like_zip(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    // The second is an empty zip. A file called .zip that does not begin like one is reported as
    // a damaged zip rather than as a strange text.
    (read.is_ok() && matches!(&start, b"PK\x03\x04" | b"PK\x05\x06"))
        || path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("zip"))
}
