//! The key `checkpoint` as the address of a store, and what a store needs besides.
//!
//! Its secrets come from the environment, since chatferry.toml is a file that people copy.

use std::path::Path;

use super::Overrides;
use super::reader::Document;
use super::values;
use crate::checkpoint_location::{CheckpointLocation, StoreLocation};
use crate::fence::LEAST_SETTLE;
use crate::settings::{CloseSettings, ImportSettings, Settings};

/// The environment variable with the key that seals the hash key of a store: 64 hexadecimal digits.
pub const STORE_KEY_VARIABLE: &str = "CHATFERRY_STORE_KEY";
/// The environment variable with the password of a store whose address has none.
pub const STORE_PASSWORD_VARIABLE: &str = "CHATFERRY_STORE_PASSWORD";

/// The location that a value of `checkpoint` means.
pub(super) fn location(text: &str, dir: &Path) -> Result<CheckpointLocation, String> {
    match text.trim() {
        "" => Err("checkpoint is empty; write the path of a file".to_owned()),
        address if StoreLocation::is_address(address) => match cfg!(feature = "cloud") {
            true => StoreLocation::parse(address, dir).map(CheckpointLocation::Store),
            false => Err("this build of chatferry has no shared checkpoint; install it with the feature: `cargo install --features cloud`, or name a file".to_owned()),
        },
        path => Ok(CheckpointLocation::File(dir.join(path))),
    }
}

/// The location that a flag names, for the checkpoint of an organisation; a path is relative to the working directory.
///
/// # Errors
///
/// The address, or a variable that a store needs.
pub(crate) fn location_of_flag(
    text: &str,
    organization_id: &str,
    overrides: &Overrides,
) -> Result<CheckpointLocation, String> {
    let mut location = location(text, Path::new(""))?;
    if let CheckpointLocation::Store(store) = &mut location {
        organization_id.clone_into(&mut store.organization_id);
        add_secrets(store, overrides).map_err(|(name, text)| format!("{name} {text}"))?;
    }
    Ok(location)
}

/// The organisation of a store, which must be known before the checkpoint is read.
pub(super) fn with_organization(
    mut import: ImportSettings,
    close: &CloseSettings,
    document: &mut Document<'_>,
) -> ImportSettings {
    if let CheckpointLocation::Store(store) = &mut import.checkpoint {
        match &close.organization_id {
            Some(organization_id) => store.organization_id.clone_from(organization_id),
            None => document.problem(
                None,
                "a shared checkpoint belongs to one organisation, which is not named; set organization_id in [close]",
            ),
        }
    }
    import
}

/// Adds the secrets of the environment, and checks what depends on all settings. The problem has its file or variable.
pub(super) fn overlay(
    settings: &mut Settings,
    overrides: &Overrides,
) -> Result<(), (String, String)> {
    let CheckpointLocation::Store(store) = &mut settings.import.checkpoint else {
        return Ok(());
    };
    add_secrets(store, overrides)?;
    // The sandbox of this machine carries out a request at once or never.
    if settings.limits.settle() < LEAST_SETTLE && !values::is_local(&settings.close.base_url) {
        let text = format!(
            "settle_seconds is {}, and with a shared checkpoint it must be at least {}: requests of a machine that is replaced may be on their way so long",
            settings.limits.settle_seconds,
            LEAST_SETTLE.as_secs()
        );
        return Err((settings.file.display().to_string(), text));
    }
    Ok(())
}

/// Adds the secrets of the environment.
fn add_secrets(store: &mut StoreLocation, overrides: &Overrides) -> Result<(), (String, String)> {
    store.password.clone_from(&overrides.store_password);
    let problem = |text: &str| Err((STORE_KEY_VARIABLE.to_owned(), text.to_owned()));
    match &overrides.store_key {
        Some(Some(key)) => {
            store.key = Some(key.clone());
            Ok(())
        }
        Some(None) => {
            problem("is not a key of 64 hexadecimal digits; `openssl rand -hex 32` makes one")
        }
        None => problem(
            "is not set; a shared checkpoint needs the key that all its machines use, 64 hexadecimal digits: `openssl rand -hex 32` makes one",
        ),
    }
}
