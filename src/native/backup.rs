//! iPhone backups by Finder or iTunes: finds the databases of WhatsApp and WhatsApp Business among thousands of files
//! with hashed names.

use std::path::{Path, PathBuf};

use super::apple::{self, BACKUP_DOMAINS, BACKUP_NAMES, ChatStorage};
use super::reader::{Candidate, Format, NamesInFile, Reader, Reading, head};
use super::{Error, Keys, sqlite};

/// The database that lists the files of a backup.
const MANIFEST: &str = "Manifest.db";
/// Other files of a backup's root folder, which people may name instead of the folder.
const OTHER_ROOT_FILES: [&str; 4] = [
    "manifest.db",
    "manifest.plist",
    "info.plist",
    "status.plist",
];

/// Reads backups of iPhones.
pub(super) struct IphoneBackup;

impl Reader for IphoneBackup {
    fn format(&self) -> Format {
        ChatStorage.format()
    }

    fn claims(&self, candidate: &Candidate<'_>) -> Option<PathBuf> {
        let may_be = candidate.is_folder || candidate.is_named;
        may_be.then(|| folder_of(candidate.path)).flatten()
    }

    fn read(&self, archive: &Path, _: &dyn Keys) -> Vec<Reading> {
        let databases = match databases(archive) {
            Ok(databases) => databases,
            Err(error) => return vec![Reading::of_file(archive, Err(error))],
        };
        let several = databases.len() > 1;
        let readings = databases.into_iter().map(|backup| Reading {
            store: apple::read(&backup.database),
            file: backup.database,
            label: match several && backup.is_business {
                true => " (Business)",
                false => "",
            },
        });
        readings.collect()
    }

    fn names_in(&self, _: &str) -> Option<NamesInFile> {
        None
    }
}

/// A WhatsApp database in a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Backup {
    /// Path of the database.
    database: PathBuf,
    /// Whether it belongs to WhatsApp Business.
    is_business: bool,
}

/// The folder of a backup: the path itself, or the folder of a named file in its root.
fn folder_of(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return path.join(MANIFEST).is_file().then(|| path.to_owned());
    }
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let folder = match path.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    (OTHER_ROOT_FILES.contains(&name.as_str()) && folder.join(MANIFEST).is_file())
        .then(|| folder.to_owned())
}

/// The WhatsApp databases in a backup: usually one, two if both apps are installed.
///
/// # Errors
///
/// [`Error`] for a backup that is encrypted or does not contain WhatsApp.
fn databases(folder: &Path) -> Result<Vec<Backup>, Error> {
    let path = folder.to_owned();
    let list = folder.join(MANIFEST);
    let begins = head(&list, 16).map_err(|error| Error::io(&list, error))?;
    if begins != sqlite::MAGIC || is_encrypted(folder) {
        return Err(Error::EncryptedBackup { path });
    }
    let hashed = |name: &str| folder.join(&name[..2]).join(name);
    let there: Vec<Backup> = (BACKUP_NAMES.iter().zip([false, true]))
        .map(|(name, is_business)| Backup {
            database: hashed(name),
            is_business,
        })
        .filter(|backup| backup.database.is_file())
        .collect();
    if !there.is_empty() {
        return Ok(there);
    }
    let list = sqlite::open(&list)?;
    for (domain, name) in BACKUP_DOMAINS.iter().zip(BACKUP_NAMES) {
        // Constants, so that the SQL contains no outside data.
        if list.has_column("Files", "domain")
            && list.any("Files", &format!("domain = '{domain}'"))?
        {
            let file = format!("{}/{name}", &name[..2]);
            return Err(Error::NoChatStorage { path, file });
        }
    }
    Err(Error::NoWhatsApp { path })
}

/// Whether Manifest.plist marks the backup as encrypted. In an XML property list the value follows the key. A
/// binary one is not evaluated: there the manifest database itself is encrypted.
fn is_encrypted(folder: &Path) -> bool {
    let Ok(list) = head(&folder.join("Manifest.plist"), 1 << 20) else {
        return false;
    };
    let list = String::from_utf8_lossy(&list);
    list.split_once("<key>IsEncrypted</key>")
        .is_some_and(|(_, value)| value.trim_start().starts_with("<true/>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::Coded;
    use std::fs;

    fn list(folder: &Path, sql: &str) {
        let flags =
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_CREATE;
        let list = rusqlite::Connection::open_with_flags(folder.join(MANIFEST), flags).unwrap();
        list.execute_batch(&format!(
            "CREATE TABLE Files(fileID TEXT, domain TEXT, relativePath TEXT); {sql}"
        ))
        .unwrap();
    }

    /// Each cause has its own message.
    #[test]
    fn each_defect_of_a_backup_has_its_own_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let code = || databases(path).map_err(|error| error.code().to_owned());
        fs::write(path.join(MANIFEST), [9; 400]).unwrap();
        assert_eq!(code(), Err("iphone_backup_encrypted".to_owned()));
        fs::remove_file(path.join(MANIFEST)).unwrap();
        list(path, "INSERT INTO Files VALUES ('ab', 'HomeDomain', 'x')");
        assert_eq!(code(), Err("iphone_backup_without_whatsapp".to_owned()));
        let plist = "<dict><key>IsEncrypted</key>\n\t<true/></dict>";
        fs::write(path.join("Manifest.plist"), plist).unwrap();
        assert_eq!(code(), Err("iphone_backup_encrypted".to_owned()));
        fs::write(path.join("Manifest.plist"), plist.replace("true", "false")).unwrap();
        fs::remove_file(path.join(MANIFEST)).unwrap();
        let of_whatsapp = format!(
            "INSERT INTO Files VALUES ('ab', '{}', 'x')",
            BACKUP_DOMAINS[1]
        );
        list(path, &of_whatsapp);
        assert_eq!(code(), Err("iphone_backup_without_chats".to_owned()));
        let database = path.join("72").join(BACKUP_NAMES[1]);
        fs::create_dir(path.join("72")).unwrap();
        fs::write(&database, "x").unwrap();
        let found = Backup {
            database,
            is_business: true,
        };
        assert_eq!(code(), Ok(vec![found]));
        for named in [
            path.to_owned(),
            path.join(MANIFEST),
            path.join("Manifest.plist"),
        ] {
            assert_eq!(folder_of(&named).as_deref(), Some(path));
        }
        assert_eq!(folder_of(&path.join("72")), None);
    }
}
