//! Assigns archives to phones by the owners that they show, where neither a configuration nor folders do.
//!
//! Belongs here: a folder with the archives of several phones, and archives that an existing configuration with
//! several phones does not name. Never here: folders that are phones (`phones::folders`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::phones::NO_DEVICE;
use crate::app::phones::by_writers::{self, SeenOwner};
use crate::app::phones::folders::Folder;
use crate::app::phones::{Archive, real};
use crate::chat::Platform;
use crate::intake::Opened;
use crate::name::name_key;
use crate::parser::text::archive_name;
use crate::settings::Device;

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
    let of = of.collect::<Vec<_>>();
    let of = by_platform(archives, of);
    (owners, of)
}

/// Gives an archive without an owner, such as a group in which several owners write, the only owner whose other archives
/// were made on its platform; no other archive of that owner was made on another one.
fn by_platform(archives: &[Option<Archive<'_>>], of: Vec<Option<usize>>) -> Vec<Option<usize>> {
    let mut platforms: BTreeMap<usize, Vec<Platform>> = BTreeMap::new();
    for (archive, owner) in archives.iter().zip(&of) {
        if let (Some((_, chat)), Some(owner)) = (archive, owner) {
            platforms.entry(*owner).or_default().push(chat.platform);
        }
    }
    let only = |platform: Platform| {
        let mut owners = platforms.iter().filter(|(_, own)| own.contains(&platform));
        let (owner, own) = owners.next()?;
        let is_its_only = own.iter().all(|one| *one == platform);
        (owners.next().is_none() && is_its_only).then_some(*owner)
    };
    if platforms.len() < 2 {
        return of;
    }
    let of_group = |(_, chat): &Archive<'_>| only(chat.platform).filter(|_| chat.is_group());
    (archives.iter().zip(of))
        .map(|(archive, owner)| owner.or_else(|| archive.as_ref().and_then(of_group)))
        .collect()
}

/// Folders and archives of other owners than that of the only phone of a configuration, each with its owner. `folders`:
/// those in which most archives are of another owner. Where a folder has archives of the configured owner too, the
/// archives of each other owner are named one by one.
pub(super) fn of_others(
    folders: Vec<(Folder, String)>,
    archives: &[Archive<'_>],
    own: &[String],
) -> Vec<(Folder, String)> {
    if own.is_empty() {
        return folders;
    }
    let path = |(opened, _): &Archive<'_>| real(&path_of(opened));
    let (_, all) = assign(&archives.iter().copied().map(Some).collect::<Vec<_>>(), own);
    let is_own = |owner: &Option<usize>| owner.is_some_and(|owner| owner < own.len());
    let mut others = folders;
    others.retain(|(folder, _)| {
        let mut within = (archives.iter().zip(&all)).filter(|(one, _)| folder.holds(&path(one)));
        !within.any(|(_, owner)| is_own(owner))
    });
    let rest: Vec<Option<Archive<'_>>> = (archives.iter())
        .filter(|one| !others.iter().any(|(folder, _)| folder.holds(&path(one))))
        .copied()
        .map(Some)
        .collect();
    let (owners, of) = assign(&rest, own);
    for (index, owner) in owners.iter().enumerate().skip(own.len()) {
        let its = (rest.iter().flatten().zip(&of)).filter(|(_, of)| **of == Some(index));
        let paths: Vec<PathBuf> = its.map(|(archive, _)| path(archive)).collect();
        if !paths.is_empty() {
            let name = owner.name.clone();
            others.push((Folder { name, paths }, owner.name.clone()));
        }
    }
    others
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
pub(super) fn name_of(owner: &str, taken: &BTreeSet<String>) -> String {
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

/// Archives that the existing configuration with several devices does not name.
#[derive(Debug, Default)]
pub(super) struct Unnamed {
    /// The phone of each: a device of the configuration, the index after them of an added phone, or [`NO_DEVICE`].
    /// `None` for archives that the configuration names. Empty if it names all.
    pub(super) assigned: Vec<Option<usize>>,
    /// Phones of owners that the configuration lacks.
    pub(super) added: Vec<Folder>,
    /// The archives of each device that the configuration has.
    pub(super) joined: BTreeMap<usize, Vec<PathBuf>>,
}

/// The phones of archives that the configuration does not name. `named`: the device of those that it names.
pub(super) fn unnamed(
    opened: &[Opened],
    archives: &[Option<Archive<'_>>],
    named: &[Option<usize>],
    devices: &[Device],
) -> Unnamed {
    if named.iter().all(Option::is_some) {
        return Unnamed::default();
    }
    let (known, of_device) = configured_owners(archives, named, devices);
    let open: Vec<Option<Archive<'_>>> = (archives.iter().zip(named))
        .map(|(archive, device)| archive.filter(|_| device.is_none()))
        .collect();
    let (owners, mut of) = assign(&open, &known);
    take_over_in_folders(opened, named, &mut of);
    let number = |owner: usize| match of_device.get(owner) {
        Some(device) => *device,
        None => devices.len() + owner - known.len(),
    };
    let assigned: Vec<Option<usize>> = (of.iter().zip(named))
        .map(|(owner, device)| match device {
            Some(_) => None,
            None => Some(owner.map_or(NO_DEVICE, number)),
        })
        .collect();
    let used: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    let of_added: Vec<Option<usize>> = (of.iter())
        .map(|owner| (*owner)?.checked_sub(known.len()))
        .collect();
    let mut added = phones(&owners[known.len()..], &of_added, opened, &used);
    for (place, phone) in added.iter_mut().enumerate() {
        if let Some(folder) = own_folder(phone, devices.len() + place, opened, &assigned) {
            let name = folder.file_name().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|name| !used.contains(name)) {
                name.clone_into(&mut phone.name);
            }
            phone.paths = vec![folder];
        }
    }
    let mut joined: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
    for (opened, phone) in opened.iter().zip(&assigned) {
        if let Some(phone) = phone.filter(|phone| *phone < devices.len()) {
            joined.entry(phone).or_default().push(path_of(opened));
        }
    }
    Unnamed {
        assigned,
        added,
        joined,
    }
}

/// The names of the owners of devices, and the device of each name: as configured, else as most of its archives
/// show.
fn configured_owners(
    archives: &[Option<Archive<'_>>],
    named: &[Option<usize>],
    devices: &[Device],
) -> (Vec<String>, Vec<usize>) {
    let (mut names, mut of_device) = (Vec::new(), Vec::new());
    for (index, device) in devices.iter().enumerate() {
        let mut own = device.owner.clone();
        if own.is_empty() {
            let of_it = (archives.iter().zip(named)).filter(|(_, named)| **named == Some(index));
            let owners = by_writers::owners(of_it.filter_map(|(archive, _)| *archive));
            own.extend(by_writers::majority(&owners).map(|owner| owner.name.clone()));
        }
        of_device.extend(own.iter().map(|_| index));
        names.append(&mut own);
    }
    (names, of_device)
}

/// Gives an archive without an owner the owner of the others in its folder, if they have one.
fn take_over_in_folders(opened: &[Opened], named: &[Option<usize>], of: &mut [Option<usize>]) {
    let folder = |index: usize| path_of(&opened[index]).parent().map(Path::to_owned);
    let mut owners: BTreeMap<Option<PathBuf>, BTreeSet<Option<usize>>> = BTreeMap::new();
    for (index, owner) in of.iter().enumerate() {
        match named[index] {
            // Archives of a device that the configuration names one by one.
            Some(_) => owners.entry(folder(index)).or_default().insert(None),
            None if owner.is_some() => owners.entry(folder(index)).or_default().insert(*owner),
            None => false,
        };
    }
    for (index, owner) in of.iter_mut().enumerate() {
        let only = owners
            .get(&folder(index))
            .filter(|owners| owners.len() == 1);
        if let (None, None, Some(only)) = (*owner, named[index], only) {
            *owner = only.first().copied().flatten();
        }
    }
}

/// The folder that holds the archives of a phone, and no other archive.
fn own_folder(
    phone: &Folder,
    number: usize,
    opened: &[Opened],
    assigned: &[Option<usize>],
) -> Option<PathBuf> {
    let folder = phone.paths.first()?.parent()?;
    let is_in = |path: &Path| path.starts_with(folder);
    let holds_all = phone.paths.iter().all(|path| is_in(path));
    let is_of_others = (opened.iter().zip(assigned))
        .any(|(opened, of)| *of != Some(number) && is_in(&real(&path_of(opened))));
    (holds_all && !is_of_others).then(|| folder.to_owned())
}
