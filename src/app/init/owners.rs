//! Assigns archives to phones by the owners that they show, where neither a configuration nor folders do.
//!
//! Belongs here: a folder with the archives of several phones, and archives that an existing configuration with
//! several phones does not name. Never here: folders that are phones (`phones::folders`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::app::phones::by_writers::{self, SeenOwner};
use crate::app::phones::folders::Folder;
use crate::app::phones::{Archive, real};
use crate::intake::Opened;
use crate::name::name_key;
use crate::parser::text::archive_name;

/// The owners that archives show, and the owner of each archive by its index among them; `None` where it could
/// not be determined. `known` are owners besides those that the archives show, which come first.
pub(super) fn assign(
    archives: &[Option<Archive<'_>>],
    known: &[String],
) -> (Vec<SeenOwner>, Vec<Option<usize>>) {
    let mut owners: Vec<SeenOwner> = (known.iter())
        .map(|name| SeenOwner {
            name: name.clone(),
            archives: 0,
        })
        .collect();
    for seen in by_writers::owners(archives.iter().flatten().copied()) {
        let key = name_key(&seen.name);
        match owners.iter_mut().find(|own| name_key(&own.name) == key) {
            Some(own) => own.archives = seen.archives,
            None => owners.push(seen),
        }
    }
    let index = |name: &str| {
        let key = name_key(name);
        owners.iter().position(|owner| name_key(&owner.name) == key)
    };
    let owner_of = |archive: &Archive<'_>| {
        if let Some(name) = by_writers::shown_owner(*archive) {
            return index(&name);
        }
        // The only owner who writes: a group, or an archive that was renamed.
        let (opened, chat) = archive;
        let title = name_key(&opened.name.chat);
        let writers: BTreeSet<usize> = (chat.participants.iter())
            .filter(|participant| name_key(&participant.name) != title)
            .filter_map(|participant| index(&participant.name))
            .collect();
        match writers.len() {
            1 => writers.first().copied(),
            _ => None,
        }
    };
    let of = archives
        .iter()
        .map(|archive| archive.as_ref().and_then(owner_of));
    let of = of.collect();
    (owners, of)
}

/// The phones of these owners, each with its archives as paths. `taken` are names of devices that exist.
pub(super) fn phones(
    owners: &[SeenOwner],
    of: &[Option<usize>],
    opened: &[Opened],
    taken: &[&str],
) -> Vec<Folder> {
    let mut paths: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
    for (opened, owner) in opened.iter().zip(of) {
        if let Some(owner) = owner {
            let path = real(&path_of(opened));
            let own = paths.entry(*owner).or_default();
            if !own.contains(&path) {
                own.push(path);
            }
        }
    }
    let mut names: BTreeSet<String> = taken.iter().map(|name| (*name).to_owned()).collect();
    let phones = owners.iter().enumerate().map(|(index, owner)| {
        let name = name_of(&owner.name, &names);
        names.insert(name.clone());
        Folder {
            name,
            paths: paths.remove(&index).unwrap_or_default(),
        }
    });
    phones.collect()
}

/// A name for the phone of an owner: the first word in lower case, with a number if it is taken.
fn name_of(owner: &str, taken: &BTreeSet<String>) -> String {
    let word = owner
        .split(|c: char| !c.is_alphanumeric())
        .find(|word| !word.is_empty());
    let word = word.unwrap_or("phone").to_lowercase();
    let mut name = word.clone();
    let mut number = 2;
    while taken.contains(&name) {
        name = format!("{word}-{number}");
        number += 1;
    }
    name
}

/// The path that `archives` may contain for an archive alone: its file, where a folder has several text exports.
pub(super) fn path_of(opened: &Opened) -> PathBuf {
    let file = opened.path.join(&opened.entry);
    let stem = Path::new(&opened.entry).file_stem().unwrap_or_default();
    let is_named = archive_name(&stem.to_string_lossy()).certain;
    match opened.path.is_dir() && is_named && file.is_file() {
        true => file,
        false => opened.path.clone(),
    }
}
