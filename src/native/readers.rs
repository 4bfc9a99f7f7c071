//! The list of native readers. A new format is a folder next to this file and a line here.

use std::path::Path;

use super::android::Msgstore;
use super::apple::ChatStorage;
use super::backup::IphoneBackup;
use super::cloud::CloudLog;
use super::crypt::Crypt15;
use super::exporter::Exporter;
use super::keys::Keys;
use super::people;
use super::reader::{Archive, Candidate, NamesInFile, Reader, Reading};
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
    /// The reader that claims it: index into [`READERS`].
    pub reader: usize,
    /// The archive that it claims.
    pub archive: Archive,
    /// Whether the archive, named by a person, would be claimed in the same way.
    pub is_final: bool,
}

/// The native archive at a path; `None` if no reader claims it. `is_named`: a person named this path; `is_folder`:
/// there is a folder.
pub fn claim(path: &Path, is_named: bool, is_folder: bool) -> Option<Claim> {
    let candidate = Candidate::new(path, is_named, is_folder);
    let mut readers = READERS.iter().enumerate();
    let found = readers.find_map(|(reader, read)| {
        let archive = read.claims(&candidate)?;
        let is_final = archive == path && (is_named || read.claims_alike());
        Some((reader, archive, is_final))
    });
    let (reader, archive, is_final) = found?;
    Some(Claim {
        reader,
        archive: candidate.into_archive(archive),
        is_final,
    })
}

/// Reads archives of one format, all of one device; `keys` provides the keys of backups.
pub fn read(reader: &dyn Reader, archives: Vec<Archive>, keys: &dyn Keys) -> Vec<Vec<Reading>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::NoKeys;

    const WEBHOOK: &str = r#"{"messaging_product": "whatsapp", "messages": [{"from": "353861234501",
        "id": "wamid.A", "type": "text", "timestamp": "1735732800", "text": {"body": "hello"}}]}"#;

    /// The number of messages that are read after the file was emptied.
    fn read_after_change(content: &str) -> Option<usize> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        std::fs::write(&path, content).unwrap();
        let claim = claim(&path, false, false).unwrap();
        std::fs::write(&path, "").unwrap();
        let mut readings = read(READERS[claim.reader], vec![claim.archive], &NoKeys).remove(0);
        let store = readings.remove(0).store.ok()?;
        Some(store.chats.iter().map(|chat| chat.messages.len()).sum())
    }

    #[test]
    fn small_file_is_not_read_again_after_its_format_was_detected() {
        assert_eq!(read_after_change(WEBHOOK), Some(1));
    }

    #[test]
    fn large_file_is_not_kept_in_memory() {
        let large = WEBHOOK.to_owned() + &" ".repeat(64 * 1024);
        assert_eq!(read_after_change(&large), None);
    }
}
