//! Reads `chatferry.toml` into [`Settings`] and reports all problems of the file together.
//!
//! Flags take precedence over the environment, and the environment over the file ([`overlay`]). The key is
//! never in the file ([`credentials()`]). The caller passes the environment in.

mod credentials;
mod device;
mod keys;
mod reader;
#[cfg(test)]
mod reference;
mod store;
pub(crate) mod template;
mod typed;
mod values;
mod word;

use std::io::ErrorKind;
use std::path::Path;

pub(crate) use word::Word;

pub(crate) use store::location_of_flag;
pub use store::{STORE_KEY_VARIABLE, STORE_PASSWORD_VARIABLE};

pub use credentials::{Credentials, CredentialsError, Loaded, credentials, typed_key};

use crate::checkpoint_location::{CheckpointLocation, StoreKey, StoreSecret};
use crate::policy::{InactiveUser, Policy};
use crate::regular_file;
use crate::settings::{CloseSettings, ImportSettings, Limits, Problem, Settings};
use reader::{Document, Section};

/// The configuration file without `--config`.
pub const DEFAULT_FILE: &str = "chatferry.toml";
/// The environment variable for [`CloseSettings::base_url`].
pub const BASE_URL_VARIABLE: &str = "CLOSE_BASE_URL";

/// Reads and checks a `chatferry.toml`.
///
/// # Errors
///
/// The file cannot be read, with a remedy if it does not exist; otherwise as [`parse`]. The caller exits with 2.
pub fn load(file: &Path) -> Result<Settings, Vec<Problem>> {
    let whole = |text: String| {
        vec![Problem {
            file: file.display().to_string(),
            line: None,
            text,
        }]
    };
    let bytes = regular_file::read(file).map_err(|error| {
        whole(match error.kind() {
            ErrorKind::NotFound => {
                "not found; run `chatferry init PATH…` to write it, or name another file with `--config`".to_owned()
            }
            _ if file.is_dir() => format!(
                "is a folder; name the file in it: `--config {}`",
                file.join(DEFAULT_FILE).display()
            ),
            _ => format!("cannot be read: {error}"),
        })
    })?;
    from_bytes(&bytes, file)
}

/// Checks the bytes of a `chatferry.toml`; `file` is its path, as for [`parse`].
///
/// # Errors
///
/// As [`parse`]; bytes that are not UTF-8.
pub(crate) fn from_bytes(bytes: &[u8], file: &Path) -> Result<Settings, Vec<Problem>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        vec![Problem {
            file: file.display().to_string(),
            line: Some(reader::line_at(before, before.len())),
            text: "is not UTF-8 here; save the file as UTF-8".to_owned(),
        }]
    })?;
    parse(text, file)
}

/// Checks the text of a `chatferry.toml`; `file` gives the folder that its paths are relative to,
/// and its name in messages.
///
/// # Errors
///
/// All problems, by line: invalid TOML (then nothing else is checked), unknown keys with the nearest
/// known one, wrong types, invalid values, missing `archives`, `timezone` and `contacts`, several devices of
/// one name, and values that this version does not support.
pub fn parse(text: &str, file: &Path) -> Result<Settings, Vec<Problem>> {
    let mut document = Document::parse(text, &file.display().to_string())?;
    document.check_sections();
    let dir = file.parent().unwrap_or(Path::new("")).to_path_buf();
    let close = close(&mut document);
    let devices = device::devices(&mut document);
    let import = import(&mut document, &dir);
    let limits = limits(&mut document);
    let import = store::with_organization(import, &close, &mut document);
    document.finish(Settings {
        close,
        devices,
        import,
        limits,
        dir,
        file: file.to_path_buf(),
    })
}

/// The keys that a chatferry.toml sets, as `section.key`, sorted; without their values. Empty for a file that
/// cannot be read.
pub(crate) fn given_keys(file: &Path) -> Vec<String> {
    let text = regular_file::read_to_string(file).unwrap_or_default();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let mut keys = Vec::new();
    for (section, value) in &table {
        let blocks = match value {
            toml::Value::Array(blocks) => blocks.as_slice(),
            other => std::slice::from_ref(other),
        };
        for block in blocks.iter().filter_map(toml::Value::as_table) {
            keys.extend(block.keys().map(|key| format!("{section}.{key}")));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Values of flags and environment variables, which override the file, with their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Overrides [`CloseSettings::base_url`]; the second is `--base-url` or [`BASE_URL_VARIABLE`], for messages.
    pub base_url: Option<(String, &'static str)>,
    /// Whether the command sends no request, so that the file may name any host.
    pub sends_nothing: bool,
    /// The value of [`STORE_KEY_VARIABLE`]; `None` if it is not set, and `Some(None)` if it is not
    /// a key.
    pub store_key: Option<Option<StoreKey>>,
    /// The value of [`STORE_PASSWORD_VARIABLE`]; `None` if it is not set.
    pub store_password: Option<StoreSecret>,
}

impl Overrides {
    /// The flag if it is given, else the environment variable; an empty variable counts as unset.
    pub fn gather(base_url: Option<String>, env: &dyn Fn(&str) -> Option<String>) -> Overrides {
        let flag = base_url.map(|url| (url, "--base-url"));
        let variable = || {
            env(BASE_URL_VARIABLE)
                .filter(|url| !url.trim().is_empty())
                .map(|url| (url, BASE_URL_VARIABLE))
        };
        let set = |name| env(name).filter(|text| !text.trim().is_empty());
        Overrides {
            base_url: flag.or_else(variable),
            sends_nothing: false,
            store_key: set(STORE_KEY_VARIABLE).map(|text| StoreKey::of_hex(&text)),
            store_password: set(STORE_PASSWORD_VARIABLE).map(|text| StoreSecret::new(&text)),
        }
    }
}

/// Overrides the file's values by flags and environment.
///
/// # Errors
///
/// Values that are not accepted, with the flag or variable in place of the file. A host that is neither Close nor this
/// machine is refused unless a flag or the environment names it.
pub fn overlay(settings: &mut Settings, overrides: &Overrides) -> Result<(), Vec<Problem>> {
    let problem = |file: String, text: String| {
        vec![Problem {
            file,
            line: None,
            text,
        }]
    };
    match &overrides.base_url {
        Some((url, by)) => {
            settings.close.base_url =
                values::base_url(url).map_err(|text| problem((*by).to_owned(), text))?;
        }
        None if overrides.sends_nothing => {}
        None => values::base_url_of_file(&settings.close.base_url)
            .map_err(|text| problem(settings.file.display().to_string(), text))?,
    }
    store::overlay(settings, overrides).map_err(|(file, text)| problem(file, text))
}

/// Whether these settings name a server of Close.
pub(crate) fn is_close(settings: &CloseSettings) -> bool {
    values::is_close(&settings.base_url)
}

fn close(document: &mut Document<'_>) -> CloseSettings {
    let mut settings = CloseSettings::default();
    let Some(section) = document.section("close") else {
        return settings;
    };
    section.only_known(document);
    if let Some(url) = section.checked("base_url", document, values::base_url) {
        settings.base_url = url;
    }
    settings.organization_id = section.optional_string("organization_id", document);
    settings
}

fn import(document: &mut Document<'_>, dir: &Path) -> ImportSettings {
    let mut settings = ImportSettings::with_contacts(dir.join("contacts.csv"));
    settings.checkpoint = CheckpointLocation::File(dir.join(ImportSettings::CHECKPOINT));
    let Some(section) = document.section("import") else {
        document.problem(
            None,
            "no [import] section; write [import] and contacts = \"contacts.csv\"",
        );
        return settings;
    };
    section.only_known(document);
    let path = |key: &str, document: &mut Document<'_>| {
        let path = section.checked(key, document, |text| match text.trim() {
            "" => Err(format!("{key} is empty; write the path of a file")),
            path => Ok(path.to_owned()),
        })?;
        Some(dir.join(path))
    };
    if let Some(contacts) = path("contacts", document) {
        settings.contacts = contacts;
    } else if !section.has("contacts") {
        document.problem(
            Some(section.line),
            "[import] has no contacts; write contacts = \"contacts.csv\"",
        );
    }
    if let Some(checkpoint) =
        section.checked("checkpoint", document, |text| store::location(text, dir))
    {
        settings.checkpoint = checkpoint;
    }
    settings.new_lead_status = section.optional_string("new_lead_status", document);
    let policy = &mut settings.policy;
    words(&section, document, policy);
    section.media(document, &mut policy.media);
    if let Some(link) = section.checked("integration_link", document, values::integration_link) {
        policy.integration_link = link;
    }
    if let Some(send) = section.boolean("send_to_inbox", document) {
        policy.send_to_inbox = send;
    }
    settings
}

/// The keys of `[import]` whose values are words. Values that this version does not support are rejected.
fn words(section: &Section<'_>, document: &mut Document<'_>, to: &mut Policy) {
    section.word("groups", document, &mut to.groups);
    section.word("system", document, &mut to.system);
    section.word("calls", document, &mut to.calls);
    section.word(
        "deleted_before_import",
        document,
        &mut to.deleted_before_import,
    );
    section.word("deleted_since", document, &mut to.deleted_since);
    section.word("gone", document, &mut to.gone);
    section.word("existing", document, &mut to.existing);
    section.word("on_merged", document, &mut to.on_merged);
    section.word("replies", document, &mut to.replies);
    section.word("id_form", document, &mut to.id_form);
    section.word("reactions", document, &mut to.reactions);
    let inactive = section.checked("inactive_user", document, |text| match text.trim() {
        "hold" => Ok(InactiveUser::Hold),
        id if id
            .strip_prefix("user_")
            .is_some_and(|rest| !rest.is_empty()) =>
        {
            Ok(InactiveUser::Instead(id.into()))
        }
        _ => Err("inactive_user is neither \"hold\" nor a user of Close (\"user_…\")".to_owned()),
    });
    if let Some(inactive) = inactive {
        to.inactive_user = inactive;
    }
}

fn limits(document: &mut Document<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(section) = document.section("limits") else {
        return limits;
    };
    section.only_known(document);
    let pace = &mut limits.requests_per_second;
    section.number("requests_per_second", document, pace);
    limits.is_pace_set = section.has("requests_per_second");
    section.count("concurrency", document, &mut limits.concurrency);
    let uploads = &mut limits.upload_concurrency;
    section.count("upload_concurrency", document, uploads);
    section.number("settle_seconds", document, &mut limits.settle_seconds);
    section.number("outage_seconds", document, &mut limits.outage_seconds);
    let archives = &mut limits.archives;
    section.count("archive_entries", document, &mut archives.entries);
    section.count("archive_bytes", document, &mut archives.bytes);
    section.count("transcript_bytes", document, &mut archives.transcript);
    section.count("inflate_ratio", document, &mut archives.ratio);
    limits
}

#[cfg(test)]
mod tests;
