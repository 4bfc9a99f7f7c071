//! What was found in archives: phones, their chats, and what is wrong with either.
//!
//! Plain values. Never here: how archives are assigned to phones (`phones`), or the text of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono_tz::Tz;

use super::known::{self, Own};
use crate::app::Error;
use crate::app::Misplaced;
use crate::app::phones::folders::Folder;
use crate::name::name_key;
use crate::phone::Phone;
use crate::routing::Held;

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
    /// Object storage that cannot be read, so that nothing is to be written.
    pub(super) stopped: Option<Error>,
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
    pub(super) phone: Option<String>,
    /// The name of the device in the text.
    pub(super) device: String,
    pub(super) chat: String,
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
    /// WhatsApp's id of a chat whose number is not known ([`Opened::id_without_number`](crate::intake::Opened::id_without_number)).
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
    pub(super) fn groups(&self) -> BTreeSet<&str> {
        self.names(|chat| chat.group).into_iter().collect()
    }

    /// The names of the groups that get their row now.
    pub(super) fn new_groups(&self) -> BTreeSet<&str> {
        let new = self.names(|chat| chat.group && !chat.is_there);
        new.into_iter().collect()
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

impl OnePhone {
    /// The zone that its number suggests.
    pub(super) fn zone(&self) -> Option<Tz> {
        known::zone_of(&self.own.as_ref()?.phone)
    }
}
