//! Cells of CSV tables: no controls, and no formula that a spreadsheet would evaluate.
//!
//! Every cell that chatferry writes is made by [`written`]; every cell that it reads passes [`read`] or [`read_name`], which
//! undo that.
//! Cells that a person wrote are never written again. Never here: delimiters and quotes, which are the CSV writer's.

use std::borrow::Cow;

use crate::display_text;

/// The mark before a cell that spreadsheets treat as text.
const MARK: char = '\'';

/// A cell as it is written: without controls, and with a mark before a text that is a formula, or that begins with the
/// mark itself.
pub(crate) fn written(text: &str) -> Cow<'_, str> {
    let clean = display_text::line(text);
    let begins_formula = clean.trim_start().starts_with(['=', '+', '-', '@', MARK]);
    match begins_formula && !is_number(&clean) {
        true => format!("{MARK}{clean}").into(),
        false => clean,
    }
}

/// The text of a cell: one mark at its beginning is removed.
pub(crate) fn read(cell: &str) -> &str {
    cell.strip_prefix(MARK).unwrap_or(cell)
}

/// The text of a cell with a person's, chat's or file's name: the mark is removed where [`written`] puts it, and before
/// a text without letters. Any other apostrophe is the first character of the name.
pub(crate) fn read_name(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(rest) if written(rest) == cell || !rest.contains(char::is_alphabetic) => rest,
        _ => cell,
    }
}

/// Whether a text is a telephone number in international form: `+`, digits, spaces, brackets and the hyphen that WhatsApp
/// puts into numbers, which is no minus.
fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|rest| {
        let is_of_number =
            |c: char| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '(' | ')' | '\u{2011}');
        rest.contains(|c: char| c.is_ascii_digit()) && rest.chars().all(is_of_number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_get_a_mark_and_numbers_do_not() {
        for (text, cell) in [
            ("=SUM(A1)", "'=SUM(A1)"),
            ("-Mia", "'-Mia"),
            ("@home", "'@home"),
            ("\u{202e}=1", "'=1"),
            ("\u{1b}+1-2", "'+1-2"),
            ("\t=1", "' =1"),
            ("'Tis", "''Tis"),
            ("+353 (86) 123\u{2011}4501", "+353 (86) 123\u{2011}4501"),
            ("+", "'+"),
            ("Mia = -1", "Mia = -1"),
            ("", ""),
        ] {
            assert_eq!(written(text), cell);
        }
    }

    #[test]
    fn name_keeps_an_apostrophe_of_its_own() {
        for (cell, name) in [
            ("'t Jagertje", "'t Jagertje"),
            ("''t Jagertje", "'t Jagertje"),
            ("'-Mia", "-Mia"),
            ("'0151 2345678", "0151 2345678"),
            ("'*", "*"),
            ("Mia", "Mia"),
        ] {
            assert_eq!(read_name(cell), name);
        }
    }

    proptest::proptest! {
        #[test]
        fn written_cell_reads_as_its_text(text in "['=+@a0\u{1b}\u{202e} -]{0,8}") {
            let cell = written(&text);
            proptest::prop_assert_eq!(read(&cell), display_text::line(&text));
            proptest::prop_assert_eq!(read_name(&cell), display_text::line(&text));
        }
    }
}
