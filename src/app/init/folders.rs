//! One folder a phone: `exports/anna`, `exports/ben`.
//!
//! Folders in the folder that was named, each with archives in it, and every archive in one of
//! them, are phones: one name may be two people on two phones, so two phones that are taken for one
//! put one customer's messages on another one's lead, while one phone that is taken for two shows
//! itself in `chatferry.toml` and is put right there. So folders are put together only where
//! something says that they are batches of one phone:
//!
//! - their owners are told apart: never;
//! - chats of one name have half of what both tell in common: they are one phone. Groups do not
//!   count, which two phones may be in;
//! - chats of one name tell of one time and have less in common: they are two phones, whatever
//!   their owners are called (a company's name may be on all of its phones);
//! - nothing of this: they are one phone where the owner is the same, and two where the owner of
//!   one cannot be told.
//!
//! What was put together, and what was taken for a phone without a known owner, is said.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::archives::{Archive, is_group, real};
use crate::chat::Chat;
use crate::intake::{Opened, texts_of};
use crate::matching::overlap::{Overlap, Texts, overlap};
use crate::name::name_key;
use crate::parser::text::{archive_name, is_you};
use crate::transform::owner::Owner;

/// The folders of one phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    /// The phone's name: the first folder's.
    pub(super) name: String,
    pub(super) paths: Vec<PathBuf>,
}

impl Folder {
    /// True when an archive of this path lies in it; texts that lie there have its own.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.paths.iter().any(|own| path.starts_with(own))
    }
}

/// How the archives are shared out among phones.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// The phones; none where it is one, as far as can be told.
    pub(super) folders: Vec<Folder>,
    /// What a person should hear about it.
    pub(super) notes: Vec<String>,
}

/// The folders among `paths` that may be phones', seen by their paths alone; none where an archive
/// lies in none of them.
pub(super) fn candidates(paths: &[PathBuf], opened: &[Opened]) -> Vec<Folder> {
    let folders = inside_of(paths, opened);
    let is_in_one = |archive: &Opened| {
        let path = real(&archive.path);
        folders.iter().filter(|folder| folder.holds(&path)).count() == 1
    };
    match folders.len() > 1 && opened.iter().all(is_in_one) {
        true => folders,
        false => Vec::new(),
    }
}

/// The folders among `paths` that hold archives.
fn inside_of(paths: &[PathBuf], opened: &[Opened]) -> Vec<Folder> {
    let named: Vec<PathBuf> = match paths {
        [one] if one.is_dir() => inside(one),
        several if several.len() > 1 && several.iter().all(|path| path.is_dir()) => {
            several.to_vec()
        }
        _ => return Vec::new(),
    };
    let mut folders: Vec<Folder> = Vec::new();
    for folder in named.iter().filter_map(|path| folder(path)) {
        let own: Vec<&Opened> = (opened.iter())
            .filter(|archive| folder.holds(&real(&archive.path)))
            .collect();
        // A chat that was unpacked into a folder of its name is no phone.
        let is_chat =
            matches!(own.as_slice(), [one] if name_key(&one.name.chat) == name_key(&folder.name));
        let is_known = folders.iter().any(|known| known.paths == folder.paths);
        if own.is_empty() || is_chat || is_known {
            continue;
        }
        folders.push(folder);
    }
    // Two folders of one name are two phones all the same.
    for place in 1..folders.len() {
        let is_taken = |name: &str| folders[..place].iter().any(|other| other.name == name);
        if is_taken(&folders[place].name) {
            let name = (2..).map(|number| format!("{}-{number}", folders[place].name));
            if let Some(name) = name.clone().find(|name| !is_taken(name)) {
                folders[place].name = name;
            }
        }
    }
    folders
}

/// The phones of these folders, by what their archives tell.
pub(super) fn split(folders: Vec<Folder>, archives: &[Archive<'_>]) -> Split {
    let seen: Vec<Seen> = (folders.iter())
        .map(|folder| Seen::of(folder, archives))
        .collect();
    let mut of: Vec<usize> = (0..folders.len()).collect();
    for one in 0..seen.len() {
        for other in 0..one {
            if seen[one].is_phone_of(&seen[other]) {
                let (from, to) = (of[one], of[other]);
                of.iter_mut()
                    .filter(|phone| **phone == from)
                    .for_each(|phone| *phone = to);
            }
        }
    }
    // One that could be either of two owners' is neither's.
    for phone in 0..folders.len() {
        let owners: HashSet<String> = (seen.iter().zip(&of))
            .filter(|(_, own)| **own == phone)
            .filter_map(|(seen, _)| seen.owner.as_deref().map(name_key))
            .collect();
        if owners.len() > 1 {
            for (place, own) in of.iter_mut().enumerate() {
                if *own == phone {
                    *own = place;
                }
            }
        }
    }
    let mut phones: BTreeMap<usize, Folder> = BTreeMap::new();
    for (folder, phone) in folders.iter().zip(&of) {
        match phones.get_mut(phone) {
            None => {
                phones.insert(*phone, folder.clone());
            }
            Some(known) => known.paths.extend(folder.paths.iter().cloned()),
        }
    }
    let phones: Vec<Folder> = phones.into_values().collect();
    let mut notes = joined(&folders, &phones);
    if phones.len() < 2 {
        return Split {
            folders: Vec::new(),
            notes,
        };
    }
    notes.extend(separate(&folders, &seen, &of, &phones));
    Split {
        folders: phones,
        notes,
    }
}

/// Notes on folders that were taken for one device.
fn joined(folders: &[Folder], phones: &[Folder]) -> Vec<String> {
    let mut notes = Vec::new();
    for phone in phones.iter().filter(|phone| phone.paths.len() > 1) {
        let names: Vec<&str> = (folders.iter())
            .filter(|folder| phone.paths.contains(&folder.paths[0]))
            .map(|folder| folder.name.as_str())
            .collect();
        notes.push(format!(
            "The folders {} were taken for one phone: their owner is the same, or their chats are. If they are several, start again with a folder for init each, or write a [[device]] block for each in chatferry.toml and its name under device in contacts.csv",
            names.join(", ")
        ));
    }
    notes
}

/// Notes on folders that were taken for several devices although they may be one. `of`: the device of
/// each folder.
fn separate(folders: &[Folder], seen: &[Seen], of: &[usize], phones: &[Folder]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut by_owner: BTreeMap<String, Vec<(usize, &str)>> = BTreeMap::new();
    for ((folder, seen), phone) in folders.iter().zip(seen).zip(of) {
        if let Some(owner) = &seen.owner {
            let same = by_owner.entry(name_key(owner)).or_default();
            same.push((*phone, folder.name.as_str()));
        }
    }
    for (owner, same) in by_owner {
        if same.iter().any(|(phone, _)| *phone != same[0].0) {
            let names: Vec<&str> = same.iter().map(|(_, name)| *name).collect();
            notes.push(format!(
                "The folders {} were taken for several phones although the owner is called \"{owner}\" in all of them: chats of one name tell different things there. If they are batches of one phone, put all of them into the archives of one [[device]] block and take the others away",
                names.join(", ")
            ));
        }
    }
    for (folder, seen) in folders.iter().zip(seen) {
        let is_alone = phones.iter().any(|phone| phone.paths == folder.paths);
        if seen.owner.is_none() && is_alone {
            let whose = match seen.is_you {
                true => "which tells nothing of its owner but \"You\"",
                false => "whose owner its chats do not tell: fill in owner in its [[device]] block",
            };
            notes.push(format!(
                "The folder {} was taken for a phone of its own, {whose}; if it is another batch of one of the other phones, add it to the archives of that one and take this block away",
                folder.name
            ));
        }
    }
    notes
}

/// What to say where archives lie beside folders and show another owner than those in them: they
/// are taken for one phone.
pub(super) fn mixed(paths: &[PathBuf], archives: &[Archive<'_>]) -> Option<String> {
    let inside: Vec<Folder> = (paths.iter())
        .filter(|path| path.is_dir())
        .flat_map(|path| inside(path))
        .filter_map(|path| folder(&path))
        .collect();
    let loose: Vec<Archive<'_>> = (archives.iter())
        .filter(|(opened, _)| {
            !inside
                .iter()
                .any(|folder| folder.holds(&real(&opened.path)))
        })
        .copied()
        .collect();
    let within = inside.iter().map(|folder| Seen::of(folder, archives));
    let owners: BTreeMap<String, String> = within
        .chain([Seen::all(&loose)])
        .filter_map(|seen| seen.owner)
        .map(|owner| (name_key(&owner), owner))
        .collect();
    let names: Vec<&str> = owners.values().map(String::as_str).collect();
    (names.len() > 1).then(|| {
        format!(
            "Archives of several owners lie in one folder and were taken for one phone: {}. Give each phone a folder of its own and start again",
            names.join(", ")
        )
    })
}

/// Folders whose owner is none of `told`, where one configuration of one phone is there: each with
/// its owner.
pub(super) fn of_others(
    paths: &[PathBuf],
    archives: &[Archive<'_>],
    told: &[String],
) -> Vec<(Folder, String)> {
    let owner = Owner::told(told.iter().map(String::as_str));
    if owner.is_unknown() {
        return Vec::new();
    }
    let other = |path: &Path| {
        let folder = folder(path)?;
        let shown = Seen::of(&folder, archives).owner?;
        (!owner.is(&shown)).then_some((folder, shown))
    };
    let mut others: Vec<(Folder, String)> = Vec::new();
    for path in paths.iter().filter(|path| path.is_dir()) {
        let within: Vec<(Folder, String)> =
            inside(path).iter().filter_map(|path| other(path)).collect();
        match within.is_empty() {
            true => others.extend(other(path)),
            false => others.extend(within),
        }
    }
    others
}

/// What the archives of a folder tell.
struct Seen {
    owner: Option<String>,
    /// The owner is called `You`, as on every phone.
    is_you: bool,
    /// The chats of two, by the keys of their names.
    chats: Vec<(String, Texts)>,
}

impl Seen {
    fn of(folder: &Folder, archives: &[Archive<'_>]) -> Seen {
        let own: Vec<Archive<'_>> = (archives.iter())
            .filter(|(opened, _)| folder.holds(&real(&opened.path)))
            .copied()
            .collect();
        Seen::all(&own)
    }

    fn all(own: &[Archive<'_>]) -> Seen {
        let named: Vec<(&str, &Chat<'_>)> = (own.iter())
            .map(|(opened, chat)| (opened.name.chat.as_str(), *chat))
            .collect();
        let shown = Owner::infer(&named).shown;
        let you = shown.as_deref().is_some_and(is_you);
        Seen {
            owner: shown.filter(|_| !you),
            is_you: you,
            chats: (own.iter())
                .filter(|(_, chat)| !is_group(chat))
                .map(|(opened, chat)| (name_key(&opened.name.chat), texts_of(chat)))
                .collect(),
        }
    }

    /// True when both are batches of one phone.
    fn is_phone_of(&self, other: &Seen) -> bool {
        let same_owner = match (&self.owner, &other.owner) {
            (Some(one), Some(other)) if name_key(one) != name_key(other) => return false,
            (Some(_), Some(_)) => true,
            _ => false,
        };
        let (mut shared, mut apart) = (false, false);
        for (name, one) in &self.chats {
            for (_, other) in other.chats.iter().filter(|(other, _)| other == name) {
                match overlap(one, other) {
                    Overlap::Same { .. } => shared = true,
                    Overlap::Different => apart = true,
                    // One phone would have what the other has of that time.
                    Overlap::Inconclusive => apart |= one.cover_one_time(other),
                }
            }
        }
        shared || (same_owner && !apart)
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
    let name = path.file_name()?.to_str()?.trim().to_owned();
    (!archive_name(&name).certain).then(|| Folder {
        name,
        paths: vec![path],
    })
}
