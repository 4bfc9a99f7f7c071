//! Bug reports: versions, names of settings, counts, findings.
//!
//! A report never contains a value of a setting, a name, a number, an id or a path: only what stays the
//! same if all of those are exchanged.

use std::collections::BTreeMap;

use super::error::Result;
use super::status::{self, Chats};
use super::{Grade, Migration, Observer, check};
use crate::close::Client;
use crate::coded::Coded;
use crate::config::{self, Overrides};
use crate::native::Keys;
use crate::policy::RunFlags;
use crate::version;

/// What a bug report contains: versions, names of settings, counts and codes, no content. The
/// fields are the keys of its JSON.
#[derive(Debug, serde::Serialize)]
pub(crate) struct BugReport {
    program: &'static str,
    /// The commit that the program is built from.
    commit: &'static str,
    system: String,
    /// The keys that chatferry.toml sets, as `section.key`.
    settings: Vec<String>,
    devices: usize,
    /// Archives that were read, by kind.
    archives: BTreeMap<&'static str, u64>,
    /// Archives that were not read, by code.
    unreadable: BTreeMap<String, u64>,
    /// Rows of contacts.csv.
    contacts: usize,
    chats: Chats,
    in_close: u64,
    failed: u64,
    refused: u64,
    unknown: u64,
    removed: u64,
    /// How the last run ended.
    last_run: Option<&'static str>,
    /// The checks of `doctor`, with the number of findings of each grade; `None` without a key.
    doctor: Option<BTreeMap<&'static str, BTreeMap<Grade, u64>>>,
    /// Why `doctor` could not check everything.
    doctor_failed: Option<String>,
}

/// Collects a bug report. `overrides` and `keys` opened the migration. `client`: `None` without a
/// key, and then Close is not queried.
///
/// # Errors
///
/// A checkpoint that cannot be read.
pub(crate) async fn bug_report(
    migration: &mut Migration,
    (overrides, keys): (&Overrides, &dyn Keys),
    client: Option<&Client>,
    observer: &mut dyn Observer,
) -> Result<BugReport> {
    let mut archives = BTreeMap::new();
    for archive in &migration.intake.archives {
        let opened = &archive.opened;
        let kind = match (&opened.native, opened.container.is_zip()) {
            (Some(_), _) => "native",
            (None, true) => "zip",
            (None, false) => "folder or text",
        };
        *archives.entry(kind).or_default() += 1;
    }
    let status = status::status(&migration.file, overrides, keys).await?;
    let settings = config::given_keys(&migration.file);
    let (devices, contacts) = (
        migration.settings.devices.len(),
        migration.contacts.rows().len(),
    );
    // `doctor` reads the archives, and without it they are read here.
    let checked = match client {
        None => {
            let policy = migration.policy(RunFlags::default());
            drop(migration.desired(&policy, observer)?);
            None
        }
        Some(client) => Some(check(migration, None, Ok(client.clone()), observer).await),
    };
    let mut unreadable = BTreeMap::new();
    for failure in migration.failures() {
        let code = failure.error.code().to_owned();
        *unreadable.entry(code).or_default() += 1;
    }
    let (doctor, doctor_failed) = match checked {
        None => (None, None),
        Some(Err(error)) => (None, Some(error.code.into_owned())),
        Some(Ok(checkup)) => {
            let mut counts: BTreeMap<&'static str, BTreeMap<Grade, u64>> = BTreeMap::new();
            for finding in checkup.findings {
                let grades = counts.entry(finding.what.word()).or_default();
                *grades.entry(finding.grade).or_default() += 1;
            }
            let stopped = checkup.stopped.map(|error| error.code.into_owned());
            (Some(counts), stopped)
        }
    };
    Ok(BugReport {
        program: version::VERSION,
        commit: version::COMMIT,
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        settings,
        devices,
        archives,
        unreadable,
        contacts,
        chats: status.chats,
        in_close: status.in_close,
        failed: status.failed,
        refused: status.refused,
        unknown: status.unknown,
        removed: status.removed,
        last_run: status.last_run.map(|run| run.outcome),
        doctor,
        doctor_failed,
    })
}
