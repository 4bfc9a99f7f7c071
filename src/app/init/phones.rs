//! The phone of each archive: by its folder, by the configuration, or by the owner that it shows.
//!
//! Never here: how an owner is determined (`owners`), and which chats a phone has (`chats`).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::chats::one_phone;
use super::found::{Found, MisplacedArchive, OnePhone};
use super::known::Own;
use super::owners;
use crate::app::phones::by_writers;
use crate::app::phones::folders::Folder;
use crate::app::phones::{Archive, real};
use crate::chat::Chat;
use crate::coded::Coded;
use crate::intake::{self, Opened};
use crate::people::contacts::Contacts;
use crate::settings::{Device, Settings};

/// The device of an archive, by its path.
pub(super) type Places = HashMap<(PathBuf, String), usize>;

/// Archives without a device, which come last.
pub(super) const NO_DEVICE: usize = usize::MAX;

/// The archives, and their devices in the configuration.
pub(super) struct Sort<'a> {
    opened: &'a [Opened],
    settings: Option<&'a Settings>,
    /// The device of each archive that the configuration names.
    devices: Option<&'a Places>,
    /// The phone of each archive by its owner; empty if owners assign none.
    assigned: &'a [Option<usize>],
}

impl<'a> Sort<'a> {
    pub(super) fn new(
        opened: &'a [Opened],
        settings: Option<&'a Settings>,
        devices: Option<&'a Places>,
        assigned: &'a [Option<usize>],
    ) -> Self {
        Sort {
            opened,
            settings,
            devices,
            assigned,
        }
    }

    /// The phone of each archive by the owner that it shows; empty if folders or the configuration determine
    /// every phone.
    pub(super) fn by_owner(
        &self,
        parsed: &[Result<Chat<'a>, intake::Failure>],
        paths: &[PathBuf],
        found: &mut Found,
    ) -> Vec<Option<usize>> {
        let archives: Vec<Option<Archive<'_>>> = (self.opened.iter().zip(parsed))
            .map(|(opened, chat)| Some((opened, chat.as_ref().ok()?)))
            .collect();
        if let Some(settings) = self.settings {
            if !self.has_several() {
                return Vec::new();
            }
            let devices: Vec<Option<usize>> = (self.opened.iter())
                .map(|opened| self.device_of(opened))
                .collect();
            let unnamed = owners::unnamed(self.opened, &archives, &devices, &settings.devices);
            found.added = unnamed.added;
            found.joined = unnamed.joined;
            return unnamed.assigned;
        }
        let (seen, of) = owners::assign(&archives, &[]);
        if seen.len() < 2 {
            return Vec::new();
        }
        let places: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        found.first.push(format!(
            "{}: {}. Each is a [[device]] block; if two of them are one person, put both names into `owner` of one block, and its archives too",
            places.join(", "),
            by_writers::owners_text(&seen)
        ));
        found.folders = owners::phones(&seen, &of, self.opened, &[]);
        of.into_iter()
            .map(|owner| Some(owner.unwrap_or(NO_DEVICE)))
            .collect()
    }

    fn device_of(&self, opened: &Opened) -> Option<usize> {
        self.devices.as_ref()?.get(&place_of(opened)).copied()
    }

    fn has_several(&self) -> bool {
        self.settings
            .is_some_and(|settings| settings.devices.len() > 1)
    }

    fn phone_of(&self, index: usize, folders: &[Folder]) -> usize {
        if let Some(Some(phone)) = self.assigned.get(index) {
            return *phone;
        }
        let opened = &self.opened[index];
        let path = real(&opened.path);
        let of_folder = folders.iter().position(|folder| folder.holds(&path));
        of_folder.unwrap_or_else(|| match self.has_several() {
            true => self.device_of(opened).unwrap_or(NO_DEVICE),
            false => 0,
        })
    }

    pub(super) fn parse(&self, folders: &[Folder]) -> Vec<Result<Chat<'a>, intake::Failure>> {
        let phones: Vec<usize> = (0..self.opened.len())
            .map(|index| self.phone_of(index, folders))
            .collect();
        let order = |place: usize| {
            let device = self.device_of(&self.opened[place])?;
            self.settings?.devices[device].date_order
        };
        intake::parse(self.opened, order, |place| phones[place])
    }

    /// The chats of each phone. Archives of `others` are left out.
    pub(super) fn by_phone<'c>(
        &self,
        parsed: &'c [Result<Chat<'a>, intake::Failure>],
        others: &[(Folder, String)],
        found: &mut Found,
    ) -> BTreeMap<usize, Vec<Archive<'c>>>
    where
        'a: 'c,
    {
        let mut phones: BTreeMap<usize, Vec<Archive<'c>>> = BTreeMap::new();
        for (index, (opened, chat)) in self.opened.iter().zip(parsed).enumerate() {
            let chat = match chat {
                Ok(chat) => chat,
                Err(failure) => {
                    let failed = failures(std::slice::from_ref(failure));
                    found.failures.extend(failed);
                    continue;
                }
            };
            found.read += 1;
            let path = real(&owners::path_of(opened));
            if others.iter().any(|(folder, _)| folder.holds(&path)) {
                continue;
            }
            let is_named = self.devices.is_none() || self.device_of(opened).is_some();
            if !is_named && self.assigned.is_empty() {
                found.unclaimed.push(opened.path.clone());
            }
            let phone = self.phone_of(index, &found.folders);
            if phone == NO_DEVICE && !self.assigned.is_empty() {
                found.unassigned.push(opened.label.clone());
                continue;
            }
            phones.entry(phone).or_default().push((opened, chat));
        }
        found.unclaimed.dedup();
        phones
    }

    /// [`Found::own`].
    pub(super) fn own(
        &self,
        phones: &BTreeMap<usize, Vec<Archive<'_>>>,
        others: &[(Folder, String)],
    ) -> Option<Vec<PathBuf>> {
        let is_of_others = |opened: &&Opened| {
            let path = real(&owners::path_of(opened));
            others.iter().any(|(folder, _)| folder.holds(&path))
        };
        let mut named = (self.opened.iter()).filter(|opened| self.device_of(opened).is_some());
        named.any(|opened| is_of_others(&opened)).then(|| {
            let own = phones.values().flatten();
            own.map(|(opened, _)| real(&owners::path_of(opened)))
                .collect()
        })
    }

    /// Routing's decision for the archives that are of another phone.
    pub(super) fn misplaced(
        &self,
        phones: &BTreeMap<usize, Vec<Archive<'_>>>,
        folders: &[Folder],
        table: Option<&Contacts>,
    ) -> Vec<MisplacedArchive> {
        let devices: Vec<Device> = match self.settings {
            Some(settings) => settings.devices.clone(),
            None => (folders.iter().enumerate())
                .map(|(number, folder)| {
                    let own = phones.get(&number).into_iter().flatten().copied();
                    let owners = by_writers::owners(own);
                    by_writers::device(&folder.name, by_writers::majority(&owners))
                })
                .collect(),
        };
        let named =
            |archive: &Archive<'_>| self.settings.is_none() || self.device_of(archive.0).is_some();
        let archives: Vec<(usize, Archive<'_>)> = (phones.iter())
            .filter(|(number, _)| **number < devices.len())
            .flat_map(|(number, archives)| archives.iter().map(move |own| (*number, *own)))
            .filter(|(_, archive)| named(archive))
            .collect();
        let none = Contacts::default();
        let held = by_writers::misplaced(&archives, &devices, table.unwrap_or(&none));
        let held = held.into_iter().map(|(index, held)| {
            let (number, (opened, _)) = archives[index];
            let device = devices[number].name.clone();
            let is_named = self.settings.is_none() || self.has_several();
            MisplacedArchive {
                phone: is_named.then(|| device.clone()),
                device,
                chat: opened.chat_name().to_owned(),
                held,
            }
        });
        held.collect()
    }

    /// The contents of the archives of one phone.
    pub(super) fn phone(
        &self,
        number: usize,
        archives: &[Archive<'_>],
        found: &mut Found,
    ) -> OnePhone {
        let device = (self.settings).and_then(|settings| settings.devices.get(number));
        let owners = device.map(|d| d.owner.as_slice()).unwrap_or_default();
        let first_added = self.settings.map_or(0, |settings| settings.devices.len());
        let added = (number.checked_sub(first_added)).and_then(|place| found.added.get(place));
        let name = match added.or(found.folders.get(number)) {
            Some(folder) => Some(folder.name.clone()),
            None => device
                .filter(|_| self.has_several())
                .map(|d| d.name.clone()),
        };
        let mut phone = one_phone(name, owners, archives, &mut found.unnameable);
        if let Some(number) = device.and_then(|device| device.local_phone.clone()) {
            phone.own = Some(Own {
                phone: number,
                is_given: true,
            });
        }
        phone
    }
}

/// Those that are chats.
pub(super) fn read<'a>(
    opened: &'a [Opened],
    parsed: &'a [Result<Chat<'a>, intake::Failure>],
) -> Vec<Archive<'a>> {
    (opened.iter().zip(parsed))
        .filter_map(|(opened, chat)| Some((opened, chat.as_ref().ok()?)))
        .collect()
}

pub(super) fn failures(list: &[intake::Failure]) -> Vec<(PathBuf, String)> {
    let each = list.iter().map(|failure| {
        let path = failure.error.path().unwrap_or(Path::new(&failure.label));
        (path.to_owned(), failure.error.to_string())
    });
    each.collect()
}

/// The identity of an archive, however its path was written.
pub(super) fn place_of(opened: &Opened) -> (PathBuf, String) {
    (real(&opened.path), opened.label.clone())
}
