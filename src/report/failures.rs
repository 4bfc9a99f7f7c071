//! What a run could not do, as a table: one line a message or archive.

/// A line of `failures.csv`. It holds no text, name or number; `file` is the archive's label as it
/// may be shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Failed {
    /// The archive.
    pub file: String,
    /// The line of its transcript, from 1; 0 for an archive as a whole.
    pub line: u32,
    /// Close's lead; empty for an archive.
    pub lead_id: String,
    /// The external id; empty for an archive.
    pub external_id: String,
    /// A stable code.
    pub code: String,
    /// What happened.
    pub reason: String,
    /// What to do about it.
    pub what_to_do: String,
}

impl Failed {
    /// Cuts what a failure says in two: what happened, and behind the last `;` what to do.
    pub fn says(text: &str, code: &str) -> (String, String) {
        let text = text.strip_prefix(code).unwrap_or(text);
        let text = text.trim_start_matches([':', ' ']);
        let (reason, advice) = text.rsplit_once("; ").unwrap_or((text, ""));
        (reason.to_owned(), advice.to_owned())
    }
}

/// The table as CSV.
///
/// # Errors
///
/// Of the CSV writer; none is known for what is written to memory.
pub fn csv(rows: &[Failed]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// Reads a table back; lines that are none are passed over.
pub fn read(bytes: &[u8]) -> Vec<Failed> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    reader.deserialize().filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_back_as_it_was() {
        let (reason, what_to_do) = Failed::says(
            "close_400_x: POST was refused (x: no; y: no); correct what it names and run again",
            "close_400_x",
        );
        assert_eq!(reason, "POST was refused (x: no; y: no)");
        let row = Failed {
            file: "a, \"b\".zip".to_owned(),
            line: 3,
            lead_id: "lead_1".to_owned(),
            external_id: "cf1-a".to_owned(),
            code: "close_400_x".to_owned(),
            reason,
            what_to_do,
        };
        let bytes = csv(&[row.clone(), row.clone()]).unwrap();
        assert_eq!(read(&bytes), [row.clone(), row]);
        assert!(read(b"nonsense\n1\n").is_empty());
    }
}
