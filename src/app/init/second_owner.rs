//! Folders and archives of another owner than that of the only phone of a configuration: what to write into it.
//!
//! Belongs here: the complete `[[device]]` blocks that make the configuration one of several phones. The configuration
//! itself is never changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::found::{Found, OnePhone};
use super::{Report, Request, config_file, owners};
use crate::app::Result;
use crate::app::phones::folders::Folder;
use crate::app::phones::real;
use crate::name::name_key;
use crate::parser::text::archive_name;
use crate::quantity::count;
use crate::settings::Device;

/// Reports these folders, and prints the blocks.
///
/// # Errors
///
/// A path that TOML cannot hold.
pub(super) fn report(
    found: &Found,
    device: &Device,
    config: &Path,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<()> {
    let dir = real(request.dir);
    let config = config.display();
    let is_source = device.name == Device::ALONE;
    for (place, owner) in places(found, &dir) {
        report.notes.push(format!(
            "{place}: the owner of the phone is \"{owner}\", and {config} has one phone, of another owner; no row was added for its chats. If it is another phone, write the [[device]] block for each phone that is printed in full, and run this again. If it is the same one, add \"{owner}\" to owner",
        ));
    }
    let own = own_archives(found);
    let mut taken = BTreeSet::new();
    let mut blocks = String::new();
    if is_source {
        let owner = device.owner.first().map_or("", String::as_str);
        let name = owners::name_of(owner, &taken);
        let archives = match &own {
            None => config_file::list(&device.archives),
            Some(paths) => config_file::archives(paths, request.dir)?,
        };
        blocks.push_str(&config_file::configured(&name, &archives, device));
        taken.insert(name);
    } else {
        taken.insert(device.name.clone());
    }
    for (folder, owner) in phones(found, &taken) {
        let phone = OnePhone {
            device: Some(folder.name.clone()),
            owner: Some(owner),
            own: None,
            chats: Vec::new(),
        };
        let zone = request.zone;
        blocks.push_str(&config_file::of_phone(
            &folder,
            Some(&phone),
            request.dir,
            zone,
        )?);
    }
    let act = match (is_source, &own) {
        // A row `me` without a device is that of every phone.
        (true, _) => format!(
            "replace the section [source] of {config} by these blocks, write \"{}\" into the column device of the rows that contacts.csv has now",
            taken.first().map_or("", String::as_str)
        ),
        (false, None) => format!("add this to {config}"),
        (false, Some(paths)) => format!(
            "set the archives of {} to {}, and add this to {config}",
            device.name,
            config_file::archives(paths, request.dir)?
        ),
    };
    report
        .done
        .push(format!("Another phone: {act}, and check the values:"));
    report.done.push(blocks);
    Ok(())
}

/// What is of another owner: each folder, and the number of single archives of each owner.
fn places(found: &Found, dir: &Path) -> Vec<(String, String)> {
    let mut places: Vec<(String, String)> = Vec::new();
    let mut single: BTreeMap<&str, u64> = BTreeMap::new();
    for (path, owner) in &found.others {
        if phone_folder(path).is_some() {
            let folder = path.strip_prefix(dir).unwrap_or(path);
            places.push((folder.display().to_string(), owner.clone()));
        } else {
            *single.entry(owner).or_insert(0) += 1;
        }
    }
    let single = single.into_iter();
    places.extend(single.map(|(owner, archives)| (count(archives, "archive"), owner.to_owned())));
    places
}

/// The name of a folder that may be a phone's, and not that of an archive.
fn phone_folder(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    (path.is_dir() && !archive_name(name).certain).then_some(name)
}

/// The other phones, each with the name of its owner: folders of one owner are one phone.
fn phones(found: &Found, taken: &BTreeSet<String>) -> Vec<(Folder, String)> {
    let mut phones: Vec<(Folder, String)> = Vec::new();
    let mut taken = taken.clone();
    for (path, owner) in &found.others {
        let same = |(_, other): &&mut (Folder, String)| name_key(other) == name_key(owner);
        if let Some((folder, _)) = phones.iter_mut().find(same) {
            folder.paths.push(path.clone());
            continue;
        }
        let name = match phone_folder(path).filter(|name| !taken.contains(*name)) {
            Some(name) => name.to_owned(),
            None => owners::name_of(owner, &taken),
        };
        taken.insert(name.clone());
        let paths = vec![path.clone()];
        phones.push((Folder { name, paths }, owner.clone()));
    }
    phones
}

/// The archives of the configured phone in place of those in its configuration, where these contain a folder of
/// another phone: its folders as far as they contain no other's, else its files.
fn own_archives(found: &Found) -> Option<Vec<PathBuf>> {
    let holds_other = |folder: &Path| {
        found
            .others
            .iter()
            .any(|(other, _)| other.starts_with(folder))
    };
    let own = found.own.as_ref()?.iter();
    let own: BTreeSet<PathBuf> = own
        .map(
            |path| match path.parent().filter(|folder| !holds_other(folder)) {
                Some(folder) => folder.to_owned(),
                None => path.clone(),
            },
        )
        .collect();
    Some(own.into_iter().collect())
}
