//! `failures.csv`, beside the checkpoint: what is failed after a run, and gone when nothing is.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::out::Out;
use super::setup::Setup;
use crate::checkpoint::{Snapshot, State};
use crate::execute::Summary;
use crate::report;
use crate::report::failures::{self, Failed};
use crate::report::run::Places;

/// Writes down what failed in this run, and keeps what failed earlier and was not tried again.
pub(super) fn record(
    setup: &Setup,
    summary: &Summary,
    places: &Places,
    reader: &Snapshot,
    out: &mut Out,
) {
    let path = beside(&setup.settings.import.checkpoint);
    let mut rows: Vec<Failed> = (summary.failed.iter())
        .map(|failed| {
            let (file, line) = places.place(failed.chat, failed.message);
            let (reason, what_to_do) = Failed::says(&failed.text, &failed.code);
            Failed {
                file: out.shown(file).into_owned(),
                line,
                lead_id: failed.lead_id.clone(),
                external_id: failed.external_id.clone(),
                code: failed.code.clone(),
                reason,
                what_to_do,
            }
        })
        .collect();
    let now: HashSet<(String, String)> = (rows.iter())
        .map(|row| (row.external_id.clone(), row.lead_id.clone()))
        .collect();
    let is_failed = |row: &Failed| {
        let found = reader.lookup(&row.external_id, &row.lead_id);
        found.is_ok_and(|row| row.is_some_and(|row| row.state == State::Failed))
    };
    let before = fs::read(&path).map(|bytes| failures::read(&bytes));
    rows.extend(
        (before.unwrap_or_default().into_iter())
            .filter(|row| !now.contains(&(row.external_id.clone(), row.lead_id.clone())))
            .filter(is_failed),
    );
    rows.extend(setup.failures().iter().map(|failure| {
        let (error, file) = setup.shown(failure);
        let (reason, what_to_do) = Failed::says(&error, &file);
        Failed {
            file,
            line: 0,
            lead_id: String::new(),
            external_id: String::new(),
            code: failure.error.code().to_owned(),
            reason,
            what_to_do,
        }
    }));
    match write(&path, &rows) {
        Ok(()) if rows.is_empty() => {}
        Ok(()) => out.note(&format!(
            "{} in {}; once the cause is mended, `chatferry import --retry-failed` tries them again",
            report::count(rows.len() as u64, "failure"),
            path.display()
        )),
        Err(error) => out.warn(&format!(
            "{} could not be written: {error}; the failures are told above",
            path.display()
        )),
    }
}

fn beside(checkpoint: &Path) -> PathBuf {
    checkpoint.with_file_name("failures.csv")
}

/// Whole or not at all: somebody may have it open.
fn write(path: &Path, rows: &[Failed]) -> io::Result<()> {
    if rows.is_empty() {
        return match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(&failures::csv(rows).map_err(io::Error::other)?)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
