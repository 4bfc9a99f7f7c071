//! One folder a phone: `exports/anna`, `exports/ben`.
//!
//! Taken for several phones only where nothing speaks against it: every archive lies in one of the
//! folders, and each folder's chats tell its owner, each another one. Two folders of one owner are
//! two batches of one phone.

use std::path::{Path, PathBuf};

use super::archives::{Archive, real};
use crate::parser::text::archive_name;
use crate::transform::names::name_key;
use crate::transform::owner::Owner;

/// The folder of one phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    /// The phone's name: the folder's.
    pub(super) name: String,
    pub(super) path: PathBuf,
}

impl Folder {
    /// True when an archive of this path lies in it; texts that lie there have its own.
    pub(super) fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.path)
    }
}

/// The folders of several phones among `paths`; none where it is one phone, as far as can be told.
pub(super) fn folders(paths: &[PathBuf], archives: &[Archive<'_>]) -> Vec<Folder> {
    let named: Vec<PathBuf> = match paths {
        [one] if one.is_dir() => inside(one),
        several if several.len() > 1 && several.iter().all(|path| path.is_dir()) => {
            several.to_vec()
        }
        _ => return Vec::new(),
    };
    let of = |folder: &Folder| -> Vec<&Archive<'_>> {
        let each = archives.iter();
        each.filter(|(opened, _)| folder.holds(&real(&opened.path)))
            .collect()
    };
    let folders: Vec<Folder> = (named.iter().filter_map(|path| folder(path)))
        .filter(|folder| !of(folder).is_empty())
        .collect();
    let all = |(opened, _): &Archive<'_>| {
        let path = real(&opened.path);
        folders.iter().filter(|folder| folder.holds(&path)).count() == 1
    };
    if folders.len() < 2 || !archives.iter().all(all) {
        return Vec::new();
    }
    let owners: Option<Vec<String>> = (folders.iter())
        .map(|folder| {
            let chats: Vec<_> = (of(folder).into_iter())
                .map(|(opened, chat)| (opened.name.chat.as_str(), *chat))
                .collect();
            Owner::infer(&chats).shown.map(|owner| name_key(&owner))
        })
        .collect();
    let Some(mut owners) = owners else {
        return Vec::new();
    };
    owners.sort_unstable();
    owners.dedup();
    let mut names: Vec<&str> = folders.iter().map(|folder| folder.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match owners.len() == folders.len() && names.len() == folders.len() {
        true => folders,
        false => Vec::new(),
    }
}

/// The folders in a folder, by name.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let mut inside: Vec<PathBuf> = (folder.read_dir().into_iter().flatten())
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    inside.sort_unstable();
    inside
}

/// A folder that may be a phone's: not one that WhatsApp's own export was unpacked into.
fn folder(path: &Path) -> Option<Folder> {
    let path = real(path);
    let name = path.file_name()?.to_str()?.to_owned();
    (!archive_name(&name).certain).then_some(Folder { name, path })
}
