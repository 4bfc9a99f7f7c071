//! The list of native readers. A new format is a folder next to this file and a line here.

use std::path::{Path, PathBuf};

use super::android::Msgstore;
use super::apple::ChatStorage;
use super::backup::IphoneBackup;
use super::cloud::CloudLog;
use super::crypt::Crypt15;
use super::exporter::Exporter;
use super::keys::Keys;
use super::people;
use super::reader::{Candidate, NamesInFile, Reader, Reading};
use super::store::DELIVERED_AGAIN;

/// All readers. The first one that claims a file reads it.
pub static READERS: [&dyn Reader; 6] = [
    &IphoneBackup,
    &Crypt15,
    &ChatStorage,
    &Msgstore,
    &Exporter,
    &CloudLog,
];

/// A native archive and its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Index into [`READERS`].
    pub reader: usize,
    /// The path of the archive.
    pub archive: PathBuf,
    /// Whether the archive, named by a person, would be claimed in the same way.
    pub is_final: bool,
}

/// The native archive at a path; `None` if no reader claims it. `is_named`: a person named this path; `is_folder`:
/// there is a folder.
pub fn claim(path: &Path, is_named: bool, is_folder: bool) -> Option<Claim> {
    let candidate = Candidate::new(path, is_named, is_folder);
    let mut readers = READERS.iter().enumerate();
    readers.find_map(|(reader, read)| {
        let archive = read.claims(&candidate)?;
        let is_final = archive == path && (is_named || read.claims_alike());
        Some(Claim {
            reader,
            archive,
            is_final,
        })
    })
}

/// Reads archives of one format, all of one device; `keys` provides the keys of backups.
pub fn read(reader: &dyn Reader, archives: &[PathBuf], keys: &dyn Keys) -> Vec<Vec<Reading>> {
    let mut read = reader.read_all(archives, keys);
    for reading in read.iter_mut().flatten() {
        if let Ok(store) = &mut reading.store {
            let delivered_again = people::finalize(&mut store.chats);
            store.leave_out(DELIVERED_AGAIN, delivered_again);
        }
    }
    read
}

/// Names of people in the name of a file, if a format names files after people and this is such a name.
pub fn names_in(file_name: &str) -> Option<NamesInFile> {
    READERS.iter().find_map(|reader| reader.names_in(file_name))
}
