//! The files that messages name: looked for beside the archive, in the places where phones and
//! exporting programs put them. Nothing outside of these folders is ever read, and nothing in them
//! but what lies where media lie: an archive is a stranger's word, and the key of a backup, another
//! database, a letter in the same folder must not be sent because a row names it.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::chat::MediaKind;

/// The folders that hold media and nothing else (`native-sources.md` 1.2, 2.3, 3.2).
const OF_MEDIA: [&str; 4] = ["Media", "Message", "separated", "vCards"];
/// How deep such a folder may lie under one that is looked in: `result/WhatsApp/Media`.
const DEPTH: usize = 2;
/// What is nobody's media wherever it lies, by the beginning of its name: databases of WhatsApp, with
/// their logs and backups, and the key of a backup.
const NEVER: [&str; 8] = [
    "msgstore",
    "wa.db",
    "chatstorage.sqlite",
    "contactsv2.sqlite",
    "lid.sqlite",
    "manifest.db",
    "encrypted_backup.key",
    "chatferry.",
];
/// The same by its end.
const NEVER_ENDING: [&str; 4] = [".crypt12", ".crypt14", ".crypt15", ".crypt15.key"];

/// The files of an archive that are there, by number.
#[derive(Debug, Default)]
pub struct Media {
    /// Each with its real place.
    roots: Vec<(PathBuf, PathBuf)>,
    files: Vec<(String, PathBuf)>,
    known: HashMap<String, Option<u32>>,
}

impl Media {
    /// Files are looked for in these folders, in their order.
    pub(super) fn under(roots: Vec<PathBuf>) -> Media {
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

    /// What was found: a name, and where it is.
    pub fn into_files(self) -> Vec<(String, PathBuf)> {
        self.files
    }

    /// The number of the file at a path that the archive gives; `None` when it is not there, leads
    /// out of the folders, or lies where no media lie.
    pub(super) fn find(&mut self, path: &str) -> Option<u32> {
        if let Some(known) = self.known.get(path) {
            return *known;
        }
        let found = self.look(path);
        self.known.insert(path.to_owned(), found);
        found
    }

    fn look(&mut self, path: &str) -> Option<u32> {
        let real = within(path).find_map(|relative| {
            (self.roots.iter()).find_map(|(root, real)| {
                let file = root.join(&relative);
                // A link may lead anywhere.
                let is_file = file.symlink_metadata().is_ok_and(|found| found.is_file());
                let inside =
                    is_file && file.canonicalize().is_ok_and(|file| file.starts_with(real));
                inside.then_some(file)
            })
        })?;
        self.add(path, real)
    }

    /// Adds a file that is known to be there.
    pub(super) fn add(&mut self, name: &str, real: PathBuf) -> Option<u32> {
        let number = u32::try_from(self.files.len()).ok()?;
        self.files.push((name.to_owned(), real));
        Some(number)
    }
}

/// The places that a path of an archive may mean: as it stands, and from its folder of media on,
/// since some are written from the root of a phone or from where a program ran.
fn within(path: &str) -> impl Iterator<Item = PathBuf> {
    let parts: Option<Vec<&str>> = (Path::new(path).components())
        .filter(|part| !matches!(part, Component::RootDir | Component::CurDir))
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    let parts = parts.unwrap_or_default();
    let is_never = parts.last().is_none_or(|name| {
        let name = name.to_lowercase();
        NEVER.iter().any(|begin| name.starts_with(begin))
            || NEVER_ENDING.iter().any(|ending| name.ends_with(ending))
    });
    let folder = (parts.iter().take(parts.len().saturating_sub(1)))
        .position(|part| OF_MEDIA.contains(part))
        .filter(|_| !is_never);
    let places = folder.map(|at| {
        let whole = (at <= DEPTH).then_some(0);
        let from = whole.into_iter().chain((at > 0).then_some(at));
        from.map(|from| parts[from..].iter().collect())
            .collect::<Vec<PathBuf>>()
    });
    places.unwrap_or_default().into_iter()
}

/// The folder of a file and the one above it, whatever way the file was named.
pub(super) fn folders(path: &Path) -> (PathBuf, PathBuf) {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let above = |path: &Path| path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let folder = above(&real);
    let outer = above(&folder);
    (folder, outer)
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What kind of file a MIME type and a name tell.
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
    fn only_what_lies_among_media_is_found() {
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
        let mut media = Media::under(vec![root.clone()]);
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
