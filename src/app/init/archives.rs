//! The contents of archives for the two files: chats, participants, owners.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::known::{self, Own};
use super::owners;
use crate::app::Misplaced;
use crate::app::phones::by_writers;
use crate::app::phones::folders::{self, Folder};
use crate::app::phones::{Archive, real};
use crate::archive::Limits;
use crate::chat::{Chat, Evidence};
use crate::coded::Coded;
use crate::intake::{self, Opened};
use crate::name::name_key;
use crate::native::Keys;
use crate::people::contacts::Contacts;
use crate::phone::Phone;
use crate::routing::{Held, Owner};
use crate::settings::{Device, Settings};

/// The device of an archive, by its path.
type Places = HashMap<(PathBuf, String), usize>;

/// The results of reading the archives.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// One phone, unless an existing configuration has several: then in its order.
    pub(super) phones: Vec<OnePhone>,
    /// The number of archives that were read.
    pub(super) read: usize,
    /// The folder of each phone, where there are several and no configuration.
    pub(super) folders: Vec<Folder>,
    /// The given paths that exist.
    pub(super) present: Vec<PathBuf>,
    /// Archives that the existing configuration does not name.
    pub(super) unclaimed: Vec<PathBuf>,
    /// Names of chats that `contacts.csv` cannot hold.
    pub(super) unnameable: Vec<String>,
    /// Archives that could not be read: path, and the reason with it.
    pub(super) failures: Vec<(PathBuf, String)>,
    /// What to know before everything else: several owners, and archives of another phone.
    pub(super) first: Vec<String>,
    /// Phones that the existing configuration lacks.
    pub(super) added: Vec<Folder>,
    /// Archives that belong to a device of the existing configuration and that it does not name, by the index of
    /// the device.
    pub(super) joined: BTreeMap<usize, Vec<PathBuf>>,
    /// Archives of another phone than the one whose archives they are among.
    pub(super) misplaced: Vec<MisplacedArchive>,
    /// Archives whose phone could not be determined.
    pub(super) unassigned: Vec<String>,
    /// Notes on the assignment of archives to phones.
    pub(super) shared_out: Vec<String>,
    /// Folders, or single archives, of another phone than the only one of the existing configuration, each with the
    /// name of its owner. Their archives are not among the phones'.
    pub(super) others: Vec<(PathBuf, String)>,
    /// The archives of that phone, where its configuration contains archives of `others` too.
    pub(super) own: Option<Vec<PathBuf>>,
    /// The chats of each device of the existing configuration, by the keys of their names.
    pub(super) configured: Vec<BTreeSet<String>>,
}

/// An archive of another phone.
#[derive(Debug)]
pub(super) struct MisplacedArchive {
    /// The phone, as in [`OnePhone::device`].
    phone: Option<String>,
    /// The name of the device in the text.
    device: String,
    chat: String,
    pub(super) held: Held,
}

/// The chats of one phone.
#[derive(Debug)]
pub(super) struct OnePhone {
    /// Its name, in an existing configuration with several.
    pub(super) device: Option<String>,
    /// The owner's displayed name, if it could be inferred.
    pub(super) owner: Option<String>,
    /// Its number, where it is known.
    pub(super) own: Option<Own>,
    pub(super) chats: Vec<FoundChat>,
}

/// One chat, merged from all its archives.
#[derive(Debug)]
pub(super) struct FoundChat {
    /// Its name, as `inspect` prints it.
    pub(super) name: String,
    /// WhatsApp's id of a chat whose number is not known ([`Opened::id_without_number`]).
    pub(super) id: Option<String>,
    /// The contact's displayed name; `*` for a group, whose row is its anchor's.
    pub(super) participant: String,
    /// The contact's number, if known.
    pub(super) phone: Option<Phone>,
    pub(super) group: bool,
    /// Whether the date order is not determined.
    pub(super) open_dates: bool,
    /// Whether contacts.csv has a row for it.
    pub(super) is_there: bool,
}

impl Found {
    /// The chats that get a row, with the phone that each is on.
    pub(super) fn chats(&self) -> impl Iterator<Item = (&OnePhone, &FoundChat)> {
        self.phones
            .iter()
            .flat_map(|phone| phone.chats.iter().map(move |chat| (phone, chat)))
    }

    /// The chats that contacts.csv may name by their ids: device, id, name.
    pub(super) fn ids(&self) -> Vec<(&str, &str, &str)> {
        let named = self.chats().filter_map(|(phone, chat)| {
            let device = phone.device.as_deref().unwrap_or_default();
            Some((device, chat.id.as_deref()?, chat.name.as_str()))
        });
        named.collect()
    }

    /// The phone of a folder.
    pub(super) fn phone_of(&self, folder: &Folder) -> Option<&OnePhone> {
        (self.phones.iter()).find(|phone| phone.device.as_ref() == Some(&folder.name))
    }

    /// The names of the groups.
    pub(super) fn groups(&self) -> Vec<&str> {
        self.names(|chat| chat.group)
    }

    /// The names of the groups that get their row now.
    pub(super) fn new_groups(&self) -> Vec<&str> {
        self.names(|chat| chat.group && !chat.is_there)
    }

    /// The names of the chats with an ambiguous date order.
    pub(super) fn open_dates(&self) -> Vec<&str> {
        self.names(|chat| chat.open_dates)
    }

    /// The archives of other phones, without those of private chats, which have no [`FoundChat`].
    pub(super) fn misplaced(&self) -> Vec<Misplaced> {
        let rows: BTreeSet<(Option<&str>, String)> = (self.chats())
            .map(|(phone, chat)| (phone.device.as_deref(), name_key(&chat.name)))
            .collect();
        let shown = (self.misplaced.iter())
            .filter(|one| rows.contains(&(one.phone.as_deref(), name_key(&one.chat))));
        Misplaced::of(shown.map(|one| (one.device.as_str(), one.chat.as_str(), &one.held)))
    }

    fn names(&self, which: impl Fn(&FoundChat) -> bool) -> Vec<&str> {
        self.chats()
            .filter(|(_, chat)| which(chat))
            .map(|(_, chat)| chat.name.as_str())
            .collect()
    }
}

/// Reads the archives under `paths`. `settings` is the existing configuration, if any, which determines the
/// devices of archives, and `table` the existing contacts.csv. `limits` apply to `paths`.
pub(super) fn find(
    paths: &[PathBuf],
    settings: Option<&Settings>,
    limits: &Limits,
    keys: &dyn Keys,
    table: Option<&Contacts>,
) -> Found {
    let mut intake = intake::open_with(paths, limits, keys);
    let mut found = Found {
        present: paths.iter().filter(|path| path.exists()).cloned().collect(),
        failures: failures(&intake.failures),
        ..Found::default()
    };
    let (devices, configured) = settings.map(|settings| devices(settings, keys)).unzip();
    found.configured = configured.unwrap_or_default();
    if settings.is_none() {
        found.folders = folders::candidates(paths, &intake.opened);
    }
    let mut assigned = Vec::new();
    if found.folders.is_empty() {
        let sort = Sort::new(&intake.opened, settings, devices.as_ref(), &[]);
        assigned = sort.by_owner(&sort.parse(&[]), paths, &mut found);
    }
    if !assigned.is_empty() {
        // Chats of one name are counted by phone.
        intake.opened.iter_mut().for_each(Opened::forget_number);
    }
    let sort = Sort::new(&intake.opened, settings, devices.as_ref(), &assigned);
    let mut parsed = sort.parse(&found.folders);
    if assigned.is_empty() && !found.folders.is_empty() {
        let split = folders::split(found.folders.clone(), &read(&intake.opened, &parsed));
        found.shared_out = split.notes;
        // Archives of one phone determine each other's date order.
        if split.folders != found.folders {
            found.folders = split.folders;
            parsed = sort.parse(&found.folders);
        }
    }
    let only = settings.and_then(|settings| match settings.devices.as_slice() {
        [one] => Some(one),
        _ => None,
    });
    let others = only.map(|only| {
        let archives = read(&intake.opened, &parsed);
        let folders = folders::of_others(paths, &archives, &only.owner);
        owners::of_others(folders, &archives, &only.owner)
    });
    let others = others.unwrap_or_default();
    let phones = sort.by_phone(&parsed, &others, &mut found);
    found.own = sort.own(&phones, &others);
    found.others = (others.into_iter())
        .flat_map(|(folder, owner)| {
            folder
                .paths
                .into_iter()
                .map(move |path| (path, owner.clone()))
        })
        .collect();
    if settings.is_some() || assigned.is_empty() {
        found.misplaced = sort.misplaced(&phones, &found.folders, table);
    }
    for (number, archives) in phones {
        let phone = sort.phone(number, &archives, &mut found);
        found.phones.push(phone);
    }
    found
}

/// Archives without a device, which come last.
pub(super) const NO_DEVICE: usize = usize::MAX;

/// The archives, and their devices in the configuration.
struct Sort<'a> {
    opened: &'a [Opened],
    settings: Option<&'a Settings>,
    /// The device of each archive that the configuration names.
    devices: Option<&'a Places>,
    /// The phone of each archive by its owner; empty if owners assign none.
    assigned: &'a [Option<usize>],
}

impl<'a> Sort<'a> {
    fn new(
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
    fn by_owner(
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

    fn parse(&self, folders: &[Folder]) -> Vec<Result<Chat<'a>, intake::Failure>> {
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
    fn by_phone<'c>(
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
    fn own(
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
    fn misplaced(
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
    fn phone(&self, number: usize, archives: &[Archive<'_>], found: &mut Found) -> OnePhone {
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
fn read<'a>(
    opened: &'a [Opened],
    parsed: &'a [Result<Chat<'a>, intake::Failure>],
) -> Vec<Archive<'a>> {
    (opened.iter().zip(parsed))
        .filter_map(|(opened, chat)| Some((opened, chat.as_ref().ok()?)))
        .collect()
}

fn failures(list: &[intake::Failure]) -> Vec<(PathBuf, String)> {
    let each = list.iter().map(|failure| {
        let path = failure.error.path().unwrap_or(Path::new(&failure.label));
        (path.to_owned(), failure.error.to_string())
    });
    each.collect()
}

/// The identity of an archive, however its path was written.
fn place_of(opened: &Opened) -> (PathBuf, String) {
    (real(&opened.path), opened.label.clone())
}

/// The device of each archive of a configuration, by path, and the chats of each device. Paths that do not
/// exist are omitted; `plan` reports them.
fn devices(settings: &Settings, keys: &dyn Keys) -> (Places, Vec<BTreeSet<String>>) {
    let devices: Vec<(&str, &[String])> = settings
        .devices
        .iter()
        .map(|device| (device.name.as_str(), device.archives.as_slice()))
        .collect();
    let limits = &settings.limits.archives;
    let may_share = |one: usize, other: usize| {
        settings.devices[one].is_separated_from(&settings.devices[other])
    };
    let archives = intake::open_shared(&devices, &settings.dir, limits, keys, may_share)
        .map(|intake| intake.archives)
        .unwrap_or_default();
    let mut chats = vec![BTreeSet::new(); devices.len()];
    for archive in &archives {
        if let Some(chats) = chats.get_mut(archive.device) {
            chats.insert(name_key(&archive.opened.name.chat));
        }
    }
    let places = archives.iter().map(|of| (place_of(&of.opened), of.device));
    (places.collect(), chats)
}

fn one_phone(
    device: Option<String>,
    owner_names: &[String],
    archives: &[Archive<'_>],
    unnameable: &mut Vec<String>,
) -> OnePhone {
    let owner = if owner_names.is_empty() {
        let named: Vec<(&str, &Chat<'_>)> = archives
            .iter()
            .map(|(opened, chat)| (opened.name.chat.as_str(), *chat))
            .collect();
        Owner::infer(&named)
    } else {
        Owner::from_names(owner_names.iter().map(String::as_str))
    };
    let mut chats: Vec<FoundChat> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (opened, chat) in archives {
        let name = opened.chat_name();
        let key = name_key(name);
        if key.is_empty() || key == "*" {
            unnameable.push(name.to_owned());
            continue;
        }
        let native = opened
            .native
            .as_ref()
            .and_then(|native| native.phone.as_deref());
        let mut next = one_chat(name, &key, chat, &owner, native.and_then(Phone::parse));
        next.id = opened.id_without_number().map(str::to_owned);
        match places.get(&key) {
            Some(place) => chats[*place].join(next),
            None => {
                places.insert(key, chats.len());
                chats.push(next);
            }
        }
    }
    chats.sort_by_cached_key(|chat| name_key(&chat.name).to_lowercase());
    // A person who is not in the phone's address book is displayed as a number: in some exports, so are the
    // owner's own messages.
    let own = owner.shown.as_deref().and_then(Phone::parse);
    OnePhone {
        device,
        own: own.map(|phone| Own {
            phone,
            is_given: false,
        }),
        owner: owner.shown,
        chats,
    }
}

/// `known` is the contact's number, if the archive has it.
fn one_chat(
    name: &str,
    key: &str,
    chat: &Chat<'_>,
    owner: &Owner,
    known: Option<Phone>,
) -> FoundChat {
    // A row needs a name.
    let mut others = chat
        .participants
        .iter()
        .filter(|p| !owner.is(&p.name) && !p.name.is_empty());
    // The participant with the chat's name is the contact, regardless of the owner.
    let namesake = chat.participants.iter().find(|p| name_key(&p.name) == key);
    let other = namesake.or_else(|| others.next().filter(|_| !owner.is_unknown()));
    let participant = other.map_or_else(|| name.to_owned(), |p| p.name.to_string());
    let group = chat.is_group();
    let phone = known
        .or_else(|| Phone::parse(name))
        .or_else(|| Phone::parse(&participant));
    FoundChat {
        name: name.to_owned(),
        id: None,
        phone: phone.filter(|_| !group),
        participant: if group { "*".to_owned() } else { participant },
        group,
        open_dates: chat.format.evidence == Evidence::Open,
        is_there: false,
    }
}

impl OnePhone {
    /// The zone that its number suggests.
    pub(super) fn zone(&self) -> Option<Tz> {
        known::zone_of(&self.own.as_ref()?.phone)
    }
}

impl FoundChat {
    /// Merges another archive of the same chat.
    fn join(&mut self, other: FoundChat) {
        self.open_dates |= other.open_dates;
        if self.group || other.group {
            self.group = true;
            self.participant = "*".to_owned();
            self.phone = None;
            return;
        }
        if name_key(&self.participant) == name_key(&self.name) {
            self.participant = other.participant;
        }
        self.phone = self.phone.take().or(other.phone);
    }
}
