//! The files that belong to a database of messages: databases of people, and attachments under their names in a backup.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::native::sqlite::{self, text};

/// File names of the database in a backup: of WhatsApp, and of WhatsApp Business.
pub(in crate::native) const BACKUP_NAMES: [&str; 2] = [
    "7c7fba66680ef796b916b067077cc246adacf01d",
    "724bd3b98b18518b455a87c1f3ac3a0d189c4466",
];

/// Backup domains of the two apps, in the same order.
pub(in crate::native) const BACKUP_DOMAINS: [&str; 2] = [
    "AppDomainGroup-group.net.whatsapp.WhatsApp.shared",
    "AppDomainGroup-group.net.whatsapp.WhatsAppSMB.shared",
];

/// File names of the address book in a backup, in the same order.
const BACKUP_CONTACTS: [&str; 2] = [
    "b8548dc30aa1030df0ce18ef08b882cf7ab5212f",
    "d7246a707f51ddf8b17ee2dddabd9e0a4da5c552",
];

/// File names of `LID.sqlite` in a backup, in the same order.
const BACKUP_HIDDEN_IDS: [&str; 2] = [
    "e794f6ffcc3c222535f47684a63d5178da3c4500",
    "1b091efd2ab703ddffa4ff846259844545c2aeab",
];

/// Paths of files by their name in a backup; empty if files have their own names.
pub(super) type Files = HashMap<String, PathBuf>;

/// Databases of people next to the database of messages.
pub(super) struct Companions {
    pub(super) contacts: PathBuf,
    pub(super) hidden_ids: PathBuf,
}

/// The databases of people, and the paths of files, of a database that may be part of a backup.
pub(super) fn companions(path: &Path, folder: &Path) -> (Companions, Files) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(which) = BACKUP_NAMES.iter().position(|known| *known == name) else {
        let companions = Companions {
            contacts: folder.join("ContactsV2.sqlite"),
            hidden_ids: folder.join("LID.sqlite"),
        };
        return (companions, Files::new());
    };
    let root = folder.parent().unwrap_or(folder);
    let hashed = |id: &str| root.join(id.get(..2).unwrap_or_default()).join(id);
    let mut files = Files::new();
    if let Ok(manifest) = sqlite::open(&root.join("Manifest.db"))
        && manifest.has_column("Files", "fileID")
    {
        let sql = format!(
            "SELECT fileID, relativePath FROM Files WHERE domain = '{}' AND relativePath LIKE 'Message/Media/%'",
            BACKUP_DOMAINS[which]
        );
        let _ = manifest.each(&sql, |row| {
            if let (Some(id), Some(path)) = (text(row, 0)?, text(row, 1)?)
                && id.len() == 40
                && id.bytes().all(|b| b.is_ascii_hexdigit())
            {
                let real = hashed(&id);
                if real.symlink_metadata().is_ok_and(|found| found.is_file()) {
                    files.insert(path, real);
                }
            }
            Ok(())
        });
    }
    let companions = Companions {
        contacts: hashed(BACKUP_CONTACTS[which]),
        hidden_ids: hashed(BACKUP_HIDDEN_IDS[which]),
    };
    (companions, files)
}
