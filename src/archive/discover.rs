//! Finds the archives among the paths that a person names.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::Error;

/// Something that may be, or hold, an export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discovered {
    /// A zip.
    Zip(PathBuf),
    /// A folder with at least one text file, or one export in Markdown, in it.
    Folder(PathBuf),
    /// A text file that was named by itself.
    File(PathBuf),
    /// A database, backup or log with WhatsApp's own ids.
    Store(PathBuf),
}

impl Discovered {
    /// The path of the zip, folder or file.
    pub fn path(&self) -> &Path {
        match self {
            Discovered::Zip(path)
            | Discovered::Folder(path)
            | Discovered::File(path)
            | Discovered::Store(path) => path,
        }
    }
}

/// What was found among paths.
#[derive(Debug, Default)]
pub struct Discovery {
    /// Sorted, every archive once, so that neither the order in which a system lists files nor
    /// the way in which a path is written matters.
    pub found: Vec<Discovered>,
    /// Paths that cannot be read.
    pub errors: Vec<Error>,
    /// Folders that a person named and in which nothing is, and links that lie in folders and are
    /// called like an export; they are not followed.
    pub left_alone: Vec<Error>,
}

/// What the readers of transcripts and databases know and this module does not.
pub trait Recognize {
    /// The archive with native ids at `path`, if there is one: the path itself, or the folder of the
    /// backup that it is a part of. `is_named`: a person named this path.
    fn store_at(&self, path: &Path, is_named: bool) -> Option<PathBuf>;

    /// True for a name, without its extension, that WhatsApp gives to the export of a chat.
    fn is_export_name(&self, stem: &str) -> bool;

    /// True for the beginning of a Markdown text that WhatsApp Web exports.
    fn is_web_markdown(&self, head: &str) -> bool;
}

/// Looks at `paths`. Files are taken as they are, folders are walked. A file that a person names is
/// a zip when it begins like one, whatever it is called; in a folder it has to be called `.zip` in
/// any case, or to have no extension, as mail and cloud programs make it
/// (`whatsapp-export-format.md` 1.1): documents that begin like a zip are many.
///
/// Errors, one for each path, and the others go on: [`Error::NotFound`] for a named path that is
/// not there, [`Error::NotAFile`] for a named pipe or device, which is never opened, [`Error::Io`]
/// for what cannot be listed or looked at.
pub fn discover(paths: &[PathBuf], recognize: &dyn Recognize) -> Discovery {
    let mut walk = Walk {
        found: BTreeSet::new(),
        errors: Vec::new(),
        left_alone: Vec::new(),
        seen: 0,
        recognize,
    };
    for path in paths {
        match fs::metadata(path) {
            Err(source) if source.kind() == ErrorKind::NotFound => {
                walk.errors.push(Error::NotFound { path: path.clone() });
            }
            Err(source) => walk.failed(path, source),
            Ok(metadata) if metadata.is_dir() => {
                let before = walk.seen;
                walk.folder(path);
                if walk.seen == before {
                    walk.left_alone.push(Error::Nothing { path: path.clone() });
                }
            }
            Ok(metadata) if !metadata.is_file() => {
                walk.errors.push(Error::NotAFile { path: path.clone() });
            }
            Ok(_) => {
                if let Some(store) = recognize.store_at(path, true) {
                    walk.found.insert(Discovered::Store(store));
                    continue;
                }
                if is_zip(path) {
                    walk.found.insert(Discovered::Zip(path.clone()));
                    continue;
                }
                // A link that a person names is meant; one that lies in a folder is not followed.
                let is_link = fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink());
                let real = is_link.then(|| path.canonicalize().ok()).flatten();
                walk.found
                    .insert(Discovered::File(real.unwrap_or_else(|| path.clone())));
            }
        }
    }
    Discovery {
        found: each_once(walk.found),
        errors: walk.errors,
        left_alone: walk.left_alone,
    }
}

/// Leaves out what was found by two ways, and texts whose folder was found, which are one archive
/// with it.
fn each_once(found: BTreeSet<Discovered>) -> Vec<Discovered> {
    let mut real = RealPaths::default();
    let folders: BTreeSet<PathBuf> = found
        .iter()
        .filter(|found| matches!(found, Discovered::Folder(_)))
        .map(|found| real.of(found.path()))
        .collect();
    let mut seen = BTreeSet::new();
    found
        .into_iter()
        .filter(|found| {
            let path = real.of(found.path());
            let in_folder = matches!(found, Discovered::File(_))
                && path.parent().is_some_and(|parent| folders.contains(parent));
            !in_folder && seen.insert(path)
        })
        .collect()
}

/// Paths without links. Each folder is resolved once, since it may hold thousands of files.
#[derive(Default)]
struct RealPaths(HashMap<PathBuf, Option<PathBuf>>);

impl RealPaths {
    fn of(&mut self, path: &Path) -> PathBuf {
        let is_file = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
        let (Some(folder), Some(name), true) = (path.parent(), path.file_name(), is_file) else {
            return path.canonicalize().unwrap_or_else(|_| path.to_owned());
        };
        let here = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        let real = (self.0.entry(folder.to_owned())).or_insert_with(|| here.canonicalize().ok());
        match real {
            Some(folder) => folder.join(name),
            None => path.to_owned(),
        }
    }
}

struct Walk<'w> {
    recognize: &'w dyn Recognize,
    found: BTreeSet<Discovered>,
    errors: Vec<Error>,
    left_alone: Vec<Error>,
    /// How often something was found or said, whether it is new or not.
    seen: usize,
}

impl Walk<'_> {
    fn failed(&mut self, path: &Path, source: io::Error) {
        self.seen += 1;
        self.errors.push(Error::Io {
            path: path.to_owned(),
            source,
        });
    }

    fn folder(&mut self, folder: &Path) {
        // A backup of an iPhone: thousands of files under hashed names, none of which is an export.
        if let Some(store) = self.recognize.store_at(folder, false) {
            self.seen += 1;
            self.found.insert(Discovered::Store(store));
            return;
        }
        let items = match fs::read_dir(folder) {
            Ok(items) => items,
            Err(source) => return self.failed(folder, source),
        };
        let mut paths = Vec::new();
        for item in items {
            match item {
                Ok(item) => paths.push(item.path()),
                Err(source) => self.failed(folder, source),
            }
        }
        // What is said of them must not depend on the order in which the system lists them.
        paths.sort_unstable();
        for path in paths {
            self.item(folder, &path);
        }
    }

    fn item(&mut self, folder: &Path, path: &Path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || name == "__MACOSX" {
            return;
        }
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let is = |word: &str| extension.as_deref() == Some(word);
        // Links are not followed: a loop of them would never end.
        match fs::symlink_metadata(path) {
            // It went away in the meantime.
            Err(source) if source.kind() == ErrorKind::NotFound => {}
            Err(source) => self.failed(path, source),
            // The files that were sent in the chat of a Web export, texts and zips among them.
            Ok(metadata)
                if metadata.is_dir() && name == "media" && folder.join("chat.txt").is_file() => {}
            // What was sent in the chats of a phone, zips and texts among them.
            Ok(metadata) if metadata.is_dir() && self.is_media(folder, &name) => {}
            Ok(metadata) if metadata.is_dir() => self.folder(path),
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::metadata(path);
                let to_folder = target.as_ref().is_ok_and(fs::Metadata::is_dir);
                let to_store = target.is_ok_and(|metadata| metadata.is_file())
                    && self.recognize.store_at(path, false).is_some();
                if is("zip") || is("txt") || to_folder || to_store {
                    self.seen += 1;
                    self.left_alone.push(Error::Link {
                        path: path.to_owned(),
                    });
                }
            }
            // Pipes, sockets, devices: never opened.
            Ok(metadata) if !metadata.is_file() => {}
            Ok(_) if self.recognize.store_at(path, false).is_some() => {
                self.seen += 1;
                self.found.insert(Discovered::Store(path.to_owned()));
            }
            Ok(_) if is("txt") || (is("md") && self.is_web_export(path)) => {
                self.seen += 1;
                self.found.insert(Discovered::Folder(folder.to_owned()));
            }
            Ok(_) if is("zip") || (!has_extension(&name) && begins_like_zip(path)) => {
                if !is_iphone_attachment(folder, &name) {
                    self.seen += 1;
                    self.found.insert(Discovered::Zip(path.to_owned()));
                }
            }
            Ok(_) => {}
        }
    }

    /// True for a folder in which a phone keeps what was sent: `Media/WhatsApp Documents` and its like on
    /// Android, `Message/Media` on an iPhone (`native-sources.md` 2.3, 3.2). A folder that is only called
    /// `Media` may hold exports.
    fn is_media(&self, outer: &Path, name: &str) -> bool {
        let outer = outer.file_name().unwrap_or_default().to_string_lossy();
        let of_android = outer == "Media"
            && name.starts_with("WhatsApp ")
            && !self.recognize.is_export_name(name);
        of_android || (outer == "Message" && name == "Media")
    }

    /// A bare export of WhatsApp Web: other Markdown texts lie in many folders.
    fn is_web_export(&self, path: &Path) -> bool {
        let mut head = Vec::new();
        let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
        read.is_ok()
            && self
                .recognize
                .is_web_markdown(&String::from_utf8_lossy(&head))
    }
}

/// True for `a.docx`; false for `a`, `a.zip (1)`, `Chat with Dr. Marsh`, and `a.zip.1`.
fn has_extension(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        (1..=5).contains(&extension.len())
            && extension.bytes().all(|b| b.is_ascii_alphanumeric())
            && !extension.bytes().all(|b| b.is_ascii_digit())
    })
}

/// A zip that somebody sent in the chat whose unpacked export this folder is: `00000012-plans.zip`
/// beside `_chat.txt`.
fn is_iphone_attachment(folder: &Path, name: &str) -> bool {
    let numbered = name
        .split_once('-')
        .is_some_and(|(number, _)| number.len() == 8 && number.bytes().all(|b| b.is_ascii_digit()));
    numbered && folder.join("_chat.txt").is_file()
}

/// A file that is to be read as a zip. One that is called `.zip` and does not begin like one is
/// reported as a damaged zip rather than as a strange text.
fn is_zip(path: &Path) -> bool {
    begins_like_zip(path)
        || path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("zip"))
}

/// The path must be that of a file: opening a pipe would wait for ever.
fn begins_like_zip(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    // The second is an empty zip.
    read.is_ok() && matches!(&start, b"PK\x03\x04" | b"PK\x05\x06")
}
