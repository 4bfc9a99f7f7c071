//! The files that messages name: looked for beside the archive, in the places where phones and
//! exporting programs put them. Nothing outside of these folders is ever read.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::chat::MediaKind;

/// The files of an archive that are there, by number.
#[derive(Debug, Default)]
pub struct Media {
    roots: Vec<PathBuf>,
    files: Vec<(String, PathBuf)>,
    known: HashMap<String, Option<u32>>,
}

impl Media {
    /// Files are looked for in these folders, in their order.
    pub(super) fn under(roots: Vec<PathBuf>) -> Media {
        let mut media = Media::default();
        for root in roots {
            if root.is_dir() && !media.roots.contains(&root) {
                media.roots.push(root);
            }
        }
        media
    }

    /// What was found: a name, and where it is.
    pub fn into_files(self) -> Vec<(String, PathBuf)> {
        self.files
    }

    /// The number of the file at a path that the archive gives; `None` when it is not there, or
    /// leads out of the folders.
    pub(super) fn find(&mut self, path: &str) -> Option<u32> {
        if let Some(known) = self.known.get(path) {
            return *known;
        }
        let found = self.look(path);
        self.known.insert(path.to_owned(), found);
        found
    }

    fn look(&mut self, path: &str) -> Option<u32> {
        let relative = Path::new(path.trim_start_matches('/'));
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if path.is_empty() || !relative.components().all(is_plain) {
            return None;
        }
        let real = (self.roots.iter()).find_map(|root| {
            let file = root.join(relative);
            // A link may lead anywhere.
            let is_file = file.symlink_metadata().is_ok_and(|found| found.is_file());
            let inside = is_file
                && file
                    .canonicalize()
                    .ok()
                    .zip(root.canonicalize().ok())
                    .is_some_and(|(file, root)| file.starts_with(root));
            inside.then_some(file)
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
    fn nothing_outside_is_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(folder.path().join("out.txt"), "x").unwrap();
        std::fs::write(folder.path().join("in/a.txt"), "x").unwrap();
        let mut media = Media::under(vec![folder.path().join("in")]);
        assert_eq!(media.find("../out.txt"), None);
        assert_eq!(media.find("a.txt"), Some(0));
        assert_eq!(media.find("/a.txt"), Some(1));
        assert_eq!(media.find("b.txt"), None);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(
                folder.path().join("out.txt"),
                folder.path().join("in/link.txt"),
            )
            .unwrap();
            assert_eq!(media.find("link.txt"), None);
        }
    }
}
