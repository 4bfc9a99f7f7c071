//! A checkpoint as JSON lines: one row a line, `{"table": …, COLUMN: …}`.
//!
//! The shape is documented in docs/reference/checkpoint-export.md. Never here: content, of which a checkpoint has none, and
//! the key of its hashes.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, absolute};

use serde::ser::{Serialize, SerializeMap, Serializer};
use tempfile::NamedTempFile;

use super::{path_of, peek};
use crate::app::error::{Error, Result};
use crate::checkpoint::{DumpedRow, DumpedValue, Snapshot};
use crate::config::Overrides;

/// The beginning of every export.
const FIRST: &str = "{\"table\":\"meta\",";

/// What was exported. The fields are the keys of `checkpoint export --json`.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Exported {
    /// The number of rows that were exported, of all tables.
    pub rows: u64,
    /// The number of rows by table.
    pub tables: BTreeMap<String, u64>,
    /// The path of the file; `None`: the rows went to stdout.
    pub file: Option<String>,
}

/// A row as one line.
struct Line(DumpedRow);

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("table", &self.0.table)?;
        for (name, value) in &self.0.columns {
            match value {
                DumpedValue::Null => map.serialize_entry(name, &None::<i64>)?,
                DumpedValue::Number(number) => map.serialize_entry(name, number)?,
                DumpedValue::Text(text) | DumpedValue::Hash(text) => {
                    map.serialize_entry(name, text)?;
                }
            }
        }
        map.end()
    }
}

/// Exports the checkpoint of this configuration to the file `out`, or line by line to `print`. Changes nothing else.
///
/// # Errors
///
/// Mistakes in the configuration; no checkpoint, or one that cannot be read; a file that cannot be written.
pub(crate) fn export_checkpoint(
    file: &Path,
    overrides: &Overrides,
    out: Option<&Path>,
    print: &mut dyn FnMut(&str) -> io::Result<()>,
) -> anyhow::Result<Exported> {
    let path = path_of(file, overrides)?;
    let Some(out) = out else {
        return each_line(&peek(&path)?, print);
    };
    check_target(out, &[path.file().unwrap_or(file), file])?;
    let snapshot = peek(&path)?;
    let cannot =
        |error: io::Error| Error::usage(format!("{}: cannot be written: {error}", out.display()));
    let folder = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut temporary = NamedTempFile::new_in(folder).map_err(cannot)?;
    let mut exported = {
        let mut writer = BufWriter::new(&mut temporary);
        let exported = each_line(&snapshot, &mut |line| writeln!(writer, "{line}"))?;
        writer.flush().map_err(cannot)?;
        exported
    };
    temporary.as_file().sync_all().map_err(cannot)?;
    temporary
        .persist(out)
        .map_err(|error| cannot(error.error))?;
    exported.file = Some(out.display().to_string());
    Ok(exported)
}

fn each_line(
    snapshot: &Snapshot,
    print: &mut dyn FnMut(&str) -> io::Result<()>,
) -> anyhow::Result<Exported> {
    let mut exported = Exported::default();
    let mut failure: Option<anyhow::Error> = None;
    snapshot
        .each_row(|row| {
            exported.rows += 1;
            match exported.tables.get_mut(&row.table) {
                Some(number) => *number += 1,
                None => {
                    exported.tables.insert(row.table.clone(), 1);
                }
            }
            let line = serde_json::to_string(&Line(row)).map_err(anyhow::Error::from);
            let printed = line.and_then(|line| print(&line).map_err(anyhow::Error::from));
            failure = printed.err();
            failure.is_none()
        })
        .map_err(Error::from)?;
    failure.map_or(Ok(exported), Err)
}

/// Refuses to write over a file of the migration, or over one that is no export.
fn check_target(out: &Path, own: &[&Path]) -> Result<()> {
    let cannot = |what: &str| Err(Error::usage(format!("{}: {what}", out.display())));
    let real = |path: &Path| absolute(path).unwrap_or_else(|_| path.to_owned());
    if own.iter().any(|path| real(path) == real(out)) {
        return cannot("is a file of the migration; choose another name");
    }
    match std::fs::metadata(out) {
        Ok(found) if !found.is_file() => cannot("is not a regular file; choose another name"),
        Ok(_) if !is_export(out) => {
            cannot("already exists and is not an export of a checkpoint; choose another name")
        }
        _ => Ok(()),
    }
}

fn is_export(file: &Path) -> bool {
    let mut first = vec![0; FIRST.len()];
    let read =
        std::fs::File::open(file).and_then(|mut file| io::Read::read_exact(&mut file, &mut first));
    read.is_ok() && first == FIRST.as_bytes()
}
