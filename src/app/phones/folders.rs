//! Assigns folders of archives to phones: `exports/anna`, `exports/ben`.
//!
//! If every archive is in a folder of the given folder, these folders are phones: one name may be two
//! people on two phones, so two phones treated as one put one customer's messages on another one's lead,
//! while one phone treated as two is visible in `chatferry.toml` and is corrected there. So folders are
//! merged only with evidence that they are batches of one phone:
//!
//! - their owners are different: never;
//! - chats of one name have half of their common time in common: they are one phone. Groups do not count,
//!   since two phones may be in one;
//! - chats of one name cover the same time and have less in common: they are two phones, whatever names
//!   their owners have (a company's name may be on all of its phones);
//! - no such evidence: they are one phone if the owner is the same, and two if an owner is not known.
//!
//! Merged folders, and phones without a known owner, are reported.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::{Archive, by_writers, real};
use crate::intake::{Opened, texts_of};
use crate::matching::overlap::{Overlap, Texts, overlap};
use crate::name::name_key;
use crate::parser::text::{archive_name, is_you};
use crate::routing::Owner;

/// The folders of one phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::app) struct Folder {
    /// The phone's name: the first folder's.
    pub(in crate::app) name: String,
    pub(in crate::app) paths: Vec<PathBuf>,
}

impl Folder {
    /// Whether an archive of this path is in it; text exports in it have its own path.
    pub(in crate::app) fn holds(&self, path: &Path) -> bool {
        self.paths.iter().any(|own| path.starts_with(own))
    }
}

/// The assignment of archives to phones.
#[derive(Debug, Default)]
pub(in crate::app) struct Split {
    /// The phones; empty if there is one.
    pub(in crate::app) folders: Vec<Folder>,
    /// Notes for the user.
    pub(in crate::app) notes: Vec<String>,
}

/// The folders among `paths` that may be phones', judged by their paths only; empty if an archive is in
/// none of them.
pub(in crate::app) fn candidates(paths: &[PathBuf], opened: &[Opened]) -> Vec<Folder> {
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
        // A chat that was unpacked into a folder of its name is not a phone.
        let is_chat =
            matches!(own.as_slice(), [one] if name_key(&one.name.chat) == name_key(&folder.name));
        let is_known = folders.iter().any(|known| known.paths == folder.paths);
        if own.is_empty() || is_chat || is_known {
            continue;
        }
        folders.push(folder);
    }
    // Two folders of one name are two phones nevertheless.
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

/// The phones of these folders, by the contents of their archives.
pub(in crate::app) fn split(folders: Vec<Folder>, archives: &[Archive<'_>]) -> Split {
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
    // A folder that may be of either of two owners is of neither.
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

/// Notes on folders that are treated as one device.
fn joined(folders: &[Folder], phones: &[Folder]) -> Vec<String> {
    let mut notes = Vec::new();
    for phone in phones.iter().filter(|phone| phone.paths.len() > 1) {
        let names: Vec<&str> = (folders.iter())
            .filter(|folder| phone.paths.contains(&folder.paths[0]))
            .map(|folder| folder.name.as_str())
            .collect();
        notes.push(format!(
            "The folders {} are treated as one phone: their owners or their chats are the same. If they are of several phones, run init for each folder, or write a [[device]] block for each in chatferry.toml and its name under device in contacts.csv",
            names.join(", ")
        ));
    }
    notes
}

/// Notes on folders that are treated as several devices although they may be one. `of`: the device of each
/// folder.
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
                "The folders {} are treated as several phones although the owner is \"{owner}\" in all of them: chats of one name differ between them. If they are of one phone, add all of them to the archives of one [[device]] block and remove the other blocks",
                names.join(", ")
            ));
        }
    }
    for (folder, seen) in folders.iter().zip(seen) {
        let is_alone = phones.iter().any(|phone| phone.paths == folder.paths);
        if seen.owner.is_none() && is_alone {
            let whose = match seen.is_you {
                true => "which shows its owner as \"You\" only",
                false => "whose owner could not be inferred: fill in owner in its [[device]] block",
            };
            notes.push(format!(
                "The folder {} is treated as a separate phone, {whose}; if it is of one of the other phones, add it to the archives of that one and remove this block",
                folder.name
            ));
        }
    }
    notes
}

/// Folders whose owner is none of `owner_names`, if the existing configuration has one phone: each with its owner.
pub(in crate::app) fn of_others(
    paths: &[PathBuf],
    archives: &[Archive<'_>],
    owner_names: &[String],
) -> Vec<(Folder, String)> {
    let owner = Owner::from_names(owner_names.iter().map(String::as_str));
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

/// The contents of the archives of a folder.
struct Seen {
    owner: Option<String>,
    /// Whether the owner is displayed as `You`, as on every phone.
    is_you: bool,
    /// The one-to-one chats, by the keys of their names.
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
        let shown = by_writers::owner_of(own).shown;
        let you = shown.as_deref().is_some_and(is_you);
        Seen {
            owner: shown.filter(|_| !you),
            is_you: you,
            chats: (own.iter())
                .filter(|(_, chat)| !chat.is_group())
                .map(|(opened, chat)| (name_key(&opened.name.chat), texts_of(chat)))
                .collect(),
        }
    }

    /// Whether both are batches of one phone.
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
                    // One phone would contain the other's messages of that time.
                    Overlap::Inconclusive => apart |= one.have_common_texts(other),
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

/// Whether a folder may be a phone's: not one that WhatsApp's own export was unpacked into.
fn folder(path: &Path) -> Option<Folder> {
    let path = real(path);
    let name = path.file_name()?.to_str()?.trim().to_owned();
    (!archive_name(&name).certain).then(|| Folder {
        name,
        paths: vec![path],
    })
}
