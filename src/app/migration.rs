//! A migration, opened: configuration, tables of people and decisions, archives.
//!
//! Belongs here: reading the files of a migration folder, and which archives could not be read, as they
//! may be named. Never here: what the archives contain ([`super::desired`]), or Close.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::atomic_write;
use super::erasures;
use super::error::{Error, Result};
use super::people;
use super::storage;
use super::tables;
use super::{Notice, Observer};
use crate::clock::{SharedClock, System};
use crate::close::{self, Auth, Client};
use crate::coded::Coded;
use crate::config::{self, Overrides};
use crate::fence;
use crate::intake::{self, DeviceError, DeviceIntake, Failure, is_chat_named};
use crate::native::Keys;
use crate::people::contacts::{Contacts, ROUNDED};
use crate::policy::{Policy, RunFlags};
use crate::quantity::count;
use crate::regular_file;
use crate::routing::Privacy;
use crate::settings::{Problem, Settings};
use crate::transform::MessageTables;

/// An opened migration: settings, tables and archives. Made by [`Migration::open`].
pub struct Migration {
    /// The validated configuration, with flags and environment applied.
    pub settings: Settings,
    /// The rows of contacts.csv, with never.txt and exclude.csv.
    pub contacts: Contacts,
    /// replies.csv and decisions.csv.
    pub(super) tables: MessageTables,
    /// The archives of all devices, opened, and those that could not be.
    pub intake: DeviceIntake,
    /// The path of the configuration.
    pub file: PathBuf,
    /// Rows of exclude.csv that match no chat; known once the archives were read.
    pub(super) exclude_problems: Vec<String>,
}

impl Migration {
    /// Reads the configuration, the tables and the archives of a migration. `keys` open encrypted
    /// backups. Archives that cannot be read do not end it: they are reported and counted as
    /// failures.
    ///
    /// # Errors
    ///
    /// Usage errors: the configuration or a table cannot be read or is invalid, or a path in it
    /// matches no archive.
    pub fn open(
        file: &Path,
        overrides: &Overrides,
        keys: &dyn Keys,
        observer: &mut dyn Observer,
    ) -> Result<Migration> {
        let (migration, unopened) = Migration::open_or_empty(file, overrides, keys, observer)?;
        match unopened {
            None => Ok(migration),
            Some(error) => Err(error),
        }
    }

    /// As [`Migration::open`]; where no file is at the place of archives, or object storage cannot be read, the migration
    /// without any, and the error.
    ///
    /// # Errors
    ///
    /// As [`Migration::open`].
    pub(crate) fn open_or_empty(
        file: &Path,
        overrides: &Overrides,
        keys: &dyn Keys,
        observer: &mut dyn Observer,
    ) -> Result<(Migration, Option<Error>)> {
        let (settings, mut contacts) = settings_and_contacts(file, overrides)?;
        for warning in contacts.warnings() {
            observer.notice(Notice::Row(warning.to_string()));
        }
        let devices: Vec<(&str, &[String])> = settings
            .devices
            .iter()
            .map(|d| (d.name.as_str(), d.archives.as_slice()))
            .collect();
        let limits = &settings.limits.archives;
        let intake = intake::open_shared(&devices, &settings.dir, limits, keys, |one, other| {
            settings.devices[one].is_separated_from(&settings.devices[other])
        });
        let is_absent = matches!(&intake, Err(DeviceError::NoMatch { .. }));
        let intake = intake.map_err(|error| {
            let privacy = Privacy::new(&contacts);
            if is_chat_named(error.path(), |chat| privacy.is_private_name(chat)) {
                return Error::usage(match &error {
                    DeviceError::Claimed { one, other, .. } => format!(
                        "an archive of a private chat belongs to the devices \"{one}\" and \"{other}\"; change their archives so that only one contains it"
                    ),
                    DeviceError::NoMatch { device, .. } | DeviceError::Pattern { device, .. } => format!(
                        "device \"{device}\": no file matches a pattern of its archives that names a private chat; correct or remove the pattern"
                    ),
                });
            }
            let mut patterns = devices.iter().flat_map(|(_, patterns)| *patterns);
            let hint = patterns.find_map(|pattern| escape_hint(pattern));
            let mut people = people::of_contacts(&contacts);
            people.extend(people::of_path(error.path()));
            if error.is_about_file() {
                people.extend(people::of_file(error.path()));
            }
            Error::usage(format!("{error}{}", hint.unwrap_or_default())).about(people)
        });
        let (intake, unopened) = match intake {
            Ok(intake) => (intake, None),
            Err(error) if is_absent => (DeviceIntake::default(), Some(error)),
            Err(error) => return Err(error),
        };
        let ids = (intake.archives.iter()).filter_map(|archive| {
            let device = settings.devices.get(archive.device)?;
            let id = archive.opened.id_without_number()?;
            Some((device.name.as_str(), id, archive.opened.title()))
        });
        contacts.name_chats_by_id(&ids.collect::<Vec<_>>());
        let tables = match tables::of_messages(&settings.dir) {
            Ok(tables) => tables,
            // A mistake in the configuration is reported before one in a table.
            Err(error) => return Err(unopened.unwrap_or(error)),
        };
        let mut migration = Migration {
            settings,
            contacts,
            tables,
            intake,
            file: file.to_owned(),
            exclude_problems: Vec::new(),
        };
        let stopped = migration.stopped_by_storage(migration.failures());
        if stopped.is_some() {
            migration.intake = DeviceIntake::default();
        }
        Ok((migration, unopened.or(stopped)))
    }

    /// Why object storage lets no command go on that needs the archives.
    pub(super) fn stopped_by_storage<'f>(
        &self,
        failures: impl IntoIterator<Item = &'f Failure>,
    ) -> Option<Error> {
        let (exit, failure) = storage::stopping(failures)?;
        let mut people = people::of_contacts(&self.contacts);
        if let Some(path) = failure.error.path() {
            people.extend(people::of_path(path));
            // The user who runs the migration named the folder.
            if path.extension().is_some() {
                people.extend(people::of_file(path));
            }
        }
        let code = failure.error.code().to_owned();
        Some(Error::coded(exit, code, self.describe(failure)).about(people))
    }

    /// The policy of a run with these flags, on the day of the run.
    pub fn policy(&self, flags: RunFlags) -> Policy {
        let today = System::shared().now().date_naive();
        self.settings.import.policy.in_run(flags, today)
    }

    /// The archives that could not be read.
    pub fn failures(&self) -> &[Failure] {
        &self.intake.failures
    }

    /// Reports the archives that could not be opened, and what a person has to know of native archives.
    /// Reading the archives later may find more that cannot be read, which is reported then.
    pub fn report_failures(&self, observer: &mut dyn Observer) {
        for ignored in &self.intake.ignored {
            observer.notice(match self.is_private(ignored) {
                false => Notice::Ignored(ignored.ignored_text()),
                true => Notice::IgnoredPrivate {
                    code: ignored.error.code().to_owned(),
                },
            });
        }
        for failure in &self.intake.failures {
            observer.notice(Notice::Unreadable(self.describe(failure)));
        }
        for remark in intake::remarks(&self.intake.stores) {
            observer.notice(Notice::Archive(remark));
        }
    }

    /// A failure as it may be shown: the path of an archive is the name of a chat, and that of a private
    /// chat appears nowhere.
    pub(super) fn describe(&self, failure: &Failure) -> String {
        match self.is_private(failure) {
            true => {
                let code = failure.error.code();
                format!("an archive of a private chat cannot be read ({code})")
            }
            false => failure.error.to_string(),
        }
    }

    /// Whether an archive that cannot be read, or a file that was ignored, may be of a private chat, by
    /// its name.
    pub(super) fn is_private(&self, failure: &Failure) -> bool {
        let label = Path::new(&failure.label);
        let mut paths = failure.error.path().into_iter().chain([label]);
        paths.any(|path| self.is_named_privately(path)) || self.is_of_private_chat(&failure.label)
    }

    fn is_named_privately(&self, path: &Path) -> bool {
        let privacy = Privacy::new(&self.contacts);
        is_chat_named(path, |chat| privacy.is_private_name(chat))
    }

    /// A row with `*` is about every chat, and not about the folders above an archive.
    fn is_of_private_chat(&self, label: &str) -> bool {
        let privacy = Privacy::new(&self.contacts);
        let chats = intake::names_in(label).chats;
        let own = chats.first().map_or("", String::as_str);
        (self.settings.devices.iter()).any(|device| privacy.is_private_chat(&device.name, own))
    }

    /// What to report of archives that no device has; `None` if there are none.
    pub(super) fn unnamed(&self) -> Option<String> {
        /// Names in one report.
        const SHOWN: usize = 10;
        let all = &self.intake.unnamed;
        let folder = all.first()?.parent().unwrap_or(Path::new(""));
        let folder = match folder.as_os_str().is_empty() {
            true => ".".to_owned(),
            false => folder.display().to_string(),
        };
        let public = all.iter().filter(|path| {
            let label = path.file_name().unwrap_or_default().to_string_lossy();
            !self.is_named_privately(path) && !self.is_of_private_chat(&label)
        });
        let named: Vec<String> = public
            .take(SHOWN)
            .map(|path| path.display().to_string())
            .collect();
        let list = match (named.as_slice(), all.len() - named.len()) {
            ([], hidden) => count(hidden as u64, "archive"),
            (named, 0) => named.join(", "),
            (named, more) => format!("{} and {more} more", named.join(", ")),
        };
        let (is, it) = match all.len() {
            1 => ("is", "it"),
            _ => ("are", "each"),
        };
        Some(format!(
            "{list} {is} of no device and not imported: {} names the archives next to {} one by one; add {it} to the archives of the [[device]] block of its phone; where the archives show the phone, `chatferry init --update {folder}` prints the line",
            self.settings.file.display(),
            match all.len() {
                1 => "it",
                _ => "them",
            }
        ))
    }
}

/// Reads the configuration and the people, for use cases that need no archives.
///
/// # Errors
///
/// Usage errors.
pub(crate) fn settings_and_contacts(
    file: &Path,
    overrides: &Overrides,
) -> Result<(Settings, Contacts)> {
    let mut settings = config::load(file)?;
    config::overlay(&mut settings, overrides)?;
    let mut contacts = contacts(&settings.import.contacts)?;
    let names: Vec<&str> = settings.devices.iter().map(|d| d.name.as_str()).collect();
    tables::load(&settings.dir, &names, &mut contacts)?;
    contacts.set_erased(erasures::recorded(&settings.import.checkpoint)?);
    Ok((settings, contacts))
}

/// Creates a client of Close for these settings, without sending anything.
///
/// # Errors
///
/// A usage error: the base URL or the credential cannot be used.
pub fn client(settings: &Settings, auth: Auth, clock: &SharedClock) -> Result<Client> {
    of_settings(close_settings(settings, auth, clock))
}

/// The same for checks, which name a server that does not respond, or too slowly, after some minutes: an import waits
/// longer, since Close may come back.
///
/// # Errors
///
/// As [`client`].
pub(crate) fn client_for_checks(
    settings: &Settings,
    auth: Auth,
    clock: &SharedClock,
) -> Result<Client> {
    let mut close = close_settings(settings, auth, clock);
    close.outage = close.outage.min(Duration::from_secs(60));
    close.read_timeout = Duration::from_secs(12);
    close.exchange_timeout = Duration::from_secs(15);
    close.max_attempts = 3;
    of_settings(close)
}

fn of_settings(close: close::Settings) -> Result<Client> {
    Client::new(close).map_err(|error| Error::usage(error.to_string()))
}

fn close_settings(settings: &Settings, auth: Auth, clock: &SharedClock) -> close::Settings {
    let mut close = close::Settings::new(
        settings.close.base_url.clone(),
        auth,
        SharedClock::clone(clock),
    );
    close.requests_per_second = settings.limits.requests_per_second;
    close.max_rate = settings.limits.max_rate;
    close.paces_sandbox = settings.limits.is_pace_set || settings.limits.max_rate.is_some();
    close.settle = settings.limits.settle();
    close.outage = Duration::from_secs_f64(settings.limits.outage_seconds);
    if settings.import.checkpoint.is_store() {
        close.exchange_timeout = fence::REQUEST;
    }
    close
}

/// Reads a contacts.csv.
///
/// # Errors
///
/// A usage error: not there, or with mistakes.
pub(crate) fn contacts(path: &Path) -> Result<Contacts> {
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    );
    let bytes = regular_file::read(path).map_err(|error| {
        Error::usage(format!(
            "{}: cannot be read: {error}; `chatferry init PATH...` creates it{}",
            path.display(),
            escape_hint(&path.to_string_lossy()).unwrap_or_default()
        ))
    })?;
    Ok(Contacts::from_bytes(&bytes, &name).map_err(|problems| with_way_back(problems, path))?)
}

/// Problems of a contacts.csv; those of rounded numbers name the copy that has them, where there is one.
fn with_way_back(mut problems: Vec<Problem>, path: &Path) -> Vec<Problem> {
    let copy = atomic_write::former_of(path);
    if copy.is_file() {
        let name = copy.file_name().unwrap_or_default().to_string_lossy();
        for problem in problems.iter_mut().filter(|one| one.text == ROUNDED) {
            problem.text = format!(
                "phone was rounded by a spreadsheet (as in 4.9E+12); take the numbers back from {name}, or empty the cells and run `chatferry match --address-book F` again"
            );
        }
    }
    problems
}

/// The hint for a path that does not exist and has a control character in it: `"C:\temp"` in TOML has a
/// tab.
fn escape_hint(path: &str) -> Option<&'static str> {
    path.contains(char::is_control).then_some(
        "; the path contains a control character, which a backslash and a letter mean between double quotes; write / instead of \\, or put the path between single quotes",
    )
}
