//! Attachments of native archives: finds the files that messages name in the media folders next to the archive.
//!
//! Archives are untrusted. Nothing outside of the given folders is read, and in them only what is in a media folder:
//! the key of a backup, another database or a letter in the same folder must not be sent because a row names it.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::chat::MediaKind;

/// Names of folders that contain only media (observed).
const MEDIA_FOLDERS: [&str; 4] = ["Media", "Message", "separated", "vCards"];
/// Maximum depth of a media folder below a searched folder: `result/WhatsApp/Media`.
const MAX_DEPTH: usize = 2;
/// Prefixes of file names that are never media: WhatsApp's databases with their logs and backups, and backup
/// keys.
const FORBIDDEN_PREFIXES: [&str; 8] = [
    "msgstore",
    "wa.db",
    "chatstorage.sqlite",
    "contactsv2.sqlite",
    "lid.sqlite",
    "manifest.db",
    "encrypted_backup.key",
    "chatferry.",
];
/// Suffixes of file names that are never media.
const FORBIDDEN_SUFFIXES: [&str; 4] = [".crypt12", ".crypt14", ".crypt15", ".crypt15.key"];

/// The attachments that were found, by number.
#[derive(Debug, Default)]
pub struct Media {
    /// Searched folders, each with its canonical path.
    roots: Vec<(PathBuf, PathBuf)>,
    files: Vec<(String, PathBuf)>,
    known: HashMap<String, Option<u32>>,
}

impl Media {
    /// Searches these folders, in order.
    pub(super) fn in_folders(roots: Vec<PathBuf>) -> Media {
        let mut media = Media::default();
        for root in roots {
            let is_new = media.roots.iter().all(|(known, _)| *known != root);
            if is_new
                && root.is_dir()
                && let Ok(real) = root.canonicalize()
            {
                media.roots.push((root, real));
            }
        }
        media
    }

    /// The files that were found: name in the archive, and path on disk.
    pub fn into_files(self) -> Vec<(String, PathBuf)> {
        self.files
    }

    /// Number of the file for a path in the archive; `None` if it does not exist, is outside of the searched folders,
    /// or is not in a media folder.
    pub(super) fn find(&mut self, path: &str) -> Option<u32> {
        if let Some(known) = self.known.get(path) {
            return *known;
        }
        let found = self.search(path);
        self.known.insert(path.to_owned(), found);
        found
    }

    /// The text of the file for a path in the archive, if it is found as by [`Media::find`] and has at most `limit`
    /// bytes. It is no attachment.
    pub(super) fn read_text(&self, path: &str, limit: u64) -> Option<String> {
        let real = self.path_of(path)?;
        let file = std::fs::File::open(real).ok()?;
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes).ok()?;
        let is_whole = bytes.len() as u64 <= limit;
        is_whole.then(|| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn search(&mut self, path: &str) -> Option<u32> {
        let real = self.path_of(path)?;
        self.add(path, real)
    }

    fn path_of(&self, path: &str) -> Option<PathBuf> {
        candidate_paths(path).find_map(|relative| {
            (self.roots.iter()).find_map(|(root, real)| {
                let file = root.join(&relative);
                // A symbolic link may point anywhere.
                let is_file = file.symlink_metadata().is_ok_and(|found| found.is_file());
                let inside =
                    is_file && file.canonicalize().is_ok_and(|file| file.starts_with(real));
                inside.then_some(file)
            })
        })
    }

    /// Adds a file that is known to exist.
    pub(super) fn add(&mut self, name: &str, real: PathBuf) -> Option<u32> {
        let number = u32::try_from(self.files.len()).ok()?;
        self.files.push((name.to_owned(), real));
        Some(number)
    }
}

/// Relative paths that a path of an archive may mean: the path itself, and the part from its media folder on, since
/// some are relative to the root of a phone or to the exporter's working directory.
fn candidate_paths(path: &str) -> impl Iterator<Item = PathBuf> {
    let parts: Option<Vec<&str>> = (Path::new(path).components())
        .filter(|part| !matches!(part, Component::RootDir | Component::CurDir))
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    let parts = parts.unwrap_or_default();
    let is_forbidden = parts.last().is_none_or(|name| {
        let name = name.to_lowercase();
        FORBIDDEN_PREFIXES
            .iter()
            .any(|begin| name.starts_with(begin))
            || FORBIDDEN_SUFFIXES
                .iter()
                .any(|ending| name.ends_with(ending))
    });
    let folder = (parts.iter().take(parts.len().saturating_sub(1)))
        .position(|part| MEDIA_FOLDERS.contains(part))
        .filter(|_| !is_forbidden);
    let places = folder.map(|at| {
        let whole = (at <= MAX_DEPTH).then_some(0);
        let from = whole.into_iter().chain((at > 0).then_some(at));
        from.map(|from| parts[from..].iter().collect())
            .collect::<Vec<PathBuf>>()
    });
    places.unwrap_or_default().into_iter()
}

/// The folder of a file and its parent folder.
pub(super) fn folders(path: &Path) -> (PathBuf, PathBuf) {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let above = |path: &Path| path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let folder = above(&real);
    let outer = above(&folder);
    (folder, outer)
}

/// The last component of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Kind of a file by its MIME type and name.
pub(super) fn kind(mime: Option<&str>, name: &str) -> MediaKind {
    let guessed = mime_guess::from_path(name).first_raw();
    let mime = mime.filter(|mime| mime.contains('/')).or(guessed);
    match mime.and_then(|mime| mime.split_once('/')) {
        Some(("image", "webp")) => MediaKind::Sticker,
        Some(("image", _)) => MediaKind::Image,
        Some(("video", _)) => MediaKind::Video,
        Some(("audio", rest)) if rest.contains("opus") || rest.contains("ogg") => MediaKind::Voice,
        Some(("audio", _)) => MediaKind::Audio,
        Some(("text", kind)) if kind.contains("vcard") => MediaKind::Contact,
        _ => MediaKind::Document,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_media_folders_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("in");
        for file in [
            "out.txt",
            "in/letter.txt",
            "in/msgstore.db.crypt15.key",
            "in/wa.db",
            "in/WhatsApp/Databases/msgstore.db",
            "in/Media/msgstore.db.crypt15",
            "in/Media/old.crypt15.key",
            "in/Media/WhatsApp Images/a.jpg",
            "in/result/WhatsApp/Media/b.jpg",
            "in/a/b/c/Media/far.jpg",
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let mut media = Media::in_folders(vec![root.clone()]);
        for path in [
            "",
            "Media",
            "../out.txt",
            "Media/../letter.txt",
            "Media/../../out.txt",
            "letter.txt",
            "/letter.txt",
            "msgstore.db.crypt15.key",
            "wa.db",
            "WhatsApp/Databases/msgstore.db",
            "Media/msgstore.db.crypt15",
            "Media/old.crypt15.key",
            "Media/none.jpg",
            "a/b/c/Media/far.jpg",
        ] {
            assert_eq!(media.find(path), None, "{path}");
        }
        for (number, path) in [
            "Media/WhatsApp Images/a.jpg",
            "/storage/emulated/0/WhatsApp/Media/WhatsApp Images/a.jpg",
            "./result/WhatsApp/Media/b.jpg",
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(media.find(path), u32::try_from(number).ok(), "{path}");
        }
        #[cfg(unix)]
        {
            let link = root.join("Media/link.txt");
            std::os::unix::fs::symlink(folder.path().join("out.txt"), link).unwrap();
            assert_eq!(media.find("Media/link.txt"), None);
        }
    }
}
