//! The owners that write in archives, and routing's decision whether an archive is of its phone, where no
//! configuration names the owner of a phone.
//!
//! A phone whose archives show several owners has the one that more than half of them show. Without such a
//! majority no archive is the exception, and the owners are listed.

use std::collections::BTreeMap;

use super::Archive;
use crate::chat::Chat;
use crate::name::name_key;
use crate::parser::text::is_you;
use crate::people::contacts::Contacts;
use crate::policy::Groups;
use crate::routing::{self, Held, Owner, Rules};
use crate::settings::Device;
use crate::transform::{Source, other_archives};

/// An owner, and the number of one-to-one archives that show them as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::app) struct SeenOwner {
    /// The name as the first of the archives shows it.
    pub(in crate::app) name: String,
    /// The number of archives.
    pub(in crate::app) archives: u32,
}

/// The owner that a one-to-one archive shows by itself. A name that means "You" is every phone's.
pub(in crate::app) fn shown_owner((opened, chat): Archive<'_>) -> Option<String> {
    if chat.is_group() || chat.platform.is_native() {
        return None;
    }
    let owner = Owner::infer(&[(opened.name.chat.as_str(), chat)]).shown?;
    (!is_you(&owner)).then_some(owner)
}

/// The owners that archives show, the most frequent first.
pub(in crate::app) fn owners<'a>(archives: impl Iterator<Item = Archive<'a>>) -> Vec<SeenOwner> {
    let mut seen: BTreeMap<String, SeenOwner> = BTreeMap::new();
    for name in archives.filter_map(shown_owner) {
        let owner = seen.entry(name_key(&name));
        let owner = owner.or_insert(SeenOwner { name, archives: 0 });
        owner.archives += 1;
    }
    let mut owners: Vec<SeenOwner> = seen.into_values().collect();
    owners.sort_by_key(|owner| std::cmp::Reverse(owner.archives));
    owners
}

/// The owner that more than half of the archives with a known owner show.
pub(in crate::app) fn majority(owners: &[SeenOwner]) -> Option<&SeenOwner> {
    let all: u32 = owners.iter().map(|owner| owner.archives).sum();
    owners.first().filter(|first| first.archives * 2 > all)
}

/// The owner of the archives of one phone: the one that all evidence names, else the one that more than half of them
/// show, so that an archive of another phone among them does not make the owner unknown.
pub(in crate::app) fn owner_of(archives: &[Archive<'_>]) -> Owner {
    let named: Vec<(&str, &Chat<'_>)> = (archives.iter())
        .map(|(opened, chat)| (opened.name.chat.as_str(), *chat))
        .collect();
    let inferred = Owner::infer(&named);
    if !inferred.is_unknown() {
        return inferred;
    }
    let owners = owners(archives.iter().copied());
    let names = majority(&owners).map(|owner| owner.name.as_str());
    names.map_or(inferred, |name| Owner::from_names([name]))
}

/// A device of that name with default settings.
pub(in crate::app) fn device(name: &str, owner: Option<&SeenOwner>) -> Device {
    Device {
        name: name.to_owned(),
        archives: Vec::new(),
        timezone: chrono_tz::UTC,
        zone_is_default: false,
        date_order: None,
        owner: owner.map(|owner| owner.name.clone()).into_iter().collect(),
        local_phone: None,
        former_phones: Vec::new(),
        user_id: None,
        from: None,
        until: None,
    }
}

/// Routing's decision for each archive that is not of its device. `archives`: with the index of their device.
pub(in crate::app) fn misplaced(
    archives: &[(usize, Archive<'_>)],
    devices: &[Device],
    contacts: &Contacts,
) -> Vec<(usize, Held)> {
    let sources: Vec<Source<'_>> = (archives.iter())
        .map(|(device, (opened, chat))| Source::new(&devices[*device], opened, chat))
        .collect();
    let subjects: Vec<_> = sources.iter().map(Source::subject).collect();
    let owners = routing::owners(contacts, &subjects, |device| {
        let own = sources.iter().filter(|own| own.device.name == device);
        let chats: Vec<_> = own
            .map(|own| (own.opened.name.chat.as_str(), own.chat))
            .collect();
        Owner::infer(&chats)
    });
    let others = other_archives(&sources, contacts, &owners);
    let rules = Rules::new(Groups::Skip, contacts, devices, &subjects, owners);
    let rules = rules.with_other_archives(others);
    (subjects.iter().enumerate())
        .filter_map(|(index, subject)| Some((index, rules.of_another_phone(subject)?)))
        .collect()
}

/// The owners of one folder, as a sentence.
pub(in crate::app) fn owners_text(owners: &[SeenOwner]) -> String {
    let each = owners.iter().enumerate().map(|(index, owner)| {
        let word = match (index, owner.archives) {
            (0, 1) => " archive",
            (0, _) => " archives",
            _ => "",
        };
        format!("{} ({}{word})", owner.name, owner.archives)
    });
    let each: Vec<String> = each.collect();
    format!("{} owners write here: {}", owners.len(), each.join(", "))
}
