//! Which objects under a place are archives: the rules of the search on disk, by the names of keys.
//!
//! Never here: reading an archive. Formats are known to [`Recognize`] only.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::place::{Place, Service};
use super::{Listed, Need, StorageProblem, objects_under};
use crate::archive::discover::{
    has_extension, is_hidden, is_iphone_name, is_media_folder, is_zip_signature,
};
use crate::archive::{Discovered, Error, Recognize};

/// The archives under a place.
#[derive(Debug, Default)]
pub(in crate::archive) struct Search {
    /// Sorted.
    pub(in crate::archive) found: Vec<Discovered>,
    /// The place that cannot be listed; databases.
    pub(in crate::archive) errors: Vec<Error>,
    /// A place without an archive; what may be a database or a log.
    pub(in crate::archive) ignored: Vec<Error>,
    /// Those of [`Discovered::Folder`].
    folders: BTreeSet<PathBuf>,
    /// Files that may be databases or logs.
    doubtful: Vec<PathBuf>,
}

/// Finds the archives at and under a place, as [`discover`](crate::archive::discover()) does on disk. A file without an
/// extension is a zip if WhatsApp gives exports its name and it has the signature of a zip: each such look is a request.
pub(in crate::archive) fn search(path: &Path, recognize: &dyn Recognize) -> Search {
    let mut search = Search::default();
    let place = path.to_str().and_then(Place::parse);
    let listed = match place {
        Some(Err(problem)) => Err(problem),
        _ => objects_under(path),
    };
    let listed = match listed {
        Ok(listed) => listed,
        Err(problem) => {
            search.errors.push(storage(path, problem));
            return search;
        }
    };
    if let [one] = listed.as_slice()
        && place_is_one(path, one)
    {
        let is_web = matches!(place_of(path), Some(place) if place.service == Service::Web);
        search.named(one, is_web, recognize);
        return search;
    }
    let keys: HashSet<&Path> = listed.iter().map(|one| one.path.as_path()).collect();
    let within = depth(path);
    for one in &listed {
        if !is_passed_over(&one.path, within, &keys, recognize) {
            search.object(one, &keys, recognize);
        }
    }
    search.end(path);
    search
}

/// Whether the place is this object and not its folder.
fn place_is_one(path: &Path, one: &Listed) -> bool {
    place_of(path).is_some_and(|place| Path::new(&place.url(&place.key)) == one.path)
}

fn place_of(path: &Path) -> Option<Place> {
    path.to_str().and_then(Place::parse)?.ok()
}

/// The number of parts of the folder that a place lists.
fn depth(path: &Path) -> usize {
    let folder = place_of(path).map(|place| place.url(place.fixed_folder()));
    folder.map_or(0, |folder| Path::new(&folder).components().count())
}

fn storage(path: &Path, problem: StorageProblem) -> Error {
    let path = path.to_owned();
    Error::Storage { path, problem }
}

impl Search {
    /// The object that a person named, on a web server or not.
    fn named(&mut self, one: &Listed, is_web: bool, recognize: &dyn Recognize) {
        let path = one.path.clone();
        let is_text = is(&path, &["txt", "md"]);
        if recognize.is_native_name(&name_of(&path)) || is(&path, DATA) {
            self.errors.push(storage(&path, StorageProblem::Native));
        } else if is(&path, &["zip"]) {
            self.found.push(Discovered::Zip(path));
        } else if is_text && !is_web {
            self.found.push(Discovered::File(path));
        } else {
            match is_zip(one) {
                Ok(true) => self.found.push(Discovered::Zip(path)),
                Ok(false) if is_web => self.errors.push(Error::NotAZip { path }),
                Ok(false) => self.found.push(Discovered::File(path)),
                Err(problem) => self.errors.push(storage(&path, problem)),
            }
        }
    }

    /// An object below a folder.
    fn object(&mut self, one: &Listed, keys: &HashSet<&Path>, recognize: &dyn Recognize) {
        let path = &one.path;
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = name_of(path);
        let is_sent = is_iphone_name(&name) && keys.contains(folder.join("_chat.txt").as_path());
        if recognize.is_native_name(&name) {
            self.errors.push(storage(path, StorageProblem::Native));
        } else if is(path, &["txt"]) {
            self.folders.insert(folder.to_owned());
        } else if is(path, &["md"]) {
            match head(one, 4096) {
                Ok(head) if recognize.is_web_markdown(&String::from_utf8_lossy(&head)) => {
                    self.folders.insert(folder.to_owned());
                }
                Ok(_) => {}
                Err(problem) => self.errors.push(storage(path, problem)),
            }
        } else if is(path, &["zip"]) && !is_sent {
            self.found.push(Discovered::Zip(path.clone()));
        } else if is(path, DATA) {
            self.doubtful.push(path.clone());
        } else if !has_extension(&name) && recognize.is_export_name(&name) {
            match is_zip(one) {
                Ok(true) => self.found.push(Discovered::Zip(path.clone())),
                Ok(false) => {}
                Err(problem) => self.errors.push(storage(path, problem)),
            }
        }
    }

    /// Adds the folders, and reports what may be an archive that is not read.
    fn end(&mut self, place: &Path) {
        // In the folder of a transcript it may be an attachment.
        let is_alone = |path: &&PathBuf| path.parent().is_none_or(|at| !self.folders.contains(at));
        let mut doubtful: Vec<&Path> = (self.doubtful.iter().filter(is_alone))
            .map(PathBuf::as_path)
            .collect();
        if doubtful.len() > MOST_NAMED {
            doubtful = vec![place];
        }
        let reports = doubtful.into_iter();
        self.ignored
            .extend(reports.map(|path| storage(path, StorageProblem::Native)));
        let folders = std::mem::take(&mut self.folders).into_iter();
        self.found.extend(folders.map(Discovered::Folder));
        self.found.sort();
        if self.found.is_empty() && self.errors.is_empty() && self.ignored.is_empty() {
            let path = place.to_owned();
            self.ignored.push(Error::NoArchive { path });
        }
    }
}

/// The number of files that are reported one by one.
const MOST_NAMED: usize = 20;

/// The endings of databases and logs, and of many other files.
const DATA: &[&str] = &[
    "json", "jsonl", "ndjson", "db", "sqlite", "sqlite3", "sqlitedb",
];

fn is(path: &Path, extensions: &[&str]) -> bool {
    let own = path.extension().unwrap_or_default();
    extensions.iter().any(|one| own.eq_ignore_ascii_case(one))
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether an object is hidden, or in a folder of attachments below the folder that was listed, which has `within` parts.
fn is_passed_over(
    path: &Path,
    within: usize,
    keys: &HashSet<&Path>,
    recognize: &dyn Recognize,
) -> bool {
    let below = path.components().skip(within);
    if below
        .map(|part| part.as_os_str().to_string_lossy())
        .any(|name| is_hidden(&name))
    {
        return true;
    }
    let folders = path.ancestors().skip(1);
    let mut folders = folders.take_while(|folder| folder.components().count() > within);
    folders.any(|folder| {
        let outer = folder.parent().unwrap_or(Path::new(""));
        let name = name_of(folder);
        (name == "media" && keys.contains(outer.join("chat.txt").as_path()))
            || is_media_folder(&name_of(outer), &name, recognize)
    })
}

fn is_zip(one: &Listed) -> Result<bool, StorageProblem> {
    head(one, 4).map(|head| is_zip_signature(&head))
}

/// The first bytes of an object.
fn head(one: &Listed, count: usize) -> Result<Vec<u8>, StorageProblem> {
    let mut head = vec![0; count];
    let mut length = 0;
    while let Some(rest) = head.get_mut(length..).filter(|rest| !rest.is_empty()) {
        let need = Need::default();
        match one.object.read_at(rest, length as u64, need) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) => {
                let unknown = || StorageProblem::Unreachable(error.kind().to_string());
                return Err(super::problem_in(&error).unwrap_or_else(unknown));
            }
        }
    }
    head.truncate(length);
    Ok(head)
}
