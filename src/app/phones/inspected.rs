//! The phones of archives that are given as paths, for `inspect`.
//!
//! Each of several paths is a phone. Of one path, the folders in it are, as in `init`, unless their contents show
//! that they are batches of one phone.

use std::path::PathBuf;

use super::by_writers::{self, SeenOwner};
use super::folders::{self, Folder};
use super::{Archive, Misplaced, real};
use crate::chat::Chat;
use crate::intake::{self, Failure, Opened};
use crate::people::contacts::Contacts;
use crate::routing::Held;
use crate::settings::Device;

/// The phones of archives.
#[derive(Debug)]
pub(crate) struct InspectedPhones {
    folders: Vec<Folder>,
    /// Whether folders may be of one phone.
    may_merge: bool,
    /// The phone of each archive.
    devices: Vec<usize>,
    /// The name of each phone: of its folder, or empty.
    names: Vec<String>,
}

/// A phone as its archives show it.
#[derive(Debug, Clone)]
pub(crate) struct SeenPhone {
    /// The name of its folder.
    pub(crate) name: String,
    /// The owner's name, if more than half of its archives show the same one; else `None`.
    pub(crate) owner: Option<String>,
}

/// The result of reading an archive.
type Parsed<'a> = Result<Chat<'a>, Failure>;

impl InspectedPhones {
    /// The phones by the paths of their archives.
    pub(crate) fn by_path(paths: &[PathBuf], opened: &[Opened]) -> Self {
        let folders = folders::candidates(paths, opened);
        match folders.is_empty() {
            false => InspectedPhones {
                may_merge: paths.len() == 1,
                ..Self::of_folders(folders, opened)
            },
            true => {
                let archives = opened.iter().map(|opened| opened.path.as_path());
                Self::without_folders(intake::device_of_path(paths, archives))
            }
        }
    }

    fn without_folders(devices: Vec<usize>) -> Self {
        let count = devices.iter().max().map_or(0, |last| last + 1);
        InspectedPhones {
            folders: Vec::new(),
            may_merge: false,
            devices,
            names: vec![String::new(); count],
        }
    }

    fn of_folders(folders: Vec<Folder>, opened: &[Opened]) -> Self {
        let device = |opened: &Opened| {
            let path = real(&opened.path);
            (folders.iter().position(|folder| folder.holds(&path))).unwrap_or(folders.len())
        };
        InspectedPhones {
            may_merge: false,
            devices: opened.iter().map(device).collect(),
            names: folders.iter().map(|folder| folder.name.clone()).collect(),
            folders,
        }
    }

    /// The phones by the contents of the archives; `None` if they are the same.
    pub(crate) fn by_contents(&self, opened: &[Opened], parsed: &[Parsed<'_>]) -> Option<Self> {
        if !self.may_merge {
            return None;
        }
        let archives: Vec<Archive<'_>> = (opened.iter().zip(parsed))
            .filter_map(|(opened, chat)| Some((opened, chat.as_ref().ok()?)))
            .collect();
        let split = folders::split(self.folders.clone(), &archives).folders;
        if split == self.folders {
            return None;
        }
        Some(match split.is_empty() {
            true => Self::without_folders(vec![0; opened.len()]),
            false => Self::of_folders(split, opened),
        })
    }

    /// The index of the phone that an archive is of, by the archive's index.
    pub(crate) fn device(&self, archive: usize) -> usize {
        self.devices[archive]
    }

    /// The name of the folder of an archive's phone, if there are several phones; else `None`.
    pub(crate) fn name(&self, archive: usize) -> Option<&str> {
        let name = self.names.get(self.devices[archive])?;
        (self.names.len() > 1 && !name.is_empty()).then_some(name)
    }

    /// What each phone is called among several, and the owner that most of its archives show.
    pub(crate) fn described(&self, opened: &[Opened], parsed: &[Parsed<'_>]) -> Vec<SeenPhone> {
        let archives: Vec<(usize, Archive<'_>)> = (self.devices.iter())
            .zip(opened.iter().zip(parsed))
            .filter_map(|(device, (opened, chat))| Some((*device, (opened, chat.as_ref().ok()?))))
            .collect();
        let phones = self.names.iter().enumerate().map(|(number, name)| {
            let own = archives.iter().filter(|(device, _)| *device == number);
            let owners = by_writers::owners(own.clone().map(|(_, archive)| *archive));
            SeenPhone {
                name: match (name.is_empty(), own.clone().next()) {
                    (true, Some((_, (opened, _)))) => folder_of(opened),
                    _ => name.clone(),
                },
                owner: by_writers::majority(&owners).map(|owner| owner.name.clone()),
            }
        });
        phones.collect()
    }

    /// Archives of another phone than the others of their folder, and folders with the archives of several.
    pub(crate) fn misplaced(&self, opened: &[Opened], parsed: &[Parsed<'_>]) -> Vec<Misplaced> {
        let archives: Vec<(usize, Archive<'_>)> = (self.devices.iter())
            .zip(opened.iter().zip(parsed))
            .filter_map(|(device, (opened, chat))| Some((*device, (opened, chat.as_ref().ok()?))))
            .collect();
        let (mut mixed, mut is_mixed) = (Vec::new(), vec![false; self.names.len()]);
        let mut devices: Vec<Device> = Vec::new();
        for (number, name) in self.names.iter().enumerate() {
            let own = archives.iter().filter(|(device, _)| *device == number);
            let owners = by_writers::owners(own.clone().map(|(_, archive)| *archive));
            let owner = by_writers::majority(&owners);
            let name = match (name.is_empty(), own.clone().next()) {
                (true, Some((_, (opened, _)))) => folder_of(opened),
                _ => name.clone(),
            };
            if owner.is_none() && owners.len() > 1 {
                mixed.push(mixed_text(&name, &owners));
                is_mixed[number] = true;
            }
            devices.push(by_writers::device(&name, owner));
        }
        let held = by_writers::misplaced(&archives, &devices, &Contacts::default());
        let found = held.iter().filter_map(|(index, held)| {
            let (device, (opened, _)) = archives.get(*index)?;
            // The owners of such a folder are named already.
            if is_mixed[*device] && matches!(held, Held::UnknownWriter { .. }) {
                return None;
            }
            Some((devices[*device].name.as_str(), opened.chat_name(), held))
        });
        let mut found = Misplaced::of(found);
        for writer in found.iter_mut().filter(|one| one.code == "unknown_writer") {
            writer.says.push_str(
                "; `chatferry init` with the same paths writes a [[device]] block for each phone",
            );
        }
        mixed.extend(found);
        mixed
    }
}

/// The folder with an archive, as it was given.
fn folder_of(opened: &Opened) -> String {
    let folder = match opened.path.is_dir() {
        true => Some(opened.path.as_path()),
        false => opened.path.parent(),
    };
    match folder.map(|folder| folder.display().to_string()) {
        Some(folder) if !folder.is_empty() => folder,
        _ => ".".to_owned(),
    }
}

fn mixed_text(folder: &str, owners: &[SeenOwner]) -> Misplaced {
    Misplaced {
        code: "several_owners",
        says: format!(
            "{folder}: {}; `chatferry init` with the same paths writes a [[device]] block for each phone, or put the archives of each phone in a folder of its own",
            by_writers::owners_text(owners)
        ),
    }
}
