//! Changes a `contacts.csv` as a person would: sets cells, adds rows and columns; all other bytes stay.

use super::read::{Parts, column_name, decode};
use super::{Cell, Contacts, fill::write_cells};
use crate::settings::Problem;
use crate::table_cell;

/// A row to add: column and value of its cells that are not empty.
pub type NewRow = Vec<(&'static str, String)>;

/// The bytes of the file with these cells set, whether they were empty or not, and with these rows at its end. Columns that
/// are missing are added to the header. `before` is the parsed file.
///
/// # Errors
///
/// Those of parsing the file afterwards: an invalid value, or rows that contradict each other.
pub fn edit(
    bytes: &[u8],
    file: &str,
    before: &Contacts,
    cells: &[Cell],
    rows: &[NewRow],
) -> Result<Vec<u8>, Vec<Problem>> {
    let of_cells = cells.iter().map(|cell| cell.column);
    let of_rows = rows.iter().flatten().map(|(column, _)| *column);
    let missing = missing(before.header(), of_cells.chain(of_rows));
    let text = with_columns(decode(bytes, file)?, &missing);
    let added = missing.iter().map(|column| (*column).to_owned());
    let header: Vec<String> = before.header().iter().cloned().chain(added).collect();
    let mut new = write_cells(&text, file, &header, cells, true)?.into_bytes();
    let delimiter = u8::try_from(before.delimiter()).unwrap_or(b',');
    append(&mut new, (&header, delimiter), rows).map_err(|error| {
        vec![Problem {
            file: file.to_owned(),
            line: None,
            text: error.to_string(),
        }]
    })?;
    // Nothing but these cells and rows may differ.
    let after = Contacts::from_bytes(&new, file)?;
    let is_edited = |line: u32| cells.iter().any(|cell| cell.line == line);
    let is_same = after.rows().len() == before.rows().len() + rows.len()
        && (before.rows().iter().zip(after.rows()))
            .all(|(old, new)| old.line == new.line && (is_edited(old.line) || old == new));
    match is_same {
        true => Ok(new),
        false => Err(vec![Problem {
            file: file.to_owned(),
            line: None,
            text: "cannot be changed; check for an unclosed quotation mark".to_owned(),
        }]),
    }
}

/// The columns that a header lacks.
fn missing(header: &[String], needed: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut missing = Vec::new();
    for column in needed {
        let mut there = header.iter().map(|name| column_name(name));
        if !there.any(|name| name == column) && !missing.contains(&column) {
            missing.push(column);
        }
    }
    missing
}

/// The text with more columns in its header. Rows stay as they are: one that is shorter than the header has empty last cells.
fn with_columns(text: &str, missing: &[&str]) -> String {
    if missing.is_empty() {
        return text.to_owned();
    }
    let Parts {
        head,
        body,
        delimiter,
        ..
    } = Parts::of(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(body.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut end = 0;
    while let Ok(true) = reader.read_record(&mut record) {
        end = usize::try_from(reader.position().byte()).unwrap_or(body.len());
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            break;
        }
    }
    let header = body
        .get(..end)
        .unwrap_or(body)
        .trim_end_matches(['\r', '\n']);
    let mut new = format!("{head}{header}");
    for column in missing {
        new.push(char::from(delimiter));
        new.push_str(column);
    }
    new.push_str(body.get(header.len()..).unwrap_or_default());
    new
}

/// Adds rows under a header at the end of a file.
fn append(
    bytes: &mut Vec<u8>,
    (header, delimiter): (&[String], u8),
    rows: &[NewRow],
) -> std::io::Result<()> {
    let end = line_end(bytes);
    if !rows.is_empty() && !bytes.ends_with(b"\n") && !bytes.ends_with(end.as_bytes()) {
        bytes.extend_from_slice(end.as_bytes());
    }
    for row in rows {
        let value = |column: &str| {
            let cell = row.iter().find(|(name, _)| *name == column);
            cell.map_or("", |(_, value)| value.as_str())
        };
        bytes.extend_from_slice(line(header, delimiter, end, value)?.as_bytes());
    }
    Ok(())
}

/// The line end that a file uses: that of its first line.
pub(crate) fn line_end(bytes: &[u8]) -> &'static str {
    match memchr::memchr2(b'\n', b'\r', bytes) {
        Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => "\r\n",
        Some(at) if bytes[at] == b'\r' => "\r",
        _ => "\n",
    }
}

/// One line under a header, whose names may be written in any case.
///
/// # Errors
///
/// Of the CSV writer; none is expected.
pub(crate) fn line<'v>(
    header: &[String],
    delimiter: u8,
    end: &str,
    value: impl Fn(&str) -> &'v str,
) -> std::io::Result<String> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    let cells = header
        .iter()
        .map(|name| table_cell::written(value(&column_name(name))));
    writer.write_record(cells.map(std::borrow::Cow::into_owned))?;
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    let mut text = String::from_utf8(bytes).map_err(std::io::Error::other)?;
    if text.ends_with('\n') {
        text.pop();
    }
    text.push_str(end);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, cells: &[Cell], rows: &[NewRow]) -> Result<String, Vec<Problem>> {
        let before = Contacts::parse(text, "c.csv")?;
        let new = edit(text.as_bytes(), "c.csv", &before, cells, rows)?;
        Ok(String::from_utf8(new).unwrap())
    }

    fn cell(line: u32, column: &'static str, value: &str) -> Cell {
        Cell {
            line,
            column,
            value: value.to_owned(),
        }
    }

    #[test]
    fn only_set_cells_and_new_rows_change() {
        let text = "\u{feff}chat;participant;role;phone;lead_id;contact_id;user_id;import;mine\r\n\
                    \"Ben; x\";Ben;contact;'+447700900101;lead_1;cont_1;;no;\"a \"\"b\"\"\"\r\n\r\n\
                    Cleo;Cleo;contact;+447700900102;;;;;  keep  ";
        let cells = [
            cell(2, "import", ""),
            cell(2, "lead_id", "lead_2"),
            cell(4, "import", "create"),
        ];
        let row = vec![("chat", "=Dora".to_owned()), ("role", "contact".to_owned())];
        assert_eq!(
            edited(text, &cells, &[row]).unwrap(),
            "\u{feff}chat;participant;role;phone;lead_id;contact_id;user_id;import;mine\r\n\
             \"Ben; x\";Ben;contact;'+447700900101;lead_2;cont_1;;;\"a \"\"b\"\"\"\r\n\r\n\
             Cleo;Cleo;contact;+447700900102;;;;create;  keep  \r\n\
             '=Dora;;contact;;;;;;\r\n"
        );
        assert_eq!(edited(text, &[], &[]).unwrap(), text);
    }

    #[test]
    fn missing_columns_are_added_to_the_header() {
        for (text, after) in [
            (
                "\r\nchat,participant,role,phone,lead_id,contact_id,\"user_id\"\r\nBen,Ben,contact,,,,\r\n",
                "\r\nchat,participant,role,phone,lead_id,contact_id,\"user_id\",import\r\nBen,Ben,contact,,,,,private\r\n",
            ),
            (
                "sep=;\nchat;participant;role;phone;lead_id;contact_id;user_id\n\nBen;Ben;contact",
                "sep=;\nchat;participant;role;phone;lead_id;contact_id;user_id;import\n\nBen;Ben;contact;;;;;private",
            ),
        ] {
            let line = 2
                + u32::from(text.starts_with("sep"))
                + u32::from(text.contains("\n\n") || text.starts_with('\r'));
            let new = edited(text, &[cell(line, "import", "private")], &[]);
            assert_eq!(new.unwrap(), after);
        }
    }

    #[test]
    fn contradicting_rows_are_refused() {
        let text = "chat,participant,role,phone,lead_id,contact_id,user_id,import\n\
                    Ben,Ben,contact,,,,,no\nBen,*,contact,,,,,no\n";
        let refused = edited(text, &[cell(2, "import", "private")], &[]);
        assert!(refused.unwrap_err()[0].text.contains("contradicts line 2"));
        let open = "chat,participant,role,phone,lead_id,contact_id,user_id,import\n\
                    Ben,Ben,contact,,,,,\n\"Cleo,Cleo,contact,,,,,\n";
        assert!(edited(open, &[cell(3, "import", "no")], &[]).is_err());
    }
}
