//! Digests of a plan's inputs, to detect changes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::operations::hex;
use crate::app::error::{Error, Result};
use crate::app::migration::Migration;
use crate::app::tables;
use crate::checkpoint::{HashKey, Snapshot};
use crate::digest::Digest;
use crate::regular_file;

/// The digests of a plan's inputs.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::app) struct Inputs {
    archives: String,
    contacts: String,
    configuration: String,
    checkpoint: String,
}

impl Inputs {
    /// Digests of the present inputs. Media are not read: names, sizes and CRCs of a zip's directory stand
    /// for them. Called before [`Migration::desired`], which consumes the archives.
    ///
    /// # Errors
    ///
    /// A file or a checkpoint cannot be read.
    pub(in crate::app) fn of(
        migration: &Migration,
        checkpoint: Option<&Snapshot>,
        plan: &Path,
        key: &HashKey,
    ) -> Result<Inputs> {
        // Keyed, since contacts.csv is people's data.
        let keyed = |bytes: &[u8]| hex(&key.hash(bytes));
        // Files that may be in one folder with transcripts and are not part of them. Files next to the
        // checkpoint have its name as a prefix.
        let own = [
            migration
                .settings
                .import
                .checkpoint
                .file()
                .unwrap_or(&migration.file),
            &migration.settings.import.contacts,
            &migration.file,
            plan,
        ];
        let own = own.map(|path| path.file_name().unwrap_or_default().to_string_lossy());
        let mut archives: Vec<[u8; 32]> = Vec::new();
        for archive in &migration.intake.archives {
            let opened = &archive.opened;
            let mut digest = Digest::default();
            let device = &migration.settings.devices[archive.device].name;
            for text in [device, &opened.label, &opened.entry] {
                digest.add(text);
            }
            digest.add(opened.digest());
            let is_own = |name: &str| {
                !opened.container.is_zip() && own.iter().any(|own| name.starts_with(&**own))
            };
            for entry in opened.container.entries() {
                if is_own(&entry.name) {
                    continue;
                }
                digest.add(format!("{}|{}|{:?}", entry.name, entry.size, entry.crc));
            }
            archives.push(digest.finish());
        }
        // In whatever order the folder lists them.
        archives.sort_unstable();
        let checkpoint = match checkpoint {
            Some(snapshot) => snapshot.stamp()?,
            None => String::new(),
        };
        let mut contacts = read(&migration.settings.import.contacts)?;
        contacts.extend(tables::digested(&migration.settings.dir)?);
        Ok(Inputs {
            archives: keyed(&archives.concat()),
            contacts: keyed(&contacts),
            configuration: keyed(&read(&migration.file)?),
            checkpoint: keyed(checkpoint.as_bytes()),
        })
    }

    /// The names of the changed inputs.
    pub(super) fn changed(&self, then: &Inputs) -> Vec<&'static str> {
        let all = [
            (self.archives == then.archives, "the archives"),
            (self.contacts == then.contacts, "contacts.csv"),
            (
                self.configuration == then.configuration,
                "the configuration",
            ),
            (self.checkpoint == then.checkpoint, "the checkpoint"),
        ];
        let changed = all.into_iter().filter(|(same, _)| !same);
        changed.map(|(_, name)| name).collect()
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    regular_file::read(file)
        .map_err(|error| Error::usage(format!("{}: cannot be read: {error}", file.display())))
}
