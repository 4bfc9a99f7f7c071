//! Starts a migration: writes `chatferry.toml` and `contacts.csv` from what the archives contain, so that
//! a person adds only numbers and ids of Close.
//!
//! No file is ever overwritten. With [`Request::update`] rows for new chats are added to the end of
//! `contacts.csv`, and not a byte before them changes.

mod archives;
mod chats;
mod config_file;
mod found;
mod known;
mod owners;
mod phones;
mod private;
mod rows;
mod second_owner;

use std::fs;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

pub(crate) use known::Known;

use super::error::{Error, Result};
use super::{atomic_write, one_writer, own_writes, tables};
use crate::archive::{Limits, folder_of_place};
use crate::config::{self, DEFAULT_FILE};
use crate::native::Keys;
use crate::parser::text::archive_name;
use crate::people::contacts::Contacts;
use crate::policy::Groups;
use crate::quantity::count;
use crate::regular_file;
use crate::settings::{Device, Settings};
use found::Found;
use private::PrivateNames;

/// The name of the table of contacts where no configuration gives another.
const CONTACTS_FILE: &str = "contacts.csv";

/// What a migration is started from.
pub(crate) struct Request<'r> {
    /// The archives, or folders with archives.
    pub paths: &'r [PathBuf],
    /// The folder of the migration, which is created if it is absent.
    pub dir: &'r Path,
    /// The path of the configuration, in that folder.
    pub config: &'r Path,
    /// Whether to add to files that exist, rather than refuse them.
    pub update: bool,
    /// The zone of this machine; `None` if it is not known.
    pub zone: Option<Tz>,
    /// What is known of a device beyond its archives.
    pub known: Known<'r>,
    /// The limits of archives, from those of the configuration.
    pub limits: &'r dyn Fn(Limits) -> Limits,
    /// Opens encrypted backups.
    pub keys: &'r dyn Keys,
}

/// The result of `init`, in sentences for a person.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// What to know before everything else.
    pub first: Vec<String>,
    /// What was written and what to do next.
    pub done: Vec<String>,
    /// What could not be filled in, and why.
    pub notes: Vec<String>,
    /// Archives that could not be read.
    pub failures: Vec<String>,
}

/// Writes chatferry.toml and contacts.csv for the archives, or adds to those that exist.
///
/// # Errors
///
/// Usage errors: the folder cannot be created, a file exists and must not be changed, no archive
/// could be read, or a file of the migration is invalid.
pub(crate) fn init(request: &Request<'_>) -> Result<Report> {
    fs::create_dir_all(request.dir).map_err(|error| {
        Error::usage(format!(
            "{}: cannot be created: {error}",
            request.dir.display()
        ))
    })?;
    let config = request.config.to_owned();
    let mut report = Report::default();
    let settings = settings(request, &config, &mut report)?;
    let contacts = settings.as_ref().map_or_else(
        || in_folder(request.dir, CONTACTS_FILE),
        |settings| settings.import.contacts.clone(),
    );
    require_new(request, &config, &contacts)?;
    let limits = settings.as_ref().map(|settings| settings.limits.archives);
    let limits = (request.limits)(limits.unwrap_or_default());
    let table = private::table(&contacts);
    let decided = match settings {
        Some(_) => private::decided(&config, request.keys, table.as_ref()),
        None => PrivateNames::default(),
    };
    let private = (table.as_ref(), &decided);
    let mut found = archives::find(
        request.paths,
        settings.as_ref(),
        &limits,
        request.keys,
        table.as_ref(),
    );
    if let Some(stopped) = found.stopped {
        return Err(stopped);
    }
    leave_out(&mut found, request.dir, settings.as_ref(), private)?;
    let failures = found.failures.iter();
    report
        .failures
        .extend(failures.map(|(_, text)| text.clone()));
    if found.read == 0 {
        return nothing_read(request, report);
    }
    // What stands there is neither changed nor filled in.
    if exists(&contacts) {
        let bytes = bytes_of(&contacts)?;
        let mut there = Contacts::from_bytes(&bytes, &contacts.display().to_string())?;
        there.name_chats_by_id(&found.ids());
        let notes = rows::mark(&there, settings.as_ref(), &mut found);
        report.notes.extend(notes);
    }
    report.first.extend(found.first.iter().cloned());
    report.notes.extend(found.shared_out.iter().cloned());
    report
        .notes
        .extend(known::fill_in(&mut found, &request.known)?);
    // A number that never.txt names may have been found only now.
    leave_out(&mut found, request.dir, settings.as_ref(), private)?;
    let misplaced = found.misplaced().into_iter();
    report
        .first
        .extend(misplaced.map(|misplaced| misplaced.says));
    // Made before anything is written: it may fail.
    let config_text = if exists(&config) {
        None
    } else {
        let archives = config_file::archives(&found.present, request.dir)?;
        let devices = config_file::devices(&found, request.dir)?;
        Some(config_file::text(
            &archives,
            devices.as_deref(),
            request.zone,
            &found,
        ))
    };
    let files = Files {
        config,
        config_text,
        contacts,
    };
    write(request, &found, settings.as_ref(), files, &mut report)?;
    Ok(report)
}

/// The configuration of a folder that has one of the default name.
pub(crate) fn default_configuration(dir: &Path) -> PathBuf {
    in_folder(dir, DEFAULT_FILE)
}

/// The folders of the archives that the configuration in `dir` names, for `--update` without paths: newer exports are
/// next to them.
///
/// # Errors
///
/// The configuration is not there or cannot be used.
pub(crate) fn configured_paths(config: &Path, dir: &Path) -> Result<Vec<PathBuf>> {
    let settings = config::load(config)?;
    Ok(archive_folders(&settings, dir))
}

/// The folders of the archives that these settings of `dir` name.
pub(crate) fn archive_folders(settings: &Settings, dir: &Path) -> Vec<PathBuf> {
    let patterns = settings.devices.iter().flat_map(|device| &device.archives);
    let mut paths: Vec<PathBuf> = patterns
        .map(|pattern| {
            if let Some(folder) = folder_of_place(pattern) {
                return folder;
            }
            let is_wild = |part: &std::path::Component<'_>| {
                let part = part.as_os_str().to_string_lossy();
                part.contains(['*', '?', '['])
            };
            let fixed: PathBuf = (Path::new(pattern).components())
                .take_while(|part| !is_wild(part))
                .collect();
            let path = dir.join(fixed);
            match path.is_dir() && !is_named_as_archive(&path) {
                true => path,
                false => path.parent().map_or(path.clone(), Path::to_owned),
            }
        })
        .collect();
    paths.sort_unstable();
    // A folder comes before those in it.
    paths.dedup_by(|later, earlier| later.starts_with(earlier));
    paths
}

/// Whether a folder is an export that was unpacked.
fn is_named_as_archive(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    archive_name(&name).certain
}

/// Refuses what would change a file that exists.
fn require_new(request: &Request<'_>, config: &Path, contacts: &Path) -> Result<()> {
    if request.update && request.known.local_phone.is_some() && exists(config) {
        return Err(Error::usage(format!(
            "--local-phone: {} exists, and `--update` does not change it; set `local_phone` of its phone there, and omit `--local-phone`",
            config.display()
        )));
    }
    let there = [config, contacts].into_iter().find(|path| exists(path));
    match there.filter(|_| !request.update) {
        None => Ok(()),
        Some(path) => Err(Error::usage(format!(
            "{}: already exists and was not changed; `--update` adds the chats that are not in {CONTACTS_FILE} yet, `--dir DIR` writes to another folder",
            path.display()
        ))),
    }
}

/// The files to write.
struct Files {
    config: PathBuf,
    /// The text of the configuration, where there is none yet.
    config_text: Option<String>,
    contacts: PathBuf,
}

/// Writes the files, and reports what was written and what to do next.
fn write(
    request: &Request<'_>,
    found: &Found,
    settings: Option<&Settings>,
    files: Files,
    report: &mut Report,
) -> Result<()> {
    let Files {
        config,
        config_text,
        contacts,
    } = files;
    let mut next = Vec::new();
    if write_contacts(&contacts, found, report)? {
        next.push(format!(
            "{}: for each chat fill in phone, lead_id and contact_id, or set import to no or private",
            contacts.display()
        ));
    }
    if let Some(text) = config_text {
        atomic_write::create(&config, text.as_bytes())?;
        report.done.push(format!("Wrote {}", config.display()));
        next.push(format!(
            "{}: check timezone and owner, check or fill in local_phone, the number of the phone",
            config.display()
        ));
        next.extend(books(found, &request.known));
        if request.zone.is_none() && !found.phones.iter().all(|phone| phone.zone().is_some()) {
            report.notes.push(format!(
                "The time zone of this computer could not be determined; set timezone in {}",
                config.display()
            ));
        }
    } else {
        hint(&config, found, request, settings, report);
    }
    add_notes(found, settings, &config, report);
    if !next.is_empty() {
        next_steps(next, request.dir, &config, report);
    }
    Ok(())
}

/// A file of the folder, without `./` in front.
fn in_folder(dir: &Path, name: &str) -> PathBuf {
    if dir == Path::new(".") {
        PathBuf::from(name)
    } else {
        dir.join(name)
    }
}

/// Whether a path exists; true for a dangling symbolic link too, which is not replaced either.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Removes people on never.txt, who get no row: a table of contacts is for people who are imported. People
/// whose row in the existing table is private are not mentioned.
fn leave_out(
    found: &mut Found,
    dir: &Path,
    settings: Option<&Settings>,
    private: (Option<&Contacts>, &PrivateNames),
) -> Result<()> {
    let devices = settings.map_or(&[][..], |settings| &settings.devices);
    let folders: Vec<String> = (found.phones.iter())
        .filter_map(|phone| phone.device.clone())
        .collect();
    let own = devices.iter().map(|d| d.name.as_str());
    let names: Vec<&str> = own.chain(folders.iter().map(String::as_str)).collect();
    let never = tables::never(dir, &names)?;
    let alone = devices.first().map_or(Device::ALONE, |d| d.name.as_str());
    for phone in &mut found.phones {
        let device = phone.device.as_deref().unwrap_or(alone);
        phone.chats.retain(|chat| {
            !never.name(device, &chat.name)
                && !never.name(device, &chat.participant)
                && !(chat.phone.as_ref()).is_some_and(|phone| never.contains_number(phone))
        });
    }
    private::leave_out(found, alone, &never, private);
    Ok(())
}

/// The existing configuration, for `--update`: it determines the path of the contacts, and the devices of
/// archives. Errors in it are reported and do not stop the command.
fn settings(request: &Request<'_>, config: &Path, report: &mut Report) -> Result<Option<Settings>> {
    if !request.update || !exists(config) {
        return Ok(None);
    }
    bytes_of(config)?;
    match config::load(config) {
        Ok(settings) => Ok(Some(settings)),
        // Without it the path of the contacts is not known, unless the default one exists.
        Err(problems) if exists(&request.dir.join(CONTACTS_FILE)) => {
            report
                .notes
                .extend(problems.iter().map(|problem| format!("note: {problem}")));
            Ok(None)
        }
        Err(problems) => Err(problems.into()),
    }
}

fn nothing_read(request: &Request<'_>, report: Report) -> Result<Report> {
    if report.failures.is_empty() {
        let paths: Vec<String> = request
            .paths
            .iter()
            .map(|p| p.display().to_string())
            .collect();
        return Err(Error::usage(format!(
            "{}: contains no exported chat; pass the folder or the files that the phone exported",
            paths.join(", ")
        )));
    }
    Ok(report)
}

fn bytes_of(file: &Path) -> Result<Vec<u8>> {
    let bytes = regular_file::read(file)
        .map_err(|error| Error::usage(format!("{}: cannot be read: {error}", file.display())))?;
    Ok(bytes)
}

/// True when rows were written.
fn write_contacts(file: &Path, found: &Found, report: &mut Report) -> Result<bool> {
    if !exists(file) {
        atomic_write::create(file, rows::file(found)?.as_bytes())?;
        report.done.push(format!(
            "Wrote {} with {}",
            file.display(),
            count(found.chats().count() as u64, "chat")
        ));
        return Ok(true);
    }
    let _writing = one_writer::lock();
    let bytes = bytes_of(file)?;
    let (new, added) = rows::append(&bytes, &file.display().to_string(), found)?;
    if added.is_empty() {
        let whose = match found.others.as_slice() {
            [] => "",
            _ => " of the configured phone",
        };
        report.done.push(format!(
            "{} already contains every chat{whose}; nothing was changed",
            file.display()
        ));
        return Ok(false);
    }
    atomic_write::replace(file, &new)?;
    own_writes::note(file, Some(&bytes), Some(&new));
    report.done.push(format!(
        "Added {} to {}: {}",
        count(added.len() as u64, "chat"),
        file.display(),
        added.join(", ")
    ));
    Ok(true)
}

/// The addition to an existing configuration that does not name these archives.
fn hint(
    config: &Path,
    found: &Found,
    request: &Request<'_>,
    settings: Option<&Settings>,
    report: &mut Report,
) {
    let Some(settings) = settings else {
        return;
    };
    if let ([device], false) = (settings.devices.as_slice(), found.others.is_empty()) {
        // A path that TOML cannot hold is in no configuration.
        let _ = second_owner::report(found, device, config, request, report);
    }
    for folder in found.added.iter().filter(|folder| !folder.paths.is_empty()) {
        if let Ok(block) = config_file::added(folder, found, request.dir, request.zone) {
            report.done.push(format!(
                "Another phone: add this block to {}, and check its values:",
                config.display()
            ));
            report.done.push(block);
        }
    }
    for (device, paths) in found.joined.iter().filter(|(_, paths)| !paths.is_empty()) {
        let name = settings
            .devices
            .get(*device)
            .map_or("", |device| &device.name);
        if let Ok(archives) = config_file::archives(paths, request.dir) {
            report.notes.push(format!(
                "{} was not changed and does not name every archive yet; add to the archives of {name}: {archives}",
                config.display(),
            ));
        }
    }
    if found.unclaimed.is_empty() {
        return;
    }
    if let Ok(archives) = config_file::archives(&found.unclaimed, request.dir) {
        report.notes.push(format!(
            "{} was not changed and does not name every archive yet; add to the archives of the phone: {archives}",
            config.display(),
        ));
    }
}

/// Notes on what the files cannot contain, or what a person should check.
fn add_notes(found: &Found, settings: Option<&Settings>, config: &Path, report: &mut Report) {
    let file = config.file_name().unwrap_or_default().to_string_lossy();
    let is_anchored = settings.is_some_and(|own| own.import.policy.groups == Groups::Anchor);
    let groups = match is_anchored {
        true => found.new_groups(),
        false => found.groups(),
    };
    let groups: Vec<&str> = groups.into_iter().collect();
    if is_anchored && !groups.is_empty() {
        report.notes.push(format!(
            "Groups are imported (groups = \"anchor\"); each goes to the contact of its row with participant *, which needs lead_id and contact_id: {}",
            groups.join(", ")
        ));
    } else if !groups.is_empty() {
        report.notes.push(format!(
            "Groups are left out; to import them, set `groups = \"anchor\"` in {file}, and each goes to the contact of its row with participant *: {}",
            groups.join(", ")
        ));
    }
    for name in &found.unnameable {
        report.notes.push(format!(
            "\"{name}\" cannot be the name of a chat in contacts.csv; rename its archive"
        ));
    }
    if !found.unassigned.is_empty() {
        report.notes.push(format!(
            "The phone of these archives could not be determined, and they got no row; add each to the archives of its [[device]] block and run `chatferry init --update`: {}",
            found.unassigned.join(", ")
        ));
    }
    let open = found.open_dates();
    if !open.is_empty() {
        report.notes.push(format!(
            "The date order could not be determined for: {}; set date_order in {file}, or they are held",
            open.join(", ")
        ));
    }
    for phone in found.phones.iter().filter(|phone| phone.owner.is_none()) {
        let of = match &phone.device {
            Some(device) => format!(" {device}"),
            None => String::new(),
        };
        report.notes.push(format!(
            "The owner of the phone{of} could not be determined; set `owner` in {file}"
        ));
    }
}

/// The note on address books if there are several phones: an address book is of one.
fn books(found: &Found, known: &known::Known<'_>) -> Option<String> {
    let read = known.device.filter(|_| !known.books.is_empty());
    let names: Vec<&str> = (found.phones.iter())
        .filter_map(|phone| phone.device.as_deref())
        .filter(|name| read != Some(*name))
        .collect();
    let first = names.first().filter(|_| found.phones.len() > 1)?;
    Some(format!(
        "an address book is of one phone: `chatferry match --device \"{first}\" --address-book FILE` fills in the numbers of that phone's chats{}",
        match names.get(1..).unwrap_or_default() {
            [] => String::new(),
            others => format!("; likewise for {}", others.join(", ")),
        }
    ))
}

fn next_steps(mut steps: Vec<String>, dir: &Path, config: &Path, report: &mut Report) {
    let is_default = config.file_name().is_some_and(|name| name == DEFAULT_FILE);
    let plan = if dir == Path::new(".") && is_default {
        "chatferry plan".to_owned()
    } else {
        format!("chatferry plan --config \"{}\"", config.display())
    };
    steps.push(format!(
        "`{plan} --offline` shows what an import would do, without a key"
    ));
    report.done.push("Next:".to_owned());
    let numbered = (1..).zip(steps);
    report
        .done
        .extend(numbered.map(|(number, step)| format!("  {number}. {step}")));
}

#[cfg(test)]
mod tests;
