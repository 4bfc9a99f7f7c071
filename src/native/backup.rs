//! The folder of an iPhone's backup by the Finder or iTunes: thousands of files under hashed names,
//! of which the databases of WhatsApp and of WhatsApp Business are meant (`native-sources.md` 3.1).

use std::path::{Path, PathBuf};

use super::apple::{BACKUP_DOMAINS, BACKUP_NAMES};
use super::{Error, head, sqlite};

/// The list of what is in a backup.
const LIST: &str = "Manifest.db";
/// What else lies beside it, and people name instead.
const BESIDE: [&str; 4] = [
    "manifest.db",
    "manifest.plist",
    "info.plist",
    "status.plist",
];

/// A database of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where it lies.
    pub database: PathBuf,
    /// True for that of WhatsApp Business.
    pub is_business: bool,
}

/// The folder of a backup: the path itself, or that of a list in it that somebody named.
pub fn folder_of(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return path.join(LIST).is_file().then(|| path.to_owned());
    }
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let folder = match path.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    (BESIDE.contains(&name.as_str()) && folder.join(LIST).is_file()).then(|| folder.to_owned())
}

/// The databases of WhatsApp in a backup: one as a rule, two where both programs are on the phone.
///
/// # Errors
///
/// [`Error`] for a backup that is encrypted or without WhatsApp.
pub fn databases(folder: &Path) -> Result<Vec<Backup>, Error> {
    let path = folder.to_owned();
    let list = folder.join(LIST);
    let begins = head(&list, 16).map_err(|error| Error::io(&list, error))?;
    if begins != sqlite::MAGIC || says_encrypted(folder) {
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
        // The names are constants of this program.
        if list.has_column("Files", "domain")
            && list.any("Files", &format!("domain = '{domain}'"))?
        {
            let file = format!("{}/{name}", &name[..2]);
            return Err(Error::NoChatStorage { path, file });
        }
    }
    Err(Error::NoWhatsApp { path })
}

/// What Manifest.plist says, as XML or as a binary list: the key is there in both as a text, and the
/// value behind it in the one; in the other the database itself tells.
fn says_encrypted(folder: &Path) -> bool {
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
        let list = rusqlite::Connection::open_with_flags(folder.join(LIST), flags).unwrap();
        list.execute_batch(&format!(
            "CREATE TABLE Files(fileID TEXT, domain TEXT, relativePath TEXT); {sql}"
        ))
        .unwrap();
    }

    /// Each thing that can be wrong with a backup has its own words.
    #[test]
    fn what_is_wrong_with_a_backup_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let code = || databases(path).map_err(|error| error.code().to_owned());
        fs::write(path.join(LIST), [9; 400]).unwrap();
        assert_eq!(code(), Err("iphone_backup_encrypted".to_owned()));
        fs::remove_file(path.join(LIST)).unwrap();
        list(path, "INSERT INTO Files VALUES ('ab', 'HomeDomain', 'x')");
        assert_eq!(code(), Err("iphone_backup_without_whatsapp".to_owned()));
        let plist = "<dict><key>IsEncrypted</key>\n\t<true/></dict>";
        fs::write(path.join("Manifest.plist"), plist).unwrap();
        assert_eq!(code(), Err("iphone_backup_encrypted".to_owned()));
        fs::write(path.join("Manifest.plist"), plist.replace("true", "false")).unwrap();
        fs::remove_file(path.join(LIST)).unwrap();
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
            path.join(LIST),
            path.join("Manifest.plist"),
        ] {
            assert_eq!(folder_of(&named).as_deref(), Some(path));
        }
        assert_eq!(folder_of(&path.join("72")), None);
    }
}
