//! The table of failures, beside the checkpoint: what is failed after a run, and gone when nothing
//! is. It belongs to its checkpoint, and must never touch a file that is not ours.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic_write;
use super::out::Out;
use super::setup::Setup;
use crate::checkpoint::Snapshot;
use crate::execute::Summary;
use crate::ids::ExternalId;
use crate::report;
use crate::report::failures::{self, Failed};
use crate::report::run::Places;

/// The checkpoint whose table is called `failures.csv`; another one's has its name in front.
const USUAL: &str = "chatferry.db";

/// Writes down what failed in this run, and keeps what failed earlier and was not tried again.
pub(super) fn record(
    setup: &Setup,
    summary: &Summary,
    places: &Places,
    reader: &Snapshot,
    out: &mut Out,
) {
    let path = beside(&setup.settings.import.checkpoint);
    let before = match fs::read(&path) {
        Ok(bytes) if failures::is_table(&bytes) => Some(failures::read(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        _ => {
            if !summary.failed.is_empty()
                || !summary.damaged.is_empty()
                || !setup.failures().is_empty()
            {
                out.warn(&format!(
                    "{} is not a table of failures of chatferry, or cannot be read, so it is left alone; the failures are told above, and the checkpoint knows them: move the file away",
                    path.display()
                ));
            }
            return;
        }
    };
    let had_one = before.is_some();
    let mut rows: Vec<Failed> = (summary.failed.iter().chain(&summary.damaged))
        .map(|failed| {
            let (file, line) = places.place(failed.chat, failed.message);
            let (reason, what_to_do) = failures::says(&failed.text);
            Failed {
                file: out.shown(file).into_owned(),
                line,
                lead_id: Some(failed.lead_id.clone()),
                external_id: failed.external_id.clone(),
                code: failed.code.clone(),
                reason,
                what_to_do,
            }
        })
        .collect();
    let now: HashSet<ExternalId> = rows.iter().map(|row| row.external_id.clone()).collect();
    rows.extend(
        (before.unwrap_or_default().into_iter())
            .filter(|row| !row.external_id.is_empty() && !now.contains(&row.external_id))
            .filter(|row| reader.is_failed(&row.external_id).unwrap_or(true)),
    );
    rows.extend(setup.failures().iter().map(|failure| {
        let (error, label) = setup.shown(failure);
        // The file has a column of its own; a label may be that of a folder of several.
        let (file, error) = match error.split_once(": ") {
            Some((path, rest)) if path.contains(&label) => (path.to_owned(), rest),
            _ => (label, &*error),
        };
        let (reason, what_to_do) = failures::says(error);
        Failed {
            file: out.shown(&file).into_owned(),
            line: 0,
            lead_id: None,
            external_id: ExternalId::default(),
            code: failure.error.code().to_owned(),
            reason: out.shown(&reason).into_owned(),
            what_to_do: out.shown(&what_to_do).into_owned(),
        }
    }));
    let archives = rows.iter().any(|row| row.external_id.is_empty());
    let messages = rows.iter().any(|row| !row.external_id.is_empty());
    let command = match (messages, archives) {
        (true, false) => "`chatferry import --retry-failed` tries them again",
        (true, true) => {
            "`chatferry import --retry-failed` tries the messages again, and `chatferry import` the archives"
        }
        _ => "`chatferry import` reads them again",
    };
    match write(&path, &rows, had_one) {
        Ok(()) if rows.is_empty() => {}
        Ok(()) => out.note(&format!(
            "{} in {}; once the cause is mended, {command}",
            report::count(rows.len() as u64, "failure"),
            path.display()
        )),
        Err(error) => out.warn(&format!(
            "{} could not be written: {error}; the failures are told above",
            path.display()
        )),
    }
}

/// Where the table of a checkpoint is: a rehearsal's lies in the same folder and is another one.
pub(super) fn beside(checkpoint: &Path) -> PathBuf {
    match checkpoint.file_stem() {
        Some(stem) if checkpoint.file_name().is_some_and(|name| name != USUAL) => {
            let mut name = stem.to_owned();
            name.push(".failures.csv");
            checkpoint.with_file_name(name)
        }
        _ => checkpoint.with_file_name("failures.csv"),
    }
}

/// Whole or not at all: somebody may have it open. `had_one`: there is a table of ours.
fn write(path: &Path, rows: &[Failed], had_one: bool) -> io::Result<()> {
    if rows.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if had_one => Err(error),
            _ => Ok(()),
        };
    }
    atomic_write::write(path, &failures::csv(rows).map_err(io::Error::other)?)
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
            assert_eq!(beside(Path::new(checkpoint)), Path::new(table));
        }
    }
}
