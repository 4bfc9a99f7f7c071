//! The environment: settings of a migration from flags and environment variables.
//!
//! The only module that reads environment variables.

use std::path::{Path, PathBuf};

use super::args;
use super::keys;
use super::out::Out;
use super::terminal::Terminal;
use crate::app::{self, Error, Migration, Notice, Result};
#[cfg(feature = "cloud")]
use crate::checkpoint_location::{StoreKey, StoreLocation};
use crate::clock::SharedClock;
use crate::close::{Auth, Client};
use crate::config::{self, Credentials, CredentialsError, Overrides};
use crate::people::contacts::Contacts;
use crate::settings::Settings;

/// The environment variable with the address of a fleet's store.
#[cfg(feature = "cloud")]
const STORE_VARIABLE: &str = "CHATFERRY_STORE";

/// Reads one environment variable.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the module that reads the environment"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The IANA zone that this computer is set to.
pub(super) fn zone() -> Option<chrono_tz::Tz> {
    iana_time_zone::get_timezone().ok()?.parse().ok()
}

/// The path of the configuration, and its overrides.
pub(super) fn configuration(arguments: &args::Configured) -> (PathBuf, Overrides) {
    let file = arguments.config.clone();
    let overrides = Overrides::gather(arguments.base_url.clone(), &variable);
    (
        file.unwrap_or_else(|| config::DEFAULT_FILE.into()),
        overrides,
    )
}

/// Lets the commands that are named have the address of the Close that the checkpoint belongs to, if the configuration has
/// another one: a rehearsal must not go on in Close.
///
/// # Errors
///
/// As [`app::recorded_address`].
pub(super) fn name_recorded_address(
    file: &Path,
    overrides: &Overrides,
    out: &mut Out,
) -> Result<()> {
    if let Some(address) = app::recorded_address(file, overrides)? {
        out.name_base_url(&address);
    }
    Ok(())
}

/// Opens the migration that the flags and the environment name.
///
/// # Errors
///
/// As [`Migration::open`].
pub(super) fn migration(
    arguments: &args::Configured,
    clock: &SharedClock,
    out: &mut Out,
) -> Result<Migration> {
    let (file, overrides) = configuration(arguments);
    let mut terminal = Terminal::new(out, clock, false);
    Migration::open(&file, &overrides, &keys::terminal(), &mut terminal)
}

/// As [`migration`]; where no file is at the place of archives, the migration without any, and the error.
///
/// # Errors
///
/// As [`Migration::open`].
pub(super) fn migration_or_empty(
    arguments: &args::Configured,
    clock: &SharedClock,
    out: &mut Out,
) -> Result<(Migration, Option<Error>)> {
    let (file, overrides) = configuration(arguments);
    let mut terminal = Terminal::new(out, clock, false);
    Migration::open_or_empty(&file, &overrides, &keys::terminal(), &mut terminal)
}

/// The configuration and contacts.csv, for commands that need no archives.
///
/// # Errors
///
/// As [`app::settings_and_contacts`].
pub(super) fn settings_and_contacts(arguments: &args::Configured) -> Result<(Settings, Contacts)> {
    let (file, overrides) = configuration(arguments);
    app::settings_and_contacts(&file, &overrides)
}

/// The client of Close for these settings, with the credential of the environment or of a file.
///
/// # Errors
///
/// Usage errors.
pub(super) fn client(
    settings: &Settings,
    key_file: Option<&Path>,
    clock: &SharedClock,
    out: &mut Out,
) -> Result<Client> {
    app::client(settings, credential(settings, key_file, out)?, clock)
}

/// The client for `doctor` ([`app::client_for_checks`]).
///
/// # Errors
///
/// Usage errors.
pub(super) fn client_for_checks(
    settings: &Settings,
    key_file: Option<&Path>,
    clock: &SharedClock,
    out: &mut Out,
) -> Result<Client> {
    app::client_for_checks(settings, credential(settings, key_file, out)?, clock)
}

/// The credential of the environment or of a file; `None` where there is none, and a page requests it.
///
/// # Errors
///
/// Usage errors: a credential that cannot be used.
pub(super) fn optional_credential(key_file: Option<&Path>, out: &mut Out) -> Result<Option<Auth>> {
    let loaded = match config::credentials(&variable, key_file) {
        Err(CredentialsError::Missing) => return Ok(None),
        loaded => loaded.map_err(|error| Error::usage(error.to_string()))?,
    };
    if let Some(warning) = loaded.warning {
        out.notice(&Notice::Credential(warning));
    }
    Ok(Some(auth(loaded.credentials)))
}

fn auth(credentials: Credentials) -> Auth {
    match credentials {
        Credentials::Key(key) => Auth::Key(key),
        Credentials::Token(token) => Auth::Token(token),
    }
}

fn credential(settings: &Settings, key_file: Option<&Path>, out: &mut Out) -> Result<Auth> {
    let loaded = config::credentials(&variable, key_file)
        .map_err(|error| Error::usage(error.to_string()))?;
    if let Some(warning) = loaded.warning {
        out.notice(&Notice::Credential(warning));
    }
    if !config::is_close(&settings.close) {
        out.notice(&Notice::OtherServer(settings.close.base_url.clone()));
    }
    Ok(auth(loaded.credentials))
}

/// The store of a fleet: `--store`, else CHATFERRY_STORE, with its password and key.
///
/// # Errors
///
/// None is given, or it is no address; the key is none.
#[cfg(feature = "cloud")]
pub(super) fn store(flag: Option<String>) -> Result<(StoreLocation, Option<StoreKey>)> {
    let set = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
    let address = flag.or_else(|| set(STORE_VARIABLE)).ok_or_else(|| {
        Error::usage(format!(
            "no store; give --store postgres://USER@HOST/DATABASE, or set {STORE_VARIABLE}"
        ))
    })?;
    let overrides = Overrides::gather(None, &variable);
    let mut store = StoreLocation::parse(&address, Path::new(""))
        .map_err(|problem| Error::usage(problem.replacen("checkpoint", "--store", 1)))?;
    store.password = overrides.store_password;
    match overrides.store_key {
        Some(None) => Err(no_store_key()),
        key => Ok((store, key.flatten())),
    }
}

/// The error of a missing or wrong key of the store.
#[cfg(feature = "cloud")]
pub(super) fn no_store_key() -> Error {
    Error::usage(format!(
        "{} is not set, or is not a key of 64 hexadecimal digits; `openssl rand -hex 32` makes one",
        config::STORE_KEY_VARIABLE
    ))
}

/// The name of a worker: the machine and the process.
#[cfg(feature = "cloud")]
pub(super) fn worker_name() -> String {
    #[cfg(unix)]
    let machine = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    #[cfg(not(unix))]
    let machine = variable("COMPUTERNAME").unwrap_or_else(|| "worker".to_owned());
    format!("{machine}-{}", std::process::id())
}
