//! Names of backups of `msgstore.db`.
//!
//! Never here: decryption. A program may have decrypted a backup and kept its name.

use std::path::Path;

use crate::native::reader::Candidate;

/// Beginning of the name of the newest backup.
const NEWEST: &str = "msgstore.db";
/// Endings of the names of backups.
const ENDINGS: [&str; 3] = [".crypt12", ".crypt14", ".crypt15"];

/// Whether a file has the name of a backup, and is not one that a newer one in its folder contains.
pub(in crate::native) fn is_backup(candidate: &Candidate<'_>) -> bool {
    // A backup may be accompanied by further encrypted files, which are useless alone.
    let Some(name) = candidate.file_name() else {
        return false;
    };
    candidate.ends_with(&ENDINGS)
        && (candidate.is_named
            || name.starts_with(NEWEST)
            || (is_older_backup(name) && !has_newest(candidate.path)))
}

/// Whether a backup of an earlier day has this name, such as `msgstore-2025-01-03.1.db.crypt15` (observed). An increment
/// is not a database.
fn is_older_backup(name: &str) -> bool {
    let date = name.strip_prefix("msgstore-");
    date.is_some_and(|date| date.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether the newest backup, which contains what an older one does, is in the same folder.
fn has_newest(older: &Path) -> bool {
    let newest = ENDINGS.map(|ending| older.with_file_name(format!("{NEWEST}{ending}")));
    newest.iter().any(|path| path.is_file())
}
