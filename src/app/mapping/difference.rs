//! What changed in a table since a person saw it, line by line. Lines about private chats, and those of never.txt, are counted
//! and not shown.

use std::path::Path;

use similar::{ChangeTag, TextDiff};

use super::tables::SeenTable;
use crate::app::tables::never;
use crate::people::contacts::{Contacts, Row};
use crate::people::never::FILE;
use crate::routing::Privacy;

/// The number of lines that are shown.
const SHOWN: usize = 40;

/// A line that is not in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedLine {
    /// Whether the line is in the table now; otherwise it was.
    pub(crate) is_new: bool,
    /// The line's text; `None` if the line concerns a private chat or a person on never.txt.
    pub(crate) text: Option<String>,
}

/// The lines that differ, up to [`SHOWN`], and the number of all of them.
pub(crate) fn difference(before: &SeenTable, now: &SeenTable) -> (Vec<ChangedLine>, usize) {
    let texts = [before, now].map(|table| String::from_utf8_lossy(table.text()).into_owned());
    let mut tables = [&texts[0], &texts[1]].map(|text| Contacts::parse(text, "contacts.csv").ok());
    for table in tables.iter_mut().flatten() {
        let devices = table.rows().iter().filter_map(|row| row.device.clone());
        let devices: Vec<String> = devices.collect();
        let devices: Vec<&str> = devices.iter().map(String::as_str).collect();
        let folder = now.path.parent().unwrap_or(Path::new(""));
        // A list that cannot be read is reported where it is used.
        table.set_never(never(folder, &devices).unwrap_or_default());
    }
    let is_list = now.path.file_name().is_some_and(|name| name == FILE);
    let hidden = [&tables[0], &tables[1]].map(|table| hidden_lines(table.as_ref(), &tables));
    let diff = TextDiff::from_lines(&texts[0], &texts[1]);
    let changes = diff.iter_all_changes().filter_map(|change| {
        let (is_new, index) = match change.tag() {
            ChangeTag::Equal => return None,
            ChangeTag::Delete => (false, change.old_index()?),
            ChangeTag::Insert => (true, change.new_index()?),
        };
        let hidden = &hidden[usize::from(is_new)];
        let is_hidden =
            is_list || u32::try_from(index + 1).is_ok_and(|line| hidden.contains(&line));
        Some(ChangedLine {
            is_new,
            text: (!is_hidden).then(|| change.value().trim_end().to_owned()),
        })
    });
    let all: Vec<ChangedLine> = changes.collect();
    let number = all.len();
    (all.into_iter().take(SHOWN).collect(), number)
}

/// The lines of a table of contacts about chats that either version makes private; of a table that is invalid, or none of
/// contacts, no line is known to be.
fn hidden_lines(table: Option<&Contacts>, versions: &[Option<Contacts>; 2]) -> Vec<u32> {
    let is_private = |name: Option<&str>| {
        let mut versions = versions.iter().flatten();
        name.is_some_and(|name| versions.any(|table| Privacy::new(table).is_private_name(name)))
    };
    let has_private_number = |row: &Row| {
        let mut versions = versions.iter().flatten();
        (row.phone.as_ref())
            .is_some_and(|phone| versions.any(|table| Privacy::new(table).is_private_number(phone)))
    };
    let rows = table.map_or(&[][..], Contacts::rows).iter();
    rows.filter(|row| {
        is_private(row.chat.text()) || is_private(row.participant.text()) || has_private_number(row)
    })
    .map(|row| row.line)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_on_never_txt_are_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join(FILE);
        std::fs::write(&list, "Eve\n+447700900123\n").unwrap();
        let table = |name: &str, text: &str| SeenTable {
            path: folder.path().join(name),
            bytes: Some(text.as_bytes().to_vec()),
        };
        let head = "chat,participant,role,phone,lead_id,contact_id,user_id\n";
        let before = table("contacts.csv", head);
        let rows = "Eve,Eve,contact,,,,\nRob,Rob,contact,+447700900123,,,\nBen,Ben,contact,,,,\n";
        let now = table("contacts.csv", &format!("{head}{rows}"));
        let (lines, number) = difference(&before, &now);
        assert_eq!(number, 3);
        let shown: Vec<&str> = lines
            .iter()
            .filter_map(|line| line.text.as_deref())
            .collect();
        assert_eq!(shown, ["Ben,Ben,contact,,,,"]);
        let (lines, _) = difference(&table(FILE, "Eve\n"), &table(FILE, "Eve\nRob\n"));
        assert!(lines.iter().all(|line| line.text.is_none()), "{lines:?}");
    }

    #[test]
    fn private_lines_are_not_shown() {
        let table = |rows: &str| SeenTable {
            path: "contacts.csv".into(),
            bytes: Some(
                format!("chat,participant,role,phone,lead_id,contact_id,user_id,import\n{rows}")
                    .into_bytes(),
            ),
        };
        let before = table("Ben,Ben,contact,,,,,\nMum,Mum,contact,,,,,private\n");
        let now = table("Ben,Ben,contact,,,,,no\nMum,Mum,contact,,,,,\n");
        let (lines, number) = difference(&before, &now);
        assert_eq!(number, 4);
        let shown: Vec<(bool, Option<&str>)> = (lines.iter())
            .map(|line| (line.is_new, line.text.as_deref()))
            .collect();
        assert!(
            shown.contains(&(true, Some("Ben,Ben,contact,,,,,no"))),
            "{shown:?}"
        );
        assert!(shown.contains(&(false, None)), "{shown:?}");
        assert!(shown.contains(&(true, None)), "{shown:?}");
    }
}
