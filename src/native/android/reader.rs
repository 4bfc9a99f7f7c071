//! The reader of `msgstore.db`.

use std::path::{Path, PathBuf};

use super::backup::is_backup;
use crate::native::reader::{Candidate, Format, NamesInFile, Reader, Reading};
use crate::native::{Keys, json, sqlite};

/// Reads `msgstore.db` of an Android phone.
pub(in crate::native) struct Msgstore;

/// Whether an unencrypted database of WhatsApp for Android has this name.
pub(in crate::native) fn is_database_name(name: &str) -> bool {
    name.starts_with("msgstore") && name.ends_with(".db")
}

impl Reader for Msgstore {
    fn format(&self) -> Format {
        Format {
            word: "msgstore",
            description: "the database of an Android phone",
        }
    }

    fn claims(&self, candidate: &Candidate<'_>) -> Option<PathBuf> {
        // A file with the name of a database is opened as one, so that the error describes what it is instead, and so
        // is a database that has the name of a log or of an encrypted backup.
        let has_name = is_database_name(candidate.file_name()?);
        let has_other_name = || json::has_name(candidate) || is_backup(candidate);
        let may_be = has_name || candidate.is_named || has_other_name();
        if !may_be {
            return None;
        }
        let head = candidate.head()?;
        (has_name || head.starts_with(sqlite::MAGIC)).then(|| candidate.path.to_owned())
    }

    fn read(&self, archive: &Path, _: &dyn Keys) -> Vec<Reading> {
        let database = sqlite::open(archive);
        let store = database.and_then(|database| super::read(&database, archive));
        vec![Reading::of_file(archive, store)]
    }

    fn names_in(&self, _: &str) -> Option<NamesInFile> {
        None
    }
}
