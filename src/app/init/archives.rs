//! Reads the archives for the two files, in this order: assigns them to phones, separates those of other phones, and collects
//! the chats of each.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::found::Found;
use super::owners;
use super::phones::{Places, Sort, failures, place_of, read};
use crate::app::phones::folders;
use crate::app::storage;
use crate::archive::{Limits, is_remote};
use crate::intake::{self, Opened};
use crate::name::name_key;
use crate::native::Keys;
use crate::people::contacts::Contacts;
use crate::settings::Settings;

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
        present: (paths.iter())
            .filter(|path| is_remote(path) || path.exists())
            .cloned()
            .collect(),
        stopped: storage::stop(&intake.failures),
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
