//! What changed in a table since a person saw it, line by line. Lines about private chats are counted and not shown.

use similar::{ChangeTag, TextDiff};

use super::tables::SeenTable;
use crate::people::contacts::Contacts;
use crate::routing::Privacy;

/// The number of lines that are shown.
const SHOWN: usize = 40;

/// A line that is not in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedLine {
    /// Whether the line is in the table now; otherwise it was.
    pub(crate) is_new: bool,
    /// The line's text; `None` if the line concerns a private chat.
    pub(crate) text: Option<String>,
}

/// The lines that differ, up to [`SHOWN`], and the number of all of them.
pub(crate) fn difference(before: &SeenTable, now: &SeenTable) -> (Vec<ChangedLine>, usize) {
    let texts = [before, now].map(|table| String::from_utf8_lossy(table.text()).into_owned());
    let tables = [&texts[0], &texts[1]].map(|text| Contacts::parse(text, "contacts.csv").ok());
    let hidden = [&tables[0], &tables[1]].map(|table| hidden_lines(table.as_ref(), &tables));
    let diff = TextDiff::from_lines(&texts[0], &texts[1]);
    let changes = diff.iter_all_changes().filter_map(|change| {
        let (is_new, index) = match change.tag() {
            ChangeTag::Equal => return None,
            ChangeTag::Delete => (false, change.old_index()?),
            ChangeTag::Insert => (true, change.new_index()?),
        };
        let hidden = &hidden[usize::from(is_new)];
        let is_hidden = u32::try_from(index + 1).is_ok_and(|line| hidden.contains(&line));
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
    let rows = table.map_or(&[][..], Contacts::rows).iter();
    rows.filter(|row| is_private(row.chat.text()) || is_private(row.participant.text()))
        .map(|row| row.line)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
