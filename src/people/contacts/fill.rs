//! Fills empty cells of a `contacts.csv`; all other bytes stay.

use std::ops::Range;

use super::{Contacts, read};
use crate::settings::Problem;
use crate::table_cell;

/// A value to write into an empty cell of contacts.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The line of the row, as in [`super::Row::line`].
    pub line: u32,
    /// The name of the column.
    pub column: &'static str,
    /// The value to write.
    pub value: String,
}

/// Returns the bytes of the file with these cells filled; every other cell stays byte for byte.
/// `file` appears in messages only.
///
/// # Errors
///
/// Problems of parsing the file; a cell that is not empty, or a missing column. Existing values are
/// never overwritten.
pub fn fill(bytes: &[u8], file: &str, cells: &[Cell]) -> Result<Vec<u8>, Vec<Problem>> {
    let text = read::decode(bytes, file)?;
    let contacts = Contacts::parse(text, file)?;
    let new = write_cells(text, file, contacts.header(), cells, false)?;
    // Only those cells may differ.
    let after = Contacts::parse(&new, file)?;
    match after.rows().len() == contacts.rows().len() {
        true => Ok(new.into_bytes()),
        false => Err(vec![Problem {
            file: file.to_owned(),
            line: Some(0),
            text: "cannot be filled in; check for an unclosed quotation mark".to_owned(),
        }]),
    }
}

/// The text of a table with this header, with these cells written. `overwrites`: also cells that are not empty.
///
/// # Errors
///
/// A cell that is not empty, or a missing column.
pub(super) fn write_cells(
    text: &str,
    file: &str,
    header: &[String],
    cells: &[Cell],
    overwrites: bool,
) -> Result<String, Vec<Problem>> {
    let problem = |line: u32, text: &str| {
        vec![Problem {
            file: file.to_owned(),
            line: Some(line),
            text: text.to_owned(),
        }]
    };
    let read::Parts {
        head,
        body,
        delimiter,
        line,
    } = read::Parts::of(text);
    let column =
        |name: &str| (header.iter()).position(|head| read::column_name(head.trim()) == name);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(body.as_bytes());
    let mut lines = read::Lines::new(body, line);
    let mut new = head.to_owned();
    let mut written = 0;
    let mut records = reader.records();
    while let Some(record) = records.next() {
        let record = record.map_err(|error| problem(0, &error.to_string()))?;
        let begin = record.position().map_or(0, |at| at.byte());
        let line = lines.at(begin);
        let own: Vec<&Cell> = cells.iter().filter(|cell| cell.line == line).collect();
        if own.is_empty() {
            continue;
        }
        let begin = usize::try_from(begin).unwrap_or(usize::MAX);
        let end = usize::try_from(records.reader().position().byte()).unwrap_or(usize::MAX);
        let raw = body.get(begin..end).unwrap_or_default();
        // Empty lines before a record and its line end are not part of it.
        let begin = begin + (raw.len() - raw.trim_start_matches(['\r', '\n']).len());
        let end = end - (raw.len() - raw.trim_end_matches(['\r', '\n']).len());
        let raw = body.get(begin..end).unwrap_or_default();
        let cells = raw_cells(raw, delimiter);
        let mut fields: Vec<String> = cells.into_iter().map(|cell| raw[cell].to_owned()).collect();
        if fields.len() != record.len() {
            return Err(problem(line, "cannot be written"));
        }
        for cell in own {
            let Some(place) = column(cell.column) else {
                return Err(problem(line, &format!("has no column {}", cell.column)));
            };
            if fields.len() <= place {
                fields.resize(place + 1, String::new());
            }
            let former = record.get(place).unwrap_or_default();
            if !overwrites && !former.trim().is_empty() {
                return Err(problem(line, &format!("{} is filled in", cell.column)));
            }
            let value = table_cell::written(&cell.value);
            fields[place] = match value.is_empty() {
                true => String::new(),
                false => {
                    quoted(&value, delimiter).ok_or_else(|| problem(line, "cannot be written"))?
                }
            };
        }
        new.push_str(body.get(written..begin).unwrap_or_default());
        new.push_str(&fields.join(char::from(delimiter).encode_utf8(&mut [0; 4])));
        written = end;
    }
    new.push_str(body.get(written..).unwrap_or_default());
    Ok(new)
}

/// A cell, between quotes where that is necessary.
fn quoted(value: &str, delimiter: u8) -> Option<String> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    writer.write_record([value]).ok()?;
    let mut cell = String::from_utf8(writer.into_inner().ok()?).ok()?;
    cell.pop();
    Some(cell)
}

/// The cells of a record as they are in the file, with their quotes.
fn raw_cells(record: &str, delimiter: u8) -> Vec<Range<usize>> {
    /// Where in a cell a byte is, as the CSV reader sees it.
    enum Within {
        Start,
        Quotes,
        /// Right after a quote, which ends the quotes unless another one follows.
        AfterQuote,
        /// Here quotes have no meaning.
        Plain,
    }
    let mut cells = Vec::new();
    let (mut start, mut within) = (0, Within::Start);
    for (at, byte) in record.bytes().enumerate() {
        within = match (within, byte) {
            (Within::Start | Within::AfterQuote, b'"') => Within::Quotes,
            (Within::Quotes, b'"') => Within::AfterQuote,
            (Within::Quotes, _) => Within::Quotes,
            (_, byte) if byte == delimiter => {
                cells.push(start..at);
                start = at + 1;
                Within::Start
            }
            _ => Within::Plain,
        };
    }
    cells.push(start..record.len());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(line: u32, column: &'static str, value: &str) -> Cell {
        Cell {
            line,
            column,
            value: value.to_owned(),
        }
    }

    #[test]
    fn only_filled_cells_change() {
        let text = "\u{feff}chat;participant;role;phone;lead_id;contact_id;user_id;mine\r\n\
                    \"Ben; x\";Ben;contact;+447700900101;;;;\"a \"\"b\"\"\"\r\n\r\n\
                    Cleo;Cleo;contact;+447700900102;lead_1;cont_1\r\n\
                    Dora;Dora;contact;+447700900103;;;;  keep  ";
        let cells = [
            cell(2, "lead_id", "lead_9"),
            cell(2, "contact_id", "cont_9"),
            cell(5, "lead_id", "lead_7"),
        ];
        let new = String::from_utf8(fill(text.as_bytes(), "c.csv", &cells).unwrap()).unwrap();
        assert_eq!(
            new,
            "\u{feff}chat;participant;role;phone;lead_id;contact_id;user_id;mine\r\n\
             \"Ben; x\";Ben;contact;+447700900101;lead_9;cont_9;;\"a \"\"b\"\"\"\r\n\r\n\
             Cleo;Cleo;contact;+447700900102;lead_1;cont_1\r\n\
             Dora;Dora;contact;+447700900103;lead_7;;;  keep  "
        );
        assert_eq!(
            fill(text.as_bytes(), "c.csv", &[]).unwrap(),
            text.as_bytes()
        );
    }

    #[test]
    fn cells_that_a_person_wrote_stay_byte_for_byte() {
        let header = "chat,participant,role,phone,lead_id,contact_id,user_id,mine\n";
        let row = r#""Ben",'=Ben, contact ,+447700900101,,"",,"-1, ""two""""#;
        let text = format!("{header}{row}\n");
        let cells = [
            cell(2, "lead_id", "lead_9"),
            cell(2, "contact_id", "cont_9"),
        ];
        let new = String::from_utf8(fill(text.as_bytes(), "c.csv", &cells).unwrap()).unwrap();
        assert_eq!(new, text.replace(",,\"\",", ",lead_9,cont_9,"));
    }

    proptest::proptest! {
        #[test]
        fn raw_cells_are_those_of_the_reader(record in "[a\", ]{1,12}") {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(record.as_bytes());
            let read = reader.records().next().unwrap().unwrap();
            proptest::prop_assert_eq!(raw_cells(&record, b',').len(), read.len());
        }
    }

    #[test]
    fn spreadsheet_formatting_is_preserved() {
        let header = "chat,participant,role,phone,lead_id,contact_id,user_id";
        for (head, text) in [
            (
                "",
                format!("{header}\rBen,Ben,contact,'+447700900101,,,\rCleo,Cleo,contact,,,,"),
            ),
            (
                "sep=,\r\n",
                format!(
                    "{header}\r\nBen,Ben,contact,\"=\"\"+447700900101\"\"\",,,\r\nCleo,Cleo,contact,,,,\r\n"
                ),
            ),
            (
                "\u{feff}sep=;\n",
                format!("{header}\nBen,Ben,contact,+447700900101,,,\nCleo,Cleo,contact,,,,\n")
                    .replace(',', ";"),
            ),
            (
                "\u{feff}",
                format!(
                    "{header}\nBen,Ben,contact,+447700900101,,,,,,\nCleo,Cleo,contact,,,,,\n,,,,,,,,,\n"
                ),
            ),
        ] {
            let text = format!("{head}{text}");
            let contacts = Contacts::from_bytes(text.as_bytes(), "c.csv").unwrap();
            let line = 2 + u32::from(head.contains("sep"));
            let lines: Vec<u32> = contacts.rows().iter().map(|row| row.line).collect();
            assert_eq!(lines, [line, line + 1], "{text}");
            let phone = contacts.rows()[0].phone.as_ref().unwrap();
            assert_eq!(phone.e164(), "+447700900101");
            let new = fill(
                text.as_bytes(),
                "c.csv",
                &[cell(line + 1, "lead_id", "lead_9")],
            );
            let after = text.replace("Cleo,contact,,", "Cleo,contact,,lead_9");
            let after = after.replace("Cleo;contact;;", "Cleo;contact;;lead_9");
            assert_eq!(String::from_utf8(new.unwrap()).unwrap(), after);
        }
    }

    #[test]
    fn filled_cells_are_never_overwritten() {
        let text = "chat,participant,role,phone,lead_id,contact_id,user_id\n\
                    Cleo,Cleo,contact,+447700900102,lead_1,,\n";
        let refused = fill(text.as_bytes(), "c.csv", &[cell(2, "lead_id", "lead_2")]);
        assert!(refused.unwrap_err()[0].text.contains("is filled in"));
        let refused = fill(text.as_bytes(), "c.csv", &[cell(2, "chat_key", "x")]);
        assert!(refused.unwrap_err()[0].text.contains("no column"));
    }
}
