//! failures.csv, next to the checkpoint: the open failures after a run; absent if there are none.
//!
//! Here belongs which rows are in it, and where it is. It never replaces a file that chatferry did not
//! write.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic_write;
use super::failure_rows::{self, Failed};
use super::migration::Migration;
use super::{Notice, Observer};
use crate::checkpoint::Snapshot;
use crate::checkpoint_location::CheckpointLocation;
use crate::coded::{Coded, Explanation};
use crate::execute::Summary;
use crate::ids::ExternalId;
use crate::intake::Failure;
use crate::plan::Locations;
use crate::regular_file;

/// The checkpoint whose table is named `failures.csv`; that of another one has its name as a prefix.
const USUAL: &str = "chatferry.db";

/// Writes the failures of this run, and keeps earlier ones that were not retried.
pub(super) fn write(
    migration: &Migration,
    summary: &Summary,
    locations: &Locations,
    reader: &Snapshot,
    observer: &mut dyn Observer,
) {
    let path = table_of(&migration.settings.import.checkpoint);
    let before = match regular_file::read(&path) {
        Ok(bytes) if failure_rows::is_table(&bytes) => Some(failure_rows::read(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        _ => {
            let is_needed = !summary.failed.is_empty() || !migration.failures().is_empty();
            if is_needed {
                observer.notice(Notice::FailuresNotOurs(path));
            }
            return;
        }
    };
    let had_one = before.is_some();
    let mut rows = messages(summary, locations, observer);
    let now: HashSet<ExternalId> = rows.iter().map(|row| row.external_id.clone()).collect();
    rows.extend(
        (before.unwrap_or_default().into_iter())
            .filter(|row| !row.external_id.is_empty() && !now.contains(&row.external_id))
            .filter(|row| reader.is_failed(&row.external_id).unwrap_or(true)),
    );
    let failures = migration.failures().iter();
    rows.extend(failures.map(|failure| archive(migration, failure, observer)));
    match replace(&path, &rows, had_one) {
        Ok(()) if rows.is_empty() => {}
        Ok(()) => observer.notice(Notice::FailuresWritten {
            failures: rows.len(),
            path,
            messages: rows.iter().any(|row| !row.external_id.is_empty()),
            archives: rows.iter().any(|row| row.external_id.is_empty()),
        }),
        Err(error) => observer.notice(Notice::FailuresNotWritten(path, error)),
    }
}

/// The rows of the messages that failed in this run.
fn messages(summary: &Summary, locations: &Locations, observer: &dyn Observer) -> Vec<Failed> {
    let rows = summary.failed.iter().map(|failed| {
        let (file, line) = locations.location(failed.chat, failed.message);
        Failed {
            file: observer.redacted(file),
            line,
            lead_id: Some(failed.lead_id.clone()),
            external_id: failed.external_id.clone(),
            code: failed.code.clone(),
            reason: failed.text.reason.clone(),
            what_to_do: failed.text.remedy.clone().unwrap_or_default(),
        }
    });
    rows.collect()
}

/// The row of an archive that could not be read.
fn archive(migration: &Migration, failure: &Failure, observer: &dyn Observer) -> Failed {
    let (file, text) = match migration.is_private(failure) {
        true => (
            "an archive of a private chat".to_owned(),
            Explanation::without_remedy(migration.describe(failure)),
        ),
        false => {
            // The label may be that of a folder with several files in it.
            let path = failure.error.path();
            let path = path.map(|path| path.display().to_string());
            let path = path.filter(|path| path.contains(&failure.label));
            let file = path.unwrap_or_else(|| failure.label.clone());
            (file, failure.error.explanation())
        }
    };
    Failed {
        file: observer.redacted(&file),
        line: 0,
        lead_id: None,
        external_id: ExternalId::default(),
        code: failure.error.code().to_owned(),
        reason: observer.redacted(&text.reason),
        what_to_do: observer.redacted(&text.remedy.unwrap_or_default()),
    }
}

/// The path of a checkpoint's table. A rehearsal in the same folder has its own.
pub(crate) fn table_of(location: &CheckpointLocation) -> PathBuf {
    let Some(checkpoint) = location.file() else {
        return location.with_file_name("failures.csv");
    };
    match checkpoint.file_stem() {
        Some(stem) if checkpoint.file_name().is_some_and(|name| name != USUAL) => {
            let mut name = stem.to_owned();
            name.push(".failures.csv");
            checkpoint.with_file_name(name)
        }
        _ => checkpoint.with_file_name("failures.csv"),
    }
}

/// Replaces the table as a whole, since a program may have it open. `had_one`: chatferry wrote one before.
fn replace(path: &Path, rows: &[Failed], had_one: bool) -> io::Result<()> {
    if rows.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if had_one => Err(error),
            _ => Ok(()),
        };
    }
    atomic_write::write(path, &failure_rows::csv(rows).map_err(io::Error::other)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_checkpoint_has_a_table_of_its_own() {
        for (checkpoint, table) in [
            ("chatferry.db", "failures.csv"),
            ("a/chatferry.db", "a/failures.csv"),
            ("a/rehearsal.db", "a/rehearsal.failures.csv"),
            ("a/failures.csv", "a/failures.failures.csv"),
        ] {
            assert_eq!(
                table_of(&CheckpointLocation::from(Path::new(checkpoint))),
                Path::new(table)
            );
        }
    }
}
