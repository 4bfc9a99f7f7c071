//! Entries of never.txt, exclude.csv and decisions.csv that a person adds: at the end of the file, in its own format.

use std::path::Path;

use super::tables::{self, SeenTable, Written};
use crate::app::error::{Error, Result};
use crate::people::contacts::{line, line_end};
use crate::people::{delimiter::declared_delimiter, exclude, never};
use crate::transform::decision_table::{self, DecisionTable};

/// A row of a small table: its columns with their values.
type Cells<'c> = [(&'static str, &'c str)];

/// Adds a name or number to never.txt. `device`: only on this phone.
///
/// # Errors
///
/// The entry or the file is invalid; the file cannot be written.
pub(crate) fn add_never(
    dir: &Path,
    seen: &str,
    (device, who): (Option<&str>, &str),
    devices: &[&str],
) -> Result<Written> {
    tables::write(&dir.join(never::FILE), seen, |table| {
        let who = who.trim();
        let entry = match device {
            Some(device) => format!("{device}: {who}"),
            None => who.to_owned(),
        };
        // Commas are part of a name only between quotes, and a line that begins with # is a comment.
        let needs_quotes = entry.contains([',', ';']) || entry.starts_with('#');
        let entry = match needs_quotes && !entry.contains('"') {
            true => format!("\"{entry}\""),
            false => entry,
        };
        let entries = |bytes: &[u8]| -> Result<usize> {
            let text = std::str::from_utf8(bytes)
                .map_err(|_| Error::usage(format!("{}: is not UTF-8", never::FILE)))?;
            Ok(never::Never::parse(text, never::FILE, devices)?.entries())
        };
        let before = entries(table.text())?;
        let mut new = with_line_end(table);
        new.extend_from_slice(entry.as_bytes());
        new.extend_from_slice(line_end(table.text()).as_bytes());
        let is_line = !who.is_empty() && !who.contains(char::is_control);
        match is_line && entries(&new)? == before + 1 {
            true => Ok(new),
            false => Err(Error::usage(
                "write one name or number, as an archive has it, such as +4915112345678",
            )),
        }
    })
}

/// Adds a period of a chat to exclude.csv.
///
/// # Errors
///
/// As [`add_never`].
pub(crate) fn add_excluded(dir: &Path, seen: &str, cells: &Cells<'_>) -> Result<Written> {
    tables::write(&dir.join(exclude::FILE), seen, |table| {
        let new = with_row(table, &["device", "chat", "from", "until", "reason"], cells)?;
        exclude::Exclude::parse(&new, exclude::FILE)?;
        Ok(new)
    })
}

/// Adds a decision about a message to decisions.csv.
///
/// # Errors
///
/// As [`add_never`].
pub(crate) fn add_decision(dir: &Path, seen: &str, cells: &Cells<'_>) -> Result<Written> {
    tables::write(&dir.join(decision_table::FILE), seen, |table| {
        let new = with_row(table, &["message", "decision", "of"], cells)?;
        DecisionTable::parse(&new, decision_table::FILE)?;
        Ok(new)
    })
}

/// The bytes of a file, with an end of its last line.
fn with_line_end(table: &SeenTable) -> Vec<u8> {
    let mut bytes = table.text().to_vec();
    let end = line_end(&bytes);
    if !bytes.is_empty() && !bytes.ends_with(b"\n") && !bytes.ends_with(end.as_bytes()) {
        bytes.extend_from_slice(end.as_bytes());
    }
    bytes
}

/// The bytes of a small table with a row at its end, under its own header. `columns`: those of a new table.
fn with_row(table: &SeenTable, columns: &[&str], cells: &Cells<'_>) -> Result<Vec<u8>> {
    let mut new = with_line_end(table);
    let end = line_end(table.text());
    if new.is_empty() {
        new.extend_from_slice(format!("{}\n", columns.join(",")).as_bytes());
    }
    let text = String::from_utf8_lossy(&new).into_owned();
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text
        .split(['\r', '\n'])
        .filter(|line| !line.trim().is_empty());
    let mut head = lines.next().unwrap_or_default();
    let declared = declared_delimiter(head);
    if declared.is_some() {
        head = lines.next().unwrap_or_default();
    }
    let found = [b';', b'\t']
        .into_iter()
        .find(|mark| head.as_bytes().contains(mark));
    let delimiter = declared.or(found).unwrap_or(b',');
    let header: Vec<String> = (head.split(char::from(delimiter)))
        .map(|name| name.trim().trim_matches('"').to_owned())
        .collect();
    let has_column = |name: &str| {
        header
            .iter()
            .any(|column| column.eq_ignore_ascii_case(name))
    };
    if let Some((name, _)) =
        (cells.iter()).find(|(name, value)| !value.is_empty() && !has_column(name))
    {
        let file = table.path.file_name().unwrap_or_default();
        return Err(Error::usage(format!(
            "{} has no column {name}, without which the row would mean something else; add the column to its header, then try again",
            file.display()
        )));
    }
    let value = |column: &str| {
        let cell = cells.iter().find(|(name, _)| *name == column);
        cell.map_or("", |(_, value)| *value)
    };
    new.extend_from_slice(line(&header, delimiter, end, value)?.as_bytes());
    Ok(new)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn seen(path: &Path) -> String {
        SeenTable::read(path).unwrap().digest()
    }

    #[test]
    fn tables_are_made_and_extended_in_their_own_format() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join(exclude::FILE);
        let cells = [("chat", "Cooper, Ben"), ("from", "2024-03-01")];
        let written = add_excluded(folder.path(), "none", &cells).unwrap();
        assert!(matches!(written, Written::Done(_)));
        assert_eq!(
            fs::read_to_string(&table).unwrap(),
            "device,chat,from,until,reason\n,\"Cooper, Ben\",2024-03-01,,\n"
        );
        // Without the column the row would be about every phone.
        fs::write(&table, "chat,from,until\nBen,2024-01-01,\n").unwrap();
        let of_phone = [("device", "anna"), ("chat", "Dora"), ("from", "2024-01-01")];
        let refused = add_excluded(folder.path(), &seen(&table), &of_phone);
        let error = refused.err().unwrap();
        assert!(
            error.to_string().contains("has no column device"),
            "{error}"
        );
        add_excluded(folder.path(), &seen(&table), &of_phone[1..]).unwrap();
        fs::write(
            &table,
            "sep=;\r\nreason;chat;from;until\r\nx;Ben;2024-01-01;",
        )
        .unwrap();
        add_excluded(folder.path(), &seen(&table), &cells).unwrap();
        assert_eq!(
            fs::read_to_string(&table).unwrap(),
            "sep=;\r\nreason;chat;from;until\r\nx;Ben;2024-01-01;\r\n;Cooper, Ben;2024-03-01;\r\n"
        );
        let invalid = [("chat", "Ben"), ("from", "yesterday")];
        assert!(add_excluded(folder.path(), &seen(&table), &invalid).is_err());
    }

    #[test]
    fn names_with_commas_are_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join(never::FILE);
        fs::write(&list, "# family\n+447700900101").unwrap();
        for who in [(None, "Cooper, Ben"), (Some("anna"), "Mum")] {
            add_never(folder.path(), &seen(&list), who, &["anna"]).unwrap();
        }
        assert_eq!(
            fs::read_to_string(&list).unwrap(),
            "# family\n+447700900101\n\"Cooper, Ben\"\nanna: Mum\n"
        );
        assert!(add_never(folder.path(), &seen(&list), (None, "*"), &[]).is_err());
        assert!(matches!(
            add_never(folder.path(), "other", (None, "Ben"), &[]).unwrap(),
            Written::Changed(_)
        ));
    }

    #[test]
    fn decisions_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let cells = [("message", "Ben.zip:4"), ("decision", "new"), ("of", "")];
        add_decision(folder.path(), "none", &cells).unwrap();
        let table = folder.path().join(decision_table::FILE);
        assert_eq!(
            fs::read_to_string(&table).unwrap(),
            "message,decision,of\nBen.zip:4,new,\n"
        );
        let other = [("message", "Ben.zip:4"), ("decision", "leave"), ("of", "")];
        assert!(add_decision(folder.path(), &seen(&table), &other).is_err());
    }
}
