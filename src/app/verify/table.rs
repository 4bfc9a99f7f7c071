//! verify.csv: the findings, one a row, without content of messages.
//!
//! Names are redacted as in failures.csv. `same` and `foreign` have no rows.

use std::borrow::Cow;
use std::path::Path;

use chrono::SecondsFormat;
use serde::Serialize;

use super::Verification;
use crate::app::error::Result;
use crate::app::output_file;
use crate::app::{Migration, Observer};
use crate::table_cell;

/// A row of the table.
#[derive(Serialize)]
struct Row<'r> {
    finding: &'static str,
    severity: &'static str,
    device: String,
    chat: String,
    archive: String,
    line: u32,
    external_id: Cow<'r, str>,
    lead_id: Cow<'r, str>,
    activity_id: Option<Cow<'r, str>>,
    field: &'static str,
    changed_by: Option<Cow<'r, str>>,
    changed_at: String,
    next: String,
}

/// The header, for a table without rows.
const HEADER: &[u8] = b"finding,severity,device,chat,archive,line,external_id,lead_id,activity_id,field,changed_by,changed_at,next\n";

/// Refuses to write over a file that is not such a table.
///
/// # Errors
///
/// A usage error.
pub(crate) fn check_table_target(file: &Path, migration: &Migration) -> Result<()> {
    let is_table = |text: &str| text.as_bytes().starts_with(HEADER);
    output_file::check(file, migration, "a table of verify", is_table)
}

/// The table as CSV.
///
/// # Errors
///
/// Those of the CSV writer; writing to memory has none.
pub(super) fn csv(result: &Verification, observer: &dyn Observer) -> Result<Vec<u8>> {
    if result.found.is_empty() {
        return Ok(HEADER.to_vec());
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for found in &result.found {
        let place = result.place(found);
        let named = |text: &str| table_cell::written(&observer.redacted(text)).into_owned();
        writer.serialize(Row {
            finding: found.finding.word(),
            severity: found.finding.severity(),
            device: named(place.device),
            chat: named(place.chat),
            archive: named(place.archive),
            line: place.line,
            external_id: table_cell::written(found.external_id.as_str()),
            lead_id: table_cell::written(found.lead_id.as_str()),
            activity_id: (found.activity_id.as_ref()).map(|id| table_cell::written(id.as_str())),
            field: found.field.map_or("", |field| field.word()),
            changed_by: (found.changed_by.as_ref()).map(|id| table_cell::written(id.as_str())),
            changed_at: found.changed_at.map_or_else(String::new, |at| {
                at.to_rfc3339_opts(SecondsFormat::Secs, true)
            }),
            next: table_cell::written(&observer.completed(&result.next(found))).into_owned(),
        })?;
    }
    Ok(writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?)
}
