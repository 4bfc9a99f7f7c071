//! The reader of webhook logs.

use std::path::{Path, PathBuf};

use crate::native::Keys;
use crate::native::json::{self, JsonFormat};
use crate::native::reader::{Archive, Candidate, Format, NamesInFile, Reader, Reading};

/// Reads webhooks of the Cloud API.
pub(in crate::native) struct CloudLog;

impl Reader for CloudLog {
    fn format(&self) -> Format {
        Format {
            word: "cloud",
            description: "a log of the Cloud API's webhooks",
        }
    }

    fn claims(&self, candidate: &Candidate<'_>) -> Option<PathBuf> {
        let is_cloud = json::format_of(candidate)? == JsonFormat::Cloud;
        is_cloud.then(|| candidate.path.to_owned())
    }

    fn claims_alike(&self) -> bool {
        true
    }

    fn read(&self, archive: &Path, _: &dyn Keys) -> Vec<Reading> {
        read(vec![Archive::new(archive.to_owned())])
    }

    /// An edit or a reaction may be in another log than its message.
    fn read_all(&self, archives: Vec<Archive>, _: &dyn Keys) -> Vec<Vec<Reading>> {
        let readings = read(archives).into_iter();
        readings.map(|reading| vec![reading]).collect()
    }

    fn names_in(&self, _: &str) -> Option<NamesInFile> {
        None
    }
}

fn read(mut logs: Vec<Archive>) -> Vec<Reading> {
    let stores = super::read(&mut logs);
    let stores = logs.into_iter().zip(stores);
    stores
        .map(|(log, store)| Reading {
            file: log.path,
            label: "",
            store,
        })
        .collect()
}
