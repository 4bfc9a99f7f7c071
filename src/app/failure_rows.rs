//! The failure table (`failures.csv`): one row per message or archive that a run could not process.

use crate::ids::{ExternalId, LeadId};
use crate::table_cell;

/// A row of `failures.csv`. It holds no message text; `file` and `reason` name an archive as it may be
/// displayed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::app) struct Failed {
    /// The archive's label.
    pub file: String,
    /// The line of the message in its transcript, from 1; 0 for an archive as a whole.
    pub line: u32,
    /// The lead of the message in Close, `lead_…`; `None` for an archive.
    pub lead_id: Option<LeadId>,
    /// The external id of the message; empty for an archive.
    pub external_id: ExternalId,
    /// The stable code of the error.
    pub code: String,
    /// The cause, in words and without content of messages.
    pub reason: String,
    /// The remedy, in words.
    pub what_to_do: String,
}

/// The header of the table.
const HEADER: &str = "file,line,lead_id,external_id,code,reason,what_to_do";

/// Whether the bytes are a table as written by [`csv()`], with any rows.
pub(in crate::app) fn is_table(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.trim_ascii_end() == HEADER.as_bytes()
}

/// The table as CSV.
///
/// # Errors
///
/// Those of the CSV writer; writing to memory has none.
pub(in crate::app) fn csv(rows: &[Failed]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(Failed {
            file: table_cell::written(&row.file).into_owned(),
            lead_id: (row.lead_id.as_ref())
                .map(|id| table_cell::written(id.as_str()).as_ref().into()),
            external_id: table_cell::written(row.external_id.as_str())
                .as_ref()
                .into(),
            reason: table_cell::written(&row.reason).into_owned(),
            what_to_do: table_cell::written(&row.what_to_do).into_owned(),
            ..row.clone()
        })?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// Reads a table; malformed lines are skipped.
pub(in crate::app) fn read(bytes: &[u8]) -> Vec<Failed> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let rows = reader.deserialize().filter_map(Result::ok);
    let text = |cell: &str| table_cell::read(cell).to_owned();
    rows.map(|row: Failed| Failed {
        file: text(&row.file),
        lead_id: (row.lead_id.as_ref()).map(|id| table_cell::read(id.as_str()).into()),
        external_id: table_cell::read(row.external_id.as_str()).into(),
        reason: text(&row.reason),
        what_to_do: text(&row.what_to_do),
        ..row
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_round_trips() {
        let row = Failed {
            file: "a, \"b\".zip".to_owned(),
            line: 3,
            lead_id: Some("lead_1".into()),
            external_id: "cf1-a".into(),
            code: "close_400_x".to_owned(),
            reason: "POST was refused (x: no; y: no)".to_owned(),
            what_to_do: "correct what it names".to_owned(),
        };
        let bytes = csv(&[row.clone(), row.clone()]).unwrap();
        assert_eq!(read(&bytes), [row.clone(), row]);
        assert!(is_table(&bytes));
        assert!(read(b"nonsense\n1\n").is_empty() && !is_table(b"nonsense\n1\n"));
    }

    #[test]
    fn cells_are_never_formulas() {
        let row = Failed {
            file: "=1+1.zip".to_owned(),
            line: 1,
            lead_id: Some("=2".into()),
            external_id: "=HYPERLINK(1)".into(),
            code: "x".to_owned(),
            reason: "@a".to_owned(),
            what_to_do: "+b".to_owned(),
        };
        let once = csv(&[row]).unwrap();
        let text = String::from_utf8(once.clone()).unwrap();
        assert!(
            text.contains("'=1+1.zip,1,'=2,'=HYPERLINK(1),x,'@a,'+b"),
            "{text}"
        );
        assert_eq!(read(&once)[0].external_id.as_str(), "=HYPERLINK(1)");
        // Writing it again does not grow it.
        assert_eq!(csv(&read(&once)).unwrap(), once);
    }
}
