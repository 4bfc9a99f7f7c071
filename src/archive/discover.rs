//! Discovery of archives under the paths that a person names.
//!
//! Belongs here: the walk through folders and what counts as an archive by name and first bytes.
//! Never here: reading an archive. Formats are known to [`Recognize`] only.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Error, remote};

/// A path that is an archive or may contain transcripts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discovered {
    /// A zip.
    Zip(PathBuf),
    /// A folder that contains at least one text file or one Markdown export.
    Folder(PathBuf),
    /// A text file that was named explicitly.
    File(PathBuf),
    /// A native archive: a database, backup or log.
    Native(PathBuf),
}

impl Discovered {
    /// The path of the zip, folder or file.
    pub fn path(&self) -> &Path {
        match self {
            Discovered::Zip(path)
            | Discovered::Folder(path)
            | Discovered::File(path)
            | Discovered::Native(path) => path,
        }
    }
}

/// The archives that were found under the paths.
#[derive(Debug, Default)]
pub struct Discovery {
    /// Sorted and without duplicates, so that neither the order in which the system lists files nor the
    /// spelling of a path matters.
    pub found: Vec<Discovered>,
    /// Paths that cannot be read.
    pub errors: Vec<Error>,
    /// Named folders that contain no archive; JSON of other programs in folders with archives, unless it may be an
    /// attachment of one; symbolic links in folders that are named like an archive, since links are not followed.
    pub ignored: Vec<Error>,
}

/// What the search must know of archive formats.
pub trait Recognize: Sync {
    /// The native archive at `path`, if there is one: the path itself, or the backup folder that contains
    /// it. `is_named`: a person named this path; `is_folder`: there is a folder.
    fn native_archive_at(&self, path: &Path, is_named: bool, is_folder: bool) -> Option<PathBuf>;

    /// Whether WhatsApp gives exports of chats this name (without extension).
    fn is_export_name(&self, stem: &str) -> bool;

    /// Whether a Markdown text that begins with `head` is an export of WhatsApp Web.
    fn is_web_markdown(&self, head: &str) -> bool;

    /// Whether databases, backups and their files have this name, which are read from a disk only.
    fn is_native_name(&self, name: &str) -> bool;
}

/// Finds the archives at and under `paths`. Files are archives themselves, folders are searched. A
/// named file is a zip if it has a zip's signature, whatever its name. In a folder it must also be named
/// `.zip`, in any case, or have no extension, as some mail and cloud programs save it: many document
/// formats have the signature of a zip.
///
/// Each path that fails yields one error and the search continues: [`Error::NotFound`] for a named path
/// that does not exist, [`Error::ForeignJson`] for a named folder with JSON of other programs only, [`Error::NotAFile`]
/// for a named pipe or device, which is never opened,
/// [`Error::Io`] for what cannot be listed or read.
///
/// `real_paths` learns which of them are regular files.
pub fn discover(
    paths: &[PathBuf],
    recognize: &dyn Recognize,
    real_paths: &mut RealPaths,
) -> Discovery {
    let mut walk = Walk {
        found: Vec::new(),
        folders: BTreeSet::new(),
        errors: Vec::new(),
        ignored: Vec::new(),
        seen: 0,
        foreign_json: Vec::new(),
        recognize,
        real_paths: &mut *real_paths,
    };
    for path in paths {
        if remote::is_remote(path) {
            let search = remote::search(path, recognize);
            walk.found.extend(search.found);
            walk.errors.extend(search.errors);
            walk.ignored.extend(search.ignored);
            continue;
        }
        match fs::metadata(path) {
            Err(source) if source.kind() == ErrorKind::NotFound => {
                walk.errors.push(Error::NotFound { path: path.clone() });
            }
            Err(source) => walk.failed(path, source),
            Ok(metadata) if metadata.is_dir() => {
                let before = walk.seen;
                walk.foreign_json.clear();
                walk.folder(path);
                let count = walk.foreign_json.len() as u64;
                let path = path.clone();
                match (walk.seen == before, count) {
                    (false, _) => walk.name_foreign_json(&path),
                    (true, 0) => walk.ignored.push(Error::NoArchive { path }),
                    (true, count) => walk.errors.push(Error::ForeignJson { path, count }),
                }
            }
            Ok(metadata) if !metadata.is_file() => {
                walk.errors.push(Error::NotAFile { path: path.clone() });
            }
            Ok(_) => {
                if let Some(native) = recognize.native_archive_at(path, true, false) {
                    walk.found.push(Discovered::Native(native));
                    continue;
                }
                if is_zip(path) {
                    walk.found.push(Discovered::Zip(path.clone()));
                    continue;
                }
                // A symbolic link is followed if a person names it, and ignored in a folder.
                let is_link = fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink());
                let real = is_link.then(|| path.canonicalize().ok()).flatten();
                walk.found
                    .push(Discovered::File(real.unwrap_or_else(|| path.clone())));
            }
        }
    }
    let (errors, ignored) = (walk.errors, walk.ignored);
    let mut found = walk.found;
    found.extend(walk.folders.into_iter().map(Discovered::Folder));
    // Mostly in order, so that 16,000 paths are compared once each and not fourteen times, as in a tree.
    found.sort();
    found.dedup();
    Discovery {
        found: deduplicate(found, real_paths),
        errors,
        ignored,
    }
}

/// Removes what was found by two paths, and named text files whose folder was found: the folder's
/// archive contains them.
fn deduplicate(found: Vec<Discovered>, real: &mut RealPaths) -> Vec<Discovered> {
    let folders: BTreeSet<PathBuf> = found
        .iter()
        .filter(|found| matches!(found, Discovered::Folder(_)))
        .map(|found| real.resolve(found.path()))
        .collect();
    let mut seen = HashSet::with_capacity(found.len());
    found
        .into_iter()
        .filter(|found| {
            let path = real.resolve(found.path());
            let in_folder = matches!(found, Discovered::File(_))
                && path.parent().is_some_and(|parent| folders.contains(parent));
            !in_folder && seen.insert(path)
        })
        .collect()
}

/// A cache of canonical paths. Each folder is resolved once, and files of a listed folder are not
/// resolved again, since it may contain thousands.
#[derive(Debug, Default)]
pub struct RealPaths {
    folders: HashMap<PathBuf, Option<PathBuf>>,
    /// Regular files by the lists of their folders.
    files: HashSet<PathBuf>,
}

impl RealPaths {
    /// The canonical path; the path itself if it does not exist or cannot be resolved.
    pub fn resolve(&mut self, path: &Path) -> PathBuf {
        if remote::is_remote(path) {
            return path.to_owned();
        }
        let is_file = self.files.contains(path)
            || fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
        let (Some(folder), Some(name), true) = (path.parent(), path.file_name(), is_file) else {
            return path.canonicalize().unwrap_or_else(|_| path.to_owned());
        };
        let here = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        let real = match self.folders.get(folder) {
            Some(real) => real,
            None => {
                (self.folders.entry(folder.to_owned())).or_insert_with(|| here.canonicalize().ok())
            }
        };
        match real {
            Some(folder) => folder.join(name),
            None => path.to_owned(),
        }
    }
}

struct Walk<'w> {
    recognize: &'w dyn Recognize,
    real_paths: &'w mut RealPaths,
    /// In the order of the walk, which may repeat itself.
    found: Vec<Discovered>,
    /// Those of [`Discovered::Folder`].
    folders: BTreeSet<PathBuf>,
    errors: Vec<Error>,
    ignored: Vec<Error>,
    /// Number of findings and errors, including repeated ones.
    seen: usize,
    /// JSON files under the named folder that are no archive.
    foreign_json: Vec<PathBuf>,
}

/// The number of JSON files of a folder that are reported one by one.
const MOST_NAMED: usize = 20;

impl Walk<'_> {
    /// Reports JSON of other programs next to archives. In the folder of a transcript it may be an attachment.
    fn name_foreign_json(&mut self, folder: &Path) {
        let folders = &self.folders;
        let is_next_to_text = |path: &PathBuf| {
            let here = path.parent();
            here.is_some_and(|here| folders.contains(here))
        };
        let mut foreign = std::mem::take(&mut self.foreign_json);
        foreign.retain(|path| !is_next_to_text(path));
        let count = foreign.len().saturating_sub(MOST_NAMED) as u64;
        let named = foreign.into_iter().take(MOST_NAMED);
        self.ignored
            .extend(named.map(|path| Error::ForeignFile { path }));
        let path = folder.to_owned();
        self.ignored
            .extend((count > 0).then_some(Error::ForeignJson { path, count }));
    }

    fn failed(&mut self, path: &Path, source: io::Error) {
        self.seen += 1;
        self.errors.push(Error::Io {
            path: path.to_owned(),
            source,
        });
    }

    fn folder(&mut self, folder: &Path) {
        // An iPhone backup: thousands of files with hashed names, none of which is an export.
        if let Some(native) = self.recognize.native_archive_at(folder, false, true) {
            self.seen += 1;
            self.found.push(Discovered::Native(native));
            return;
        }
        let items = match fs::read_dir(folder) {
            Ok(items) => items,
            Err(source) => return self.failed(folder, source),
        };
        let mut paths = Vec::new();
        for item in items {
            match item {
                Ok(item) => paths.push((item.file_name(), item.path(), item.file_type())),
                Err(source) => self.failed(folder, source),
            }
        }
        // The order of errors must not depend on the order in which the system lists files.
        paths.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
        // A log may be split into thousands of files, each of which is opened to find its format.
        let recognize = self.recognize;
        let is_native = |(_, path, kind): &(OsString, PathBuf, io::Result<fs::FileType>)| {
            kind.as_ref().is_ok_and(fs::FileType::is_file)
                && !is_hidden(&name_of(path))
                && recognize.native_archive_at(path, false, false).is_some()
        };
        let native: Vec<bool> = paths.par_iter().map(is_native).collect();
        for ((_, path, kind), is_native) in paths.into_iter().zip(native) {
            self.item(folder, &path, kind, is_native);
        }
    }

    /// An item of a folder; `kind` is that of the item itself where it is a symbolic link, and `is_native` whether it is a
    /// file that is a native archive.
    fn item(
        &mut self,
        folder: &Path,
        path: &Path,
        kind: io::Result<fs::FileType>,
        is_native: bool,
    ) {
        let name = name_of(path);
        if is_hidden(&name) {
            return;
        }
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let is = |word: &str| extension.as_deref() == Some(word);
        // Symbolic links are not followed: they may form a loop.
        match kind {
            // Deleted in the meantime.
            Err(source) if source.kind() == ErrorKind::NotFound => {}
            Err(source) => self.failed(path, source),
            // Attachments of a Web export, which may include texts and zips.
            Ok(kind) if kind.is_dir() && name == "media" && folder.join("chat.txt").is_file() => {}
            // Attachments in the folder of a phone, which may include texts and zips.
            Ok(kind) if kind.is_dir() && self.is_media(folder, &name) => {}
            Ok(kind) if kind.is_dir() => self.folder(path),
            Ok(kind) if kind.is_symlink() => {
                let target = fs::metadata(path);
                let to_folder = target.as_ref().is_ok_and(fs::Metadata::is_dir);
                let to_native = target.is_ok_and(|metadata| metadata.is_file())
                    && (self.recognize)
                        .native_archive_at(path, false, false)
                        .is_some();
                if is("zip") || is("txt") || to_folder || to_native {
                    self.seen += 1;
                    self.ignored.push(Error::SymbolicLink {
                        path: path.to_owned(),
                    });
                }
            }
            // Pipes, sockets and devices are never opened.
            Ok(kind) if !kind.is_file() => {}
            Ok(_) if is_native => {
                self.seen += 1;
                self.real_paths.files.insert(path.to_owned());
                self.found.push(Discovered::Native(path.to_owned()));
            }
            Ok(_) if is("txt") || (is("md") && self.is_web_export(path)) => {
                self.seen += 1;
                if !self.folders.contains(folder) {
                    self.folders.insert(folder.to_owned());
                }
            }
            Ok(_) if is("zip") || (!has_extension(&name) && has_zip_signature(path)) => {
                if !is_iphone_attachment(folder, &name) {
                    self.seen += 1;
                    self.real_paths.files.insert(path.to_owned());
                    self.found.push(Discovered::Zip(path.to_owned()));
                }
            }
            Ok(_) if is("json") || is("jsonl") || is("ndjson") => {
                self.foreign_json.push(path.to_owned());
            }
            Ok(_) => {}
        }
    }

    fn is_media(&self, outer: &Path, name: &str) -> bool {
        let outer = outer.file_name().unwrap_or_default().to_string_lossy();
        is_media_folder(&outer, name, self.recognize)
    }

    /// Whether a Markdown file is an export of WhatsApp Web; other Markdown files are common.
    fn is_web_export(&self, path: &Path) -> bool {
        let mut head = Vec::new();
        let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
        read.is_ok()
            && self
                .recognize
                .is_web_markdown(&String::from_utf8_lossy(&head))
    }
}

fn name_of(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

/// Whether WhatsApp keeps attachments in a folder of this name in `outer`: `Media/WhatsApp Documents` and similar on
/// Android, `Message/Media` on an iPhone (observed). A folder that is only named `Media` may contain exports.
pub(super) fn is_media_folder(outer: &str, name: &str, recognize: &dyn Recognize) -> bool {
    let of_android =
        outer == "Media" && name.starts_with("WhatsApp ") && !recognize.is_export_name(name);
    of_android || (outer == "Message" && name == "Media")
}

/// Whether items of this name are passed over: hidden ones, and those that macOS adds.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name == "__MACOSX"
}

/// True for `a.docx`; false for `a`, `a.zip (1)`, `Chat with Dr. Marsh`, and `a.zip.1`.
pub(super) fn has_extension(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        (1..=5).contains(&extension.len())
            && extension.bytes().all(|b| b.is_ascii_alphanumeric())
            && !extension.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Whether a zip was sent in the chat whose unpacked export is in this folder: `00000012-plans.zip` next
/// to `_chat.txt`.
fn is_iphone_attachment(folder: &Path, name: &str) -> bool {
    is_iphone_name(name) && folder.join("_chat.txt").is_file()
}

/// Whether an iPhone names attachments so: a number of eight digits first.
pub(super) fn is_iphone_name(name: &str) -> bool {
    name.split_once('-')
        .is_some_and(|(number, _)| number.len() == 8 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a named file is read as a zip. One that is named `.zip` without a zip's signature is reported as
/// a damaged zip rather than as an unreadable text.
fn is_zip(path: &Path) -> bool {
    has_zip_signature(path)
        || path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("zip"))
}

/// Whether the file has the signature of a zip. `path` must be a regular file: opening a pipe would block.
fn has_zip_signature(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && is_zip_signature(&start)
}

/// Whether a file that begins so is a zip; the second is the signature of an empty one.
pub(super) fn is_zip_signature(head: &[u8]) -> bool {
    matches!(head, b"PK\x03\x04" | b"PK\x05\x06")
}
