//! Entries of never.txt, exclude.csv and decisions.csv that a person adds: at the end of the file, in its own format.

use std::path::Path;

use super::tables::{self, SeenTable, Since, Written};
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
    tables::write(&dir.join(never::FILE), seen, |table, since| {
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
        if since == Since::OwnWrites && has_line(table, &entry) {
            return Ok(Some(table.text().to_vec()));
        }
        let mut new = with_line_end(table);
        new.extend_from_slice(entry.as_bytes());
        new.extend_from_slice(line_end(table.text()).as_bytes());
        let is_line = !who.is_empty() && !who.contains(char::is_control);
        match is_line && entries(&new)? == before + 1 {
            true => Ok(Some(new)),
            false => Err(Error::usage(
                "write one name or number, as an archive has it, such as +4915112345678",
            )),
        }
    })
}

/// The chats that a row of exclude.csv may name.
#[derive(Debug, Default)]
pub(crate) struct KnownChats<'k> {
    /// Device and name of each.
    pub(crate) chats: Vec<(&'k str, &'k str)>,
    /// The devices of the migration.
    pub(crate) devices: Vec<&'k str>,
}

/// Adds a period of a chat to exclude.csv.
///
/// # Errors
///
/// As [`add_never`]; there is no such chat or device.
pub(crate) fn add_excluded(
    dir: &Path,
    seen: &str,
    cells: &Cells<'_>,
    known: &KnownChats<'_>,
) -> Result<Written> {
    tables::write(&dir.join(exclude::FILE), seen, |table, since| {
        let columns = ["device", "chat", "from", "until", "reason"];
        let Some(new) = with_row(table, since, &columns, cells)? else {
            return Ok(Some(table.text().to_vec()));
        };
        let unmatched = |bytes: &[u8]| -> Result<Vec<exclude::Unmatched>> {
            let table = exclude::Exclude::parse(bytes, exclude::FILE)?;
            let names: Vec<&str> = known.chats.iter().map(|(_, chat)| *chat).collect();
            Ok(table.unmatched(&known.chats, &known.devices, &names))
        };
        let before = match table.text() {
            [] => Vec::new(),
            bytes => unmatched(bytes)?,
        };
        // Those that were there are reported where the table is used.
        match unmatched(&new)?
            .into_iter()
            .find(|one| !before.contains(one))
        {
            Some(unknown) => Err(Error::usage(format!("{unknown}\nNothing was added."))),
            None => Ok(Some(new)),
        }
    })
}

/// Adds a decision about a message to decisions.csv.
///
/// # Errors
///
/// As [`add_never`].
pub(crate) fn add_decision(dir: &Path, seen: &str, cells: &Cells<'_>) -> Result<Written> {
    tables::write(&dir.join(decision_table::FILE), seen, |table, since| {
        let columns = ["message", "decision", "of"];
        let Some(new) = with_row(table, since, &columns, cells)? else {
            return Ok(Some(table.text().to_vec()));
        };
        match (DecisionTable::parse(&new, decision_table::FILE), since) {
            (Ok(_), _) => Ok(Some(new)),
            // The message was decided otherwise since the person saw it.
            (Err(_), Since::OwnWrites) => Ok(None),
            (Err(problems), Since::Nothing) => Err(problems.into()),
        }
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

/// Whether a file has exactly this line.
fn has_line(table: &SeenTable, line: &str) -> bool {
    let lines = String::from_utf8_lossy(table.text()).into_owned();
    lines.lines().any(|own| own == line)
}

/// The bytes of a small table with a row at its end, under its own header. `columns`: those of a new table. `None`: this
/// process wrote the same row since the person saw the table.
fn with_row(
    table: &SeenTable,
    since: Since,
    columns: &[&str],
    cells: &Cells<'_>,
) -> Result<Option<Vec<u8>>> {
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
    let row = line(&header, delimiter, end, value)?;
    if since == Since::OwnWrites && has_line(table, row.trim_end_matches(['\r', '\n'])) {
        return Ok(None);
    }
    new.extend_from_slice(row.as_bytes());
    Ok(Some(new))
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
        let known = KnownChats {
            chats: vec![("anna", "Cooper, Ben"), ("anna", "Ben"), ("anna", "Dora")],
            devices: vec!["anna"],
        };
        let written = add_excluded(folder.path(), "none", &cells, &known).unwrap();
        assert!(matches!(written, Written::Done(_)));
        assert_eq!(
            fs::read_to_string(&table).unwrap(),
            "device,chat,from,until,reason\n,\"Cooper, Ben\",2024-03-01,,\n"
        );
        // Without the column the row would be about every phone.
        fs::write(&table, "chat,from,until\nBen,2024-01-01,\n").unwrap();
        let of_phone = [("device", "anna"), ("chat", "Dora"), ("from", "2024-01-01")];
        let refused = add_excluded(folder.path(), &seen(&table), &of_phone, &known);
        let error = refused.err().unwrap();
        assert!(
            error.to_string().contains("has no column device"),
            "{error}"
        );
        add_excluded(folder.path(), &seen(&table), &of_phone[1..], &known).unwrap();
        fs::write(
            &table,
            "sep=;\r\nreason;chat;from;until\r\nx;Ben;2024-01-01;",
        )
        .unwrap();
        add_excluded(folder.path(), &seen(&table), &cells, &known).unwrap();
        assert_eq!(
            fs::read_to_string(&table).unwrap(),
            "sep=;\r\nreason;chat;from;until\r\nx;Ben;2024-01-01;\r\n;Cooper, Ben;2024-03-01;\r\n"
        );
        let invalid = [("chat", "Ben"), ("from", "yesterday")];
        assert!(add_excluded(folder.path(), &seen(&table), &invalid, &known).is_err());
        for (cells, why) in [
            (
                [("chat", "Dorra"), ("from", "2024-01-01"), ("device", "")],
                "did you mean \"Dora\"?",
            ),
            (
                [("chat", "Ben"), ("from", "2024-01-01"), ("device", "")],
                "is the same as line 3",
            ),
        ] {
            let refused = add_excluded(folder.path(), &seen(&table), &cells, &known);
            let error = refused.err().unwrap();
            assert!(error.to_string().contains(why), "{error}");
        }
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
        // Forms from before the first decision: the same one again, another one, and one about another message.
        let again = add_decision(folder.path(), "none", &cells).unwrap();
        assert!(matches!(again, Written::Done(change) if change.is_nothing()));
        let refused = add_decision(folder.path(), "none", &other).unwrap();
        assert!(matches!(refused, Written::Changed(_)));
        let next = [("message", "Ben.zip:5"), ("decision", "new"), ("of", "")];
        add_decision(folder.path(), "none", &next).unwrap();
        assert_eq!(
            fs::read_to_string(&table).unwrap(),
            "message,decision,of\nBen.zip:4,new,\nBen.zip:5,new,\n"
        );
    }
}
