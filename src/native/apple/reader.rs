//! The reader of `ChatStorage.sqlite`.

use std::path::{Path, PathBuf};

use super::BACKUP_NAMES;
use crate::native::android::is_database_name;
use crate::native::reader::{Candidate, Format, NamesInFile, Reader, Reading};
use crate::native::{Keys, sqlite};

/// Reads `ChatStorage.sqlite` of an iPhone or the Mac app.
pub(in crate::native) struct ChatStorage;

impl Reader for ChatStorage {
    fn format(&self) -> Format {
        Format {
            word: "chatstorage",
            description: "the database of an iPhone or of the Mac app",
        }
    }

    fn claims(&self, candidate: &Candidate<'_>) -> Option<PathBuf> {
        let name = candidate.file_name()?;
        // A file with the name of a database is opened as one, so that the error describes what it is instead.
        let has_name = name == "chatstorage.sqlite" || BACKUP_NAMES.contains(&name);
        let may_be = has_name || (candidate.is_named && !is_database_name(name));
        if !may_be {
            return None;
        }
        let head = candidate.head()?;
        let is_database = || head.starts_with(sqlite::MAGIC) && has_tables(candidate.path);
        (has_name || is_database()).then(|| candidate.path.to_owned())
    }

    fn read(&self, archive: &Path, _: &dyn Keys) -> Vec<Reading> {
        vec![Reading::of_file(archive, super::read(archive))]
    }

    fn names_in(&self, _: &str) -> Option<NamesInFile> {
        None
    }
}

/// Whether a database has the tables of `ChatStorage.sqlite`, whatever its name.
fn has_tables(path: &Path) -> bool {
    sqlite::peek(path).is_ok_and(|database| database.has("ZWAMESSAGE"))
}
