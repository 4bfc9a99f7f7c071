//! Small CSV tables that people edit next to the configuration: a header line and trimmed cells. A byte order mark, all
//! line ends, `;` or tab for `,`, and a first line `sep=;` are accepted.
//!
//! Never here: the mark of text before a cell, which `table_cell` removes as its column requires.

use super::delimiter::declared_delimiter;
use crate::settings::Problem;

/// A small CSV table, parsed: the header by name, and the rows.
pub(crate) struct Table {
    headers: Vec<String>,
    /// The number of the line, from 1, and the cells of each row; empty rows are omitted.
    pub(crate) rows: Vec<(u32, Vec<String>)>,
}

impl Table {
    /// Parses the bytes of a file; `file` appears in messages only.
    ///
    /// # Errors
    ///
    /// Bytes that are not UTF-8, and invalid CSV.
    pub(crate) fn read(bytes: &[u8], file: &str) -> Result<Table, Vec<Problem>> {
        let problem = |text: String| {
            vec![Problem {
                file: file.to_owned(),
                line: None,
                text,
            }]
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|_| problem("is not UTF-8; save the file as UTF-8".to_owned()))?;
        let text = text.trim_start_matches('\u{feff}');
        // Otherwise the second half of CRLF would count as a line.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let declared = declared_delimiter(text.lines().next().unwrap_or_default());
        let text = match declared {
            None => text.as_str(),
            Some(_) => text.split_once('\n').map_or("", |(_, rest)| rest),
        };
        let head = text.lines().next().unwrap_or_default();
        let marks = [b';', b'\t'].into_iter();
        let found = marks
            .into_iter()
            .find(|mark| head.as_bytes().contains(mark));
        let delimiter = declared.or(found);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.unwrap_or(b','))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let broken = |error: csv::Error| problem(format!("cannot be read: {error}"));
        let headers = reader.headers().map_err(broken)?.clone();
        let (mut rows, mut line, mut counted) =
            (Vec::new(), 1 + usize::from(declared.is_some()), 0);
        for record in reader.records() {
            let record = record.map_err(broken)?;
            if record.iter().all(str::is_empty) {
                continue;
            }
            // The reader reports the position from which it searched: the empty lines before the record.
            let begin = record.position().map_or(0, csv::Position::byte);
            let begin = usize::try_from(begin).unwrap_or(usize::MAX);
            let skipped = text.get(begin..).unwrap_or_default();
            let begin = begin + (skipped.len() - skipped.trim_start_matches('\n').len());
            let passed = text.as_bytes().get(counted..begin).unwrap_or_default();
            line += memchr::memchr_iter(b'\n', passed).count();
            counted = begin;
            let cells = record.iter().map(str::to_owned).collect();
            rows.push((u32::try_from(line).unwrap_or(0), cells));
        }
        Ok(Table {
            headers: headers.iter().map(str::to_owned).collect(),
            rows,
        })
    }

    /// The index of a column; `None` if the header lacks it. Names match in any case.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.headers
            .iter()
            .position(|head| head.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_line_ends_are_counted() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["\u{feff}A; b", " x ;y", "", "z"].join(end);
            let table = Table::read(text.as_bytes(), "t.csv").unwrap();
            assert_eq!((table.column("a"), table.column("B")), (Some(0), Some(1)));
            let rows: Vec<(u32, &str)> = table
                .rows
                .iter()
                .map(|(line, cells)| (*line, cells[0].as_str()))
                .collect();
            assert_eq!(rows, [(2, "x"), (4, "z")], "{end:?}");
        }
        assert!(Table::read(b"\xff", "t.csv").is_err());
    }

    #[test]
    fn declared_delimiter_is_no_header() {
        for text in ["sep=;\na;b\nx,1;y\n", "\u{feff}sep=;\r\na;b\r\nx,1;y\r\n"] {
            let table = Table::read(text.as_bytes(), "t.csv").unwrap();
            assert_eq!(table.column("b"), Some(1));
            assert_eq!(table.rows, [(3, vec!["x,1".to_owned(), "y".to_owned()])]);
        }
    }
}
